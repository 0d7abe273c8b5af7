//! MLLP framing without I/O: bytes in, blocks out.
//!
//! A block is `0x0B` payload `0x1C 0x0D` (HL7 v2, Minimal Lower Layer Protocol). What senders really do is accepted too:
//! a missing final `0x0D`, CR, LF, NUL and other control bytes between blocks, several start bytes, any number of blocks
//! in one read and any number of reads for one block. The result never depends on how the bytes were split into reads, with one
//! exception, which is the third of these things that need more than the two delimiters:
//!
//! - A start byte inside a block is text (a vertical tab pasted from a word processor) unless a message header follows
//!   it. Then the sender broke off the earlier block, which comes out as [`Block::Interrupted`].
//! - Text outside a block is never dropped in silence: it comes out as [`Block::Stray`].
//! - A first closing byte that text follows at once closed nothing: it is damage in the middle of a block, and what stands before it is
//!   half a message. Where the text has arrived already the whole comes out as [`Block::Damaged`]. Where nothing has, the block is
//!   whole, since a sender that leaves out the final `0x0D` waits for its answer.
//! - In UTF-16 and UTF-32 any byte may be half a character. A payload that starts with a byte order mark or with NULs
//!   in the pattern of those encodings ends only with both closing bytes, at an even offset.

use crate::Phi;

/// First byte of a block.
pub const START: u8 = 0x0B;
/// First closing byte of a block.
pub const END: u8 = 0x1C;
/// Second closing byte of a block.
pub const CARRIAGE_RETURN: u8 = 0x0D;
/// Largest payload that is accepted unless configured otherwise: 16 MiB.
pub const FRAME_LIMIT: usize = 16 * 1024 * 1024;
/// Most text outside a block before a peer counts as one that does not speak MLLP: 64 KiB.
pub const STRAY_LIMIT: usize = 64 * 1024;

/// What came out of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A whole payload, without its framing bytes. May be empty.
    Frame(Phi<Vec<u8>>),
    /// The beginning of a payload that was never finished.
    Interrupted(Phi<Vec<u8>>),
    /// Text outside any block.
    Stray(Phi<Vec<u8>>),
    /// A payload with a closing byte in its middle. Where it really ends nobody knows: the connection should not be used further.
    Damaged(Phi<Vec<u8>>),
}

/// Why no further block can be read. The decoder stays in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The payload is larger than allowed. What was kept of it comes from [`Decoder::finish`].
    #[error("mllp payload is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The peer sends text but never starts a block.
    #[error("more than {limit} bytes outside an mllp block")]
    NotFramed {
        /// The limit in bytes.
        limit: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    Failed(FrameError),
}

/// Incremental decoder of one direction of one connection. Holds at most one payload up to its limit.
#[derive(Debug)]
pub struct Decoder {
    frame_limit: usize,
    stray_limit: usize,
    state: State,
    /// The payload so far (inside a block) or the stray text so far (outside).
    buffer: Phi<Vec<u8>>,
    /// The second of two blocks that ended with the same byte.
    ready: Option<Block>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(FRAME_LIMIT)
    }
}

impl Decoder {
    /// A decoder that accepts payloads up to `frame_limit` bytes.
    #[must_use]
    pub const fn new(frame_limit: usize) -> Self {
        Self { frame_limit, stray_limit: STRAY_LIMIT, state: State::Outside, buffer: Phi::new(Vec::new()), ready: None }
    }

    /// Whether a block has started and not ended.
    #[must_use]
    pub fn in_frame(&self) -> bool {
        self.state == State::Inside
    }

    /// Bytes of a block, or of text outside one, that are held until more come.
    #[must_use]
    pub fn held(&self) -> usize {
        let ready = match &self.ready {
            Some(Block::Frame(bytes) | Block::Interrupted(bytes) | Block::Stray(bytes) | Block::Damaged(bytes)) => {
                bytes.expose().len()
            }
            None => 0,
        };
        self.buffer.expose().len().saturating_add(ready)
    }

