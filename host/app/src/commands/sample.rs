//! `access-bridge sample`: a stream of invented messages.

use crate::output::{Done, Ending, Trouble};
use crate::sample::{Kind, Messages};
use std::io::{BufWriter, ErrorKind, Write};

/// Bytes that wait to be written.
const BUFFER: usize = 64 * 1024;

/// Writes so many messages to standard output. A reader that has seen enough ends it.
///
/// # Errors
/// Standard output that cannot be written.
pub fn sample(count: u64, seed: u64, kind: Kind) -> Done {
    let mut out = BufWriter::with_capacity(BUFFER, std::io::stdout().lock());
    let mut messages = Messages::new(seed, kind);
    let written = (0..count)
        .try_for_each(|_| messages.next().map_or(Ok(()), |message| out.write_all(message.as_bytes())))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Trouble::failed(format!("standard output: {error}")))
        }
        _ => Ok(Ending::Fine),
    }
}
