//! Dates and times as senders write them (HL7 v2 types DT, DTM and TS), with their precision.

mod offset;

use crate::validate::primitive as fhir;
use jiff::Span;
use jiff::civil::{Date, DateTime};
use offset::{is_offset, minutes_of};

/// Earliest year that is believed.
const FIRST_YEAR: i16 = 1850;
/// Latest year that is believed.
const LAST_YEAR: i16 = 2199;
/// Digits of a fraction of a second that are kept: nanoseconds.
const MAX_FRACTION: usize = 9;

/// A date, possibly only a month or a year, and possibly with a time of day. Zones are never applied to it: the calendar
/// date is the one that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    /// `HH`, `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ssss`; empty where there is none.
    time: String,
    /// Minutes east of UTC; none where no offset was written, or `-0000`, which means an unknown one.
    offset: Option<i16>,
    /// Whether it was written in another form than the standard's.
    pub(super) unusual: bool,
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateFault {
    /// It is not in a form that is known.
    Form,
    /// It can be read with the day first or with the month first, or only with the day first.
    Ambiguous,
    /// The year has two digits.
    ShortYear,
    /// There is no such day, hour or minute.
    Impossible,
    /// The year is not one of a living person's time.
    Range,
}

impl DateFault {
    /// What is wrong, in plain words.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Form => "the date is in no form that is known",
            Self::Ambiguous => "the date does not say whether the day or the month comes first",
            Self::ShortYear => "the year of the date has two digits",
            Self::Impossible => "there is no such day or time",
            Self::Range => "the year of the date is out of range",
        }
    }
}

impl Moment {
    /// Reads a moment.
    pub(super) fn parse(text: &str) -> Result<Self, DateFault> {
        let moment = Self::as_written(text)?;
        if moment.time.starts_with("24") { moment.next_midnight() } else { Ok(moment) }
    }

    /// Reads a day that is no moment, as a birth date: the one that is written, whatever time stands beside it. That of 24:00 is not the
    /// next one.
    pub(super) fn day(text: &str) -> Result<Self, DateFault> {
        let mut day = Self::as_written(text)?;
        day.time.clear();
        day.offset = None;
        Ok(day)
    }

