//! The programme's rules, one by one.

use super::kit::{Kit, OTHERS, Payload, STRANGER, US, align, eligibility, start, unalign};
use crate::{Beneficiary, Scenario};

/// A scenario with one beneficiary.
async fn with(keys: &str) -> Kit {
    start(&format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\n{keys}")).await
}

async fn eligibility_of(keys: &str, track: &str) -> String {
    with(keys).await.result_of(&eligibility(STRANGER, track)).await
}

async fn alignment_of(keys: &str, track: &str) -> String {
    with(keys).await.result_of(&align(STRANGER, track)).await
}

fn held(participant: &str, track: &str, days_ago: u16) -> String {
    format!("alignments = [{{ participant = \"{participant}\", track = \"{track}\", days_ago = {days_ago} }}]")
}

#[tokio::test]
async fn somebody_unknown_is_eligible_with_a_diagnosis_and_pending_without() {
    let kit = start("").await;
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM")).await, "eligible-pending-diagnosis");
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM").with_condition("E11.9")).await, "eligible");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "CKM"), None, "a check aligned somebody");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "aligned");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "CKM").as_deref(), Some(US));
}

#[tokio::test]
async fn somebody_unknown_may_be_outside_medicare_instead() {
    let kit = start("[programme]\nunknown_mbi = \"not-medicare\"").await;
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM")).await, "not-eligible-not-medicare");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-not-medicare");
}

#[tokio::test]
async fn a_diagnosis_on_record_counts_only_where_the_request_brings_none() {
    let keys = "diagnoses = [\"E11.9\"]";
    assert_eq!(eligibility_of(keys, "CKM").await, "eligible");
    assert_eq!(eligibility_of(keys, "MSK").await, "not-eligible-diagnoses");
    let kit = with(keys).await;
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM").with_condition("M17.11")).await, "not-eligible-diagnoses");
    let wrong = align(STRANGER, "CKM").without("condition").with_condition("M17.11");
    assert_eq!(kit.result_of(&wrong).await, "not-aligned-diagnoses");
}

#[tokio::test]
async fn a_diagnosis_without_its_dot_or_no_longer_current_does_not_qualify() {
    let kit = start("").await;
    let of = |code: &str| eligibility(STRANGER, "CKM").with_condition(code);
    assert_eq!(kit.result_of(&of("E119")).await, "not-eligible-diagnoses");
    let refuted = align(STRANGER, "CKM").change("condition", |parameter| {
        parameter["resource"]["verificationStatus"]["coding"][0]["code"] = "refuted".into();
    });
    assert_eq!(kit.result_of(&refuted).await, "not-aligned-diagnoses");
    let resolved = align(STRANGER, "CKM").change("condition", |parameter| {
        parameter["resource"]["clinicalStatus"]["coding"][0]["code"] = "resolved".into();
    });
    assert_eq!(kit.result_of(&resolved).await, "not-aligned-diagnoses");
}

#[tokio::test]
async fn medicare_services_and_exclusions_refuse() {
    for (keys, reason) in [
        ("medicare = false", "not-medicare"),
        ("services = true", "services"),
        ("excluded_from = [\"CKM\"]", "clinical-exclusion"),
        ("diagnoses = [\"N18.6\"]", "clinical-exclusion"),
        ("control_group = { days_ago = 0 }", "control-group"),
    ] {
        assert_eq!(eligibility_of(keys, "CKM").await, format!("not-eligible-{reason}"), "{keys}");
        assert_eq!(alignment_of(keys, "CKM").await, format!("not-aligned-{reason}"), "{keys}");
    }
    assert_eq!(alignment_of("excluded_from = [\"CKM\"]", "MSK").await, "aligned");
    let kit = start("").await;
    assert_eq!(kit.result_of(&align(STRANGER, "CKM").with_condition("N18.6")).await, "not-aligned-clinical-exclusion");
}

#[tokio::test]
async fn the_control_group_ends_after_twelve_months() {
    let mut kit = with("control_group = { days_ago = 0 }").await;
    let handle = kit.running.handle().clone();
    handle.advance_days(364);
    kit.renew().await;
    assert_eq!(kit.result_of(&align(STRANGER, "BH")).await, "not-aligned-control-group");
    handle.advance_days(1);
    kit.renew().await;
    assert_eq!(kit.result_of(&align(STRANGER, "BH")).await, "aligned");
}

