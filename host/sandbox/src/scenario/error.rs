//! What is wrong with a scenario, and where.

use toml::Spanned;

/// A mistake in a scenario file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ScenarioError {
    /// Name of the file, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl ScenarioError {
    /// A mistake in something that came from no file.
    pub(crate) fn at_run_time(message: String) -> Self {
        Self { file: "sandbox".to_owned(), line: 1, column: 1, message }
    }
}

/// Turns offsets into places.
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// A mistake at a byte offset.
    pub(super) fn error(&self, offset: usize, message: String) -> ScenarioError {
        let before = self.text.get(..offset).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        ScenarioError { file: self.file.to_owned(), line, column, message }
    }

    /// A mistake the TOML reader found.
    pub(super) fn toml(&self, error: &toml::de::Error) -> ScenarioError {
        // Of several lines the first says what is wrong; the others repeat it with the source.
        let message = error.message().lines().next().unwrap_or("not a scenario").to_owned();
        self.error(error.span().map_or(0, |span| span.start), message)
    }

    /// A table after its own check.
    pub(super) fn checked<T>(
        &self,
        table: Spanned<T>,
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Result<T, ScenarioError> {
        let start = table.span().start;
        let table = table.into_inner();
        check(&table).map_err(|message| self.error(start, message))?;
        Ok(table)
    }
}
