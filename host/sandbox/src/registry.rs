//! Who the sandbox knows: the scenario's beneficiaries and everybody met since, with alignments and what was accepted.

use crate::calendar::Calendar;
use crate::clock::day_of;
use crate::measures::ReportType;
use crate::notice::{Event, News};
use crate::operation::Operation;
use crate::scenario::{Alignment, Beneficiary, PastReport, UnknownMbi};
use std::collections::{BTreeMap, BTreeSet};

/// Participants that are told when somebody's control group ends.
const MAX_WAITING: usize = 16;

/// One person.
pub(crate) struct Person {
    /// What is on record. Unset: met through a request only.
    pub(crate) record: Option<Beneficiary>,
    pub(crate) medicare: bool,
    /// Day of the assignment to the control group.
    pub(crate) control_since: Option<i64>,
    pub(crate) held: Vec<Held>,
    /// Participants that were refused because of the control group.
    pub(crate) waiting: BTreeMap<String, Asked>,
    /// What is to be told, until it is taken.
    pub(crate) news: Vec<News>,
    /// Submissions accepted, by operation and track.
    accepted: BTreeMap<(Operation, String), usize>,
}

/// An alignment that stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) participant: String,
    pub(crate) track: String,
    /// Day it began.
    pub(crate) since: i64,
    /// The submission that asked for it.
    pub(crate) submission: String,
    /// Reports that were taken, oldest first.
    pub(crate) reports: Vec<Report>,
    /// What was told about it, with the date it named.
    pub(crate) told: BTreeSet<(Event, i64)>,
}

/// A report that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) kind: ReportType,
    pub(crate) day: i64,
}

/// Somebody who was refused because of the control group.
pub(crate) struct Asked {
    pub(crate) submission: String,
    pub(crate) day: i64,
    pub(crate) told: bool,
}

impl Held {
    pub(crate) const fn new(participant: String, track: String, since: i64, submission: String) -> Self {
        Self { participant, track, since, submission, reports: Vec::new(), told: BTreeSet::new() }
    }

    /// As a scenario has it.
    fn recorded(alignment: &Alignment, today: i64, baseline_days: i64, nth: usize) -> Self {
        let since = today - i64::from(alignment.days_ago);
        let submission = alignment.submission.clone().unwrap_or_else(|| format!("sub-record-{nth:06}"));
        let mut held = Self::new(alignment.participant.clone(), alignment.track.clone(), since, submission);
        match &alignment.reports {
            Some(reports) => {
                let report = |past: &PastReport| {
                    let kind = ReportType::from_code(&past.report_type)?;
                    Some(Report { kind, day: today - i64::from(past.days_ago) })
                };
                held.reports = reports.iter().filter_map(report).collect();
                held.reports.sort_by_key(|report| report.day);
            }
            None if since + baseline_days < today => {
                held.reports.push(Report { kind: ReportType::Baseline, day: since + baseline_days });
            }
            None => {}
        }
        held
    }

    pub(crate) fn has(&self, kind: ReportType) -> bool {
        self.reports.iter().any(|report| report.kind == kind)
    }

    /// The report that the next quarter is counted from.
    pub(crate) fn last(&self) -> Option<Report> {
        self.reports.iter().rev().find(|report| report.kind != ReportType::EndOfPeriod).copied()
    }
}

impl Person {
    fn recorded(record: Beneficiary, today: i64, baseline_days: i64, count: &mut usize) -> Self {
        let held = record.alignments.iter().map(|alignment| {
            *count += 1;
            Held::recorded(alignment, today, baseline_days, *count)
        });
        Self {
            medicare: record.medicare,
            control_since: record.control_group.map(|group| today - i64::from(group.days_ago)),
            held: held.collect(),
            waiting: BTreeMap::new(),
            news: Vec::new(),
            accepted: BTreeMap::new(),
            record: Some(record),
        }
    }

    fn met(unknown: UnknownMbi) -> Self {
        Self {
            record: None,
            medicare: unknown == UnknownMbi::Eligible,
            control_since: None,
            held: Vec::new(),
            waiting: BTreeMap::new(),
            news: Vec::new(),
            accepted: BTreeMap::new(),
        }
    }

    /// Ends alignments, and tells the participants.
    pub(crate) fn leave(&mut self, now: i64, gone: impl Fn(&Held) -> bool) {
        let (gone, stay): (Vec<Held>, Vec<Held>) =
            std::mem::take(&mut self.held).into_iter().partition(|held| gone(held));
        self.held = stay;
        self.news.extend(gone.into_iter().map(|held| News {
            at: now,
            participant: held.participant,
            submission: held.submission,
            event: Event::Unalignment,
            deadline: day_of(now),
        }));
    }

    /// Remembers whom to tell when the control group ends: the newest submission of each participant that asked.
    pub(crate) fn wait(&mut self, participant: &str, submission: &str, day: i64) {
        let known = self.waiting.get(participant);
        if known.is_some_and(|asked| asked.told) || (known.is_none() && self.waiting.len() >= MAX_WAITING) {
            return;
        }
        let asked = Asked { submission: submission.to_owned(), day, told: false };
        self.waiting.insert(participant.to_owned(), asked);
    }

    pub(crate) fn count(&mut self, operation: Operation, track: &str) {
        *self.accepted.entry((operation, track.to_owned())).or_default() += 1;
    }
}

/// Everybody, by MBI.
pub(crate) struct Registry {
    people: BTreeMap<String, Person>,
    limit: usize,
    /// Alignments on record.
    recorded: usize,
}

/// The registry is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Registry {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { people: BTreeMap::new(), limit, recorded: 0 }
    }

    /// Puts a record in place of whatever was known, except the count of what was accepted.
    ///
    /// What fell due before today is done, but not told. Gives what is to be told today.
    pub(crate) fn add(&mut self, record: Beneficiary, today: i64, calendar: Calendar<'_>) -> Result<Vec<News>, Full> {
        let mbi = record.mbi.clone();
        self.check_room(&mbi)?;
        let baseline_days = i64::from(calendar.reporting.baseline_days);
        let mut person = Person::recorded(record, today, baseline_days, &mut self.recorded);
        calendar.settle(&mut person, today);
        let mut news = std::mem::take(&mut person.news);
        news.retain(|news| day_of(news.at) >= today);
        if let Some(before) = self.people.remove(&mbi) {
            person.accepted = before.accepted;
        }
        self.people.insert(mbi, person);
        Ok(news)
    }

    /// The person of that MBI, met now where not known before.
    pub(crate) fn meet(&mut self, mbi: &str, unknown: UnknownMbi) -> Result<&mut Person, Full> {
        self.check_room(mbi)?;
        Ok(self.people.entry(mbi.to_owned()).or_insert_with(|| Person::met(unknown)))
    }

    pub(crate) fn get(&self, mbi: &str) -> Option<&Person> {
        self.people.get(mbi)
    }

    /// Everybody.
    pub(crate) fn people_mut(&mut self) -> impl Iterator<Item = &mut Person> {
        self.people.values_mut()
    }

    fn check_room(&self, mbi: &str) -> Result<(), Full> {
        if self.people.len() >= self.limit && !self.people.contains_key(mbi) { Err(Full) } else { Ok(()) }
    }

    /// Counts of accepted submissions: operation, MBI, track, count; in ascending order of MBI.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (Operation, &str, &str, usize)> {
        self.people.iter().flat_map(|(mbi, person)| {
            person
                .accepted
                .iter()
                .map(move |((operation, track), count)| (*operation, mbi.as_str(), track.as_str(), *count))
        })
    }
}
