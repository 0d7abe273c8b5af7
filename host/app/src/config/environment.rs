//! Overriding the file from the environment: `ACCESS_BRIDGE_` and the key's path, parts joined by two underscores.

use std::collections::BTreeMap;
use toml::{Table, Value};

/// Prefix of every variable.
pub const PREFIX: &str = "ACCESS_BRIDGE_";
/// Variables with the prefix that are no keys of the file.
const OTHERS: [&str; 4] = ["CONFIG", "CLIENT_SECRET", "MAIL_PASSWORD", "LISTENER_TOKEN"];

/// The variables of this program, without their prefix. Read through this, so that tests need no process environment.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars().collect()
    }

    /// The value of a variable, named without the prefix.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Writes the variables into the file's table.
    ///
    /// # Errors
    /// The name of a variable whose path does not fit the file.
    pub fn overlay(&self, file: &mut Table) -> Result<(), String> {
        for (name, value) in &self.0 {
            if OTHERS.iter().any(|other| name == other || name.starts_with(&format!("{other}_"))) {
                continue;
            }
            let path: Vec<String> = name.split("__").map(str::to_lowercase).collect();
            set(file, &path, value).ok_or_else(|| format!("{PREFIX}{name}"))?;
        }
        Ok(())
    }
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

fn set(table: &mut Table, path: &[String], text: &str) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let key = existing(table, first);
    if rest.is_empty() {
        table.insert(key, typed(text));
        return Some(());
    }
    let next = table.entry(key).or_insert_with(|| Value::Table(Table::new()));
    match next {
        Value::Table(inner) => set(inner, rest, text),
        Value::Array(items) => {
            let (index, rest) = rest.split_first()?;
            items.get_mut(index.parse::<usize>().ok()?)?.as_table_mut().and_then(|inner| set(inner, rest, text))
        }
        _ => None,
    }
}

/// The key as the file spells it: participants' ids are upper case, everything else lower.
fn existing(table: &Table, key: &str) -> String {
    table.keys().find(|known| known.eq_ignore_ascii_case(key)).cloned().unwrap_or_else(|| key.to_owned())
}

/// A TOML value where the text is one, else the text itself.
fn typed(text: &str) -> Value {
    match format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value")) {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_variable_wins_over_the_file_at_any_depth() {
        let mut file = "[ledger]\npath = 'a'\n[[source]]\nlisten = 'x'\n[limits]\nrequests = 1\n".parse().unwrap();
        environment(&[
            ("ACCESS_BRIDGE_LEDGER__PATH", "b"),
            ("ACCESS_BRIDGE_SOURCE__0__LISTEN", "127.0.0.1:0"),
            ("ACCESS_BRIDGE_LIMITS__REQUESTS", "7"),
            ("ACCESS_BRIDGE_TIMES__POLL_FIRST", "1s"),
            ("ACCESS_BRIDGE_CLIENT_SECRET_ACCES12345", "not a key"),
            ("ACCESS_BRIDGE_MAIL_PASSWORD_CMS", "not a key"),
            ("ACCESS_BRIDGE_LISTENER_TOKEN", "not a key"),
            ("HOME", "/elsewhere"),
        ])
        .overlay(&mut file)
        .unwrap();
        let expected = "[ledger]\npath = 'b'\n[[source]]\nlisten = '127.0.0.1:0'\n[limits]\nrequests = 7\n[times]\npoll_first = '1s'\n";
        assert_eq!(file, expected.parse().unwrap());
    }

    #[test]
    fn a_variable_that_fits_nowhere_is_named() {
        let mut file = "[ledger]\npath = 'a'\n".parse().unwrap();
        let wrong = environment(&[("ACCESS_BRIDGE_LEDGER__PATH__DEEPER", "b")]).overlay(&mut file);
        assert_eq!(wrong, Err("ACCESS_BRIDGE_LEDGER__PATH__DEEPER".to_owned()));
    }
}
