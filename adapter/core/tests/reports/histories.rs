//! The calendar against a straightforward model over random histories: alignments, switches, moves from eCKM to CKM, ends, control
//! groups, answers to reports (also late ones about former alignments), late results, and records that are merged; through the code
//! that the host calls for each of them. After every step each line must agree with the model, and nothing may come to pass before
//! the chart asks to be looked at.

#[path = "../events/ledger.rs"]
#[expect(dead_code, reason = "shared with the tests of events")]
mod ledger;
mod model;

use access_contract::{
    Deadline, Entry, Operation, Outcome, OutcomeClass, PlanRequest, ReportPeriod, Settlement, Track as Named,
};
use access_core::calendar::calendar;
use access_core::chart::Chart;
use access_core::{plan, read, settle};
use access_mappings::{Profile, ReportNeed};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ledger::Ledger;
use model::{Answer, Day, Line, Site, Track};
use proptest::prelude::*;
use std::collections::BTreeMap;

const PARTICIPANT: &str = "ACCES12345";
/// Day 0.
const START: Date = date(2026, 1, 10);
/// Chicago, as POSIX writes it.
const ZONE: &str = "CST6CDT,M3.2.0,M11.1.0";
/// The tracks; the first two are of the person of record A, the others of record B, until the two are merged.
const TRACKS: [&str; 4] = ["eCKM", "CKM", "MSK", "BH"];
const CODES: [&str; 6] =
    ["success", "success", "duplicate", "incomplete-data", "reporting-period-closed", "incorrect-track"];

/// What happens.
#[derive(Debug, Clone)]
enum Event {
    /// An alignment; of somebody who is aligned already a new one takes its place, as after a switch.
    Align {
        track: usize,
        switch: bool,
    },
    Unalign {
        track: usize,
        pending: bool,
    },
    /// Two calls at one time: out of eCKM, into CKM.
    Move,
    Control {
        track: usize,
    },
    /// An answer to a report; about the alignment before the present one where `late`.
    Report {
        track: usize,
        kind: usize,
        code: usize,
        late: bool,
    },
    /// CMS says that nobody is aligned.
    Stranger {
        track: usize,
    },
    /// A weight that was measured so many days ago.
    Weigh {
        person: usize,
        ago: Day,
        minute: i64,
    },
    Merge,
}

fn events() -> impl Strategy<Value = Vec<(Day, i64, Event)>> {
    let track = || 0..TRACKS.len();
    let event = prop_oneof![
        3 => (track(), any::<bool>()).prop_map(|(track, switch)| Event::Align { track, switch }),
        1 => (track(), any::<bool>()).prop_map(|(track, pending)| Event::Unalign { track, pending }),
        1 => Just(Event::Move),
        1 => track().prop_map(|track| Event::Control { track }),
        6 => (track(), 0..3_usize, 0..CODES.len(), prop::bool::weighted(0.1))
            .prop_map(|(track, kind, code, late)| Event::Report { track, kind, code, late }),
        1 => track().prop_map(|track| Event::Stranger { track }),
        3 => (0..2_usize, 0..100_i64, 0..1440_i64).prop_map(|(person, ago, minute)| Event::Weigh { person, ago, minute }),
        1 => Just(Event::Merge),
    ];
    prop::collection::vec((0..60_i64, 0..1440_i64, event), 1..18)
}

/// The site, where a report of CKM and eCKM needs a weight, and one of the others something that never comes.
fn profile(site: Site) -> Profile {
    let mut profile = super::profile().clone();
    ZONE.clone_into(&mut profile.reports.zone);
    profile.reports.margin = u16::try_from(site.margin).unwrap();
    profile.reports.lookback = u16::try_from(site.lookback).unwrap();
    let need = |tracks: [&str; 2], code: &str| ReportNeed {
        tracks: tracks.map(str::to_owned).to_vec(),
        kinds: super::KINDS.map(str::to_owned).to_vec(),
        any: vec![code.to_owned()],
        diagnoses: Vec::new(),
        required: true,
    };
    profile.reports.needs =
        vec![need(["CKM", "eCKM"], "weight"), need(["MSK", "MSK"], "ODI"), need(["BH", "BH"], "PHQ-9")].into();
    profile
}

fn on(day: Day) -> Date {
    START.checked_add(day.days()).unwrap()
}

fn day_of(date: &str) -> Day {
    i64::from(START.until(date.parse::<Date>().unwrap()).unwrap().get_days())
}