#[tokio::test]
async fn demographics_must_be_those_on_record() {
    let matching = "family = \"EXAMPLE\"\ngiven = \"person\"\nbirth_date = \"1950-01-31\"\ngender = \"female\"";
    assert_eq!(alignment_of(matching, "CKM").await, "aligned");
    for keys in [
        "family = \"Exam-ple\"",
        "family = \"Example Jr\"",
        "given = \"Persona\"",
        "birth_date = \"1950-01-30\"",
        "gender = \"male\"",
    ] {
        assert_eq!(eligibility_of(keys, "CKM").await, "not-eligible-mismatch", "{keys}");
        assert_eq!(alignment_of(keys, "CKM").await, "not-aligned-mismatch", "{keys}");
    }
}

#[tokio::test]
async fn names_are_compared_with_hyphen_and_apostrophe_and_without_case() {
    let kit = with("family = \"O'Brien-Smith\"\ngiven = \"Mary Kate\"").await;
    let named = |family: &str, given: &[&str]| {
        eligibility(STRANGER, "CKM").patient(|patient| {
            patient["name"] = serde_json::json!([
                { "use": "maiden", "family": "Before" },
                { "use": "official", "family": family, "given": given },
            ]);
        })
    };
    assert_eq!(kit.result_of(&named("O'BRIEN-SMITH", &["MARY", "KATE"])).await, "eligible-pending-diagnosis");
    assert_eq!(kit.result_of(&named("o'brien-smith", &["Mary Kate"])).await, "eligible-pending-diagnosis");
    for (family, given) in
        [("OBrien-Smith", &["Mary", "Kate"][..]), ("O'Brien Smith", &["Mary", "Kate"]), ("O'Brien-Smith", &["Mary"])]
    {
        assert_eq!(kit.result_of(&named(family, given)).await, "not-eligible-mismatch");
    }
}

#[tokio::test]
async fn within_the_lock_in_nobody_else_may_align_in_the_family() {
    for track in ["CKM", "eCKM"] {
        let keys = held(OTHERS, "CKM", 89);
        assert_eq!(eligibility_of(&keys, track).await, "not-eligible-already-aligned");
        let attested = align(STRANGER, track).attested();
        assert_eq!(with(&keys).await.result_of(&attested).await, "not-aligned-already-aligned");
    }
    assert_eq!(alignment_of(&held(OTHERS, "CKM", 0), "BH").await, "aligned");
}

#[tokio::test]
async fn after_the_lock_in_a_switch_needs_attestation_and_moves_the_alignment() {
    let kit = with(&held(OTHERS, "CKM", 90)).await;
    let handle = kit.running.handle();
    let check = eligibility(STRANGER, "CKM");
    assert_eq!(kit.result_of(&check).await, "eligible-switch-participants");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-no-switch-attestation");
    assert_eq!(handle.aligned_to(STRANGER, "CKM").as_deref(), Some(OTHERS));
    assert_eq!(kit.result_of(&align(STRANGER, "CKM").attested()).await, "aligned-switch-approved");
    assert_eq!(handle.aligned_to(STRANGER, "CKM").as_deref(), Some(US));
    // The old participant has nothing left to unalign, and the lock-in starts anew.
    let leave = |participant| unalign(STRANGER, "CKM", "patient-initiated").from(participant);
    assert_eq!(kit.result_of(&leave(OTHERS)).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&leave(US)).await, "cannot-unalign-during-lock-in");
}

#[tokio::test]
async fn a_switch_needs_a_diagnosis_too() {
    let kit = with(&held(OTHERS, "CKM", 90)).await;
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM").with_condition("I10")).await, "not-eligible-diagnoses");
    let wrong = align(STRANGER, "CKM").attested().without("condition").with_condition("I10");
    assert_eq!(kit.result_of(&wrong).await, "not-aligned-diagnoses");
}

#[tokio::test]
async fn a_switch_without_attestation_may_be_a_400_at_once_or_on_the_poll() {
    let scenario = |rule: &str| {
        let keys = held(OTHERS, "CKM", 120);
        format!("[programme]\nswitch_attestation = \"{rule}\"\n[[beneficiary]]\nmbi = \"{STRANGER}\"\n{keys}")
    };
    let text = "Switch consent attestation is required when patient is switching participants after lock-in period";
    let kit = start(&scenario("http-400")).await;
    let refused = kit.submit(&align(STRANGER, "CKM")).await;
    assert_eq!((refused.status, refused.issue()), (400, ("required".to_owned(), text.to_owned())));
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 0);

    let kit = start(&scenario("poll-400")).await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let refused = kit.finish(&accepted).await;
    assert_eq!((refused.status, refused.issue()), (400, ("required".to_owned(), text.to_owned())));
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 1);
}

