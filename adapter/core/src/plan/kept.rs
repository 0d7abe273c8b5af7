//! Feeds that were taken in earlier and are read once more, for the results whose codes have a row in the profile since.
//!
//! The results of one feed after the other are gathered beside what is stored, and stored at the end in one piece, so that a value which
//! a later feed corrects or takes back is never seen. The later statement counts as when the feeds came: a feed goes on from what was stored
//! before it came and from what it said itself, which a better profile may read otherwise; what was stored after it was said later.

use super::case::Case;
use super::entries;
use super::identity;
use super::join::{self, Found};
use super::moment::Moment;
use super::{charts, clock, find_participant, read_facts, reports, respell, results};
use access_contract::{ChartChange, GatherRequest, Gathered, Issue, Plan, Severity, TakeUpRequest};
use access_mappings::Profile;

/// Adds the results of a kept feed to what the kept feeds before it came to.
///
/// # Errors
/// One issue when an argument cannot be used at all: unknown participant, unreadable facts, chart or time.
pub fn gather(profile: &Profile, request: &GatherRequest) -> Result<Gathered, Issue> {
    let participant = find_participant(profile, &request.participant)?;
    let found = charts(&request.charts, Moment::argument(&request.now, "now")?)?;
    let received = Moment::argument(&request.received_at, "received_at")?;
    let mut facts = read_facts(&request.facts)?;
    let mut plan = Plan::default();
    // A time that was not believed when it came has not become true since.
    clock::disbelieve(&mut facts, &clock::limit(received), &mut plan);
    let mut gathered = Gathered::default();
    if found.len() > 1 {
        let message = "the results are of a person who has several charts; they were not taken up";
        plan.issues.push(
            Issue::new(Severity::Error, "results-of-several", "PID-3", message)
                .hint("merge the records at their source (ADT A40), then take the results up again"),
        );
    } else if !found.is_empty() {
        let draft = join::draft(&facts, found).and_then(|draft| identity::check(draft, &facts));
        let draft = if results::is_all(&facts) { draft.and_then(|draft| results::check(draft, &facts)) } else { draft };
        match draft {
            Ok(_) => gathered.found = entries::gather(profile, &facts, received, &request.stored, &request.found),
            Err(stop) => stop.tell(&participant.id, &facts, &mut plan),
        }
    }
    respell(&facts, &mut plan);
    gathered.issues = plan.issues;
    Ok(gathered)
}

/// Plans to store what was gathered, and tells where an accepted report carried what has changed.
///
/// # Errors
/// As [`gather`].
pub fn take_up(profile: &Profile, request: &TakeUpRequest) -> Result<Plan, Issue> {
    let participant = find_participant(profile, &request.participant)?;
    let now = Moment::argument(&request.now, "now")?;
    let mut plan = Plan::default();
    let found = charts(std::slice::from_ref(&request.chart), now)?;
    let Some(Found { id, chart }) = found.into_iter().next() else { return Ok(plan) };
    let case = Case::new(profile, participant, now, None, &chart, &chart);
    let taken = entries::take_gathered(&case, &request.stored, &request.found, &mut plan);
    if taken.entries.is_empty() {
        return Ok(plan);
    }
    let look_at = results::look_at(&chart, taken.matters, now).or_else(|| reports::next_look(&case, &chart.told));
    plan.chart = Some(ChartChange {
        id: Some(id),
        keys: chart.keys(),
        absorbed: Vec::new(),
        document: chart.write()?,
        entries: taken.entries,
        look_at,
    });
    Ok(plan)
}
