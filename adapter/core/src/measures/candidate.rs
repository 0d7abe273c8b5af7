//! Whether one entry can be reported: status, time, value, unit, plausibility, in this order.

use super::asked::Asked;
use super::entry::{parted, reading};
use super::join::{is_reportable, standing};
use super::number::Number;
use super::remark::About;
use super::selection::Amount;
use crate::entries::Reading;
use crate::facts::Observed;
use crate::plan::moment::{first_day, last_day};
use crate::zone::{When, Zone};
use access_contract::{Entry, Issue};
use access_mappings::{MeasureCode, MeasureFacts, Profile, RangeRule, ReportRules};
use jiff::Timestamp;
use jiff::civil::Date;

/// What decides over every entry of a selection.
pub(super) struct Judge<'p> {
    rules: &'p ReportRules,
    zone: Zone,
    from: Date,
    now: Timestamp,
    born: Option<Date>,
    died: Option<Date>,
}

/// What was found of an entry.
pub(super) enum Found<'p> {
    /// It can be reported.
    Usable(Box<Candidate<'p>>),
    /// It cannot, for this reason; with its time where it has one.
    Doubted(Option<When>, Issue),
    /// It is not of the window, or was taken back.
    Out,
}

/// A reading that can be reported.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'p> {
    /// Keys of the entries that say so.
    pub(super) keys: Vec<String>,
    pub(super) measure: &'p MeasureFacts,
    pub(super) code: &'p MeasureCode,
    /// Place of the code among those of the measure.
    pub(super) rank: usize,
    pub(super) reading: Reading,
    pub(super) status: String,
    pub(super) when: When,
    pub(super) number: Number,
    pub(super) amount: Amount,
    /// What is said where it is reported.
    pub(super) remarks: Vec<Issue>,
}

impl<'p> Judge<'p> {
    pub(super) fn of(profile: &'p Profile, asked: &Asked<'_>) -> Self {
        Self {
            rules: &profile.reports,
            zone: Zone::of(profile),
            from: first_day(asked.from).unwrap_or(Date::MIN),
            now: asked.at.parse().unwrap_or(Timestamp::MAX),
            born: asked.born.and_then(first_day),
            died: asked.died.and_then(|text| last_day(text.get(..10).unwrap_or(text))),
        }
    }

    /// Whether an entry is certainly not of the window, by the time it is put in order by: days of zones are a day apart at most.
    pub(super) fn is_long_before(&self, entry: &Entry) -> bool {
        let day = entry.at.get(..10).and_then(first_day).and_then(|day| day.tomorrow().ok());
        day.is_some_and(|day| day < self.from)
    }

