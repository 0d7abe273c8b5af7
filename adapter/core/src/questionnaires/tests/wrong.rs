//! Answers that are wrong: told to the sender, and not used until they are corrected.

use super::super::{Asked, select};
use super::kit::{SITE, Sample, at, csv, entries, example, facts_of, found, hl7v2, order, oru, read, resource};

/// What is told of a sample, from each format; the places differ. And whether it is used.
fn told(sample: &Sample) -> (Vec<String>, bool) {
    let mut all: Vec<(Vec<String>, bool)> = Vec::new();
    for feed in [hl7v2(sample), resource(sample).to_string(), csv(sample)] {
        let codes: Vec<String> = found(&read(&feed).issues).into_iter().map(|(code, _)| code).collect();
        let track = facts_of(sample.instrument).tracks[0].as_str();
        let asked = Asked { track, from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
        let selection = select(&SITE, &asked, &entries(&feed));
        // Said again where it matters; that answers of an example have no words is said there alone.
        let again = selection.issues.iter().map(|issue| issue.code.clone());
        let again: Vec<String> = again.filter(|code| code != "questionnaire-answer-wordless").collect();
        assert_eq!(again, codes, "{feed}");
        all.push((codes, !selection.chosen.is_empty()));
    }
    let first = all.remove(0);
    assert!(all.iter().all(|other| *other == first), "{first:?} {all:?}");
    first
}

#[test]
fn what_is_wrong_is_told_and_not_used() {
    for (sample, codes) in [
        (example("PHQ-9").answer("phq9-3", "4").score(""), &["questionnaire-answer-range"][..]),
        (example("PHQ-9").answer("phq9-3", "-1").score(""), &["questionnaire-answer-range"]),
        (example("PHQ-9").answer("phq9-3", "1.5").score(""), &["questionnaire-answer-range"]),
        (example("WHODAS").answer("whodas-s1", "0").score(""), &["questionnaire-answer-range"]),
        (example("PROMIS-NRS").answer("nrs-1", "11"), &["questionnaire-answer-range"]),
        (example("QuickDASH").answer("qd-1", "6"), &["questionnaire-answer-range"]),
        (example("PHQ-9").score("8"), &["questionnaire-score-contradicts"]),
        (example("WHODAS").score("29"), &["questionnaire-score-contradicts"]),
        // The sum where the percentage is due.
        (example("ODI").score("19"), &["questionnaire-score-contradicts"]),
        (example("NDI").score("20"), &["questionnaire-score-contradicts"]),
        (example("QuickDASH").score("33"), &["questionnaire-score-contradicts"]),
        (example("PROMIS-PF").score("18"), &["questionnaire-score-contradicts"]),
        (example("KOOS-JR").score("101"), &["questionnaire-score-invalid"]),
        (example("PROMIS-PI-CAT").score("-3"), &["questionnaire-score-invalid"]),
        (example("GAD-7").answer("gad7-2", "").score(""), &["questionnaire-incomplete"]),
        (example("ODI").answer("odi-8", "").answer("odi-1", "").score(""), &["questionnaire-incomplete"]),
        (
            example("PHQ-9").answer("phq9-1", "").answer("phq9-2", "").answer("phq9-3", "").score(""),
            &["questionnaire-incomplete"],
        ),
        (
            example("PHQ-9").answer("phq9-1", "9").answer("phq9-2", "7").score("50"),
            &["questionnaire-answer-range", "questionnaire-answer-range"],
        ),
    ] {
        let (told, used) = told(&sample);
        assert_eq!(told, codes, "{sample:?}");
        assert!(!used, "{sample:?}");
    }
}

#[test]
fn what_may_be_missing_may_be_missing() {
    for (sample, scores) in [
        (example("PHQ-9").answer("phq9-1", "").answer("phq9-2", "").score(""), "5"),
        (example("PHQ-9").answer("phq9-10", ""), "7"),
        (example("ODI").answer("odi-8", "").score(""), "37.78"),
        (example("ODI").answer("odi-8", "").score("38"), "38"),
        (example("QuickDASH").answer("qd-11", "").score(""), "50"),
        (example("WHODAS").answer("whodas-h2", ""), "26"),
    ] {
        let (told, used) = told(&sample);
        assert!(told.is_empty() && used, "{sample:?} {told:?}");
        let track = facts_of(sample.instrument).tracks[0].as_str();
        let asked = Asked { track, from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
        let entries = entries(&hl7v2(&sample));
        let chosen = &select(&SITE, &asked, &entries).chosen[0];
        assert_eq!(chosen.scores[0].value, scores, "{sample:?}");
    }
}

/// Eight answers of a PHQ-8 were reported as a PHQ-9 with one missing, and a form of eight items as that of six.
#[test]
fn what_a_feed_calls_something_else_is_not_taken_for_an_instrument_of_the_guide() {
    let phq8 = || example("PHQ-9").answer("phq9-9", "").answer("phq9-10", "").score("7");
    for (sample, code, is_used) in [
        (phq8(), "PHQ8", false),
        (phq8(), "VISIT", false),
        (phq8(), "phq9", true),
        (phq8(), "", true),
        (example("PHQ-9"), "DEPRESSION", true),
        (example("PHQ-9").answer("phq9-10", "").score(""), "DEPRESSION", true),
        (example("GAD-7"), "MOOD", true),
        (example("PROMIS-PF"), "promis-physical-function-8b", false),
        (example("PROMIS-PF"), "promis-physical-function", false),
        (example("PROMIS-PF"), "promis-physical-function-6b", true),
        (example("PROMIS-PF"), "", true),
        (example("PROMIS-PI"), "PI-8a", false),
        (example("PROMIS-PI-CAT"), "PAIN", false),
        (example("PROMIS-PI-CAT"), "", true),
    ] {
        let named = if code.is_empty() { String::new() } else { format!("{code}^Invented^L") };
        let rows = order("F200", &named, "20260115103000+0000", &super::kit::rows(&sample));
        let message = oru("20260115104500+0000", &rows);
        let mut tree = resource(&sample);
        tree["questionnaire"] = format!("https://ehr.example/Questionnaire/{code}|1.0").into();
        if code.is_empty() {
            tree.as_object_mut().unwrap().remove("questionnaire");
        }
        let track = facts_of(sample.instrument).tracks[0].as_str();
        let asked = Asked { track, from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
        for feed in [message, tree.to_string()] {
            let told: Vec<String> = found(&read(&feed).issues).into_iter().map(|(code, _)| code).collect();
            let chosen = select(&SITE, &asked, &entries(&feed)).chosen.len();
            let expected = if is_used { Vec::new() } else { vec!["questionnaire-unknown".to_owned()] };
            assert_eq!((told, chosen), (expected, usize::from(is_used)), "{code} {feed}");
        }
    }
}

#[test]
fn a_site_says_that_a_name_of_its_own_is_an_instrument_of_the_guide() {
    let sample = example("PHQ-9").answer("phq9-9", "").score("");
    let mut profile = SITE.clone();
    profile.codes.questionnaires = vec![access_mappings::QuestionCode {
        code: "DEPRESSION".to_owned(),
        system: None,
        instrument: "PHQ-9".to_owned(),
        link: None,
    }]
    .into();
    let rows = order("F200", "DEPRESSION^Invented^L", "20260115103000+0000", &super::kit::rows(&sample));
    let feed = oru("20260115104500+0000", &rows);
    let asked = Asked { track: "BH", from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
    let used = |profile| select(profile, &asked, &super::kit::entries_by(profile, &feed)).chosen.len();
    assert_eq!((used(&SITE), used(&profile)), (0, 1));
    // Words name it, too.
    let in_words = |words: &str| {
        let rows = order("F200", &format!("^{words}"), "20260115103000+0000", &super::kit::rows(&sample));
        select(&SITE, &asked, &entries(&oru("20260115104500+0000", &rows))).chosen.len()
    };
    assert_eq!((in_words("PHQ-8"), in_words("phq 9")), (0, 1));
    // An order that is an item or a score of the instrument names nothing else.
    let feed =
        oru("20260115104500+0000", &order("F200", "44261-6^^LN", "20260115103000+0000", &super::kit::rows(&sample)));
    assert_eq!(select(&SITE, &asked, &entries(&feed)).chosen.len(), 1);
}

/// A stated total that filled the gaps of the answers was reported, so that total and items contradicted each other.
#[test]
fn of_a_sum_with_gaps_what_the_answers_give_is_reported() {
    let asked = Asked { track: "BH", from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
    let chosen = |stated: &str| {
        let sample = example("PHQ-9").answer("phq9-1", "").score(stated);
        let selection = select(&SITE, &asked, &entries(&hl7v2(&sample)));
        let scores: Vec<_> = selection.chosen.iter().flat_map(|one| &one.scores).cloned().collect();
        let codes: Vec<String> = selection.issues.into_iter().map(|issue| issue.code).collect();
        (scores.into_iter().map(|score| (score.value, score.computed)).collect::<Vec<_>>(), codes)
    };
    let told = vec!["questionnaire-score-recomputed".to_owned()];
    assert_eq!(chosen("8"), (vec![("6".to_owned(), true)], told));
    assert_eq!(chosen("6"), (vec![("6".to_owned(), false)], Vec::new()));
    // No answer to the gap gives so much.
    assert_eq!(chosen("10"), (Vec::new(), vec!["questionnaire-score-contradicts".to_owned()]));
}

#[test]
fn a_site_says_how_many_may_be_missing() {
    let mut profile = SITE.clone();
    profile.reports.may_miss.insert("GAD-7".to_owned(), 1);
    profile.reports.may_miss.insert("PHQ-9".to_owned(), 0);
    let asked = Asked { track: "BH", from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
    let used = |sample: &Sample| !select(&profile, &asked, &entries(&hl7v2(sample))).chosen.is_empty();
    assert!(used(&example("GAD-7").answer("gad7-2", "").score("")));
    assert!(!used(&example("PHQ-9").answer("phq9-2", "").score("")));
}

#[test]
fn an_item_that_does_not_count_is_left_out_where_it_is_wrong() {
    let sample = example("WHODAS").answer("whodas-h1", "31");
    assert_eq!(told(&sample), (vec!["questionnaire-answer-range".to_owned()], true));
    let asked = Asked { track: "BH", from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
    let entries = entries(&hl7v2(&sample));
    let selection = select(&SITE, &asked, &entries);
    let links: Vec<&str> = selection.chosen[0].items.iter().map(|item| item.link.as_str()).collect();
    assert!(!links.contains(&"whodas-h1") && links.contains(&"whodas-h2"));
    assert!(selection.issues[0].message.contains("it is used without"));
}

#[test]
fn issues_name_the_item_and_its_place_and_no_answer() {
    let sample = example("PHQ-9").answer("phq9-3", "4").score("");
    let issues = read(&hl7v2(&sample)).issues;
    let issue = issues.iter().find(|issue| issue.code == "questionnaire-answer-range").unwrap();
    assert_eq!((issue.location.as_str(), issue.rule.as_deref()), ("OBX[3]-5", Some("PHQ-9")));
    assert_eq!(issue.message, "PHQ-9: the answer to `phq9-3` is not one from 0 to 3; the response is not used");
    assert_eq!(
        found(&read(&resource(&sample).to_string()).issues),
        [at("questionnaire-answer-range", "QuestionnaireResponse.item[2]")]
    );
    assert_eq!(found(&read(&csv(&sample)).issues), [at("questionnaire-answer-range", "row 2, column 8")]);
    let sample = example("NDI").score("20");
    assert_eq!(found(&read(&hl7v2(&sample)).issues), [at("questionnaire-score-contradicts", "OBX[11]-5")]);
}

#[test]
fn an_answer_code_of_another_list_is_not_understood_and_another_ordinal_contradicts() {
    let answer = |coding: &str| {
        let mut tree = resource(&example("PHQ-9").score(""));
        tree["item"][0]["answer"][0]["valueCoding"] = serde_json::from_str(coding).unwrap();
        found(&read(&tree.to_string()).issues).into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    let ordinal = r#""extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":2}]"#;
    let loinc = r#""system":"http://loinc.org","code""#;
    // LA6568-5 is 0 here and 5 in another list.
    assert_eq!(answer(&format!("{{{loinc}:\"LA6568-5\"}}")), [""; 0]);
    assert_eq!(answer(&format!("{{{ordinal},{loinc}:\"LA6568-5\"}}")), ["questionnaire-answer-contradicts"]);
    assert_eq!(answer(&format!("{{{loinc}:\"LA13863-8\"}}")), ["questionnaire-answer-unknown"]);
    assert_eq!(answer(&format!("{{{ordinal},{loinc}:\"LA13863-8\"}}")), ["questionnaire-answer-contradicts"]);
    assert_eq!(answer(r#"{"display":"words"}"#), ["questionnaire-answer-unknown"]);
}

#[test]
fn a_code_that_is_not_known_here_counts_by_the_ordinal_beside_it() {
    let mut tree = resource(&example("KOOS-JR"));
    let coding = &mut tree["item"][0]["answer"][0]["valueCoding"];
    coding["code"] = "LA137-2".into();
    coding["extension"][0]["valueDecimal"] = 0.into();
    assert_eq!(found(&read(&tree.to_string()).issues), []);
    // One that the list has under another code cannot be it.
    tree["item"][0]["answer"][0]["valueCoding"]["extension"][0]["valueDecimal"] = 2.into();
    let place = "QuestionnaireResponse.item[0]";
    assert_eq!(found(&read(&tree.to_string()).issues), [at("questionnaire-answer-contradicts", place)]);
}
