//! Problems, as data.

use crate::{intent::asking, words::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// How bad an issue is.
    Severity {
        /// Worth knowing; changes nothing.
        Information = "information",
        /// Something was repaired, ignored or doubted; the work went on.
        Warning = "warning",
        /// The thing the issue is about cannot be used as it is.
        Error = "error",
        /// The whole feed cannot be used.
        Fatal = "fatal",
    }
}

/// Start of the codes of orders (`ZAC`) that cannot be read. No other code begins like this.
const UNREADABLE_ORDER: &str = "zac-";

/// Code of a request to align somebody who is aligned in the track already.
pub const ALREADY_ALIGNED: &str = "already-aligned";

/// One problem, said so that a person can find and mend it. Never holds a value from a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// Stable identifier in kebab case, for example `mbi-missing`.
    pub code: String,
    /// Where: an HL7 path such as `IN1[1]-49.1`, a FHIRPath such as `Parameters.parameter[2].resource`, or empty.
    pub location: String,
    /// What happened, in one plain sentence.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The mapping rule that noticed it, for example `triggers.screen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// HL7 table 0357 condition code for ERR-3, where the issue explains a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<u16>,
}

impl Issue {
    /// An issue of `severity` with its stable code, location and sentence.
    #[must_use]
    pub fn new(severity: Severity, code: &str, location: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            location: location.into(),
            message: message.into(),
            hint: None,
            rule: None,
            condition: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the rule that noticed it.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    /// Adds the HL7 table 0357 code that an ERR segment shall carry.
    #[must_use]
    pub fn condition(mut self, code: u16) -> Self {
        self.condition = Some(code);
        self
    }

    /// Whether the thing it is about cannot be used.
    #[must_use]
    pub fn blocks(&self) -> bool {
        matches!(self.severity, Severity::Error | Severity::Fatal)
    }

    /// Whether it refuses the feed although the rest of it was read: an order that cannot be read is not passed over, so whoever
    /// asked is told, and the feed waits for a person.
    #[must_use]
    pub fn refuses_feed(&self) -> bool {
        self.blocks() && self.code.starts_with(UNREADABLE_ORDER)
    }

    /// Whether it says that a request to align changed nothing.
    #[must_use]
    pub fn is_already_aligned(&self) -> bool {
        self.code == ALREADY_ALIGNED && self.rule.as_deref() == Some(asking::REQUEST)
    }
}

#[cfg(test)]
mod tests {
    use super::{ALREADY_ALIGNED, Issue, Severity};
    use crate::asking;

    #[test]
    fn only_an_order_that_cannot_be_read_refuses_a_feed() {
        let refuses = |severity, code| Issue::new(severity, code, "", "").refuses_feed();
        assert!(refuses(Severity::Error, "zac-track"));
        assert!(!refuses(Severity::Warning, "zac-track"));
        assert!(!refuses(Severity::Error, "mbi-missing"));
    }

    #[test]
    fn that_somebody_is_aligned_answers_a_request_only() {
        let issue = Issue::new(Severity::Information, ALREADY_ALIGNED, "ZAC-3", "");
        assert!(!issue.is_already_aligned());
        assert!(issue.rule(asking::REQUEST).is_already_aligned());
    }
}
