//! One client connection: a message out, frames in.

use crate::Cause;
use bridge_net::Stream;
use bridge_net::tls::ClientTls;
use bridge_types::Phi;
use bridge_types::mllp::{Block, Decoder, encode};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes read at a time.
const CHUNK: usize = 8 * 1024;
/// Largest answer that is read: 1 MiB.
const ANSWER_LIMIT: usize = 1024 * 1024;
/// Silence after which the operating system starts to probe the peer.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// How long the steps of an exchange may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To get a connection. 10 s.
    pub connect: Duration,
    /// From the first byte sent to the whole answer. 30 s.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(30) }
    }
}

/// A connection to an MLLP listener.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    decoder: Decoder,
    /// Bytes that were read and not decoded yet.
    unread: Phi<Vec<u8>>,
}

impl Connection {
    /// Connects to `address` (`host:port`; names are resolved each time), over TLS where it is given.
    ///
    /// # Errors
    /// [`Cause::Connect`], [`Cause::Unprotected`] or [`Cause::ConnectTimeout`]; the limit holds for the handshake, too.
    pub async fn open(address: &str, tls: Option<&ClientTls>, limit: Duration) -> Result<Self, Cause> {
        let connected = timeout(limit, async {
            let socket = TcpStream::connect(address).await.map_err(Cause::Connect)?;
            // Failures of these cost comfort only.
            let _ = socket.set_nodelay(true);
            let _ = SockRef::from(&socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE));
            let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
            Stream::connect(socket, host, tls)
                .await
                .map_err(|error| Cause::Unprotected { reason: Stream::refusal(&error) })
        });
        let stream = connected.await.map_err(|_| Cause::ConnectTimeout { limit })??;
        Ok(Self { stream, decoder: Decoder::new(ANSWER_LIMIT), unread: Phi::default() })
    }

    /// Whether the peer still holds the connection, as far as can be seen without sending. Frames that came unasked since
    /// the last exchange (a late or a second answer) are dropped.
    pub fn is_open(&mut self) -> bool {
        let mut chunk = [0; CHUNK];
        self.unread = Phi::default();
        loop {
            match self.stream.read_now(&mut chunk) {
                None => return !self.decoder.in_frame(),
                Some(Ok(0)) => return false,
                Some(Ok(count)) => {
                    let mut rest = chunk.get(..count).unwrap_or_default();
                    while let Some(progress) = self.decoder.decode(&mut rest).transpose() {
                        if progress.is_err() {
                            return false;
                        }
                    }
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Some(Err(_)) => return false,
            }
        }
    }

    /// Writes a payload as one block.
    ///
    /// # Errors
    /// [`Cause::Connection`], or [`Cause::AnswerTimeout`] when the peer does not take it before the deadline.
    pub async fn send(&mut self, payload: &[u8], deadline: Instant, limit: Duration) -> Result<(), Cause> {
        let written = async {
            self.stream.write_all(&encode(payload)).await?;
            self.stream.flush().await
        };
        timeout_at(deadline, written)
            .await
            .map_err(|_| Cause::AnswerTimeout { limit, foreign: 0 })?
            .map_err(Cause::Connection)
    }

    /// The next frame's payload. `None`: the deadline passed.
    ///
    /// # Errors
    /// [`Cause::Closed`], [`Cause::Connection`], or [`Cause::NotAnAcknowledgement`] for something that is not MLLP.
    pub async fn receive(&mut self, deadline: Instant) -> Result<Option<Phi<Vec<u8>>>, Cause> {
        loop {
            let bytes = std::mem::take(&mut self.unread).into_inner();
            let mut rest = bytes.as_slice();
            while let Some(block) = self.decoder.decode(&mut rest).map_err(|_| Cause::NotAnAcknowledgement)? {
                if let Block::Frame(payload) = block {
                    self.unread = Phi::new(rest.to_vec());
                    return Ok(Some(payload));
                }
            }
            let mut chunk = vec![0; CHUNK];
            match timeout_at(deadline, self.stream.read(&mut chunk)).await {
                Err(_) => return Ok(None),
                Ok(Err(error)) => return Err(Cause::Connection(error)),
                Ok(Ok(0)) => return Err(Cause::Closed),
                Ok(Ok(count)) => {
                    chunk.truncate(count);
                    self.unread = Phi::new(chunk);
                }
            }
        }
    }
}

/// Connects, sends one payload, returns the payload of the first frame that comes back, and closes.
///
/// # Errors
/// Every [`Cause`] of a connection, with [`Cause::AnswerTimeout`] when no frame comes in time.
pub async fn send_once(address: &str, payload: &[u8], timeouts: Timeouts) -> Result<Vec<u8>, Cause> {
    let mut connection = Connection::open(address, None, timeouts.connect).await?;
    let deadline = Instant::now() + timeouts.answer;
    connection.send(payload, deadline, timeouts.answer).await?;
    match connection.receive(deadline).await? {
        Some(answer) => Ok(answer.into_inner()),
        None => Err(Cause::AnswerTimeout { limit: timeouts.answer, foreign: 0 }),
    }
}
