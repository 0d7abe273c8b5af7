//! The ways a feed can be taken: from a bare index of its delimiters to a fresh sandbox of its own.

use access_contract::{PlanRequest, Reading};
use access_mappings::Profile;
use bridge_runtime::Instance;
use std::error::Error;

/// When every feed is planned.
const NOW: &str = "2026-07-15T12:00:00Z";

/// The positions of every delimiter, found byte by byte and kept: nothing that finds parts of a message by their number can
/// do with less.
pub(crate) fn index(feed: &[u8]) -> Vec<u32> {
    let mut positions = Vec::new();
    for (position, byte) in (0..).zip(feed) {
        if matches!(byte, b'|' | b'^' | b'~' | b'&' | b'\\' | b'\r') {
            positions.push(position);
        }
    }
    positions
}

/// Reads, plans and composes in this process. Gives the payloads.
pub(crate) fn natively(profile: &Profile, feed: &[u8]) -> Result<Vec<String>, Box<dyn Error>> {
    let reading = access_core::read::read(profile, feed).map_err(|_| "the feed was refused")?;
    let mut bodies = Vec::new();
    let participant = reading.participant.clone();
    for request in requests(reading) {
        let plan = access_core::plan::plan(profile, &request).map_err(|issue| issue.code)?;
        let Some(chart) = plan.chart else { continue };
        for intent in plan.intents {
            let payload = access_core::compose::compose(profile, &participant, &intent, &chart.document)
                .map_err(|_| "an intent could not be composed")?;
            bodies.push(payload.body);
        }
    }
    Ok(bodies)
}

/// The same through the component.
pub(crate) fn sandboxed(instance: &mut Instance, feed: &[u8]) -> Result<Vec<String>, Box<dyn Error>> {
    let reading = instance.read(feed)?.map_err(|_| "the feed was refused")?;
    let mut bodies = Vec::new();
    let participant = reading.participant.clone();
    for request in requests(reading) {
        let plan = instance.plan(request)?.map_err(|issue| issue.code)?;
        let Some(chart) = plan.chart else { continue };
        for intent in plan.intents {
            let payload = instance
                .compose(&participant, intent, &chart.document)?
                .map_err(|_| "an intent could not be composed")?;
            bodies.push(payload.body);
        }
    }
    Ok(bodies)
}

/// What is planned for each person of a reading who has no chart yet.
fn requests(reading: Reading) -> impl Iterator<Item = PlanRequest> {
    let Reading { participant, header, subjects, .. } = reading;
    subjects.into_iter().map(move |subject| PlanRequest {
        entries: Vec::new(),
        participant: participant.clone(),
        feed: header.control_id.clone(),
        facts: subject.facts,
        charts: Vec::new(),
        now: NOW.to_owned(),
    })
}
