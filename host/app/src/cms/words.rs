//! What people are told about notices of CMS where the component cannot say it.

use super::finding::{Doubt, Reason};
use access_contract::{Issue, NamedDate, Notice, NoticeKind, Severity};
use bridge_cms_notices::CmsNotice;

/// The notice that somebody must look at what CMS sent. `id` is the one under which it is stored.
pub(super) fn unmatched(id: &str, notice: &CmsNotice, reason: &Reason, participants: &[String]) -> Notice {
    // One that is not of this site's profile would be filtered out by every route that names participants.
    let participant = participants.iter().find(|one| **one == notice.participant).cloned().unwrap_or_default();
    let deadline = notice.deadline.map(|day| NamedDate { name: "deadline".to_owned(), date: day.to_string() });
    Notice {
        kind: NoticeKind::CmsNotification,
        severity: Severity::Warning,
        participant,
        operation: String::new(),
        track: String::new(),
        code: "cms-notice-unmatched".to_owned(),
        system: String::new(),
        display: "Notice of CMS not matched".to_owned(),
        text: format!("CMS sent something that could not be matched to an alignment: {}.", reason.text),
        next_step: format!(
            "read it with `access-bridge notices cms show {id} --bytes`; if it is about an alignment, \
             `access-bridge notices cms match {id} --submission ID` does what follows from it"
        ),
        submission: String::new(),
        cms_submission: notice.cms_submission.clone(),
        control_id: String::new(),
        reply_application: String::new(),
        reply_facility: String::new(),
        patient: String::new(),
        mbi: None,
        reference: None,
        dates: deadline.into_iter().collect(),
        issues: vec![Issue::new(Severity::Warning, &reason.code, "", reason.text.clone())],
    }
}

/// Why a notice was not written into a chart.
pub(super) fn not_written(code: String, message: &str) -> Reason {
    Reason { code, text: format!("it could not be written into the chart of its alignment: {message}") }
}

/// Makes a notice of something that would end an alignment a question to a person. `id` is the one under which it is stored.
pub(super) fn confirm(notice: &mut Notice, id: &str, doubt: Doubt) {
    notice.severity = Severity::Warning;
    notice.next_step = format!(
        "read it with `access-bridge notices cms show {id} --bytes` and confirm it with CMS (ZAC CHECK asks where the patient \
         stands, and ends nothing); if it is true, `access-bridge notices cms match {id}` ends the alignment; until then the standing \
         is as it was and the calendar goes on"
    );
    let Reason { code, text } = doubt.reason();
    notice.issues.push(Issue::new(Severity::Warning, &code, "", text).hint(doubt.hint()));
}

/// Says that a person decided.
pub(super) fn matched_by_hand() -> Issue {
    let message = "a person matched what CMS sent to this alignment";
    Issue::new(Severity::Information, "cms-matched-by-hand", "", message)
}
