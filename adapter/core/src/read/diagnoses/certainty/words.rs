//! Words of doubt beside a code (ICD-10-CM Official Guidelines, section IV.H: an uncertain diagnosis is not coded as one).
//!
//! Only words about the whole diagnosis count, at its beginning or its end: "hypertension, history of stroke" doubts nothing. No name of a
//! code that qualifies for a track is doubted by them; remission is in several of these names and is no doubt.

use access_mappings::in_words;

/// What a text says about its diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing to the contrary.
    Stated,
    /// It is suspected, denied, or past.
    Doubted,
    /// The person does not have it.
    RuledOut,
}

/// That it is not decided, wherever they stand.
const UNDECIDED: [&str; 3] = [" NOT RULED OUT ", " NOT YET RULED OUT ", " BE RULED OUT "];

/// Words that a diagnosis begins with that is doubted, denied, past or somebody else's. What follows a comma is about something else.
const BEFORE: [&str; 61] = [
    "SUSPECTED",
    "SUSPECT",
    "SUSPICION OF",
    "SUSPICION FOR",
    "SUSPICIOUS FOR",
    "POSSIBLE",
    "POSSIBLY",
    "PROBABLE",
    "PROBABLY",
    "LIKELY",
    "PRESUMED",
    "PRESUMPTIVE",
    "QUESTIONABLE",
    "QUESTION OF",
    "COMPATIBLE WITH",
    "CONSISTENT WITH",
    "CONCERN FOR",
    "CONCERNING FOR",
    "WORKING DIAGNOSIS",
    "EVALUATE FOR",
    "EVALUATION FOR",
    "SCREENING FOR",
    "AT RISK",
    "DENIES",
    "DENIED",
    "NEGATIVE FOR",
    "WITHOUT EVIDENCE",
    "NO EVIDENCE",
    "NO SIGN OF",
    "NO SIGNS OF",
    "NO SIGN OR SYMPTOM",
    "NO SIGNS OR SYMPTOMS",
    "NO HISTORY",
    "NO HX",
    "NO KNOWN HISTORY",
    "NO KNOWN HX",
    "NO LONGER HAS",
    "NO LONGER PRESENT",
    "NOT PRESENT",
    "NOT FOUND",
    "NOT CONFIRMED",
    "NOT SUSPECTED",
    "NOT LIKELY",
    "DOES NOT HAVE",
    "DOESNT HAVE",
    "RESOLVED",
    "HISTORY",
    "HX",
    "H O",
    "PERSONAL HISTORY",
    "PERSONAL HX",
    "PAST HISTORY",
    "PAST HX",
    "PAST MEDICAL HISTORY",
    "PMH",
    "FAMILY HISTORY",
    "FAMILY HX",
    "FAMILY H O",
    "FAM HX",
    "FHX",
    "FH OF",
];

/// The same words where nothing is denied: headings of a part of the record.
const HEADING: [&str; 4] = ["HISTORY OF PRESENT ", "HISTORY AND PHYSICAL ", "HISTORY & PHYSICAL ", "HX OF PRESENT "];

/// What "no", "no known", "not" and "no longer" deny the disease itself with. Behind them also stands what nobody wrote down ("not on file"),
/// and what the person does not have beside the disease.
const DENIED: [&str; 27] = [
    "ANXIETY",
    "ARTHRITIS",
    "CAD",
    "CHRONIC KIDNEY DISEASE",
    "CHRONIC PAIN",
    "CKD",
    "CORONARY ARTERY DISEASE",
    "DEPRESSED",
    "DEPRESSION",
    "DIABETES",
    "DIABETIC",
    "DM",
    "DM2",
    "DYSLIPIDEMIA",
    "HEART DISEASE",
    "HTN",
    "HYPERLIPIDEMIA",
    "HYPERTENSION",
    "HYPERTENSIVE",
    "OBESE",
    "OBESITY",
    "PREDIABETES",
    "PREDIABETIC",
    "T2DM",
    "TYPE 1 DIABETES",
    "TYPE 2 DIABETES",
    "TYPE II DIABETES",
];

/// Words that one ends with, after a comma or in brackets.
const BEHIND: [&str; 25] = [
    "SUSPECTED",
    "POSSIBLE",
    "PROBABLE",
    "QUESTIONABLE",
    "PRESUMED",
    "DENIED",
    "DENIES",
    "ABSENT",
    "NEGATIVE",
    "NOT PRESENT",
    "NOT FOUND",
    "NO EVIDENCE",
    "INACTIVE",
    "RESOLVED",
    "HISTORY",
    "HISTORY OF",
    "PAST HISTORY",
    "PERSONAL HISTORY",
    "PERSONAL HISTORY OF",
    "HX",
    "HX OF",
    "H/O",
    "FAMILY HISTORY",
    "FAMILY HISTORY OF",
    "FAMILY HX",
];

/// Judges a text.
pub(super) fn judge(text: &str) -> Said {
    let text = text.trim().to_uppercase();
    let words = format!(" {}", in_words(&text));
    let undecided = UNDECIDED.iter().any(|phrase| words.contains(phrase));
    if words.contains(" RULED OUT ") && !undecided {
        return Said::RuledOut;
    }
    let open = undecided || words.contains(" RULE OUT ") || has_rule_out(&text);
    if open || is_doubted_before(&text, words.trim_start()) || is_doubted_behind(&text) {
        Said::Doubted
    } else {
        Said::Stated
    }
}