    /// Takes bytes from the front of `input` up to the end of the next block. `None`: all were taken, more are needed.
    ///
    /// # Errors
    /// When a limit is passed; then on every further call.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Block>, FrameError> {
        if let Some(block) = self.ready.take() {
            return Ok(Some(block));
        }
        while !input.is_empty() {
            let block = match self.state {
                State::Failed(error) => return Err(error),
                State::Outside => self.read_outside(input)?,
                State::Inside => self.read_inside(input)?,
            };
            if block.is_some() {
                return Ok(block);
            }
        }
        match self.state {
            State::Failed(error) => Err(error),
            State::Outside | State::Inside => Ok(None),
        }
    }

    /// What is left when the peer closes, or after an error: the beginning of a payload, or stray text.
    #[must_use]
    pub fn finish(&mut self) -> Option<Block> {
        let rest = std::mem::take(&mut self.buffer);
        let inside = matches!(self.state, State::Inside | State::Failed(FrameError::TooLarge { .. }));
        if !matches!(self.state, State::Failed(_)) {
            self.state = State::Outside;
        }
        if is_filler(rest.expose()) {
            None
        } else if inside {
            Some(Block::Interrupted(rest))
        } else {
            Some(Block::Stray(rest))
        }
    }

    fn read_outside(&mut self, input: &mut &[u8]) -> Result<Option<Block>, FrameError> {
        let start = input.iter().position(|byte| *byte == START);
        let (before, after) = match start {
            Some(at) => (input.get(..at).unwrap_or_default(), input.get(at + 1..).unwrap_or_default()),
            None => (*input, [].as_slice()),
        };
        *input = after;
        let mut stray = std::mem::take(&mut self.buffer).into_inner();
        let skipped = if stray.is_empty() { before.iter().take_while(|byte| filler(**byte)).count() } else { 0 };
        let room = self.stray_limit.saturating_add(1).saturating_sub(stray.len());
        stray.extend(before.iter().skip(skipped).take(room));
        if stray.len() > self.stray_limit {
            stray.truncate(self.stray_limit);
            self.buffer = Phi::new(stray);
            return Err(self.fail(FrameError::NotFramed { limit: self.stray_limit }));
        }
        if start.is_none() {
            self.buffer = Phi::new(stray);
            return Ok(None);
        }
        self.state = State::Inside;
        Ok((!stray.is_empty()).then(|| Block::Stray(Phi::new(stray))))
    }

    fn read_inside(&mut self, input: &mut &[u8]) -> Result<Option<Block>, FrameError> {
        let mut payload = std::mem::take(&mut self.buffer).into_inner();
        if payload.is_empty() {
            // Some senders write the start byte twice.
            let again = input.iter().take_while(|byte| **byte == START).count();
            *input = input.get(again..).unwrap_or_default();
        }
        if payload.last() == Some(&END) && input.first() == Some(&CARRIAGE_RETURN) && payload.len() % 2 == 1 {
            // Only a wide payload keeps an END; this CARRIAGE_RETURN closes it.
            *input = input.get(1..).unwrap_or_default();
            payload.pop();
            return Ok(Some(self.complete(payload)));
        }
        let end = input.iter().position(|byte| *byte == END);
        let before = input.get(..end.unwrap_or(input.len())).unwrap_or_default();
        let room = self.frame_limit.saturating_add(1).saturating_sub(payload.len());
        payload.extend(before.iter().take(room));
        *input = input.get(before.len()..).unwrap_or_default();
        if payload.len() > self.frame_limit {
            payload.truncate(self.frame_limit);
            self.buffer = Phi::new(payload);
            return Err(self.fail(FrameError::TooLarge { limit: self.frame_limit }));
        }
        if end.is_some() {
            *input = input.get(1..).unwrap_or_default();
            if !is_wide(&payload) {
                if closes(input) {
                    return Ok(Some(self.complete(payload)));
                }
                return Ok(Some(self.damaged(payload, input)));
            }
            payload.push(END);
        }
        self.buffer = Phi::new(payload);
        Ok(None)
    }

    /// A payload has ended. If a header inside it shows that the sender started again, only the last part is whole.
    fn complete(&mut self, mut payload: Vec<u8>) -> Block {
        self.state = State::Outside;
        let restart = if is_wide(&payload) { None } else { last_restart(&payload) };
        if let Some(at) = restart {
            let whole = payload.split_off(at + 1);
            payload.pop();
            if !is_filler(&payload) {
                self.ready = Some(Block::Frame(Phi::new(whole)));
                return Block::Interrupted(Phi::new(payload));
            }
            return Block::Frame(Phi::new(whole));
        }
        Block::Frame(Phi::new(payload))
    }

    /// Takes what belongs to a payload that holds a closing byte: up to a whole end, or all there is.
    fn damaged(&mut self, mut payload: Vec<u8>, input: &mut &[u8]) -> Block {
        self.state = State::Outside;
        let end = input.windows(2).position(|pair| pair == [END, CARRIAGE_RETURN]);
        let rest = input.get(..end.unwrap_or(input.len())).unwrap_or_default();
        payload.push(END);
        payload.extend_from_slice(rest);
        payload.truncate(self.frame_limit);
        *input = input.get(end.map_or(input.len(), |at| at + 2)..).unwrap_or_default();
        Block::Damaged(Phi::new(payload))
    }

    const fn fail(&mut self, error: FrameError) -> FrameError {
        self.state = State::Failed(error);
        error
    }
}

