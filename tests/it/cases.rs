//! Every feed of every case and every fixture through the component: it gives what native code gives. A difference is told by
//! case and field, without values.

use access_contract::{ChartRecord, Issue, PlanRequest};
use access_core::{account, compose, plan, read};
use access_mappings::Profile;
use bridge_runtime::{Adapter, ComponentBytes, Instance, Limits};
use std::collections::BTreeSet;
use std::path::Path;

const NOW: &str = "2026-07-20T12:00:00Z";

/// One profile on both sides.
struct Both {
    native: Profile,
    guest: Instance,
}

/// What was compared, and what differs.
#[derive(Default)]
struct Findings {
    read: usize,
    refused: usize,
    plans: usize,
    payloads: usize,
    different: Vec<String>,
    /// Issues that are given with a severity that the list of codes does not have.
    undocumented: BTreeSet<String>,
}

impl Findings {
    fn documented(&mut self, issues: &[Issue]) {
        for issue in issues {
            let known = access_mappings::issue_codes().iter().find(|known| known.code == issue.code);
            if !known.is_some_and(|known| known.severity.iter().any(|one| one == issue.severity.as_str())) {
                self.undocumented.insert(format!("{} as {}", issue.code, issue.severity));
            }
        }
    }

    fn same<T: PartialEq>(&mut self, case: &str, field: &str, native: &T, guest: &T) {
        if native != guest {
            self.different.push(format!("{case}: {field}"));
        }
    }
}

impl Both {
    fn of(adapter: &Adapter, native: Profile) -> Self {
        let adapter = adapter.with_profile(&native.to_json().unwrap());
        // The first instance loads the profile, as those of the golden files do; what is compared here has restored it.
        drop(adapter.instantiate().unwrap());
        let guest = adapter.instantiate().unwrap();
        Self { native, guest }
    }

    /// Reads, accounts, plans against what earlier feeds of the case left, and composes. The chart of the feed's person stays.
    fn follow(&mut self, case: &str, feed: &[u8], charts: &mut Vec<ChartRecord>, findings: &mut Findings) {
        let native = read::read(&self.native, feed);
        let guest = self.guest.read(feed).unwrap();
        for values in [false, true] {
            let accounts = (account::account(&self.native, feed, values), self.guest.account(feed, values).unwrap());
            findings.same(case, "account", &accounts.0, &accounts.1);
        }
        let (native, guest) = match (native, guest) {
            (Ok(native), Ok(guest)) => (native, guest),
            (Err(native), Err(guest)) => {
                findings.refused += 1;
                findings.documented(&native.issues);
                findings.same(case, "refusal.verdict", &native.verdict, &guest.verdict);
                findings.same(case, "refusal.header", &native.header, &guest.header);
                return findings.same(case, "refusal.issues", &native.issues, &guest.issues);
            }
            (native, _) => {
                let which = if native.is_ok() { "only the component refuses" } else { "only native code refuses" };
                return findings.different.push(format!("{case}: {which}"));
            }
        };
        findings.read += 1;
        findings.documented(&native.issues);
        findings.same(case, "reading.issues", &native.issues, &guest.issues);
        findings.same(case, "reading.unmapped", &native.unmapped, &guest.unmapped);
        findings.same(case, "reading.subjects", &native.subjects, &guest.subjects);
        findings.same(case, "reading", &native, &guest);
        for subject in native.subjects {
            let request = PlanRequest {
                entries: Vec::new(),
                participant: native.participant.clone(),
                feed: native.header.control_id.clone(),
                facts: subject.facts,
                charts: charts.clone(),
                now: NOW.to_owned(),
            };
            let planned = plan::plan(&self.native, &request);
            findings.same(case, "plan", &planned, &self.guest.plan(request).unwrap());
            let Ok(planned) = planned else { continue };
            findings.plans += 1;
            findings.documented(&planned.issues);
            let Some(chart) = planned.chart else { continue };
            for intent in planned.intents {
                let composed = compose::compose(&self.native, &native.participant, &intent, &chart.document);
                let guest = self.guest.compose(&native.participant, intent, &chart.document).unwrap();
                findings.payloads += usize::from(composed.is_ok());
                findings.documented(composed.as_ref().map_or_else(Vec::as_slice, |payload| &payload.issues));
                findings.same(case, "payload", &composed, &guest);
            }
            *charts = vec![ChartRecord { id: "chart".to_owned(), document: chart.document }];
        }
    }
}

fn adapter() -> (Adapter, Profile) {
    let (profile, resolved) = kit::profile();
    let bytes = ComponentBytes::read(&kit::component()).unwrap();
    let limits = Limits { time: std::time::Duration::from_secs(60), instances: 2, ..Limits::default() };
    (Adapter::new(&bytes, &resolved, limits, None).unwrap(), profile)
}

#[test]
fn every_case_gives_the_same_natively_and_through_the_component() {
    let (adapter, example) = adapter();
    let mut example = Both::of(&adapter, example);
    let mut findings = Findings::default();
    let cases = kit::cases();
    let mut topics: Vec<&str> = cases.iter().filter_map(|case| case.name.split(['/', '\\']).next()).collect();
    topics.dedup();
    let expected = ["charset", "coverage", "dates", "diagnoses", "events", "identity", "mbi", "observations"];
    assert!(expected.iter().all(|topic| topics.contains(topic)), "{topics:?}");
    for case in cases {
        let mut own = case.site.map(|site| Both::of(&adapter, site));
        let both = own.as_mut().unwrap_or(&mut example);
        let mut charts = Vec::new();
        for (number, feed) in (1..).zip(&case.feeds) {
            both.follow(&format!("{}, feed {number}", case.name), feed, &mut charts, &mut findings);
        }
    }
    assert_eq!(findings.different, Vec::<String>::new());
    assert_eq!(findings.undocumented, BTreeSet::new());
    assert!(findings.read > 400 && findings.refused > 5, "{} read, {} refused", findings.read, findings.refused);
    assert!(findings.plans > 300 && findings.payloads > 20, "{} plans, {} payloads", findings.plans, findings.payloads);
}

#[test]
fn every_fixture_gives_the_same_natively_and_through_the_component() {
    let (adapter, example) = adapter();
    let mut both = Both::of(&adapter, example);
    let mut findings = Findings::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for kind in ["hl7", "fhir", "ccda"] {
        let before = findings.read;
        let mut files: Vec<_> =
            std::fs::read_dir(root.join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.retain(|path| {
            path.extension().is_some_and(|ending| ["hl7", "json", "ndjson", "xml"].iter().any(|one| ending == *one))
        });
        for path in files {
            let bytes = std::fs::read(&path).unwrap();
            let name = format!("{kind}/{}", path.file_name().unwrap().display());
            for (number, feed) in (1..).zip(kit::taken_apart(&bytes)) {
                both.follow(&format!("{name}#{number}"), &feed, &mut Vec::new(), &mut findings);
            }
        }
        assert!(findings.read > before, "no feed of {kind} was read");
    }
    assert_eq!(findings.different, Vec::<String>::new());
    assert_eq!(findings.undocumented, BTreeSet::new());
}
