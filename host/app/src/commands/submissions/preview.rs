//! What a submission would send if its turn came now: for whoever has to approve it.

use super::super::stored::wait;
use crate::config::Config;
use crate::outbox::as_of;
use crate::output::Trouble;
use crate::pipeline::NEWEST;
use access_contract::{Issue, Operation, ReportRequest};
use bridge_ledger::{Ledger, SubmissionStory};

/// Composes the payload from the chart as it is. Nothing is stored and nothing is sent.
///
/// # Errors
/// A profile that cannot be used, or a chart from which it cannot be built.
pub(super) fn body(config: &Config, ledger: &dyn Ledger, story: &SubmissionStory) -> Result<String, Trouble> {
    let one = &story.submission;
    let profile = crate::profile::resolved(&crate::profile::Place::of(config).load()?)?;
    let mut instance = crate::service::adapter(Some(config), &profile)?.instantiate().map_err(Trouble::failed)?;
    let chart = wait(ledger.chart(&one.chart))?.ok_or_else(|| Trouble::failed("its chart is not there any more"))?;
    let composed = if one.operation == Operation::ReportData {
        instance.compose_report(ReportRequest {
            participant: one.participant.clone(),
            intent: story.intent.clone(),
            entries: wait(ledger.newest_entries(&chart.id, NEWEST))?,
            at: as_of(&chart, one.created_at),
            chart: chart.document.into_inner(),
        })
    } else {
        instance.compose(&one.participant, story.intent.clone(), chart.document.expose())
    };
    composed.map_err(Trouble::failed)?.map(|payload| payload.body).map_err(|issues| unbuildable(&issues))
}

fn unbuildable(issues: &[Issue]) -> Trouble {
    let why: Vec<String> = issues
        .iter()
        .filter(|issue| issue.blocks())
        .map(|issue| format!("{} at {}: {}", issue.code, issue.location, issue.message))
        .collect();
    Trouble::failed(format!("it cannot be built from the chart as it is now: {}", why.join("; ")))
}
