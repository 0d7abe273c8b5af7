//! The programme's rules for reports, one by one.

use super::kit::{Answer, Kit, OTHERS, Payload, STRANGER, US, start};
use super::sheets::{BH, CKM, ECKM, MSK, code_of, report};
use serde_json::{Value, json};

/// Somebody aligned to us for that many days, with those reports.
async fn aligned_with(scenario: &str, track: &str, days_ago: u16, reports: &str) -> Kit {
    let alignment =
        format!("{{ participant = \"{US}\", track = \"{track}\", days_ago = {days_ago}, reports = [{reports}] }}");
    start(&format!("{scenario}\n[[beneficiary]]\nmbi = \"{STRANGER}\"\nalignments = [{alignment}]")).await
}

async fn aligned(track: &str, days_ago: u16, reports: &str) -> Kit {
    aligned_with("", track, days_ago, reports).await
}

fn past(kind: &str, days_ago: u16) -> String {
    format!("{{ type = \"{kind}\", days_ago = {days_ago} }}")
}

/// Measures a track's report usually holds; the end of the period needs more in two tracks.
fn usual(track: &str, kind: &str) -> Vec<&'static str> {
    let measures = match track {
        "CKM" => CKM,
        "eCKM" => ECKM,
        "MSK" => MSK,
        _ => BH,
    };
    let mut measures = measures.to_vec();
    if kind == "end-of-period" && matches!(track, "MSK" | "BH") {
        measures.push("PGIC");
    }
    measures
}

/// Days later a report is sent; tells its result.
async fn later(kit: &mut Kit, days: u32, track: &str, kind: &str, bundle: &str) -> String {
    kit.running.handle().advance_days(days);
    kit.renew().await;
    kit.result_of(&report(STRANGER, track, kind, &usual(track, kind), bundle)).await
}

#[tokio::test]
async fn a_whole_year_of_reports_is_taken_in_every_track() {
    for track in ["eCKM", "CKM", "MSK", "BH"] {
        let mut kit = aligned(track, 0, "").await;
        assert_eq!(later(&mut kit, 30, track, "baseline", "b").await, "success", "{track}");
        for number in 1..=3 {
            let bundle = format!("q{number}");
            assert_eq!(later(&mut kit, 90, track, "quarterly", &bundle).await, "success", "{track} {number}");
        }
        assert_eq!(later(&mut kit, 90, track, "end-of-period", "e").await, "success", "{track}");
        let counts: Vec<(String, u64)> =
            kit.running.handle().results().into_iter().map(|count| (count.result, count.count)).collect();
        assert_eq!(counts, [("success".to_owned(), 5)]);
    }
}

#[tokio::test]
async fn the_baseline_is_taken_up_to_day_60_and_on_day_61_nobody_is_aligned() {
    assert_eq!(later(&mut aligned("CKM", 0, "").await, 60, "CKM", "baseline", "r").await, "success");
    let mut kit = aligned("CKM", 0, "").await;
    assert_eq!(later(&mut kit, 61, "CKM", "baseline", "r").await, "patient-not-aligned");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "CKM"), None);
}

#[tokio::test]
async fn a_scenario_may_keep_the_alignment_without_a_baseline() {
    let keep = "[reporting]\nmissing_baseline = \"keep\"";
    let mut kit = aligned_with(keep, "CKM", 0, "").await;
    assert_eq!(later(&mut kit, 61, "CKM", "baseline", "r").await, "reporting-period-closed");
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "CKM").as_deref(), Some(US));
}

#[tokio::test]
async fn a_quarter_runs_from_day_70_to_110_after_the_last_report() {
    for (days, expected) in
        [(69, "reporting-period-closed"), (70, "success"), (110, "success"), (111, "reporting-period-closed")]
    {
        let mut kit = aligned("CKM", 20, &past("baseline", 0)).await;
        assert_eq!(later(&mut kit, days, "CKM", "quarterly", "r").await, expected, "day {days} after the baseline");
    }
    // Before the next quarter begins, the one that was reported is still the period.
    for (days, expected) in [(69, "duplicate"), (70, "success"), (111, "reporting-period-closed")] {
        let reports = format!("{}, {}", past("baseline", 80), past("quarterly", 0));
        let mut kit = aligned("CKM", 100, &reports).await;
        assert_eq!(later(&mut kit, days, "CKM", "quarterly", "r").await, expected, "day {days} after a quarter");
    }
    let mut kit = aligned("CKM", 30, "").await;
    assert_eq!(later(&mut kit, 0, "CKM", "quarterly", "r").await, "reporting-period-closed", "without a baseline");
}

