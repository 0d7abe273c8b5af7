//! What `[[mail]]` tables must and must not have.

use super::raw::{Mail, MailKind};
use super::{Config, ConfigError};
use std::collections::BTreeSet;
use std::time::Duration;

/// A source is not looked at more often than this.
const SHORTEST: Duration = Duration::from_millis(20);

impl Config {
    /// Checks the tables, without looking at what they name.
    pub(super) fn check_mail(&self) -> Result<(), ConfigError> {
        let mut names = BTreeSet::new();
        for mail in &self.file.mail {
            self.check_one(mail, &mut names)?;
        }
        Ok(())
    }

    fn check_one<'a>(&self, mail: &'a Mail, names: &mut BTreeSet<&'a str>) -> Result<(), ConfigError> {
        let wrong = |part: &str, message: &str| Err(self.value(&format!("mail {}: {part}", mail.name), message));
        if mail.name.is_empty() || mail.name.len() > 64 {
            return wrong("name", "1 to 64 characters");
        }
        if !names.insert(&mail.name) {
            return wrong("name", "two mail sources have this name");
        }
        if mail.every.0 < SHORTEST {
            return wrong("every", "at least \"20ms\"");
        }
        if mail
            .from
            .iter()
            .any(|domain| domain.trim_start_matches(['@', '.']).is_empty() || domain.contains(char::is_whitespace))
        {
            return wrong("from", "domains such as \"cms.hhs.gov\"");
        }
        match mail.kind {
            MailKind::Folder if mail.path.is_none() => wrong("path", "this kind of source needs a path"),
            MailKind::Folder => Ok(()),
        }
    }
}