fn moment(day: Day, minute: i64) -> Timestamp {
    let local = on(day).at(0, 0, 0, 0).checked_add(minute.minutes()).unwrap();
    TimeZone::posix(ZONE).unwrap().to_ambiguous_timestamp(local).compatible().unwrap()
}

fn year_later(day: Day) -> Day {
    day_of(&on(day).checked_add(12.months()).unwrap().to_string())
}

/// The product and the model, side by side.
struct World {
    profile: Profile,
    site: Site,
    ledger: Ledger,
    tracks: [Track; 4],
    /// By track, the ids that alignments got, the present one last.
    alignments: BTreeMap<usize, Vec<String>>,
    /// Moments of weights of each person.
    weights: [Vec<(Day, Timestamp)>; 2],
    merged: bool,
    made: usize,
    day: Day,
    now: Timestamp,
}

impl World {
    fn new(site: Site) -> Self {
        let mut world = Self {
            profile: profile(site),
            site,
            ledger: Ledger::default(),
            tracks: [const { Track::Out }; 4],
            alignments: BTreeMap::new(),
            weights: [Vec::new(), Vec::new()],
            merged: false,
            made: 0,
            day: 0,
            now: moment(0, 0),
        };
        for person in 0..2 {
            world.feed("ADT^A04", &format!("{}\rIN1|1|MEDICARE|00831|MEDICARE", world.patient(person)));
        }
        world
    }

