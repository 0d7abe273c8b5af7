//! Notices that the host makes, and which routes a notice goes to.

use crate::config::raw;
use access_contract::{FOLLOWER_DROPPED, Header, Issue, Notice, NoticeKind, Outcome, Severity};
use bridge_ledger::{About, Claimed, NewNotice};
use bridge_types::Phi;

/// Which routes take what.
#[derive(Debug, Clone, Default)]
pub struct RouteTable(Vec<raw::Route>);

impl RouteTable {
    /// The routes of a configuration.
    #[must_use]
    pub fn new(routes: &[raw::Route]) -> Self {
        Self(routes.to_vec())
    }

    /// Names of the routes that take this notice.
    #[must_use]
    pub fn of(&self, notice: &Notice) -> Vec<String> {
        let takes = |wanted: &[String], word: &str| wanted.is_empty() || wanted.iter().any(|one| one == word);
        self.0
            .iter()
            .filter(|route| {
                takes(&route.kinds, notice.kind.as_str())
                    && takes(&route.severities, notice.severity.as_str())
                    // A feed that could not be read belongs to nobody yet: everyone is told.
                    && (notice.participant.is_empty() || takes(&route.participants, &notice.participant))
                    // And what concerns no track concerns all.
                    && (notice.track.is_empty() || takes(&route.tracks, &notice.track))
            })
            .map(|route| route.name.clone())
            .collect()
    }

    /// A notice as the ledger takes it: to the routes that take it, as it is written.
    #[must_use]
    pub fn address(&self, notice: Notice) -> NewNotice {
        self.address_about(notice, About::AsWritten)
    }

    /// The same for one whose words depend on what becomes of something of the same transaction.
    #[must_use]
    pub fn address_about(&self, notice: Notice, about: About) -> NewNotice {
        NewNotice { routes: self.of(&notice), notice: Phi::new(notice), about }
    }
}

/// The notice about a feed that was refused. `decided` is the issue that decided, `issues` are all that are told.
#[must_use]
pub fn feed_problem(header: &Header, participant: &str, decided: &Issue, issues: Vec<Issue>) -> Notice {
    Notice {
        kind: NoticeKind::FeedProblem,
        severity: Severity::Error,
        participant: participant.to_owned(),
        operation: String::new(),
        track: String::new(),
        code: decided.code.clone(),
        system: String::new(),
        display: "Feed refused".to_owned(),
        text: decided.message.clone(),
        next_step: decided
            .hint
            .clone()
            .unwrap_or_else(|| "look at it with `access-bridge quarantine show`, mend the cause, replay it".to_owned()),
        submission: String::new(),
        cms_submission: String::new(),
        control_id: header.control_id.clone(),
        reply_application: header.sending_application.clone(),
        reply_facility: header.sending_facility.clone(),
        patient: String::new(),
        mbi: None,
        reference: None,
        dates: Vec::new(),
        issues,
    }
}

/// The notice that a submission cannot go on without a person, where the component cannot make it.
#[must_use]
pub fn submission_problem(work: &Claimed, outcome: &Outcome) -> Notice {
    Notice {
        kind: NoticeKind::SubmissionProblem,
        severity: Severity::Error,
        participant: work.participant.clone(),
        operation: work.operation.as_str().to_owned(),
        track: work.track.as_str().to_owned(),
        code: outcome.code.clone(),
        system: outcome.system.clone(),
        display: outcome.display.clone(),
        text: outcome.meaning.clone(),
        next_step: outcome.next_step.clone(),
        submission: work.lease.submission.clone(),
        cms_submission: work.cms_submission.clone().unwrap_or_default(),
        control_id: work.control_id.clone(),
        reply_application: String::new(),
        reply_facility: String::new(),
        patient: String::new(),
        mbi: None,
        reference: work.intent.reference.clone(),
        dates: Vec::new(),
        issues: outcome.issues.clone(),
    }
}

/// What is told of a submission that waits for a person now that what it waited for is done: addressed as the notice about that one.
/// The ledger writes in which submission it is, and who asked for it; until then it concerns every track.
#[must_use]
pub fn held_for_approval(ended: &Notice) -> Notice {
    Notice {
        kind: NoticeKind::HeldForApproval,
        severity: Severity::Warning,
        operation: String::new(),
        track: String::new(),
        code: "held".to_owned(),
        system: String::new(),
        display: "Held for approval".to_owned(),
        text: String::new(),
        next_step: "what it waited for is done; approve or cancel it: `access-bridge submissions approve ID`, or a ZAC segment with \
                    APPROVE or CANCEL and this submission's id in ZAC-8"
            .to_owned(),
        submission: String::new(),
        cms_submission: String::new(),
        control_id: String::new(),
        reference: None,
        dates: Vec::new(),
        issues: Vec::new(),
        ..ended.clone()
    }
}

/// What is told of a submission that was to follow another and is dropped with it: for the pipeline and the person that a notice is for.
/// The ledger writes in which submission it is, who asked for it, and why; until then it concerns every track.
#[must_use]
pub fn follower_dropped(participant: &str, beside: Option<&Notice>) -> Notice {
    let next_step = "if it is still wanted, ask for it with a ZAC segment, or send the one that is named here with \
                     `access-bridge submissions retry ID`, once the first half has ended as it should";
    let issue = Issue::new(Severity::Warning, FOLLOWER_DROPPED, "", "").hint(next_step);
    let told = Notice {
        kind: NoticeKind::SubmissionProblem,
        severity: Severity::Warning,
        display: "Following submission dropped".to_owned(),
        ..feed_problem(&Header::default(), participant, &issue, Vec::new())
    };
    let Some(beside) = beside else { return told };
    Notice {
        reply_application: beside.reply_application.clone(),
        reply_facility: beside.reply_facility.clone(),
        patient: beside.patient.clone(),
        mbi: beside.mbi.clone(),
        ..told
    }
}

#[cfg(test)]
mod tests {
    use super::RouteTable;
    use access_contract::{Header, Issue, Severity};

    #[test]
    fn a_route_takes_what_its_filter_names() {
        let routes = "
            [[route]]
            name = 'all'
            kind = 'stdout'
            format = 'json'
            [[route]]
            name = 'outcomes'
            kind = 'stdout'
            format = 'json'
            kinds = ['outcome']
            [[route]]
            name = 'errors-of-one'
            kind = 'stdout'
            format = 'json'
            severities = ['error']
            participants = ['ACCES12345']
            [[route]]
            name = 'msk'
            kind = 'stdout'
            format = 'json'
            tracks = ['MSK']
        ";
        #[derive(serde::Deserialize)]
        struct Routes {
            route: Vec<crate::config::raw::Route>,
        }
        let table = RouteTable::new(&toml::from_str::<Routes>(routes).unwrap().route);
        let issue = Issue::new(Severity::Error, "not-hl7", "", "no");
        let mut notice = super::feed_problem(&Header::default(), "", &issue, vec![issue.clone()]);
        assert_eq!(table.of(&notice), ["all", "errors-of-one", "msk"]);
        notice.track = "CKM".to_owned();
        notice.participant = "ACCES00001".to_owned();
        assert_eq!(table.of(&notice), ["all"]);
        notice.kind = access_contract::NoticeKind::Outcome;
        assert_eq!(table.of(&notice), ["all", "outcomes"]);
        notice.track = "MSK".to_owned();
        assert_eq!(table.of(&notice), ["all", "outcomes", "msk"]);
    }
}
