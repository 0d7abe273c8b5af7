//! Words of a feed, as FHIR takes them.

use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;

/// Words without control characters, one of which would stop the whole payload: each becomes a blank. Those from U+0080 to U+009F are what
/// text in Windows-1252 becomes where it was taken for Latin-1, and get their letters back. Tabs and line ends stay. Nothing where only
/// blanks are left.
pub(crate) fn legible(text: &str) -> Cow<'_, str> {
    if text.trim().is_empty() {
        return Cow::Borrowed("");
    }
    if !text.contains(is_illegible) {
        return Cow::Borrowed(text);
    }
    let mended: String = text.chars().map(|letter| if is_illegible(letter) { mend(letter) } else { letter }).collect();
    if mended.trim().is_empty() { Cow::Borrowed("") } else { Cow::Owned(mended) }
}

fn is_illegible(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\t' | '\n' | '\r')
}

/// What is written in place of a control character.
fn mend(letter: char) -> char {
    let western = || {
        let byte = u8::try_from(letter).ok()?;
        WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()
    };
    western().filter(|letter| !letter.is_control()).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn control_characters_become_blanks_or_the_letters_they_were() {
        for (text, wanted) in [
            ("stand\u{b}scale", "stand scale"),
            ("don\u{92}t \u{80}5", "don’t €5"),
            ("\u{81}a\u{7f}b\0", " a b "),
            ("a\tb\r\nc", "a\tb\r\nc"),
            ("Größe – 中", "Größe – 中"),
            ("", ""),
            (" \u{b}\u{9d} ", ""),
            ("\u{a0} ", ""),
        ] {
            assert_eq!(legible(text), wanted, "{text:?}");
        }
    }
}
