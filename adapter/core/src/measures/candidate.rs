//! A reading that can be reported.

use super::entry::{FHIR, parted};
use super::number::Number;
use super::remark::About;
use super::selection::Amount;
use crate::entries::Reading;
use crate::zone::When;
use access_contract::Issue;
use access_mappings::{MeasureCode, MeasureFacts, RangeRule};

/// One reading, judged.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'p> {
    /// Keys of the entries that say so.
    pub(super) keys: Vec<String>,
    pub(super) measure: &'p MeasureFacts,
    pub(super) code: &'p MeasureCode,
    /// Place of the code among those of the measure.
    pub(super) rank: usize,
    pub(super) reading: Reading,
    /// `final`, `corrected` or `amended`.
    pub(super) status: String,
    pub(super) when: When,
    /// The value in the unit that is reported.
    pub(super) number: Number,
    pub(super) amount: Amount,
    /// Whether it is beyond what is plausible and reported all the same.
    pub(super) is_implausible: bool,
}

impl Candidate<'_> {
    pub(super) fn about(&self) -> About<'_> {
        About { measure: self.measure, part: &self.code.part, reading: &self.reading }
    }

    /// The display of the code it is reported under.
    pub(super) fn display(&self) -> String {
        self.measure.accepted(self.code.reported()).map(|code| code.display.clone()).unwrap_or_default()
    }

    fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// Who sends it.
    pub(super) fn sender(&self) -> &str {
        sender(self.key())
    }

    /// Which part of its order it is (`OBX-4`), or empty.
    pub(super) fn part(&self) -> &str {
        part(self.key(), &self.reading)
    }

    /// The order it belongs to, or empty.
    pub(super) fn order(&self) -> &str {
        order(self.key(), &self.reading)
    }

    /// Whether it says the same as another.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.number.value == other.number.value && self.amount.comparator == other.amount.comparator
    }

    /// What is said of it where it is reported.
    pub(super) fn remarks(&self) -> Vec<Issue> {
        let about = self.about();
        let mut remarks = Vec::new();
        if self.amount.converted {
            let hint = "nothing need be done; how many decimals are kept stands under reports.decimals in the profile";
            let message = "the value was converted into the unit that is reported, and rounded where it had more decimals than are kept";
            remarks.push(about.warn("measure-converted", message, hint));
        }
        if !self.code.sent_as.is_empty() {
            let message = "it came under a code that is reported under another";
            remarks.push(about.inform("measure-code-replaced", message));
        }
        if !self.amount.comparator.is_empty() {
            remarks
                .push(about.inform("measure-comparator", "the result is a bound and no value; it is reported as one"));
        }
        if self.is_implausible {
            remarks.push(about.implausible(RangeRule::Warn));
        }
        remarks
    }
}

/// Who sends what has this key: its beginning.
pub(super) fn sender(key: &str) -> &str {
    key.split_once('|').map_or(key, |(sender, _)| sender)
}

/// Which part of its order a reading is (`OBX-4`), or empty. Records of FHIR are none.
pub(super) fn part<'r>(key: &str, reading: &'r Reading) -> &'r str {
    if sender(key) == FHIR { "" } else { parted(reading.identifier.as_str()).1 }
}

/// The order a reading belongs to, or empty. Records of FHIR belong to none.
pub(super) fn order<'r>(key: &str, reading: &'r Reading) -> &'r str {
    let identifier = reading.identifier.as_str();
    // Without the number of a value among several of one row.
    let numbered = identifier.rsplit_once('#').filter(|(_, number)| number.parse::<u32>().is_ok());
    let identifier = numbered.map_or(identifier, |(identifier, _)| identifier);
    if sender(key) == FHIR { "" } else { parted(identifier).0 }
}
