//! The people of a message with everything it states about them.

use super::context::Context;
use super::dates::Moment;
use super::groups::{self, Group};
use super::merge::{self, Prior};
use super::stop::Stop;
use super::{
    address, birth, coverage, death, demographics, diagnoses, identifiers, mbi, names, observations, patient, problems,
    questionnaires, referral, requests, rules, sex,
};
use crate::entries;
use crate::facts::{Alias, Facts, Records};
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use crate::view::{Field, Message, Segment};
use access_contract::{Issue, Severity, Subject};
use access_mappings::EventEffect;

/// Reads every person.
pub(super) fn read_all(context: &Context<'_>, message: &Message<'_>) -> Result<Vec<Subject>, Box<Stop>> {
    if context.rule.effect == EventEffect::Ignore && !may_ask_or_tell(&context.header.message_type) {
        return Ok(Vec::new());
    }
    let groups = groups::find(message)?;
    let mut people = Vec::with_capacity(groups.len());
    for group in &groups {
        let facts = facts(context, group)?;
        people.push((facts, group.pid.path()));
    }
    for issue in drop_shared(&mut people) {
        context.note(issue);
    }
    let mut subjects = Vec::with_capacity(people.len());
    for (facts, path) in people {
        if let Some(subject) = subject(context, &facts, &path)? {
            subjects.push(subject);
        }
    }
    Ok(subjects)
}

/// Whether an event that is ignored may still bring a request (`ZAC`) or results that are counted.
fn may_ask_or_tell(kind: &str) -> bool {
    matches!(kind, "ADT" | "REF" | "ORU")
}

/// One number on two people of one message is nobody's until a person has looked.
pub(super) fn drop_shared(people: &mut [(Facts, String)]) -> Vec<Issue> {
    let mut issues = Vec::new();
    let numbers: Vec<Option<String>> =
        people.iter().map(|(facts, _)| facts.mbi.as_ref().map(|mbi| mbi.value.clone())).collect();
    for (facts, path) in people {
        let Some(mbi) = &facts.mbi else { continue };
        if numbers.iter().flatten().filter(|number| **number == mbi.value).count() > 1 {
            let hint = "find out whose number it is and correct the other record at its source";
            let message = "the same Medicare number is stated for two patients of this message";
            issues.push(Issue::new(Severity::Error, "mbi-shared", path.clone(), message).hint(hint));
            facts.mbi = None;
        }
    }
    issues
}

/// The keys of a person, with the facts as text. None where the person cannot be told from others and need not be.
fn subject(context: &Context<'_>, facts: &Facts, path: &str) -> Result<Option<Subject>, Box<Stop>> {
    let (keys, prior_keys) = keys_of(facts);
    let entry_keys = entries::keys(context.profile, facts);
    if keys.is_empty() {
        let brings_nothing = entry_keys.is_empty() && facts.requests.is_empty();
        if facts.effect == EventEffect::Ignore || (facts.effect == EventEffect::Results && brings_nothing) {
            context.inform("patient-unidentified", format!("{path}-3"), "the patient has no identifier");
            return Ok(None);
        }
        let issue = Issue::new(
            Severity::Error,
            "patient-unidentified",
            format!("{path}-3"),
            "the patient has no identifier that could be used",
        )
        .hint("the sender must fill PID-3")
        .condition(101);
        Stop::ask(issue).unless_inspected(context.profile, |issue| context.note(issue))?;
        return Ok(None);
    }
    let text = serde_json::to_string(facts).map_err(|_| {
        Stop::ask(
            Issue::new(Severity::Fatal, "facts-unwritable", path, "the facts could not be written down").condition(207),
        )
    })?;
    Ok(Some(Subject { keys, prior_keys, entry_keys, facts: text }))
}

/// The keys of a person, and those that cease.
pub(super) fn keys_of(facts: &Facts) -> (Vec<String>, Vec<String>) {
    let keys = keys(facts.mbi.as_ref().map(|mbi| mbi.value.as_str()), &facts.aliases);
    let mut prior = self::keys(facts.prior_mbi.as_ref().map(|mbi| mbi.value.as_str()), &facts.prior_aliases);
    prior.extend(facts.records.further_prior_mbis.iter().map(|mbi| format!("mbi:{mbi}")));
    prior.retain(|key| !keys.contains(key));
    (keys, prior)
}

/// `mbi:…` first, then the aliases.
fn keys(mbi: Option<&str>, aliases: &[Alias]) -> Vec<String> {
    mbi.map(|mbi| format!("mbi:{mbi}")).into_iter().chain(aliases.iter().map(Alias::key)).collect()
}

