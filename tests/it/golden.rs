//! What the component says is, byte for byte, what the same code says natively; and it says the same every time.

use access_contract::{
    Announcement, ChartRecord, Envelope, Exchange, Format, Notice, Operation, Phase, PlanRequest, Settlement,
};
use access_core::{announce, compose, interpret, plan, read, render, settle};
use access_mappings::Profile;
use bridge_runtime::{Adapter, ComponentBytes, Instance, Limits};

const NOW: &str = "2026-07-28T13:00:00Z";

/// What was met on the way, so that a test that compares nothing fails.
#[derive(Debug, Default)]
struct Met {
    read: usize,
    refused: usize,
    plans: usize,
    payloads: usize,
    notices: usize,
}

fn instance(resolved: &str) -> Instance {
    let bytes = ComponentBytes::read(&kit::component()).unwrap();
    // The time of a call is measured on a busy machine, and is no matter here.
    let limits = Limits { time: std::time::Duration::from_secs(60), instances: 1, ..Limits::default() };
    Adapter::new(&bytes, resolved, limits, None).unwrap().instantiate().unwrap()
}

/// Everything that follows from a message, as text; each step is compared on the way.
fn follow(profile: &Profile, guest: &mut Instance, message: &[u8], met: &mut Met) -> String {
    let native = read::read(profile, message);
    assert_eq!(guest.read(message).unwrap(), native);
    let mut told = format!("{native:?}");
    let Ok(reading) = native else {
        met.refused += 1;
        return told;
    };
    met.read += 1;
    for subject in &reading.subjects {
        let mut request = PlanRequest {
            entries: Vec::new(),
            participant: reading.participant.clone(),
            feed: reading.header.control_id.clone(),
            facts: subject.facts.clone(),
            charts: Vec::new(),
            now: NOW.to_owned(),
        };
        // Once as news, once with the chart that follows from it.
        for _ in 0..2 {
            let native = plan::plan(profile, &request);
            assert_eq!(guest.plan(request.clone()).unwrap(), native);
            told.push_str(&format!("{native:?}"));
            let Ok(plan) = native else { break };
            met.plans += 1;
            for notice in &plan.notices {
                told.push_str(&write(profile, guest, notice, met));
            }
            let Some(chart) = plan.chart else { break };
            for intent in &plan.intents {
                let native = compose::compose(profile, &reading.participant, intent, &chart.document);
                assert_eq!(guest.compose(&reading.participant, intent.clone(), &chart.document).unwrap(), native);
                met.payloads += usize::from(native.is_ok());
                told.push_str(&format!("{native:?}"));
                told.push_str(&end(profile, guest, &reading.participant, intent, &chart.document, met));
            }
            request.charts = vec![ChartRecord { id: "chart".to_owned(), document: chart.document }];
        }
    }
    told
}

/// An answer of CMS to an intent, written into the chart.
fn end(
    profile: &Profile,
    guest: &mut Instance,
    participant: &str,
    intent: &access_contract::Intent,
    chart: &str,
    met: &mut Met,
) -> String {
    let exchange = Exchange {
        operation: intent.operation.clone(),
        phase: Phase::Poll,
        status: 200,
        content_type: "application/fhir+json".to_owned(),
        body: answer(&intent.operation),
    };
    let outcome = interpret::interpret(profile, &exchange);
    assert_eq!(guest.interpret(exchange).unwrap(), outcome);
    let settlement = Settlement {
        report: None,
        entries: Vec::new(),
        payload: String::new(),
        participant: participant.to_owned(),
        operation: intent.operation.clone(),
        track: intent.track.clone(),
        submission: "S1".to_owned(),
        cms_submission: "C1".to_owned(),
        control_id: "M1".to_owned(),
        basis: intent.basis.clone(),
        outcome,
        at: NOW.to_owned(),
        accepted_at: String::new(),
        attempted_at: String::new(),
    };
    let native = settle::settle(profile, chart, &settlement);
    assert_eq!(guest.settle(chart, settlement).unwrap(), native);
    let mut told = format!("{native:?}");
    let settled = native.unwrap();
    for notice in &settled.notices {
        told.push_str(&write(profile, guest, notice, met));
    }
    for event in ["baseline-reporting-window", "unalignment", "something-new"] {
        let announcement = Announcement {
            participant: participant.to_owned(),
            event: event.to_owned(),
            deadline: "2026-10-01".to_owned(),
            track: intent.track.clone(),
            submission: "S1".to_owned(),
            cms_submission: "C1".to_owned(),
            control_id: "M1".to_owned(),
            awaited: event == "unalignment",
            issues: Vec::new(),
            at: NOW.to_owned(),
        };
        let native = announce::announce(profile, &settled.document, &announcement);
        assert_eq!(guest.announce(&settled.document, announcement).unwrap(), native);
        told.push_str(&format!("{native:?}"));
        told.push_str(&write(profile, guest, &native.unwrap().notices[0], met));
    }
    told
}

fn answer(operation: &Operation) -> String {
    let code = match operation.as_str() {
        "align" => "aligned",
        "unalign" => "unaligned",
        _ => "eligible",
    };
    format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"result","valueCodeableConcept":{{"coding":[{{"code":"{code}"}}]}}}}]}}"#
    )
}

/// A notice in every format.
fn write(profile: &Profile, guest: &mut Instance, notice: &Notice, met: &mut Met) -> String {
    let envelope =
        Envelope { id: "N000000001".to_owned(), at: NOW.to_owned(), sender: "ACCESS-BRIDGE".to_owned(), answer: None };
    met.notices += 1;
    [Format::Hl7v2, Format::Json, Format::Fhir]
        .into_iter()
        .map(|format| {
            let native = render::render(profile, notice, &envelope, &format);
            assert_eq!(guest.render(notice.clone(), envelope.clone(), format).unwrap(), native);
            format!("{native:?}")
        })
        .collect()
}

#[test]
fn the_component_gives_what_native_code_gives_and_the_same_again() {
    let (profile, resolved) = kit::profile();
    let mut guest = instance(&resolved);
    let mut met = Met::default();
    for name in kit::fixtures() {
        let messages = kit::messages(&name);
        assert!(!messages.is_empty(), "{name} holds no message");
        for message in messages {
            let once = follow(&profile, &mut guest, &message, &mut met);
            let again = follow(&profile, &mut guest, &message, &mut Met::default());
            assert_eq!(once, again, "{name}");
        }
    }
    for (name, document) in kit::resources() {
        let once = follow(&profile, &mut guest, &document, &mut met);
        let again = follow(&profile, &mut guest, &document, &mut Met::default());
        assert_eq!(once, again, "{name}");
    }
    assert!(met.read >= 28 && met.refused >= 1, "{met:?}");
    assert!(met.plans >= met.read && met.payloads >= 10 && met.notices >= 10, "{met:?}");
}

#[test]
fn another_instance_gives_the_same() {
    let (profile, resolved) = kit::profile();
    let message = kit::fixture("zac-align-ckm.hl7");
    let once = follow(&profile, &mut instance(&resolved), &message, &mut Met::default());
    let again = follow(&profile, &mut instance(&resolved), &message, &mut Met::default());
    assert_eq!(once, again);
}
