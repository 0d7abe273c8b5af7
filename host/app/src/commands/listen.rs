//! `access-bridge listen`: receives notices over MLLP as an engine would, answers AA and prints them.

use super::run::{runtime, stop_signal};
use crate::output::{Done, Ending, Trouble, say, warn};
use async_trait::async_trait;
use bridge_ingest::ack::{Acknowledger, Decision};
use bridge_ingest::mllp::{self, Discard, Handler, NotKept, Reply};
use bridge_ingest::{Received, Source, SourceKind};
use bridge_types::{RandomIds, SystemClock};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Notify;

/// Prints every message until it is told to stop, or until `count` have come. Prints patient data.
///
/// # Errors
/// An address that cannot be listened on.
pub fn listen(at: SocketAddr, count: Option<u64>) -> Done {
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(at).await.map_err(|error| {
            Trouble::failed(format!("cannot listen on {at}: {error}")).hint(crate::service::listen_hint(&error, "--at"))
        })?;
        let at = listener.local_addr().map_err(Trouble::failed)?;
        warn(&format!("listening for MLLP on {at}"));
        let acknowledger = Acknowledger::new("LISTENER", Arc::new(RandomIds), Arc::new(SystemClock));
        let enough = Arc::new(Notify::new());
        let printer = Printer {
            left: AtomicU64::new(count.unwrap_or(u64::MAX)),
            enough: Arc::clone(&enough),
            acknowledger: acknowledger.clone(),
        };
        let options = mllp::Options {
            source: Source::new(SourceKind::Mllp, "listen"),
            limits: mllp::Limits::default(),
            acknowledger,
            counters: Arc::default(),
            tls: None,
        };
        let stop = async move {
            tokio::select! {
                () = stop_signal() => {}
                () = enough.notified() => {}
            }
        };
        mllp::serve(listener, options, Arc::new(printer), stop).await;
        Ok(Ending::Fine)
    })
}

struct Printer {
    left: AtomicU64,
    enough: Arc<Notify>,
    acknowledger: Acknowledger,
}

#[async_trait]
impl Handler for Printer {
    async fn receive(&self, feed: Received) -> Reply {
        say(&format!("{}\n", String::from_utf8_lossy(feed.bytes.expose()).trim_end().replace('\r', "\n")));
        if self.left.fetch_sub(1, Ordering::Relaxed) <= 1 {
            self.enough.notify_one();
        }
        self.acknowledger.reply(feed.bytes.expose(), Decision::Accepted)
    }

    async fn discarded(&self, _: Received, why: Discard) -> Result<(), NotKept> {
        warn(&format!("something that is no whole message came: {}", why.as_str()));
        Ok(())
    }
}
