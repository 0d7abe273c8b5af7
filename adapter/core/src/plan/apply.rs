//! Writes the facts of a feed into a chart.
//!
//! Every field follows the sender's clock: it takes a statement unless a newer one was taken before. Feeds may therefore
//! come late, twice or in any order and lead to the same chart; an older feed still fills what no newer one spoke of.
//! Feeds without a time are taken in the order they come; `moment` says how times with and without a zone compare.
//!
//! One chart holds at most 256 identifiers, 16 former MBIs, 64 plans, 1,000 diagnoses and 1,000 times of statements. What is
//! beyond is left out, with an issue; of former MBIs and times the oldest go.

use super::moment::{is_older, succeeds};
use super::{diagnoses, plans, referral};
use crate::chart::{Chart, Particulars, SCHEMA, same_identifier};
use crate::facts::{Alias, Facts, Sourced, Stated};
use crate::number::misplaced;
use access_contract::{Issue, Severity};
use access_mappings::EventEffect;
use std::collections::BTreeMap;

const MAX_ALIASES: usize = 256;
const MAX_FORMER_MBIS: usize = 16;
pub(super) const MAX_DIAGNOSES: usize = 1_000;
const MAX_TIMES: usize = 1_000;

/// When each field was stated.
pub(super) type Times = BTreeMap<String, String>;

/// Writes everything the facts state.
pub(super) fn snapshot(chart: &mut Chart, facts: &Facts, issues: &mut Vec<Issue>) {
    let at = facts.sent_at.as_str();
    let older = is_older(at, &chart.newest);
    if older {
        issues.push(Issue::new(
            Severity::Information,
            "older-than-chart",
            "MSH-7",
            "a newer message about this person came earlier; only what newer ones left open was taken",
        ));
    }
    chart.schema = SCHEMA;
    let times = &mut chart.stated;
    let person_at = if is_stale(times, facts) {
        let message = "the sender has changed the person's data since; only what was open was taken";
        issues.push(Issue::new(Severity::Information, "older-than-chart", "PID-33", message));
        BEFORE_ALL
    } else {
        if !facts.records.person_updated.is_empty() {
            takes(times, &of_updates(facts), &facts.records.person_updated);
        }
        at
    };
    state(&mut chart.name, times, "name", person_at, facts.name.as_ref());
    state(&mut chart.gender, times, "gender", person_at, facts.gender.as_ref());
    state(&mut chart.birth_date, times, "birth-date", person_at, facts.birth_date.as_ref());
    if !stands_in(facts) {
        state(&mut chart.address, times, "address", person_at, facts.address.as_ref());
    } else if chart.address.as_ref().is_none_or(|known| known.value.stands_in) {
        state(&mut chart.address, times, "address", BEFORE_ALL, facts.address.as_ref());
    }
    if !repeats_registration(chart.deceased.as_ref(), facts) {
        state(&mut chart.deceased, times, "deceased", facts.time_of("deceased"), facts.deceased.as_ref());
    }
    particulars(&mut chart.particulars, times, person_at, facts);
    if let Some(hospice) = &facts.hospice
        && takes(times, "hospice", facts.time_of("hospice"))
    {
        chart.hospice = Some(hospice.clone());
    }
    referral::take(chart, facts);
    let times = &mut chart.stated;
    if !plans::take(&mut chart.plans, times, facts) {
        issues.push(full("IN1"));
    }
    take_mbi(chart, facts);
    take_identifiers(chart, facts, issues);
    if let Some(stated) = &facts.diagnoses
        && !diagnoses::take(chart, stated, facts)
    {
        issues.push(full("DG1"));
    }
    note_feed(chart, facts, older);
    shorten(&mut chart.stated);
}

/// Writes the identifiers and nothing else: of a feed whose sender knows the person only by them. A number that is known stays.
pub(super) fn identifiers(chart: &mut Chart, facts: &Facts, issues: &mut Vec<Issue>) {
    chart.schema = SCHEMA;
    if chart.mbi.is_none() {
        take_mbi(chart, facts);
    }
    take_identifiers(chart, facts, issues);
    if is_nameless(&chart.patient) {
        // Nobody else has named the person yet, and notices must name somebody.
        chart.patient.clone_from(&facts.patient);
        chart.reply_application.clone_from(&facts.sender_application);
        chart.reply_facility.clone_from(&facts.sender_facility);
        chart.last_feed.clone_from(&facts.feed);
    }
}