    fn as_written(text: &str) -> Result<Self, DateFault> {
        let text = text.trim();
        if !text.is_ascii() || text.len() > 40 {
            return Err(DateFault::Form);
        }
        let (year, month, day, rest, unusual) = calendar(text)?;
        if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
            return Err(DateFault::Range);
        }
        if Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).is_err() {
            return Err(DateFault::Impossible);
        }
        let (time, loose, offset) = if day.is_some() { time_of_day(rest)? } else { no_time(rest)? };
        Ok(Self { year, month, day, time, offset, unusual: unusual || loose })
    }

    /// Cuts the date down to the degree of precision that versions before 2.3 send beside it (`Y`, `L` or `D`).
    pub(super) fn with_precision(mut self, degree: &str) -> Self {
        match degree {
            "Y" => (self.month, self.day) = (None, None),
            "L" => self.day = None,
            _ => return self,
        }
        self.time.clear();
        self
    }

    /// The calendar date: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub(super) fn date(&self) -> String {
        let mut date = String::with_capacity(32);
        for place in [1000, 100, 10, 1] {
            push_digit(&mut date, i32::from(self.year) / place);
        }
        for part in [self.month, self.month.and(self.day)].into_iter().flatten() {
            date.push('-');
            push_digit(&mut date, i32::from(part) / 10);
            push_digit(&mut date, i32::from(part));
        }
        date
    }

    /// For telling newer from older: in UTC, `YYYY-MM-DDTHH:MM:SS.ffffffZ`, which compares as a text; without the `Z` where the
    /// offset is not known from the value nor by `otherwise`; and only the date where the minutes are not known.
    pub(super) fn instant(&self, otherwise: impl FnOnce(DateTime) -> Option<i16>) -> String {
        let Some(local) = self.local() else { return self.date() };
        let offset = self.offset.or_else(|| otherwise(local));
        match offset.and_then(|offset| local.checked_sub(Span::new().minutes(i64::from(offset))).ok()) {
            Some(utc) => format!("{utc:.6}Z"),
            None => format!("{local:.6}"),
        }
    }

    /// Date and time as written, to the microsecond. A leap second is the one before it.
    pub(super) fn local(&self) -> Option<DateTime> {
        let part = |from: usize| self.time.get(from..from + 2).map(|part| part.parse::<i8>().ok());
        let (hour, minute, second) = (part(0)??, part(3)??, part(6).flatten().unwrap_or(0).min(59));
        let fraction = self.time.get(9..).unwrap_or_default();
        let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        let micros = micros.fold(0, |sum, digit| sum * 10 + i32::from(digit.saturating_sub(b'0')));
        DateTime::new(self.year, self.month?, self.day?, hour, minute, second, micros * 1_000).ok()
    }

    /// Whether it is more than a year after `sent`: nothing that has happened is.
    pub(super) fn is_beyond(&self, sent: &Self) -> bool {
        self.year > sent.year + 1
    }

    /// The time as it was written, `YYYY-MM-DDTHH:MM:SS`; none without minutes, or of midnight, which often only fills a field.
    pub(super) fn written(&self) -> Option<String> {
        self.local().filter(|_| self.has_time()).map(|local| format!("{local:.0}"))
    }

    /// The offset that was written beside it.
    pub(super) fn offset(&self) -> Option<i16> {
        self.offset
    }

    /// As a FHIR dateTime. A time of day needs its minutes and an offset: the one that was written, else what `otherwise`
    /// knows for that local time; without these only the date is left. An hour alone says too little for FHIR.
    pub(super) fn date_time(&self, otherwise: impl FnOnce(DateTime) -> Option<i16>) -> String {
        let date = self.date();
        let (Some(hours), Some(minutes)) = (self.time.get(..2), self.time.get(3..5)) else { return date };
        let local = || {
            let day = Date::new(self.year, self.month?, self.day?).ok()?;
            Some(day.at(hours.parse().ok()?, minutes.parse().ok()?, 0, 0))
        };
        let Some(offset) = self.offset.or_else(|| otherwise(local()?)) else { return date };
        let seconds = if self.time.len() == 5 { ":00" } else { "" };
        format!("{date}T{}{seconds}{}", self.time, offset::shown(offset))
    }

    /// Whether it says a time of day other than midnight, which often only fills a field.
    pub(super) fn has_time(&self) -> bool {
        self.time.bytes().any(|letter| matches!(letter, b'1'..=b'9'))
    }

    /// Whether it says the day.
    pub(super) fn has_day(&self) -> bool {
        self.day.is_some()
    }

    /// Whether it is certainly later than `other`, as far as both go.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        let (own, other) = (self.date(), other.date());
        own > other && !own.starts_with(&other)
    }

    /// Whether both can be the same day.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let (own, other) = (self.date(), other.date());
        own.starts_with(&other) || other.starts_with(&own)
    }

    fn next_midnight(self) -> Result<Self, DateFault> {
        let (Some(month), Some(day)) = (self.month, self.day) else { return Err(DateFault::Impossible) };
        let next = Date::new(self.year, month, day).and_then(Date::tomorrow).map_err(|_| DateFault::Impossible)?;
        let time = format!("00{}", self.time.get(2..).unwrap_or_default());
        Ok(Self { year: next.year(), month: Some(next.month()), day: Some(next.day()), time, ..self })
    }
}

/// A FHIR date or dateTime in the one form that FHIR has for it, with the offset that was written: servers leave out seconds or colons, and
/// write blanks or the name of a zone. None where it cannot be read, or has a time of day without minutes or an offset.
pub(crate) fn as_fhir(text: &str) -> Option<String> {
    if text.len() > 64 {
        return None;
    }
    if fhir::Moment::read(text).is_some() {
        return Some(text.to_owned());
    }
    let plain = text.split('[').next().unwrap_or_default().to_ascii_uppercase().replacen('T', " ", 1);
    let moment = Moment::parse(&plain).ok()?;
    let shown = moment.date_time(|_| None);
    let is_whole = moment.time.is_empty() || shown.len() > 10;
    Some(shown).filter(|shown| is_whole && fhir::Moment::read(shown).is_some())
}

/// Year, month, day, what follows, and whether the form is unusual.
type Calendar<'t> = (i16, Option<i8>, Option<i8>, &'t str, bool);

fn calendar(text: &str) -> Result<Calendar<'_>, DateFault> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..).unwrap_or_default();
    match (digits, rest.chars().next()) {
        (4, Some('-')) if !is_offset(rest) || rest.len() == 3 => iso(text),
        (1 | 2, Some('/' | '-')) => month_first(text),
        (4 | 6 | 8 | 10 | 12 | 14, _) => {
            let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i8>().ok());
            let year = text.get(..4).and_then(|year| year.parse().ok()).ok_or(DateFault::Form)?;
            let (month, day) = (number(4, 6).filter(|_| digits >= 6), number(6, 8).filter(|_| digits >= 8));
            Ok((year, month, day, text.get(digits.min(8)..).unwrap_or_default(), false))
        }
        _ => Err(DateFault::Form),
    }
}

