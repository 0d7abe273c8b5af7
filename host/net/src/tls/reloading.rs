//! Settings that follow their files.

use super::TlsError;
use crate::Hangup;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// What settings are made of.
pub trait FromFiles: Send + Sync + 'static {
    /// What the files become.
    type Settings: Send + Sync + 'static;

    /// The files, in any order.
    fn files(&self) -> Vec<&Path>;

    /// Reads them.
    ///
    /// # Errors
    /// The first that cannot be used.
    fn load(&self) -> Result<Self::Settings, TlsError>;
}

/// What the files looked like: when they were changed, and how long they were. None for one that is not there.
type Look = Vec<Option<(SystemTime, u64)>>;

/// Settings, and the files they came from.
pub struct Reloading<F: FromFiles> {
    files: F,
    current: watch::Sender<Arc<F::Settings>>,
}

impl<F: FromFiles> std::fmt::Debug for Reloading<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloading").field("files", &self.files.files()).finish_non_exhaustive()
    }
}

impl<F: FromFiles> Reloading<F> {
    /// Reads the files.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn new(files: F) -> Result<Self, TlsError> {
        let current = watch::Sender::new(Arc::new(files.load()?));
        Ok(Self { files, current })
    }

    /// What a connection that is made now uses.
    #[must_use]
    pub fn current(&self) -> Arc<F::Settings> {
        Arc::clone(&self.current.borrow())
    }

    /// Tells of settings that are loaded from now on, for connections that last.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<F::Settings>> {
        self.current.subscribe()
    }

    /// Reads the files again. If they cannot be used, what was loaded before stays.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn reload(&self) -> Result<(), TlsError> {
        let loaded = Arc::new(self.files.load()?);
        self.current.send_replace(loaded);
        Ok(())
    }

    fn look(&self) -> Look {
        let one = |path: &Path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        self.files.files().into_iter().map(one).collect()
    }

    /// Looks at the files every so often, and at once on SIGHUP, until `stop` resolves. A change is taken up when the files were
    /// quiet for one such time, so that a certificate is not joined to the key of the one before. `name` says whose they are.
    pub async fn watch(self: Arc<Self>, name: String, every: Duration, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut hangup = Hangup::default();
        let mut seen = self.look();
        let mut last = seen.clone();
        loop {
            let asked = tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(every) => false,
                () = hangup.heard() => true,
            };
            let own = Arc::clone(&self);
            let Ok(now) = tokio::task::spawn_blocking(move || own.look()).await else { continue };
            let quiet = now == last;
            last.clone_from(&now);
            if !asked && (!quiet || now == seen) {
                continue;
            }
            seen = now;
            let own = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || own.reload()).await {
                Ok(Ok(())) => tracing::info!(name, "the certificates were read again; new connections use them"),
                Ok(Err(error)) => {
                    tracing::error!(name, %error, "the certificates cannot be used; those before stay in use");
                }
                Err(_) => tracing::error!(name, "the certificates could not be read; those before stay in use"),
            }
        }
    }
}
