//! Notices that a submission waits for a person. The host writes the submission's id into them.

use super::case::Case;
use super::notice::{Word, feed_problem};
use crate::facts::Facts;
use access_contract::{Mode, Notice, NoticeKind, Plan, Severity};

/// One notice for each intent that is held and waits for nothing else; what follows it is approved together with it.
pub(super) fn tell(case: &Case<'_>, participant: &str, facts: Option<&Facts>, plan: &mut Plan) {
    let held = plan.intents.iter().filter(|intent| intent.mode != Mode::Auto && intent.after.is_none());
    let notices: Vec<Notice> = held
        .map(|intent| {
            let word = Word {
                severity: &Severity::Warning,
                code: "held",
                display: "Held for approval",
                text: &intent.why,
                next_step: "approve or cancel it: `access-bridge submissions approve ID`, or a ZAC segment with APPROVE or \
                            CANCEL and this submission's id in ZAC-8",
            };
            Notice {
                kind: NoticeKind::HeldForApproval,
                operation: intent.operation.as_str().to_owned(),
                track: intent.track.as_str().to_owned(),
                mbi: case.chart.notice_mbi(case.profile),
                reference: intent.reference.clone(),
                ..feed_problem(participant, facts, Some(case.chart), &word)
            }
        })
        .collect();
    plan.notices.extend(notices);
}
