//! Secrets: from a file, or from the environment.

use super::environment::PREFIX;
use super::{Config, ConfigError};

impl Config {
    /// A secret: the text of a file without its line end, else the variable of the name it belongs to, else the general one. None
    /// where nothing names it.
    pub(super) fn secret(
        &self,
        file: Option<&str>,
        key: &str,
        variable: &str,
        name: &str,
    ) -> Result<Option<String>, ConfigError> {
        if let Some(file) = file {
            let path = self.resolve(file);
            let text = std::fs::read_to_string(&path).map_err(|error| self.unread(key, &path, &error))?;
            return match text.trim_end_matches(['\r', '\n']) {
                "" => Err(self.value(key, format!("{} is empty", path.display()))),
                secret => Ok(Some(secret.to_owned())),
            };
        }
        Ok(self.of_environment(variable, name).map(str::to_owned))
    }

    /// Whether the environment has a secret.
    pub(super) fn has_secret(&self, variable: &str, name: &str) -> bool {
        self.of_environment(variable, name).is_some()
    }

    /// The whole name of the variable that gives a secret.
    pub(super) fn variable_with(&self, variable: &str, name: &str) -> Option<String> {
        let own = format!("{variable}_{}", variable_of(name));
        let given = |name: &str| self.environment.get(name).is_some();
        let found = [own, variable.to_owned()].into_iter().find(|name| given(name))?;
        Some(format!("{PREFIX}{found}"))
    }

    fn of_environment(&self, variable: &str, name: &str) -> Option<&str> {
        let own = format!("{variable}_{}", variable_of(name));
        self.environment.get(&own).or_else(|| self.environment.get(variable))
    }
}

/// A name as a part of a variable: letters in capitals, everything else but digits an underscore.
pub(super) fn variable_of(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' }).collect()
}
