//! What is said about readings: coded, with the measure's name and the place in the feed, never with a value.

use crate::entries::Reading;
use access_contract::{Issue, Severity};
use access_mappings::{MeasureFacts, RangeRule};

/// A reading one can say something about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) measure: &'a MeasureFacts,
    /// `systolic`, `diastolic` or empty.
    pub(super) part: &'a str,
    pub(super) reading: &'a Reading,
}

impl About<'_> {
    /// Something that was repaired, doubted or left out.
    pub(super) fn warn(&self, code: &str, message: &str, hint: &str) -> Issue {
        self.say(Severity::Warning, code, message).hint(hint)
    }

    /// Something worth knowing.
    pub(super) fn inform(&self, code: &str, message: &str) -> Issue {
        self.say(Severity::Information, code, message)
    }

    /// A value that can hardly be.
    pub(super) fn implausible(&self, rule: RangeRule) -> Issue {
        let message = match rule {
            RangeRule::Refuse => "the value is beyond what is plausible; it is not reported",
            RangeRule::Warn => "the value is beyond what is plausible; it is reported all the same",
        };
        let hint = "look at the result; what is plausible stands under reports.ranges in the profile";
        self.warn("measure-implausible", message, hint)
    }

    fn say(&self, severity: Severity, code: &str, message: &str) -> Issue {
        let (title, from) = (self.measure.title.as_str(), &self.reading.from);
        let part = if self.part.is_empty() { String::new() } else { format!(" ({})", self.part) };
        let rule = if self.part.is_empty() {
            self.measure.code.clone()
        } else {
            format!("{}/{}", self.measure.code, self.part)
        };
        let message = format!("{title}{part}: {message} (feed {})", from.feed);
        Issue::new(severity, code, from.path.clone(), message).rule(rule)
    }
}