/// Puts a payload into a block.
///
/// The payload must not contain [`START`] or [`END`] (see [`fits`]); HL7 v2 and JSON text never do.
#[must_use]
pub fn encode(payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(payload.len() + 3);
    block.push(START);
    block.extend_from_slice(payload);
    block.extend_from_slice(&[END, CARRIAGE_RETURN]);
    block
}

/// Whether a payload in a single-byte encoding or UTF-8 can be framed.
#[must_use]
pub fn fits(payload: &[u8]) -> bool {
    !payload.iter().any(|byte| matches!(*byte, START | END))
}

/// Whether a payload is in a two-byte or four-byte encoding, by its byte order mark or by where its NULs stand.
#[must_use]
pub fn is_wide(payload: &[u8]) -> bool {
    match payload {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => true,
        [a, b, c, d, ..] => matches!(
            (*a != 0, *b != 0, *c != 0, *d != 0),
            (false, true, false, true)
                | (true, false, true, false)
                | (false, false, false, true)
                | (false, false, true, true)
                | (true, false, false, false)
        ),
        _ => false,
    }
}

/// Whether a byte between blocks means nothing: control characters and blanks, which also serve as keep-alive.
const fn filler(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7F
}

/// Whether a first closing byte closes a block that these bytes follow: the second closing byte, or nothing but what means no text
/// between blocks, up to the next block or the end of what has arrived.
fn closes(after: &[u8]) -> bool {
    let next = after.iter().find(|byte| !matches!(**byte, b'\n' | 0 | END));
    let text = after.iter().find(|byte| **byte == START || !filler(**byte));
    next == Some(&CARRIAGE_RETURN) || text.is_none_or(|byte| *byte == START)
}

fn is_filler(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| filler(*byte))
}

/// Where the last start byte stands that a message or batch header follows.
fn last_restart(payload: &[u8]) -> Option<usize> {
    payload
        .windows(4)
        .rposition(|window| matches!(window, [START, rest @ ..] if matches!(rest, b"MSH" | b"FHS" | b"BHS")))
}

#[cfg(test)]
mod tests {
    use super::{Block, Decoder, FrameError, encode, fits, is_wide};
    use crate::Phi;

    fn frame(text: &str) -> Block {
        Block::Frame(Phi::new(text.as_bytes().to_vec()))
    }

    fn interrupted(text: &str) -> Block {
        Block::Interrupted(Phi::new(text.as_bytes().to_vec()))
    }

    fn stray(text: &str) -> Block {
        Block::Stray(Phi::new(text.as_bytes().to_vec()))
    }

    /// Decodes once in one piece and once byte by byte, and expects the same.
    fn decode(bytes: &[u8]) -> Vec<Block> {
        let whole = decode_chunks(bytes, bytes.len().max(1));
        assert_eq!(decode_chunks(bytes, 1), whole);
        whole
    }

    fn decode_chunks(bytes: &[u8], size: usize) -> Vec<Block> {
        let mut decoder = Decoder::default();
        let mut blocks = Vec::new();
        for chunk in bytes.chunks(size) {
            let mut rest = chunk;
            while let Some(block) = decoder.decode(&mut rest).unwrap() {
                blocks.push(block);
            }
        }
        blocks.extend(decoder.finish());
        blocks
    }

    #[test]
    fn a_block_is_its_payload() {
        assert_eq!(decode(b"\x0BMSH|a\r\x1C\r"), [frame("MSH|a\r")]);
        assert_eq!(decode(b"\x0B\x1C\r"), [frame("")]);
    }

    #[test]
    fn the_final_carriage_return_may_be_missing() {
        assert_eq!(decode(b"\x0BMSH|a\x1C\x0BMSH|b\x1C"), [frame("MSH|a"), frame("MSH|b")]);
    }

    /// What stood before the byte was taken for the whole message, and acknowledged.
    #[test]
    fn a_closing_byte_that_text_follows_closes_nothing() {
        let damaged = |bytes: &[u8]| vec![Block::Damaged(Phi::new(bytes.to_vec()))];
        for gap in ["", "\n", "\0"] {
            let bytes = format!("\x0BMSH|a\rDG1|1||E11\x1C{gap}.9|||D\r\x1C\r");
            assert_eq!(
                decode_chunks(bytes.as_bytes(), bytes.len()),
                damaged(format!("MSH|a\rDG1|1||E11\x1C{gap}.9|||D\r").as_bytes())
            );
        }
        let bytes = b"\x0BMSH|a\x1CPID|b\x1C\r\x0BMSH|c\x1C\r";
        let mut expected = damaged(b"MSH|a\x1CPID|b");
        expected.push(frame("MSH|c"));
        assert_eq!(decode_chunks(bytes, bytes.len()), expected);
        // Whoever leaves out the final byte waits for its answer before it sends more.
        assert_eq!(decode_chunks(b"\x0BMSH|a\x1C", 100), [frame("MSH|a")]);
        assert_eq!(
            decode_chunks(b"\x0BMSH|a\x1C\x1C\r\x0BMSH|b\x1C\n\0\x0BMSH|c\x1C", 100),
            ["a", "b", "c"].map(|id| frame(&format!("MSH|{id}")))
        );
        // Never more than a payload may be.
        let mut decoder = Decoder::new(8);
        let found = decoder.decode(&mut b"\x0BMSH|1\x1C234567890".as_slice());
        assert_eq!(found, Ok(Some(Block::Damaged(Phi::new(b"MSH|1\x1C23".to_vec())))));
    }

