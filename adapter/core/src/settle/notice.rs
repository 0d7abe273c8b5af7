//! The notice about an outcome.

use crate::calendar::{self, BASELINE, CONTROL_GROUP_END, LOCK_IN_END};
use crate::chart::{Chart, Standing};
use crate::number;
use crate::plan::moment::Moment;
use crate::plan::standing::{ALIGNED, CONTROL_GROUP, UNALIGNED};
use crate::zone::Zone;
use access_contract::{Issue, NamedDate, Notice, NoticeKind, Operation, OutcomeClass, Settlement, Severity};
use access_mappings::Profile;

/// Says what came of a submission.
pub(super) fn tell(profile: &Profile, chart: &Chart, settlement: &Settlement, at: Moment) -> Notice {
    let outcome = &settlement.outcome;
    let standing = chart.standing.get(settlement.track.as_str());
    let mut issues = outcome.issues.clone();
    issues.extend(chart.mbi.as_ref().and_then(|mbi| number::doubt(&mbi.value)));
    let aligned = is_new_alignment(settlement, standing);
    if aligned && settlement.cms_submission.is_empty() {
        issues.push(
            Issue::new(
                Severity::Warning,
                "alignment-id-missing",
                "",
                "the alignment came without a submission id of CMS",
            )
            .hint("later notices from CMS name only that id; find it in the alignment report"),
        );
    }
    Notice {
        kind: NoticeKind::Outcome,
        severity: severity(&outcome.class),
        participant: settlement.participant.clone(),
        operation: settlement.operation.as_str().to_owned(),
        track: settlement.track.as_str().to_owned(),
        code: outcome.code.clone(),
        system: outcome.system.clone(),
        display: outcome.display.clone(),
        text: text(&outcome.meaning, &outcome.text),
        next_step: outcome.next_step.clone(),
        submission: settlement.submission.clone(),
        cms_submission: settlement.cms_submission.clone(),
        control_id: settlement.control_id.clone(),
        reference: None,
        reply_application: chart.reply_application.clone(),
        reply_facility: chart.reply_facility.clone(),
        patient: chart.patient.clone(),
        mbi: chart.notice_mbi(profile),
        dates: standing.map(|standing| dates(profile, chart, standing, settlement, at)).unwrap_or_default(),
        issues,
    }
}

/// Says that an answer came after another alignment had begun.
pub(super) fn of_former() -> Issue {
    let message = "the answer is about an alignment that is no longer in force here";
    Issue::new(Severity::Information, "alignment-former", "", message).hint("the present alignment stays as it is")
}

/// Says that an alignment is in force again.
pub(super) fn restored() -> Issue {
    let message = "the alignment that CMS did not know under another number is in force here again";
    Issue::new(Severity::Warning, "alignment-restored", "", message)
        .hint("its reports are due as before; if the patient is aligned with another participant, ask CMS for the end of yours")
}

fn severity(class: &OutcomeClass) -> Severity {
    match class {
        OutcomeClass::Done => Severity::Information,
        OutcomeClass::Refused => Severity::Warning,
        OutcomeClass::FixAndResend | OutcomeClass::Failed | OutcomeClass::Unknown | OutcomeClass::Other(_) => {
            Severity::Error
        }
    }
}

/// Our words, then those of CMS.
fn text(meaning: &str, said: &str) -> String {
    match (meaning.is_empty(), said.is_empty()) {
        (_, true) => meaning.to_owned(),
        _ if meaning == said => meaning.to_owned(),
        (true, false) => format!("CMS says: {said}"),
        (false, false) => format!("{meaning} CMS says: {said}"),
    }
}

/// The dates that follow from the standing, as far as this outcome is about it: those of the calendar.
///
/// The operations and their answers name no effective date, so an alignment and an end of one take effect on the day of
/// the outcome, in the zone of the calendar, whose day 0 it is.
fn dates(profile: &Profile, chart: &Chart, standing: &Standing, settlement: &Settlement, at: Moment) -> Vec<NamedDate> {
    let is_new = is_new_alignment(settlement, Some(standing));
    let unaligns = settlement.operation == Operation::Unalign;
    let has_ended = unaligns && settlement.outcome.class == OutcomeClass::Done && standing.state == UNALIGNED;
    let told: &[&str] = if is_new {
        &[LOCK_IN_END, BASELINE]
    } else if unaligns && standing.is_aligned() {
        &[LOCK_IN_END]
    } else if standing.state == CONTROL_GROUP {
        &[CONTROL_GROUP_END]
    } else {
        &[]
    };
    let effective = || Zone::of(profile).day(at.instant()).to_string();
    let effective = (is_new || has_ended).then(|| NamedDate { name: "effective".to_owned(), date: effective() });
    let dates = if told.is_empty() { Vec::new() } else { calendar::dates(profile, chart, at) };
    let of_track = |kind: &&str| {
        dates
            .iter()
            .find(|due| due.track == settlement.track.as_str() && due.kind == *kind)
            .map(|due| NamedDate { name: due.name(), date: due.due.to_string() })
    };
    effective.into_iter().chain(told.iter().filter_map(of_track)).collect()
}

/// Whether this very outcome made the alignment.
fn is_new_alignment(settlement: &Settlement, standing: Option<&Standing>) -> bool {
    settlement.operation == Operation::Align
        && standing.is_some_and(|standing| standing.state == ALIGNED && standing.aligned_at == settlement.at)
}
