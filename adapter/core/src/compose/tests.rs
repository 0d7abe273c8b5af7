use super::samples::{
    PARTICIPANT, alignment, chart, diagnosis, document, eligibility, intent, origin, profile, unalignment,
};
use super::{MAX_CONDITIONS, compose};
use crate::chart::Chart;
use crate::facts::{Certainty, Diagnosis, Sourced};
use access_contract::{Intent, Issue, Operation, Payload, Track};
use serde_json::Value;

fn json(payload: &Payload) -> Value {
    serde_json::from_str(&payload.body).unwrap()
}

fn names(payload: &Payload) -> Vec<String> {
    let body = json(payload);
    body["parameter"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn codes(payload: &Payload) -> Vec<String> {
    let body = json(payload);
    let conditions = body["parameter"].as_array().unwrap().iter().filter(|item| item["name"] == "condition");
    conditions.map(|item| item["resource"]["code"]["coding"][0]["code"].as_str().unwrap().to_owned()).collect()
}

fn refusal(intent: &Intent, change: impl Fn(&mut Chart)) -> Vec<Issue> {
    let mut chart = chart();
    change(&mut chart);
    compose(profile(), PARTICIPANT, intent, &document(&chart)).unwrap_err()
}

fn align() -> Intent {
    Intent { provider_referral: Some(true), ..intent(Operation::Align, Track::Ckm) }
}

#[test]
fn eligibility_has_the_guides_shape_and_element_order() {
    let expected = concat!(
        r#"{"resourceType":"Parameters","meta":{"profile":["https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-check-eligibility-in"]},"#,
        r#""parameter":[{"name":"participantID","valueIdentifier":{"system":"https://dsacms.github.io/cmmi-access-model/participant-id","value":"ACCES12345"}},"#,
        r#"{"name":"payerID","valueIdentifier":{"type":{"coding":[{"system":"http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType","code":"payerid","display":"Payer ID"}]},"#,
        r#""system":"urn:oid:2.16.840.1.113883.3.221.5","value":"12345"}},"#,
        r#"{"name":"patient","resource":{"resourceType":"Patient","id":"patient","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"]},"#,
        r#""identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MC"}]},"system":"http://terminology.hl7.org/NamingSystem/cmsMBI","value":"3AA1AA1AA11"}],"#,
        r#""name":[{"family":"O'Tester-Roe","given":["Paula","M"]}],"gender":"female","birthDate":"1951-04-12"}},"#,
        r#"{"name":"track","valueCodeableConcept":{"coding":[{"system":"https://dsacms.github.io/cmmi-access-model/CodeSystem/ACCESSTrackCS","code":"CKM","display":"Cardio-Kidney-Metabolic track"}]}},"#,
        r#"{"name":"condition","resource":{"resourceType":"Condition","id":"condition-1","meta":{"profile":["https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-ckm-condition"]},"#,
        r#""clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"#,
        r#""verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"#,
        r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}]}],"#,
        r#""code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"E11.9"}]},"subject":{"reference":"Patient/patient"},"recordedDate":"2026-02-03"}}]}"#,
    );
    assert_eq!(eligibility().body, expected);
}

#[test]
fn eligibility_asks_without_a_condition_where_none_qualifies() {
    let mut chart = chart();
    chart.diagnoses = vec![diagnosis("J06.9", 1)];
    let payload =
        compose(profile(), PARTICIPANT, &intent(Operation::CheckEligibility, Track::Ckm), &document(&chart)).unwrap();
    assert_eq!(names(&payload), ["participantID", "payerID", "patient", "track"]);
}

#[test]
fn alignment_sends_what_qualifies_for_its_own_track_then_the_booleans() {
    let payload = alignment();
    assert_eq!(
        names(&payload),
        ["participantID", "payerID", "patient", "track", "condition", "isProviderReferral", "switchConsentAttestation"]
    );
    assert_eq!(codes(&payload), ["E11.9"]);
    let early = Intent { track: Track::ECkm, ..align() };
    let payload = compose(profile(), PARTICIPANT, &early, &document(&chart())).unwrap();
    assert_eq!(codes(&payload), ["I10"]);
    let body = json(&payload);
    let profile = &body["parameter"][4]["resource"]["meta"]["profile"][0];
    assert_eq!(profile, "https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-eckm-condition");
}