#[tokio::test]
async fn an_attestation_that_is_not_needed_does_no_harm() {
    let kit = start("").await;
    assert_eq!(kit.result_of(&align(STRANGER, "MSK").attested()).await, "aligned");
}

#[tokio::test]
async fn aligned_to_the_same_participant_is_already_aligned_however_long() {
    for days in [10, 300] {
        assert_eq!(eligibility_of(&held(US, "CKM", days), "CKM").await, "not-eligible-already-aligned");
        assert_eq!(alignment_of(&held(US, "CKM", days), "CKM").await, "not-aligned-already-aligned");
    }
}

#[tokio::test]
async fn the_same_participant_moves_from_eckm_to_ckm_in_two_calls() {
    let kit = with(&held(US, "eCKM", 10)).await;
    assert_eq!(
        kit.result_of(&eligibility(STRANGER, "CKM").with_condition("E11.9")).await,
        "not-eligible-already-aligned"
    );
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-already-aligned");
    assert_eq!(kit.result_of(&unalign(STRANGER, "eCKM", "no-longer-clinically-eligible")).await, "unaligned");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "aligned");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "eCKM"), None);
}

#[tokio::test]
async fn another_participant_takes_over_from_eckm_to_ckm_at_any_time_with_attestation() {
    let kit = with(&held(OTHERS, "eCKM", 10)).await;
    assert_eq!(kit.result_of(&eligibility(STRANGER, "eCKM")).await, "not-eligible-already-aligned");
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM")).await, "eligible-switch-participants");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-no-switch-attestation");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM").attested()).await, "aligned-switch-approved");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "eCKM"), None);
}

#[tokio::test]
async fn unaligning_ends_the_alignment_of_that_participant_and_track_only() {
    let kit = with(&held(US, "CKM", 100)).await;
    let leave = |track, participant| unalign(STRANGER, track, "loss-of-contact").from(participant);
    assert_eq!(kit.result_of(&leave("CKM", OTHERS)).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&leave("eCKM", US)).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&leave("MSK", US)).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&leave("CKM", US)).await, "unaligned");
    assert_eq!(kit.result_of(&leave("CKM", US)).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&unalign("2CC1DD2EE35", "CKM", "loss-of-contact")).await, "patient-not-aligned");
}

#[tokio::test]
async fn the_lock_in_blocks_the_reasons_the_scenario_names_until_it_is_over() {
    let keys = held(US, "CKM", 89);
    let mut kit = with(&keys).await;
    assert_eq!(kit.result_of(&unalign(STRANGER, "CKM", "patient-initiated")).await, "cannot-unalign-during-lock-in");
    kit.running.handle().advance_days(1);
    kit.renew().await;
    assert_eq!(kit.result_of(&unalign(STRANGER, "CKM", "patient-initiated")).await, "unaligned");

    for reason in ["geographic-relocated", "loss-of-contact", "no-longer-clinically-eligible"] {
        assert_eq!(with(&keys).await.result_of(&unalign(STRANGER, "CKM", reason)).await, "unaligned");
    }
    let strict = format!(
        "[programme]\nlock_in_blocks = [\"patient-initiated\", \"loss-of-contact\"]\n[[beneficiary]]\nmbi = \"{STRANGER}\"\n{keys}"
    );
    let answer = start(&strict).await.result_of(&unalign(STRANGER, "CKM", "loss-of-contact")).await;
    assert_eq!(answer, "cannot-unalign-during-lock-in");
}

#[tokio::test]
async fn a_pending_unalignment_leaves_the_alignment_standing() {
    let kit = with(&format!("{}\npending_unalign = true", held(US, "BH", 200))).await;
    assert_eq!(kit.result_of(&unalign(STRANGER, "BH", "geographic-relocated")).await, "unalignment-pending");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "BH").as_deref(), Some(US));
}

#[tokio::test]
async fn a_beneficiary_can_be_added_and_replaced_while_it_runs() {
    let kit = start("").await;
    let handle = kit.running.handle();
    let mut record = Beneficiary { services: true, ..Beneficiary::new(STRANGER) };
    handle.add_beneficiary(record.clone()).unwrap();
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-services");
    record.services = false;
    handle.add_beneficiary(record.clone()).unwrap();
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "aligned");
    assert_eq!(handle.accepted("align", STRANGER, "CKM"), 2, "the count was lost with the record");
    record.excluded_from = vec!["nope".to_owned()];
    assert!(handle.add_beneficiary(record).is_err());
    assert!(handle.add_beneficiary(Beneficiary::new("1-2-3")).is_err());
}

