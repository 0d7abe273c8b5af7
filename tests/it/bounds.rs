//! What the component gives, the ledger takes; what it cannot take is refused and kept. Either of them failed once, in the path of an
//! acknowledgement: the connection was reset, the sender sent the same again, and nothing behind it came through.

use access_bridge::config::raw::Route;
use access_bridge::pipeline::{Pipeline, Receipt};
use access_bridge::settling::RouteTable;
use access_core::view::limits::{MAX_BYTES, MAX_IDENTIFIER_BYTES, MAX_IDENTIFIERS, MAX_PATIENTS};
use bridge_ingest::{Received, Source, SourceKind};
use bridge_ledger::{Bounds, Ledger, SqliteLedger};
use bridge_runtime::{Adapter, ComponentBytes, Limits, Pool};
use bridge_types::{Clock, Phi, RandomIds, SystemClock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

struct House {
    pipeline: Pipeline,
    ledger: Arc<dyn Ledger>,
    _folder: TempDir,
}

fn house() -> House {
    house_with(Arc::new(SystemClock))
}

fn house_with(clock: Arc<dyn Clock>) -> House {
    let bytes = ComponentBytes::read(&kit::component()).unwrap();
    let limits = Limits { instances: 1, time: std::time::Duration::from_secs(60), ..Limits::default() };
    let pool = Pool::new(Adapter::new(&bytes, &kit::profile().1, limits, Some(&kit::cache())).unwrap());
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db"), Arc::new(SystemClock), Arc::new(RandomIds));
    let ledger: Arc<dyn Ledger> = Arc::new(ledger.unwrap());
    let routes = Arc::new(RouteTable::new(&[] as &[Route]));
    let pipeline = Pipeline::new(pool, Arc::clone(&ledger), clock, routes);
    House { pipeline, ledger, _folder: folder }
}

impl House {
    async fn receive(&self, feed: Vec<u8>) -> Receipt {
        let source = Source::new(SourceKind::Mllp, "test");
        let feed = Received { bytes: Phi::new(feed), peer: None, source, position: 1 };
        self.pipeline.receive(&feed).await.unwrap()
    }
}

fn message(event: &str, control_id: &str, segments: &[String]) -> Vec<u8> {
    let header =
        format!("MSH|^~\\&|EPIC|LAKESHORE|ACCESSBRIDGE|ACCESS|20260714091500-0500||ADT^{event}|{control_id}|P|2.5.1\r");
    let insurance = "IN1|1|MCRA|00831|Medicare||||||||20160101|||MA||||||1||||||||||||||3AA1AA1AA11\r";
    format!("{header}EVN|{event}|20260714091500\r{}{insurance}", segments.concat()).into_bytes()
}

/// `PID` with these identifiers, a person with a Medicare number.
fn person(identifiers: &str) -> String {
    format!("PID|1||{identifiers}~3AA1AA1AA11^^^CMS^MC||Quill^Ada||19500102|F\r")
}

fn identifiers(prefix: &str, count: usize) -> String {
    (0..count).map(|number| format!("{prefix}{number}^^^LAKESHORE^MR")).collect::<Vec<_>>().join("~")
}

// The bounds of the ledger hold whatever the component and the client give. A merge names two people.
const _: () = {
    assert!(Bounds::KEYS >= 2 * (MAX_IDENTIFIERS + 1));
    assert!(Bounds::NAME_BYTES >= "id:|".len() + 2 * MAX_IDENTIFIER_BYTES);
    assert!(Bounds::LIST >= MAX_PATIENTS);
    assert!(Bounds::FEED_BYTES >= MAX_BYTES);
    assert!(Bounds::LOCATION_BYTES >= bridge_client::LONGEST_LOCATION);
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_with_as_many_identifiers_as_may_be_are_taken_and_merged() {
    let house = house();
    // More than a chart holds, in two feeds; the longest key there is; then a merge of two people with many.
    let feeds = [
        message("A08", "M1", &[person(&identifiers("A", 200))]),
        message("A08", "M2", &[person(&identifiers("B", 200))]),
        message("A08", "M3", &[person(&format!("{}^^^{}^MR", "V".repeat(256), "N".repeat(256)))]),
        message("A40", "M4", &[person(&identifiers("A", 200)), format!("MRG|{}\r", identifiers("C", 200))]),
    ];
    for feed in feeds {
        let receipt = house.receive(feed).await;
        assert!(matches!(receipt, Receipt::Accepted(_)), "{receipt:?}");
    }
    let chart = house.ledger.chart_by_mbi("ACCES12345", &Phi::new("3AA1AA1AA11".to_owned())).await.unwrap().unwrap();
    assert_eq!(chart.keys.expose().len(), 257);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_the_ledger_cannot_take_is_refused_and_kept() {
    let house = house();
    for (control_id, name) in [("M1", "A"), ("M2", "B")] {
        let feed = message("A08", control_id, &[format!("PID|1||{name}^^^LAKESHORE^MR||Quill^Ada||19500102|F\r")]);
        assert!(matches!(house.receive(feed).await, Receipt::Accepted(_)));
    }
    // Two merges in one message that undo each other.
    let group = |survivor: &str, ceased: &str| {
        format!("PID|1||{survivor}^^^LAKESHORE^MR||Quill^Ada||19500102|F\rMRG|{ceased}^^^LAKESHORE^MR\r")
    };
    let feed = message("A40", "M3", &[group("A", "B"), group("B", "A")]);
    let receipt = house.receive(feed.clone()).await;
    let Receipt::Refused { issues, .. } = receipt else { panic!("{receipt:?}") };
    assert_eq!(issues[0].code, "not-storable");
    // One that is larger than a feed may be is kept as far as it may be large.
    let receipt = house.receive([feed.clone(), vec![b'x'; Bounds::FEED_BYTES]].concat()).await;
    assert!(matches!(receipt, Receipt::Refused { .. }), "{receipt:?}");
    let kept = house.ledger.quarantine_page(&Default::default(), None, 10).await.unwrap().items;
    let codes: Vec<&str> = kept.iter().map(|entry| entry.code.as_str()).collect();
    assert_eq!(codes, ["limit-bytes", "not-storable"]);
    assert_eq!(kept[1].identity.control_id, "M3");
    assert_eq!(house.ledger.quarantined(&kept[1].id).await.unwrap().unwrap().bytes.expose(), &feed);
}

/// A clock that breaks down once.
#[derive(Debug, Default)]
struct BrokenOnce(AtomicBool);

impl Clock for BrokenOnce {
    fn now(&self) -> Timestamp {
        assert!(self.0.swap(true, Ordering::Relaxed), "on purpose");
        SystemClock.now()
    }
}

/// A panic while a feed is planned was taken for the end of the program: the connection was reset, and the feed sent again for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_whose_work_panics_is_refused_and_kept() {
    let house = house_with(Arc::new(BrokenOnce::default()));
    let feed = message("A08", "M1", &[person(&identifiers("A", 1))]);
    let receipt = house.receive(feed.clone()).await;
    let Receipt::Refused { issues, .. } = receipt else { panic!("{receipt:?}") };
    assert_eq!(issues[0].code, "component-stopped");
    let kept = house.ledger.quarantine_page(&Default::default(), None, 10).await.unwrap().items;
    assert_eq!(house.ledger.quarantined(&kept[0].id).await.unwrap().unwrap().bytes.expose(), &feed);
    // The next is read.
    let receipt = house.receive(message("A08", "M2", &[person(&identifiers("A", 1))])).await;
    assert!(matches!(receipt, Receipt::Accepted(_)), "{receipt:?}");
}
