//! Changes while aligned: a move out of the licensed states, an excluding diagnosis, the progress from eCKM to CKM.
//!
//! Each reacts to news, never to what the chart said before: a proposal that a person declined is not made again by the
//! next feed that repeats the same facts. The chart is looked at as it is
//! - once an alignment has become known, since what came while it was under way found nobody aligned;
//! - when a cause has gone, since its proposal may have taken the place of another; and of a cause of which one diagnosis has gone, what
//!   is left: a person may have approved or declined it for that one;
//! - when charts were joined: each side may have the cause, the alignment or the proposal alone;
//! - when the record of a person was deleted and is stated again.
//!
//! What is held for a cause that no longer holds is withdrawn, unless somebody approved it; so is what is held to end an alignment
//! that has ended, and a report of one. Proposals belong to their cause and not to a visit: a cancelled visit takes its diagnoses with it, and another
//! visit may state them, too.

use super::case::{Case, has, mode, push};
use super::notice::{Word, feed_problem};
use super::reports;
use crate::chart::Chart;
use access_contract::{Command, CommandAction, Intent, Issue, Mode, Operation, Plan, REASON_LAPSED, Severity, Track};
use access_mappings::{ReasonFacts, TrackFacts};

pub(super) const RELOCATED: &str = "geographic-relocated";
pub(super) const NOT_ELIGIBLE: &str = "no-longer-clinically-eligible";

const EXCLUDE: &str = "exclude";
const RELOCATE: &str = "relocate";
/// The rule of both halves of a move from eCKM to CKM.
pub(super) const PROGRESS: &str = "progress";

/// Whether an unalignment is the first half of a move to another track.
pub(crate) fn is_first_of_move(intent: &Intent) -> bool {
    intent.operation == Operation::Unalign && intent.rule == PROGRESS
}

/// Whether a rule proposes because of what the chart says.
pub(crate) fn is_by_cause(rule: &str) -> bool {
    matches!(rule, EXCLUDE | RELOCATE | PROGRESS)
}

/// What a chart gives as causes to end an alignment, whether anybody was asked or not.
#[derive(Debug, Default)]
struct Causes {
    /// Diagnoses that exclude from the track.
    exclusions: Vec<String>,
    /// The state of the home address, where the participant is not licensed in it.
    away: Option<String>,
    /// Diagnoses of CKM, while aligned to eCKM and not excluded from CKM.
    progress: Vec<String>,
}

impl Causes {
    fn of(case: &Case<'_>, chart: &Chart, track: &TrackFacts) -> Self {
        Self { exclusions: chart.excluding(track), away: away(case, chart), progress: progressed(case, chart, track) }
    }

    /// Without the causes of which a diagnosis has gone: what is left of such a cause is another one.
    fn while_it_stands(mut self, now: &Self) -> Self {
        for (known, now) in [(&mut self.exclusions, &now.exclusions), (&mut self.progress, &now.progress)] {
            if known.iter().any(|code| !now.contains(code)) {
                known.clear();
            }
        }
        self
    }

    /// What is here and was not there.
    fn beyond(&self, known: &Self) -> Self {
        let new = |now: &[String], known: &[String]| now.iter().filter(|code| !known.contains(code)).cloned().collect();
        Self {
            exclusions: new(&self.exclusions, &known.exclusions),
            away: self.away.clone().filter(|state| known.away.as_ref() != Some(state)),
            progress: new(&self.progress, &known.progress),
        }
    }
}

/// Proposes what follows from the news, and withdraws what no longer does. For the dead there is nothing to submit: the guide has no
/// reason for it.
pub(super) fn propose(case: &Case<'_>, plan: &mut Plan) {
    if case.chart.is_dead() {
        return;
    }
    for track in case.chart.ended() {
        let Some(track) = case.track(&track) else { continue };
        [EXCLUDE, RELOCATE, PROGRESS].into_iter().for_each(|rule| withdraw(case, &Lapse::of_ended(track, rule), plan));
        let text = "the alignment has ended; its report that waited for approval was withdrawn";
        withdraw(case, &Lapse::of_report(track, text, ENDED), plan);
    }
    let first = plan.intents.len();
    for track in case.chart.aligned() {
        let Some(track) = case.track(&track) else { continue };
        let before = Causes::of(case, case.before, track);
        let now = Causes::of(case, case.chart, track);
        let lapsed = lapsed(case, track, &before, &now);
        let is_restored = case.before.deleted_at().is_some() && case.chart.deleted_at().is_none();
        let as_it_is =
            is_restored || !lapsed.is_empty() || case.chart.is_joined() || case.chart.is_new_alignment(&track.code);
        let news = now.beyond(&if as_it_is { Causes::default() } else { before.while_it_stands(&now) });
        // One new code is reason enough to propose, and all of them are reasons: each may be taken back.
        let all = |news: &[String], now: Vec<String>| if news.is_empty() { Vec::new() } else { now };
        exclude(case, track, all(&news.exclusions, now.exclusions), plan);
        relocate(case, track, news.away.is_some(), plan);
        progress(case, track, all(&news.progress, now.progress), plan);
        // A proposal with another cause takes the place of the one that is held, unless this feed has that one approved.
        let is_approved = plan.commands.iter().any(|command| command.action == CommandAction::Approve);
        if is_approved || !has(plan, &Operation::Unalign, &track.family) {
            lapsed.iter().for_each(|lapse| withdraw(case, lapse, plan));
        }
    }
    plan.intents.iter_mut().skip(first).for_each(|intent| intent.visit = None);
}

