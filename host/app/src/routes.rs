//! The routes of a configuration.

use crate::config::{Config, Destination};
use crate::output::Trouble;
use crate::sources::Part;
use bridge_net::tls::ClientTls;
use bridge_routes::Route;
use bridge_routes::file::{FileLayout, FileRoute};
use bridge_routes::http::{HttpOptions, HttpRoute};
use bridge_routes::jetstream::JetstreamRoute;
use bridge_routes::lines::LinesRoute;
use bridge_routes::mllp::{MllpRoute, Timeouts};
use bridge_types::Clock;
use std::sync::Arc;

/// A route, and the certificates that have to be looked at while it is used.
pub struct Built {
    /// Delivers.
    pub route: Box<dyn Route>,
    /// Its certificates.
    pub tls: Option<Arc<ClientTls>>,
}

impl std::fmt::Debug for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Built").finish_non_exhaustive()
    }
}

impl Built {
    /// The look-out for its certificates, if it has any.
    #[must_use]
    pub fn watch(&self, name: &str, config: &Config, stop: impl Future<Output = ()> + Send + 'static) -> Option<Part> {
        let tls = Arc::clone(self.tls.as_ref()?);
        Some(Box::pin(tls.watch(format!("route {name}"), config.file.times.certificates.0, stop)))
    }
}

/// A route, by its position in the file. Connects to nothing.
///
/// # Errors
/// What is missing or cannot work.
pub fn build(config: &Config, index: usize, clock: &Arc<dyn Clock>) -> Result<Built, Trouble> {
    let times = &config.file.times;
    let key = format!("route.{index}.tls");
    let (route, tls): (Box<dyn Route>, _) = match config.destination(index)? {
        Destination::Mllp { address, tls, keeps } => {
            let tls = config.certificates(&key, tls)?;
            let timeouts = Timeouts { connect: times.connect.0, answer: times.delivery_response.0 };
            let mut route = MllpRoute::new(address, timeouts).keeping(keeps);
            if let Some(tls) = &tls {
                route = route.with_tls(Arc::clone(tls));
            }
            (Box::new(route), tls)
        }
        Destination::Http { url, tls } => {
            let tls = config.certificates(&key, tls)?;
            let options = HttpOptions {
                url,
                tls: tls.clone(),
                secrets: config.route_secrets(index)?,
                token: config.route_token(index)?,
                connect: times.connect.0,
                answer: times.delivery_response.0,
            };
            (Box::new(HttpRoute::new(options, Arc::clone(clock))), tls)
        }
        Destination::Jetstream { subject } => {
            let nats = config.nats()?;
            let tls = nats.tls.clone();
            (Box::new(JetstreamRoute::new(nats, subject)), tls)
        }
        Destination::File(path) => (Box::new(FileRoute::new(FileLayout::Lines(path))), None),
        Destination::Folder(path) => (Box::new(FileRoute::new(FileLayout::Folder(path))), None),
        Destination::Stdout => (Box::new(LinesRoute::new(tokio::io::stdout())), None),
    };
    Ok(Built { route, tls })
}
