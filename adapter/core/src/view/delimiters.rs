//! The separators a message declares in `MSH-1` and `MSH-2`.

use encoding_rs::{Encoding, UTF_8};

/// Stand-ins for separators that a short `MSH-2` leaves open, tried in order: the usual one of its place first, then
/// control characters, which no message uses.
const SPARE: [char; 4] = ['\u{1d}', '\u{1e}', '\u{1f}', '\u{1a}'];

/// The separators of one message, and the character set that hexadecimal escapes are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// `MSH-1`
    pub field: char,
    /// First of `MSH-2`.
    pub component: char,
    /// Second of `MSH-2`.
    pub repetition: char,
    /// Third of `MSH-2`.
    pub escape: char,
    /// Fourth of `MSH-2`.
    pub subcomponent: char,
    /// Fifth of `MSH-2`, from version 2.7 on.
    pub truncation: char,
    /// Whether `MSH-2` declares it: a value that ends with it was cut off.
    pub truncates: bool,
    /// Character set of `\Xdd…\`.
    pub charset: &'static Encoding,
}

impl Delimiters {
    /// The usual `|^~\&`.
    pub const STANDARD: Self = Self {
        field: '|',
        component: '^',
        repetition: '~',
        escape: '\\',
        subcomponent: '&',
        truncation: '#',
        truncates: false,
        charset: UTF_8,
    };

    /// Reads the separators from `MSH-1` and `MSH-2`. Missing ones get their usual character, or a spare one where that is
    /// taken: no character separates two things. None where `field` cannot separate.
    #[must_use]
    pub fn declared(field: char, encoding: &str) -> Option<Self> {
        if !usable(field) {
            return None;
        }
        let mut found = Self { field, ..Self::STANDARD };
        let mut declared = encoding.chars();
        let mut used = [field; 5];
        let Self { component, repetition, escape, subcomponent, .. } = &mut found;
        for (place, taken) in [component, repetition, escape, subcomponent].into_iter().zip(1..) {
            let candidate = declared.next().filter(|candidate| usable(*candidate));
            let usual = *place;
            *place = candidate.into_iter().chain([usual]).chain(SPARE).find(|candidate| !used.contains(candidate))?;
            if let Some(slot) = used.get_mut(taken) {
                *slot = *place;
            }
        }
        if let Some(truncation) = declared.next().filter(|candidate| usable(*candidate) && !used.contains(candidate)) {
            found.truncation = truncation;
            found.truncates = true;
        }
        Some(found)
    }

    /// The four encoding characters, as `MSH-2` has them in the normal form.
    #[must_use]
    pub fn encoding_characters(&self) -> String {
        self.in_order().into_iter().collect()
    }

    /// The four encoding characters.
    pub(super) fn in_order(&self) -> [char; 4] {
        [self.component, self.repetition, self.escape, self.subcomponent]
    }
}

/// Letters, digits, blanks and line ends are content.
fn usable(candidate: char) -> bool {
    candidate.is_ascii()
        && !candidate.is_ascii_alphanumeric()
        && !matches!(candidate, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{1c}' | '\0' | '"')
}
