//! The feeds of tests/fixtures/fhir, and that they lead to what the same news leads to as HL7 v2.

use super::support::*;
use crate::facts::{Certainty, Observed, Stated};
use access_contract::Verdict;
use access_mappings::{EventEffect, PlanClass};

/// What is asked for after some feeds.
fn payloads(feeds: &[&str]) -> Vec<(String, String, String)> {
    let mut host = Host::default();
    for feed in feeds {
        if feed.ends_with(".ndjson") {
            lines(feed).iter().for_each(|line| host.take(line.as_bytes()));
        } else {
            host.take(&fixture(feed));
        }
    }
    host.payloads
}

#[test]
fn each_kind_of_feed_leads_to_the_payload_of_its_hl7_v2_message() {
    for (fhir, hl7) in [
        ("collection-eckm.json", "a04-eckm.hl7"),
        ("transaction-ckm.json", "a01-ckm.hl7"),
        ("message-msk.json", "a04-msk.hl7"),
        ("searchset-bh.json", "a28-bh.hl7"),
        ("contained-payor.json", "a04-eckm.hl7"),
        ("bulk.ndjson", "a04-eckm.hl7"),
        ("medicare-advantage.json", "medicare-advantage.hl7"),
    ] {
        let expected = payloads(&[hl7]);
        assert_eq!(expected.is_empty(), fhir == "medicare-advantage.json", "{hl7}");
        let mut found = payloads(&[fhir]);
        if fhir == "bulk.ndjson" {
            // Each line that adds to the picture may ask again; the host sends what was asked last.
            found.drain(..found.len() - 1);
        }
        assert_eq!(found, expected, "{fhir}");
    }
}

#[test]
fn two_patients_of_one_bundle_are_two_subjects() {
    let found = payloads(&["several-patients.json"]);
    assert_eq!(found.iter().map(|(_, track, _)| track.as_str()).collect::<Vec<_>>(), ["eCKM", "BH"]);
    let both = [payloads(&["a04-eckm.hl7"]), payloads(&["a28-bh.hl7"])].concat();
    assert_eq!(found, both);
}

/// A value must be traceable to what said it, also where the Bundle has no id.
#[test]
fn a_feed_without_an_id_is_known_by_the_records_that_state_its_facts() {
    let mut tree = tree("searchset-bh.json");
    let bundle = tree.as_object_mut().unwrap();
    assert!(bundle.remove("id").or(bundle.remove("identifier")).is_some());
    let (facts, issues) = only(&tree);
    assert!(codes(&issues).contains(&"control-id-missing"), "{issues:?}");
    let Some(Stated::Set(name)) = &facts.name else { panic!() };
    assert!(name.from.feed.starts_with("Patient/"), "{}", name.from.feed);
    let diagnoses = facts.diagnoses.as_ref().unwrap();
    assert!(diagnoses.iter().all(|diagnosis| diagnosis.from.feed.starts_with("Condition/")), "{diagnoses:?}");
    assert!(facts.plans.iter().flatten().all(|plan| plan.from.feed.starts_with("Coverage/")), "{:?}", facts.plans);
}

#[test]
fn a_lone_patient_states_what_a_pid_states() {
    let (facts, issues) = only(&tree("patient.json"));
    assert_eq!(issues, []);
    let Some(Stated::Set(name)) = &facts.name else { panic!() };
    assert_eq!((name.value.family.as_str(), name.from.path.as_str()), ("Okafor", "Patient.name[0]"));
    let mbi = facts.mbi.as_ref().unwrap();
    assert_eq!((mbi.value.as_str(), mbi.from.path.as_str()), ("5KC2HN9PR38", "Patient.identifier[1].value"));
    assert_eq!(mbi.from.feed, "Patient/walter/4");
    let keys: Vec<String> = facts.aliases.iter().map(crate::facts::Alias::key).collect();
    assert_eq!(keys, ["id:2.16.840.1.113883.19.5.77|400245", "id:fhir:|Patient/walter"]);
    let Some(Stated::Set(race)) = &facts.demographics.race else { panic!() };
    assert_eq!(race.value.categories, ["2054-5"]);
    assert!(race.from.path.starts_with("Patient.extension[0]"), "{}", race.from.path);
    let Some(Stated::Set(sex)) = &facts.demographics.birth_sex else { panic!() };
    assert_eq!((sex.value.as_str(), sex.from.path.as_str()), ("M", "Patient.extension[2].value"));
    assert!(facts.demographics.telecoms.is_some() && facts.demographics.addresses.is_some());
    assert!(facts.patient.starts_with("PID|") && facts.patient.contains("Okafor"), "{}", facts.patient);
    assert!(!facts.patient.contains("5KC2HN9PR38"));
    assert_eq!((facts.event.as_str(), facts.effect), ("FHIR^Patient", EventEffect::Snapshot));
    assert_eq!(facts.sent_at, "2026-07-14T14:15:00.000000Z");
}

