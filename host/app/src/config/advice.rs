//! What works, but should have been meant: secrets that everybody can read, mails of anybody, a folder that is not there.

use super::place::Place;
use super::{Config, LedgerPlace};
use access_mappings::{Finding, Severity};
use std::path::Path;
use toml::Value;

/// Keys that name a file with a secret in it.
const SECRETS: [&str; 5] = ["password_file", "token_file", "client_secret_file", "secret_file", "key"];

impl Config {
    /// What a person should look at, each at its line. `participants` are those of the profile.
    ///
    /// # Errors
    /// A ledger that is described in a way that cannot be used.
    pub fn advice(&self, participants: &[String]) -> Result<Vec<Finding>, super::ConfigError> {
        let mut found = Vec::new();
        for (index, route) in self.file.route.iter().enumerate() {
            for unknown in route.participants.iter().filter(|one| !participants.contains(one)) {
                let message = format!("route {}: \"{unknown}\" is no participant of the profile", route.name);
                let hint = format!("one of {}; nothing is told of others", participants.join(", "));
                found.push(self.advise(&format!("route.{index}.participants"), message, &hint));
            }
        }
        for (index, mail) in self.file.mail.iter().enumerate() {
            if mail.from.is_empty() {
                let message =
                    format!("mail {}: every sender is taken, and the sender of a mail can be forged", mail.name);
                let hint = "name the domains of CMS in `from`, and have the mail server check SPF and DKIM; until then what such a mail \
                            says of a standing is told and not followed";
                found.push(self.advise(&format!("mail.{index}.from"), message, hint));
            }
        }
        if let Ok(table) = self.text.parse::<toml::Table>() {
            let mut files = Vec::new();
            secrets(&Value::Table(table), "", &mut files);
            for (key, file) in files {
                let path = self.resolve(&file);
                if is_open(&path) {
                    let message = format!("{} can be read by every user of this machine", path.display());
                    found.push(self.advise(&key, message, "chmod 600, with the service's user as its owner"));
                }
            }
        }
        if let LedgerPlace::File(path) = self.ledger()?
            && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
        {
            let message = format!("the folder of the ledger is not there: {}", folder.display());
            found.push(self.advise("ledger.path", message, "make it, writable for the service and for nobody else"));
        }
        Ok(found)
    }

    fn advise(&self, key: &str, message: String, hint: &str) -> Finding {
        let variable = self.environment.name_of(key);
        let place = if variable.is_some() { None } else { Place::of_key(&self.text, key) };
        let (line, column) = place.map_or((1, 1), Place::parts);
        let message = match variable {
            Some(name) => format!("{message} (set by the environment, {name})"),
            None => message,
        };
        Finding {
            severity: Severity::Warning,
            file: self.path.display().to_string(),
            line,
            column,
            message,
            hint: Some(hint.to_owned()),
        }
    }
}

/// Every file that is named for a secret, with its key.
fn secrets(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    match value {
        Value::Table(table) => {
            for (key, inner) in table {
                match inner {
                    Value::String(file) if SECRETS.contains(&key.as_str()) => found.push((below(key), file.clone())),
                    inner => secrets(inner, &below(key), found),
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                secrets(inner, &below(&index.to_string()), found);
            }
        }
        _ => {}
    }
}

/// Whether everybody on this machine can read a file.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, EXAMPLE, Environment};

    #[cfg(unix)]
    #[test]
    fn what_should_have_been_meant_is_told_with_its_line() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access-bridge.toml");
        for (name, mode) in [("open", 0o644), ("shut", 0o600)] {
            let file = folder.path().join(name);
            std::fs::write(&file, "secret of sixteen letters").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let advice = |text: &str| -> Vec<String> {
            let config = Config::parse(&path, text, &Environment::default()).unwrap();
            config.advice(&["ACCES12345".to_owned()]).unwrap().iter().map(ToString::to_string).collect()
        };
        assert_eq!(advice(EXAMPLE), Vec::<String>::new());
        let listener = |file: &str| {
            format!(
                "{EXAMPLE}\n[[listener]]\nname = 'fhir'\nkind = 'cms-messages'\nlisten = '127.0.0.1:0'\ntoken_file = '{file}'\n"
            )
        };
        assert_eq!(advice(&listener("shut")), Vec::<String>::new());
        let told = advice(&listener("open"));
        let lines = listener("open").lines().count();
        assert!(told.len() == 1 && told[0].contains(&format!(":{lines}:")), "{told:?}");
        assert!(told[0].contains("warning: ") && told[0].contains("can be read by every user"), "{told:?}");
        let mail = format!("{EXAMPLE}\n[[mail]]\nname = 'cms'\nkind = 'folder'\npath = 'mails'\n");
        assert!(advice(&mail)[0].contains("every sender is taken"), "{:?}", advice(&mail));
        let route = |participant: &str| {
            format!(
                "{EXAMPLE}\n[[route]]\nname = 'x'\nkind = 'stdout'\nformat = 'json'\nparticipants = ['{participant}']\n"
            )
        };
        assert_eq!(advice(&route("ACCES12345")), Vec::<String>::new());
        let told = advice(&route("ACCES99999"));
        assert!(told.len() == 1 && told[0].contains("no participant of the profile"), "{told:?}");
    }
}
