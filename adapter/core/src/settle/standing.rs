//! The standing that an outcome leads to.

use crate::chart::{Chart, Standing};
use crate::interpret::UNREADABLE;
use crate::plan::moment::Moment;
use crate::plan::standing::{ALIGNED, CONTROL_GROUP, UNALIGNED, UNKNOWN};
use crate::settle::sent;
use crate::zone::Zone;
use access_contract::{Operation, OutcomeClass, Settlement};
use access_mappings::{Guide, Profile};

/// Writes the outcome into the standing of its track.
pub(super) fn write(profile: &Profile, chart: &mut Chart, settlement: &Settlement, at: Moment) {
    let outcome = &settlement.outcome;
    // Where CMS said nothing, nothing was asked: a check is not put off as if it had been answered.
    if outcome.code.is_empty() || outcome.code == UNREADABLE {
        return;
    }
    // A code this version does not know says nothing about the standing, whatever it looks like.
    let is_known = outcome.class != OutcomeClass::Unknown;
    let result = profile.guide.result(settlement.operation.as_str(), &outcome.code).filter(|_| is_known);
    let state = result.map_or("", |result| result.standing.as_str());
    if settlement.operation == Operation::ReportData && state.is_empty() {
        return;
    }
    if is_about_former(chart, settlement) {
        return;
    }
    let months = profile.guide.control_group_months;
    let standing = chart.standing.entry(settlement.track.as_str().to_owned()).or_insert_with(|| Standing {
        state: UNKNOWN.to_owned(),
        since: settlement.at.clone(),
        ..Standing::default()
    });
    standing.code.clone_from(&outcome.code);
    if settlement.operation == Operation::CheckEligibility {
        standing.checked_at.clone_from(&settlement.at);
        standing.basis.clone_from(&settlement.basis);
        chart.note_answer(settlement.track.as_str(), &settlement.at);
    }
    match result {
        Some(result) if result.code == REFUSED_AS_ALIGNED && restore(&profile.guide, chart, settlement) => return,
        Some(result) if result.code == REFUSED_AS_SWITCH || Standing::tells_of_alignment(state) => {
            give_up_lost(&profile.guide, chart, settlement);
        }
        _ => {}
    }
    let Some(standing) = chart.standing.get_mut(settlement.track.as_str()) else { return };
    if !may_become(standing, state, &settlement.operation) {
        return;
    }
    let aligns = state == ALIGNED;
    let was_aligned = standing.is_aligned();
    let was_in_force = standing.state == ALIGNED;
    if aligns {
        keep_alignment(standing, &settlement.cms_submission);
        standing.unknown_under.clear();
        standing.aligned_at.clone_from(&settlement.at);
        let since = settlement.since();
        if since == settlement.at { "" } else { since }.clone_into(&mut standing.aligned_since);
    }
    // A control group period that has run out and is announced again is a new one.
    let renewed = state == CONTROL_GROUP && !Zone::of(profile).is_within_months(at.instant(), &standing.since, months);
    if aligns || renewed || standing.state != state {
        standing.since.clone_from(&settlement.at);
    }
    match settlement.operation {
        Operation::ReportData if was_in_force => {
            standing.unknown_under = sent::number(&profile.guide, &settlement.payload).unwrap_or_default();
        }
        Operation::Unalign => standing.unknown_under.clear(),
        _ => {}
    }
    state.clone_into(&mut standing.state);
    let is_aligned = standing.is_aligned();
    if is_aligned {
        end_siblings(chart, settlement);
    }
    match (was_aligned, is_aligned) {
        (false, true) => chart.note_alignment(settlement.track.as_str(), &settlement.at),
        (true, false) => chart.note_end(settlement.track.as_str(), &settlement.at),
        _ => {}
    }
}

