//! The way of a notice: each route has one worker that delivers in order, so that a dead destination stops nobody else.

use crate::config::raw::{self, Limits, Times};
use crate::ledger::report;
use crate::pipeline;
use access_contract::{Envelope, Format};
use bridge_client::{Backoff, BackoffSettings, ScheduleError};
use bridge_ledger::{ClaimedDelivery, DeliveryLease, Kind, Ledger, LedgerError};
use bridge_routes::{Cause, Outgoing, Route};
use bridge_runtime::{Pool, RuntimeError};
use bridge_types::failpoint::{Step, reached};
use bridge_types::{Clock, Disposition, Phi};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Delivers the notices of one route.
pub struct Courier {
    /// Name of the route.
    pub name: String,
    /// How its notices are written down.
    pub format: Format,
    /// Where they go.
    pub route: Box<dyn Route>,
    /// Instances of the component.
    pub pool: Pool,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// `MSH-3` of HL7 v2 notices.
    pub sender: String,
    /// Waits between attempts.
    pub backoff: Backoff,
    /// What follows a refusal.
    pub patience: Patience,
    /// How long a claim holds.
    pub lease: Duration,
    /// How often the ledger is looked at.
    pub look: Duration,
    /// Wakes it when there may be something.
    pub wake: Arc<Notify>,
    /// Name under which it claims.
    pub owner: String,
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the ledger, being away, could not be told, or did not tell.
#[derive(Default)]
struct Unsettled {
    /// Until this is recorded it holds up everything behind it, for as long as its lease, and then comes again.
    acknowledged: Option<Delivered>,
    /// Whether a delivery may be leased that nobody here knows of.
    astray: bool,
}

/// A notice that its destination acknowledged.
struct Delivered {
    lease: DeliveryLease,
    receipt: String,
}

#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// The back-off of deliveries.
///
/// # Errors
/// Times that contradict each other.
pub fn backoff(times: &Times) -> Result<Backoff, ScheduleError> {
    Backoff::new(BackoffSettings {
        base: times.delivery_base.0,
        max: times.delivery_max.0,
        ..BackoffSettings::default()
    })
}

/// The contract's word for a configured format.
#[must_use]
pub fn format(format: raw::Format) -> Format {
    match format {
        raw::Format::Hl7v2 => Format::Hl7v2,
        raw::Format::Json => Format::Json,
        raw::Format::Fhir => Format::Fhir,
    }
}

/// How often a notice is tried that the destination refuses. What does not arrive at all is tried for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Attempts where the refusal may be mended (`AE`, `CE`).
    pub errors: u32,
    /// Attempts where it is for good (`AR`, `CR`, an HTTP status of 400 to 499).
    pub rejections: u32,
}

impl Patience {
    /// From the settings of a route.
    #[must_use]
    pub fn of(route: &raw::Route, limits: &Limits) -> Self {
        let attempts = route.attempts.unwrap_or(limits.delivery_attempts).max(1);
        let of = |refused: Option<raw::Refused>| match refused {
            Some(raw::Refused::GiveUp) => 1,
            Some(raw::Refused::Retry) | None => attempts,
        };
        Self { errors: of(route.on_error), rejections: of(route.on_reject) }
    }

    fn attempts(self, cause: &Cause) -> u32 {
        if cause.is_rejection() { self.rejections } else { self.errors }
    }
}

