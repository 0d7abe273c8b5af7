//! Waiting out our own trouble.

use crate::{Intake, Received, Taken};
use std::time::Duration;

/// First wait after a feed could not be stored; it doubles.
const FIRST: Duration = Duration::from_millis(250);
/// Longest wait.
const LAST_WAIT: Duration = Duration::from_secs(30);

/// Takes a feed that its source cannot give out again: tries until it is stored.
pub(crate) async fn take_at_last(intake: &dyn Intake, feed: &Received) -> Taken {
    let mut wait = FIRST;
    loop {
        match intake.take(feed).await {
            Ok(taken) => return taken,
            Err(_) => tokio::time::sleep(wait).await,
        }
        wait = wait.saturating_mul(2).min(LAST_WAIT);
    }
}