    fn record(&self, person: usize) -> &'static str {
        if self.merged || person == 0 { "A1" } else { "B1" }
    }

    fn patient(&self, person: usize) -> String {
        let number = if person == 0 { "~3AA1AA1AA11^^^CMS^MC" } else { "" };
        format!("PID|1||{}^^^MAIN^MR{number}||Doe^Jo||19500203|F", self.record(person))
    }

    /// A message that comes now.
    fn feed(&mut self, event: &str, rest: &str) {
        self.made += 1;
        let at = self.now.strftime("%Y%m%d%H%M%S+0000");
        let text = format!("MSH|^~\\&|LAB|MAIN|B|C|{at}||{event}|M{}|P|2.5.1\r{rest}", self.made);
        let reading = read::read_text(&self.profile, &text).unwrap_or_else(|refusal| panic!("{refusal:?}\n{text}"));
        for subject in &reading.subjects {
            let keys: Vec<String> = subject.keys.iter().chain(&subject.prior_keys).cloned().collect();
            let charts = self.ledger.found(&keys);
            let entries = self.ledger.stored(&charts, &subject.entry_keys);
            self.plan(&PlanRequest {
                participant: PARTICIPANT.to_owned(),
                feed: reading.header.control_id.clone(),
                facts: subject.facts.clone(),
                charts,
                entries,
                now: self.now.to_string(),
            });
        }
    }

    /// Plans and stores; gives when the chart is to be looked at.
    fn plan(&mut self, request: &PlanRequest) -> Option<String> {
        let planned = plan::plan(&self.profile, request).unwrap();
        self.ledger.take(&planned);
        planned.chart.and_then(|change| change.look_at)
    }

    /// The chart of a person, with its id and entries.
    fn chart(&self, person: usize) -> (String, Chart, Vec<Entry>) {
        let key = format!("MAIN|{}", self.record(person));
        let held = |keys: &[String]| keys.iter().any(|held| held.contains(&key));
        let (id, (keys, chart)) = self.ledger.charts.iter().find(|(_, (keys, _))| held(keys)).unwrap();
        (id.clone(), chart.clone(), self.ledger.entries_of(&keys[0]))
    }

    /// An answer of CMS, written into the chart.
    fn settle(&mut self, track: usize, operation: Operation, code: &str, id: &str, report: Option<ReportPeriod>) {
        let result = self.profile.guide.result(operation.as_str(), code).unwrap();
        let outcome = Outcome {
            class: OutcomeClass::from(result.class.as_str()),
            code: code.to_owned(),
            system: self.profile.guide.operation(operation.as_str()).unwrap().result_system.clone(),
            display: String::new(),
            meaning: String::new(),
            next_step: String::new(),
            text: String::new(),
            issues: Vec::new(),
        };
        self.made += 1;
        let settlement = Settlement {
            participant: PARTICIPANT.to_owned(),
            operation,
            track: Named::from(TRACKS[track]),
            outcome,
            submission: format!("s{}", self.made),
            cms_submission: id.to_owned(),
            control_id: String::new(),
            basis: String::new(),
            at: self.now.to_string(),
            accepted_at: String::new(),
            attempted_at: String::new(),
            report,
            entries: Vec::new(),
            payload: String::new(),
        };
        let (chart_id, chart, _) = self.chart(track / 2);
        let settled = settle::settle(&self.profile, &chart.write().unwrap(), &settlement).unwrap();
        self.ledger.charts.get_mut(&chart_id).unwrap().1 = Chart::parse(&settled.document).unwrap();
    }

    fn align(&mut self, track: usize, switch: bool) {
        self.made += 1;
        let id = format!("alignment-{}", self.made);
        let code = if switch { "aligned-switch-approved" } else { "aligned" };
        self.settle(track, Operation::Align, code, &id, None);
        self.alignments.entry(track).or_default().push(id);
        self.tracks[track] = Track::Aligned { start: self.day, answers: Vec::new() };
        // eCKM and CKM exclude each other.
        if let Some(sibling) = [1, 0].get(track).copied().filter(|sibling| self.is_aligned(*sibling)) {
            self.tracks[sibling] = Track::Out;
        }
    }

    fn unalign(&mut self, track: usize, pending: bool) {
        let code = if pending { "unalignment-pending" } else { "unaligned" };
        self.settle(track, Operation::Unalign, code, "", None);
        if !pending {
            self.tracks[track] = Track::Out;
        }
    }

    fn is_aligned(&self, track: usize) -> bool {
        matches!(self.tracks[track], Track::Aligned { .. })
    }

    /// Lets an event happen; one that makes no sense does not.
    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Align { track, switch } => self.align(track, switch),
            Event::Unalign { track, pending } if self.is_aligned(track) => self.unalign(track, pending),
            Event::Move if self.is_aligned(0) => {
                self.unalign(0, false);
                self.align(1, false);
            }
            Event::Control { track } if !self.is_aligned(track) => {
                self.settle(track, Operation::CheckEligibility, "not-eligible-control-group", "", None);
                let goes_on = matches!(self.tracks[track], Track::Control { since } if self.day < year_later(since));
                if !goes_on {
                    self.tracks[track] = Track::Control { since: self.day };
                }
            }
            Event::Report { track, kind, code, late } if self.is_aligned(track) => {
                self.report(track, kind, CODES[code], late);
            }
            Event::Stranger { track } if self.is_aligned(track) => {
                let id = self.alignments[&track].last().unwrap().clone();
                let report = self.period(track, "baseline", "baseline", id);
                self.settle(track, Operation::ReportData, "patient-not-aligned", "", Some(report));
                self.tracks[track] = Track::Out;
            }
            Event::Weigh { person, ago, minute } => {
                let (day, at) = (self.day - ago, moment(self.day - ago, minute));
                self.weights[person].push((day, at));
                let observed = at.strftime("%Y%m%d%H%M%S+0000");
                let order = format!("OBR|1||W{}\rOBX|1|NM|29463-7^Weight^LN||81|kg|||||F|||{observed}", self.made);
                self.feed("ORU^R01", &format!("{}\r{order}", self.patient(person)));
            }
            Event::Merge if !self.merged => {
                self.merged = true;
                self.feed("ADT^A40", &format!("{}\rMRG|B1^^^MAIN^MR", self.patient(0)));
                assert_eq!(self.ledger.charts.len(), 1, "both are one person now");
            }
            _ => {}
        }
    }

    fn period(&self, _track: usize, kind: &str, period: &str, alignment: String) -> ReportPeriod {
        ReportPeriod {
            kind: kind.to_owned(),
            period: period.to_owned(),
            alignment,
            from: String::new(),
            until: String::new(),
        }
    }

    fn report(&mut self, track: usize, kind: usize, code: &'static str, late: bool) {
        let ids = &self.alignments[&track];
        let Some(id) = ids.len().checked_sub(1 + usize::from(late)).map(|place| ids[place].clone()) else { return };
        let Track::Aligned { answers, .. } = &self.tracks[track] else { return };
        let kind = super::KINDS[kind];
        // Of quarters the next one, or for the second half of the codes the last one once more.
        let quarters = model::accepted(answers).keys().filter(|period| period.starts_with("quarterly")).count();
        let period = match kind {
            "quarterly" => format!("quarterly-{}", if code == "duplicate" { quarters.max(1) } else { quarters + 1 }),
            kind => kind.to_owned(),
        };
        let report = self.period(track, kind, &period, id);
        self.settle(track, Operation::ReportData, code, "", Some(report));
        let day = self.day;
        if !late && let Track::Aligned { answers, .. } = &mut self.tracks[track] {
            answers.push(Answer { period, code, day });
        }
    }

    /// What the model says of a person's tracks on a day.
    fn modelled(&self, person: usize, today: Day) -> Vec<Line> {
        let own = |track: usize| self.merged || track / 2 == person;
        let tracks = (0..TRACKS.len()).filter(|track| own(*track));
        let mut lines: Vec<Line> = tracks
            .flat_map(|track| model::lines(TRACKS[track], &self.tracks[track], self.site, today, year_later))
            .collect();
        lines.sort();
        lines
    }

    /// Whether a report of that line still lacks the weight, or what never comes.
    fn lacks(&self, person: usize, line: &Line) -> bool {
        let counts = |known: &usize| self.merged || *known == person;
        let mut weights = (0..2).filter(counts).flat_map(|known| &self.weights[known]);
        let Some(from) = line.from.filter(|_| matches!(line.state, "open" | "upcoming")) else { return false };
        !line.track.ends_with("CKM") || !weights.any(|(day, at)| *day >= from && *at <= self.now)
    }

    /// Compares everything that both say now.
    fn compare(&mut self) -> Result<(), TestCaseError> {
        for person in 0..if self.merged { 1 } else { 2 } {
            let (id, chart, entries) = self.chart(person);
            let document = chart.write().unwrap();
            let now = self.now.to_string();
            let found = calendar(&self.profile, PARTICIPANT, &document, &entries, &now).unwrap();
            let wanted = self.modelled(person, self.day);
            let mut shown: Vec<Line> = found.iter().map(line).collect();
            shown.sort();
            prop_assert_eq!(&shown, &wanted);
            for date in &found {
                prop_assert_eq!(!date.missing.is_empty(), self.lacks(person, &line(date)), "{:?}", date);
            }
            let charts = vec![access_contract::ChartRecord { id, document }];
            let (participant, none) = (PARTICIPANT.to_owned(), String::new());
            let look = self.plan(&PlanRequest { participant, feed: none.clone(), facts: none, charts, entries, now });
            self.nothing_happens_unseen(person, look.as_deref())?;
        }
        Ok(())
    }

    /// Until the chart is looked at no date changes its state.
    fn nothing_happens_unseen(&self, person: usize, look: Option<&str>) -> Result<(), TestCaseError> {
        let states = |day: Day| self.modelled(person, day).into_iter().map(|line| line.state).collect::<Vec<_>>();
        let (today, far) = (states(self.day), self.day + 500);
        let end = look.map_or(far, |look| {
            let at: Timestamp = look.parse().unwrap();
            day_of(&TimeZone::posix(ZONE).unwrap().to_datetime(at).date().to_string())
        });
        // Of today only a reading that is dated ahead of the clock.
        let ahead = look.is_some_and(|look| look.parse::<Timestamp>().unwrap() > self.now);
        prop_assert!(end > self.day || ahead, "a look in the past");
        if let Some(unseen) = (self.day + 1..end.min(far)).find(|day| states(*day) != today) {
            prop_assert!(false, "day {} changes something, the look is on day {}", unseen, end);
        }
        Ok(())
    }
}

fn line(date: &Deadline) -> Line {
    let known = |names: &[&'static str], name: &str| names.iter().copied().find(|known| *known == name).unwrap();
    Line {
        track: known(&TRACKS, date.track.as_str()),
        due: day_of(&date.due),
        kind: known(
            &["baseline", "quarterly", "end-of-period", "lock-in-end", "renewal", "control-group-end"],
            &date.kind,
        ),
        period: date.period.clone(),
        opens: date.opens.as_deref().map(day_of),
        from: (!date.from.is_empty()).then(|| day_of(&date.from)),
        state: known(&["upcoming", "open", "done", "missed"], &date.state),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_calendar_agrees_with_the_model_over_any_history(
        margin in 0..4_i64,
        lookback in 0..30_i64,
        events in events(),
    ) {
        let mut world = World::new(Site { margin, lookback });
        for (days, minute, event) in events {
            world.day += days;
            world.now = moment(world.day, minute).max(world.now);
            world.happen(&event);
            world.compare()?;
        }
    }
}
