//! What `[ledger]` must and must not have, and what follows from it.

use super::duration::Span;
use super::{Config, ConfigError, raw};
use bridge_ledger::{PostgresSettings, Retention, SettingsError};
use std::path::PathBuf;
use std::time::Duration;

/// Nothing is kept for less.
const SHORTEST: Duration = Duration::from_secs(24 * 3600);

/// Where the ledger is.
#[derive(Debug, Clone)]
pub enum LedgerPlace {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Database(Box<PostgresSettings>),
}

impl std::fmt::Display for LedgerPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Database(settings) => settings.fmt(f),
        }
    }
}

/// A key that is set; an empty text takes back what a file says.
fn named(key: &Option<String>) -> Option<&str> {
    key.as_deref().filter(|text| !text.is_empty())
}

impl Config {
    /// Checks the table, without looking at what it names.
    pub(super) fn check_ledger(&self) -> Result<(), ConfigError> {
        let ledger = &self.file.ledger;
        let of_database = [
            ("password_file", ledger.password_file.is_some()),
            ("ca_file", ledger.ca_file.is_some()),
            ("connections", ledger.connections.is_some()),
        ];
        match (named(&ledger.path), named(&ledger.url)) {
            (None, None) => return Err(self.value("ledger", "give path (SQLite) or url (PostgreSQL)")),
            (Some(_), Some(_)) => {
                return Err(self
                    .value("ledger.url", "path is given, too; the ledger is a SQLite file or a PostgreSQL database"));
            }
            (Some(_), None) => {
                if let Some((key, _)) = of_database.iter().find(|(_, is_set)| *is_set) {
                    return Err(self.value(&format!("ledger.{key}"), "belongs to url"));
                }
            }
            (None, Some(_)) => {}
        }
        let raw::Retention { feeds, quarantine, payloads, notices } = ledger.retention;
        for (key, span) in [("feeds", feeds), ("quarantine", quarantine), ("payloads", payloads), ("notices", notices)]
        {
            if span.is_some_and(|span| span.0 < SHORTEST) {
                return Err(self.value(&format!("ledger.retention.{key}"), "at least \"1d\"; unset keeps for ever"));
            }
        }
        if ledger.connections.is_some_and(|connections| !(2..=64).contains(&connections)) {
            return Err(self.value("ledger.connections", "must lie between 2 and 64"));
        }
        Ok(())
    }

    /// How long content is kept.
    #[must_use]
    pub fn retention(&self) -> Retention {
        let raw::Retention { feeds, quarantine, payloads, notices } = self.file.ledger.retention;
        let span = |span: Option<Span>| span.map(|span| span.0);
        Retention { feeds: span(feeds), quarantine: span(quarantine), payloads: span(payloads), notices: span(notices) }
    }

    /// Where the ledger is. Reads the password and the certificates where files are named.
    ///
    /// # Errors
    /// What cannot work.
    pub fn ledger(&self) -> Result<LedgerPlace, ConfigError> {
        let ledger = &self.file.ledger;
        let Some(url) = named(&ledger.url) else {
            return Ok(LedgerPlace::File(self.resolve(named(&ledger.path).unwrap_or_default())));
        };
        let password = self.secret(ledger.password_file.as_deref(), "ledger.password_file", "LEDGER_PASSWORD", "")?;
        let ca = match &ledger.ca_file {
            None => None,
            Some(file) => {
                let path = self.resolve(file);
                Some(std::fs::read(&path).map_err(|error| self.unread("ledger.ca_file", &path, &error))?)
            }
        };
        let settings = PostgresSettings::new(url, password.as_deref(), ca.as_deref()).map_err(|error| {
            let key = if error == SettingsError::ExtraCa { "ledger.ca_file" } else { "ledger.url" };
            let hint = match error {
                SettingsError::PasswordInUrl => ": `password_file`, or ACCESS_BRIDGE_LEDGER_PASSWORD",
                SettingsError::NoRoots => ": `ca_file`",
                _ => "",
            };
            self.value(key, format!("{error}{hint}"))
        })?;
        Ok(LedgerPlace::Database(Box::new(match ledger.connections {
            Some(connections) => settings.with_connections(connections),
            None => settings,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{EXAMPLE, Environment};
    use std::path::Path;

    const PATH: &str = "path = \"access-bridge.sqlite\"";

    fn parse(ledger: &str, variables: &[(&str, &str)]) -> Result<LedgerPlace, String> {
        let text = EXAMPLE.replace(PATH, ledger);
        assert_ne!(text, EXAMPLE);
        let environment: Environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::parse(Path::new("site/access-bridge.toml"), &text, &environment)
            .and_then(|config| config.ledger())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_ledger_is_a_file_or_a_database() {
        let place = parse("path = \"other.sqlite\"", &[]).unwrap();
        assert_eq!(place.to_string(), "site/other.sqlite");
        let place = parse("url = \"postgresql://bridge@localhost:5433/access\"\nconnections = 4", &[]).unwrap();
        assert_eq!(place.to_string(), "postgresql://localhost:5433/access");
        for (ledger, reason) in [
            ("", "give path (SQLite) or url (PostgreSQL)"),
            ("path = \"a\"\nurl = \"postgresql://localhost/a\"", "path is given, too"),
            ("path = \"a\"\nconnections = 3", "ledger.connections: belongs to url"),
            ("url = \"postgresql://localhost/a\"\nconnections = 1", "must lie between 2 and 64"),
            ("url = \"http://localhost/a\"", "this is no PostgreSQL address"),
            ("url = \"postgresql://db.example.org/a?sslmode=disable\"", "without TLS"),
            ("path = \"a\"\n[ledger.retention]\nfeeds = \"5m\"", "ledger.retention.feeds: at least"),
            ("url = \"postgresql://localhost/a\"\npassword_file = \"missing\"", "missing"),
        ] {
            let error = parse(ledger, &[]).unwrap_err();
            assert!(error.contains(reason), "{ledger}: {error}");
        }
    }

    #[test]
    fn the_environment_can_move_a_ledger_from_a_file_to_a_database() {
        let url = ("ACCESS_BRIDGE_LEDGER__URL", "postgresql://bridge@localhost/access");
        let place = parse(&format!("{PATH} # here"), &[("ACCESS_BRIDGE_LEDGER__PATH", ""), url]).unwrap();
        assert_eq!(place.to_string(), "postgresql://localhost:5432/access");
    }

    #[test]
    fn the_password_comes_from_the_environment_and_is_never_told() {
        let secret = [("ACCESS_BRIDGE_LEDGER_PASSWORD", "geheim")];
        let place = parse("url = \"postgresql://bridge@localhost/access\"", &secret).unwrap();
        assert!(!format!("{place} {place:?}").contains("geheim"));
        let error = parse("url = \"postgresql://bridge:geheim@localhost/access\"", &[]).unwrap_err();
        assert!(error.contains("ACCESS_BRIDGE_LEDGER_PASSWORD") && !error.contains("geheim"), "{error}");
    }
}
