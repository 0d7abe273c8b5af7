//! The splitter itself, without I/O.

use super::count::Count;
use super::json::{self, Nesting};
use super::line::{Line, blank_lines, classify, ends_line, is_blank, without_end};
use super::{BatchError, Piece, wide};
use bridge_types::Phi;
use bridge_types::mllp::is_wide;
use std::collections::VecDeque;

/// Bytes needed to tell UTF-16 and UTF-32 from everything else.
const MARK: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing is known yet.
    Start,
    /// UTF-16 or UTF-32: everything is one piece.
    Wide,
    /// Lines of HL7 v2, or of text.
    Lines,
    /// Inside a JSON document.
    Json,
}

/// What the collected bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collecting {
    Nothing,
    Message,
    Text,
    /// Part of something too large, dropped.
    Skipped,
}

/// Takes bytes in, gives pieces out. Holds at most one piece up to its limit, and the pieces of the last bytes pushed.
#[derive(Debug)]
pub struct Splitter {
    limit: usize,
    mode: Mode,
    collecting: Collecting,
    /// Bytes of a line that is not complete.
    buffer: Phi<Vec<u8>>,
    /// How many bytes of `buffer` hold no line end.
    scanned: usize,
    /// The line being read is too long for the limit; its beginning has been dealt with.
    in_long_line: bool,
    current: Phi<Vec<u8>>,
    position: u64,
    nesting: Nesting,
    count: Count,
    ready: VecDeque<Result<Piece, BatchError>>,
}