/// The request a beneficiary of the default scenario would be shown with.
fn as_recorded(payload: Payload, record: &Beneficiary) -> Payload {
    payload.patient(|patient| {
        let set = |value: &Option<String>, fallback: &str| value.clone().unwrap_or_else(|| fallback.to_owned());
        patient["name"] = serde_json::json!([{
            "family": set(&record.family, "Nobody").to_uppercase(),
            "given": [set(&record.given, "Nemo")],
        }]);
        patient["birthDate"] = set(&record.birth_date, "1940-01-01").into();
        patient["gender"] = set(&record.gender, "other").into();
    })
}

#[tokio::test]
async fn everybody_in_the_default_population_is_what_the_remark_says() {
    let scenario = Scenario::default_population().unwrap();
    let people = scenario.beneficiaries.clone();
    let kit = super::kit::start_with(scenario, crate::Options::default()).await;
    let one = |number: usize| people.iter().find(|person| person.mbi == format!("1AA0AA0AA{number:02}")).unwrap();
    for (number, track, expected) in [
        (1, "eCKM", "eligible"),
        (1, "CKM", "eligible"),
        (1, "MSK", "eligible"),
        (1, "BH", "eligible"),
        (2, "CKM", "eligible-pending-diagnosis"),
        (3, "CKM", "not-eligible-control-group"),
        (4, "CKM", "eligible"),
        (5, "CKM", "not-eligible-already-aligned"),
        (5, "eCKM", "not-eligible-already-aligned"),
        (6, "CKM", "eligible-switch-participants"),
        (7, "CKM", "not-eligible-not-medicare"),
        (8, "CKM", "not-eligible-services"),
        (9, "CKM", "not-eligible-clinical-exclusion"),
        (9, "eCKM", "not-eligible-clinical-exclusion"),
        (10, "MSK", "not-eligible-clinical-exclusion"),
        (10, "CKM", "eligible-pending-diagnosis"),
        (11, "CKM", "eligible-pending-diagnosis"),
        (12, "CKM", "not-eligible-already-aligned"),
        (15, "CKM", "not-eligible-already-aligned"),
        (16, "CKM", "eligible-pending-diagnosis"),
    ] {
        let person = one(number);
        let result = kit.result_of(&as_recorded(eligibility(&person.mbi, track), person)).await;
        assert_eq!(result, expected, "beneficiary {number} in {track}");
    }
    assert_eq!(kit.result_of(&eligibility(&one(11).mbi, "CKM")).await, "not-eligible-mismatch");
    for (number, track, reason, expected) in [
        (12, "CKM", "patient-initiated", "unaligned"),
        (13, "MSK", "patient-initiated", "cannot-unalign-during-lock-in"),
        (14, "BH", "loss-of-contact", "unalignment-pending"),
        (15, "eCKM", "no-longer-clinically-eligible", "unaligned"),
    ] {
        assert_eq!(kit.result_of(&unalign(&one(number).mbi, track, reason)).await, expected, "beneficiary {number}");
    }
}

#[tokio::test]
async fn the_faults_of_the_default_population_meet_those_they_are_for() {
    let scenario = Scenario::default_population().unwrap();
    let mut kit = super::kit::start_with(scenario, crate::Options::default()).await;
    let refused = kit.submit(&align("1AA0AA0AA17", "CKM")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("2")));
    assert_eq!(kit.result_of(&align("1AA0AA0AA17", "CKM")).await, "aligned");

    assert!(kit.try_submit(&align("1AA0AA0AA18", "CKM")).await.is_none());
    assert_eq!(kit.running.handle().accepted("align", "1AA0AA0AA18", "CKM"), 1);

    let accepted = kit.submit(&align("1AA0AA0AA19", "CKM")).await;
    assert_eq!(kit.finish(&accepted).await.status, 401);
    kit.renew().await;
    assert_eq!(kit.finish(&accepted).await.result(), "aligned");

    let accepted = kit.submit(&align("1AA0AA0AA20", "CKM")).await;
    let throttled = kit.finish(&accepted).await;
    assert_eq!((throttled.status, throttled.header("content-type")), (429, Some("text/html; charset=utf-8")));
    assert_eq!(kit.finish(&accepted).await.result(), "aligned");

    let failed = kit.finish(&kit.submit(&align("1AA0AA0AA21", "CKM")).await).await;
    assert_eq!((failed.status, failed.json()["issue"].as_array().unwrap().len()), (400, 2));
}
