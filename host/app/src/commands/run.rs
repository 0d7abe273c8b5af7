//! `access-bridge run`: the service, until it is told to stop.

use super::logging;
use crate::config::raw::{Source, SourceKind as Kind};
use crate::config::{Config, Environment};
use crate::output::{Done, Ending, Trouble};
use crate::service::Service;
use bridge_ingest::SourceKind;
use bridge_types::{RandomIds, SystemClock};
use std::path::Path;
use std::sync::Arc;

/// Runs the service; `stdin` adds standard input to its sources.
///
/// # Errors
/// What cannot be used, before anything is accepted.
pub fn run(path: &Path, stdin: bool) -> Done {
    let mut config = Config::load(path, &Environment::of_process())?;
    if stdin && !config.file.source.iter().any(|source| source.kind == Kind::Stdin) {
        config.file.source.push(Source::stdin());
    }
    logging::start(&config.file.log.format, &config.file.log.level);
    runtime()?.block_on(async {
        let mut service = Service::start(&config, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
        for one in &service.listening {
            match one.kind {
                SourceKind::Http => tracing::info!(source = one.name, address = %one.address, "listening for HTTP"),
                _ => tracing::info!(source = one.name, address = %one.address, "listening for MLLP"),
            }
        }
        for (name, address) in &service.endpoints {
            tracing::info!(listener = name, %address, "listening for messages of CMS");
        }
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            configuration = %config.path.display(),
            profile = service.profile,
            api = config.file.access.base_url,
            ledger = %config.ledger()?,
            "started"
        );
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
