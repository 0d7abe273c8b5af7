//! `access-bridge sandbox`: a local ACCESS API with today's wire.

use super::run::{runtime, stop_signal};
use crate::output::{Done, Ending, Trouble, say};
use bridge_sandbox::{Options, Sandbox, Scenario, TrafficLog};
use bridge_types::Timestamp;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Runs it until it is told to stop. The traffic log goes to standard error.
///
/// # Errors
/// An address that cannot be listened on, a scenario with a mistake, a time that is none, or a folder that cannot be made.
pub fn sandbox(listen: SocketAddr, scenario: Option<&Path>, clock: Option<&str>, mail: Option<PathBuf>) -> Done {
    let clock_millis = match clock.map(|text| (text, Timestamp::parse(text))) {
        None => None,
        Some((_, Some(start))) => Some(start.as_millis()),
        Some((text, None)) => {
            return Err(Trouble::usage(format!("--clock {text} is no time")).hint("write it like 2027-01-15T08:00:00Z"));
        }
    };
    let scenario = match scenario {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Trouble::usage(format!("scenario {}: {error}", path.display())))?;
            Scenario::parse(&text, &path.display().to_string()).map_err(Trouble::usage)?
        }
        None => Scenario::default_population().map_err(Trouble::usage)?,
    };
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.map_err(|error| {
            Trouble::failed(format!("cannot listen on {listen}: {error}"))
                .hint(crate::service::listen_hint(&error, "--listen"))
        })?;
        let running = Sandbox::start(
            listener,
            scenario,
            Options {
                // Whoever names another address has asked for it.
                allow_other_machines: !listen.ip().is_loopback(),
                traffic: TrafficLog::Writer(Box::new(std::io::stderr())),
                clock_millis,
                clock_runs_on: true,
                mail,
                ..Options::default()
            },
        )
        .map_err(Trouble::failed)?;
        say("ACCESS sandbox: no real beneficiary, no real answer");
        say(&format!("base_url  = \"{}\"", running.base_url()));
        say(&format!("token_url = \"{}\"", running.token_url()));
        say(&format!(
            "POST {}/clock moves the clock, GET {}/state shows what was accepted",
            running.admin_url(),
            running.admin_url()
        ));
        stop_signal().await;
        running.shutdown().await;
        Ok(Ending::Fine)
    })
}
