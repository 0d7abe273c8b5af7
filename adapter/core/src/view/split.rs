//! Splitting a slice of a message at one separator, when asked and no further than asked.

/// The part with a number, from 1. None where there is none.
pub(super) fn part(text: &str, separator: u8, number: usize) -> Option<&str> {
    let mut left = number.checked_sub(1)?;
    let mut start = 0;
    for (at, byte) in text.as_bytes().iter().enumerate() {
        if *byte == separator {
            if left == 0 {
                return text.get(start..at);
            }
            left -= 1;
            start = at + 1;
        }
    }
    if left == 0 { text.get(start..) } else { None }
}

/// Whether there is more than one part.
pub(super) fn divides(text: &str, separator: u8) -> bool {
    text.as_bytes().contains(&separator)
}

/// How many parts there are; an empty text has none.
pub(super) fn count(text: &str, separator: u8) -> usize {
    if text.is_empty() { 0 } else { 1 + text.bytes().filter(|byte| *byte == separator).count() }
}

/// The parts in order, each with its number. An empty text has none.
#[derive(Debug, Clone)]
pub(super) struct Parts<'m> {
    rest: Option<&'m str>,
    number: usize,
    separator: u8,
}

impl<'m> Parts<'m> {
    pub(super) fn of(text: &'m str, separator: u8) -> Self {
        Self { rest: (!text.is_empty()).then_some(text), number: 0, separator }
    }
}

impl<'m> Iterator for Parts<'m> {
    type Item = (usize, &'m str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest?;
        self.number += 1;
        let (part, rest) = match text.bytes().position(|byte| byte == self.separator) {
            Some(end) => (text.get(..end).unwrap_or_default(), text.get(end + 1..)),
            None => (text, None),
        };
        self.rest = rest;
        Some((self.number, part))
    }
}
