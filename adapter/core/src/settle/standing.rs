//! The standing that an outcome leads to.

use crate::chart::{Chart, Standing};
use crate::interpret::UNREADABLE;
use crate::plan::moment::Moment;
use crate::plan::standing::{ALIGNED, CONTROL_GROUP, UNALIGNED, UNKNOWN};
use crate::zone::Zone;
use access_contract::{Operation, OutcomeClass, Settlement};
use access_mappings::Profile;

/// Writes the outcome into the standing of its track.
pub(super) fn write(profile: &Profile, chart: &mut Chart, settlement: &Settlement, at: Moment) {
    let outcome = &settlement.outcome;
    // Where CMS said nothing, nothing was asked: a check is not put off as if it had been answered.
    if outcome.code.is_empty() || outcome.code == UNREADABLE {
        return;
    }
    let result = profile.guide.result(settlement.operation.as_str(), &outcome.code);
    // A code this version does not know says nothing about the standing, whatever it looks like.
    let state = result.filter(|_| outcome.class != OutcomeClass::Unknown).map_or("", |result| result.standing.as_str());
    if settlement.operation == Operation::ReportData && state.is_empty() {
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
    let Some(standing) = chart.standing.get_mut(settlement.track.as_str()) else { return };
    if !may_become(standing, state, &settlement.operation) {
        return;
    }
    let aligns = state == ALIGNED;
    let was_aligned = standing.is_aligned();
    if aligns {
        keep_alignment(standing, &settlement.cms_submission);
        standing.aligned_at.clone_from(&settlement.at);
        let since = settlement.since();
        if since == settlement.at { "" } else { since }.clone_into(&mut standing.aligned_since);
    }
    // A control group period that has run out and is announced again is a new one.
    let renewed = state == CONTROL_GROUP && !Zone::of(profile).is_within_months(at.instant(), &standing.since, months);
    if aligns || renewed || standing.state != state {
        standing.since.clone_from(&settlement.at);
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
