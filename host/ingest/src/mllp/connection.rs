//! One connection: reads frames, hands their messages on, writes the answers.

use super::seats::Seat;
use super::server::Options;
use super::{Counters, Discard, Handler, Reply};
use crate::ack::{Decision, Member, is_batch};
use crate::batch::{Piece, split};
use crate::{NotTaken, RawHeader, Received};
use bridge_net::{Share, Stream};
use bridge_types::Phi;
use bridge_types::failpoint::{Step, reached};
use bridge_types::mllp::{Block, Decoder, FrameError, encode};
use socket2::{SockRef, TcpKeepalive};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes read at a time.
const CHUNK: usize = 32 * 1024;
/// After a refusal of something too large: how long its rest is read, so that the sender comes to see the answer.
const DRAIN: Duration = Duration::from_secs(10);

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The peer closed.
    Closed,
    /// Our trouble, or the peer's misbehaviour: reset.
    Reset,
    /// A message that is too large was refused: read on for a while, then close.
    Refused,
    /// The listener stops.
    Stopped,
}

/// What a connection has of what all connections share.
pub(super) struct Room {
    pub(super) seat: Seat,
    pub(super) share: Share,
}

/// Counts a connection as open for as long as it lives, even if its task is aborted.
struct OpenCount(Arc<Counters>);

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.0.count_closed();
    }
}

/// Serves one connection: protects it where the listener has an identity, then takes its frames.
pub(super) async fn serve(
    socket: TcpStream,
    peer: SocketAddr,
    room: Room,
    options: Arc<Options>,
    handler: Arc<dyn Handler>,
    stopped: watch::Receiver<bool>,
) {
    options.counters.count_opened();
    let open = OpenCount(Arc::clone(&options.counters));
    prepare(&socket, options.limits.keep_alive);
    let Some(stream) = protect(socket, peer, &room.seat, &options, stopped.clone()).await else {
        options.counters.count_reset();
        return;
    };
    let decoder = Decoder::new(options.limits.frame);
    let connection = Connection {
        stream,
        peer,
        room,
        options,
        handler,
        decoder,
        answered: None,
        rested: Instant::now(),
        _open: open,
    };
    connection.run(stopped).await;
}

/// From here on, however the task ends, the peer sees a reset and keeps its message. Failures here cost comfort only.
fn prepare(socket: &TcpStream, keep_alive: Duration) {
    let _ = socket.set_zero_linger();
    let _ = socket.set_nodelay(true);
    let _ = SockRef::from(socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(keep_alive));
}

/// The handshake, which must be complete within the time of a frame. `None`: it was not, and the connection is gone.
async fn protect(
    socket: TcpStream,
    peer: SocketAddr,
    seat: &Seat,
    options: &Options,
    mut stopped: watch::Receiver<bool>,
) -> Option<Stream> {
    let handshake = timeout(options.limits.frame_time, Stream::accept(socket, options.tls.as_deref()));
    let shaken = tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => return None,
        () = seat.lost() => return None,
        shaken = handshake => shaken,
    };
    let why = match shaken {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => Stream::refusal(&error),
        Err(_) => "the handshake was not complete in time".to_owned(),
    };
    tracing::warn!(source = %options.source, %peer, why, "a connection could not be protected, reset");
    None
}

struct Connection {
    stream: Stream,
    peer: SocketAddr,
    room: Room,
    options: Arc<Options>,
    handler: Arc<dyn Handler>,
    decoder: Decoder,
    answered: Option<Instant>,
    /// Since when nothing whole has come.
    rested: Instant,
    _open: OpenCount,
}