    #[test]
    fn line_ends_nulls_and_keep_alive_bytes_between_blocks_are_skipped() {
        assert_eq!(
            decode(b"\0\r\n \x06\x0BMSH|a\x1C\r\r\n\0\0\x05\x0BMSH|b\x1C\r\n\n\x1C\r"),
            [frame("MSH|a"), frame("MSH|b")]
        );
    }

    #[test]
    fn a_repeated_start_byte_is_skipped() {
        assert_eq!(decode(b"\x0B\x0B\x0BMSH|a\x1C\r"), [frame("MSH|a")]);
        assert_eq!(decode(b"\x0B\r\n\x0BMSH|a\x1C\r"), [frame("MSH|a")]);
    }

    #[test]
    fn text_outside_a_block_is_reported() {
        assert_eq!(decode(b"\r\nhello\r\n\x0BMSH|a\x1C\rtail"), [stray("hello\r\n"), frame("MSH|a"), stray("tail")]);
    }

    #[test]
    fn a_block_that_another_one_interrupts_is_not_a_frame() {
        assert_eq!(
            decode(b"\x0BMSH|first\rPID|\x0BMSH|second\x1C\r"),
            [interrupted("MSH|first\rPID|"), frame("MSH|second")]
        );
        assert_eq!(decode(b"\x0BMSH|cut off"), [interrupted("MSH|cut off")]);
    }

    #[test]
    fn a_vertical_tab_in_text_is_text() {
        assert_eq!(decode(b"\x0BMSH|a\rNTE|1||one\x0Btwo\x1C\r"), [frame("MSH|a\rNTE|1||one\x0Btwo")]);
    }

    #[test]
    fn utf_16_may_hold_the_closing_byte() {
        for big_endian in [true, false] {
            let text = "\u{FEFF}MSH|^~\\&|\u{201C}quoted\u{201D}|\u{0B0B}\r";
            let payload: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            assert_eq!(decode(&encode(&payload)), [Block::Frame(Phi::new(payload.clone()))]);
            let unmarked = payload[2..].to_vec();
            assert!(is_wide(&unmarked));
            assert_eq!(decode(&encode(&unmarked)), [Block::Frame(Phi::new(unmarked))]);
        }
    }

    #[test]
    fn a_payload_at_the_limit_passes_and_one_beyond_it_does_not() {
        let mut decoder = Decoder::new(8);
        let block = encode(b"MSH|1234");
        assert_eq!(decoder.decode(&mut block.as_slice()), Ok(Some(frame("MSH|1234"))));
        let block = encode(b"MSH|12345");
        let mut rest = block.as_slice();
        assert_eq!(decoder.decode(&mut rest), Err(FrameError::TooLarge { limit: 8 }));
        assert_eq!(decoder.decode(&mut b"\x0BMSH\x1C\r".as_slice()), Err(FrameError::TooLarge { limit: 8 }));
        assert_eq!(decoder.finish(), Some(interrupted("MSH|1234")));
    }

    #[test]
    fn a_peer_that_never_starts_a_block_is_found_out() {
        let mut decoder = Decoder::default();
        let line = b"GET / HTTP/1.1 ".repeat(10_000);
        assert_eq!(decoder.decode(&mut line.as_slice()), Err(FrameError::NotFramed { limit: super::STRAY_LIMIT }));
        assert!(matches!(decoder.finish(), Some(Block::Stray(bytes)) if bytes.expose().len() == super::STRAY_LIMIT));
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(&mut vec![0; 1_000_000].as_slice()), Ok(None));
    }

    #[test]
    fn reserved_bytes_do_not_fit() {
        assert!(fits("MSH|é\r".as_bytes()));
        assert!(!fits(b"a\x0Bb") && !fits(b"a\x1Cb"));
    }

    #[test]
    fn content_is_not_printed() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(&mut b"\x0BMSH|secret".as_slice()), Ok(None));
        assert!(!format!("{decoder:?} {:?}", decoder.finish()).contains("115"));
    }
}
