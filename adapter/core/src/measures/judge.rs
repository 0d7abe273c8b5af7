//! Whether one entry can be reported: time, status, value, unit, plausibility, in this order.

use super::candidate::Candidate;
use super::entry::reading;
use super::join::{is_reportable, is_withdrawn, standing};
use super::number::Number;
use super::pressure::Half;
use super::remark::About;
use super::selection::Amount;
use crate::asked::Asked;
use crate::facts::Observed;
use crate::plan::moment::{first_day, last_day};
use crate::results::CONFIRMED;
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
    /// The day before, as entries are put in order by.
    floor: String,
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

impl<'p> Judge<'p> {
    pub(super) fn of(profile: &'p Profile, asked: &Asked<'_>) -> Self {
        let from = first_day(asked.from).unwrap_or(Date::MIN);
        Self {
            rules: &profile.reports,
            zone: Zone::of(profile),
            from,
            floor: from.yesterday().map(|day| day.to_string()).unwrap_or_default(),
            now: asked.at.parse().unwrap_or(Timestamp::MAX),
            born: asked.born.and_then(first_day),
            died: asked.died.and_then(|text| last_day(text.get(..10).unwrap_or(text))),
        }
    }

    /// Whether an entry is certainly not of the window, by the time it is put in order by: days of zones are a day apart at most.
    /// What is dated before the birth is looked at all the same.
    pub(super) fn is_long_before(&self, entry: &Entry) -> bool {
        let is_unborn = |day: &str| self.born.is_some_and(|born| day.parse::<Date>().is_ok_and(|day| day < born));
        entry.at.get(..10).is_some_and(|day| day < self.floor.as_str() && !is_unborn(day))
    }

    /// Whether an entry, and so every one that follows it (the newest first, as texts in UTC), is from before that day. What follows a
    /// moment may be a date that names the moment's day in UTC; what follows a date may be a moment of the evening before it there,
    /// which is that day in zones ahead. So does what follows a time as it was written.
    pub(super) fn is_before(&self, entry: &Entry, day: Date) -> bool {
        let named = entry.at.get(..10).and_then(|text| text.parse::<Date>().ok());
        let moment = entry.at.parse().or_else(|_| format!("{}Z", entry.at).parse()).ok();
        let in_zone = moment.map(|at| self.zone.day(at)).or(named);
        named.zip(in_zone).is_some_and(|(named, in_zone)| named.max(in_zone) < day)
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
        if is_withdrawn(&status) || status == CONFIRMED {
            return Found::Out;
        }
        let Some(when) = self.zone.stated(&reading.at).map(|when| when.with_clock(&reading.written)) else {
            let hint = "the sender must fill OBX-14 or OBR-7 (effectiveDateTime), at least with the day";
            let message = "nothing says on which day it was measured; it is not reported";
            return Found::Doubted(None, about.warn("measure-time-missing", message, hint));
        };
        // Before the window: what nobody can have been measured at is told whatever is reported.
        if let Some(issue) = self.life(&about, when) {
            return Found::Doubted(Some(when), issue);
        }
        if when.day < self.from {
            return Found::Out;
        }
        if !is_reportable(&status) {
            let message = "the result is not final; it is not reported";
            let hint = "it counts once the sender makes it final";
            return Found::Doubted(Some(when), about.warn("measure-not-final", message, hint));
        }
        let (number, amount) = match self.quantity(&about, code) {
            Ok(found) => found,
            Err(issue) => return Found::Doubted(Some(when), *issue),
        };
        let beyond = self.beyond(measure, code, &number);
        if beyond == Some(RangeRule::Refuse) {
            return Found::Doubted(Some(when), about.implausible(RangeRule::Refuse));
        }
        let is_implausible = beyond.is_some();
        let keys = vec![entry.key.clone()];
        Found::Usable(Box::new(Candidate {
            keys,
            measure,
            code,
            rank,
            reading,
            status,
            when,
            number,
            amount,
            is_implausible,
        }))
    }

