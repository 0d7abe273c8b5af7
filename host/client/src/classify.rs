//! What an answer allows next: pure decisions on status, body end and whether the API itself answered.

use crate::FailureCause;
use crate::transport::{BodyEnd, Reply, Trouble};
use bridge_types::Disposition;
use std::time::Duration;

/// What to make of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// 202.
    Accepted,
    /// Final; the component interprets it.
    Answered,
    /// 401: renew the token once.
    Unauthorized,
    /// Not final.
    Failed(FailureCause, Disposition),
}

/// What an answer is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence {
    pub(crate) status: u16,
    pub(crate) body_end: BodyEnd,
    /// Whether the body is an OperationOutcome: then the API answered, not something in front of it.
    pub(crate) operation_outcome: bool,
    /// Whether the body is a FHIR resource of any type.
    pub(crate) fhir: bool,
    pub(crate) retry_after: Option<Duration>,
}

impl Evidence {
    pub(crate) fn of(reply: &Reply, retry_after: Option<Duration>) -> Self {
        Self {
            status: reply.status,
            body_end: reply.body_end,
            operation_outcome: (500..600).contains(&reply.status) && is_operation_outcome(&reply.body),
            fhir: matches!(reply.status, 200..=299 | 400..=499) && resource_type(&reply.body).is_some(),
            retry_after,
        }
    }

    const fn retry(&self) -> Disposition {
        Disposition::Retry { after: self.retry_after }
    }
}

/// What the answer to a POST allows.
pub(crate) fn judge_submit(evidence: &Evidence) -> Verdict {
    match evidence.status {
        202 => Verdict::Accepted,
        // Not an answer the guide knows to a POST. Without its body nobody can tell what was done.
        200..=299 if evidence.body_end != BodyEnd::Whole => {
            Verdict::Failed(cut_short(evidence.body_end), Disposition::Uncertain)
        }
        200..=299 if !evidence.fhir => Verdict::Failed(FailureCause::NotFhir, Disposition::Uncertain),
        // The guide: a server that reports an error itself has queued nothing.
        500 | 501 | 505..=599 if evidence.operation_outcome => {
            Verdict::Failed(FailureCause::ServerError, evidence.retry())
        }
        _ => judge_common(evidence, Disposition::Uncertain),
    }
}

/// What the answer to a status GET allows. Asking again does no harm, so nothing here is uncertain.
pub(crate) fn judge_poll(evidence: &Evidence) -> Verdict {
    match evidence.status {
        202 => Verdict::Accepted,
        // About the credentials, not about the submission.
        403 => Verdict::Failed(FailureCause::Forbidden, Disposition::Operator),
        500 | 501 | 505..=599 if evidence.operation_outcome => {
            Verdict::Failed(FailureCause::ServerError, evidence.retry())
        }
        _ => match judge_common(evidence, evidence.retry()) {
            Verdict::Answered => judge_last_word(evidence),
            other => other,
        },
    }
}

/// Whether what looks like the last word on a submission is CMS's own. It ends the submission, so it must be whole, and FHIR: a page
/// of a gateway under a status of refusal says as little of what CMS did as one under a status of success.
fn judge_last_word(evidence: &Evidence) -> Verdict {
    match evidence.body_end {
        BodyEnd::TooLarge => Verdict::Failed(FailureCause::AnswerTooLarge, Disposition::Operator),
        BodyEnd::Lost | BodyEnd::TimedOut => Verdict::Failed(cut_short(evidence.body_end), evidence.retry()),
        BodyEnd::Whole if !evidence.fhir => Verdict::Failed(FailureCause::NotFhir, evidence.retry()),
        BodyEnd::Whole => Verdict::Answered,
    }
}

