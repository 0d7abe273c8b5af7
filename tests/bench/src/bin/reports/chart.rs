//! Charts in a ledger, and what is done with them.

use crate::message::{RESULTS, admission, results};
use access_bridge::pipeline::{NEWEST, Pipeline, Receipt};
use access_bridge::settling::RouteTable;
use access_contract::{Entry, Intent, Mode, Operation, ReportPeriod, ReportRequest, Track};
use bridge_ingest::{Received, Source, SourceKind};
use bridge_ledger::{ChartFilter, Ledger, SqliteLedger};
use bridge_runtime::{Adapter, ComponentBytes, Instance, Limits, Pool};
use bridge_types::{Phi, RandomIds, SystemClock};
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use tempfile::TempDir;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// The participant of the example site.
const PARTICIPANT: &str = "ACCES12345";
/// When reports are asked for.
const AT: &str = "2027-06-30T12:00:00Z";
/// Persons of the throughput begin here.
const STRANGERS: usize = 1_000;

/// A person's chart.
pub(crate) struct Chart {
    person: usize,
    id: String,
    /// Visits so far.
    pub(crate) visits: usize,
}

/// Ledger, component and pipeline.
pub(crate) struct Desk {
    _folder: TempDir,
    ledger: Arc<dyn Ledger>,
    pipeline: Pipeline,
    instance: Instance,
    people: usize,
    strangers: usize,
}

impl Desk {
    pub(crate) fn set() -> Done<Self> {
        let profile = access_mappings::example().map_err(|_| "the example profile cannot be loaded")?;
        let adapter = Adapter::new(&ComponentBytes::embedded()?, &profile.to_json()?, Limits::default(), None)?;
        let folder = tempfile::tempdir()?;
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let ledger: Arc<dyn Ledger> =
            Arc::new(SqliteLedger::open(&folder.path().join("ledger.db"), clock.clone(), ids)?);
        let instance = adapter.instantiate()?;
        let routes = Arc::new(RouteTable::default());
        let pipeline = Pipeline::new(Pool::new(adapter), Arc::clone(&ledger), clock, routes);
        Ok(Self { _folder: folder, ledger, pipeline, instance, people: 0, strangers: STRANGERS })
    }

    /// A new person whose chart has so many results.
    pub(crate) async fn grow(&mut self, size: usize) -> Done<Chart> {
        let person = self.people;
        self.people += 1;
        receive(&self.pipeline, admission(person)).await?;
        let key = format!("id:MAIN|R{person}");
        let filter = ChartFilter { key: Some(Phi::new(key)), ..ChartFilter::default() };
        let page = self.ledger.charts_page(&filter, None, 1).await?;
        let id = page.items.into_iter().next().ok_or("the admission led to no chart")?.id;
        let mut chart = Chart { person, id, visits: 0 };
        while chart.visits * RESULTS < size {
            self.take(&mut chart).await?;
        }
        Ok(chart)
    }

    /// Takes the results of one more visit in.
    pub(crate) async fn take(&self, chart: &mut Chart) -> Done {
        let visit = chart.next();
        receive(&self.pipeline, results(chart.person, visit)).await
    }

    /// Only reads a message.
    pub(crate) fn read_one(&mut self) -> Done {
        let reading = self.instance.read(results(0, 0).as_bytes())?.map_err(|_| "the message was refused")?;
        black_box(reading);
        Ok(())
    }

    /// Looks up what a report is made of.
    pub(crate) async fn find(&self, chart: &Chart) -> Done<Vec<Entry>> {
        Ok(self.ledger.newest_entries(&chart.id, NEWEST).await?)
    }

    /// Looks up and composes a CKM baseline of everything.
    pub(crate) async fn compose(&mut self, chart: &Chart) -> Done {
        let stored = self.ledger.chart(&chart.id).await?.ok_or("the chart is gone")?;
        let entries = self.find(chart).await?;
        let request = ReportRequest {
            participant: PARTICIPANT.to_owned(),
            intent: intent(),
            chart: stored.document.into_inner(),
            entries,
            at: AT.to_owned(),
        };
        let payload = self.instance.compose_report(request)?.map_err(|issues| {
            format!("no report: {}", issues.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>().join(", "))
        })?;
        black_box(payload.body);
        Ok(())
    }

    /// Takes in `count` messages about as many people, so many at once.
    pub(crate) async fn throughput(&mut self, count: usize, at_once: usize) -> Done {
        let first = self.strangers;
        self.strangers += count;
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..at_once {
            let pipeline = self.pipeline.clone();
            lanes.spawn(async move {
                for person in (first + lane..first + count).step_by(at_once) {
                    receive(&pipeline, results(person, 0)).await.map_err(|error| error.to_string())?;
                }
                Ok::<(), String>(())
            });
        }
        while let Some(done) = lanes.join_next().await {
            done??;
        }
        Ok(())
    }
}

async fn receive(pipeline: &Pipeline, text: String) -> Done {
    let feed = Received {
        bytes: Phi::new(text.into_bytes()),
        peer: None,
        source: Source::new(SourceKind::File, "bench"),
        position: 1,
    };
    match pipeline.receive(&feed).await? {
        Receipt::Accepted(_) => Ok(()),
        Receipt::Duplicate => Err("the message was known already".into()),
        Receipt::Refused { issues, .. } => {
            Err(format!("refused: {}", issues.first().map_or("", |issue| issue.code.as_str())).into())
        }
    }
}

fn intent() -> Intent {
    Intent {
        report: Some(ReportPeriod {
            kind: "baseline".to_owned(),
            period: "baseline".to_owned(),
            alignment: "a".to_owned(),
            from: "1980-01-01".to_owned(),
            until: "2027-12-31".to_owned(),
        }),
        ..Intent::new(Operation::ReportData, Track::Ckm, Mode::Auto, "report", "a bench")
    }
}