#[test]
fn switch_attestation_is_sent_only_when_attested() {
    for consent in [None, Some(false)] {
        let intent = Intent { switch_consent: consent, ..align() };
        let payload = compose(profile(), PARTICIPANT, &intent, &document(&chart())).unwrap();
        assert!(!names(&payload).contains(&"switchConsentAttestation".to_owned()));
    }
}

#[test]
fn referral_comes_from_the_chart_unless_the_intent_says_it() {
    let mut chart = chart();
    chart.referral = Some(Sourced { value: true, from: origin("RF1", "events.referral") });
    let unsaid = intent(Operation::Align, Track::Ckm);
    let payload = compose(profile(), PARTICIPANT, &unsaid, &document(&chart)).unwrap();
    assert_eq!(json(&payload)["parameter"][5]["valueBoolean"], true);
    assert!(
        payload
            .provenance
            .iter()
            .any(|entry| entry.element == "Parameters.parameter[5].valueBoolean" && entry.source == "RF1")
    );
    let said = Intent { provider_referral: Some(false), ..unsaid };
    let payload = compose(profile(), PARTICIPANT, &said, &document(&chart)).unwrap();
    assert_eq!(json(&payload)["parameter"][5]["valueBoolean"], false);
}

#[test]
fn unalignment_sends_the_reason_and_the_diagnosis_that_excludes() {
    let payload = unalignment();
    assert_eq!(names(&payload), ["participantID", "payerID", "patient", "track", "reason", "condition"]);
    assert_eq!(codes(&payload), ["N18.6"]);
    let body = json(&payload);
    assert_eq!(body["parameter"][4]["valueCodeableConcept"]["coding"][0]["display"], "No longer clinically eligible");
    let profile = &body["parameter"][5]["resource"]["meta"]["profile"][0];
    assert_eq!(
        profile,
        "https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-clinical-exclusion-condition"
    );
}

#[test]
fn unalignment_for_other_reasons_sends_no_diagnosis() {
    let left = Intent { reason: Some("patient-initiated".to_owned()), ..intent(Operation::Unalign, Track::Ckm) };
    let payload = compose(profile(), PARTICIPANT, &left, &document(&chart())).unwrap();
    assert_eq!(names(&payload), ["participantID", "payerID", "patient", "track", "reason"]);
}

#[test]
fn moving_on_to_the_later_track_names_its_diagnosis_as_the_reason() {
    let progress = Intent {
        reason: Some("no-longer-clinically-eligible".to_owned()),
        conditions: vec!["E11.9".to_owned()],
        ..intent(Operation::Unalign, Track::ECkm)
    };
    let payload = compose(profile(), PARTICIPANT, &progress, &document(&chart())).unwrap();
    assert_eq!(codes(&payload), ["E11.9"]);
}

#[test]
fn a_rule_sends_those_of_its_diagnoses_that_are_still_stated() {
    let named = |rule: &str, codes: &[&str]| Intent {
        rule: rule.to_owned(),
        reason: Some("no-longer-clinically-eligible".to_owned()),
        conditions: codes.iter().map(|code| (*code).to_owned()).collect(),
        provider_referral: Some(true),
        ..intent(Operation::Unalign, Track::ECkm)
    };
    for rule in ["exclude", "progress"] {
        let one_left = named(rule, &["E11.9", "E11.65"]);
        let payload = compose(profile(), PARTICIPANT, &one_left, &document(&chart())).unwrap();
        assert_eq!(codes(&payload), ["E11.9"], "nothing that was not named comes in its place");
        assert_eq!(refusal(&named(rule, &["E11.65"]), |_| {})[0].code, "condition-unknown");
    }
    assert_eq!(refusal(&named("leave", &["E11.9", "E11.65"]), |_| {})[0].code, "condition-unknown");
}

