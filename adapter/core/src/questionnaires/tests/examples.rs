//! The totals of the guide's own examples.

use super::super::{Asked, select};
use super::kit::{ALL, SITE, entries, example, facts_of, hl7v2, resource};

fn asked(track: &str) -> Asked<'_> {
    Asked { track, from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None }
}

#[test]
fn what_the_examples_state_agrees_and_is_sent_as_it_was_written() {
    for instrument in ALL {
        let sample = example(instrument);
        let track = facts_of(instrument).tracks[0].as_str();
        let entries = entries(&resource(&sample).to_string());
        let selection = select(&SITE, &asked(track), &entries);
        assert_eq!(selection.issues, [], "{instrument}");
        let [chosen] = selection.chosen.as_slice() else { panic!("{instrument}") };
        let scores: Vec<(String, String)> =
            chosen.scores.iter().map(|score| (score.link.clone(), score.value.clone())).collect();
        assert_eq!(scores, sample.scores, "{instrument}");
        assert!(chosen.scores.iter().all(|score| !score.computed));
        assert_eq!(chosen.items.len(), sample.answers.len());
    }
}

#[test]
fn totals_are_computed_where_the_rule_is_arithmetic_and_never_else() {
    for (instrument, computed) in [
        ("PHQ-9", &[("total-score", "7")][..]),
        ("GAD-7", &[("total-score", "6")]),
        ("WHODAS", &[("total-score", "26")]),
        ("PROMIS-PF", &[("raw_score", "17")]),
        ("PROMIS-PI", &[("raw_score", "15")]),
        ("ODI", &[("score", "38")]),
        ("NDI", &[("total-score", "40")]),
        ("QuickDASH", &[("score", "50")]),
        ("KOOS-JR", &[]),
        ("HOOS-JR", &[]),
    ] {
        let sample = example(instrument).score("");
        let track = facts_of(instrument).tracks[0].as_str();
        let selection = select(&SITE, &asked(track), &entries(&hl7v2(&sample)));
        let [chosen] = selection.chosen.as_slice() else { panic!("{instrument}: {:?}", selection.issues) };
        let scores: Vec<(&str, &str)> =
            chosen.scores.iter().map(|score| (score.link.as_str(), score.value.as_str())).collect();
        assert_eq!(scores, computed, "{instrument}");
        assert!(chosen.scores.iter().all(|score| score.computed));
        // What only the owner's table tells is said to be missing.
        let owned = facts_of(instrument).scores.iter().filter(|score| score.rule == "owner").count();
        let told: Vec<&str> = selection.issues.iter().map(|issue| issue.code.as_str()).collect();
        let told: Vec<&str> = told.into_iter().filter(|code| *code != "questionnaire-answer-wordless").collect();
        assert_eq!(told, vec!["questionnaire-score-missing"; owned], "{instrument}");
    }
}

#[test]
fn an_adaptive_test_needs_its_score() {
    for instrument in ["PROMIS-PF-CAT", "PROMIS-PI-CAT"] {
        let selection = select(&SITE, &asked("MSK"), &entries(&hl7v2(&example(instrument).score(""))));
        assert!(selection.chosen.is_empty());
        assert_eq!(selection.issues[0].code, "questionnaire-score-missing");
    }
}
