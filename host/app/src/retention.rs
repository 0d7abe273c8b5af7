//! Taking away what the policy of retention says, a little at a time.

use bridge_ledger::{Ledger, LedgerError, Pruned, Retention};
use std::sync::Arc;
use std::time::Duration;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(3600);
/// Pieces of each kind in one transaction, so that nothing waits long.
const PIECES: usize = 200;

/// Takes away whatever is too old; gives how much.
///
/// # Errors
/// A ledger that cannot be used.
pub async fn prune(ledger: &dyn Ledger, retention: Retention) -> Result<Pruned, LedgerError> {
    let mut all = Pruned::default();
    loop {
        let pruned = ledger.prune(retention, PIECES).await?;
        if pruned == Pruned::default() {
            return Ok(all);
        }
        all.feeds += pruned.feeds;
        all.quarantine += pruned.quarantine;
        all.payloads += pruned.payloads;
        all.notices += pruned.notices;
    }
}

/// Does so every hour, until it is told to stop.
pub async fn run(ledger: Arc<dyn Ledger>, retention: Retention, stop: impl Future<Output = ()> + Send) {
    tokio::pin!(stop);
    loop {
        if !retention.keeps_all() {
            match prune(ledger.as_ref(), retention).await {
                Ok(pruned) if pruned == Pruned::default() => {}
                Ok(Pruned { feeds, quarantine, payloads, notices }) => {
                    tracing::info!(
                        feeds,
                        quarantine,
                        payloads,
                        notices,
                        "content was taken away that the policy of retention says"
                    );
                }
                Err(error) => tracing::warn!(%error, "retention could not be kept; it is tried again in an hour"),
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
