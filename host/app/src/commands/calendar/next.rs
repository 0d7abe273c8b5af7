//! What is to be done about a date, in one phrase.

use super::super::stored::wait;
use crate::output::Trouble;
use access_contract::{Deadline, Operation};
use access_mappings::{Profile, TriggerMode};
use bridge_ledger::{Ledger, State, Submission, SubmissionFilter};

/// Newest submissions of one chart and track that are looked at.
const LOOKED_AT: usize = 10;

/// The submission by which a report is on its way, or by which it could not be sent; none for other dates.
pub(super) fn under_way(ledger: &dyn Ledger, chart: &str, date: &Deadline) -> Result<Option<Submission>, Trouble> {
    if date.period.is_empty() || date.state != "open" {
        return Ok(None);
    }
    let filter = SubmissionFilter {
        charts: vec![chart.to_owned()],
        track: Some(date.track.clone()),
        operation: Some(Operation::ReportData),
        ..SubmissionFilter::default()
    };
    for submission in wait(ledger.submissions_page(&filter, None, LOOKED_AT))?.items {
        if matches!(submission.state, State::Done | State::Cancelled) {
            continue;
        }
        let story = wait(ledger.submission(&submission.id))?;
        let period = story.and_then(|story| story.intent.report);
        if period.is_some_and(|period| period.period == date.period && period.alignment == date.alignment) {
            return Ok(Some(submission));
        }
    }
    Ok(None)
}

/// What is to be done.
pub(super) fn step(
    profile: &Profile,
    participant: &str,
    chart: &str,
    date: &Deadline,
    under_way: Option<&Submission>,
) -> String {
    if let Some(submission) = under_way {
        return sent(submission);
    }
    if date.period.is_empty() {
        return plain(&date.kind, &date.state).to_owned();
    }
    match (date.state.as_str(), date.missing.is_empty()) {
        ("open", true) => complete(profile, participant, chart, date),
        ("open", false) => format!(
            "get what is missing into the feed: access-bridge report --dry-run {chart} --track {} --type {}",
            date.track.as_str(),
            date.kind
        ),
        ("upcoming", _) => "nothing yet".to_owned(),
        ("missed", _) if date.kind == "baseline" => "ask CMS whether the patient is still aligned".to_owned(),
        ("missed", _) => "ask CMS whether it can still be sent".to_owned(),
        _ => String::new(),
    }
}

fn sent(submission: &Submission) -> String {
    let id = &submission.id;
    match submission.state {
        State::Held => format!("waits for approval: access-bridge submissions approve {id}"),
        State::Uncertain => format!("may have arrived at CMS: access-bridge submissions show {id}"),
        State::Failed => format!("was not accepted: access-bridge submissions show {id}"),
        _ => format!("is on its way: access-bridge submissions show {id}"),
    }
}

/// A report that has everything.
fn complete(profile: &Profile, participant: &str, chart: &str, date: &Deadline) -> String {
    let own = profile.participants.iter().find(|known| known.id == participant).and_then(|known| known.report);
    let command = format!("access-bridge report {chart} --track {} --type {}", date.track.as_str(), date.kind);
    match own.or(profile.reports.mode).unwrap_or(TriggerMode::Auto) {
        TriggerMode::Off => format!("send it: {command}"),
        _ if date.kind == "end-of-period" => format!("goes out when the period is over; earlier: {command}"),
        TriggerMode::Hold => "is put up for approval by itself".to_owned(),
        TriggerMode::Auto => "goes out by itself".to_owned(),
    }
}

fn plain(kind: &str, state: &str) -> &'static str {
    match (kind, state) {
        (_, "done") => "",
        ("lock-in-end", _) => "the patient may leave from then on",
        ("renewal", _) => {
            "decide whether care goes on, and ask CMS before how it is renewed: the API has no operation for it"
        }
        ("control-group-end", _) => "eligibility is asked again from then on",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::step;
    use access_contract::{Deadline, Track};
    use access_mappings::TriggerMode;

    fn date(kind: &str, state: &str, missing: &[&str]) -> Deadline {
        Deadline {
            track: Track::Ckm,
            kind: kind.to_owned(),
            period: if kind == "renewal" { String::new() } else { kind.to_owned() },
            alignment: "a".to_owned(),
            opens: None,
            from: "2026-01-01".to_owned(),
            due: "2026-03-01".to_owned(),
            state: state.to_owned(),
            missing: missing.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn every_date_says_what_to_do_about_it() {
        let mut profile = access_mappings::example().unwrap();
        let says = |profile: &_, date: &Deadline| step(profile, "ACCES12345", "c1", date, None);
        let complete = date("baseline", "open", &[]);
        assert_eq!(says(&profile, &complete), "goes out by itself");
        let command = "access-bridge report c1 --track CKM --type end-of-period";
        assert!(says(&profile, &date("end-of-period", "open", &[])).ends_with(command));
        assert!(says(&profile, &date("baseline", "open", &["HbA1c"])).contains("report --dry-run c1 --track CKM"));
        assert!(says(&profile, &date("baseline", "missed", &[])).contains("still aligned"));
        assert!(says(&profile, &date("renewal", "upcoming", &[])).starts_with("decide"));
        assert_eq!(says(&profile, &date("quarterly", "upcoming", &["HbA1c"])), "nothing yet");
        profile.reports.mode = Some(TriggerMode::Hold);
        assert!(says(&profile, &complete).contains("approval"));
        profile.participants[0].report = Some(TriggerMode::Off);
        assert!(says(&profile, &complete).starts_with("send it: access-bridge report c1"));
    }
}
