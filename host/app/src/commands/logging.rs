//! Logging to standard error. Constant messages, no values of messages.

use tracing_subscriber::EnvFilter;

/// Starts logging; a second call changes nothing.
pub(crate) fn start(format: &str, level: &str) {
    let filter = EnvFilter::new(format!(
        "off,access_bridge={level},bridge_client={level},bridge_ingest={level},bridge_ledger={level},bridge_routes={level},bridge_runtime={level},bridge_sandbox={level}"
    ));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let _ = if format == "json" { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
}
