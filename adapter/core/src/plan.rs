//! What follows from a feed: the changed chart, the operations that rules ask for, orders, and notices.
//!
//! One call takes the facts of one person and the charts found under that person's keys:
//!
//! 1. `join` settles which chart it is about, joins charts where the feed says they are one person, and stops where joining
//!    or identity is in doubt: then the chart stays as it is, nothing is submitted, and a person is told;
//! 2. `apply` writes the facts into the chart, each field in the order of the senders' clocks, and `entries` what was measured beside
//!    it; feeds that only bring results go through `results`;
//! 3. the rules look at the chart before and after: explicit requests (`request`), rules of the site (`rules`), changes while aligned (`change`), the
//!    screen (`screen`), and what only people can act on (`watch`).
//!
//! Limits: facts of 8 MiB, charts of 4 MiB, 64 charts, 16 requests in one feed; see `apply` for what one chart may hold.

mod align;
mod apply;
mod cancel;
mod case;
mod change;
mod clock;
mod deadlines;
mod diagnoses;
pub(crate) mod digest;
mod entries;
mod held;
mod identity;
mod join;
mod kept;
mod leave;
mod medicare;
pub(crate) mod moment;
mod notice;
mod orders;
mod plans;
mod referral;
pub(crate) mod reports;
mod request;
mod results;
mod rules;
mod screen;
pub(crate) mod standing;
mod visits;
mod watch;

pub(crate) use change::{is_by_cause, is_first_of_move};
pub use kept::{gather, take_up};

#[cfg(test)]
mod tests;

use crate::MIB;
use crate::chart::{Chart, is_for_a_look};
use crate::facts::{Facts, Format};
use access_contract::{ChartChange, ChartRecord, Entry, Issue, Plan, PlanRequest, Severity};
use access_mappings::{EventEffect, Participant, PlanClass, Profile};
use case::Case;
use join::{Draft, Found};
use moment::Moment;

/// Longest facts that are read, in bytes.
pub const MAX_FACTS_BYTES: usize = 8 * 1024 * 1024;

/// Most charts that one subject may be found under.
pub const MAX_CHARTS: usize = 64;

/// Plans what follows from a subject's facts, or, when `request.facts` is empty, from the first chart as it stands.
///
/// The plan's issues say what was noticed; a blocking one means that an explicit request was not followed or that the
/// person's identity is in doubt. Without a concern (no Medicare number, no Original Medicare, no chart) there is no chart
/// change: nothing is kept about people the model has nothing to do with.
///
/// # Errors
/// One issue when an argument cannot be used at all: unknown participant, unreadable facts, chart or time.
pub fn plan(profile: &Profile, request: &PlanRequest) -> Result<Plan, Issue> {
    if profile.inspects {
        let message = "nothing is planned with a profile that is for looking at feeds only";
        let issue = Issue::new(Severity::Fatal, "profile-inspects", "profile", message);
        return Err(issue.hint("load the profile without `inspects`"));
    }
    let participant = find_participant(profile, &request.participant)?;
    let now = Moment::argument(&request.now, "now")?;
    let found = charts(&request.charts, now)?;
    if request.facts.is_empty() {
        return look_again(profile, participant, now, found, &request.entries);
    }
    let mut facts = read_facts(&request.facts)?;
    let mut plan = Plan::default();
    let clock_is_wrong = clock::disbelieve(&mut facts, &clock::limit(now), &mut plan);
    let mut plan = if results::is_all(&facts) {
        results::follow(profile, participant, now, &facts, found, &request.entries, plan)?
    } else {
        let news = News { facts: &facts, clock_is_wrong, stored: &request.entries };
        follow(profile, participant, now, &news, found, plan)?
    };
    respell(&facts, &mut plan);
    Ok(plan)
}

/// Issues of planning name fields of HL7 v2; those about other feeds name what stands there.
fn respell(facts: &Facts, plan: &mut Plan) {
    match facts.format() {
        Format::Fhir => plan.issues.iter_mut().for_each(crate::fhir::replan),
        Format::Ccda => plan.issues.iter_mut().for_each(crate::ccda::replan),
        Format::Hl7v2 => {}
    }
}

