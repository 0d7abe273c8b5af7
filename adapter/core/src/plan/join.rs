//! Settles which chart a feed is about, and joins charts that are one person's.

use super::apply::{self, take_aliases};
use super::diagnoses;
use super::identity::{self, Features, Stop};
use super::{plans, reports};
use crate::chart::{Chart, Standing, is_for_a_look};
use crate::facts::Facts;
use access_contract::Track;
use access_mappings::EventEffect;
use std::collections::{BTreeMap, BTreeSet};

/// A stored chart with its id.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) chart: Chart,
}

/// The chart a feed is about, before anything of the feed is written into it.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its id; none for a new one.
    pub(super) id: Option<String>,
    /// Ids of charts that were joined into it.
    pub(super) absorbed: Vec<String>,
    /// The person as known so far.
    pub(super) before: Chart,
    /// The same, to be written into.
    pub(super) chart: Chart,
}

/// The first chart, for a feed that states nothing about who is who; an event that links two records leads to both.
pub(super) fn first(found: Vec<Found>) -> Draft {
    let (id, chart) =
        found.into_iter().next().map_or_else(|| (None, Chart::empty()), |found| (Some(found.id), found.chart));
    Draft { id, absorbed: Vec::new(), before: chart.clone(), chart }
}

/// Finds or makes the chart.
///
/// # Errors
/// A stop where the charts cannot be one person's.
pub(super) fn draft(facts: &Facts, found: Vec<Found>) -> Result<Draft, Stop> {
    let mut found = found.into_iter();
    let Some(Found { id, mut chart }) = found.next() else { return Ok(first(Vec::new())) };
    let others: Vec<Found> = found.filter(|other| other.id != id).collect();
    match facts.effect {
        EventEffect::Merge => check_merge(facts, &chart, &others)?,
        EventEffect::Change => check_change(facts, &chart, &others)?,
        _ => check_meeting(facts, &chart, &others)?,
    }
    let mut absorbed = Vec::new();
    for other in others {
        join(&mut chart, other.chart)?;
        if !absorbed.contains(&other.id) {
            absorbed.push(other.id);
        }
    }
    if !absorbed.is_empty() {
        // What is held was held for what one of them said alone.
        chart.note_joining(&facts.sent_at);
    }
    Ok(Draft { id: Some(id), absorbed, before: chart.clone(), chart })
}

/// Charts that one feed's identifiers lead to are joined when nothing speaks against their being one person.
fn check_meeting(facts: &Facts, first: &Chart, others: &[Found]) -> Result<(), Stop> {
    let charts = || std::iter::once(first).chain(others.iter().map(|other| &other.chart));
    let numbers: BTreeSet<&str> =
        charts().filter_map(|chart| chart.mbi.as_ref()).map(|mbi| mbi.value.as_str()).collect();
    if numbers.len() > 1 {
        return Err(Stop::TwoPatients);
    }
    let subject = Features::stated(facts).or(Features::charted(first));
    if others.is_empty() || charts().all(|chart| is_nameless(chart) || subject.agree(Features::charted(chart))) {
        return Ok(());
    }
    Err(if numbers.is_empty() { Stop::Conflict } else { Stop::TwoPatients })
}

/// The sender corrects an identifier of one person. A wrong identifier may well be another person's, so the chart that is found
/// by it alone must not contradict what the event says of the person.
fn check_change(facts: &Facts, first: &Chart, others: &[Found]) -> Result<(), Stop> {
    let known =
        |chart: &Chart| chart.shares(&facts.aliases) || (chart.mbi.is_some() && number(chart) == stated_number(facts));
    let stated = Features::stated(facts);
    let contradicts = |chart: &Chart| {
        let numbers = number(chart).zip(stated_number(facts));
        stated.differ(Features::charted(chart))
            || numbers.is_some_and(|(one, other)| one != other && facts.prior_mbi.is_none())
    };
    let mut charts = std::iter::once(first).chain(others.iter().map(|other| &other.chart));
    if charts.any(|chart| !known(chart) && contradicts(chart)) {
        return Err(Stop::Change);
    }
    check_meeting(facts, first, others)
}

