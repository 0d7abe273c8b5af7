//! What is told of a feed that is accepted, and what each of these notices is about.

use super::Pipeline;
use crate::settling::{feed_problem, follower_dropped};
use access_contract::{
    COVERAGE_IN_DOUBT, Command, CommandAction, Intent, Issue, Notice, NoticeKind, ORDER_WITHOUT_EFFECT, Plan,
    REASON_LAPSED, Reading, Severity, Track,
};
use bridge_ledger::{About, ChartChange, NewNotice, SeenChart, SubjectIntake};
use bridge_types::Phi;

impl Pipeline {
    /// A fact that had to be left out (two numbers in one message, a name that cannot be decoded) is told once for a feed
    /// that concerns a chart. The feed itself is accepted. What the component tells of by itself, and so names the patient, gets
    /// its place there.
    pub(super) fn left_out(&self, reading: &Reading, subjects: &mut [SubjectIntake]) -> Vec<NewNotice> {
        // Somebody may bear a name that test patients have.
        let left_out = reading.issues.iter().filter(|issue| issue.blocks() || issue.code == "test-patient").cloned();
        let issues: Vec<Issue> = left_out.filter(|issue| !is_told(issue, subjects)).collect();
        let Some(first) = issues.first().cloned().filter(|_| subjects.iter().any(|one| one.change.is_some())) else {
            return Vec::new();
        };
        let mut notice = feed_problem(&reading.header, &reading.participant, &first, issues);
        "Feed accepted in part".clone_into(&mut notice.display);
        notice.severity = Severity::Warning;
        vec![self.routes.address(notice)]
    }

    /// A plan as the ledger takes it.
    pub(super) fn follow(&self, participant: &str, seen: Vec<SeenChart>, plan: Plan) -> SubjectIntake {
        let mut dropped = follower_dropped(participant, plan.notices.first());
        dropped.control_id = plan.notices.first().map(|notice| notice.control_id.clone()).unwrap_or_default();
        let (mut orders, mut lapses) = (0, 0);
        let notices = plan
            .notices
            .into_iter()
            .map(|notice| {
                let about = if notice.kind == NoticeKind::HeldForApproval {
                    plan.intents.iter().position(|intent| is_about(intent, &notice)).map(About::Intent)
                } else if notice.code == COVERAGE_IN_DOUBT {
                    plan.intents.iter().position(|intent| is_about(intent, &notice)).map(About::Carried)
                } else if notice.code == ORDER_WITHOUT_EFFECT {
                    let ordered = plan.commands.iter().skip(orders).position(|command| ordered_by(command, &notice));
                    ordered.map(|position| {
                        let position = orders + position;
                        orders = position + 1;
                        About::Command(position)
                    })
                } else if notice.code == REASON_LAPSED {
                    let lapsed = plan.commands.iter().skip(lapses).position(Command::is_lapse);
                    lapsed.map(|position| {
                        let position = lapses + position;
                        lapses = position + 1;
                        About::Withdrawn(position)
                    })
                } else {
                    None
                };
                self.routes.address_about(notice, about.unwrap_or_default())
            })
            .collect();
        SubjectIntake {
            seen,
            change: plan.chart.map(ChartChange::from),
            commands: plan.commands,
            intents: plan.intents,
            notices,
            dropped: Some(self.routes.address(dropped)),
        }
    }

    /// Has whoever asked for something by name told where nothing of it becomes a submission of its own.
    pub(super) fn answer_requests(&self, reading: &Reading, issues: &[Issue], intake: &mut SubjectIntake) {
        let asked = intake.intents.iter().enumerate().filter(|(_, intent)| intent.is_asked());
        let joined = asked.map(|(position, intent)| {
            let mut word = without_effect(
                reading,
                intent.operation.as_str(),
                intent.track.as_str(),
                "the request made no submission of its own: one of the same kind was open already and has not ended",
                "`access-bridge submissions show` with its id says where it stands: it waits for approval, for the answer of CMS, or, \
                 in doubt, for a person; ask again when it has ended, if its result is not what was wanted",
            );
            word.reference.clone_from(&intent.reference);
            (word, About::Joined(position))
        });
        let aligned = issues.iter().filter(|issue| issue.is_already_aligned()).map(|_| {
            let text = "the request to align changed nothing: the person is already aligned in this track";
            let next = "nothing to do; CHECK asks CMS where the person stands";
            (without_effect(reading, "align", "", text, next), About::AsWritten)
        });
        let told: Vec<NewNotice> =
            joined.chain(aligned).map(|(notice, about)| self.routes.address_about(notice, about)).collect();
        intake.notices.extend(told);
    }
}

/// Whether a notice of the component is about what had to be left out; it gets the issue, if it has none.
fn is_told(issue: &Issue, subjects: &mut [SubjectIntake]) -> bool {
    let mut notices = subjects.iter_mut().flat_map(|subject| &mut subject.notices);
    let Some(told) = notices.find(|one| one.notice.expose().code == issue.code) else { return false };
    let mut notice = told.notice.expose().clone();
    if notice.issues.is_empty() {
        notice.issues.push(issue.clone());
        told.notice = Phi::new(notice);
    }
    true
}

/// The notice that a request of a feed had no effect of its own.
fn without_effect(reading: &Reading, operation: &str, track: &str, text: &str, next_step: &str) -> Notice {
    let issue = Issue::new(Severity::Warning, ORDER_WITHOUT_EFFECT, "ZAC-2", text).hint(next_step);
    let mut notice = feed_problem(&reading.header, &reading.participant, &issue, Vec::new());
    "Request without effect".clone_into(&mut notice.display);
    notice.severity = Severity::Warning;
    operation.clone_into(&mut notice.operation);
    track.clone_into(&mut notice.track);
    notice
}

/// Whether a notice is about this intent.
fn is_about(intent: &Intent, notice: &Notice) -> bool {
    intent.operation.as_str() == notice.operation && intent.track.as_str() == notice.track
}

/// Whether a notice says that this command changed nothing.
fn ordered_by(command: &Command, notice: &Notice) -> bool {
    matches!(command.action, CommandAction::Approve | CommandAction::Cancel)
        && command.reference.as_deref().unwrap_or_default() == notice.submission
        && command.track.as_ref().map_or("", Track::as_str) == notice.track
}