/// The charts of one person.
fn charts(records: &[ChartRecord], now: Moment) -> Result<Vec<Found>, Issue> {
    if records.len() > MAX_CHARTS {
        let message = format!("more than {MAX_CHARTS} charts belong to one person");
        return Err(Issue::new(Severity::Fatal, "too-many-charts", "charts", message));
    }
    let limit = clock::limit(now);
    let found = records.iter().map(|record| {
        let mut chart = Chart::parse(&record.document)?;
        clock::heal(&mut chart, &limit);
        Ok(Found { id: record.id.clone(), chart })
    });
    found.collect()
}

fn find_participant<'a>(profile: &'a Profile, id: &str) -> Result<&'a Participant, Issue> {
    profile.participants.iter().find(|participant| participant.id == id).ok_or_else(|| {
        Issue::new(Severity::Fatal, "participant-unknown", "participant", "the profile has no such participant")
            .hint("add it under participants, or correct the sender table")
    })
}

fn read_facts(text: &str) -> Result<Facts, Issue> {
    if text.len() > MAX_FACTS_BYTES {
        let message = format!("the facts are longer than {} MiB", MAX_FACTS_BYTES / MIB);
        return Err(Issue::new(Severity::Fatal, "facts-too-large", "facts", message));
    }
    serde_json::from_str(text).map_err(|error| {
        let location = format!("facts, line {}, column {}", error.line(), error.column());
        Issue::new(Severity::Fatal, "facts-unreadable", location, "the facts are not what read produces")
    })
}

/// Looks at a chart without news: what an outcome or a change during a submission left to be asked.
fn look_again(
    profile: &Profile,
    participant: &Participant,
    now: Moment,
    found: Vec<Found>,
    entries: &[Entry],
) -> Result<Plan, Issue> {
    let Some(Found { id, mut chart }) = found.into_iter().next() else { return Ok(Plan::default()) };
    rules::forget(&mut chart, profile);
    let before = chart.clone();
    referral::lapse(&mut chart, profile, now, None);
    let case = Case::new(profile, participant, now, None, &before, &chart);
    let mut plan = Plan::default();
    if !waits(&chart) {
        change::propose(&case, &mut plan);
        screen::propose(&case, &mut plan);
    }
    let mut told = told(&chart);
    watch::tell(&case, None, true, &mut told, &mut plan);
    if !rules::withholds(&chart) {
        reports::look(&case, entries, &mut told, &mut plan);
    }
    held::tell(&case, &participant.id, None, &mut plan);
    put_lapses_first(&mut plan);
    let look_at = reports::next_look(&case, &told);
    chart.told = told;
    let change = ChartChange {
        entries: Vec::new(),
        look_at,
        id: Some(id),
        keys: chart.keys(),
        absorbed: Vec::new(),
        document: chart.write()?,
    };
    plan.chart = Some(change);
    Ok(plan)
}

/// What was told so far, without what this plan looked at.
fn told(chart: &Chart) -> watch::Told {
    let mut told = chart.told.clone();
    if !waits(chart) {
        told.retain(|key, _| !is_for_a_look(key));
    }
    told
}

/// Whether what is to be looked at waits: while nothing may be submitted, or the sender has deleted the record.
fn waits(chart: &Chart) -> bool {
    rules::withholds(chart) || chart.deleted_at().is_some()
}

/// An approval in the same feed was given for a cause that is gone, so what lapses goes first. The order within each kind stays: notices
/// about commands follow it.
fn put_lapses_first(plan: &mut Plan) {
    plan.commands.sort_by_key(|command| !command.is_lapse());
}

/// What a feed brings.
struct News<'a> {
    facts: &'a Facts,
    /// Whether the time it was sent at is not believed.
    clock_is_wrong: bool,
    /// What is stored under the keys of its entries.
    stored: &'a [Entry],
}