#[tokio::test]
async fn the_end_of_the_period_is_taken_early_and_up_to_day_425() {
    for (track, first) in [("eCKM", 275), ("CKM", 275), ("MSK", 185), ("BH", 185)] {
        for (day, expected) in [
            (first - 1, "reporting-period-closed"),
            (first, "success"),
            (425, "success"),
            (426, "reporting-period-closed"),
        ] {
            let mut kit = aligned(track, 60, &past("baseline", 0)).await;
            assert_eq!(later(&mut kit, day - 60, track, "end-of-period", "r").await, expected, "{track} day {day}");
        }
    }
    // After it, there is no quarter any more.
    let mut kit = aligned("BH", 280, &format!("{}, {}", past("baseline", 250), past("quarterly", 75))).await;
    assert_eq!(later(&mut kit, 0, "BH", "end-of-period", "e").await, "success");
    assert_eq!(later(&mut kit, 1, "BH", "quarterly", "q").await, "reporting-period-closed");
}

#[tokio::test]
async fn windows_may_be_others() {
    let scenario = "[reporting]\nbaseline_days = 10\nquarterly_days = [5, 6]\nend_of_period_days = { BH = [8, 9] }";
    let mut kit = aligned_with(scenario, "BH", 0, "").await;
    assert_eq!(later(&mut kit, 2, "BH", "baseline", "b").await, "success");
    assert_eq!(later(&mut kit, 5, "BH", "quarterly", "q").await, "success");
    assert_eq!(later(&mut kit, 3, "BH", "end-of-period", "e").await, "reporting-period-closed");
    let mut kit = aligned_with(scenario, "BH", 0, "").await;
    assert_eq!(later(&mut kit, 11, "BH", "baseline", "b").await, "patient-not-aligned");
}

#[tokio::test]
async fn a_second_report_for_one_period_is_a_duplicate_whatever_its_identifier() {
    let mut kit = aligned("CKM", 0, "").await;
    assert_eq!(later(&mut kit, 1, "CKM", "baseline", "one").await, "success");
    for bundle in ["one", "two"] {
        assert_eq!(later(&mut kit, 1, "CKM", "baseline", bundle).await, "duplicate");
    }
}

#[tokio::test]
async fn an_identifier_that_a_report_was_taken_under_is_a_duplicate_in_the_next_period_too() {
    let mut kit = aligned("CKM", 0, "").await;
    assert_eq!(later(&mut kit, 1, "CKM", "baseline", "one").await, "success");
    assert_eq!(later(&mut kit, 80, "CKM", "quarterly", "one").await, "duplicate");
    assert_eq!(later(&mut kit, 0, "CKM", "quarterly", "two").await, "success");
}

#[tokio::test]
async fn an_identifier_of_a_report_that_was_not_taken_may_be_used_again() {
    let kit = aligned("BH", 0, "").await;
    let part = report(STRANGER, "BH", "baseline", &["PHQ-9"], "one");
    assert_eq!(kit.result_of(&part).await, "incomplete-data");
    assert_eq!(kit.result_of(&report(STRANGER, "BH", "baseline", BH, "one")).await, "success");
}

#[tokio::test]
async fn a_new_alignment_has_periods_of_its_own() {
    let kit = aligned("BH", 0, "").await;
    assert_eq!(kit.result_of(&report(STRANGER, "BH", "baseline", BH, "one")).await, "success");
    assert_eq!(kit.result_of(&super::kit::unalign(STRANGER, "BH", "loss-of-contact")).await, "unaligned");
    assert_eq!(kit.result_of(&report(STRANGER, "BH", "baseline", BH, "two")).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&super::kit::align(STRANGER, "BH")).await, "aligned");
    assert_eq!(kit.result_of(&report(STRANGER, "BH", "baseline", BH, "three")).await, "success");
}

#[tokio::test]
async fn a_report_needs_the_alignment_of_that_participant_and_track() {
    let kit = aligned("CKM", 10, "").await;
    let send = |track: &str| report(STRANGER, track, "baseline", &usual(track, "baseline"), "r");
    assert_eq!(kit.result_of(&send("eCKM")).await, "incorrect-track");
    assert_eq!(kit.result_of(&send("BH")).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&send("CKM").from(OTHERS)).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&send("eCKM").from(OTHERS)).await, "patient-not-aligned");
    let stranger = report("2CC1DD2EE35", "CKM", "baseline", CKM, "r");
    assert_eq!(kit.result_of(&stranger).await, "patient-not-aligned");
    assert_eq!(kit.result_of(&send("CKM")).await, "success");
}