/// Whether "rule out" is written short, as a word of its own.
fn has_rule_out(text: &str) -> bool {
    let is_apart = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
    text.match_indices("R/O").any(|(start, found)| {
        let (before, behind) = (text.get(..start), text.get(start + found.len()..));
        is_apart(before.and_then(|text| text.chars().next_back()))
            && is_apart(behind.and_then(|text| text.chars().next()))
    })
}

fn is_doubted_before(text: &str, words: &str) -> bool {
    // By itself it is the heading of a column.
    if words == "HISTORY " || HEADING.iter().any(|heading| words.starts_with(heading)) {
        return false;
    }
    let begins = |words: &str, phrase: &str| words.strip_prefix(phrase).is_some_and(|rest| rest.starts_with(' '));
    let denied = ["NO KNOWN ", "NO LONGER ", "NO ", "NOT A ", "NOT "].iter().find_map(|no| words.strip_prefix(no));
    text.starts_with('?')
        || denied.is_some_and(|rest| DENIED.iter().any(|disease| begins(rest, disease)))
        || BEFORE.iter().any(|phrase| begins(words, phrase))
}

fn is_doubted_behind(text: &str) -> bool {
    let text = text.trim_end_matches([')', ']', '.', ' ']);
    // A hyphen inside a word sets nothing apart: "RF-negative" is about something else.
    let apart = |rest: &str| {
        let end = rest.trim_end();
        end.ends_with([',', ';', ':', '–', '(', '['])
            || end.strip_suffix('-').is_some_and(|before| end.len() < rest.len() || before.ends_with(' '))
    };
    // "Diabetes resolved" says it without a comma, "unresolved" the contrary, and behind a comma it is about a complication.
    let of_whole =
        |rest: &str| !rest.ends_with("NOT") && !rest.contains([',', ';']) && rest.rfind('(') <= rest.rfind(')');
    let is_past = text.strip_suffix(" RESOLVED").is_some_and(of_whole);
    text.ends_with('?') || is_past || BEHIND.iter().any(|words| text.strip_suffix(words).is_some_and(apart))
}

#[cfg(test)]
mod tests {
    use super::{Said, judge};

    #[test]
    fn words_about_the_whole_diagnosis_doubt_it() {
        for text in [
            "Suspected diabetes",
            "possible hypertension",
            " Probable  CKD",
            "?HTN",
            "Denies diabetes",
            "History of hypertension",
            "H/O: hypertension",
            "hx of HTN",
            "Rule out hypertension",
            "R/O hypertension",
            "Hypertension, not ruled out",
            "Hypertension (suspected)",
            "Hypertension - possible.",
            "R/O: diabetes",
            "Type 2 diabetes (R/O)",
            "Diabetes r/o",
            "Rule-out diabetes",
            "Diabetes, can't be ruled out",
            "Family hx of diabetes",
            "Family history: diabetes",
            "FHx diabetes",
            "Hx: diabetes",
            "Diabetes mellitus, family history of",
            "Diabetes (H/O)",
            "No evidence of diabetes mellitus",
            "No known diabetes",
            "Not diabetic",
            "No diabetes",
            "No type 2 diabetes",
            "No longer diabetic",
            "Not found",
            "No history of hypertension",
            "Diabetes- denied",
            "Diabetes -resolved",
            "Diabetes mellitus (type 2) resolved",
            "Negative for diabetes",
            "Screening for diabetes",
            "Diabetes - denied",
            "Diabetes mellitus, resolved",
            "Diabetes mellitus (resolved).",
            "Diabetes mellitus resolved",
            "Resolved: diabetes",
            "Diabetes mellitus (inactive)",
            "Diabetes?",
            "Diabetes mellitus (?)",
        ] {
            assert_eq!(judge(text), Said::Doubted, "{text}");
        }
        for text in ["Hypertension, ruled out", "Diabetes (ruled-out)"] {
            assert_eq!(judge(text), Said::RuledOut, "{text}");
        }
    }

    #[test]
    fn words_about_something_else_doubt_nothing() {
        for text in [
            "",
            "Hypertension",
            "Hypertension, history of stroke",
            "Diabetes with possible complications",
            "Suspectedly misspelt",
            "Historyof",
            "As good as possible",
            "Type 2 diabetes mellitus without complications",
            "Type 2 diabetes mellitus without complications in remission",
            "Type 2 diabetes mellitus with diabetic macular edema, resolved following treatment, right eye",
            "Major depressive disorder, single episode, in full remission",
            "Unspecified rotator cuff tear or rupture of right shoulder, not specified as traumatic",
            "Bipolar disorder, unspecified, not elsewhere classified",
            "Fear of other medical care",
            "Hypertension with history of stroke",
            "Diabetes, no known complication",
            "No known complications of type 2 diabetes",
            "Depression, not resolved",
            "Pain, unresolved",
            "Diabetes with no evidence of retinopathy",
            "Nonrheumatic mitral valve disorder",
            "Familial hypercholesterolemia (FH)",
            "Not on file",
            "Not specified",
            "NOT AVAILABLE",
            "No description",
            "NO DESCRIPTION AVAILABLE",
            "No data",
            "NO KNOWN ALLERGIES",
            "History",
            "History of present illness: T2DM",
            "Not at goal type 2 DM",
            "No longer on insulin type 2 diabetes",
            "Rheumatoid arthritis, RF-negative",
            "Rheumatoid arthritis (anti-CCP-negative)",
            "Type 2 diabetes mellitus, ketoacidosis resolved",
            "Type 2 diabetes mellitus (ketoacidosis resolved)",
            "Type 2 diabetes mellitus, hyperglycemia resolved",
        ] {
            assert_eq!(judge(text), Said::Stated, "{text}");
        }
    }
}