fn take_identifiers(chart: &mut Chart, facts: &Facts, issues: &mut Vec<Issue>) {
    let at = facts.sent_at.as_str();
    let mut aliases = facts.aliases.clone();
    if facts.effect == EventEffect::Merge {
        // Late feeds still come under the identifiers that ceased.
        aliases.extend(facts.prior_aliases.iter().cloned());
    }
    aliases.retain(|alias| !has_ceased(&mut chart.stated, alias, at));
    if facts.effect == EventEffect::Change {
        cease(chart, facts);
    }
    if !take_aliases(&mut chart.aliases, aliases) {
        issues.push(full("PID-3"));
    }
    // What a FHIR server calls the person comes with every record, what people call them with one: after it, always.
    chart.aliases.sort_by_key(|alias| alias.authority.starts_with("fhir:"));
}

/// Whether a statement made at `at` counts for the field; notes the time if it does.
pub(super) fn takes(times: &mut Times, field: &str, at: &str) -> bool {
    let known = times.get(field).map_or("", String::as_str);
    if is_older(at, known) {
        return false;
    }
    if succeeds(at, known) {
        times.insert(field.to_owned(), at.to_owned());
    }
    true
}

fn state<T: Clone>(
    field: &mut Option<Sourced<T>>,
    times: &mut Times,
    name: &str,
    at: &str,
    stated: Option<&Stated<T>>,
) {
    let Some(stated) = stated else { return };
    if takes(times, name, at) {
        *field = match stated {
            Stated::Set(value) => Some(value.clone()),
            Stated::Clear => None,
        };
    }
}

/// Whether the only address that is stated is no home: it takes the place of none.
fn stands_in(facts: &Facts) -> bool {
    matches!(&facts.address, Some(Stated::Set(address)) if address.value.stands_in)
}

/// A time before every other, for what only fills what is open.
const BEFORE_ALL: &str = "0";

/// Whether the sender itself says that it has changed the person's data since (`PID-33`). Only its own statements are compared:
/// some senders never set the field anew.
pub(super) fn is_stale(times: &Times, facts: &Facts) -> bool {
    let known = times.get(&of_updates(facts)).map_or("", String::as_str);
    is_older(&facts.records.person_updated, known)
}

/// Where the time of the sender's last change stands.
fn of_updates(facts: &Facts) -> String {
    format!("{UPDATED}{}|{}", facts.sender_application, facts.sender_facility)
}

const UPDATED: &str = "updated/";
const CEASED: &str = "alias/";

/// Whether a time belongs to a sender or an identifier and not to a field.
fn is_part(field: &str) -> bool {
    field.starts_with(UPDATED) || field.starts_with(CEASED)
}

/// Whether a denial of death only repeats a registration that knows nothing of the discharge. A discharge to death is taken
/// back by its cancellation (A13), by `""`, or by a new admission or registration.
fn repeats_registration(known: Option<&Sourced<bool>>, facts: &Facts) -> bool {
    let by_visit = |path: &str| ["PV1", "DG1", "PRB"].iter().any(|name| path.starts_with(name));
    let discharged = known.is_some_and(|known| known.value && by_visit(&known.from.path));
    let denied = matches!(&facts.deceased, Some(Stated::Set(stated)) if !stated.value);
    let admitted = matches!(facts.event.as_str(), "ADT^A01" | "ADT^A04" | "ADT^A05" | "ADT^A13");
    discharged && denied && !admitted
}

/// Takes out the identifiers that a change replaces: they may be another person's, whose feeds must not end up here.
fn cease(chart: &mut Chart, facts: &Facts) {
    for prior in &facts.prior_aliases {
        chart.aliases.retain(|known| !same_identifier(known, prior));
        takes(&mut chart.stated, &format!("{CEASED}{}", prior.key()), &facts.sent_at);
    }
}

/// Whether an identifier has ceased since a feed named it. A later feed gives it again.
fn has_ceased(times: &mut Times, alias: &Alias, at: &str) -> bool {
    let field = format!("{CEASED}{}", alias.key());
    match times.get(&field) {
        Some(ceased) if is_older(at, ceased) => true,
        Some(_) => {
            times.remove(&field);
            false
        }
        None => false,
    }
}