/// Who had left one track could not enter the other.
#[test]
fn nobody_leaves_a_track_for_another_that_cannot_be_asked_for() {
    let leave = Intent {
        rule: "progress".to_owned(),
        reason: Some("no-longer-clinically-eligible".to_owned()),
        conditions: vec!["E11.9".to_owned()],
        ..intent(Operation::Unalign, Track::ECkm)
    };
    let unreferred = |chart: &mut Chart| chart.referral = None;
    assert_eq!(refusal(&leave, unreferred)[0].code, "provider-referral-missing");
    let known = Intent { provider_referral: Some(false), ..leave };
    assert!(compose(profile(), PARTICIPANT, &known, &document(&chart())).is_ok());
}

#[test]
fn conditions_are_confirmed_unique_best_ranked_and_bounded() {
    let mut chart = chart();
    let qualifying: Vec<String> = profile()
        .guide
        .track("CKM")
        .unwrap()
        .qualifying
        .iter()
        .filter(|code| code.starts_with("E11"))
        .map(dotted)
        .collect();
    assert!(qualifying.len() > MAX_CONDITIONS);
    chart.diagnoses = qualifying.iter().zip(1..).map(|(code, rank)| diagnosis(code, 1000 - rank)).collect();
    chart.diagnoses.push(Diagnosis { certainty: Certainty::Provisional, ..diagnosis("N18.31", 1) });
    chart.diagnoses.push(diagnosis(&qualifying[0], 2));
    let payload = compose(profile(), PARTICIPANT, &align(), &document(&chart)).unwrap();
    let sent = codes(&payload);
    assert_eq!(sent.len(), MAX_CONDITIONS);
    assert_eq!(sent[0], qualifying[0], "the best rank of a repeated code counts");
    assert_eq!(&sent[1], qualifying.last().unwrap(), "then by rank");
    assert!(!sent.contains(&"N18.31".to_owned()), "a working diagnosis is not sent");
}

fn dotted(code: &str) -> String {
    let (head, tail) = code.split_at(3);
    if tail.is_empty() { head.to_owned() } else { format!("{head}.{tail}") }
}

#[test]
fn a_recorded_date_is_sent_only_if_it_is_a_whole_day() {
    for (recorded, sent) in [("2026-02-03", true), ("2026-02", false), ("2026-02-30", false), ("", false)] {
        let mut chart = chart();
        chart.diagnoses[0].recorded = Some(recorded.to_owned());
        let payload = compose(profile(), PARTICIPANT, &align(), &document(&chart)).unwrap();
        assert_eq!(payload.body.contains("recordedDate"), sent, "{recorded}");
    }
}

#[test]
fn sends_nothing_that_is_not_needed() {
    for payload in [eligibility(), alignment(), unalignment()] {
        for needless in
            ["MRN-4711", "MAIN", "60601", "\"IL\"", "address", "telecom", "narrative", "\"text\"", "diabetes"]
        {
            assert!(!payload.body.contains(needless), "{needless}");
        }
    }
}

#[test]
fn every_value_of_the_feed_says_where_it_stood() {
    let payload = alignment();
    let origin = |element: &str| {
        let entry =
            payload.provenance.iter().find(|entry| entry.element == element).unwrap_or_else(|| panic!("{element}"));
        (entry.source.clone(), entry.feed.clone(), entry.rule.clone())
    };
    let of = |source: &str, feed: &str, rule: &str| (source.to_owned(), feed.to_owned(), rule.to_owned());
    let person = "Parameters.parameter[2].resource";
    assert_eq!(origin(&format!("{person}.identifier[0].value")), of("IN2-6", "F1", "mbi.in2-medicare"));
    assert_eq!(origin(&format!("{person}.name[0].family")), of("PID-5", "F1", "identity.name"));
    assert_eq!(origin(&format!("{person}.birthDate")), of("PID-7", "F1", "identity.birth-date"));
    assert_eq!(origin("Parameters.parameter[1].valueIdentifier.value"), of("profile", "", "participants.payer"));
    assert_eq!(
        origin("Parameters.parameter[3].valueCodeableConcept.coding[0].code"),
        of("intent", "", "triggers.screen")
    );
    assert_eq!(origin("Parameters.parameter[4].resource.code.coding[0].code"), of("DG1[1]-3.1", "F1", "diagnoses"));
    assert_eq!(origin("Parameters.parameter[4].resource.recordedDate"), of("DG1[1]", "F1", "diagnoses"));
    assert_eq!(origin("Parameters.parameter[6].valueBoolean"), of("intent", "", "triggers.screen"));
}

