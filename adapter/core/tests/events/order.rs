//! Random feeds of two people against a plain model: per visit the newest set of diagnoses counts, in whatever order the feeds
//! come; no chart is lost, and no Medicare number gets to another person.

use crate::ledger::{Ledger, NOW};
use access_contract::PlanRequest;
use access_core::{plan, read};
use access_mappings::Profile;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

const CODES: [&str; 4] = ["I10", "E11.9", "F32.9", "M17.11"];
const NUMBERS: [&str; 2] = ["3AA1AA1AA11", "4GY9XK2FM55"];
const NAMES: [&str; 2] = ["SMITH^ANN||19500307|F", "JONES^BO||19480101|M"];

/// One feed. Each person has two records, each record two visits.
#[derive(Debug, Clone)]
struct Drawn {
    person: usize,
    record: usize,
    visit: usize,
    numbered: bool,
    /// The set it states; none for a cancelled visit.
    codes: Option<BTreeSet<usize>>,
}

impl Drawn {
    fn record(&self) -> String {
        format!("R{}{}", self.person, self.record)
    }

    fn visit(&self) -> String {
        format!("V{}{}{}", self.person, self.record, self.visit)
    }

    fn message(&self, clock: usize) -> String {
        let number = if self.numbered { format!("~{}^^^CMS^MC", NUMBERS[self.person]) } else { String::new() };
        let event = if self.codes.is_some() { "ADT^A08" } else { "ADT^A11" };
        let mut text = format!(
            "MSH|^~\\&|EPIC|MAIN|B|C|20260714{:02}{:02}||{event}|M{clock}|P|2.5.1\rPID|1||{}^^^MAIN^MR{number}||{}\r\
             PV1|1|O|||||||||||||||||{}\rIN1|1|MCR|00831|MEDICARE|||||||||||MB",
            clock / 60,
            clock % 60,
            self.record(),
            NAMES[self.person],
            self.visit()
        );
        let rows: Vec<&str> = self.codes.iter().flatten().map(|code| CODES[*code]).collect();
        for code in &rows {
            text.push_str(&format!("\rDG1|1||{code}^^I10C|||F"));
        }
        if rows.is_empty() {
            text.push_str("\rDG1|1||\"\"");
        }
        text
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let codes = prop::option::weighted(0.8, prop::collection::btree_set(0..CODES.len(), 0..3));
    (0_usize..2, 0_usize..2, 0_usize..2, any::<bool>(), codes)
        .prop_map(|(person, record, visit, numbered, codes)| Drawn { person, record, visit, numbered, codes })
}

fn take(ledger: &mut Ledger, message: &str) {
    let reading = read::read_text(&EXAMPLE, message).unwrap();
    for subject in &reading.subjects {
        let keys: Vec<String> = subject.keys.iter().chain(&subject.prior_keys).cloned().collect();
        let request = PlanRequest {
            entries: Vec::new(),
            participant: reading.participant.clone(),
            feed: reading.header.control_id.clone(),
            facts: subject.facts.clone(),
            charts: ledger.found(&keys),
            now: NOW.to_owned(),
        };
        let planned = plan::plan(&EXAMPLE, &request).unwrap();
        assert!(planned.issues.iter().all(|issue| !issue.blocks()), "{:?}", planned.issues);
        ledger.take(&planned);
    }
}

/// Both records of each person are one, told after everything else.
fn merges() -> Vec<String> {
    let merge = |person: usize| {
        format!(
            "MSH|^~\\&|EPIC|MAIN|B|C|20260715||ADT^A40|A{person}|P|2.5.1\rPID|1||R{person}0^^^MAIN^MR||{}\rMRG|R{person}1^^^MAIN^MR",
            NAMES[person]
        )
    };
    vec![merge(0), merge(1)]
}

/// What each person's chart must say in the end: whether the number was ever stated, and the diagnoses.
type Model = BTreeMap<usize, (bool, BTreeSet<&'static str>)>;

fn model(feeds: &[Drawn]) -> Model {
    let mut sets: BTreeMap<(usize, String), BTreeSet<usize>> = BTreeMap::new();
    let mut model = Model::new();
    for feed in feeds {
        sets.insert((feed.person, feed.visit()), feed.codes.clone().unwrap_or_default());
        if feed.codes.is_some() {
            model.entry(feed.person).or_default().0 |= feed.numbered;
        }
    }
    for ((person, _), codes) in sets {
        if let Some((_, known)) = model.get_mut(&person) {
            known.extend(codes.iter().map(|code| CODES[*code]));
        }
    }
    model
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_feeds_does_not_matter_and_nobody_is_mixed_up(
        feeds in prop::collection::vec(drawn(), 1..12),
        order in Just(()).prop_perturb(|(), mut random| (0..12).map(|_| random.next_u32()).collect::<Vec<_>>()),
        repeated in prop::collection::vec(0_usize..12, 0..4),
    ) {
        // A cancelled visit of which nothing else is known leaves no chart, so the first feed of each record registers.
        let registered = |record: (usize, usize)| Drawn {
            person: record.0, record: record.1, visit: 0, numbered: false, codes: Some(BTreeSet::new()),
        };
        let records: BTreeSet<(usize, usize)> = feeds.iter().map(|feed| (feed.person, feed.record)).collect();
        let mut all: Vec<Drawn> = records.into_iter().map(registered).collect();
        let registrations = all.len();
        all.extend(feeds);
        let mut messages: Vec<(u32, String)> = Vec::new();
        for (clock, feed) in all.iter().enumerate() {
            let place = if clock < registrations { 0 } else { order[(clock - registrations) % order.len()].max(1) };
            messages.push((place, feed.message(clock)));
        }
        let again: Vec<(u32, String)> =
            repeated.iter().filter_map(|place| messages.get(*place)).map(|(_, text)| (u32::MAX, text.clone())).collect();
        messages.extend(again);
        messages.sort_by_key(|(place, _)| *place);
        let mut ledger = Ledger::default();
        for (_, message) in &messages {
            take(&mut ledger, message);
        }
        for message in merges() {
            take(&mut ledger, &message);
            take(&mut ledger, &message);
        }
        let expected = model(&all);
        prop_assert_eq!(ledger.charts.len(), expected.len(), "no chart is lost and none is left over");
        for (person, (numbered, codes)) in expected {
            let chart = ledger.by_key(&format!("id:MAIN|R{person}0")).unwrap();
            let number = chart.mbi.as_ref().map(|mbi| mbi.value.as_str());
            prop_assert_eq!(number, numbered.then_some(NUMBERS[person]));
            prop_assert_eq!(chart.name.as_ref().map(|name| name.value.family.as_str()), NAMES[person].split('^').next());
            let found: BTreeSet<&str> = chart.confirmed().map(|row| row.code.as_str()).collect();
            prop_assert_eq!(found, codes);
        }
    }
}
