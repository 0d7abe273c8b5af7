//! Sources that are looked at again and again, and the loop that does so.

use crate::{NotTaken, Sink};
use async_trait::async_trait;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Most mails that one round hands over; what is left comes in the next, at once.
pub(crate) const ROUND: usize = 100;

/// Why a round ended early. Nothing is lost: what was not handed over stays where it is.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Files.
    #[error("cannot {step}: {source}")]
    Storage {
        /// What was tried.
        step: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A mail server.
    #[error(transparent)]
    Imap(#[from] crate::ImapError),
    /// The sink.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
}

impl SourceError {
    /// Names the step of a failure.
    pub(crate) fn at(step: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Storage { step, source }
    }
}

/// Somewhere mails come in.
#[async_trait]
pub trait MailSource: Send {
    /// Hands over what is there. True where there may be more at once. May be dropped at any point: what was taken and not yet put
    /// aside is handed over again, and the sink knows it.
    ///
    /// # Errors
    /// Why it ended early.
    async fn round(&mut self, sink: &dyn Sink) -> Result<bool, SourceError>;
}

/// Looks at a source until it is told to stop.
pub struct Watch {
    /// Name of the source, from configuration.
    pub name: Arc<str>,
    /// The source.
    pub source: Box<dyn MailSource>,
    /// Pause between two looks.
    pub every: Duration,
    /// Longest pause after failures, which doubles with each.
    pub longest: Duration,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("name", &self.name).field("every", &self.every).finish_non_exhaustive()
    }
}

impl Watch {
    /// Looks until `stop` resolves.
    pub async fn run(mut self, sink: Arc<dyn Sink>, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut failures = 0_u32;
        loop {
            let round = tokio::select! {
                () = &mut stop => return,
                round = self.source.round(sink.as_ref()) => round,
            };
            let wait = match round {
                Ok(more) => {
                    if failures > 0 {
                        tracing::info!(source = &*self.name, failures, "the source of CMS mails can be read again");
                    }
                    failures = 0;
                    if more { Duration::ZERO } else { self.every }
                }
                Err(error) => {
                    // Once is enough: what lasts is told when it is over.
                    if failures == 0 {
                        tracing::error!(source = &*self.name, %error, "the source of CMS mails cannot be read now; it is tried again");
                    }
                    failures = failures.saturating_add(1);
                    pause(self.every, self.longest, failures)
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// The pause after so many failures.
fn pause(every: Duration, longest: Duration, failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX);
    every.max(Duration::from_millis(100)).saturating_mul(factor).min(longest.max(every))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::Tray;
    use std::sync::Mutex;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let (every, longest) = (Duration::from_secs(10), Duration::from_secs(300));
        let pauses: Vec<u64> = [1, 2, 3, 4, 5, 6, 100].map(|n| pause(every, longest, n).as_secs()).to_vec();
        assert_eq!(pauses, [20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(pause(Duration::ZERO, Duration::ZERO, 1), Duration::ZERO);
    }

    /// Counts its rounds and fails as told.
    struct Scripted(Arc<Mutex<Vec<&'static str>>>);

    #[async_trait]
    impl MailSource for Scripted {
        async fn round(&mut self, _: &dyn Sink) -> Result<bool, SourceError> {
            let next = self.0.lock().unwrap().pop();
            match next {
                Some("more") => Ok(true),
                Some("broken") => Err(SourceError::at("read")(io::Error::from(io::ErrorKind::NotFound))),
                Some("refused") => Err(NotTaken.into()),
                Some(_) => Ok(false),
                None => std::future::pending().await,
            }
        }
    }

    #[tokio::test]
    async fn a_watch_goes_on_after_failures_and_stops_in_the_middle_of_a_round() {
        let script = Arc::new(Mutex::new(vec!["calm", "refused", "broken", "more"]));
        let watch = Watch {
            name: "cms".into(),
            source: Box::new(Scripted(Arc::clone(&script))),
            every: Duration::from_millis(1),
            longest: Duration::from_millis(1),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(watch.run(Arc::new(Tray::default()), async {
            let _ = stopped.await;
        }));
        while !script.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The fifth round never ends by itself.
        stop.send(()).unwrap();
        running.await.unwrap();
    }
}