/// The state somebody lives in, where it is known and none the participant is licensed in.
fn away(case: &Case<'_>, chart: &Chart) -> Option<String> {
    let states = &case.participant.states;
    // A mailing address that stands in for a home tells nothing of it.
    let home = chart.address.as_ref().map(|address| &address.value).filter(|address| !address.stands_in);
    let state = &home?.state;
    let is_out = !state.is_empty() && !states.is_empty() && !states.contains(state);
    is_out.then(|| state.clone())
}

/// The diagnoses that lead from eCKM to CKM. Whoever has one that excludes from CKM does not go there.
fn progressed(case: &Case<'_>, chart: &Chart, track: &TrackFacts) -> Vec<String> {
    let next = ckm(case).filter(|_| Track::from(track.code.as_str()) == Track::ECkm);
    let next = next.filter(|next| chart.excluding(next).is_empty());
    next.map(|next| chart.qualifying(next)).unwrap_or_default()
}

/// CKM, where it is offered.
fn ckm<'a>(case: &Case<'a>) -> Option<&'a TrackFacts> {
    case.track(&Track::Ckm).filter(|next| case.offers(&next.code))
}

/// What to do about what was held for an alignment that has ended.
const ENDED: &str = "nothing; the notice of CMS, or its answer, says why the alignment ended";

/// What is held for nothing.
pub(super) struct Lapse<'a> {
    /// The track it was to end.
    from: &'a TrackFacts,
    /// The rule that proposed it.
    rule: &'static str,
    /// What people are told.
    text: &'static str,
    next_step: &'static str,
    /// Only this operation in this track. Unset: whatever the rule proposed, as both halves of a move, whose tracks differ.
    only: Option<Operation>,
    /// Only this track.
    within: Option<Track>,
}

impl<'a> Lapse<'a> {
    /// Of a cause that is gone.
    fn of_cause(from: &'a TrackFacts, rule: &'static str, text: &'static str) -> Self {
        let within = (rule != PROGRESS).then(|| Track::from(from.code.as_str()));
        let next_step =
            "nothing, unless the former statement was right: then ask for the unalignment with a ZAC segment";
        Self { from, rule, text, next_step, only: None, within }
    }

    /// Of an alignment that has ended. The alignment behind a move that got as far as that goes on.
    fn of_ended(from: &'a TrackFacts, rule: &'static str) -> Self {
        let text = "the alignment has ended; the unalignment that waited for approval was withdrawn";
        let within = Some(Track::from(from.code.as_str()));
        Self { from, rule, text, next_step: ENDED, only: Some(Operation::Unalign), within }
    }

    /// Of a report that cannot be accepted any more.
    pub(super) fn of_report(from: &'a TrackFacts, text: &'static str, next_step: &'static str) -> Self {
        let within = Some(Track::from(from.code.as_str()));
        Self { from, rule: reports::RULE, text, next_step, only: Some(Operation::ReportData), within }
    }
}

/// The causes that are gone. Where charts were joined, anything may be held for each of them.
fn lapsed<'a>(case: &Case<'_>, track: &'a TrackFacts, before: &Causes, now: &Causes) -> Vec<Lapse<'a>> {
    let home = case.chart.address.as_ref().map(|address| address.value.state.as_str());
    let is_home_known = home.is_some_and(|state| !state.is_empty());
    let is_joined = case.chart.is_joined();
    let progresses = Track::from(track.code.as_str()) == Track::ECkm;
    let mut lapsed = Vec::new();
    if (is_joined || !before.exclusions.is_empty()) && now.exclusions.is_empty() {
        let text = "the diagnosis that excluded from the track is no longer stated; the unalignment that waited for approval was withdrawn";
        lapsed.push(Lapse::of_cause(track, EXCLUDE, text));
    }
    if (is_joined || before.away.is_some()) && now.away.is_none() && is_home_known {
        let text =
            "the home address is in a licensed state again; the unalignment that waited for approval was withdrawn";
        lapsed.push(Lapse::of_cause(track, RELOCATE, text));
    }
    if ((is_joined && progresses) || !before.progress.is_empty()) && now.progress.is_empty() {
        let text = "nothing leads from eCKM to CKM any more; the move that waited for approval was withdrawn";
        lapsed.push(Lapse::of_cause(track, PROGRESS, text));
    }
    lapsed
}

