//! The route itself.

use super::answer::Answer;
use super::client::{Connection, Timeouts};
use crate::{Cause, Delivered, DeliveryError, Outgoing, Route};
use async_trait::async_trait;
use bridge_net::tls::ClientTls;
use bridge_types::mllp::fits;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Delivers to one MLLP listener.
#[derive(Debug)]
pub struct MllpRoute {
    address: String,
    timeouts: Timeouts,
    tls: Option<Arc<ClientTls>>,
    keeps: Keeps,
    /// The kept connection. Held during a delivery, so that one message is outstanding at a time. Empty while a delivery
    /// is under way: whatever interrupts it, the next one starts on a fresh connection.
    kept: Mutex<Option<Connection>>,
}

/// What becomes of a connection after a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// It is kept for the next one.
    #[default]
    Open,
    /// It is closed, for listeners that take one message per connection.
    Nothing,
}

/// How an exchange ended without a delivery.
enum Failure {
    /// The connection broke before our answer came; nothing was learned.
    Broken(Cause),
    /// The listener refused the item. The connection is good.
    Refused(Cause),
    /// The connection cannot be trusted any more.
    Lost(Cause),
}

impl MllpRoute {
    /// A route to `host:port`. Connects when the first item is delivered.
    #[must_use]
    pub fn new(address: impl Into<String>, timeouts: Timeouts) -> Self {
        Self { address: address.into(), timeouts, tls: None, keeps: Keeps::Open, kept: Mutex::new(None) }
    }

    /// Over TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<ClientTls>) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Keeps connections, or does not.
    #[must_use]
    pub const fn keeping(mut self, keeps: Keeps) -> Self {
        self.keeps = keeps;
        self
    }

    /// Sends on a connection and waits for our answer.
    async fn exchange(&self, connection: &mut Connection, item: &Outgoing) -> Result<Delivered, Failure> {
        let limit = self.timeouts.answer;
        let deadline = Instant::now() + limit;
        connection.send(item.text.expose().as_bytes(), deadline, limit).await.map_err(Failure::from)?;
        let ours = first_component(&item.control_id).as_bytes();
        let mut foreign = 0_u32;
        loop {
            let Some(payload) = connection.receive(deadline).await.map_err(Failure::from)? else {
                return Err(Failure::Lost(Cause::AnswerTimeout { limit, foreign }));
            };
            match Answer::read(payload.expose()) {
                Answer::Accepted { code, control_id } if control_id.expose() == ours => {
                    return Ok(Delivered::new(code));
                }
                // A listener that could not read the message cannot repeat its id either.
                Answer::Refused { code, control_id, text }
                    if control_id.expose() == ours || control_id.expose().is_empty() =>
                {
                    return Err(Failure::Refused(Cause::Refused { code, text }));
                }
                Answer::Accepted { .. } | Answer::Refused { .. } => {
                    foreign = foreign.saturating_add(1);
                    tracing::warn!(address = %self.address, "dropped an answer to another message");
                }
                Answer::Unreadable => return Err(Failure::Lost(Cause::NotAnAcknowledgement)),
            }
        }
    }

    /// One exchange; puts the connection back where it may be used again.
    async fn try_on(
        &self,
        mut connection: Connection,
        kept: &mut Option<Connection>,
        item: &Outgoing,
    ) -> Result<Delivered, Failure> {
        let result = self.exchange(&mut connection, item).await;
        if self.keeps == Keeps::Open && matches!(result, Ok(_) | Err(Failure::Refused(_))) {
            *kept = Some(connection);
        }
        result
    }
}

#[async_trait]
impl Route for MllpRoute {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        if !fits(item.text.expose().as_bytes()) {
            return Err(DeliveryError::reject(Cause::NotFrameable));
        }
        let mut kept = self.kept.lock().await;
        if let Some(mut connection) = kept.take()
            && connection.is_open()
        {
            match self.try_on(connection, &mut kept, item).await {
                // Closed since the last delivery: what was written went nowhere, as far as can be known.
                Err(Failure::Broken(_)) => tracing::debug!(address = %self.address, "kept connection was closed"),
                result => return result.map_err(DeliveryError::from),
            }
        }
        let opened = Connection::open(&self.address, self.tls.as_deref(), self.timeouts.connect).await;
        let connection = opened.map_err(|cause| match cause {
            // Somebody has to look at the certificates before anything can arrive.
            Cause::Unprotected { .. } => DeliveryError::operator(cause),
            cause => DeliveryError::retry(cause),
        })?;
        self.try_on(connection, &mut kept, item).await.map_err(DeliveryError::from)
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        if matches!(cause, Cause::Closed | Cause::Connection(_)) { Self::Broken(cause) } else { Self::Lost(cause) }
    }
}

impl From<Failure> for DeliveryError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken(cause) | Failure::Lost(cause) => Self::retry(cause),
            Failure::Refused(cause) => Self::reject(cause),
        }
    }
}

/// Engines repeat only the first component of `MSH-10`.
fn first_component(control_id: &str) -> &str {
    control_id.split('^').next().unwrap_or_default().trim()
}
