//! Senders with one message in flight each.

use super::messages::Feeds;
use std::collections::VecDeque;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Messages answered each second, on so many connections for so long.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(crate) fn rate(
    address: SocketAddr,
    feeds: &mut Feeds,
    connections: usize,
    time: Duration,
) -> Result<f64, Box<dyn Error>> {
    let queues = feeds.queues(connections);
    let start = Instant::now();
    let end = start + time;
    let counts = std::thread::scope(|scope| {
        let threads: Vec<_> =
            queues.iter_mut().map(|queue| scope.spawn(move || send_until(address, queue, end))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Err(std::io::ErrorKind::Other.into())))
            .collect::<Vec<_>>()
    });
    let answered = counts.into_iter().sum::<std::io::Result<u32>>()?;
    Ok(f64::from(answered) / start.elapsed().as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn send_until(address: SocketAddr, queue: &mut VecDeque<Vec<u8>>, end: Instant) -> std::io::Result<u32> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut chunk = [0; 16 * 1024];
    let mut answered = 0;
    while Instant::now() < end
        && let Some(frame) = queue.pop_front()
    {
        stream.write_all(&frame)?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x1c\r") {
            let count = stream.read(&mut chunk)?;
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&chunk[..count]);
        }
        answered += 1;
    }
    Ok(answered)
}
