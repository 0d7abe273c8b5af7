//! Overriding the file from the environment: `ACCESS_BRIDGE_` and the key's path, parts joined by two underscores.

use super::raw::File;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Prefix of every variable.
pub const PREFIX: &str = "ACCESS_BRIDGE_";
/// Variables with the prefix that are no keys of the file.
const OTHERS: [&str; 11] = [
    "CONFIG",
    "CLIENT_SECRET",
    "LEDGER_PASSWORD",
    "MAIL_PASSWORD",
    "MAIL_CLIENT_SECRET",
    "LISTENER_TOKEN",
    "SOURCE_TOKEN",
    "ROUTE_SECRET",
    "ROUTE_TOKEN",
    "NATS_PASSWORD",
    "NATS_TOKEN",
];

/// The variables of this program, without their prefix. Read through this, so that tests need no process environment.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// A variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Its whole name.
    pub name: String,
    /// Why, without its value.
    pub why: String,
}

impl Environment {
    /// The variables of this process. Bytes that are no UTF-8 become replacement characters, which no key takes for a value.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect()
    }

    /// The value of a variable, named without the prefix.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The whole name of the variable that sets a key, by the key's path: `access.base_url`, `route.1.kind`.
    #[must_use]
    pub fn name_of(&self, path: &str) -> Option<String> {
        let wanted = path.replace('.', "__");
        let name = self.0.keys().find(|name| name.eq_ignore_ascii_case(&wanted))?;
        Some(format!("{PREFIX}{name}"))
    }

    /// Writes the variables into the table of a file that can be used as it stands.
    ///
    /// # Errors
    /// The first variable whose path or value does not fit.
    pub fn overlay(&self, file: &mut Table) -> Result<(), Misfit> {
        for (name, value) in &self.0 {
            if OTHERS.iter().any(|other| name == other || name.starts_with(&format!("{other}_"))) {
                continue;
            }
            let misfit = |why: String| Misfit { name: format!("{PREFIX}{name}"), why };
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(misfit("it is not UTF-8".to_owned()));
            }
            let path: Vec<String> = name.split("__").map(str::to_lowercase).collect();
            *file = laid_over(file, &path, value).map_err(misfit)?;
        }
        Ok(())
    }
}

/// The table with one key set: to a number, a flag or a list where the key takes one, else to a text.
fn laid_over(file: &Table, path: &[String], text: &str) -> Result<Table, String> {
    let mut why = String::new();
    for value in typed(text).into_iter().chain([Value::String(text.to_owned())]) {
        let mut table = file.clone();
        set(&mut table, path, value).ok_or("there is no such key")?;
        match table.clone().try_into::<File>() {
            Ok(_) => return Ok(table),
            Err(error) => error.message().trim_end().clone_into(&mut why),
        }
    }
    Err(why)
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .filter_map(|(name, value)| name.strip_prefix(PREFIX).map(|rest| (rest.to_owned(), value)))
                .collect(),
        )
    }
}

fn set(table: &mut Table, path: &[String], value: Value) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let key = existing(table, first);
    if rest.is_empty() {
        table.insert(key, value);
        return Some(());
    }
    let next = table.entry(key).or_insert_with(|| Value::Table(Table::new()));
    match next {
        Value::Table(inner) => set(inner, rest, value),
        Value::Array(items) => {
            let (index, rest) = rest.split_first()?;
            items.get_mut(index.parse::<usize>().ok()?)?.as_table_mut().and_then(|inner| set(inner, rest, value))
        }
        _ => None,
    }
}

/// The key as the file spells it: participants' ids are upper case, everything else lower.
fn existing(table: &Table, key: &str) -> String {
    table.keys().find(|known| known.eq_ignore_ascii_case(key)).cloned().unwrap_or_else(|| key.to_owned())
}