impl Connection {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let ending = self.serve(&mut stopped).await;
        match ending {
            Ending::Closed => self.close().await,
            Ending::Reset => self.options.counters.count_reset(),
            Ending::Refused => {
                self.room.share.release();
                self.drain(Instant::now() + DRAIN, true).await;
                self.close().await;
            }
            Ending::Stopped => {
                if let Some(answered) = self.answered {
                    self.drain(answered + self.options.limits.settle, false).await;
                }
            }
        }
        // Dropping the stream now resets it, unless `close` has changed that.
    }

    async fn serve(&mut self, stopped: &mut watch::Receiver<bool>) -> Ending {
        let mut chunk = vec![0; CHUNK];
        let mut begun = None;
        loop {
            begun = if self.decoder.in_frame() { begun.or_else(|| Some(Instant::now())) } else { None };
            let deadline = match begun {
                Some(begun) => begun + self.options.limits.frame_time,
                None => self.rested + self.options.limits.idle,
            };
            // What was read is not read again, so room for what comes next must be there before.
            let held = self.decoder.held();
            let (share, stream) = (&mut self.room.share, &mut self.stream);
            let reading = async {
                if held > 0 {
                    share.grow(held.saturating_add(CHUNK)).await;
                }
                stream.read(&mut chunk).await
            };
            let read = tokio::select! {
                biased;
                _ = stopped.wait_for(|stopped| *stopped) => return Ending::Stopped,
                () = self.room.seat.lost() => None,
                read = timeout_at(deadline, reading) => Some(read),
            };
            let Some(read) = read else {
                self.discard_rest(Discard::Interrupted).await;
                return Ending::Reset;
            };
            let count = match read {
                Ok(Ok(count)) if count > 0 => count,
                Ok(end) => {
                    if let Err(error) = end {
                        tracing::debug!(source = %self.options.source, peer = %self.peer, error = %error.kind(), "connection lost");
                    }
                    self.discard_rest(Discard::Interrupted).await;
                    return Ending::Closed;
                }
                Err(_) => return self.expire(begun.is_some()).await,
            };
            if !self.room.seat.begin() {
                return Ending::Reset;
            }
            let mut spoke = false;
            let mut rest = chunk.get(..count).unwrap_or_default();
            loop {
                match self.take(&mut rest).await {
                    Ok(true) => (begun, spoke) = (None, true),
                    Ok(false) => break,
                    Err(ending) => return ending,
                }
                self.room.share.release();
                if *stopped.borrow() {
                    return Ending::Stopped;
                }
            }
            if spoke {
                self.rested = Instant::now();
            }
            if !self.decoder.in_frame() {
                self.room.seat.rest(spoke);
            }
        }
    }

    /// The time of a block, or of an idle connection, is over.
    async fn expire(&mut self, in_frame: bool) -> Ending {
        if in_frame {
            tracing::warn!(source = %self.options.source, peer = %self.peer, "a message did not arrive in time, connection reset");
            self.discard_rest(Discard::TooSlow).await;
        } else {
            tracing::info!(source = %self.options.source, peer = %self.peer, "a connection was idle too long, reset");
            self.discard_rest(Discard::Stray).await;
        }
        Ending::Reset
    }

    /// Deals with the next block. `false`: more bytes are needed.
    async fn take(&mut self, rest: &mut &[u8]) -> Result<bool, Ending> {
        match self.decoder.decode(rest) {
            Ok(None) => return Ok(false),
            Ok(Some(Block::Frame(payload))) => self.take_frame(payload).await?,
            Ok(Some(Block::Interrupted(bytes))) => {
                tracing::warn!(source = %self.options.source, peer = %self.peer, "a message was broken off by the next one");
                self.discard(bytes, 1, Discard::Interrupted).await;
            }
            Ok(Some(Block::Stray(bytes))) => {
                tracing::warn!(source = %self.options.source, peer = %self.peer, "text outside a frame");
                self.discard(bytes, 1, Discard::Stray).await;
            }
            Ok(Some(Block::Damaged(bytes))) => {
                tracing::warn!(source = %self.options.source, peer = %self.peer, "text after the closing byte of a frame, connection reset");
                self.discard(bytes, 1, Discard::Damaged).await;
                return Err(Ending::Reset);
            }
            Err(FrameError::TooLarge { limit }) => return Err(self.refuse(limit).await),
            Err(FrameError::NotFramed { .. }) => {
                tracing::warn!(source = %self.options.source, peer = %self.peer, "the peer does not speak mllp, connection reset");
                self.discard_rest(Discard::Stray).await;
                return Err(Ending::Reset);
            }
        }
        Ok(true)
    }

    async fn take_frame(&mut self, payload: Phi<Vec<u8>>) -> Result<(), Ending> {
        reached(Step::FrameTaken);
        let pieces = split(payload.expose());
        let messages = pieces.iter().filter(|piece| matches!(piece, Piece::Message(_) | Piece::Json(_))).count();
        if messages == 0 {
            // Not HL7, or empty: the sender still waits for one answer.
            return self.take_message(payload, 1).await;
        }
        if messages > 1 || is_batch(payload.expose()) {
            return self.take_together(&payload, pieces).await;
        }
        // The message is a piece of its own: it need not be held twice.
        drop(payload);
        let mut position = 0;
        for piece in pieces {
            match piece {
                Piece::Message(bytes) | Piece::Json(bytes) => {
                    position += 1;
                    self.take_message(bytes, position).await?;
                }
                Piece::Other(bytes) => {
                    tracing::warn!(source = %self.options.source, peer = %self.peer, "text in a frame beside its messages");
                    self.discard(bytes, position, Discard::Stray).await;
                }
                Piece::Warning(warning) => {
                    tracing::warn!(source = %self.options.source, peer = %self.peer, %warning, "odd batch envelope");
                }
            }
        }
        Ok(())
    }

    /// Several messages, or a batch: each is taken by itself, and one answer tells of all, since the sender waits for one.
    async fn take_together(&mut self, payload: &Phi<Vec<u8>>, pieces: Vec<Piece>) -> Result<(), Ending> {
        let (mut members, mut doubts, mut position) = (Vec::new(), Vec::new(), 0);
        for piece in pieces {
            match piece {
                Piece::Message(bytes) | Piece::Json(bytes) => {
                    position += 1;
                    self.options.counters.count_message();
                    let feed = self.received(bytes, position);
                    let taken = self.handler.take(&feed).await.map_err(|NotTaken| Ending::Reset)?;
                    members.push(Member { bytes: feed.bytes, taken });
                }
                Piece::Other(bytes) => {
                    tracing::warn!(source = %self.options.source, peer = %self.peer, "text in a frame beside its messages");
                    self.discard(bytes, position, Discard::Stray).await;
                }
                Piece::Warning(warning) => {
                    tracing::warn!(source = %self.options.source, peer = %self.peer, %warning, "odd batch envelope");
                    doubts.push(warning.issue());
                }
            }
        }
        match self.options.acknowledger.answer_all(payload.expose(), &members, &doubts) {
            Some(answer) => self.answer(&answer).await,
            None => Ok(()),
        }
    }

    async fn take_message(&mut self, bytes: Phi<Vec<u8>>, position: u64) -> Result<(), Ending> {
        self.options.counters.count_message();
        let feed = self.received(bytes, position);
        match self.handler.receive(feed).await {
            Reply::Answer(answer) => self.answer(&answer).await,
            Reply::Silent => Ok(()),
            Reply::Reset => Err(Ending::Reset),
        }
    }

    async fn answer(&mut self, answer: &[u8]) -> Result<(), Ending> {
        reached(Step::AnswerDue);
        let written = async {
            self.stream.write_all(&encode(answer)).await?;
            self.stream.flush().await
        };
        match timeout(self.options.limits.answer_time, written).await {
            Ok(Ok(())) => {
                reached(Step::AnswerWritten);
                self.answered = Some(Instant::now());
                self.options.counters.count_answer();
                Ok(())
            }
            Ok(Err(error)) => {
                tracing::debug!(source = %self.options.source, peer = %self.peer, error = %error.kind(), "the answer could not be written");
                Err(Ending::Reset)
            }
            Err(_) => {
                tracing::warn!(source = %self.options.source, peer = %self.peer, "the peer does not take the answer, connection reset");
                Err(Ending::Reset)
            }
        }
    }

    /// A payload beyond the limit: kept as far as it came, refused if it is HL7, and the connection ends.
    async fn refuse(&mut self, limit: usize) -> Ending {
        tracing::warn!(source = %self.options.source, peer = %self.peer, limit, "a message is larger than the limit");
        let Some(Block::Interrupted(head)) = self.decoder.finish() else { return Ending::Reset };
        let has_header = RawHeader::read(head.expose()).is_some();
        let issue = Discard::too_large(limit);
        let answer = self.options.acknowledger.answer(head.expose(), Decision::Rejected(&[issue]));
        let kept = self.discard(head, 1, Discard::TooLarge).await;
        match answer {
            Some(answer) if has_header && kept => match self.answer(&answer).await {
                Ok(()) => Ending::Refused,
                Err(ending) => ending,
            },
            _ => Ending::Reset,
        }
    }

    async fn discard_rest(&mut self, why: Discard) {
        match self.decoder.finish() {
            Some(Block::Frame(bytes) | Block::Interrupted(bytes) | Block::Damaged(bytes)) => {
                self.discard(bytes, 1, why).await;
            }
            Some(Block::Stray(bytes)) => {
                self.discard(bytes, 1, Discard::Stray).await;
            }
            None => {}
        }
    }

    async fn discard(&self, bytes: Phi<Vec<u8>>, position: u64, why: Discard) -> bool {
        self.options.counters.count_discarded();
        let kept = self.handler.discarded(self.received(bytes, position), why).await.is_ok();
        if !kept {
            tracing::error!(source = %self.options.source, peer = %self.peer, reason = why.as_str(), "discarded bytes could not be kept");
        }
        kept
    }

    fn received(&self, bytes: Phi<Vec<u8>>, position: u64) -> Received {
        Received { bytes, peer: Some(self.peer), source: self.options.source.clone(), position }
    }

    /// Reads and drops until the peer closes or the deadline passes. `announce`: tell the peer first that we are done.
    async fn drain(&mut self, deadline: Instant, announce: bool) {
        if announce {
            let _ = self.stream.shutdown().await;
        }
        let mut chunk = vec![0; CHUNK];
        while let Ok(Ok(count)) = timeout_at(deadline, self.stream.read(&mut chunk)).await {
            if count == 0 {
                break;
            }
        }
    }

    /// Ends the connection so that everything written still arrives.
    async fn close(&mut self) {
        let _ = SockRef::from(self.stream.socket()).set_linger(None);
        let _ = self.stream.shutdown().await;
    }
}
