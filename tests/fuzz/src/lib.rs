//! What the fuzz targets have in common: the example profile, and the whole way of a feed.

use access_contract::{ChartRecord, Intent, Issue, PlanRequest, Reading};
use access_mappings::Profile;
use std::sync::LazyLock;

/// When every feed is planned.
const NOW: &str = "2026-07-15T12:00:00Z";

/// The built-in example site.
pub static EXAMPLE: LazyLock<Profile> =
    LazyLock::new(|| access_mappings::example().expect("the built-in example profile loads"));

/// The same, strict.
static STRICT: LazyLock<Profile> = LazyLock::new(|| Profile { strict: true, ..EXAMPLE.clone() });

/// The same, for looking at what is refused.
static INSPECTING: LazyLock<Profile> = LazyLock::new(|| Profile { inspects: true, ..EXAMPLE.clone() });

/// Reads a feed and follows it to its payloads. What must hold for every input is asserted here.
pub fn follow(feed: &[u8]) {
    let again = access_core::read::read(&EXAMPLE, feed);
    let account = access_core::account::account(&EXAMPLE, feed, false);
    assert_eq!(account.is_ok(), again.is_ok(), "what is read is accounted for");
    if let Ok(account) = account {
        assert!(account.lines.iter().all(|line| line.value.is_none()), "no value without being asked");
    }
    if access_core::read::read(&STRICT, feed).is_ok() {
        assert!(again.is_ok(), "strict reading takes nothing that is refused otherwise");
    }
    let inspected = access_core::read::read(&INSPECTING, feed);
    if again.is_ok() {
        assert_eq!(inspected, again, "what is taken looks the same to whoever only looks at it");
    } else if let Ok(inspected) = inspected {
        assert!(inspected.issues.iter().any(Issue::blocks), "the reason stays visible");
    }
    match access_core::read::read(&EXAMPLE, feed) {
        Ok(reading) => {
            assert_eq!(again.as_ref(), Ok(&reading), "reading is deterministic");
            told(&reading.issues);
            plan(reading, feed);
        }
        Err(refusal) => {
            assert!(!refusal.issues.is_empty(), "a refusal has a reason");
            told(&refusal.issues);
        }
    }
}

/// Issues are for people and logs: coded, worded, of bounded length.
fn told(issues: &[Issue]) {
    for issue in issues {
        assert!(!issue.code.is_empty() && !issue.message.is_empty());
        assert!(issue.location.len() <= 512 && issue.message.len() <= 512, "{}", issue.code);
    }
}

fn plan(reading: Reading, feed: &[u8]) {
    for subject in reading.subjects {
        let mut request = PlanRequest {
            entries: Vec::new(),
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
            compose(&reading.participant, &intent, &chart.document, feed);
        }
        // The same feed once more changes nothing.
        request.charts = vec![ChartRecord { id: "chart".to_owned(), document: chart.document.clone() }];
        let again = access_core::plan::plan(&EXAMPLE, &request).expect("a feed that was planned is planned again");
        if let Some(again) = again.chart {
            assert_eq!(again.document, chart.document, "a chart does not change by the same feed");
        }
    }
}

/// The letters and digits of a text, in upper case.
fn plain(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect()
}

/// Whether a feed may write characters in another way than as themselves.
fn has_escapes(feed: &[u8]) -> bool {
    feed.windows(2).any(|two| matches!(two, [_, b'X'] | b"\\u" | b"&#"))
}

/// What is composed is valid, and holds no character that stands for a lost one.
fn compose(participant: &str, intent: &Intent, chart: &str, feed: &[u8]) {
    if let Ok(payload) = access_core::compose::compose(&EXAMPLE, participant, intent, chart) {
        assert!(!payload.body.contains('\u{fffd}'), "a lost character reached a payload");
        let blocking = access_core::validate::validate(&EXAMPLE, &payload.body).into_iter().find(Issue::blocks);
        assert_eq!(blocking.map(|issue| issue.code), None, "an invalid payload was composed");
        let number = payload.body.split("\"value\":\"").map(|rest| rest.split('"').next().unwrap_or_default());
        let stated = plain(feed);
        for number in number.filter(|number| number.len() == 11 && !has_escapes(feed)) {
            let known = stated.windows(11).any(|part| part == number.as_bytes());
            assert!(known, "a number of eleven letters and digits is not in the feed");
        }
    }
}