/// The part that is the same for both; `doubt` is for answers that do not say what happened behind them.
fn judge_common(evidence: &Evidence, doubt: Disposition) -> Verdict {
    match evidence.status {
        401 => Verdict::Unauthorized,
        408 | 425 => Verdict::Failed(FailureCause::NotTaken, evidence.retry()),
        429 => Verdict::Failed(FailureCause::Throttled, evidence.retry()),
        503 => Verdict::Failed(FailureCause::Unavailable, evidence.retry()),
        300..=399 => Verdict::Failed(FailureCause::Redirected, Disposition::Operator),
        200..=299 | 400..=499 => Verdict::Answered,
        _ => Verdict::Failed(FailureCause::Gateway, doubt),
    }
}

/// What the lack of an answer to a POST allows.
pub(crate) const fn judge_submit_trouble(trouble: Trouble) -> (FailureCause, Disposition) {
    match trouble {
        Trouble::Lost => (FailureCause::Lost, Disposition::Uncertain),
        Trouble::TimedOut => (FailureCause::TimedOut, Disposition::Uncertain),
        _ => judge_poll_trouble(trouble),
    }
}

/// What the lack of an answer to a request that may be repeated allows.
pub(crate) const fn judge_poll_trouble(trouble: Trouble) -> (FailureCause, Disposition) {
    let retry = Disposition::Retry { after: None };
    match trouble {
        Trouble::Connect => (FailureCause::Connect, retry),
        Trouble::Tls => (FailureCause::Tls, Disposition::Operator),
        Trouble::Unsendable => (FailureCause::Unsendable, Disposition::Operator),
        Trouble::Lost => (FailureCause::Lost, retry),
        Trouble::TimedOut => (FailureCause::TimedOut, retry),
    }
}

const fn cut_short(end: BodyEnd) -> FailureCause {
    match end {
        BodyEnd::Whole | BodyEnd::Lost => FailureCause::Lost,
        BodyEnd::TooLarge => FailureCause::AnswerTooLarge,
        BodyEnd::TimedOut => FailureCause::TimedOut,
    }
}

/// Whether a body is a FHIR OperationOutcome in JSON. A body that was cut is not JSON, so it is not.
fn is_operation_outcome(body: &str) -> bool {
    resource_type(body).is_some_and(|kind| kind == "OperationOutcome")
}