/// Whether an answer came late, after another alignment has begun: a report is about the alignment it names, and an unalignment about the
/// one that was there when CMS accepted it.
pub(super) fn is_about_former(chart: &Chart, settlement: &Settlement) -> bool {
    let Some(standing) = chart.standing.get(settlement.track.as_str()) else { return false };
    match settlement.operation {
        Operation::ReportData => {
            settlement.report.as_ref().is_some_and(|report| report.alignment != standing.alignment)
        }
        Operation::Unalign => {
            let moment = |text: &str| Moment::parse(text).map(Moment::instant);
            let accepted = moment(settlement.since());
            standing.is_aligned() && accepted.is_some_and(|at| moment(standing.begun()).is_some_and(|begun| begun > at))
        }
        _ => false,
    }
}

/// The answer to a request for an alignment that the patient is aligned already. With whom is not said: the guide names another
/// participant, and has no code for an alignment with the one who asks.
const REFUSED_AS_ALIGNED: &str = "not-aligned-already-aligned";
/// The answer to the same request where the alignment is with another participant, without a doubt.
const REFUSED_AS_SWITCH: &str = "not-aligned-no-switch-attestation";

/// The tracks of the family with an alignment that CMS did not know, under another number than the one that was sent now. None where
/// what was sent is no longer kept.
fn lost(guide: &Guide, chart: &Chart, settlement: &Settlement) -> Vec<String> {
    let hidden: Vec<(&String, &Standing)> = chart.hidden_in_family(settlement.track.family()).collect();
    if hidden.is_empty() {
        return Vec::new();
    }
    let Some(number) = sent::number(guide, &settlement.payload) else { return Vec::new() };
    let lost = hidden.into_iter().filter(|(_, standing)| standing.unknown_under != number);
    lost.map(|(code, _)| code.clone()).collect()
}

/// Gives up what was lost by a wrong number: under the right one CMS says that the patient is not aligned here.
fn give_up_lost(guide: &Guide, chart: &mut Chart, settlement: &Settlement) {
    for code in lost(guide, chart, settlement) {
        if let Some(standing) = chart.standing.get_mut(&code) {
            standing.unknown_under.clear();
        }
    }
}

/// Takes up an alignment of the family again that CMS did not know under another number than the one it was asked with now. Under the
/// same number CMS has said that there is none, so the patient is aligned with somebody else.
fn restore(guide: &Guide, chart: &mut Chart, settlement: &Settlement) -> bool {
    if chart.aligned_in_family(settlement.track.family()).is_some() {
        return false;
    }
    let Some(code) = lost(guide, chart, settlement).into_iter().next() else { return false };
    let Some(standing) = chart.standing.get_mut(&code) else { return false };
    ALIGNED.clone_into(&mut standing.state);
    standing.since.clone_from(&settlement.at);
    standing.unknown_under.clear();
    chart.note_alignment(&code, &settlement.at);
    true
}

/// Whether the operation may put the standing into the state. An alignment ends when an unalignment is answered, or when
/// CMS refuses a report because there is none.
fn may_become(standing: &Standing, state: &str, operation: &Operation) -> bool {
    let ends = matches!(operation, Operation::Unalign | Operation::ReportData);
    match state {
        "" => false,
        ALIGNED => *operation == Operation::Align,
        _ => ends || !standing.is_aligned(),
    }
}

/// Puts the id of the new alignment in place; the one before stays among the former.
fn keep_alignment(standing: &mut Standing, id: &str) {
    if id.is_empty() || standing.alignment == id {
        return;
    }
    let former = std::mem::replace(&mut standing.alignment, id.to_owned());
    standing.former_alignments.retain(|known| known != id);
    if !former.is_empty() && !standing.former_alignments.contains(&former) {
        standing.former_alignments.push(former);
    }
}

/// eCKM and CKM exclude each other: an alignment in one says that the other has ended.
fn end_siblings(chart: &mut Chart, settlement: &Settlement) {
    let mut ended = Vec::new();
    for (code, standing) in &mut chart.standing {
        let track = access_contract::Track::from(code.as_str());
        let sibling = track != settlement.track && track.family() == settlement.track.family();
        if sibling && standing.is_aligned() {
            UNALIGNED.clone_into(&mut standing.state);
            standing.since.clone_from(&settlement.at);
            ended.push(code.clone());
        }
    }
    ended.iter().for_each(|track| chart.note_end(track, &settlement.at));
}
