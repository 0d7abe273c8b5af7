//! Where one JSON document ends and the next begins.

/// Whether text that starts with a brace or bracket is JSON, by what follows it. `None`: nothing follows yet.
pub(super) fn starts(text: &[u8]) -> Option<bool> {
    let (first, rest) = text.split_first()?;
    let next = rest.trim_ascii_start().first()?;
    Some(match first {
        b'{' => matches!(next, b'"' | b'}'),
        _ => matches!(next, b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'),
    })
}

/// How a record begins on a line of NDJSON, as servers write it.
const RECORD: &[u8] = b"{\"resourceType\"";

/// Where further records begin in text that begins with one, each on a line of its own.
pub(super) fn records(text: &[u8]) -> impl Iterator<Item = usize> {
    let lines = text.starts_with(b"{").then(|| text.iter().enumerate().filter(|(_, byte)| **byte == b'\n'));
    let starts = lines.into_iter().flatten().map(|(at, _)| at + 1);
    starts.filter(|start| {
        let rest = text.get(*start..).unwrap_or_default();
        rest.starts_with(RECORD) || is_record(rest.split(|byte| *byte == b'\n').next().unwrap_or_default())
    })
}

/// Whether a line is one whole object, whatever key comes first.
pub(super) fn is_record(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let mut nesting = Nesting::default();
    line.starts_with(b"{\"") && line.iter().position(|byte| nesting.step(*byte)) == line.len().checked_sub(1)
}

/// Follows strings and nesting; knows nothing else of JSON.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes the next byte. `true`: the document ends with it.
    pub(super) fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}