impl Courier {
    /// Delivers until `stop`, or until the ledger cannot be trusted any more. A delivery that was begun is finished and recorded
    /// first: cut short, it would be repeated, and everything behind it would wait for its lease to run out.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut unsettled = Unsettled::default();
        loop {
            let Some(wait) = self.round(&mut unsettled).await else { return };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {}
            }
        }
    }

    /// Delivers the next notice, if it is due; how long to rest then. None if the ledger cannot be trusted any more.
    async fn round(&self, unsettled: &mut Unsettled) -> Option<Duration> {
        match self.deliver_due(unsettled).await {
            Ok(true) => Some(Duration::ZERO),
            Ok(false) => Some(self.look),
            Err(Stuck::Ledger(error)) => {
                report(&error);
                unsettled.astray = true;
                (error.kind() != Kind::Fatal).then_some(self.look)
            }
            Err(stuck) => {
                tracing::error!(route = self.name, error = %stuck, "a notice could not be delivered now");
                Some(self.look)
            }
        }
    }

    async fn deliver_due(&self, unsettled: &mut Unsettled) -> Result<bool, Stuck> {
        if let Some(delivered) = &unsettled.acknowledged {
            match self.ledger.delivered(&delivered.lease, &delivered.receipt).await {
                Err(error) if error.kind() == Kind::Unavailable => return Err(error.into()),
                Ok(()) | Err(_) => unsettled.acknowledged = None,
            }
        }
        if unsettled.astray {
            self.ledger.give_back_deliveries(&self.name, &self.owner).await?;
            unsettled.astray = false;
        }
        // One at a time: the lease of a second one could run out during the first, and another host would deliver it before.
        let claimed = self.ledger.claim_deliveries(&self.name, &self.owner, self.lease, 1).await?;
        let Some(one) = claimed.into_iter().next() else { return Ok(false) };
        reached(Step::DeliveryClaimed);
        let lease = one.lease.clone();
        let delivered = self.deliver(one, &mut unsettled.acknowledged).await;
        if matches!(delivered, Err(Stuck::Runtime(_))) {
            self.ledger.release_delivery(&lease).await?;
        }
        delivered
    }

    /// Delivers one. False: it is to be tried again.
    async fn deliver(&self, one: ClaimedDelivery, acknowledged: &mut Option<Delivered>) -> Result<bool, Stuck> {
        // Only the `fhir` format carries it; it may be long.
        let answer = one.answer.filter(|_| self.format == Format::Fhir).map(Phi::into_inner);
        let envelope =
            Envelope { id: one.lease.notice.clone(), at: one.at.rfc3339(), sender: self.sender.clone(), answer };
        let (notice, format) = (one.notice.into_inner(), self.format.clone());
        let code = match self.pool.with(move |instance| instance.render(notice, envelope, format)).await {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(issue)) => Err(issue.code),
            // The component would stop on it each time, and everything behind it would wait for ever.
            Err(error) => Err(pipeline::fault(&error).ok_or(error)?.to_owned()),
        };
        let text = match code {
            Ok(text) => text,
            Err(code) => {
                tracing::error!(
                    route = self.name,
                    notice = one.lease.notice,
                    code,
                    "a notice cannot be written down; it is given up for this route"
                );
                self.ledger.delivery_failed(&one.lease, None, &format!("cannot be written down: {code}")).await?;
                return Ok(true);
            }
        };
        let item = Outgoing {
            id: one.lease.notice.clone(),
            format: self.format.clone(),
            control_id: one.lease.notice.clone(),
            text: Phi::new(text),
        };
        match self.route.deliver(&item).await {
            Ok(receipt) => {
                reached(Step::NoticeDelivered);
                if one.failures > 0 {
                    tracing::info!(route = self.name, failures = one.failures, "notices are delivered again");
                }
                let delivered = acknowledged.insert(Delivered { lease: one.lease, receipt: receipt.receipt });
                self.ledger.delivered(&delivered.lease, &delivered.receipt).await?;
                *acknowledged = None;
                reached(Step::DeliveryRecorded);
                Ok(true)
            }
            Err(error) => {
                let failures = one.failures.saturating_add(1);
                let cause = error.cause.to_string();
                let refused = matches!(error.disposition, Disposition::Reject);
                if refused && failures >= self.patience.attempts(&error.cause) {
                    tracing::error!(
                        route = self.name,
                        notice = one.lease.notice,
                        cause,
                        "a notice was given up for this route; `access-bridge notices redeliver` sends it again"
                    );
                    self.ledger.delivery_failed(&one.lease, None, &cause).await?;
                    return Ok(true);
                }
                if failures == 1 {
                    tracing::warn!(route = self.name, cause, "a notice could not be delivered; it is tried again");
                }
                let after = match error.disposition {
                    Disposition::Retry { after } => after,
                    _ => None,
                };
                let next = self.clock.now().plus(self.backoff.wait(failures, &one.lease.notice, after));
                self.ledger.delivery_failed(&one.lease, Some(next), &cause).await?;
                Ok(false)
            }
        }
    }
}
