//! Being told to stop: no request is begun any more, and those in hand end.

use tokio::sync::watch;

/// Whether the service stops.
#[derive(Debug, Clone)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    /// Told by setting it.
    #[must_use]
    pub const fn of(stopped: watch::Receiver<bool>) -> Self {
        Self(Some(stopped))
    }

    /// Nobody tells.
    #[must_use]
    pub const fn never() -> Self {
        Self(None)
    }

    /// Whether it was told.
    pub(super) fn is_told(&self) -> bool {
        self.0.as_ref().is_some_and(|stopped| *stopped.borrow())
    }

    /// Resolves when it is told.
    pub(super) async fn told(&self) {
        if let Some(stopped) = &self.0
            && stopped.clone().wait_for(|stopped| *stopped).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