impl Splitter {
    /// A splitter for pieces up to `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(MARK),
            mode: Mode::Start,
            collecting: Collecting::Nothing,
            buffer: Phi::default(),
            scanned: 0,
            in_long_line: false,
            current: Phi::default(),
            position: 0,
            nesting: Nesting::default(),
            count: Count::default(),
            ready: VecDeque::new(),
        }
    }

    /// Takes the next bytes of the input.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut input = std::mem::take(&mut self.buffer).into_inner();
        if input.is_empty() {
            // Nothing is copied that can be read where it is.
            let used = self.read(bytes, false);
            self.buffer = Phi::new(bytes.get(used..).unwrap_or_default().to_vec());
            return;
        }
        input.extend_from_slice(bytes);
        let used = self.read(&input, false);
        input.drain(..used);
        self.buffer = Phi::new(input);
    }

    /// The input has ended: what was collected is complete.
    pub fn finish(&mut self) {
        let input = std::mem::take(&mut self.buffer).into_inner();
        self.read(&input, true);
        if self.mode == Mode::Json && self.collecting == Collecting::Message {
            self.salvage();
        }
        self.flush();
        let warnings = self.count.end();
        self.ready.extend(warnings.into_iter().map(|warning| Ok(Piece::Warning(warning))));
    }

    /// The next piece, as far as the bytes so far make one.
    ///
    /// # Errors
    /// [`BatchError::TooLarge`] in the place of a piece beyond the limit.
    pub fn next_piece(&mut self) -> Option<Result<Piece, BatchError>> {
        self.ready.pop_front()
    }

    /// Reads as much as can be decided; returns how much that was.
    fn read(&mut self, input: &[u8], end: bool) -> usize {
        let mut at = 0;
        while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
            match self.mode {
                Mode::Start if rest.len() < MARK && !end => break,
                Mode::Start => self.mode = if is_wide(rest) { Mode::Wide } else { Mode::Lines },
                Mode::Wide => {
                    if self.collecting == Collecting::Nothing {
                        self.begin(Collecting::Message);
                    }
                    self.append(rest);
                    at = input.len();
                }
                Mode::Json => at += self.read_json(rest),
                Mode::Lines => match self.read_line(rest, end) {
                    0 => break,
                    used => at += used,
                },
            }
        }
        at
    }

    /// Reads one line, or blank lines, or switches to JSON. 0: more bytes are needed.
    fn read_line(&mut self, rest: &[u8], end: bool) -> usize {
        let begins = self.collecting == Collecting::Nothing && !self.in_long_line && self.scanned == 0;
        if begins && let blank @ 1.. = blank_lines(rest) {
            // At once: to look at what follows for each of them would take the square of their number.
            return blank;
        }
        if begins && let Line::Json(offset) = classify(rest, true) {
            let document = rest.get(offset..).unwrap_or_default();
            if json::starts(document).is_none() && !end && rest.len() < self.limit {
                return 0;
            }
            self.mode = Mode::Json;
            self.nesting = Nesting::default();
            self.begin(Collecting::Message);
            return offset + self.read_json(document);
        }
        let unseen = rest.get(self.scanned..).unwrap_or_default();
        let line_end = unseen.iter().position(|byte| ends_line(*byte)).map(|found| self.scanned + found + 1);
        let full = rest.len() > self.limit.saturating_sub(self.current.expose().len()).max(MARK);
        let length = match line_end {
            Some(length) => length,
            None if end || full => rest.len(),
            None => {
                self.scanned = rest.len();
                return 0;
            }
        };
        self.take_line(rest.get(..length).unwrap_or_default());
        self.scanned = 0;
        self.in_long_line = line_end.is_none();
        length
    }

    fn take_line(&mut self, line: &[u8]) {
        let lenient = self.position == 0;
        let kind = if self.in_long_line { Line::Text } else { classify(line, lenient) };
        match kind {
            Line::Message(offset) => {
                self.flush();
                self.begin(Collecting::Message);
                self.count.message();
                self.append(line.get(offset..).unwrap_or_default());
            }
            Line::Envelope(envelope, offset) => {
                self.flush();
                let segment = without_end(line.get(offset..).unwrap_or_default());
                let warnings = self.count.envelope(envelope, segment);
                self.ready.extend(warnings.into_iter().map(|warning| Ok(Piece::Warning(warning))));
            }
            Line::Blank if self.collecting == Collecting::Nothing => {}
            Line::Blank => self.append(line),
            // Text between records, such as what is left of a damaged one, does not swallow those behind it.
            Line::Json(offset)
                if self.collecting == Collecting::Text && line.get(offset..).is_some_and(json::is_record) =>
            {
                self.flush();
                self.begin(Collecting::Message);
                self.mode = Mode::Json;
                self.append(line.get(offset..).unwrap_or_default());
                self.flush();
                self.mode = Mode::Lines;
            }
            Line::Json(_) | Line::Text => {
                if self.collecting == Collecting::Nothing {
                    self.collecting = Collecting::Text;
                }
                self.append(line);
            }
        }
    }

    fn read_json(&mut self, rest: &[u8]) -> usize {
        // What fits, and then one byte that shows that the document is too large.
        let room = self.limit.saturating_sub(self.current.expose().len()).max(1);
        let rest = rest.get(..room).unwrap_or(rest);
        let end = rest.iter().position(|byte| self.nesting.step(*byte));
        let length = end.map_or(rest.len(), |at| at + 1);
        if self.current.expose().len().saturating_add(length) > self.limit && self.salvage() {
            self.nesting = Nesting::default();
            let last = self.current.expose().iter().position(|byte| self.nesting.step(*byte));
            if last.is_some() {
                self.flush();
                self.mode = Mode::Lines;
            }
            return 0;
        }
        self.append(rest.get(..length).unwrap_or_default());
        if end.is_some() {
            self.flush();
            self.mode = Mode::Lines;
        }
        length
    }

    /// A record of NDJSON that breaks off takes the records behind it with it. Where a document does not end, the lines that begin
    /// records are taken as documents of their own; the last of them stays collected. False where there are none.
    fn salvage(&mut self) -> bool {
        let bytes = std::mem::take(&mut self.current).into_inner();
        let mut lines = json::records(&bytes).peekable();
        let found = lines.peek().is_some();
        let mut start = 0;
        for next in lines {
            let line = bytes.get(start..next).unwrap_or_default();
            let line = line.get(..end_of_text(line)).unwrap_or_default();
            self.ready.push_back(Ok(Piece::Json(Phi::new(line.to_vec()))));
            self.position = self.position.saturating_add(1);
            start = next;
        }
        self.current = Phi::new(bytes.get(start..).unwrap_or_default().to_vec());
        found
    }

    fn begin(&mut self, collecting: Collecting) {
        self.collecting = collecting;
        self.position = self.position.saturating_add(1);
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.collecting == Collecting::Skipped {
            return;
        }
        let mut current = std::mem::take(&mut self.current).into_inner();
        if current.len().saturating_add(bytes.len()) > self.limit {
            self.ready.push_back(Err(BatchError::TooLarge { position: self.position, limit: self.limit }));
            self.collecting = Collecting::Skipped;
            return;
        }
        current.extend_from_slice(bytes);
        self.current = Phi::new(current);
    }

    /// What was collected is complete.
    fn flush(&mut self) {
        let mut bytes = std::mem::take(&mut self.current).into_inner();
        let collecting = std::mem::replace(&mut self.collecting, Collecting::Nothing);
        if self.mode == Mode::Wide {
            if collecting == Collecting::Message
                && let Some(pieces) = wide::split(&bytes, &mut self.count)
            {
                self.ready.extend(pieces.into_iter().map(Ok));
                return;
            }
        } else {
            bytes.truncate(end_of_text(&bytes));
        }
        // It grew by doubling, and may be kept for long.
        bytes.shrink_to_fit();
        let piece = match collecting {
            Collecting::Message if self.mode == Mode::Json => Piece::Json(Phi::new(bytes)),
            Collecting::Message => Piece::Message(Phi::new(bytes)),
            Collecting::Text if !bytes.is_empty() => Piece::Other(Phi::new(bytes)),
            Collecting::Text | Collecting::Nothing | Collecting::Skipped => return,
        };
        self.ready.push_back(Ok(piece));
    }
}

/// The length without the blank lines and framing bytes at the end, but with the last segment's own line end.
pub(super) fn end_of_text(bytes: &[u8]) -> usize {
    let Some(last) = bytes.iter().rposition(|byte| !is_blank(*byte)) else { return 0 };
    let tail = bytes.get(last + 1..).unwrap_or_default();
    let padding = tail.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line_end = match tail.get(padding..).unwrap_or_default() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    last + 1 + padding + line_end
}
