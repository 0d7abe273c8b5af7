//! Bounded waiting.

use std::time::{Duration, Instant};

/// Longest time a condition may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until there is something, at most a minute.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    until_ok(what, || look().ok_or_else(String::new)).await
}

/// The same, where a look says what is missing.
#[expect(clippy::disallowed_methods, reason = "a bounded wait for another process needs the real clock")]
pub async fn until_ok<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        match look() {
            Ok(found) => return found,
            Err(missing) => assert!(Instant::now() < end, "not within {LIMIT:?}: {what} {missing}"),
        }
        tokio::time::sleep(LOOK).await;
    }
}
