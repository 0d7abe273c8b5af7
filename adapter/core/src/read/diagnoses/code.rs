//! The form of ICD-10-CM codes (CDC, ICD-10-CM tabular list).

/// What a text is, judged by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// An ICD-10-CM code, in upper case with its dot.
    Icd10(String),
    /// Looks like ICD-9: three digits, with further ones after a dot or without.
    Icd9,
    /// Anything else.
    Other,
}

/// Judges a code: blanks and trailing dots go, the dot after the third character is put in.
pub(super) fn judge(text: &str) -> Form {
    let code: String =
        text.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_uppercase()).collect();
    let code = code.trim_end_matches('.');
    let (category, rest) = match code.split_once('.') {
        Some((category, rest)) => (category, rest),
        None => code.split_at_checked(3).unwrap_or((code, "")),
    };
    if is_category(category) && rest.len() <= 4 && rest.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        return Form::Icd10(if rest.is_empty() { category.to_owned() } else { format!("{category}.{rest}") });
    }
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if category.len() == 3 && digits(category) && rest.len() <= 2 && digits(rest) {
        return Form::Icd9;
    }
    Form::Other
}

/// A letter, a digit, and a digit or one of the letters A and B. U has only U07 and U09.
fn is_category(text: &str) -> bool {
    match text.as_bytes() {
        [b'U', b'0', third] => third.is_ascii_digit(),
        [b'U', ..] => false,
        [first, second, third] => {
            first.is_ascii_uppercase()
                && second.is_ascii_digit()
                && (third.is_ascii_digit() || matches!(third, b'A' | b'B'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, judge};

    #[test]
    fn codes_get_their_dot_and_lose_what_is_around_them() {
        for (text, code) in [
            ("I10", "I10"),
            ("E119", "E11.9"),
            ("E11.9", "E11.9"),
            ("e119", "E11.9"),
            (" E11.9 ", "E11.9"),
            ("E11.9.", "E11.9"),
            ("I10.", "I10"),
            ("E11 .9", "E11.9"),
            ("I1A0", "I1A.0"),
            ("I1A.0", "I1A.0"),
            ("C7A1", "C7A.1"),
            ("M1A.9XX0", "M1A.9XX0"),
            ("S52521A", "S52.521A"),
            ("T3695XA", "T36.95XA"),
            ("Z992", "Z99.2"),
            ("U071", "U07.1"),
            ("E083211", "E08.3211"),
        ] {
            assert_eq!(judge(text), Form::Icd10(code.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_codes_are_told_apart() {
        for text in ["250.00", "25000", "4019", "401", "250.0"] {
            assert_eq!(judge(text), Form::Icd9, "{text}");
        }
        for text in [
            "",
            "E1",
            "EE1.9",
            "E1C.9",
            "E11.98765",
            "E1.19",
            "U11.9",
            "44054006",
            "E11..9",
            "E11.9*",
            "DIABETES",
            "É11.9",
            "V8741.1",
            "10",
        ] {
            assert_eq!(judge(text), Form::Other, "{text}");
        }
    }
}