#[test]
fn a_bundle_has_a_header_and_paths_into_its_entries() {
    let reading = read_tree(&tree("message-msk.json")).unwrap();
    let header = &reading.header;
    assert_eq!((header.message_type.as_str(), header.event.as_str()), ("FHIR", "Bundle-message"));
    assert_eq!(header.control_id, "urn:uuid:3d5a9f24-6c53-4a3e-9d0a-4a8f2f3b7c10");
    assert_eq!(header.sending_application, "https://engine.lakeshore.example");
    let facts = facts(&reading).remove(0);
    let rows = facts.diagnoses.unwrap();
    assert_eq!(rows[0].from.path, "Bundle.entry[2].resource.code.coding[0]");
    assert_eq!(rows[0].statement, "https://fhir.lakeshore.example/r4/Condition/m-knee");
    let plans = facts.plans.unwrap();
    assert_eq!(
        (plans[0].class, plans[0].statement.as_str()),
        (PlanClass::OriginalMedicare, "https://fhir.lakeshore.example/r4/Coverage/m-a")
    );
    assert_eq!(plans[0].from.path, "Bundle.entry[4].resource.type.coding[0].code");
}

#[test]
fn a_deleted_condition_is_withdrawn_and_the_newest_patient_counts() {
    let (facts, issues) = only(&tree("history-deleted.json"));
    assert_eq!(codes(&issues), Vec::<&str>::new());
    let row = &facts.diagnoses.as_ref().unwrap()[0];
    let statement = "https://fhir.lakeshore.example/r4/Condition/w-lipids";
    assert_eq!((row.statement.as_str(), row.certainty), (statement, Certainty::Withdrawn));
    let Some(Stated::Set(name)) = &facts.name else { panic!() };
    assert_eq!(name.from.path, "Bundle.entry[1].resource.name[0]");
    let mut host = Host::default();
    host.take(&fixture("collection-eckm.json"));
    host.take(&fixture("history-deleted.json"));
    let charts = host.charts();
    let kept: Vec<&str> =
        charts[0]["diagnoses"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(kept, ["I10"]);
}

#[test]
fn observations_are_counted_and_kept_as_they_were_written() {
    let mut observed = Vec::new();
    let mut unmapped = Vec::new();
    let mut count = 0;
    for line in lines("bulk.ndjson") {
        let reading = super::super::read(&EXAMPLE, &line).unwrap();
        count += reading.observations;
        observed.extend(facts(&reading).remove(0).observations);
        unmapped.extend(reading.unmapped);
    }
    assert_eq!(count, 4);
    let loinc: Vec<&str> = observed.iter().map(|row| row.loinc.as_str()).collect();
    assert_eq!(loinc, ["85354-9", "8480-6", "8462-4", "4548-4", ""]);
    assert_eq!(observed[0].value, Observed::Nothing);
    assert!(observed[..3].iter().all(|row| row.identifier == "https://fhir.lakeshore.example/Observation/w-bp"));
    let Observed::Quantity { value, unit, .. } = &observed[3].value else { panic!() };
    assert_eq!((value.as_str(), unit.as_str(), observed[3].at.as_str()), ("7.0", "%", "2026-07-13"));
    assert_eq!((unmapped[0].table.as_str(), unmapped[0].code.as_str()), ("observation", "GLU-POC"));
    assert_eq!(observed[4].local, "GLU-POC");
}

#[test]
fn feeds_for_training_are_refused() {
    let refusal = read_tree(&tree("training.json")).unwrap_err();
    assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::Reject, "training-message"));
    assert_eq!(refusal.issues[0].condition, Some(202));
}

#[test]
fn an_order_to_the_participant_is_a_referral() {
    let (facts, _) = only(&tree("referral.json"));
    let referral = facts.referral.unwrap();
    assert!(referral.value);
    assert_eq!(referral.from.path, "Bundle.entry[1].resource.performer");
}

#[test]
fn what_is_not_understood_is_told_and_only_modifiers_forbid_the_use() {
    let (facts, issues) = only(&tree("oddities.json"));
    for (code, path) in [
        ("extension-unknown", "Bundle.entry[0].resource.extension[3]"),
        ("element-unknown", "Bundle.entry[0].resource"),
        ("modifier-unknown", "Bundle.entry[1].resource.modifierExtension[0]"),
        ("subject-unresolved", "Bundle.entry[3].resource.subject"),
        ("resource-ignored", "Bundle.entry[4].resource"),
    ] {
        assert_eq!(at(&issues, code), path, "{code}");
    }
    let rows = facts.diagnoses.unwrap();
    assert_eq!(rows.iter().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["I10"]);
    assert_eq!(rows[0].from.path, "Bundle.entry[5].resource.entry[0].resource.code.coding[0]");
}
