//! Feeds from a pipe.
//!
//! A pipe cannot give anything out again: a feed that cannot be stored is tried until it can be, and whoever writes waits. What
//! became of each is not told on the pipe; refused feeds stand in quarantine.

use crate::batch::{BatchError, Piece, pieces_of};
use crate::retrying::take_at_last;
use crate::{Intake, Received, Source, Taken};
use std::io::Read;
use std::sync::Arc;

/// What came through a pipe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Feeds that were stored, now or earlier.
    pub stored: u64,
    /// Feeds in quarantine.
    pub refused: u64,
    /// Messages beyond the limit, and inputs that broke off: these are kept nowhere.
    pub lost: u64,
}

/// Takes everything an input holds; a message may have `limit` bytes. Ends with the input, or when `stop` resolves and the feed in
/// hand is stored. A thread that reads the input may outlive it, until the next byte or the end of the program.
pub async fn take(
    input: impl Read + Send + 'static,
    limit: usize,
    intake: Arc<dyn Intake>,
    stop: impl Future<Output = ()>,
) -> Counts {
    let mut pieces = pieces_of(input, limit);
    let mut counts = Counts::default();
    let mut position = 0;
    tokio::pin!(stop);
    loop {
        let piece = tokio::select! {
            biased;
            () = &mut stop => return counts,
            piece = pieces.recv() => piece,
        };
        let Some(piece) = piece else { break };
        let bytes = match piece {
            Ok(Piece::Message(bytes) | Piece::Json(bytes) | Piece::Other(bytes)) => bytes,
            Ok(Piece::Warning(warning)) => {
                tracing::warn!(source = "stdin", %warning, "odd batch envelope");
                continue;
            }
            Err(error @ BatchError::TooLarge { .. }) => {
                tracing::error!(source = "stdin", %error, "a message was passed over");
                counts.lost += 1;
                continue;
            }
            Err(error @ BatchError::Read(_)) => {
                tracing::error!(source = "stdin", %error, "standard input broke off");
                counts.lost += 1;
                break;
            }
        };
        position += 1;
        let feed = Received { bytes, peer: None, source: Source::stdin(), position };
        // A stop does not wait for trouble to pass: what was not stored is told by the counts of the sender.
        let taken = tokio::select! {
            biased;
            taken = take_at_last(intake.as_ref(), &feed) => taken,
            () = &mut stop => {
                tracing::error!(source = "stdin", position, "stopped before a feed could be stored; send it again");
                counts.lost += 1;
                return counts;
            }
        };
        match taken {
            Taken::Stored | Taken::Known => counts.stored += 1,
            Taken::Refused { .. } => counts.refused += 1,
        }
    }
    tracing::info!(
        source = "stdin",
        stored = counts.stored,
        refused = counts.refused,
        lost = counts.lost,
        "standard input has ended"
    );
    counts
}

#[cfg(test)]
mod tests {
    use super::{Counts, take};
    use crate::kit::Tray;
    use std::io::Cursor;
    use std::sync::Arc;

    #[tokio::test]
    async fn everything_in_a_pipe_is_taken_in_order_however_often_storing_fails() {
        let tray = Arc::new(Tray::default());
        tray.refuse_next(1);
        let text = "{\"resourceType\":\"Patient\"}\nMSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5.1\rMSH|^~\\&|A|B|C|D|1||ADT^A01|BAD|P|2.5.1\r";
        let counts = take(Cursor::new(text), 1000, tray.clone(), std::future::pending()).await;
        assert_eq!(counts, Counts { stored: 2, refused: 1, lost: 0 });
        assert_eq!(tray.control_ids(), ["", "1", "BAD"]);
        assert_eq!(tray.positions(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_message_beyond_the_limit_is_counted_and_the_next_goes_on() {
        let tray = Arc::new(Tray::default());
        let large = format!("MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5.1\rNTE|{}\r", "x".repeat(500));
        let text = format!("{large}MSH|^~\\&|A|B|C|D|1||ADT^A01|2|P|2.5.1\r");
        let counts = take(Cursor::new(text), 300, tray.clone(), std::future::pending()).await;
        assert_eq!((counts, tray.control_ids()), (Counts { stored: 1, refused: 0, lost: 1 }, vec!["2".to_owned()]));
    }
}