    /// Looks at one entry of the measure.
    pub(super) fn judge(&self, measure: &'p MeasureFacts, entry: &Entry) -> Found<'p> {
        let Some(reading) = reading(entry) else { return Found::Out };
        let place = measure.accepts.iter().position(|code| code.loinc == reading.loinc);
        let Some((rank, code)) = place.and_then(|place| Some((place, measure.accepts.get(place)?))) else {
            return Found::Out;
        };
        let about = About { measure, part: &code.part, reading: &reading };
        let status = standing(&reading).to_owned();
        if matches!(status.as_str(), "entered-in-error" | "cancelled" | crate::results::CONFIRMED) {
            return Found::Out;
        }
        let Some(when) = self.zone.when(&reading.at) else {
            let hint = "the sender must fill OBX-14 or OBR-7 (effectiveDateTime), at least with the day";
            return Found::Doubted(
                None,
                about.warn(
                    "measure-time-missing",
                    "nothing says on which day it was measured; it is not reported",
                    hint,
                ),
            );
        };
        if when.day < self.from {
            return Found::Out;
        }
        if let Some(issue) = self.life(&about, when) {
            return Found::Doubted(Some(when), issue);
        }
        if !is_reportable(&status) {
            let hint = "it counts once the sender makes it final";
            return Found::Doubted(
                Some(when),
                about.warn("measure-not-final", "the result is not final; it is not reported", hint),
            );
        }
        let (number, amount, mut remarks) = match self.quantity(&about, code) {
            Ok(found) => found,
            Err(issue) => return Found::Doubted(Some(when), *issue),
        };
        if let Some(issue) = self.plausible(&about, code, &number) {
            match issue {
                (RangeRule::Refuse, issue) => return Found::Doubted(Some(when), issue),
                (RangeRule::Warn, issue) => remarks.push(issue),
            }
        }
        let (keys, status) = (vec![entry.key.clone()], status);
        Found::Usable(Box::new(Candidate { keys, measure, code, rank, status, when, number, amount, remarks, reading }))
    }

    /// Why a time cannot be one at which this person was measured.
    fn life(&self, about: &About<'_>, when: When) -> Option<Issue> {
        let is_ahead = if when.is_timed { when.at > self.now } else { when.day > self.zone.day(self.now) };
        let hint = "correct the time at its source, or look whose result it is";
        if is_ahead {
            return Some(about.warn("measure-in-future", "it is dated after the report; it is not reported", hint));
        }
        if self.born.is_some_and(|born| when.day < born) {
            return Some(about.warn(
                "measure-before-birth",
                "it is dated before the person was born; it is not reported",
                hint,
            ));
        }
        if self.died.is_some_and(|died| when.day > died) {
            return Some(about.warn(
                "measure-after-death",
                "it is dated after the person died; it is not reported",
                hint,
            ));
        }
        None
    }

    /// The value in the unit that is reported, with what is to be said of it.
    fn quantity(&self, about: &About<'_>, code: &MeasureCode) -> Result<(Number, Amount, Vec<Issue>), Box<Issue>> {
        let (measure, reading) = (about.measure, about.reading);
        let no_number = || {
            let hint = "the sender must send a number (OBX-2 NM, valueQuantity)";
            Box::new(about.warn("measure-not-a-number", "the value is no number; it is not reported", hint))
        };
        let (value, comparator, unit, ucum) = match &reading.value {
            Observed::Quantity { value, comparator, unit, code } => (value, comparator, unit, code),
            Observed::Nothing => {
                return Err(Box::new(
                    about.inform("measure-value-missing", "the result has no value; it is not reported"),
                ));
            }
            Observed::Coded { .. } | Observed::Text(_) => return Err(no_number()),
        };
        let number = Number::read(value).ok_or_else(no_number)?;
        if unit.is_empty() && ucum.is_empty() {
            let hint = "the sender must fill OBX-6; or say in the profile which unit its code means (codes.observations, ucum)";
            return Err(Box::new(about.warn("measure-unit-missing", "the unit is missing; it is not reported", hint)));
        }
        let conversion = measure.conversion(&code.loinc, ucum);
        let converted = match conversion {
            Some(conversion) => number.convert(conversion).ok_or_else(no_number)?,
            None if *ucum == measure.unit => number.clone(),
            None => {
                let hint =
                    "add the spelling under codes.units in the profile, or have the sender send the unit of the guide";
                let message = "the unit is none that is reported or can be converted; it is not reported";
                return Err(Box::new(about.warn("measure-unit-unknown", message, hint)));
            }
        };
        let mut remarks = Vec::new();
        let is_other = *ucum != measure.unit || conversion.is_some();
        if is_other {
            let hint = "nothing need be done; the conversion is exact";
            remarks.push(about.warn(
                "measure-converted",
                "the value was converted into the unit that is reported",
                hint,
            ));
        }
        if !code.sent_as.is_empty() {
            let message = "it came under a code that is reported under another";
            remarks.push(about.inform("measure-code-replaced", message));
        }
        if !comparator.is_empty() {
            remarks
                .push(about.inform("measure-comparator", "the result is a bound and no value; it is reported as one"));
        }
        let amount = Amount {
            value: converted.text.clone(),
            comparator: comparator.clone(),
            unit: measure.unit.clone(),
            unit_text: measure.unit_text.clone(),
            converted: is_other,
            from: reading.from.clone(),
        };
        Ok((converted, amount, remarks))
    }

    /// What is said of a value that can hardly be, with what becomes of it.
    pub(super) fn plausible(
        &self,
        about: &About<'_>,
        code: &MeasureCode,
        number: &Number,
    ) -> Option<(RangeRule, Issue)> {
        let range = self.rules.range_of(code.reported(), &code.part, &about.measure.code);
        let hint = "look at the result; what is plausible stands under reports.ranges in the profile";
        let refuse = |about: &About<'_>| {
            let message = "the value is beyond what is plausible; it is not reported";
            (RangeRule::Refuse, about.warn("measure-implausible", message, hint))
        };
        if number.is_negative() {
            return Some(refuse(about));
        }
        let range = range.filter(|range| !number.is_within(range))?;
        Some(match range.beyond {
            RangeRule::Refuse => refuse(about),
            RangeRule::Warn => {
                let message = "the value is beyond what is plausible; it is reported all the same";
                (RangeRule::Warn, about.warn("measure-implausible", message, hint))
            }
        })
    }
}

impl<'p> Candidate<'p> {
    pub(super) fn about(&self) -> About<'_> {
        About { measure: self.measure, part: &self.code.part, reading: &self.reading }
    }

    /// The display of the code it is reported under.
    pub(super) fn display(&self) -> String {
        self.measure.accepted(self.code.reported()).map(|code| code.display.clone()).unwrap_or_default()
    }

    /// Who sends it: the beginning of its key.
    pub(super) fn sender(&self) -> &str {
        let key = self.keys.first().map_or("", String::as_str);
        key.split_once('|').map_or(key, |(sender, _)| sender)
    }

    /// The order it belongs to, or empty. Records of FHIR belong to none.
    pub(super) fn order(&self) -> &str {
        if self.sender() == super::entry::FHIR { "" } else { parted(&self.reading.identifier).0 }
    }

    /// Whether it says the same as another.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.number.value == other.number.value && self.amount.comparator == other.amount.comparator
    }
}
