//! `access-bridge run`: the service, until it is told to stop.

use super::logging;
use crate::config::{Config, Environment};
use crate::output::{Done, Ending, Trouble};
use crate::service::Service;
use bridge_types::{RandomIds, SystemClock};
use std::path::Path;
use std::sync::Arc;

/// Runs the service.
///
/// # Errors
/// What cannot be used, before anything is accepted.
pub fn run(path: &Path) -> Done {
    let config = Config::load(path, &Environment::of_process())?;
    logging::start(&config.file.log.format, &config.file.log.level);
    runtime()?.block_on(async {
        let mut service = Service::start(&config, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
        for (name, address) in &service.listening {
            tracing::info!(source = name, %address, "listening for MLLP");
        }
        for (name, address) in &service.endpoints {
            tracing::info!(listener = name, %address, "listening for messages of CMS");
        }
        tracing::info!(ledger = %config.ledger()?, "started");
        let ending = tokio::select! {
            () = stop_signal() => Ok(Ending::Fine),
            trouble = service.broken() => {
                tracing::error!(part = trouble.message, "a part of the service is gone; an operator must look");
                Err(trouble)
            }
        };
        tracing::info!("stopping");
        service.stop().await;
        ending
    })
}

/// The asynchronous runtime of the long-running commands.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Trouble::failed)
}

/// Resolves on SIGTERM, SIGINT or Ctrl-C.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut interrupt)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
