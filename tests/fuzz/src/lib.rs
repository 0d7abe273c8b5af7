//! What the fuzz targets have in common: the example profile, and the whole way of a feed.

use access_contract::{Intent, Issue, PlanRequest, Reading};
use access_mappings::Profile;
use std::sync::LazyLock;

/// When every feed is planned.
const NOW: &str = "2026-07-15T12:00:00Z";

/// The built-in example site.
pub static EXAMPLE: LazyLock<Profile> =
    LazyLock::new(|| access_mappings::example().expect("the built-in example profile loads"));

/// Reads a feed and follows it to its payloads. What must hold for every input is asserted here.
pub fn follow(feed: &[u8]) {
    let again = access_core::read::read(&EXAMPLE, feed);
    match access_core::read::read(&EXAMPLE, feed) {
        Ok(reading) => {
            assert_eq!(again.as_ref(), Ok(&reading), "reading is deterministic");
            told(&reading.issues);
            plan(reading);
        }
        Err(refusal) => {
            assert!(!refusal.issues.is_empty(), "a refusal has a reason");
            told(&refusal.issues);
        }
    }
    if let Ok(account) = access_core::account::account(&EXAMPLE, feed, false) {
        assert!(account.lines.iter().all(|line| line.value.is_none()), "no value without being asked");
    }
}

/// Issues are for people and logs: coded, worded, of bounded length.
fn told(issues: &[Issue]) {
    for issue in issues {
        assert!(!issue.code.is_empty() && !issue.message.is_empty());
        assert!(issue.location.len() <= 512 && issue.message.len() <= 512, "{}", issue.code);
    }
}

fn plan(reading: Reading) {
    for subject in reading.subjects {
        let request = PlanRequest { entries: Vec::new(),
            participant: reading.participant.clone(),
            feed: reading.header.control_id.clone(),
            facts: subject.facts,
            charts: Vec::new(),
            now: NOW.to_owned(),
        };
        let Ok(plan) = access_core::plan::plan(&EXAMPLE, &request) else { continue };
        told(&plan.issues);
        let Some(chart) = plan.chart else { continue };
        for intent in plan.intents {
            compose(&reading.participant, &intent, &chart.document);
        }
    }
}

/// What is composed is valid, and holds no character that stands for a lost one.
fn compose(participant: &str, intent: &Intent, chart: &str) {
    if let Ok(payload) = access_core::compose::compose(&EXAMPLE, participant, intent, chart) {
        assert!(!payload.body.contains('\u{fffd}'), "a lost character reached a payload");
        let blocking = access_core::validate::validate(&EXAMPLE, &payload.body).into_iter().find(Issue::blocks);
        assert_eq!(blocking.map(|issue| issue.code), None, "an invalid payload was composed");
    }
}