/// What is known beyond what CMS matches by.
fn particulars(known: &mut Particulars, times: &mut Times, at: &str, facts: &Facts) {
    let stated = &facts.demographics;
    state(&mut known.race, times, "race", at, stated.race.as_ref());
    state(&mut known.ethnicity, times, "ethnicity", at, stated.ethnicity.as_ref());
    state(&mut known.birth_sex, times, "birth-sex", at, stated.birth_sex.as_ref());
    state(&mut known.telecoms, times, "telecom", at, stated.telecoms.as_ref());
    state(&mut known.addresses, times, "addresses", at, stated.addresses.as_ref());
    state(&mut known.language, times, "language", at, stated.language.as_ref());
    state(&mut known.birth_time, times, "birth-time", at, stated.birth_time.as_ref());
    state(&mut known.died_at, times, "died-at", at, stated.died_at.as_ref());
    state(&mut known.name_use, times, "name-use", at, stated.name_use.as_ref());
}

/// Whether the number that is stated breaks the form of CMS and the one that is known does not. Letters are often taken for digits, so
/// it is more likely mistyped than new, and does not take the other one's place.
pub(super) fn is_doubtful(chart: &Chart, facts: &Facts) -> bool {
    facts.mbi.as_ref().zip(chart.mbi.as_ref()).is_some_and(|(stated, known)| {
        stated.value != known.value && misplaced(&stated.value).is_some() && misplaced(&known.value).is_none()
    })
}

/// The newest number wins unless it [is doubtful](is_doubtful); the one it replaces is kept as history.
fn take_mbi(chart: &mut Chart, facts: &Facts) {
    if is_doubtful(chart, facts) {
        return;
    }
    let Some(mbi) = &facts.mbi else { return };
    if !takes(&mut chart.stated, "mbi", facts.time_of("mbi")) {
        return;
    }
    if let Some(known) = chart.mbi.take()
        && known.value != mbi.value
        && !chart.former_mbis.contains(&known.value)
    {
        chart.former_mbis.push(known.value);
    }
    chart.former_mbis.retain(|former| *former != mbi.value);
    let excess = chart.former_mbis.len().saturating_sub(MAX_FORMER_MBIS);
    chart.former_mbis.drain(..excess);
    chart.mbi = Some(mbi.clone());
}

/// Adds identifiers that are not known yet. False where some had no room.
pub(super) fn take_aliases(known: &mut Vec<Alias>, stated: Vec<Alias>) -> bool {
    let mut room = true;
    for alias in stated {
        if let Some(known) = known.iter_mut().find(|known| same_identifier(known, &alias)) {
            if known.kind.is_empty() {
                known.kind = alias.kind;
            }
        } else if known.len() < MAX_ALIASES {
            known.push(alias);
        } else {
            room = false;
        }
    }
    room
}

/// Remembers whom to answer and how the person was named last. A feed that names nobody, or comes from no application, as bundles
/// of FHIR may, takes nothing away: answers are filed by the segment and the applications that were named before.
fn note_feed(chart: &mut Chart, facts: &Facts, older: bool) {
    if !is_nameless(&facts.patient) && (!older || is_nameless(&chart.patient)) {
        chart.patient.clone_from(&facts.patient);
    }
    if older {
        return;
    }
    if is_answerable(facts) {
        chart.reply_application.clone_from(&facts.sender_application);
        chart.reply_facility.clone_from(&facts.sender_facility);
    }
    chart.last_feed.clone_from(&facts.feed);
    if succeeds(&facts.sent_at, &chart.newest) {
        chart.newest.clone_from(&facts.sent_at);
    }
}

/// Whether a `PID` holds no identifier by which anybody could file a notice (PID-2, 3 and 4).
pub(super) fn is_nameless(segment: &str) -> bool {
    let numbers = segment.split('|').skip(2).take(3).flat_map(|field| field.split('~'));
    numbers.filter_map(|identifier| identifier.split('^').next()).all(|number| number.trim_matches('"').is_empty())
}

/// Whether a feed says which application an answer goes to.
pub(super) const fn is_answerable(facts: &Facts) -> bool {
    !facts.sender_application.is_empty() || !facts.sender_facility.is_empty()
}

/// Forgets the oldest times of visits and single diagnoses beyond the limit.
fn shorten(times: &mut Times) {
    if times.len() <= MAX_TIMES {
        return;
    }
    let parts = times.iter().filter(|(field, _)| is_part(field) || diagnoses::is_part(field) || plans::is_part(field));
    let mut oldest: Vec<(String, String)> = parts.map(|(field, at)| (at.clone(), field.clone())).collect();
    oldest.sort_unstable();
    let excess = times.len().saturating_sub(MAX_TIMES);
    for (_, field) in oldest.into_iter().take(excess) {
        times.remove(&field);
    }
}

fn full(location: &str) -> Issue {
    Issue::new(Severity::Warning, "chart-full", location, "the chart holds no more of this kind; the rest was left out")
}
