//! The service, on a runtime of its own in this process.

use access_bridge::config::{Config, Environment};
use access_bridge::service::Service;
use bridge_ledger::State;
use bridge_types::{RandomIds, SystemClock};
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Rounds of claiming.
const CLAIMS: usize = 41;

/// The ledger as a file.
pub(crate) const FILE: &str = "path = 'ledger.sqlite'";

/// A port that nobody listens on.
const AWAY: (&str, &str) = ("http://127.0.0.1:9/fhir", "http://127.0.0.1:9/token");

const CONFIG: &str = r#"
client_id = "bench"
[[source]]
name = "adt"
kind = "mllp"
listen = "127.0.0.1:0"
[runtime]
cache = "cache"
"#;

/// A service that runs; stopped when it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    service: Option<Service>,
    runtime: Runtime,
}

impl Running {
    /// Starts one that works in a folder, on this ledger, with further settings, while CMS is away.
    pub(crate) fn start(folder: &Path, ledger: &str, more: &str) -> Result<Self, Box<dyn Error>> {
        Self::at(AWAY, folder, ledger, more, &Environment::default())
    }

    /// The same before an API with its token endpoint.
    pub(crate) fn at(
        (base, token): (&str, &str),
        folder: &Path,
        ledger: &str,
        more: &str,
        environment: &Environment,
    ) -> Result<Self, Box<dyn Error>> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("access-bridge.toml");
        let head = format!("profile = 'example'\n[access]\nbase_url = '{base}'\ntoken_url = '{token}'");
        std::fs::write(&path, format!("{head}{CONFIG}\n[ledger]\n{ledger}\n{more}"))?;
        let config = Config::load(&path, environment)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let service = runtime
            .block_on(Service::start(&config, Arc::new(SystemClock), Arc::new(RandomIds)))
            .map_err(|trouble| trouble.message)?;
        let address = service.listening.first().ok_or("nothing listens")?.address;
        Ok(Self { address, service: Some(service), runtime })
    }

    /// Submissions that came to their end.
    pub(crate) fn done(&self) -> Result<u64, Box<dyn Error>> {
        let ledger = self.service.as_ref().map(|service| Arc::clone(&service.ledger)).ok_or("no service")?;
        let health = self.runtime.block_on(ledger.health())?;
        Ok(health.submissions.get(&State::Done).copied().unwrap_or_default())
    }

    /// How long it takes to find and claim work: the middle of some rounds. What was claimed is given back.
    #[expect(clippy::disallowed_methods, reason = "a bench measures time")]
    pub(crate) fn claim_time(&self) -> Result<Duration, Box<dyn Error>> {
        let ledger = self.service.as_ref().map(|service| Arc::clone(&service.ledger)).ok_or("no service")?;
        self.runtime.block_on(async {
            let mut times = Vec::new();
            for _ in 0..CLAIMS {
                let start = Instant::now();
                let claimed = ledger.claim("bench", Duration::from_secs(60), 16).await?;
                times.push(start.elapsed());
                for work in claimed {
                    ledger.release(&work.lease).await?;
                }
            }
            times.sort();
            Ok(times[CLAIMS / 2])
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(service) = self.service.take() {
            self.runtime.block_on(service.stop());
        }
    }
}
