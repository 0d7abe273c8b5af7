//! Coverage: each policy of the payers section, as `IN1`.
//!
//! A coverage activity holds policies with their priority. The covered party is the patient, who may be the subscriber or a
//! dependant; a policy holder is named only where somebody else is the subscriber.

use super::notes::Notes;
use super::oids::{MBI, PAYER, POLICY, SOPT, X12};
use super::patient;
use super::sections::{Kind, Sections};
use super::subjects::is_left_out;
use super::transcript::{Row, Transcript};
use super::tree::{Node, Tree};
use crate::view::limits::MAX_PLANS;

/// States of an act that takes back what it says.
const TAKEN_BACK: [&str; 3] = ["aborted", "cancelled", "nullified"];

/// Writes every policy, the first ones first.
pub(super) fn write(tree: &Tree, sections: &Sections, sent: &str, transcript: &mut Transcript, notes: &mut Notes) {
    let mut policies: Vec<(Option<u32>, Node<'_>)> = Vec::new();
    'all: for entry in sections.entries(tree, Kind::Payers) {
        for act in entry.children("act") {
            if is_left_out(act, notes) {
                continue;
            }
            for (sequence, policy) in policies_of(act) {
                let own = !is_left_out(policy, notes);
                if own && is_in_force(policy) && is_in_force(act) {
                    if policies.len() > MAX_PLANS {
                        notes.too_many("plans", entry.path());
                        break 'all;
                    }
                    policies.push((sequence, policy));
                }
            }
        }
    }
    for (sequence, policy) in policies {
        transcript.add(plan(policy, sequence, sent));
    }
}

/// The policies in a coverage activity, or the act itself where it is one.
fn policies_of(act: Node<'_>) -> Vec<(Option<u32>, Node<'_>)> {
    let is_policy =
        |act: &Node<'_>| act.follows(POLICY) || act.child("performer").is_some() || act.child("participant").is_some();
    let inner: Vec<(Option<u32>, Node<'_>)> = act
        .children("entryRelationship")
        .filter_map(|link| {
            let policy = link.children("act").find(is_policy)?;
            let sequence = link.of("sequenceNumber", "value").and_then(|number| number.parse().ok());
            Some((sequence, policy))
        })
        .collect();
    if inner.is_empty() && is_policy(&act) { vec![(None, act)] } else { inner }
}

fn is_in_force(act: Node<'_>) -> bool {
    let status = act.of("statusCode", "code").unwrap_or_default();
    !act.is_negated() && !TAKEN_BACK.contains(&status.as_str())
}

fn plan(policy: Node<'_>, sequence: Option<u32>, sent: &str) -> Row {
    let mut row = Row::new("IN1", policy);
    codes(&mut row, policy);
    let payers: Vec<Node<'_>> = policy.children("performer").collect();
    let payer = payers.iter().find(|performer| performer.follows(PAYER)).or_else(|| {
        payers
            .iter()
            .find(|performer| performer.find(&["assignedEntity", "code"]).is_none_or(|code| !code.has("code", "GUAR")))
    });
    if let Some(entity) = payer.and_then(|payer| payer.child("assignedEntity")) {
        if let Some(id) = entity.child("id") {
            row.put(3, 1, &id.attribute("extension").or_else(|| id.attribute("root")).unwrap_or_default(), id);
        }
        if let Some(name) = entity.find(&["representedOrganization", "name"]) {
            row.put(4, 1, &name.text(), name);
        }
    }
    if let Some(id) = policy.children("id").find(|id| id.attribute("extension").is_some()) {
        let number = id.attribute("extension").unwrap_or_default();
        row.put(8, 1, &number, id);
        row.put(36, 1, &number, id);
    }
    definition(&mut row, policy);
    let parties = |kind: &'static str| policy.children("participant").find(move |party| party.has("typeCode", kind));
    let (covered, holder) = (parties("COV"), parties("HLD"));
    if let Some(covered) = covered {
        let period = covered.child("time").or_else(|| covered.find(&["participantRole", "effectiveTime"]));
        for (field, end) in [(12, "low"), (13, "high")] {
            if let Some(period) = period {
                row.put_of(field, 1, period, end, "value");
            }
        }
    }
    for party in [covered, holder].into_iter().flatten() {
        if !row.has(49) {
            members(&mut row, party);
        }
    }
    insured(&mut row, covered, holder, sent);
    if let Some(sequence) = sequence {
        row.put(22, 1, &sequence.to_string(), policy);
    }
    row
}

/// The code of the plan (Source of Payment Typology before X12) and its words.
fn codes(row: &mut Row, policy: Node<'_>) {
    let Some(code) = policy.raw_children("code").next() else { return };
    let all: Vec<Node<'_>> =
        std::iter::once(code).chain(code.children("translation")).filter(|code| !code.is_null()).collect();
    let of = |system: &'static str| all.iter().find(move |code| code.has("codeSystem", system));
    let mut chosen: Vec<Node<'_>> = [of(SOPT), of(X12)].into_iter().flatten().copied().collect();
    if chosen.is_empty() {
        chosen.extend(all.first());
    }
    for (field, code) in [15, 47].into_iter().zip(&chosen) {
        row.put(field, 1, &code.attribute("code").unwrap_or_default(), *code);
        // The same code means something else in another list.
        row.put(field, 3, &code.attribute("codeSystem").unwrap_or_default(), *code);
    }
    if let Some(named) = all.iter().find(|code| code.attribute("displayName").is_some()) {
        row.put(2, 5, &named.attribute("displayName").unwrap_or_default(), *named);
    }
}

/// The plan itself, which an act in definition mood names.
fn definition(row: &mut Row, policy: Node<'_>) {
    let mut acts = policy.children("entryRelationship").flat_map(|link| link.children("act"));
    let Some(plan) = acts.find(|act| act.has("moodCode", "DEF")) else { return };
    if let Some(id) = plan.child("id") {
        row.put(2, 1, &id.attribute("extension").unwrap_or_default(), id);
    }
    if let Some(text) = plan.child("text") {
        row.put(2, 2, &text.text(), text);
    }
}

fn members(row: &mut Row, party: Node<'_>) {
    let Some(role) = party.child("participantRole") else { return };
    let numbers = role.children("id").filter(|id| id.attribute("extension").is_some());
    for (number, id) in (1..).zip(numbers.take(MAX_PLANS)) {
        row.put_at((49, number, 1, 1), &id.attribute("extension").unwrap_or_default(), id);
        row.put_at((49, number, 5, 1), if id.has("root", MBI) { "MC" } else { "" }, id);
    }
}

/// Who is insured: the holder where one is named, else the covered party.
fn insured(row: &mut Row, covered: Option<Node<'_>>, holder: Option<Node<'_>>, sent: &str) {
    let code = role_of(covered).and_then(|role| role.child("code"));
    let relationship = code.and_then(|code| code.attribute("code")).unwrap_or_default();
    if let Some(code) = code {
        row.put(17, 1, if relationship == "SUBSCR" { "SELF" } else { &relationship }, code);
    }
    let entity = |party| role_of(party).and_then(|role| role.child("playingEntity"));
    let Some(entity) = entity(holder).or_else(|| entity(covered)) else { return };
    if let Some(name) = entity.child("name") {
        patient::name(row, 16, 1, name, sent);
    }
    if let Some(born) = entity.extensions("birthTime").next() {
        row.put(18, 1, &patient::day(&born.attribute("value").unwrap_or_default()), born);
    }
}

fn role_of(party: Option<Node<'_>>) -> Option<Node<'_>> {
    party?.child("participantRole")
}
