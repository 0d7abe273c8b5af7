//! The arithmetic of the calendar.

use super::{BASELINE, CONTROL_GROUP_END, Due, END_OF_PERIOD, LOCK_IN_END, QUARTERLY, RENEWAL, State};
use crate::chart::{Chart, Reported, Standing};
use crate::plan::moment::Moment;
use crate::plan::standing::CONTROL_GROUP;
use crate::zone::Zone;
use access_contract::ReportPeriod;
use access_mappings::Profile;
use jiff::ToSpan;
use jiff::civil::Date;

/// Every date of every track, by day.
pub(crate) fn dates(profile: &Profile, chart: &Chart, now: Moment) -> Vec<Due> {
    let zone = Zone::of(profile);
    let today = zone.day(now.instant());
    let mut all = Vec::new();
    for (track, standing) in &chart.standing {
        let desk = Desk { profile, chart, zone: &zone, today, track, standing };
        if standing.is_aligned() {
            desk.aligned(&mut all);
        } else if standing.state == CONTROL_GROUP {
            all.extend(desk.control_group());
        }
    }
    all.sort_by(|one, other| (one.due, &one.track, one.kind).cmp(&(other.due, &other.track, other.kind)));
    all
}

/// The first and the last day on which CMS can count something as done: when it accepted the submission, and when its answer was
/// read. What is due counts from the first, what opens from the last.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: Date,
    last: Date,
}

/// One track of one chart.
struct Desk<'a> {
    profile: &'a Profile,
    chart: &'a Chart,
    zone: &'a Zone,
    today: Date,
    track: &'a str,
    standing: &'a Standing,
}

