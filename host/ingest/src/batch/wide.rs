//! Files in UTF-16 and UTF-32, taken apart by their lines as others are.
//!
//! Everything a file is taken apart by is ASCII, so each unit stands for its letter and all beyond ASCII for one that means
//! nothing. The pieces keep their bytes as they came.

use super::Piece;
use super::count::Count;
use super::line::{Line, classify, ends_line, without_end};
use super::splitter::end_of_text;
use bridge_types::Phi;

/// What stands for letters beyond ASCII.
const OTHER: u8 = 0x1A;

/// Takes a whole file apart. None where it holds no message header: it is one piece then.
pub(super) fn split(bytes: &[u8], count: &mut Count) -> Option<Vec<Piece>> {
    let width = if is_four(bytes) { 4 } else { 2 };
    let letters: Vec<u8> = bytes.chunks(width).map(letter).collect();
    let lines: Vec<(usize, &[u8])> = letters
        .split_inclusive(|letter| ends_line(*letter))
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .collect();
    lines.iter().find(|(_, line)| matches!(classify(line, true), Line::Message(_)))?;
    let mut cut = Cut { bytes, letters: &letters, width, open: None, pieces: Vec::new() };
    let mut messages = 0_usize;
    for (start, line) in lines {
        match classify(line, messages == 0) {
            Line::Message(offset) => {
                cut.close(start);
                cut.open = Some((start + offset, true));
                messages += 1;
                count.message();
            }
            Line::Envelope(envelope, offset) => {
                cut.close(start);
                let segment = without_end(line.get(offset..).unwrap_or_default());
                cut.pieces.extend(count.envelope(envelope, segment).into_iter().map(Piece::Warning));
            }
            Line::Blank => {}
            Line::Json(_) | Line::Text => cut.open = cut.open.or(Some((start, false))),
        }
    }
    cut.close(letters.len());
    Some(cut.pieces)
}

/// The pieces so far, and the one being read.
struct Cut<'b> {
    bytes: &'b [u8],
    letters: &'b [u8],
    width: usize,
    /// Where the piece being read begins, and whether it is a message.
    open: Option<(usize, bool)>,
    pieces: Vec<Piece>,
}

impl Cut<'_> {
    /// Ends the piece being read.
    fn close(&mut self, end: usize) {
        let Some((start, is_message)) = self.open.take() else { return };
        let length = end_of_text(self.letters.get(start..end).unwrap_or_default());
        let last = ((start + length) * self.width).min(self.bytes.len());
        let bytes = Phi::new(self.bytes.get(start * self.width..last).unwrap_or_default().to_vec());
        self.pieces.push(if is_message { Piece::Message(bytes) } else { Piece::Other(bytes) });
    }
}

/// Whether letters have four bytes; both marks and both orders.
fn is_four(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [_, 0, 0, 0, ..] | [0, 0, 0, _, ..])
}

/// The letter of a unit in either order; a byte order mark is a blank.
fn letter(unit: &[u8]) -> u8 {
    match unit {
        [0xFF, 0xFE] | [0xFE, 0xFF] | [0xFF, 0xFE, 0, 0] | [0, 0, 0xFE, 0xFF] => b' ',
        [0, letter] | [letter, 0] | [0, 0, 0, letter] | [letter, 0, 0, 0] if letter.is_ascii() => *letter,
        _ => OTHER,
    }
}
