//! Bounded waiting.

use std::time::{Duration, Instant};

/// Longest time a condition may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until there is something, at most a minute.
#[expect(clippy::disallowed_methods, reason = "a bounded wait for another process needs the real clock")]
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within {LIMIT:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
}
