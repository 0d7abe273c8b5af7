//! Feeds from a NATS JetStream stream.
//!
//! The stream is the site's; the durable consumer is made where it is missing, and found again by its name. Several hosts share
//! one. One that has other settings is given those of the configuration; one whose settings cannot be changed is not consumed from.
//! Where the certificates change, the messages in hand are finished, and a new connection shows the new ones.
//!
//! Invariants:
//! 1. A message is acknowledged when what became of each of its feeds is durable. A host that is killed before leaves it to the
//!    server, which gives it out again after `ack_wait`; feeds that were stored are known by then.
//! 2. With one message in flight (the default) feeds are taken in the order of the stream, whatever is given out again, by however
//!    many hosts: the server gives out the next one when this one is acknowledged. More in flight is faster, and keeps no order.
//! 3. A message with a feed that was refused is published to the dead subject, as it came, with headers that say why, before it is
//!    acknowledged; the feed stands in quarantine anyway. A dead subject that no stream listens to is told on the log, and holds nothing
//!    up.
//! 4. Own trouble gives the message back, to come again later; a broker that is away is waited for.
//!
//! | header of a dead message | value |
//! |---|---|
//! | `Nats-Msg-Id` | `dead-` with stream and sequence, so that it is there once |
//! | `Access-Bridge-Subject`, `Access-Bridge-Sequence` | where it came from |
//! | `Access-Bridge-Verdict` | `AE` or `AR` |
//! | `Access-Bridge-Code`, `Access-Bridge-Location` | the issue that decided |

mod consumer;
#[cfg(test)]
mod consumer_tests;
mod session;
#[cfg(test)]
mod tests;

use crate::Intake;
use bridge_net::nats;
use consumer::Unopened;
use session::{Ended, Session};
use std::sync::Arc;
use std::time::Duration;

/// First wait before the broker is tried again; it doubles.
const FIRST: Duration = Duration::from_secs(1);
/// Longest wait.
const LAST_WAIT: Duration = Duration::from_secs(30);

/// How a stream is consumed.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the source.
    pub name: String,
    /// The broker.
    pub nats: nats::Options,
    /// The stream, which must be there.
    pub stream: String,
    /// Only this subject of it; unset takes all.
    pub subject: Option<String>,
    /// Name of the durable consumer.
    pub durable: String,
    /// Where messages with refused feeds are published.
    pub dead_subject: Option<String>,
    /// How long the server waits for an acknowledgement before it gives a message out again.
    pub ack_wait: Duration,
    /// Messages that are given out and not acknowledged, over all hosts.
    pub in_flight: usize,
}

/// Consumes until `stop` resolves; messages in hand are finished first.
pub async fn consume(options: Options, intake: Arc<dyn Intake>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut wait = FIRST;
    loop {
        let opened = tokio::select! {
            () = &mut stop => return,
            opened = Session::open(&options, &intake) => opened,
        };
        let why = match opened {
            Ok(session) => {
                tracing::info!(source = options.name, stream = options.stream, "consuming");
                wait = FIRST;
                match session.run(&mut stop).await {
                    Ended::Stopped => return,
                    Ended::Renewed => {
                        tracing::info!(
                            source = options.name,
                            "the certificates changed; the broker is connected to anew"
                        );
                        continue;
                    }
                    Ended::Broken(why) => Unopened::NotNow(why),
                }
            }
            Err(why) => why,
        };
        match why {
            Unopened::NotNow(why) => {
                tracing::warn!(source = options.name, why, "the stream cannot be consumed now; it is tried again");
            }
            Unopened::Refused(why) => {
                tracing::error!(source = options.name, why, "the stream is not consumed until this is changed");
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = wait.saturating_mul(2).min(LAST_WAIT);
    }
}
