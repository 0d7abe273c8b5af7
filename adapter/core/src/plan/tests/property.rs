//! What holds for every input.

use super::super::plan;
use super::kit::*;
use crate::chart::Chart;
use crate::facts::{Certainty, Stated};
use access_contract::{ChartRecord, PlanRequest};
use access_mappings::EventEffect;
use proptest::prelude::*;
use serde_json::{Value, json};

const CODES: [&str; 5] = ["I10", "E11.9", "N18.6", "F32.9", "S93.401A"];

/// Snapshots of one person in the order of the sender's clock, which ticks once for each.
fn snapshots() -> impl Strategy<Value = Vec<Feed>> {
    let snapshot = (
        (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        (0_usize..4, 0_usize..3, any::<bool>()),
        prop::collection::vec((0_usize..CODES.len(), 0_u8..3), 0..4),
    );
    prop::collection::vec(snapshot, 1..8).prop_map(|drawn| {
        let feeds = drawn.into_iter().enumerate().map(
            |(n, ((mbi, person, coverage, clears, dies), (kind, place, coin), rows))| {
                let mut drawn =
                    feed("ADT^A08").at(&format!("2026-11-01T10:00:{n:02}")).with(|facts| facts.feed = format!("M{n}"));
                if mbi {
                    drawn = drawn.mbi(if coin { MBI } else { OTHER_MBI });
                }
                if person {
                    drawn = drawn.person(if coin { "SMITH" } else { "SMYTHE" }, "ANN", "female", "1950-03-07");
                }
                if coverage {
                    drawn = if coin { drawn.medicare() } else { drawn.plans(Vec::new()) };
                }
                drawn = if clears {
                    drawn.with(|facts| facts.address = Some(Stated::Clear))
                } else {
                    drawn.lives_in(["IL", "TX", ""][place])
                };
                if dies {
                    drawn = drawn.dead();
                }
                let visit = ["V1", "V2"].get(place).copied();
                let rows = rows.iter().zip(1..).map(|((code, certainty), rank)| {
                    let certainty =
                        [Certainty::Confirmed, Certainty::Provisional, Certainty::Withdrawn][usize::from(*certainty)];
                    diagnosis(CODES[*code], rank, certainty)
                });
                let rows = rows.collect();
                drawn.visit(visit).with(|facts| match kind {
                    0 => {}
                    1 => facts.effect = EventEffect::Cancel,
                    changes => (facts.diagnoses, facts.diagnoses_are_changes) = (Some(rows), changes == 2),
                })
            },
        );
        feeds.collect()
    })
}

fn start() -> Chart {
    aligned("eCKM", &["I10"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn late_repetitions_change_nothing(feeds in snapshots(), repeats in prop::collection::vec(0_usize..8, 0..8)) {
        let apply = |chart: Chart, feed: &Feed| chart_of(feed, chart);
        let in_order = feeds.iter().fold(start(), apply);
        let mut chart = start();
        for (n, feed) in feeds.iter().enumerate() {
            chart = apply(chart, feed);
            if let Some(earlier) = repeats.get(n).and_then(|repeat| feeds[..=n].get(*repeat)) {
                chart = apply(chart, earlier);
            }
        }
        prop_assert_eq!(chart, in_order);
    }

    #[test]
    fn the_same_input_gives_the_same_plan(feeds in snapshots()) {
        let charts = [start()];
        for feed in &feeds {
            prop_assert_eq!(feed.plan(&charts), feed.plan(&charts));
        }
    }

    #[test]
    fn no_issue_and_no_reason_quotes_the_feed(feeds in snapshots()) {
        for feed in &feeds {
            let plan = feed.clone().asks("ALIGN", |request| request.track = "SECRET".to_owned()).plan(&[start()]);
            let told: Vec<_> = plan.notices.iter().map(|notice| (&notice.text, &notice.next_step, &notice.issues)).collect();
            let reasons: Vec<_> = plan.intents.iter().map(|intent| &intent.why).collect();
            let said = format!("{:?} {told:?} {reasons:?}", plan.issues);
            for value in [MBI, OTHER_MBI, "SMITH", "SMYTHE", "1950", "60601", "SECRET", "I10", "E11.9", "N18.6", "A1"] {
                prop_assert!(!said.contains(value));
            }
        }
    }

    #[test]
    fn no_feed_loses_an_alignment(feeds in snapshots()) {
        let chart = feeds.iter().fold(start(), |chart, feed| chart_of(feed, chart));
        prop_assert_eq!(&chart.standing["eCKM"].alignment, "sub-eCKM");
    }

    #[test]
    fn any_facts_and_charts_are_planned_or_refused(
        facts in damaged(), chart in damaged(), texts in prop::array::uniform3(".{0,40}"), whole in any::<[bool; 3]>(),
    ) {
        let [facts_text, chart_text, now] = texts;
        let facts_document = serde_json::to_string(&full_feed().0).unwrap();
        let chart_document = start().write().unwrap();
        let request = PlanRequest { entries: Vec::new(),
            participant: PARTICIPANT.to_owned(),
            feed: "M1".to_owned(),
            facts: if whole[0] { facts.apply(&facts_document) } else { facts_text },
            charts: vec![ChartRecord {
                id: "c1".to_owned(),
                document: if whole[1] { chart.apply(&chart_document) } else { chart_text },
            }],
            now: if whole[2] { NOW.to_owned() } else { now },
        };
        let planned = plan(site(), &request);
        if let Ok(planned) = planned {
            for intent in &planned.intents {
                prop_assert!(intent.after.is_none_or(|after| (after as usize) < planned.intents.len()));
            }
        }
    }
}

fn chart_of(feed: &Feed, chart: Chart) -> Chart {
    super::kit::chart(&feed.plan(&[chart]))
}

/// A feed in which everything is stated.
fn full_feed() -> Feed {
    beneficiary(&["I10", "E11.9"])
        .lives_in("TX")
        .with(|facts| facts.hospice = Some(sourced(false, "PV1-36")))
        .with(|facts| facts.prior_aliases = vec![alias("A2")])
        .asks("ALIGN", |request| request.provider_referral = Some(true))
        .asks("UNALIGN", |request| request.reason = "patient-initiated".to_owned())
}

/// A value somewhere in a document replaced by another.
#[derive(Debug)]
struct Damage {
    place: usize,
    value: Value,
}

fn damaged() -> impl Strategy<Value = Damage> {
    let texts = [
        json!(""),
        json!("\u{fffd}é\u{1f9ec}"),
        json!("9999-12-31"),
        json!("merge"),
        json!("cancel"),
        json!("2026-02-30"),
    ];
    let values = texts.into_iter().chain([json!(null), json!(0), json!(u64::MAX), json!(true), json!([]), json!({})]);
    (0_usize..400, prop::sample::select(values.collect::<Vec<_>>())).prop_map(|(place, value)| Damage { place, value })
}

impl Damage {
    fn apply(&self, document: &str) -> String {
        let mut tree: Value = serde_json::from_str(document).unwrap();
        let mut leaves = Vec::new();
        collect(&tree, String::new(), &mut leaves);
        if let Some(place) = leaves.get(self.place % leaves.len()).and_then(|path| tree.pointer_mut(path)) {
            *place = self.value.clone();
        }
        tree.to_string()
    }
}

fn collect(tree: &Value, path: String, leaves: &mut Vec<String>) {
    match tree {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| collect(value, format!("{path}/{key}"), leaves));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| collect(value, format!("{path}/{n}"), leaves));
        }
        _ => leaves.push(path),
    }
}
