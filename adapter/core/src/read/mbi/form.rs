//! The form of the Medicare Beneficiary Identifier (CMS, "Understanding the MBI format"), and what is mistaken for one.

/// Letters that an MBI may have: none that looks like a digit or like another letter.
const LETTERS: &[u8] = b"ACDEFGHJKMNPQRTUVWXY";

/// Prefixes of railroad retirement claim numbers.
const RAILROAD: [&str; 16] =
    ["A", "CA", "H", "JA", "MA", "MH", "PA", "PD", "PH", "WA", "WCA", "WCD", "WCH", "WD", "WH", "WR"];

/// What a text is, judged by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing but blanks and dashes.
    Empty,
    /// An MBI, normalised.
    Valid(String),
    /// Eleven letters and digits, of which the one at a position, from 1, breaks the rule.
    Position(String, usize),
    /// Eleven letters and digits, of which several break the rule, the first at a position, from 1: another number, or none.
    Several(String, usize),
    /// A claim number of the time before the MBI, or a bare social security number. Not kept.
    Withdrawn,
    /// Anything else.
    Malformed,
}

/// Takes out blanks and dashes, and turns to upper case. Nothing else is repaired.
pub(in crate::read) fn normalise(text: &str) -> String {
    letters(text).collect()
}

/// Whether a text is that number once normalised, in whatever way it is written.
pub(super) fn is_same(text: &str, number: &str) -> bool {
    letters(text).eq(number.chars())
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    let is_dash = |letter: char| {
        matches!(letter, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
    };
    text.chars()
        .filter(move |letter| !letter.is_whitespace() && !is_dash(*letter))
        .map(|letter| letter.to_ascii_uppercase())
}

/// Judges a text.
pub(super) fn judge(text: &str) -> Form {
    let number = normalise(text);
    if number.is_empty() {
        return Form::Empty;
    }
    if is_withdrawn(&number) {
        return Form::Withdrawn;
    }
    if number.len() != 11 || !number.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        return Form::Malformed;
    }
    let mut broken = (1..).zip(number.bytes()).filter(|(position, letter)| !fits(*letter, *position));
    match (broken.next(), broken.next()) {
        (None, _) => Form::Valid(number),
        (Some((position, _)), None) => Form::Position(number, position),
        (Some((position, _)), Some(_)) => Form::Several(number, position),
    }
}

fn fits(letter: u8, position: usize) -> bool {
    match position {
        1 => matches!(letter, b'1'..=b'9'),
        2 | 5 | 8 | 9 => LETTERS.contains(&letter),
        3 | 6 => letter.is_ascii_digit() || LETTERS.contains(&letter),
        _ => letter.is_ascii_digit(),
    }
}

/// Nine digits with up to two characters of suffix, or a railroad prefix with six or nine digits.
fn is_withdrawn(number: &str) -> bool {
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 9 {
        let mut suffix = number.bytes().skip(9);
        return match (suffix.next(), suffix.next(), suffix.next()) {
            (None, _, _) => true,
            (Some(letter), None, _) => letter.is_ascii_uppercase(),
            (Some(letter), Some(second), None) => letter.is_ascii_uppercase() && second.is_ascii_alphanumeric(),
            _ => false,
        };
    }
    let letters = number.bytes().take_while(u8::is_ascii_uppercase).count();
    let (prefix, rest) = number.split_at_checked(letters).unwrap_or(("", ""));
    RAILROAD.contains(&prefix) && matches!(rest.len(), 6 | 9) && rest.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Form, judge};

    #[test]
    fn dashes_blanks_and_lower_case_are_normalised() {
        for text in [
            "3AA1AA1AA11",
            "3AA1-AA1-AA11",
            "3aa1 aa1 aa11",
            " 3AA1–AA1—AA11 ",
            "3AA1\u{2212}AA1\u{ad}AA11",
            "3AA1\u{a0}AA1AA11",
        ] {
            assert_eq!(judge(text), Form::Valid("3AA1AA1AA11".to_owned()), "{text}");
        }
        assert_eq!(judge("1EG4-TE5-MK73"), Form::Valid("1EG4TE5MK73".to_owned()));
    }

    #[test]
    fn the_wrong_position_is_named_and_nothing_is_repaired() {
        for (text, position) in [
            ("0AA1AA1AA11", 1),
            ("AAA1AA1AA11", 1),
            ("3SA1AA1AA11", 2),
            ("31A1AA1AA11", 2),
            ("3AO1AA1AA11", 3),
            ("3AAOAA1AA11", 4),
            ("3AA11A1AA11", 5),
            ("3AA1LA1AA11", 5),
            ("3AA1AB1AA11", 6),
            ("3AA1AAIAA11", 7),
            ("3AA1AA1ZA11", 8),
            ("3AA1AA1A511", 9),
            ("3AA1AA1AAO1", 10),
            ("3AA1AA1AA1l", 11),
        ] {
            assert!(matches!(judge(text), Form::Position(_, found) if found == position), "{text}");
        }
    }

    #[test]
    fn more_than_one_wrong_position_is_another_number() {
        for (text, first) in
            [("12345678901", 2), ("MEMBERIDABC", 1), ("3SA1SA1AA11", 2), ("W1234567890", 1), ("3AA1AA1AAOO", 10)]
        {
            assert!(matches!(judge(text), Form::Several(_, found) if found == first), "{text}");
        }
    }

    #[test]
    fn letters_and_digits_may_stand_at_the_mixed_positions() {
        for text in ["3A01AA1AA11", "3AA1A01AA11", "9Y99Y99YY99", "1A00A00AA00"] {
            assert!(matches!(judge(text), Form::Valid(_)), "{text}");
        }
    }

    #[test]
    fn claim_numbers_are_recognised() {
        for text in [
            "123456789A",
            "123-45-6789-A",
            "123456789C1",
            "123456789HB",
            "123 45 6789 M",
            "A123456",
            "WCA123456789",
            "MA-123456",
            "WD123456789",
            "123456789",
            "123-45-6789",
        ] {
            assert_eq!(judge(text), Form::Withdrawn, "{text}");
        }
    }

    #[test]
    fn everything_else_is_malformed() {
        for text in [
            "3AA1AA1AA1",
            "3AA1AA1AA111",
            "MEDICARE",
            "H1234-001",
            "1234567890",
            "123456789ABC",
            "3AA1AA1AA1*",
            "3AA1AA1AA1é",
            "XYZ123456",
        ] {
            assert_eq!(judge(text), Form::Malformed, "{text}");
        }
        for text in ["", " - ", "—"] {
            assert_eq!(judge(text), Form::Empty, "{text}");
        }
    }
}
