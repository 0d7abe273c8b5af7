//! The dates that follow from a chart: reports, lock-in, control group, renewal.
//!
//! This is the one place that knows dates: what is sent, what people are told before and after, what stands in the notice about an
//! alignment and what a mail of CMS is compared with all come from here.
//!
//! Day 0 is the day of the alignment in the zone of `reports.zone`; a window of the guide that names days 70 to 110 is taken
//! without `reports.margin` days at each end, because the guide does not say whether its ends count. So with a margin of 1 a baseline
//! is due on day 59, and a mail of CMS that names day 60 agrees with that; what is ready on day 60 is still sent, and missed is only what
//! was not by then. Only reports that CMS accepted (`success`, `duplicate`)
//! move the calendar on; the first one, where a period has several. The day that counts, and day 0, is not known exactly: what is due
//! counts from the day on which CMS accepted the submission (of a `duplicate`, on which it was sent first), what opens from the day
//! on which the answer was read.
//!
//! That CMS has closed a period before its last day is no end of it here: our day, or its, may be the wrong one. A report opens on its last
//! day at the latest, however late an answer was read.
//!
//! | date | opens | due | observations from |
//! |---|---|---|---|
//! | baseline | at once | day 60 | the alignment, or `reports.lookback` days before it |
//! | quarterly | 70 days after the last accepted report | 110 days after it | the day after that report |
//! | end of period | day 275, MSK and BH day 185 | day 425 | that day |
//! | lock-in, renewal | | day 90, day 365 | |
//! | control group | | 12 months after the answer | |
//!
//! A quarterly report that would open after the period's last day is not asked for: the end-of-period report takes its place.

mod dates;

#[cfg(test)]
mod tests;

use crate::chart::Chart;
use crate::plan::moment::Moment;
use crate::report;
use access_contract::{Deadline, Entry, Issue, ReportPeriod, Track};
use access_mappings::Profile;
use jiff::civil::Date;

pub(crate) use dates::dates;

/// The report types.
pub(crate) const BASELINE: &str = "baseline";
pub(crate) const QUARTERLY: &str = "quarterly";
pub(crate) const END_OF_PERIOD: &str = "end-of-period";
/// The other dates.
pub(crate) const LOCK_IN_END: &str = "lock-in-end";
pub(crate) const CONTROL_GROUP_END: &str = "control-group-end";
pub(crate) const RENEWAL: &str = "renewal";

/// Where a date stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its window has not opened, or its day has not come.
    Upcoming,
    /// It can be sent.
    Open,
    /// It was done, or its day has come.
    Done,
    /// Its last day has passed.
    Missed,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Open => "open",
            Self::Done => "done",
            Self::Missed => "missed",
        }
    }
}

/// One date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) track: String,
    pub(crate) kind: &'static str,
    /// Name of the period, for reports.
    pub(crate) period: String,
    pub(crate) alignment: String,
    /// First day; none where there is none to wait for.
    pub(crate) opens: Option<Date>,
    /// First day on which a report goes out by itself.
    pub(crate) sends: Option<Date>,
    /// First day whose observations count; for reports.
    pub(crate) from: Option<Date>,
    /// Last day.
    pub(crate) due: Date,
    /// Last day by the guide, which `due` keeps clear of by `reports.margin`; the same for what is no report.
    pub(crate) guide_due: Date,
    pub(crate) state: State,
}

impl Due {
    /// Whether it is a report.
    pub(crate) fn is_report(&self) -> bool {
        !self.period.is_empty()
    }

    /// What notices call its last day.
    pub(crate) fn name(&self) -> String {
        match self.kind {
            LOCK_IN_END => "lock-in-ends".to_owned(),
            CONTROL_GROUP_END => "control-group-ends".to_owned(),
            kind => format!("{kind}-due"),
        }
    }

    /// What is reported.
    pub(crate) fn report(&self) -> ReportPeriod {
        ReportPeriod {
            kind: self.kind.to_owned(),
            period: self.period.clone(),
            alignment: self.alignment.clone(),
            from: self.from.map(|day| day.to_string()).unwrap_or_default(),
            until: self.due.to_string(),
        }
    }
}

/// The dates that follow from a chart (the JSON of [`crate::chart::Chart`]), by date, with what its reports still need.
///
/// # Errors
/// One issue when the chart or the time cannot be read.
pub fn calendar(
    profile: &Profile,
    _participant: &str,
    chart: &str,
    entries: &[Entry],
    now: &str,
) -> Result<Vec<Deadline>, Issue> {
    let chart = Chart::parse(chart)?;
    let moment = Moment::argument(now, "now")?;
    let shown = |due: Due| {
        let waits = matches!(due.state, State::Open | State::Upcoming);
        let missing = if due.is_report() && waits {
            report::missing(profile, &due.track, &due.report(), &chart, entries, now)
        } else {
            Vec::new()
        };
        Deadline {
            track: Track::from(due.track.as_str()),
            kind: due.kind.to_owned(),
            opens: due.opens.map(|day| day.to_string()),
            from: due.from.map(|day| day.to_string()).unwrap_or_default(),
            due: due.due.to_string(),
            state: due.state.as_str().to_owned(),
            period: due.period,
            alignment: due.alignment,
            missing,
        }
    };
    Ok(dates(profile, &chart, moment).into_iter().map(shown).collect())
}
