//! What the log says of the ledger: every cause at first, then ever less often, and once that it works again. A disk that is full is
//! met by every feed and every look, and the log often stands on the same disk.

use bridge_ledger::{Kind, LedgerError};
use std::sync::atomic::{AtomicU64, Ordering};

/// Failures in a row of a ledger that is not there at the moment.
static IN_A_ROW: AtomicU64 = AtomicU64::new(0);

/// Tells the log about trouble of the ledger; error level where an operator must act.
pub(crate) fn report(error: &LedgerError) {
    match error.kind() {
        Kind::Unavailable => {
            let times = IN_A_ROW.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            if is_told(times) {
                let hint = error.hint().unwrap_or_default();
                tracing::error!(%error, hint, times, "the ledger cannot be used");
            }
        }
        Kind::Fatal => {
            tracing::error!(%error, hint = error.hint().unwrap_or_default(), "the ledger cannot be used");
        }
        Kind::Caller if error.is_unstorable() => {
            tracing::error!(%error, "something does not fit into the ledger");
        }
        Kind::Caller => tracing::debug!(%error, "a step was overtaken"),
    }
}

/// Something was stored.
pub(crate) fn recovered() {
    let times = IN_A_ROW.swap(0, Ordering::Relaxed);
    if times > 0 {
        tracing::info!(times, "the ledger can be used again");
    }
}

/// The first, second, fourth, eighth and so on.
const fn is_told(times: u64) -> bool {
    times.is_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::is_told;

    #[test]
    fn the_same_trouble_is_told_ever_less_often() {
        let told: Vec<u64> = (1..=1000).filter(|times| is_told(*times)).collect();
        assert_eq!(told, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    }
}