/// A number, flag or list where the text is one in TOML.
fn typed(text: &str) -> Option<Value> {
    let value = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"))?;
    matches!(value, Value::Integer(_) | Value::Boolean(_) | Value::Array(_)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::Environment;
    use crate::config::EXAMPLE;
    use toml::{Table, Value};

    fn overlaid(pairs: &[(&str, &str)]) -> Result<Table, String> {
        let mut file = EXAMPLE.parse().unwrap();
        let environment: Environment =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        environment.overlay(&mut file).map_err(|misfit| format!("{}: {}", misfit.name, misfit.why))?;
        Ok(file)
    }

    #[test]
    fn a_variable_wins_over_the_file_at_any_depth() {
        let file = overlaid(&[
            ("ACCESS_BRIDGE_LEDGER__PATH", "b"),
            ("ACCESS_BRIDGE_SOURCE__0__LISTEN", "127.0.0.1:0"),
            ("ACCESS_BRIDGE_LIMITS__REQUESTS", "7"),
            ("ACCESS_BRIDGE_TIMES__POLL_FIRST", "1s"),
            ("ACCESS_BRIDGE_ACCESS__ALLOWED_ORIGINS", "['https://a.example.org']"),
            ("ACCESS_BRIDGE_CLIENT_SECRET_ACCES12345", "not a key"),
            ("ACCESS_BRIDGE_MAIL_PASSWORD_CMS", "not a key"),
            ("ACCESS_BRIDGE_MAIL_CLIENT_SECRET_CMS", "not a key"),
            ("ACCESS_BRIDGE_LISTENER_TOKEN", "not a key"),
            ("HOME", "/elsewhere"),
        ])
        .unwrap();
        assert_eq!(file["ledger"]["path"].as_str(), Some("b"));
        assert_eq!(file["source"][0]["listen"].as_str(), Some("127.0.0.1:0"));
        assert_eq!(file["limits"]["requests"].as_integer(), Some(7));
        assert_eq!(file["times"]["poll_first"].as_str(), Some("1s"));
        assert_eq!(file["access"]["allowed_origins"].as_array().map(Vec::len), Some(1));
    }

    /// A client id of digits only became a number once, which no text key took.
    #[test]
    fn a_text_that_looks_like_a_number_stays_a_text() {
        let file =
            overlaid(&[("ACCESS_BRIDGE_ACCESS__CLIENT_ID", "12345"), ("ACCESS_BRIDGE_ACCESS__SCOPE", "true")]).unwrap();
        assert_eq!(file["access"]["client_id"], Value::String("12345".to_owned()));
        assert_eq!(file["access"]["scope"], Value::String("true".to_owned()));
    }

    #[test]
    fn a_key_is_known_by_the_variable_that_sets_it() {
        let environment: Environment = ["ACCESS_BRIDGE_SOURCE__0__LISTEN", "ACCESS_BRIDGE_CONFIG"]
            .map(|name| (name.to_owned(), "x".to_owned()))
            .into_iter()
            .collect();
        assert_eq!(environment.name_of("source.0.listen").as_deref(), Some("ACCESS_BRIDGE_SOURCE__0__LISTEN"));
        for other in ["source.0", "source.0.listen.x", "source.1.listen", "listen"] {
            assert_eq!(environment.name_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_variable_that_does_not_fit_is_named_with_the_reason() {
        for (name, value, told) in [
            ("ACCESS_BRIDGE_LEDGER__PATH__DEEPER", "b", "there is no such key"),
            ("ACCESS_BRIDGE_SOURCE__7__LISTEN", "127.0.0.1:1", "there is no such key"),
            ("ACCESS_BRIDGE_TIMES__POL_FIRST", "1s", "unknown field `pol_first`"),
            ("ACCESS_BRIDGE_LIMITS__REQUESTS", "many", "invalid type: string"),
            ("ACCESS_BRIDGE_TIMES__LOOK", "5", "expected a time"),
            ("ACCESS_BRIDGE_LEDGER__PATH", "\u{fffd}", "it is not UTF-8"),
        ] {
            let error = overlaid(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(&format!("{name}: ")) && error.contains(told), "{error}");
        }
    }
}
