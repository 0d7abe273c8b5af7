//! Pieces of a file of any size, in bounded memory.

use super::{BatchError, Piece, Splitter};
use std::io::{ErrorKind, Read};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// Iterates over the pieces of an input. Memory stays below about twice the limit plus 64 KiB.
#[derive(Debug)]
pub struct BatchReader<R> {
    input: R,
    splitter: Splitter,
    chunk: Vec<u8>,
    ended: bool,
}

impl<R: Read> BatchReader<R> {
    /// Reads `input`; a message larger than `limit` bytes is an error in its place.
    pub fn new(input: R, limit: usize) -> Self {
        Self { input, splitter: Splitter::new(limit), chunk: vec![0; CHUNK], ended: false }
    }
}

impl<R: Read> Iterator for BatchReader<R> {
    type Item = Result<Piece, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(piece) = self.splitter.next_piece() {
                return Some(piece);
            }
            if self.ended {
                return None;
            }
            match self.input.read(&mut self.chunk) {
                Ok(0) => {
                    self.ended = true;
                    self.splitter.finish();
                }
                Ok(count) => self.splitter.push(self.chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // What was collected so far is not known to be complete, so it is not given out.
                    self.ended = true;
                    return Some(Err(BatchError::Read(error)));
                }
            }
        }
    }
}