/// The type of a FHIR resource in JSON.
fn resource_type(body: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Resource<'a> {
        #[serde(rename = "resourceType", borrow)]
        kind: std::borrow::Cow<'a, str>,
    }
    // Without the first test, an array whose first element is the name would do.
    if !body.trim_start().starts_with('{') {
        return None;
    }
    serde_json::from_str::<Resource<'_>>(body).ok().map(|resource| resource.kind.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Option<Duration> = Some(Duration::from_secs(7));
    const RETRY: Disposition = Disposition::Retry { after: AFTER };

    fn evidence(status: u16, operation_outcome: bool) -> Evidence {
        Evidence { status, body_end: BodyEnd::Whole, operation_outcome, fhir: true, retry_after: AFTER }
    }

    #[test]
    fn success_without_fhir_comes_from_a_gateway() {
        let page = Evidence { fhir: false, ..evidence(200, false) };
        assert_eq!(judge_poll(&page), Verdict::Failed(FailureCause::NotFhir, RETRY));
        assert_eq!(judge_submit(&page), Verdict::Failed(FailureCause::NotFhir, Disposition::Uncertain));
        assert_eq!(resource_type("{\"resourceType\":\"Parameters\"}").as_deref(), Some("Parameters"));
        for other in ["", "<html></html>", "{}", "{\"resourceType\":\"Para"] {
            assert_eq!(resource_type(other), None, "{other}");
        }
    }

    #[test]
    fn a_refusal_without_fhir_ends_no_submission_that_was_accepted() {
        for status in [400, 402, 404, 409, 410, 422, 451, 499] {
            let page = Evidence { fhir: false, ..evidence(status, false) };
            assert_eq!(judge_poll(&page), Verdict::Failed(FailureCause::NotFhir, RETRY), "{status}");
            assert_eq!(judge_poll(&evidence(status, false)), Verdict::Answered, "{status}");
            let cut = Evidence { body_end: BodyEnd::Lost, ..page };
            assert_eq!(judge_poll(&cut), Verdict::Failed(FailureCause::Lost, RETRY), "{status}");
            // Whoever refuses a request did not take it in, whoever that is.
            assert_eq!(judge_submit(&page), Verdict::Answered, "{status}");
        }
    }

    #[test]
    fn every_status_of_a_post_has_its_verdict() {
        use FailureCause as Cause;
        for (status, outcome, expected) in [
            (202, false, Verdict::Accepted),
            (200, false, Verdict::Answered),
            (400, true, Verdict::Answered),
            (401, true, Verdict::Unauthorized),
            (403, true, Verdict::Answered),
            (404, false, Verdict::Answered),
            (408, false, Verdict::Failed(Cause::NotTaken, RETRY)),
            (413, false, Verdict::Answered),
            (429, false, Verdict::Failed(Cause::Throttled, RETRY)),
            (302, false, Verdict::Failed(Cause::Redirected, Disposition::Operator)),
            (500, true, Verdict::Failed(Cause::ServerError, RETRY)),
            (500, false, Verdict::Failed(Cause::Gateway, Disposition::Uncertain)),
            (502, true, Verdict::Failed(Cause::Gateway, Disposition::Uncertain)),
            (503, true, Verdict::Failed(Cause::Unavailable, RETRY)),
            (503, false, Verdict::Failed(Cause::Unavailable, RETRY)),
            (504, true, Verdict::Failed(Cause::Gateway, Disposition::Uncertain)),
            (599, true, Verdict::Failed(Cause::ServerError, RETRY)),
            (101, false, Verdict::Failed(Cause::Gateway, Disposition::Uncertain)),
            (999, false, Verdict::Failed(Cause::Gateway, Disposition::Uncertain)),
        ] {
            assert_eq!(judge_submit(&evidence(status, outcome)), expected, "{status} {outcome}");
        }
    }

    #[test]
    fn no_status_of_a_poll_is_uncertain_or_a_rejection() {
        for status in 100..1000 {
            for outcome in [false, true] {
                if let Verdict::Failed(_, disposition) = judge_poll(&evidence(status, outcome)) {
                    assert!(matches!(disposition, Disposition::Retry { .. } | Disposition::Operator), "{status}");
                }
            }
        }
    }

    #[test]
    fn only_final_statuses_of_a_poll_are_answers() {
        for status in 100..1000 {
            let verdict = judge_poll(&evidence(status, true));
            let last_word =
                matches!(status, 200 | 201 | 203..=299 | 400 | 402 | 404..=407 | 409..=424 | 426..=428 | 430..=499);
            assert_eq!(verdict == Verdict::Answered, last_word, "{status} {verdict:?}");
        }
    }

    #[test]
    fn a_result_that_broke_off_is_asked_for_again_but_never_posted_again() {
        for (body_end, cause) in [(BodyEnd::Lost, FailureCause::Lost), (BodyEnd::TimedOut, FailureCause::TimedOut)] {
            let cut = Evidence { body_end, ..evidence(200, false) };
            assert_eq!(judge_poll(&cut), Verdict::Failed(cause.clone(), RETRY));
            assert_eq!(judge_submit(&cut), Verdict::Failed(cause, Disposition::Uncertain));
        }
        let large = Evidence { body_end: BodyEnd::TooLarge, ..evidence(200, false) };
        assert_eq!(judge_poll(&large), Verdict::Failed(FailureCause::AnswerTooLarge, Disposition::Operator));
    }

    #[test]
    fn an_operation_outcome_is_recognised_by_its_type_alone() {
        assert!(is_operation_outcome(r#"{"issue":[{"diagnostics":"x"}],"resourceType":"OperationOutcome"}"#));
        for other in [
            "",
            "<html>OperationOutcome</html>",
            r#"{"resourceType":"Parameters"}"#,
            r#"{"resourceType":"OperationOutcome""#,
            r#"["OperationOutcome"]"#,
            r#"{"message":"Internal server error"}"#,
        ] {
            assert!(!is_operation_outcome(other), "{other}");
        }
    }
}
