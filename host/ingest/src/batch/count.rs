//! Whether an envelope's counts are true.

use super::line::Envelope;
use bridge_types::contract::{Issue, Severity};

/// Something odd about an envelope. The messages are used all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchWarning {
    /// `BTS-1` is not the number of messages since `BHS`.
    #[error("BTS-1 states {stated} messages, found {found}")]
    MessageCount {
        /// `BTS-1`
        stated: u64,
        /// What was found.
        found: u64,
    },
    /// `FTS-1` is not the number of batches since `FHS`.
    #[error("FTS-1 states {stated} batches, found {found}")]
    BatchCount {
        /// `FTS-1`
        stated: u64,
        /// What was found.
        found: u64,
    },
    /// A trailer's count is not a number.
    #[error("{segment}-1 is not a number")]
    CountUnreadable {
        /// `BTS` or `FTS`
        segment: &'static str,
    },
    /// A header's trailer is missing: the file may be cut off.
    #[error("{segment} is missing")]
    TrailerMissing {
        /// `BTS` or `FTS`
        segment: &'static str,
    },
    /// A trailer stands where no header was.
    #[error("{segment} has no header before it")]
    HeaderMissing {
        /// `BTS` or `FTS`
        segment: &'static str,
    },
}

impl BatchWarning {
    /// The same as an issue, located at the segment of the envelope.
    #[must_use]
    pub fn issue(&self) -> Issue {
        let location = match self {
            Self::MessageCount { .. } => "BTS-1",
            Self::BatchCount { .. } => "FTS-1",
            Self::CountUnreadable { segment } | Self::TrailerMissing { segment } | Self::HeaderMissing { segment } => {
                segment
            }
        };
        Issue::new(Severity::Warning, "batch-envelope", location, self.to_string())
            .hint("look whether the sender cut the batch off, or lost messages of it")
    }
}

/// Counts messages and batches.
#[derive(Debug, Default)]
pub(super) struct Count {
    messages: u64,
    batches: u64,
    in_batch: bool,
    in_file: bool,
}

impl Count {
    pub(super) fn message(&mut self) {
        self.messages = self.messages.saturating_add(1);
    }

    /// Takes note of an envelope segment, given from its name on.
    pub(super) fn envelope(&mut self, envelope: Envelope, segment: &[u8]) -> Vec<BatchWarning> {
        match envelope {
            Envelope::FileStart => {
                let mut warnings = self.end_of_file();
                warnings.extend(self.end_of_batch());
                *self = Self { in_file: true, ..Self::default() };
                warnings
            }
            Envelope::BatchStart => {
                let warnings = self.end_of_batch();
                self.in_batch = true;
                self.messages = 0;
                self.batches = self.batches.saturating_add(1);
                warnings.into_iter().collect()
            }
            Envelope::BatchEnd => {
                let mut warnings = Vec::new();
                if !std::mem::take(&mut self.in_batch) {
                    warnings.push(BatchWarning::HeaderMissing { segment: "BTS" });
                    self.batches = self.batches.saturating_add(1);
                }
                let found = std::mem::take(&mut self.messages);
                warnings.extend(compare(segment, "BTS", found, |stated| BatchWarning::MessageCount { stated, found }));
                warnings
            }
            Envelope::FileEnd => {
                let mut warnings: Vec<BatchWarning> = self.end_of_batch().into_iter().collect();
                if !std::mem::take(&mut self.in_file) {
                    warnings.push(BatchWarning::HeaderMissing { segment: "FTS" });
                }
                let found = std::mem::take(&mut self.batches);
                warnings.extend(compare(segment, "FTS", found, |stated| BatchWarning::BatchCount { stated, found }));
                warnings
            }
        }
    }

    /// The input ended.
    pub(super) fn end(&mut self) -> Vec<BatchWarning> {
        let batch = self.end_of_batch();
        batch.into_iter().chain(self.end_of_file()).collect()
    }

    fn end_of_batch(&mut self) -> Option<BatchWarning> {
        std::mem::take(&mut self.in_batch).then_some(BatchWarning::TrailerMissing { segment: "BTS" })
    }

    fn end_of_file(&mut self) -> Vec<BatchWarning> {
        let open = std::mem::take(&mut self.in_file);
        open.then_some(BatchWarning::TrailerMissing { segment: "FTS" }).into_iter().collect()
    }
}

/// Compares a trailer's first field, which may be empty, with what was found. The trailer shows its own separator.
fn compare(
    segment: &[u8],
    name: &'static str,
    found: u64,
    mismatch: impl Fn(u64) -> BatchWarning,
) -> Option<BatchWarning> {
    let separator = segment.get(3)?;
    let field = segment.get(4..)?.split(|byte| byte == separator).next()?.trim_ascii();
    let digits: Vec<u8> = field.iter().copied().take_while(u8::is_ascii_digit).collect();
    // A composite count (`3^`) is its first component; letters are not a count.
    let readable = field.get(digits.len()).is_none_or(u8::is_ascii_punctuation);
    match std::str::from_utf8(&digits).ok()?.parse::<u64>() {
        Ok(stated) if readable => (stated != found).then(|| mismatch(stated)),
        _ if field.is_empty() => None,
        _ => Some(BatchWarning::CountUnreadable { segment: name }),
    }
}