fn follow(
    profile: &Profile,
    participant: &Participant,
    now: Moment,
    news: &News<'_>,
    found: Vec<Found>,
    mut plan: Plan,
) -> Result<Plan, Issue> {
    let facts = news.facts;
    let states = states(facts);
    let draft = if states {
        join::draft(facts, found).and_then(|draft| identity::check(draft, facts))
    } else {
        Ok(join::first(found))
    };
    let Draft { id, absorbed, before, mut chart } = match draft {
        Ok(draft) => draft,
        Err(stop) => {
            stop.tell(&participant.id, facts, &mut plan);
            return Ok(plan);
        }
    };
    if id.is_none() && !states && facts.requests.is_empty() {
        return Ok(plan);
    }
    visits::rename(&mut chart, facts);
    let resolved = visits::resolve(&chart, facts);
    let facts = resolved.as_ref();
    write(&mut chart, facts, profile, &mut plan);
    plan.issues.extend(referral::lapse(&mut chart, profile, now, Some(facts)));
    let case = Case::new(profile, participant, now, Some(facts), &before, &chart);
    request::follow(&case, facts, &mut plan);
    let followed = if states { rules::follow(&case, facts, &mut plan) } else { Vec::new() };
    if id.is_none() && !is_of_concern(&chart) && !is_kept_fragment(facts) {
        plan.issues.push(
            Issue::new(
                Severity::Information,
                "not-medicare",
                "IN1",
                "nothing says that this person has Original Medicare",
            )
            .rule("triggers.screen"),
        );
        orders::refuse(facts, &mut plan);
        return Ok(plan);
    }
    // A feed that was sent before the sender deleted the record came late.
    if chart.deleted_at().is_none() {
        change::propose(&case, &mut plan);
        if facts.screens {
            screen::propose(&case, &mut plan);
        }
    }
    let mut told = told(&chart);
    watch::tell(&case, Some(facts), id.is_some(), &mut told, &mut plan);
    clock::tell(&case, facts, news.clock_is_wrong, &mut told, &mut plan);
    if rules::withholds(&chart) {
        rules::hold_back(facts, &mut plan);
    }
    held::tell(&case, &participant.id, Some(facts), &mut plan);
    orders::tell(&case, facts, &mut plan);
    put_lapses_first(&mut plan);
    let taken = entries::take(profile, participant, &chart, facts, news.stored, &mut plan);
    // What may complete a report is looked at at once; else when the calendar says so.
    let look_at = results::look_at(&chart, taken.matters, now).or_else(|| reports::next_look(&case, &told));
    chart.told = told;
    chart.rules.extend(followed);
    plan.chart = Some(ChartChange {
        entries: taken.entries,
        look_at,
        id,
        keys: chart.keys(),
        absorbed,
        document: chart.write()?,
    });
    Ok(plan)
}

/// Whether a feed describes the person. An event that means nothing by itself still describes the one a request is about.
fn states(facts: &Facts) -> bool {
    match facts.effect {
        EventEffect::Snapshot
        | EventEffect::Referral
        | EventEffect::Merge
        | EventEffect::Change
        | EventEffect::RenameVisit => true,
        EventEffect::Results | EventEffect::Ignore => !facts.requests.is_empty(),
        EventEffect::Cancel | EventEffect::MoveVisit | EventEffect::Review => false,
    }
}

/// Writes into the chart what a feed states or takes back.
fn write(chart: &mut Chart, facts: &Facts, profile: &Profile, plan: &mut Plan) {
    let states = states(facts);
    cancel::reopen(chart, facts);
    if states {
        watch::restore(chart, facts);
        apply::snapshot(chart, facts, &mut plan.issues);
    } else if facts.effect == EventEffect::Cancel {
        cancel::withdraw(chart, facts, plan);
    }
    if states || facts.effect == EventEffect::MoveVisit {
        cancel::withdraw_records(chart, facts, plan);
    }
    rules::forget(chart, profile);
    if states {
        rules::take(chart, facts, plan);
    }
}

/// Whether a feed that is a piece of what the sender says about a person is kept until the other pieces come: they come in any
/// order, and only together they tell whether the person is of concern.
fn is_kept_fragment(facts: &Facts) -> bool {
    let records = &facts.records;
    records.fragment
        && (facts.name.is_some()
            || facts.gender.is_some()
            || facts.birth_date.is_some()
            || facts.plans.is_some()
            || facts.diagnoses.is_some()
            || facts.deceased.is_some()
            || facts.referral.is_some()
            || !records.withdrawn_plans.is_empty()
            || !records.cancelled_visits.is_empty())
}

/// Whether a person who has no chart yet gets one. A referral to the participant is kept until the coverage is known.
fn is_of_concern(chart: &Chart) -> bool {
    let medicare = chart.plans.iter().any(|plan| plan.class == PlanClass::OriginalMedicare);
    let referred = chart.referral.as_ref().is_some_and(|referral| referral.value);
    chart.mbi.is_some() || medicare || (referred && chart.plans.is_empty())
}
