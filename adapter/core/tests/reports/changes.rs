//! What changes a report, and what does not.

use crate::person::{AT, answered, chart, entries, profile, reading, request, with_more};
use access_contract::{Entry, Issue, Payload, ReportRequest};
use access_core::chart::Standing;
use access_core::report::compose_report;
use access_mappings::Profile;
use serde_json::Value;

fn composed(profile: &Profile, request: &ReportRequest) -> Payload {
    compose_report(profile, request).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

fn refused(profile: &Profile, request: &ReportRequest) -> Vec<Issue> {
    compose_report(profile, request).expect_err("it was to be refused")
}

fn bundle(payload: &Payload) -> Value {
    serde_json::from_str::<Value>(&payload.body).unwrap()["parameter"][4]["resource"].take()
}

fn identifier(payload: &Payload) -> String {
    bundle(payload)["identifier"]["value"].as_str().unwrap().to_owned()
}

/// Entries without those of some codes.
fn without(codes: &[&str]) -> Vec<Entry> {
    entries().into_iter().filter(|entry| !codes.contains(&entry.code.as_str())).collect()
}

fn sections(payload: &Payload) -> Vec<String> {
    let bundle = bundle(payload);
    let sections = bundle["entry"][0]["resource"]["section"][0]["section"].as_array().unwrap().clone();
    sections.iter().map(|section| section["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_same_bytes_have_the_same_identifier_and_another_time_another() {
    let first = request("BH", "baseline", entries());
    let later = ReportRequest { at: "2026-02-25T08:00:00Z".to_owned(), ..first.clone() };
    let (one, other) = (composed(profile(), &first), composed(profile(), &later));
    assert_eq!(composed(profile(), &first).body, one.body);
    assert_ne!(identifier(&one), identifier(&other));
    assert_eq!(
        (bundle(&one)["timestamp"].as_str(), bundle(&other)["timestamp"].as_str()),
        (Some(AT), Some("2026-02-25T08:00:00Z"))
    );
}

#[test]
fn changed_content_or_another_period_has_another_identifier() {
    let known = identifier(&composed(profile(), &request("BH", "baseline", entries())));
    let mut changed = without(&["GAD-7"]);
    changed.push(answered("GAD-7", "2026-01-21T11:00:00-06:00"));
    assert_ne!(known, identifier(&composed(profile(), &request("BH", "baseline", changed))));
    assert_ne!(known, identifier(&composed(profile(), &request("BH", "end-of-period", entries()))));
    let mut next = request("BH", "baseline", entries());
    next.intent.report.as_mut().unwrap().alignment = "another".to_owned();
    assert_ne!(known, identifier(&composed(profile(), &next)));
}

/// One such character, in a word of a question or a method, kept the whole report from being sent.
#[test]
fn control_characters_in_stored_words_stop_no_report() {
    let mut all = without(&["PHQ-9", "HbA1c"]);
    let mut response = answered("PHQ-9", "2026-01-20T11:00:00-06:00");
    response.document =
        response.document.replace("Question 1 ", "Don\u{92}t\\u000b").replace("Answer 1", "\u{85}\\u0000");
    all.push(response);
    let hba1c = entries().into_iter().find(|entry| entry.code == "HbA1c").unwrap();
    all.push(with_more(&hba1c, "stand\u{b}scale", ""));
    let behavioral = composed(profile(), &request("BH", "baseline", all.clone())).body;
    assert!(behavioral.contains("Don’t & more") && behavioral.contains("\"… \""));
    let metabolic = composed(profile(), &request("CKM", "baseline", all.clone())).body;
    assert!(metabolic.contains("\"stand scale\""));
    // Words of nothing else are none.
    let blank = with_more(&hba1c, "\u{b} ", "");
    let metabolic = composed(profile(), &request("CKM", "baseline", [without(&["HbA1c"]), vec![blank]].concat())).body;
    assert!(!metabolic.contains("\"method\""));
}

#[test]
fn what_is_missing_is_told_one_by_one_and_nothing_is_composed() {
    let found = refused(profile(), &request("BH", "end-of-period", without(&["PHQ-9", "PGIC-BH"])));
    let missing: Vec<&Issue> = found.iter().filter(|issue| issue.code == "report-needs-missing").collect();
    assert_eq!(missing.len(), 2, "{found:#?}");
    for (issue, name) in missing.iter().zip(["PHQ-9", "PGIC"]) {
        assert!(issue.message.contains(name) && issue.blocks(), "{}", issue.message);
        assert!(issue.hint.as_deref().unwrap().contains("QuestionnaireResponse"));
    }
}

/// `calendar` told "PHQ-9, PHQ-9 or GAD-7" of a patient with depression who had answered neither.
#[test]
fn a_need_that_a_narrower_one_covers_is_not_told_beside_it() {
    let found = refused(profile(), &request("BH", "baseline", without(&["PHQ-9", "GAD-7"])));
    let missing = found.iter().filter(|issue| issue.code == "report-needs-missing");
    assert!(missing.clone().any(|issue| issue.message.contains("PHQ-9")), "{found:#?}");
    assert!(missing.clone().all(|issue| !issue.message.contains(" or ")), "{found:#?}");
}

#[test]
fn one_of_several_is_enough_and_is_named_with_its_alternative() {
    let payload = composed(profile(), &request("MSK", "baseline", without(&["PROMIS-PF"])));
    assert!(sections(&payload).iter().any(|title| title.contains("Physical Function CAT")), "{:?}", sections(&payload));
    let found = refused(profile(), &request("MSK", "baseline", without(&["PROMIS-PF", "PROMIS-PF-CAT"])));
    assert!(found[0].message.contains(" or "), "{}", found[0].message);
}

#[test]
fn of_short_form_and_adaptive_test_the_later_one_is_sent() {
    let short = sections(&composed(profile(), &request("MSK", "baseline", entries())));
    assert!(!short.iter().any(|title| title.contains("CAT")), "{short:?}");
    let mut later = without(&["PROMIS-PF-CAT"]);
    later.push(answered("PROMIS-PF-CAT", "2026-02-01T11:00:00-06:00"));
    let adaptive = sections(&composed(profile(), &request("MSK", "baseline", later)));
    let forms: Vec<_> = adaptive.iter().filter(|title| title.contains("Physical Function")).collect();
    assert!(forms.len() == 1 && forms[0].contains("CAT"), "{adaptive:?}");
}

/// The short form of the evening before went before the adaptive test of the next day.
#[test]
fn of_short_form_and_adaptive_test_a_day_comes_after_the_evening_before() {
    let mut site = profile().clone();
    "America/New_York".clone_into(&mut site.reports.zone);
    let mut all = without(&["PROMIS-PF", "PROMIS-PF-CAT"]);
    all.extend(
        [("PROMIS-PF", "2026-01-14T21:00:00-05:00"), ("PROMIS-PF-CAT", "2026-01-15")]
            .map(|(code, at)| answered(code, at)),
    );
    let titles = sections(&composed(&site, &request("MSK", "baseline", all)));
    let forms: Vec<_> = titles.iter().filter(|title| title.contains("Physical Function")).collect();
    assert!(forms.len() == 1 && forms[0].contains("CAT"), "{titles:?}");
}

#[test]
fn what_no_need_names_is_not_sent() {
    let mut own = profile().clone();
    own.reports.needs.retain(|need| need.any != ["PGIC-BH"]);
    let payload = composed(&own, &request("BH", "baseline", entries()));
    assert_eq!(sections(&payload).len(), 3);
    own.reports.needs.clear();
    assert_eq!(refused(&own, &request("BH", "baseline", entries()))[0].code, "report-empty");
}

#[test]
fn additional_information_follows_the_section_of_the_track() {
    let mut own = profile().clone();
    own.reports.additional = vec!["ODI".to_owned(), "PHQ-9".to_owned(), "NDI".to_owned()];
    let payload = composed(&own, &request("BH", "baseline", entries()));
    let bundle = bundle(&payload);
    let sections = bundle["entry"][0]["resource"]["section"].as_array().unwrap();
    assert_eq!(sections.len(), 2);
    assert_eq!(sections[1]["code"]["coding"][0]["code"], "additional-information");
    let entries: Vec<_> =
        sections[1]["entry"].as_array().unwrap().iter().map(|entry| entry["reference"].as_str().unwrap()).collect();
    assert_eq!(entries, ["QuestionnaireResponse/ODI-response", "QuestionnaireResponse/NDI-response"]);
    assert!(sections[1]["text"]["div"].is_string());
}

#[test]
fn a_questionnaire_of_the_site_travels_with_its_responses() {
    let mut own = profile().clone();
    let text = r#"{"resourceType": "Questionnaire", "url": "https://clinic.example/q/phq9", "version": "2", "status": "active",
        "item": [{"linkId": "phq9-1", "type": "choice"}]}"#;
    own.reports.questionnaires.insert("PHQ-9".to_owned(), text.to_owned());
    let sent = |profile: &Profile, canonical: &str| {
        let mut all = without(&["PHQ-9"]);
        let mut response = answered("PHQ-9", "2026-01-20T11:00:00-06:00");
        let named = format!("{{\"canonical\":\"{canonical}\",");
        response.document =
            if canonical.is_empty() { response.document } else { response.document.replacen('{', &named, 1) };
        all.push(response);
        let bundle = bundle(&composed(profile, &request("BH", "baseline", all)));
        let entries = bundle["entry"].as_array().unwrap().clone();
        let canonical = entries.iter().find(|entry| entry["resource"]["id"] == "PHQ-9-response").unwrap()["resource"]["questionnaire"].clone();
        let found = entries.iter().filter(|entry| entry["resource"]["resourceType"] == "Questionnaire").count();
        (canonical.as_str().unwrap().to_owned(), found)
    };
    let own_url = "https://clinic.example/q/phq9";
    // Whatever else is named, nobody but the site could look its questionnaire up.
    for canonical in ["", "Questionnaire/abc", "https://ehr.example/Questionnaire/17", own_url] {
        assert_eq!(sent(&own, canonical), (own_url.to_owned(), 1), "{canonical}");
    }
    assert_eq!(sent(&own, "https://clinic.example/q/phq9|1"), ("https://clinic.example/q/phq9|1".to_owned(), 1));
    own.reports.canonicals.insert("PHQ-9".to_owned(), "https://clinic.example/q/phq9|2".to_owned());
    for canonical in ["", "Questionnaire/abc"] {
        assert_eq!(sent(&own, canonical), ("https://clinic.example/q/phq9|2".to_owned(), 1), "{canonical}");
    }
    own.reports.questionnaires.insert("PHQ-9".to_owned(), text.replace('/', "\\/"));
    assert_eq!(sent(&own, "Questionnaire/abc"), ("https://clinic.example/q/phq9|2".to_owned(), 1));
    own.reports.canonicals.remove("PHQ-9");
    assert_eq!(sent(&own, ""), (own_url.to_owned(), 1));
    // Without one of its own, the site's address stands for what is none.
    let site = profile();
    let (guides, ehrs) =
        ("http://example.org/Questionnaire/PHQ9Questionnaire", "urn:uuid:6f1c3a52-7b7c-4c6e-9e0e-2d4f0a7b8c11|1");
    for (canonical, expected) in
        [("Questionnaire/abc", guides), ("abc", guides), ("http:", guides), ("a b:c", guides), (ehrs, ehrs)]
    {
        assert_eq!(sent(site, canonical), (expected.to_owned(), 0), "{canonical}");
    }
}

#[test]
fn nobody_who_answers_for_it_no_name_no_canonical_no_report() {
    let mut own = profile().clone();
    own.participants[0].name = String::new();
    own.participants[0].author = None;
    own.reports.canonicals.remove("WHODAS");
    let found = refused(&own, &request("BH", "baseline", entries()));
    let codes: Vec<&str> = found.iter().filter(|issue| issue.blocks()).map(|issue| issue.code.as_str()).collect();
    assert_eq!(codes, ["report-author-missing", "report-organization-missing", "report-canonical-missing"]);
    assert!(found.iter().filter(|issue| issue.blocks()).all(|issue| issue.hint.is_some()));
}

/// A baseline that was held through an unalignment became, once approved, the baseline of the next alignment.
#[test]
fn a_report_of_a_former_alignment_is_not_composed() {
    let with = |state: &str, alignment: &str| {
        let mut chart = chart();
        let standing = Standing { state: state.to_owned(), alignment: alignment.to_owned(), ..Standing::default() };
        chart.standing.insert("CKM".to_owned(), standing);
        ReportRequest { chart: chart.write().unwrap(), ..request("CKM", "baseline", entries()) }
    };
    composed(profile(), &with("aligned", "alignment-CKM"));
    composed(profile(), &with("unalignment-pending", "alignment-CKM"));
    for (state, alignment) in [("aligned", "another"), ("unaligned", "alignment-CKM")] {
        let issues = refused(profile(), &with(state, alignment));
        assert_eq!(issues.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), ["report-alignment-ended"]);
    }
}

#[test]
fn a_request_that_is_no_report_is_refused() {
    let good = request("BH", "baseline", entries());
    let mut other = good.clone();
    other.intent.operation = access_contract::Operation::Align;
    assert_eq!(refused(profile(), &other)[0].code, "operation-unsupported");
    let mut unsaid = good.clone();
    unsaid.intent.report = None;
    assert_eq!(refused(profile(), &unsaid)[0].code, "report-period-missing");
    let mut yearly = good.clone();
    yearly.intent.report.as_mut().unwrap().kind = "end-of-year".to_owned();
    assert_eq!(refused(profile(), &yearly)[0].code, "report-type-unknown");
    let stranger = ReportRequest { participant: "ACCES99999".to_owned(), ..good.clone() };
    assert_eq!(refused(profile(), &stranger)[0].code, "participant-unknown");
    let when = ReportRequest { at: "yesterday".to_owned(), ..good.clone() };
    assert_eq!(refused(profile(), &when)[0].code, "time-invalid");
    let chart = ReportRequest { chart: "{".to_owned(), ..good };
    assert_eq!(refused(profile(), &chart)[0].code, "chart-unreadable");
}

#[test]
fn an_incomplete_person_is_refused_like_in_any_request() {
    let mut person = chart();
    person.mbi = None;
    person.birth_date = None;
    let chart = person.write().unwrap();
    let found = refused(profile(), &ReportRequest { chart, ..request("BH", "baseline", entries()) });
    let codes: Vec<&str> = found.iter().filter(|issue| issue.blocks()).map(|issue| issue.code.as_str()).collect();
    assert_eq!(codes, ["mbi-missing", "birth-date-missing"]);
    assert!(found[0].location.starts_with("Parameters.parameter[4].resource.entry[1].resource."));
}

#[test]
fn no_issue_holds_a_value_or_a_name() {
    let mut own = profile().clone();
    own.participants[0].author = None;
    for track in ["CKM", "BH"] {
        let text = format!(
            "{:?}",
            refused(&own, &request(track, "baseline", vec![reading("HbA1c", "4548-4", "7.31", "%", "2026-01-16")]))
        );
        for secret in [crate::person::MBI, crate::person::FAMILY, "7.31", "1951"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