/// Takes back what is held for nothing, and tells it. The host leaves the notice out where nothing was held.
pub(super) fn withdraw(case: &Case<'_>, lapse: &Lapse<'_>, plan: &mut Plan) {
    plan.commands.push(Command {
        action: CommandAction::Withdraw,
        reference: None,
        operation: lapse.only.clone(),
        track: lapse.within.clone(),
        visit: None,
        rule: Some(lapse.rule.to_owned()),
    });
    let word = Word {
        severity: &Severity::Information,
        code: REASON_LAPSED,
        display: "Held submission withdrawn",
        text: lapse.text,
        next_step: lapse.next_step,
    };
    let mut notice = feed_problem(&case.participant.id, case.facts, Some(case.chart), &word);
    lapse.only.as_ref().unwrap_or(&Operation::Unalign).as_str().clone_into(&mut notice.operation);
    notice.track.clone_from(&lapse.from.code);
    notice.mbi = case.chart.notice_mbi(case.profile);
    plan.notices.push(notice);
}

fn relocate(case: &Case<'_>, track: &TrackFacts, moved_out: bool, plan: &mut Plan) {
    let (Some(mode), Some(reason)) = (mode(case.profile.triggers.relocate.mode), reason(case, RELOCATED)) else {
        return;
    };
    if moved_out && !has(plan, &Operation::Unalign, &track.family) {
        let why = "the home address moved out of the states the participant is licensed in";
        let mut intent = case.intent(Operation::Unalign, track, mode, RELOCATE, why);
        intent.reason = Some(reason.code.clone());
        push(plan, intent);
    }
}

fn exclude(case: &Case<'_>, track: &TrackFacts, conditions: Vec<String>, plan: &mut Plan) {
    let (Some(mode), Some(reason)) = (mode(case.profile.triggers.exclude.mode), reason(case, NOT_ELIGIBLE)) else {
        return;
    };
    if conditions.is_empty() || has(plan, &Operation::Unalign, &track.family) {
        return;
    }
    let why = "a diagnosis that the guide excludes from the track was newly stated";
    let mut intent = case.intent(Operation::Unalign, track, mode, EXCLUDE, why);
    intent.reason = Some(reason.code.clone());
    intent.conditions = conditions;
    push(plan, intent);
}

fn progress(case: &Case<'_>, track: &TrackFacts, conditions: Vec<String>, plan: &mut Plan) {
    if conditions.is_empty() || has(plan, &Operation::Unalign, &track.family) {
        return;
    }
    let Some(mode) = mode(case.profile.triggers.progress.mode) else { return };
    let Some(next) = ckm(case) else { return };
    let referral = case.chart.referral.as_ref().map(|referral| referral.value);
    if referral.is_none() {
        let message = "nothing says whether a provider referred the patient, so that the move to CKM cannot be sent";
        plan.issues.push(
            Issue::new(Severity::Warning, "referral-unknown", "", message)
                .hint("send the REF^I12, or a ZAC with ALIGN, CKM and ZAC-5, before the move to CKM is approved")
                .rule("triggers.progress"),
        );
    }
    // The alignment could not follow, so a person decides first.
    let mode = if referral.is_none() { Mode::Hold } else { mode };
    propose_move(case, track, next, &mode, conditions, referral, plan);
}

/// Proposes the two operations of a move from eCKM to CKM: the second starts when the first is done.
pub(super) fn propose_move(
    case: &Case<'_>,
    from: &TrackFacts,
    to: &TrackFacts,
    mode: &Mode,
    conditions: Vec<String>,
    referral: Option<bool>,
    plan: &mut Plan,
) {
    let Some(reason) = reason(case, NOT_ELIGIBLE) else { return };
    let why = match referral {
        Some(_) => "a diagnosis of the CKM track ends the eCKM alignment; the alignment to CKM follows",
        None => {
            "a diagnosis of the CKM track ends the eCKM alignment; the alignment to CKM follows, and needs a REF^I12 or a ZAC with \
             ALIGN, CKM and ZAC-5 before this is approved"
        }
    };
    let mut leave = case.intent(Operation::Unalign, from, mode.clone(), PROGRESS, why);
    // Without it the patient would leave the one track and could not enter the other, so neither half is sent.
    leave.provider_referral = referral;
    leave.reason = Some(reason.code.clone());
    leave.conditions = conditions;
    let after = push(plan, leave);
    let why = "a diagnosis of the CKM track was stated while aligned to eCKM";
    let mut align = case.intent(Operation::Align, to, mode.clone(), PROGRESS, why);
    align.provider_referral = referral;
    align.after = after;
    push(plan, align);
}

/// The reason, where the guide version has it.
fn reason<'a>(case: &Case<'a>, code: &str) -> Option<&'a ReasonFacts> {
    case.profile.guide.reasons.iter().find(|reason| reason.code == code)
}
