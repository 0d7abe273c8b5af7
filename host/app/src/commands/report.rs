//! `access-bridge report`: sends a report now, or shows what it would carry and what it lacks. Values are shown only on demand.

use super::people::{self, Person};
use super::stored::{open, wait, who};
use crate::cli::Report;
use crate::output::{Done, Ending, Trouble, say, table};
use access_contract::{Deadline, Entry, Intent, Issue, Mode, Operation, Payload, ReportPeriod, ReportRequest};
use access_mappings::Profile;
use bridge_ledger::{Intake, IntakeResult, Ledger, SubjectIntake, TakenAs};
use bridge_runtime::Instance;
use bridge_types::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The entries of the document, as a JSON pointer.
const DOCUMENT: &str = "/parameter/4/resource/entry";

/// How they are named in an element.
const ENTRY: &str = "Parameters.parameter[4].resource.entry[";

/// What asks for a report here.
const RULE: &str = "report";

/// Carries out the command.
///
/// # Errors
/// A ledger or a profile that cannot be used, nobody by that name, or no such report in the person's calendar.
pub fn report(arguments: &Report) -> Done {
    let (config, ledger) = open(&arguments.config)?;
    let site = crate::profile::Place::of(&config).load()?;
    people::track(&site, &arguments.track)?;
    let profile = crate::profile::resolved(&site)?;
    let mut instance = crate::service::adapter(Some(&config), &profile)?.instantiate().map_err(Trouble::failed)?;
    let chart = people::find_one(ledger.as_ref(), arguments.participant.as_deref(), &arguments.person)?;
    let now = people::time(arguments.now.as_deref())?;
    let person = people::load(ledger.as_ref(), &mut instance, chart, now)?;
    let date = chosen(&person, arguments)?;
    if !arguments.dry_run {
        must_be_open(&date)?;
    }
    let intent = intent(&date);
    let composed = compose(&mut instance, &person, intent.clone(), now)?;
    if !arguments.dry_run {
        return match composed {
            Ok(_) => ask(ledger.as_ref(), &person, intent, arguments.json),
            Err(issues) => Err(incomplete(&issues)),
        };
    }
    show(arguments, &date, &composed, &kept(&site, &person, &date))
}

/// The report that is meant: of the named type, else the one that is open. One that CMS has accepted can be looked at again.
fn chosen(person: &Person, arguments: &Report) -> Result<Deadline, Trouble> {
    let of_track: Vec<&Deadline> =
        person.dates.iter().filter(|date| date.track.as_str() == arguments.track && !date.period.is_empty()).collect();
    let wanted = |date: &&&Deadline| arguments.kind.as_deref().is_none_or(|kind| kind == date.kind);
    let open = of_track.iter().filter(wanted).find(|date| date.state == "open");
    let any = of_track.iter().filter(wanted).find(|date| date.state != "done");
    let done = of_track.iter().filter(wanted).rfind(|date| date.state == "done");
    let named = any.or(done.filter(|_| arguments.dry_run)).filter(|_| arguments.kind.is_some());
    open.or(named).map(|date| (**date).clone()).ok_or_else(|| {
        let list = format!("`access-bridge calendar {} --all` lists what there is", arguments.person);
        match (of_track.first(), done) {
            (None, _) => Trouble::failed(format!("no report of {} is due: nobody is aligned to it", arguments.track)),
            (_, Some(_)) => Trouble::failed("CMS has accepted this report already"),
            _ => Trouble::failed(not_now(arguments, &of_track)),
        }
        .hint(list)
    })
}

/// That a report is not there to be sent now, and which one is.
fn not_now(arguments: &Report, of_track: &[&Deadline]) -> String {
    let kind = arguments.kind.as_ref().map_or(String::new(), |kind| format!("{kind} "));
    let open = of_track.iter().find(|date| date.state == "open");
    let open = open.map_or(String::new(), |date| format!("; the {} report is", date.kind));
    format!("no {kind}report of {} is open now{open}", arguments.track)
}

/// Refuses to ask for a report that CMS would refuse. One whose last day has passed may be sent by whoever names it: CMS may have been asked.
fn must_be_open(date: &Deadline) -> Result<(), Trouble> {
    if matches!(date.state.as_str(), "open" | "missed") {
        return Ok(());
    }
    let opens = date.opens.as_deref().map_or(String::new(), |opens| format!("from {opens} "));
    let message = format!(
        "the {} report of {} is {}: CMS takes it {opens}to {}",
        date.kind,
        date.track.as_str(),
        date.state,
        date.due
    );
    Err(Trouble::failed(message).hint("`--dry-run` shows what it has and what it lacks"))
}

