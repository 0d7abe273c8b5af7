//! Feeds that were taken in earlier and are read once more, for the results whose codes have a row in the profile since.
//!
//! The results of one feed after the other are gathered beside what is stored, and stored at the end in one piece, so that a value which
//! a later feed corrects or takes back is never seen. Among the feeds the later one counts as when they came; what is stored counts as
//! said after what is gathered, unless their times say otherwise, so nothing that came meanwhile is undone.

use super::case::Case;
use super::entries;
use super::identity;
use super::join::{self, Found};
use super::moment::Moment;
use super::{charts, clock, find_participant, read_facts, reports, respell, results};
use crate::chart::Chart;
use access_contract::{ChartChange, Entry, Issue, Plan, Severity, TakeUpRequest};
use access_mappings::{Participant, Profile};

/// Gathers the results of one kept feed or, where `request.facts` is empty, plans to store what was gathered.
///
/// Of what is gathered, the plan's chart has as entries all that is in hand under the keys of the feed from now on; what was in hand under
/// them and is not there is stored meanwhile. A blocking issue means that it is in doubt whose results they are.
///
/// # Errors
/// One issue when an argument cannot be used at all: unknown participant, unreadable facts, chart or time.
pub fn take_up(profile: &Profile, request: &TakeUpRequest) -> Result<Plan, Issue> {
    let participant = find_participant(profile, &request.participant)?;
    let now = Moment::argument(&request.now, "now")?;
    let found = charts(&request.charts, now)?;
    if request.facts.is_empty() {
        return store(profile, participant, now, found, request);
    }
    let mut plan = Plan::default();
    let received = Moment::argument(&request.received_at, "received_at")?;
    let mut facts = read_facts(&request.facts)?;
    // A time that was not believed when it came has not become true since.
    clock::disbelieve(&mut facts, &clock::limit(received), &mut plan);
    if found.is_empty() {
        return Ok(plan);
    }
    if found.len() > 1 {
        let message = "the results are of a person who has several charts; they were not taken up";
        plan.issues.push(
            Issue::new(Severity::Error, "results-of-several", "PID-3", message)
                .hint("merge the records at their source (ADT A40), then take the results up again"),
        );
        return Ok(plan);
    }
    let draft = join::draft(&facts, found).and_then(|draft| identity::check(draft, &facts));
    let draft = if results::is_all(&facts) { draft.and_then(|draft| results::check(draft, &facts)) } else { draft };
    match draft {
        Ok(draft) => {
            let entries = entries::gather(profile, &facts, &request.stored, &request.found);
            plan.chart = Some(change(draft.id, &draft.before, entries, None)?);
        }
        Err(stop) => stop.tell(&participant.id, &facts, &mut plan),
    }
    respell(&facts, &mut plan);
    Ok(plan)
}

/// Stores what was gathered, and tells where an accepted report carried what has changed.
fn store(
    profile: &Profile,
    participant: &Participant,
    now: Moment,
    found: Vec<Found>,
    request: &TakeUpRequest,
) -> Result<Plan, Issue> {
    let mut plan = Plan::default();
    let Some(Found { id, chart }) = found.into_iter().next() else { return Ok(plan) };
    let taken = entries::take_gathered(profile, participant, &chart, &request.stored, &request.found, &mut plan);
    if taken.entries.is_empty() {
        return Ok(plan);
    }
    let case = Case::new(profile, participant, now, None, &chart, &chart);
    let look_at = results::look_at(&chart, taken.matters, now).or_else(|| reports::next_look(&case, &chart.told));
    plan.chart = Some(change(Some(id), &chart, taken.entries, look_at)?);
    Ok(plan)
}

fn change(
    id: Option<String>,
    chart: &Chart,
    entries: Vec<Entry>,
    look_at: Option<String>,
) -> Result<ChartChange, Issue> {
    Ok(ChartChange { id, keys: chart.keys(), absorbed: Vec::new(), document: chart.write()?, entries, look_at })
}
