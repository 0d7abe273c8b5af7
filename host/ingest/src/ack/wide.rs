//! UTF-16, as far as an acknowledgement needs it.

use bridge_types::mllp::is_wide;

/// Bytes of a message that are decoded to find its header.
const HEAD: usize = 128 * 1024;

/// How a message is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Utf16 {
    big_endian: bool,
    mark: bool,
}

impl Utf16 {
    /// Recognises UTF-16 by its byte order mark, or by the NULs around the ASCII letters of a header.
    pub(super) fn detect(message: &[u8]) -> Option<Self> {
        match message {
            [0xFF, 0xFE, 0, 0, ..] => None,
            [0xFE, 0xFF, ..] => Some(Self { big_endian: true, mark: true }),
            [0xFF, 0xFE, ..] => Some(Self { big_endian: false, mark: true }),
            [0, first, 0, second, ..] if is_wide(message) && *first != 0 && *second != 0 => {
                Some(Self { big_endian: true, mark: false })
            }
            [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(Self { big_endian: false, mark: false }),
            _ => None,
        }
    }

    /// The beginning of the message as text.
    pub(super) fn decode_head(self, message: &[u8]) -> String {
        let head = message.get(..message.len().min(HEAD)).unwrap_or_default();
        let units = head.chunks_exact(2).map(|pair| match pair {
            [a, b] if self.big_endian => u16::from_be_bytes([*a, *b]),
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units.skip(usize::from(self.mark)))
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    /// An answer in the same encoding.
    pub(super) fn encode(self, answer: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(answer);
        let mark = self.mark.then_some(0xFEFF);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(|unit| if self.big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }
}