/// Whether a chart knows nothing a person could be recognised by: pieces of a record that came before the person did. Only its
/// identifiers tell whose it is.
fn is_nameless(chart: &Chart) -> bool {
    chart.mbi.is_none() && chart.name.is_none() && chart.gender.is_none() && chart.birth_date.is_none()
}

/// The sender says that they are one person. That is believed unless Medicare numbers differ, or a number would go from
/// the losing side to the survivor while the two differ in name, sex or birth date, or the survivor is somebody else by now.
fn check_merge(facts: &Facts, first: &Chart, others: &[Found]) -> Result<(), Stop> {
    let survives = first.shares(&facts.aliases) || (first.mbi.is_some() && number(first) == stated_number(facts));
    let survivor = survives.then_some(first);
    let contradicts = |survivor: &&Chart| {
        Features::stated(facts).is_another(Features::charted(survivor)) && !identity::is_late(survivor, facts)
    };
    if survivor.as_ref().is_some_and(contradicts) {
        return Err(Stop::Merge);
    }
    let mut losing: Vec<&Chart> = others.iter().map(|other| &other.chart).collect();
    if !survives {
        losing.push(first);
    }
    let mut own: BTreeSet<&str> = survivor.and_then(number).into_iter().chain(stated_number(facts)).collect();
    let mut lost: BTreeSet<&str> = losing.iter().filter_map(|chart| number(chart)).collect();
    lost.extend(facts.prior_mbi.as_ref().map(|mbi| mbi.value.as_str()));
    lost.extend(facts.records.further_prior_mbis.iter().map(String::as_str));
    if lost.is_empty() {
        return Ok(());
    }
    let hands_over = own.is_empty();
    own.append(&mut lost);
    // A number that one side knows as replaced is history and no contradiction.
    own.retain(|number| !losing.iter().chain(&survivor).any(|chart| is_former(chart, number)));
    if own.len() > 1 {
        return Err(Stop::Merge);
    }
    if !hands_over {
        return Ok(());
    }
    let stated = Features::stated(facts);
    let fits = |losing: &Chart| match survivor {
        Some(survivor) => stated.or(Features::charted(survivor)).agree(Features::charted(losing)),
        // Of a survivor who is new here only this feed is known; what it leaves out says nothing.
        None => !stated.differ(Features::charted(losing)),
    };
    if losing.iter().filter(|chart| chart.mbi.is_some()).all(|chart| fits(chart)) { Ok(()) } else { Err(Stop::Merge) }
}

fn is_former(chart: &Chart, number: &str) -> bool {
    chart.former_mbis.iter().any(|former| former == number)
}

fn number(chart: &Chart) -> Option<&str> {
    chart.mbi.as_ref().map(|mbi| mbi.value.as_str())
}

fn stated_number(facts: &Facts) -> Option<&str> {
    facts.mbi.as_ref().map(|mbi| mbi.value.as_str())
}