#[test]
fn provenance_names_only_elements_that_are_in_the_payload() {
    for payload in [eligibility(), alignment(), unalignment()] {
        let body = json(&payload);
        for entry in &payload.provenance {
            let pointer =
                entry.element.strip_prefix("Parameters").unwrap().replace('[', "/").replace(']', "").replace('.', "/");
            assert!(body.pointer(&pointer).is_some(), "{}", entry.element);
        }
    }
}

#[test]
fn what_is_missing_is_named_with_its_element_and_its_hl7_field() {
    let person = "Parameters.parameter[2].resource";
    type Change = fn(&mut Chart);
    let cases: [(&str, Change, String, &str); 9] = [
        ("mbi-missing", |chart| chart.mbi = None, format!("{person}.identifier[0].value"), "IN2-6"),
        ("name-missing", |chart| chart.name = None, format!("{person}.name[0]"), "PID-5"),
        (
            "name-missing",
            |chart| {
                let name = &mut chart.name.as_mut().unwrap().value;
                name.family.clear();
                name.given = vec![String::new()];
            },
            format!("{person}.name[0]"),
            "PID-5",
        ),
        (
            "name-undecodable",
            |chart| chart.name.as_mut().unwrap().value.given.push("Ren\u{fffd}".to_owned()),
            format!("{person}.name[0]"),
            "MSH-18",
        ),
        ("gender-missing", |chart| chart.gender = None, format!("{person}.gender"), "PID-8"),
        ("birth-date-missing", |chart| chart.birth_date = None, format!("{person}.birthDate"), "PID-7"),
        (
            "birth-date-invalid",
            |chart| chart.birth_date.as_mut().unwrap().value = "1951-04".to_owned(),
            format!("{person}.birthDate"),
            "PID-7",
        ),
        (
            "mbi-form",
            |chart| chart.mbi.as_mut().unwrap().value = "3AA1-AA1-AA11".to_owned(),
            format!("{person}.identifier[0].value"),
            "PID-3",
        ),
        (
            "condition-missing",
            |chart| chart.diagnoses.clear(),
            "Parameters.parameter[4].resource.code".to_owned(),
            "DG1-3",
        ),
    ];
    for (code, change, location, field) in cases {
        let issues = refusal(&align(), change);
        let issue = issues.iter().find(|issue| issue.code == code).unwrap_or_else(|| panic!("{code}: {issues:?}"));
        assert_eq!(issue.location, location, "{code}");
        assert!(issue.hint.as_deref().unwrap_or_default().contains(field), "{code}: {issue:?}");
        assert!(issue.blocks());
    }
}

#[test]
fn everything_missing_is_told_at_once() {
    let issues = refusal(&align(), |chart| {
        chart.mbi = None;
        chart.name = None;
        chart.birth_date = None;
    });
    let codes: Vec<&str> = issues.iter().map(|issue| issue.code.as_str()).collect();
    assert_eq!(codes, ["mbi-missing", "name-missing", "birth-date-missing"]);
}