/// The final answer of an incomplete report.
async fn incomplete(kit: &Kit, payload: &Payload) -> Answer {
    let answer = kit.finish(&kit.submit(payload).await).await;
    assert_eq!(answer.result(), "incomplete-data");
    answer
}

#[tokio::test]
async fn each_missing_measure_is_named_by_its_code_and_the_window_stays_open() {
    let kit = aligned("CKM", 0, "").await;
    let part: Vec<&str> = CKM.iter().copied().filter(|name| !["BMI", "uACR"].contains(name)).collect();
    let body = incomplete(&kit, &report(STRANGER, "CKM", "baseline", &part, "one")).await.json();
    assert_eq!(body["meta"]["profile"][0].as_str().unwrap().rsplit('/').next(), Some("access-submission-status-out"));
    let parameter = &body["parameter"][1];
    assert_eq!(
        (&parameter["name"], &parameter["resource"]["resourceType"]),
        (&json!("issues"), &json!("OperationOutcome"))
    );
    let issues = parameter["resource"]["issue"].as_array().unwrap();
    let expression = |code: &str| {
        json!([format!(
            "Bundle.entry[0].resource.section.where(code.coding.code='CKM').section.where(code.coding.code='{code}')"
        )])
    };
    assert_eq!(issues.len(), 2);
    for (issue, name) in issues.iter().zip(["BMI", "uACR"]) {
        assert_eq!((&issue["severity"], &issue["code"]), (&json!("warning"), &json!("required")));
        assert_eq!(issue["expression"], expression(code_of(name)));
        assert!(issue["details"]["text"].as_str().unwrap().contains("baseline report for CKM"));
    }
    assert_eq!(kit.result_of(&report(STRANGER, "CKM", "baseline", CKM, "two")).await, "success");
}

#[tokio::test]
async fn issues_may_stand_loose_with_a_bare_text_and_titles() {
    let scenario = "[reporting]\nissues = \"stray\"\nexpression = \"text\"\nexpression_by = \"title\"";
    let kit = aligned_with(scenario, "MSK", 0, "").await;
    let body = incomplete(&kit, &report(STRANGER, "MSK", "baseline", &["PROMIS-PF", "PROMIS-NRS"], "r")).await.json();
    let loose = &body["parameter"][1];
    assert_eq!((loose.get("name"), &loose["resourceType"]), (None, &json!("OperationOutcome")));
    let title = |name: &str| format!("Composition.section.where(title = 'MSK').section.where(title = '{name}')");
    let both = format!("{} | {}", title("PROMIS-PI"), title("PROMIS-PI-CAT"));
    assert_eq!(loose["issue"].as_array().unwrap().len(), 1);
    assert_eq!(loose["issue"][0]["expression"], json!(both));
}

#[tokio::test]
async fn what_a_report_must_hold_depends_on_track_and_type() {
    for (track, kind, measures, missing) in [
        ("CKM", "quarterly", &["HbA1c", "blood-pressure"][..], 0),
        ("CKM", "quarterly", &["weight"], 2),
        ("CKM", "end-of-period", ECKM, 0),
        ("eCKM", "quarterly", &["blood-pressure"], 0),
        ("eCKM", "quarterly", &["HbA1c"], 1),
        ("MSK", "quarterly", &["PROMIS-PF-CAT", "PROMIS-PI", "PROMIS-NRS"], 0),
        ("MSK", "end-of-period", MSK, 1),
        ("BH", "quarterly", BH, 0),
        ("BH", "end-of-period", BH, 1),
    ] {
        let kit = aligned(track, 300, &format!("{}, {}", past("baseline", 250), past("quarterly", 90))).await;
        let answer = kit.finish(&kit.submit(&report(STRANGER, track, kind, measures, "r")).await).await;
        let found = answer.json()["parameter"][1]["resource"]["issue"].as_array().map_or(0, Vec::len);
        assert_eq!((found, answer.result() == "success"), (missing, missing == 0), "{track} {kind} {measures:?}");
    }
}

#[tokio::test]
async fn a_scenario_may_require_something_else() {
    let kit = aligned_with("[reporting.required.BH]\nbaseline = [\"GAD-7 | WHODAS\"]", "BH", 0, "").await;
    assert_eq!(kit.result_of(&report(STRANGER, "BH", "baseline", &["PHQ-9"], "one")).await, "incomplete-data");
    assert_eq!(kit.result_of(&report(STRANGER, "BH", "baseline", &["WHODAS"], "two")).await, "success");
}

