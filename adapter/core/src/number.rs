//! The Medicare number where it is no longer read but used: the form CMS gives it, and texts that must not show it.

use access_contract::{Issue, Notice, Severity};

/// Letters and digits of a number.
const LENGTH: usize = 11;

/// What stands in a text in place of a number.
const HIDDEN: &str = "[MBI withheld]";

/// First position, from 1, that breaks the CMS rule for the characters of an MBI.
pub(crate) fn misplaced(number: &str) -> Option<usize> {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"SLOIBZ".contains(&byte);
    number
        .bytes()
        .enumerate()
        .find(|(index, byte)| !match index {
            0 => (b'1'..=b'9').contains(byte),
            1 | 4 | 7 | 8 => letter(*byte),
            2 | 5 => letter(*byte) || byte.is_ascii_digit(),
            _ => byte.is_ascii_digit(),
        })
        .map(|(index, _)| index + 1)
}

/// The doubt about a number that breaks the rule; none about any other.
pub(crate) fn doubt(number: &str) -> Option<Issue> {
    let position = misplaced(number)?;
    let message = format!("position {position} of the patient's Medicare number is not what Medicare gives out");
    let hint = "compare the number with the patient's Medicare card: letters are often taken for digits";
    Some(Issue::new(Severity::Warning, "mbi-positions", "", message).hint(hint))
}

/// Takes numbers out of everything that is said in a notice: `own`, however they are written, and whatever has the form of one.
pub(crate) fn mask(notice: &mut Notice, own: &[&str]) {
    let clean = |text: &mut String| *text = masked(text, own);
    clean(&mut notice.text);
    clean(&mut notice.next_step);
    notice.reference.iter_mut().for_each(clean);
    for issue in &mut notice.issues {
        clean(&mut issue.message);
        clean(&mut issue.location);
        issue.hint.iter_mut().for_each(clean);
    }
}

/// A text without the numbers of `own`, however they are written, and without whatever has the form of one.
pub(crate) fn masked(text: &str, own: &[&str]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    // The letter before, and whether it ends an escape of JSON and is no part of a word.
    let (mut before, mut escapes) = (' ', false);
    while let Some(letter) = rest.chars().next() {
        let begins = escapes || !before.is_ascii_alphanumeric();
        let found = own.iter().find_map(|number| spelled(rest, number));
        let found = found.or_else(|| if begins { formed(rest) } else { None });
        kept.push_str(if found.is_some() { HIDDEN } else { rest.get(..letter.len_utf8()).unwrap_or_default() });
        rest = rest.get(found.unwrap_or(letter.len_utf8())..).unwrap_or_default();
        escapes = before == '\\' && !escapes;
        before = letter;
    }
    kept
}

/// How many bytes at the beginning of a text spell a number, with blanks and dashes in it or without.
fn spelled(text: &str, number: &str) -> Option<usize> {
    let mut wanted = number.chars();
    let mut next = wanted.next()?;
    for (index, letter) in text.char_indices() {
        if letter.to_ascii_uppercase() != next {
            let parts = letter == '-' || letter.is_whitespace();
            if index == 0 || !parts { return None } else { continue }
        }
        match wanted.next() {
            Some(following) => next = following,
            None => return Some(index + letter.len_utf8()),
        }
    }
    None
}

/// How many bytes at the beginning of a text have the form of a number as a card shows it, with its dashes or without.
fn formed(text: &str) -> Option<usize> {
    let mut number = String::with_capacity(LENGTH);
    let mut end = 0;
    for (index, letter) in text.char_indices() {
        if letter.is_ascii_alphanumeric() {
            if number.len() == LENGTH {
                return None;
            }
            number.push(letter.to_ascii_uppercase());
            end = index + letter.len_utf8();
        } else if letter != '-' || !matches!(number.len(), 4 | 7) {
            break;
        }
    }
    (number.len() == LENGTH && misplaced(&number).is_none()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{doubt, masked, misplaced};

    #[test]
    fn a_number_is_masked_however_it_is_written() {
        for said in ["1EG4TE5MK73", "1eg4-te5-mk73", "1EG4-TE5-MK73"] {
            let text = format!("No match for {said}, born 1950.");
            assert_eq!(masked(&text, &[]), "No match for [MBI withheld], born 1950.", "{said}");
        }
        // Of the patient's own any spelling, and also one that breaks the form.
        for said in ["3AAOAA1AA11", "3AAO AA1 AA11", "3aao-aa1-aa11", "x3AAOAA1AA11"] {
            let own = masked(&format!("MBI={said}"), &["3AAOAA1AA11"]);
            assert!(own.ends_with("[MBI withheld]") && !own.to_uppercase().contains("AA11"), "{own}");
        }
        assert_eq!(masked(r#"{"text":"a\n1EG4TE5MK73"}"#, &[]), r#"{"text":"a\n[MBI withheld]"}"#);
    }

    #[test]
    fn what_is_no_number_stays() {
        for text in [
            "",
            "Submission ID 'sub-9' not found",
            "7f1e4c2a-1eg4-4e5a-9b73-000000000000",
            "A1EG4TE5MK73",
            "1EG4TE5MK731",
            "12345678901",
            "MEMBERIDABC é",
            "3AAOAA1AA11",
        ] {
            assert_eq!(masked(text, &[]), text);
        }
        assert_eq!(masked("4CC2CC2CC2", &["4CC2CC2CC22"]), "4CC2CC2CC2");
    }

    #[test]
    fn a_number_that_breaks_the_form_is_doubted_without_quoting_it() {
        assert_eq!(misplaced("3AA1AA1AA11"), None);
        assert!(doubt("3AA1AA1AA11").is_none());
        let doubted = doubt("3AAOAA1AA11").unwrap();
        assert_eq!(doubted.code, "mbi-positions");
        assert!(doubted.message.contains("position 4") && !format!("{doubted:?}").contains("3AAO"), "{doubted:?}");
    }
}