#[test]
fn requests_that_decide_too_little_are_refused() {
    let unalign =
        |reason: Option<&str>| Intent { reason: reason.map(str::to_owned), ..intent(Operation::Unalign, Track::Msk) };
    let with = |codes: &[&str]| Intent { conditions: codes.iter().map(|code| (*code).to_owned()).collect(), ..align() };
    let cases = [
        (Intent { provider_referral: None, ..align() }, "provider-referral-missing", "ZAC-5"),
        (unalign(None), "reason-missing", "ZAC-4"),
        (unalign(Some("moved")), "reason-unknown", "ZAC-4"),
        (Intent { track: Track::from("ckm"), ..align() }, "track-unknown", "ZAC-3"),
        (with(&["E11.65"]), "condition-unknown", "DG1-3"),
        (with(&["I10"]), "condition-not-in-track", "DG1-3"),
        (intent(Operation::ReportData, Track::Ckm), "operation-unsupported", "align"),
        (intent(Operation::from("enrol"), Track::Ckm), "operation-unsupported", "align"),
    ];
    for (intent, code, field) in cases {
        let issues = refusal(&intent, |_| {});
        let issue = issues.iter().find(|issue| issue.code == code).unwrap_or_else(|| panic!("{code}: {issues:?}"));
        assert!(issue.hint.as_deref().unwrap_or_default().contains(field), "{issue:?}");
    }
}

#[test]
fn exclusion_without_an_excluding_diagnosis_is_refused() {
    let exclude =
        Intent { reason: Some("no-longer-clinically-eligible".to_owned()), ..intent(Operation::Unalign, Track::Ckm) };
    let issues = refusal(&exclude, |chart| chart.diagnoses.retain(|diagnosis| diagnosis.code == "I10"));
    assert_eq!(issues[0].code, "reason-needs-condition");
    assert_eq!(issues[0].location, "Parameters.parameter[5].resource.code");
}

#[test]
fn participants_are_known_have_a_payer_and_offer_the_track() {
    let chart = document(&chart());
    let code = |profile: &access_mappings::Profile, participant: &str| {
        compose(profile, participant, &align(), &chart).map_err(|issues| issues[0].code.clone()).unwrap_err()
    };
    assert_eq!(code(profile(), "ACCES99999"), "participant-unknown");
    let mut changed = profile().clone();
    changed.participants[0].tracks = vec!["MSK".to_owned()];
    assert_eq!(code(&changed, PARTICIPANT), "track-not-offered");
    changed.participants[0].payer.clear();
    assert_eq!(code(&changed, PARTICIPANT), "payer-missing");
}

#[test]
fn sample_numbers_go_out_only_where_the_site_allows_them() {
    let mut chart = chart();
    chart.mbi.as_mut().unwrap().value = "1EG4TE5MK73".to_owned();
    let chart = document(&chart);
    assert!(compose(profile(), PARTICIPANT, &align(), &chart).is_ok());
    let mut strict = profile().clone();
    strict.mbi.allow_placeholders = false;
    let issues = compose(&strict, PARTICIPANT, &align(), &chart).unwrap_err();
    assert_eq!(issues[0].code, "mbi-placeholder");
}

#[test]
fn a_chart_of_a_later_version_or_no_chart_is_refused() {
    for (chart, code) in [("", "chart-unreadable"), ("{\"schema\":9999}", "chart-newer")] {
        assert_eq!(compose(profile(), PARTICIPANT, &align(), chart).unwrap_err()[0].code, code);
    }
}

#[test]
fn no_issue_quotes_a_value() {
    let issues = refusal(&Intent { conditions: vec!["E11.65".to_owned()], ..align() }, |chart| {
        chart.mbi.as_mut().unwrap().value = "3AA1-AA1-AA11".to_owned();
        chart.birth_date.as_mut().unwrap().value = "12.04.1951".to_owned();
    });
    let said = format!("{issues:?}");
    for value in ["3AA1", "1951", "E11.65", "O'Tester", "Paula"] {
        assert!(!said.contains(value), "{value}");
    }
}

#[test]
fn what_validation_doubts_travels_with_the_payload() {
    let mut doubted = chart();
    doubted.mbi.as_mut().unwrap().value = "3AA1AA1AAA1".to_owned();
    let check = intent(Operation::CheckEligibility, Track::Ckm);
    let payload = compose(profile(), PARTICIPANT, &check, &document(&doubted)).unwrap();
    let codes: Vec<&str> = payload.issues.iter().map(|issue| issue.code.as_str()).collect();
    assert_eq!(codes, ["mbi-positions"]);
    assert!(compose(profile(), PARTICIPANT, &check, &document(&chart())).unwrap().issues.is_empty());
}