#[tokio::test]
async fn a_section_that_says_nothing_does_not_count() {
    let absent = |resource: &mut Value| {
        resource.as_object_mut().unwrap().remove("valueQuantity");
        resource["dataAbsentReason"] = json!({ "text": "refused" });
    };
    let half = |resource: &mut Value| {
        resource["component"].as_array_mut().unwrap().pop();
    };
    let unanswered = |resource: &mut Value| resource["item"][0]["answer"] = json!([]);
    for (track, measures, name, change) in [
        ("CKM", CKM, "HbA1c", absent as fn(&mut Value)),
        ("CKM", CKM, "blood-pressure", half),
        ("BH", BH, "GAD-7", unanswered),
    ] {
        let kit = aligned(track, 0, "").await;
        let body =
            incomplete(&kit, &report(STRANGER, track, "baseline", measures, "r").resource(name, change)).await.json();
        let issues = body["parameter"][1]["resource"]["issue"].as_array().unwrap();
        assert_eq!(issues.len(), 1, "{name}");
        assert!(issues[0]["expression"][0].as_str().unwrap().contains(code_of(name)), "{name}");
    }
    // A panel counts by its results.
    let panel = |result: &str| {
        let resource =
            json!({ "resourceType": "DiagnosticReport", "id": "panel", "result": [{ "reference": result }] });
        report(STRANGER, "CKM", "baseline", CKM, result)
            .with_entry(&resource)
            .sections(|sections| sections[1]["entry"][0]["reference"] = "DiagnosticReport/panel".into())
    };
    let kit = aligned("CKM", 0, "").await;
    assert_eq!(kit.result_of(&panel("Observation/elsewhere")).await, "incomplete-data");
    assert_eq!(kit.result_of(&panel("Observation/lipids")).await, "success");
}

#[tokio::test]
async fn more_than_two_unanswered_items_make_a_phq_9_incomplete() {
    let without = |count: usize| {
        report(STRANGER, "BH", "baseline", BH, &format!("r-{count}")).resource("PHQ-9", |response| {
            response["item"].as_array_mut().unwrap().drain(..count);
        })
    };
    let kit = aligned("BH", 0, "").await;
    let body = incomplete(&kit, &without(3)).await.json();
    let issues = body["parameter"][1]["resource"]["issue"].as_array().unwrap();
    assert_eq!((issues.len(), &issues[0]["code"]), (1, &json!("incomplete")));
    assert!(issues[0]["details"]["text"].as_str().unwrap().starts_with("PHQ-9: 3 items"));
    assert!(issues[0]["expression"][0].as_str().unwrap().contains("44249-1"));
    assert_eq!(kit.result_of(&without(2)).await, "success");
    let strict = aligned_with("[reporting]\nunanswered = 0", "BH", 0, "").await;
    assert_eq!(strict.result_of(&without(1)).await, "incomplete-data");
}

#[tokio::test]
async fn an_alignment_on_record_had_its_baseline_on_its_last_day_unless_the_record_says_otherwise() {
    let unsaid = |days: u16| {
        format!(
            "[[beneficiary]]\nmbi = \"{STRANGER}\"\nalignments = [{{ participant = \"{US}\", track = \"CKM\", days_ago = {days} }}]"
        )
    };
    let quarter = || report(STRANGER, "CKM", "quarterly", CKM, "r");
    assert_eq!(start(&unsaid(129)).await.result_of(&quarter()).await, "reporting-period-closed");
    assert_eq!(start(&unsaid(130)).await.result_of(&quarter()).await, "success");
    let baseline = || report(STRANGER, "CKM", "baseline", CKM, "r");
    assert_eq!(start(&unsaid(60)).await.result_of(&baseline()).await, "success");
    assert_eq!(start(&unsaid(61)).await.result_of(&baseline()).await, "duplicate");
    assert_eq!(aligned("CKM", 61, "").await.result_of(&baseline()).await, "patient-not-aligned");
}

#[tokio::test]
async fn reports_of_the_default_population_are_what_the_remarks_say() {
    let scenario = crate::Scenario::default_population().unwrap();
    let mut kit = super::kit::start_with(scenario, crate::Options::default()).await;
    let quarterly = report("1AA0AA0AA22", "CKM", "quarterly", &["HbA1c", "blood-pressure"], "one");
    assert_eq!(kit.result_of(&quarterly).await, "success");
    kit.running.handle().advance_days(10);
    assert_eq!(kit.running.handle().aligned_to("1AA0AA0AA23", "MSK").as_deref(), Some(US));
    kit.running.handle().advance_days(1);
    assert_eq!(kit.running.handle().aligned_to("1AA0AA0AA23", "MSK"), None);
    kit.renew().await;
    assert_eq!(kit.result_of(&report("1AA0AA0AA23", "MSK", "baseline", MSK, "two")).await, "patient-not-aligned");
}