impl Desk<'_> {
    fn aligned(&self, all: &mut Vec<Due>) {
        let Some(last) = self.day_of(&self.standing.aligned_at) else { return };
        // A clock that was set back in between makes no day later than the other.
        let first = self.day_of(&self.standing.aligned_since).map_or(last, |day| day.min(last));
        let start = Span { first, last };
        let guide = &self.profile.guide;
        all.push(self.plain(LOCK_IN_END, plus(start.last, guide.lock_in_days)));
        all.push(self.plain(RENEWAL, plus(start.first, guide.reporting.period_days)));
        let reports: Vec<&Reported> = self.reports().collect();
        all.push(self.baseline(start.first, &reports));
        all.extend(self.quarterly(start, &reports));
        all.push(self.end_of_period(start, &reports));
    }

    fn baseline(&self, start: Date, reports: &[&Reported]) -> Due {
        let rules = &self.profile.reports;
        let last = plus(start, self.profile.guide.baseline_days);
        let from = minus(start, rules.lookback);
        self.report(BASELINE, BASELINE.to_owned(), (None, None), from, last, reports)
    }

    /// The reports of the quarters so far and the next one.
    fn quarterly(&self, start: Span, reports: &[&Reported]) -> Vec<Due> {
        let (facts, margin) = (&self.profile.guide.reporting, self.profile.reports.margin);
        let accepted = self.accepted(reports);
        let mut found = Vec::new();
        for (period, Span { last: day, .. }) in accepted.iter().filter(|(period, _)| period.kind == QUARTERLY) {
            let done = self.report(QUARTERLY, period.period.clone(), (None, None), *day, *day, reports);
            // What was done needs no margin: it says when.
            found.push(Due { due: *day, ..done });
        }
        let number = found.len();
        // Without a baseline there is nothing to count from.
        let counts = accepted.iter().filter(|(period, _)| period.kind != END_OF_PERIOD);
        let Some(newest) = counts.map(|(_, day)| *day).max_by_key(|day| day.last) else { return found };
        let until = plus(newest.first, facts.quarterly_until);
        let opens = Some(plus(plus(newest.last, facts.quarterly_from), margin));
        let period = format!("{QUARTERLY}-{}", number + 1);
        // What the last report could carry is not reported again.
        let from = plus(newest.first, 1);
        let next = self.report(QUARTERLY, period, (opens, opens), from, until, reports);
        // None begins when the period is over.
        if next.opens.is_some_and(|opens| opens < plus(start.last, facts.period_days)) {
            found.push(next);
        }
        found
    }

    fn end_of_period(&self, start: Span, reports: &[&Reported]) -> Due {
        let (facts, margin) = (&self.profile.guide.reporting, self.profile.reports.margin);
        let early = plus(start.last, facts.end_from.get(self.track).copied().unwrap_or(facts.period_days));
        let until = plus(start.first, facts.end_until);
        // Whether an early report pays is for people to say; by itself it goes out when the period is over.
        let sends = plus(start.last, facts.period_days);
        let windows = (Some(plus(early, margin)), Some(sends));
        self.report(END_OF_PERIOD, END_OF_PERIOD.to_owned(), windows, early, until, reports)
    }

    fn control_group(&self) -> Option<Due> {
        let months = self.profile.guide.control_group_months;
        Some(self.plain(CONTROL_GROUP_END, self.zone.months_after(&self.standing.since, months)?))
    }

    /// A date on which something ends by itself.
    fn plain(&self, kind: &'static str, due: Date) -> Due {
        Due {
            track: self.track.to_owned(),
            kind,
            period: String::new(),
            alignment: self.standing.alignment.clone(),
            opens: None,
            sends: None,
            from: None,
            due,
            guide_due: due,
            state: if self.today < due { State::Upcoming } else { State::Done },
        }
    }

    /// A report whose last day by the guide is `guide_due`.
    fn report(
        &self,
        kind: &'static str,
        period: String,
        (opens, sends): (Option<Date>, Option<Date>),
        from: Date,
        guide_due: Date,
        reports: &[&Reported],
    ) -> Due {
        let due = minus(guide_due, self.profile.reports.margin);
        // An answer may be read so late that its first day would come after the last: which CMS counts is not known, so it opens by then.
        let (opens, sends) = (opens.map(|day| day.min(due)), sends.map(|day| day.min(due)));
        let mut own = reports.iter().filter(|report| report.period.period == period);
        let state = if own.any(|report| report.is_delivered()) {
            State::Done
        } else if self.today > guide_due {
            State::Missed
        } else if opens.is_some_and(|opens| self.today < opens) {
            State::Upcoming
        } else {
            State::Open
        };
        let alignment = self.standing.alignment.clone();
        let (track, from) = (self.track.to_owned(), Some(from));
        Due { track, kind, period, alignment, opens, sends, from, due, guide_due, state }
    }

    /// The periods whose report was accepted, with the days of the first acceptance: a duplicate of what CMS has moves nothing.
    fn accepted<'r>(&self, reports: &[&'r Reported]) -> Vec<(&'r ReportPeriod, Span)> {
        let mut accepted: Vec<(&ReportPeriod, Span)> = Vec::new();
        for report in reports.iter().filter(|report| report.is_delivered()) {
            let is_new = accepted.iter().all(|(period, _)| period.period != report.period.period);
            if let Some(last) = self.day_of(&report.at).filter(|_| is_new) {
                let first = self.day_of(report.counts_from()).map_or(last, |day| day.min(last));
                accepted.push((&report.period, Span { first, last }));
            }
        }
        accepted
    }

    /// The reports of the present alignment.
    fn reports(&self) -> impl Iterator<Item = &Reported> {
        let all = self.chart.reports.get(self.track).into_iter().flatten();
        all.filter(|report| report.period.alignment == self.standing.alignment)
    }

    fn day_of(&self, text: &str) -> Option<Date> {
        Moment::parse(text).map(|moment| self.zone.day(moment.instant()))
    }
}

fn plus(day: Date, days: u16) -> Date {
    day.checked_add(i64::from(days).days()).unwrap_or(day)
}

fn minus(day: Date, days: u16) -> Date {
    day.checked_sub(i64::from(days).days()).unwrap_or(day)
}
