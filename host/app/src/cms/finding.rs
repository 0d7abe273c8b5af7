//! Which alignment a notice of CMS is about.

use access_contract::{Issue, Operation, Severity};
use bridge_ledger::{CmsFacts, Ledger, LedgerError, Submission, SubmissionFilter};

/// Submissions of one id that are looked at. CMS gives each its own.
const ROWS: usize = 10;

/// The event of the guide that is about nobody's alignment.
const CONTROL_GROUP_ENDING: &str = "control-group-ending";

/// Why an alignment was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    /// Stable code.
    pub(super) code: String,
    /// One sentence, without a value from the mail.
    pub(super) text: String,
}

impl Reason {
    fn new(code: &str, text: &str) -> Self {
        Self { code: code.to_owned(), text: text.to_owned() }
    }
}

/// Why nobody vouches for what a mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Its source takes every sender.
    Sender,
    /// It is quoted, or answers something.
    Quoted,
}

impl Doubt {
    /// What waits, and why.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::Sender => Reason::new(
                "cms-sender-unproved",
                "the mail is of a source that takes every sender, so that anybody could have written it",
            ),
            Self::Quoted => Reason::new(
                "cms-notice-quoted",
                "it stands in an answer, a quotation, or a mail that was forwarded or sent back, so that its sender need not mean it",
            ),
        }
    }

    /// What keeps the next one from waiting.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Sender => "match it by hand, and set `from` of the [[mail]] for those to come",
            Self::Quoted => "match it by hand; let mails of CMS be redirected to the source, not forwarded",
        }
    }
}

/// The submission that CMS calls so, where it is an alignment of the participant that the notice names. An alignment that has
/// ended since counts, too: what is owed for it is announced under its id. Of a control group nothing was aligned: what was asked
/// when the assignment was told counts.
pub(super) async fn find(ledger: &dyn Ledger, facts: &CmsFacts) -> Result<Result<Submission, Reason>, LedgerError> {
    let filter = SubmissionFilter { cms_submission: Some(facts.cms_submission.clone()), ..SubmissionFilter::default() };
    let named = if facts.cms_submission.is_empty() {
        Vec::new()
    } else {
        ledger.submissions_page(&filter, None, ROWS).await?.items
    };
    Ok(choose(facts, named))
}

fn choose(facts: &CmsFacts, named: Vec<Submission>) -> Result<Submission, Reason> {
    if named.is_empty() {
        return Err(Reason::new("cms-submission-unknown", "no submission of this ledger has the id that it names"));
    }
    let of_control_group = facts.event == CONTROL_GROUP_ENDING;
    let is_meant = |one: &Submission| is_alignment(one) || (of_control_group && is_check(one));
    let mut alignments: Vec<Submission> = named.into_iter().filter(is_meant).collect();
    if alignments.is_empty() {
        return Err(not_an_alignment());
    }
    if !facts.participant.is_empty() {
        alignments.retain(|one| one.participant == facts.participant);
    }
    let mut alignments = alignments.into_iter();
    match (alignments.next(), alignments.next()) {
        (None, _) => Err(Reason::new(
            "cms-participant-differs",
            "the alignment that it names is not of the participant that it names",
        )),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => {
            Err(Reason::new("cms-submission-ambiguous", "several submissions of this ledger have the id that it names"))
        }
    }
}

/// The submission that a person named: any alignment or check, whatever the mail says.
pub(super) fn by_hand(named: Submission) -> Result<Submission, Reason> {
    if is_alignment(&named) || is_check(&named) { Ok(named) } else { Err(not_an_alignment()) }
}

fn is_alignment(one: &Submission) -> bool {
    one.operation == Operation::Align
}

fn is_check(one: &Submission) -> bool {
    one.operation == Operation::CheckEligibility
}

fn not_an_alignment() -> Reason {
    Reason::new("cms-submission-other", "the submission is not an alignment")
}

/// What is to be said about a match.
pub(super) fn doubts(facts: &CmsFacts, found: &Submission) -> Vec<Issue> {
    let mut doubts = Vec::new();
    if facts.participant.is_empty() {
        let message = "what CMS sent names no participant; the submission id alone decided";
        doubts.push(Issue::new(Severity::Information, "cms-participant-missing", "", message));
    } else if facts.participant != found.participant {
        let message = "what CMS sent names another participant than the alignment it was matched to";
        doubts.push(Issue::new(Severity::Warning, "cms-participant-differs", "", message));
    }
    doubts
}