/// Joins `other` into `chart`: of each fact the newer one stays.
fn join(chart: &mut Chart, other: Chart) -> Result<(), Stop> {
    if contradict(chart, &other) {
        return Err(Stop::MergeAligned);
    }
    if is_newer(chart, &other, "referral", chart.referral.is_some(), other.referral.is_some()) {
        chart.referral_until.clone_from(&other.referral_until);
    }
    macro_rules! newer {
        ($($($field:ident).+ $name:literal)*) => {$(
            if is_newer(chart, &other, $name, chart.$($field).+.is_some(), other.$($field).+.is_some()) {
                chart.$($field).+ = other.$($field).+.clone();
            }
        )*};
    }
    newer!(mbi "mbi" name "name" gender "gender" birth_date "birth-date" address "address");
    newer!(deceased "deceased" hospice "hospice" referral "referral");
    newer!(particulars.race "race" particulars.ethnicity "ethnicity" particulars.birth_sex "birth-sex");
    newer!(particulars.telecoms "telecom" particulars.addresses "addresses" particulars.language "language");
    newer!(particulars.birth_time "birth-time" particulars.died_at "died-at" particulars.name_use "name-use");
    plans::join(chart, &other);
    diagnoses::join(chart, &other);
    take_aliases(&mut chart.aliases, other.aliases);
    for former in other.former_mbis {
        if number(chart) != Some(former.as_str()) && !chart.former_mbis.contains(&former) {
            chart.former_mbis.push(former);
        }
    }
    for (track, standing) in other.standing {
        match chart.standing.get_mut(&track) {
            Some(known) => join_standing(known, standing),
            None => {
                chart.standing.insert(track, standing);
            }
        }
    }
    for (track, reports) in other.reports {
        let known = chart.reports.entry(track).or_default();
        known.extend(reports);
        known.sort_by(|one, other| one.at.cmp(&other.at));
        known.dedup();
    }
    // What was told of an alignment, or is still to be looked at, goes with it.
    for (key, said) in other.told.into_iter().filter(|(key, _)| is_for_a_look(key) || reports::is_ours(key)) {
        chart.told.entry(key).or_insert(said);
    }
    for (name, action) in other.rules {
        chart.rules.entry(name).or_insert(action);
    }
    for (from, renamed) in other.renamed_visits {
        let known = chart.renamed_visits.entry(from).or_insert_with(|| renamed.clone());
        if known.at < renamed.at {
            *known = renamed;
        }
    }
    for (field, at) in other.stated {
        let known = chart.stated.entry(field).or_default();
        if *known < at {
            *known = at;
        }
    }
    if chart.newest < other.newest {
        chart.newest = other.newest;
    }
    if apply::is_nameless(&chart.patient) {
        chart.patient = other.patient;
    }
    Ok(())
}

/// Whether the other chart's statement of a field counts: the newer one, or the only one.
fn is_newer(chart: &Chart, other: &Chart, field: &str, known: bool, other_known: bool) -> bool {
    match (chart.stated.get(field), other.stated.get(field)) {
        (Some(at), Some(other_at)) => at < other_at,
        (Some(_), None) => false,
        (None, _) => !known && other_known,
    }
}

/// Whether both are aligned in one family, and not by one and the same alignment.
fn contradict(chart: &Chart, other: &Chart) -> bool {
    let alignments = alignments(chart);
    alignments_of(other).any(|(family, alignment)| {
        alignments.get(&family).is_some_and(|known| *known != alignment || alignment.1.is_empty())
    })
}

fn alignments(chart: &Chart) -> BTreeMap<String, (&str, &str)> {
    alignments_of(chart).collect()
}

/// Family, track and alignment id of each alignment in force.
fn alignments_of(chart: &Chart) -> impl Iterator<Item = (String, (&str, &str))> {
    chart.standing.iter().filter(|(_, standing)| standing.is_aligned()).map(|(track, standing)| {
        let family = Track::from(track.as_str()).family().to_owned();
        (family, (track.as_str(), standing.alignment.as_str()))
    })
}

/// The aligned standing stays, else the later one; every alignment's id is kept.
fn join_standing(known: &mut Standing, other: Standing) {
    let later = |standing: &Standing| std::cmp::max(standing.since.clone(), standing.checked_at.clone());
    let rank = |standing: &Standing| (standing.is_aligned(), later(standing));
    let (mut winner, mut loser) =
        if rank(&other) > rank(known) { (other, known.clone()) } else { (known.clone(), other) };
    // What CMS did not know under a wrong number is kept: the right one may come with the other chart.
    if !loser.unknown_under.is_empty() && !Standing::tells_of_alignment(&winner.state) {
        std::mem::swap(&mut winner.alignment, &mut loser.alignment);
        winner.aligned_at.clone_from(&loser.aligned_at);
        winner.aligned_since.clone_from(&loser.aligned_since);
        winner.unknown_under.clone_from(&loser.unknown_under);
    }
    for id in loser.former_alignments.into_iter().chain(std::iter::once(loser.alignment)) {
        keep_alignment(&mut winner, id);
    }
    *known = winner;
}

/// Remembers the id of an alignment that is not the present one.
fn keep_alignment(standing: &mut Standing, id: String) {
    if id.is_empty() || standing.alignment == id || standing.former_alignments.contains(&id) {
        return;
    }
    standing.former_alignments.push(id);
}
