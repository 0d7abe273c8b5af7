//! Words of doubt beside a code (ICD-10-CM Official Guidelines, section IV.H: an uncertain diagnosis is not coded as one).
//!
//! Only words about the whole diagnosis count, at its beginning or its end: "hypertension, history of stroke" doubts nothing.

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
const UNDECIDED: [&str; 4] = ["NOT RULED OUT", "NOT BE RULED OUT", "NOT YET RULED OUT", "TO BE RULED OUT"];

/// Words that a doubted diagnosis begins with.
const BEFORE: [&str; 19] = [
    "?",
    "SUSPECTED",
    "SUSPECT",
    "SUSPICION OF",
    "POSSIBLE",
    "POSSIBLY",
    "PROBABLE",
    "PROBABLY",
    "LIKELY",
    "QUESTIONABLE",
    "COMPATIBLE WITH",
    "CONSISTENT WITH",
    "DENIES",
    "HISTORY OF",
    "PERSONAL HISTORY OF",
    "PAST HISTORY OF",
    "FAMILY HISTORY OF",
    "HX OF",
    "H/O",
];

/// Words that one ends with, after a comma or in brackets.
const BEHIND: [&str; 4] = ["SUSPECTED", "POSSIBLE", "PROBABLE", "QUESTIONABLE"];

/// Judges a text.
pub(super) fn judge(text: &str) -> Said {
    let text = text.to_uppercase();
    let text = text.trim();
    let undecided = UNDECIDED.iter().any(|words| text.contains(words));
    if text.contains("RULED OUT") && !undecided {
        return Said::RuledOut;
    }
    let open = undecided || text.contains("RULE OUT") || text.starts_with("R/O ") || text.contains(" R/O ");
    if open || is_doubted_before(text) || is_doubted_behind(text) { Said::Doubted } else { Said::Stated }
}

fn is_doubted_before(text: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    BEFORE.iter().any(|words| text.strip_prefix(words).is_some_and(|rest| *words == "?" || ends(rest)))
}

fn is_doubted_behind(text: &str) -> bool {
    let text = text.trim_end_matches([')', ']', '.']);
    let apart = |rest: &str| rest.trim_end().ends_with([',', ';', '-', '(', '[']);
    BEHIND.iter().any(|words| text.strip_suffix(words).is_some_and(apart))
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
        ] {
            assert_eq!(judge(text), Said::Doubted, "{text}");
        }
        assert_eq!(judge("Hypertension, ruled out"), Said::RuledOut);
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
        ] {
            assert_eq!(judge(text), Said::Stated, "{text}");
        }
    }
}