fn intent(date: &Deadline) -> Intent {
    Intent {
        report: Some(ReportPeriod {
            kind: date.kind.clone(),
            period: date.period.clone(),
            alignment: date.alignment.clone(),
            from: date.from.clone(),
            until: date.due.clone(),
        }),
        ..Intent::new(
            Operation::ReportData,
            date.track.clone(),
            Mode::Auto,
            RULE,
            "somebody asked for it on the command line",
        )
    }
}

/// Why a report is not asked for: the service could not make it.
fn incomplete(issues: &[Issue]) -> Trouble {
    let missing: Vec<&str> = issues.iter().filter(|issue| issue.blocks()).map(|issue| issue.message.as_str()).collect();
    Trouble::failed(format!("the report is not complete, and was not asked for: {}", missing.join("; ")))
        .hint("`--dry-run` shows what it has and what it lacks")
}

/// Puts it into the ledger; the service sends it.
fn ask(ledger: &dyn Ledger, person: &Person, intent: Intent, as_json: bool) -> Done {
    let subject = SubjectIntake { seen: vec![person.chart.seen()], intents: vec![intent], ..SubjectIntake::default() };
    let intake = Intake {
        participant: person.chart.participant.clone(),
        feed: None,
        actor: who(),
        allow_reuse: true,
        subjects: vec![subject],
        notices: Vec::new(),
        unmapped: Vec::new(),
    };
    let taken = match wait(ledger.intake(intake))? {
        IntakeResult::Stored(stored) => stored.subjects.into_iter().flat_map(|subject| subject.submissions).next(),
        _ => None,
    };
    let Some(taken) = taken else {
        return Err(Trouble::failed("the chart changed at the same moment").hint("ask again"));
    };
    let how = match taken.how {
        TakenAs::Created => "created",
        TakenAs::Refreshed | TakenAs::Renewed => "refreshed",
        TakenAs::InFlight => "in-flight",
        TakenAs::Kept | TakenAs::LeftOut => "kept",
    };
    if as_json {
        say(&json!({"submission": taken.id, "taken": how}).to_string());
    } else {
        say(&format!("submission {} ({how}); `access-bridge submissions show {}` follows it", taken.id, taken.id));
    }
    Ok(Ending::Fine)
}

fn compose(
    instance: &mut Instance,
    person: &Person,
    intent: Intent,
    now: Timestamp,
) -> Result<Result<Payload, Vec<Issue>>, Trouble> {
    let request = ReportRequest {
        participant: person.chart.participant.clone(),
        intent,
        chart: person.chart.document.expose().clone(),
        entries: person.entries.clone(),
        at: now.rfc3339(),
    };
    instance.compose_report(request).map_err(Trouble::failed)
}

/// What was measured or answered, when, and which messages brought it: one row for each resource that holds any of it.
fn rows(payload: &Payload) -> Vec<Vec<String>> {
    let body: Value = serde_json::from_str(&payload.body).unwrap_or_default();
    let entries = body.pointer(DOCUMENT).and_then(Value::as_array).into_iter().flatten();
    let row = |(place, entry): (usize, &Value)| {
        let text = |name: &str| entry.get("resource")?.get(name)?.as_str();
        let observed = text("effectiveDateTime").or_else(|| text("authored"))?;
        let element = format!("{ENTRY}{place}].");
        let mut feeds: Vec<&str> = payload
            .provenance
            .iter()
            .filter(|source| source.element.starts_with(&element) && !source.feed.is_empty())
            .map(|source| source.feed.as_str())
            .collect();
        feeds.sort_unstable();
        feeds.dedup();
        Some(vec![text("id").unwrap_or_default().to_owned(), observed.to_owned(), feeds.join(", ")])
    };
    entries.enumerate().filter_map(row).collect()
}