/// Reads everything about one person.
pub(super) fn facts(context: &Context<'_>, group: &Group<'_, '_>) -> Result<Facts, Box<Stop>> {
    let covers = coverage::read(context, group);
    let found = mbi::read(context, group, &covers)?;
    let aliases = identifiers::read(context, group, &found.seen);
    let prior = merge::read(context, group, &aliases, found.mbi.is_some())?;
    if prior.is_another_person(context.rule.effect) {
        return Ok(moved_away(context, prior));
    }
    let visit = visit(context, group);
    let mut diagnoses = diagnoses::read(context, group, visit.as_ref());
    problems::read(context, group, &mut diagnoses);
    let requests = requests::read(context, group);
    let mut named = names::read(context, group, &covers);
    let mut homes = address::read(context, group);
    let mut death = death::read(context, group, diagnoses.death.take());
    let mut referral = referral::read(context, group);
    let rules = rules::read(context, group);
    if referral.stated.is_none() && !referral.ended {
        referral.stated = rules::referral(context, &rules);
    }
    let born = birth::read(context, group, &covers);
    let plans = coverage::plans(&covers);
    // A visit that moves between accounts of one patient only may get another number.
    let effect = match context.rule.effect {
        EventEffect::MoveVisit => EventEffect::RenameVisit,
        effect => effect,
    };
    let records = Records {
        single_plans: plans.are_changes,
        withdrawn_plans: plans.withdrawn,
        renamed_visits: prior.visits.into_iter().filter(|visit| visit.from != visit.to).collect(),
        referral_ended: referral.ended,
        referral_until: referral.until,
        referral_elsewhere: referral.elsewhere,
        person_updated: person_updated(context, group),
        rules,
        mbi_conflict: found.conflict,
        further_prior_mbis: prior.further_mbis,
        unchanged_diagnoses: diagnoses.unchanged(),
        ..Records::default()
    };
    Ok(Facts {
        effect,
        visit,
        mbi: found.mbi,
        aliases,
        prior_aliases: prior.aliases,
        prior_mbi: prior.mbi,
        name: named.name.take(),
        gender: sex::read(context, group),
        demographics: demographics::read(context, group, &mut homes, &mut death, &mut named, born.as_ref()),
        birth_date: born,
        address: homes.home.take(),
        deceased: death.dead.take(),
        hospice: death::hospice(context, group, &covers),
        plans: plans.stated,
        diagnoses: diagnoses.rows,
        diagnoses_are_changes: diagnoses.are_changes,
        referral: referral.stated,
        requests,
        observations: observations::read(context, group),
        questionnaires: questionnaires::read(context, group),
        records,
        patient: patient::render(context, group.pid, &found.seen),
        ..nothing(context)
    })
}

/// The person a visit was filed under by mistake: nothing is known of them but their identifiers, and which visits go.
fn moved_away(context: &Context<'_>, prior: Prior) -> Facts {
    let cancelled_visits = prior.visits.into_iter().map(|visit| visit.from).collect();
    Facts {
        aliases: prior.aliases,
        mbi: prior.mbi,
        records: Records { cancelled_visits, ..Records::default() },
        ..nothing(context)
    }
}

/// Facts that state nothing but the event.
fn nothing(context: &Context<'_>) -> Facts {
    let sent_at = context.sent.as_ref().map(|sent| context.clock.instant(sent)).unwrap_or_default();
    Facts::about(context.header, context.rule, sent_at)
}

/// `PID-33`: when the sender last changed the person's data.
fn person_updated(context: &Context<'_>, group: &Group<'_, '_>) -> String {
    let updated = Moment::parse(&group.pid.field(33).value().text());
    updated.map(|moment| context.clock.instant(&moment)).unwrap_or_default()
}

/// The visit of a message: its own number, or of a sender that numbers visits there the patient's account (`PID-18`). A `PV1` that says
/// that there is no visit (`PV1-2` N) makes the account none.
fn visit(context: &Context<'_>, group: &Group<'_, '_>) -> Option<String> {
    let pv1 = group.first("PV1")?;
    let is_visit =
        || context.sender.numbers_visits_by_account() && !pv1.field(2).value().text().eq_ignore_ascii_case("N");
    own_number(context, pv1).or_else(|| is_visit().then(|| visit_number(context, &group.pid.field(18), "")).flatten())
}

/// The number of a visit: `PV1-19`, else its alternate, `PV1-50`.
pub(super) fn own_number(context: &Context<'_>, pv1: &Segment<'_>) -> Option<String> {
    [19, 50].into_iter().find_map(|number| visit_number(context, &pv1.field(number), ""))
}

/// What a visit is known by, wherever its number stands (`CX`): two systems count from one, so the number alone names two visits.
/// Its assigning authority comes first, else `stand_in`, else the sender's facility or application.
pub(super) fn visit_number(context: &Context<'_>, field: &Field<'_>, stand_in: &str) -> Option<String> {
    let value = field.component(1).value();
    let number = context.text(&value)?;
    if number.len() > MAX_IDENTIFIER_BYTES {
        context.too_long(&value);
        return None;
    }
    let own = authority(field).unwrap_or_default();
    let header = context.header;
    let named = [own.as_str(), stand_in, &header.sending_facility, &header.sending_application];
    let authority = named.into_iter().find(|name| !name.is_empty());
    Some(authority.map_or_else(|| number.clone(), |authority| format!("{authority}|{number}")))
}

/// The assigning authority of an identifier: `CX-4.1`, else its OID.
pub(super) fn authority(field: &Field<'_>) -> Option<String> {
    let authority = field.component(4);
    let name = (1..=2).map(|part| authority.subcomponent(part).text()).find(|name| !name.is_empty())?;
    (name.len() <= MAX_IDENTIFIER_BYTES).then(|| name.into_owned())
}
