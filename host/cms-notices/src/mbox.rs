//! An mbox: one file that grows. It is only read; how far is remembered as a mark (`offset`), so that nothing is read twice.
//!
//! A mail begins with a line `From …` at the start of the file or after an empty line; `>From` inside a mail loses one sign. The
//! last mail is taken when the file did not grow between two rounds, since it may still be being written. Where the file is shorter
//! than the mark, or no mail begins at it, the file is another one and is read from its start: what is known is known.

use crate::files::apart;
use crate::source::ROUND;
use crate::{Form, Incoming, Limits, MailSource, Sink, SourceError};
use async_trait::async_trait;
use bridge_types::Phi;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Longest line that is looked at as one; a longer one is no beginning of a mail.
const LINE: u64 = 64 * 1024;
/// Bytes of mails that are held at once.
const HELD: usize = 2 * Limits::BYTES;

/// An mbox file. It need not exist yet.
#[derive(Debug)]
pub struct MboxSource {
    path: Arc<Path>,
    name: Arc<str>,
    domains: Arc<[String]>,
    /// How long the file was in the last round.
    length: Option<u64>,
}

/// A mail in the file.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    bytes: Vec<u8>,
    cut: bool,
    /// Where the next one begins.
    end: u64,
}

/// What a look at the file found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Look {
    mails: Vec<Found>,
    /// Whether there are more than were read.
    more: bool,
}

impl MboxSource {
    /// An mbox whose folder must exist.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new(path: &Path, name: Arc<str>, domains: Arc<[String]>) -> io::Result<Self> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !std::fs::metadata(folder)?.is_dir() || path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self { path: path.into(), name, domains, length: None })
    }

    async fn look(&mut self, sink: &dyn Sink) -> Result<Look, SourceError> {
        let from: u64 = sink.mark(&self.name).await?.and_then(|mark| mark.parse().ok()).unwrap_or(0);
        let (path, before) = (Arc::clone(&self.path), self.length);
        let work = move || {
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok((None, Look::default())),
                Err(error) => return Err(error),
            };
            let length = file.metadata()?.len();
            // What grows during the look is for the next one.
            let look = find(BufReader::new(file), from, length, before == Some(length))?;
            Ok((Some(length), look))
        };
        let (length, look) = apart("read the mbox", work).await?;
        self.length = length;
        Ok(look)
    }
}

/// The mails from an offset on. The last one counts only where the file is `quiet`.
fn find(mut file: impl BufRead + Seek, from: u64, length: u64, quiet: bool) -> io::Result<Look> {
    let mut from = if from > length { 0 } else { from };
    file.seek(SeekFrom::Start(from))?;
    if from < length && from > 0 && !begins(&line(&mut file, length - from)?.0) {
        from = 0;
    }
    file.seek(SeekFrom::Start(from))?;
    let mut look = Look::default();
    let (mut at, mut held, mut blank) = (from, 0_usize, true);
    let mut open: Option<Found> = None;
    while at < length {
        let (text, size) = line(&mut file, length - at)?;
        if size == 0 {
            break;
        }
        if blank && begins(&text) {
            if let Some(done) = open.take() {
                held = held.saturating_add(done.bytes.len());
                look.mails.push(Found { end: at, ..done });
                if look.mails.len() == ROUND || held >= HELD {
                    look.more = true;
                    return Ok(look);
                }
            }
            open = Some(Found { bytes: Vec::new(), cut: false, end: 0 });
        } else if let Some(open) = &mut open {
            add(open, unquoted(&text), size > text.len() as u64);
        }
        blank = matches!(text.as_slice(), b"\n" | b"\r\n");
        at = at.saturating_add(size);
    }
    look.mails.extend(open.filter(|_| quiet).map(|last| Found { end: length, ..last }));
    Ok(look)
}

/// The next line, cut to [`LINE`] bytes, and how long it really is; at most `limit` bytes are read.
fn line(file: &mut impl BufRead, limit: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut text = Vec::new();
    let mut size = 0_u64;
    loop {
        let room = limit.saturating_sub(size).min(LINE);
        let mut piece = Vec::new();
        let read = io::Read::take(&mut *file, room).read_until(b'\n', &mut piece)?;
        size = size.saturating_add(read as u64);
        if text.is_empty() {
            text = piece;
        } else if piece.last() == Some(&b'\n') {
            text.push(b'\n');
            return Ok((text, size));
        }
        if read == 0 || text.last() == Some(&b'\n') || size >= limit {
            return Ok((text, size));
        }
    }
}

fn begins(line: &[u8]) -> bool {
    line.starts_with(b"From ")
}

/// A line without one sign of quotation, where it is a quoted beginning.
fn unquoted(line: &[u8]) -> &[u8] {
    let signs = line.iter().take_while(|byte| **byte == b'>').count();
    match line.get(signs..) {
        Some(rest) if signs > 0 && begins(rest) => line.get(1..).unwrap_or_default(),
        _ => line,
    }
}

fn add(mail: &mut Found, text: &[u8], shortened: bool) {
    let room = Limits::BYTES.saturating_sub(mail.bytes.len());
    mail.bytes.extend_from_slice(text.get(..room.min(text.len())).unwrap_or_default());
    mail.cut |= shortened || text.len() > room;
}

#[async_trait]
impl MailSource for MboxSource {
    async fn round(&mut self, sink: &dyn Sink) -> Result<bool, SourceError> {
        let look = self.look(sink).await?;
        for found in look.mails {
            let mut bytes = found.bytes;
            // The empty line before the next mail is no part of this one.
            for end in [&b"\r\n\r\n"[..], b"\n\n"] {
                if bytes.ends_with(end) {
                    bytes.truncate(bytes.len() - end.len() / 2);
                    break;
                }
            }
            let incoming = Incoming {
                bytes: Phi::new(bytes),
                cut: found.cut,
                form: Form::Mail,
                source: Arc::clone(&self.name),
                domains: Arc::clone(&self.domains),
            };
            sink.take(incoming).await?;
            sink.set_mark(&self.name, &found.end.to_string()).await?;
        }
        Ok(look.more)
    }
}

#[cfg(test)]
mod tests;