/// What was stated from the report's period on, of each measure and instrument of its track, also what was taken back since: when the
/// newest was, of how many times there is something, and whether none of it can be used. For a report that cannot be composed yet, which tells
/// none of that.
fn kept(site: &Profile, person: &Person, date: &Deadline) -> Vec<Vec<String>> {
    let guide = &site.guide;
    let is_of = |tracks: &[String]| tracks.iter().any(|track| track == date.track.as_str());
    let measures = guide.measures.iter().map(|one| (&one.code, &one.title, &one.tracks));
    let instruments = guide.instruments.iter().map(|one| (&one.code, &one.title, &one.tracks));
    let of_track = measures.chain(instruments).filter(|(_, _, tracks)| is_of(tracks));
    let row = |(code, title, _): (&String, &String, _)| {
        let of_period = |entry: &&Entry| entry.code == *code && entry.at >= date.from;
        // Halves of a blood pressure are of one time.
        let times: BTreeSet<&str> = person.entries.iter().filter(of_period).map(|entry| entry.at.as_str()).collect();
        let newest = times.last()?;
        let is_missing = date.missing.iter().flat_map(|need| need.split(" or ")).any(|name| name == title);
        let note = if is_missing { "none can be used: see below" } else { "" };
        Some(vec![title.clone(), (*newest).to_owned(), times.len().to_string(), note.to_owned()])
    };
    of_track.filter_map(row).collect()
}

/// Says an issue. What is missing has no place in a feed.
fn tell(issue: &Issue) {
    let place = if issue.location.starts_with("Parameters.") { "" } else { issue.location.as_str() };
    let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
    say(&format!("{} {}{place}: {}", issue.severity.as_str(), issue.code, issue.message));
    if let Some(hint) = &issue.hint {
        say(&format!("  {hint}"));
    }
}

/// Says what would be sent, and why not.
fn show(arguments: &Report, date: &Deadline, composed: &Result<Payload, Vec<Issue>>, kept: &[Vec<String>]) -> Done {
    let (payload, issues) = match composed {
        Ok(payload) => (Some(payload), &payload.issues),
        Err(issues) => (None, issues),
    };
    if arguments.payload {
        let Some(payload) = payload else {
            return Err(Trouble::failed("there is no payload").hint("leave --payload out to see what is missing"));
        };
        say(&payload.body);
        return Ok(Ending::Fine);
    }
    let sources = payload.map(|payload| payload.provenance.as_slice()).unwrap_or_default();
    if arguments.json {
        let told = json!({
            "track": date.track.as_str(), "type": date.kind, "period": date.period, "from": date.from,
            "opens": date.opens, "due": date.due, "state": date.state, "missing": date.missing,
            "complete": payload.is_some(), "elements": sources, "issues": issues,
        });
        say(&told.to_string());
    } else {
        let opens = date.opens.as_deref().map_or(String::new(), |opens| format!(", opens {opens}"));
        say(&format!(
            "{} {}: {}{opens}, due {}; what was observed from {} on counts",
            date.track.as_str(),
            date.period,
            date.state,
            date.due,
            date.from
        ));
        match (date.missing.is_empty(), payload.is_some()) {
            (true, _) => {}
            (false, false) => say(&format!("missing: {}", date.missing.join(", "))),
            (false, true) => say(&format!(
                "CMS found missing: {}; the rules of the profile (reports.needs) ask for no more, so it goes out again by itself only when there are newer readings",
                date.missing.join(", ")
            )),
        }
        if let Some(payload) = payload {
            say("complete; it would carry:");
            say(&table(&["WHAT", "OBSERVED", "MESSAGE"], &rows(payload)));
            say("each element with its source and its rule: --json; the whole of it: --payload");
        } else if !kept.is_empty() {
            say("kept from its period:");
            say(&table(&["WHAT", "NEWEST", "TIMES", ""], kept));
        }
        issues.iter().for_each(tell);
    }
    Ok(if payload.is_some() { Ending::Fine } else { Ending::Failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_contract::Track;

    /// People were told to ask CMS whether a missed report can still be sent, and could not send it.
    #[test]
    fn a_missed_report_may_be_asked_for_and_one_before_its_window_may_not() {
        let date = |state: &str| Deadline {
            track: Track::Ckm,
            kind: "baseline".to_owned(),
            period: "baseline".to_owned(),
            alignment: "sub-1".to_owned(),
            opens: None,
            from: "2026-01-10".to_owned(),
            due: "2026-03-10".to_owned(),
            state: state.to_owned(),
            missing: Vec::new(),
        };
        let asked = ["open", "missed", "upcoming", "done"].map(|state| must_be_open(&date(state)).is_ok());
        assert_eq!(asked, [true, true, false, false]);
    }
}
