//! The programme's calendar: what the passing of days does to a person's alignments, and what is told about it.
//!
//! | event | told on | date it names |
//! |---|---|---|
//! | lock-in ending | `notices.lock_in_before` days before | first day without lock-in |
//! | control group ending | `notices.control_group_before` days before | first day outside the group |
//! | baseline due, while there is none | `notices.baseline_before` days before | last day of the window |
//! | no baseline: unalignment | the day after the window | that day |
//! | quarterly due | first day of the window | last day of the window |
//! | end of period due, while there is none | first day of the window | last day of the window |
//! | renewal due | `notices.renewal_before` days before | day 365 |
//!
//! Days are whole days of UTC, counted from the alignment; a quarter is counted from the last baseline or quarterly report
//! that was taken, and none begins once the end-of-period report was taken or the period of care is over. What fell due
//! while the clock jumped is told in its order and with its own time, and nothing after an unalignment. An alignment does not
//! end with its period of care, since the API has no renewal.

use crate::clock::{DAY, months_later};
use crate::measures::ReportType;
use crate::notice::{Event, News};
use crate::registry::{Held, Person};
use crate::scenario::{MissingBaseline, Notices, Reporting};
use access_mappings::Guide;

/// Days of a period of care.
const PERIOD: i64 = 365;

/// The rules a calendar is made of.
#[derive(Clone, Copy)]
pub(crate) struct Calendar<'a> {
    pub(crate) guide: &'a Guide,
    pub(crate) reporting: &'a Reporting,
    pub(crate) notices: &'a Notices,
}

/// Something that falls due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    day: i64,
    event: Event,
    deadline: i64,
}

impl Calendar<'_> {
    /// Does and tells what is due by a day, oldest first.
    pub(crate) fn settle(&self, person: &mut Person, today: i64) {
        self.tell_control_group(person, today);
        while let Some((due, index)) = self.next(person, today) {
            let Some(held) = person.held.get_mut(index) else { return };
            held.told.insert((due.event, due.deadline));
            let news = News {
                at: due.day.saturating_mul(DAY),
                participant: held.participant.clone(),
                submission: held.submission.clone(),
                event: due.event,
                deadline: due.deadline,
            };
            person.news.push(news);
            if due.event == Event::Unalignment {
                person.held.remove(index);
            }
        }
    }

    /// The first thing that is due, and the place of its alignment.
    fn next(&self, person: &Person, today: i64) -> Option<(Due, usize)> {
        let due = |(index, held)| {
            self.all(held).into_iter().flatten().filter(move |due: &Due| due.day <= today).map(move |due| (due, index))
        };
        person.held.iter().enumerate().flat_map(due).min()
    }

    /// Everything an alignment still has before it.
    fn all(&self, held: &Held) -> [Option<Due>; 6] {
        let end_of_period = held.has(ReportType::EndOfPeriod);
        let before = |event, deadline: i64, lead: u16| Self::due(held, event, deadline - i64::from(lead), deadline);
        let lock_in = held.since + i64::from(self.guide.lock_in_days);
        let baseline = held.since + i64::from(self.reporting.baseline_days);
        let no_baseline = !held.has(ReportType::Baseline);
        let ends = no_baseline && self.reporting.missing_baseline == MissingBaseline::Unalign;
        let (opens, closes) = self.reporting.window(ReportType::EndOfPeriod, &held.track);
        [
            before(Event::LockInEnding, lock_in, self.notices.lock_in_before),
            no_baseline.then(|| before(Event::BaselineDue, baseline, self.notices.baseline_before)).flatten(),
            ends.then(|| Self::due(held, Event::Unalignment, baseline + 1, baseline + 1)).flatten(),
            self.quarter(held),
            (!end_of_period)
                .then(|| Self::due(held, Event::EndOfPeriodDue, held.since + opens, held.since + closes))
                .flatten(),
            before(Event::RenewalDue, held.since + PERIOD, self.notices.renewal_before),
        ]
    }

    fn quarter(&self, held: &Held) -> Option<Due> {
        if held.has(ReportType::EndOfPeriod) {
            return None;
        }
        let (opens, closes) = self.reporting.window(ReportType::Quarterly, &held.track);
        let last = held.last()?.day;
        let day = last + opens;
        (day < held.since + PERIOD).then(|| Self::due(held, Event::QuarterlyDue, day, last + closes)).flatten()
    }

    /// Due on a day, and on none before the alignment; none where it was told.
    fn due(held: &Held, event: Event, day: i64, deadline: i64) -> Option<Due> {
        (!held.told.contains(&(event, deadline))).then_some(Due { day: day.max(held.since), event, deadline })
    }

    /// Participants that asked in vain are told.
    fn tell_control_group(&self, person: &mut Person, today: i64) {
        let Some(since) = person.control_since else { return };
        let deadline = months_later(since, self.guide.control_group_months);
        let day = deadline.saturating_sub(i64::from(self.notices.control_group_before)).max(since);
        if day > today {
            return;
        }
        for (participant, asked) in &mut person.waiting {
            if !std::mem::replace(&mut asked.told, true) {
                person.news.push(News {
                    at: day.max(asked.day).saturating_mul(DAY),
                    participant: participant.clone(),
                    submission: asked.submission.clone(),
                    event: Event::ControlGroupEnding,
                    deadline,
                });
            }
        }
    }
}