    /// The half of a panel that an entry is about, although it cannot be reported; none where nothing says when it was measured.
    pub(super) fn half(&self, measure: &MeasureFacts, entry: &Entry) -> Option<Half<'p>> {
        let reading = reading(entry)?;
        let code = measure.accepts.iter().find(|code| code.loinc == reading.loinc)?;
        let when = self.zone.stated(&reading.at)?.with_clock(&reading.written);
        Some(Half::of(&entry.key, measure, code, &reading, when))
    }

    /// Why a time cannot be one at which this person was measured.
    fn life(&self, about: &About<'_>, when: When) -> Option<Issue> {
        let hint = "correct the time at its source, or look whose result it is";
        if self.zone.is_ahead(when, self.now) {
            return Some(about.warn("measure-in-future", "it is dated after the report; it is not reported", hint));
        }
        if self.born.is_some_and(|born| when.day < born) {
            let message = "it is dated before the person was born; it is not reported";
            return Some(about.warn("measure-before-birth", message, hint));
        }
        if self.died.is_some_and(|died| when.day > died) {
            let message = "it is dated after the person died; it is not reported";
            return Some(about.warn("measure-after-death", message, hint));
        }
        None
    }

    /// What becomes of a value that can hardly be; none for one that can. Nothing and less is no measure.
    pub(super) fn beyond(&self, measure: &MeasureFacts, code: &MeasureCode, number: &Number) -> Option<RangeRule> {
        if !number.is_positive() {
            return Some(RangeRule::Refuse);
        }
        let range = self.rules.range_of(code.reported(), &code.part, &measure.code)?;
        number.beyond(range)
    }

    /// The value in the unit that is reported.
    fn quantity(&self, about: &About<'_>, code: &MeasureCode) -> Result<(Number, Amount), Box<Issue>> {
        let (measure, reading) = (about.measure, about.reading);
        let no_number = || {
            let hint = "the sender must send a number (OBX-2 NM, valueQuantity)";
            Box::new(about.warn("measure-not-a-number", "the value is no number; it is not reported", hint))
        };
        let (value, comparator, unit, ucum) = match &reading.value {
            Observed::Quantity { value, comparator, unit, code } => (value, comparator, unit, code),
            Observed::Nothing => {
                let message = "the result has no value; it is not reported";
                return Err(Box::new(about.inform("measure-value-missing", message)));
            }
            Observed::Coded { .. } | Observed::Text(_) => return Err(no_number()),
        };
        let number = Number::read(value).ok_or_else(no_number)?;
        if unit.is_empty() && ucum.is_empty() {
            let hint = "the sender must fill OBX-6; or say in the profile which unit its code means (codes.observations, ucum)";
            return Err(Box::new(about.warn("measure-unit-missing", "the unit is missing; it is not reported", hint)));
        }
        let conversion = measure.conversion(&code.loinc, ucum);
        let number = match conversion {
            Some(conversion) => number.convert(conversion).ok_or_else(no_number)?,
            None if *ucum == measure.unit => number,
            None => {
                let hint =
                    "add the spelling under codes.units in the profile, or have the sender send the unit of the guide";
                let message = "the unit is none that is reported or can be converted; it is not reported";
                return Err(Box::new(about.warn("measure-unit-unknown", message, hint)));
            }
        };
        let decimals = self.rules.decimals_of(code.reported(), &code.part, &measure.code);
        // What only changes the name of its unit is as it was measured.
        let rounds = conversion.is_some_and(|conversion| conversion.factor != "1" || !conversion.offset.is_empty());
        let amount = Amount {
            value: decimals.filter(|_| rounds).map_or_else(|| number.text.clone(), |decimals| number.rounded(decimals)),
            comparator: comparator.clone(),
            unit: measure.unit.clone(),
            unit_text: measure.unit_text.clone(),
            converted: conversion.is_some(),
            from: reading.from.clone(),
        };
        Ok((number, amount))
    }
}
