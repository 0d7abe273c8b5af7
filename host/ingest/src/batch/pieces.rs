//! Pieces of an input that blocks, for tasks that must not.

use super::{BatchError, BatchReader, Piece};
use bridge_types::Phi;
use std::io::Read;
use tokio::sync::mpsc;

/// Pieces that are read ahead.
const AHEAD: usize = 2;

/// Reads an input on a thread of its own and hands its pieces over as they are asked for. The thread ends with the input, or when
/// the receiver is dropped and the next piece has come.
#[must_use]
pub fn pieces_of(input: impl Read + Send + 'static, limit: usize) -> mpsc::Receiver<Result<Piece, BatchError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let failed = sender.clone();
    let spawned = std::thread::Builder::new().name("feeds".to_owned()).spawn(move || {
        for piece in BatchReader::new(input, limit) {
            if sender.blocking_send(piece).is_err() {
                return;
            }
        }
    });
    if let Err(error) = spawned {
        let _ = failed.try_send(Err(BatchError::Read(error)));
    }
    receiver
}

/// The feeds of a payload that fits into memory. What holds no message and no document is one feed as it is (a CSV table, a
/// document in XML, or nothing that can be read); text beside messages is a feed, too, so that it is refused and kept.
#[must_use]
pub fn feeds(payload: Phi<Vec<u8>>) -> Vec<Phi<Vec<u8>>> {
    let feed = |piece| match piece {
        Piece::Message(bytes) | Piece::Json(bytes) | Piece::Other(bytes) => Some(bytes),
        Piece::Warning(warning) => {
            tracing::warn!(%warning, "odd batch envelope");
            None
        }
    };
    let found: Vec<Phi<Vec<u8>>> = super::split(payload.expose()).into_iter().filter_map(feed).collect();
    if found.is_empty() { vec![payload] } else { found }
}