/// `YYYY-MM[-DD…]`
fn iso(text: &str) -> Result<Calendar<'_>, DateFault> {
    let year = text.get(..4).and_then(|year| year.parse().ok()).ok_or(DateFault::Form)?;
    let month = two_digits(text.get(5..7))?;
    let rest = text.get(7..).unwrap_or_default();
    let Some(rest) = rest.strip_prefix('-') else { return Ok((year, Some(month), None, rest, true)) };
    let day = two_digits(rest.get(..2))?;
    let rest = rest.get(2..).unwrap_or_default();
    Ok((year, Some(month), Some(day), rest.strip_prefix('T').unwrap_or(rest), true))
}

/// `MM/DD/YYYY`, only where it cannot be read otherwise.
fn month_first(text: &str) -> Result<Calendar<'_>, DateFault> {
    let mut parts = text.splitn(3, ['/', '-']);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let rest = parts.next().ok_or(DateFault::Form)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let year = rest.get(..digits).unwrap_or_default();
    match digits {
        2 => return Err(DateFault::ShortYear),
        4 => {}
        _ => return Err(DateFault::Form),
    }
    let number = |part: &str| part.parse::<i8>().ok().filter(|_| matches!(part.len(), 1 | 2));
    let (month, day) = (number(first).ok_or(DateFault::Form)?, number(second).ok_or(DateFault::Form)?);
    let year = year.parse().map_err(|_| DateFault::Form)?;
    if month > 12 || (day <= 12 && day != month) {
        return Err(if month > 31 || day > 31 { DateFault::Impossible } else { DateFault::Ambiguous });
    }
    Ok((year, Some(month), Some(day), rest.get(digits..).unwrap_or_default(), true))
}

fn two_digits(text: Option<&str>) -> Result<i8, DateFault> {
    text.filter(|part| part.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|part| part.parse().ok())
        .ok_or(DateFault::Form)
}

/// A time of day, whether its form is unusual, and its offset.
type Clock = (String, bool, Option<i16>);

/// What may follow a month or a year: an offset.
fn no_time(rest: &str) -> Result<Clock, DateFault> {
    let fits = rest.trim().is_empty() || is_offset(rest.trim());
    if fits { Ok((String::new(), false, None)) } else { Err(DateFault::Form) }
}

/// The time after a date.
fn time_of_day(rest: &str) -> Result<Clock, DateFault> {
    let trimmed = rest.trim();
    if trimmed.is_empty() || is_offset(trimmed) && !rest.starts_with(' ') {
        return Ok((String::new(), trimmed == "Z", minutes_of(trimmed)));
    }
    let mut digits = String::new();
    let mut letters = trimmed.char_indices().peekable();
    let mut end = trimmed.len();
    let mut unusual = rest.starts_with(' ');
    while let Some((position, letter)) = letters.next() {
        let digit_follows = letters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        match letter {
            '0'..='9' if digits.len() < 6 => digits.push(letter),
            ':' if digits.len().is_multiple_of(2) && !digits.is_empty() && digit_follows => unusual = true,
            _ => {
                end = position;
                break;
            }
        }
    }
    let tail = trimmed.get(end..).unwrap_or_default();
    let (fraction, offset) = match tail.strip_prefix(['.', ',']) {
        Some(tail) if digits.len() == 6 => {
            let length = tail.bytes().take_while(u8::is_ascii_digit).count();
            (tail.get(..length.min(MAX_FRACTION)).unwrap_or_default(), tail.get(length..).unwrap_or_default())
        }
        _ => ("", tail),
    };
    let offset = offset.trim();
    let bare = offset.len() == 4 && offset.bytes().all(|digit| digit.is_ascii_digit());
    if !(offset.is_empty() || is_offset(offset) || bare) || !digits.len().is_multiple_of(2) || digits.is_empty() {
        return Err(DateFault::Form);
    }
    let part = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<u8>().ok());
    let (hour, minute, second) = (part(0).unwrap_or(0), part(2).unwrap_or(0), part(4).unwrap_or(0));
    if hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute, second) != (0, 0)) {
        return Err(DateFault::Impossible);
    }
    let parts: Vec<&str> = [digits.get(..2), digits.get(2..4), digits.get(4..6)].into_iter().flatten().collect();
    let mut time = parts.join(":");
    if !fraction.is_empty() {
        time.push('.');
        time.push_str(fraction);
    }
    let loose = unusual || bare || offset == "Z" || offset.contains(':') || tail.starts_with(' ');
    Ok((time, loose, minutes_of(offset)))
}

/// Writes the last digit of a number of no more than four digits.
fn push_digit(text: &mut String, number: i32) {
    text.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
}

#[cfg(test)]
mod tests;
