//! What the audience reads.

use super::day::Scene;
use super::engine::Heard;
use super::stage::Stage;
use crate::output::{columns, folded, say, table};
use bridge_ledger::{LedgerError, SubmissionFilter};
use bridge_sandbox::RequestEntry;

/// Where the words of a line begin.
const MARGIN: usize = 13;
/// Lines of prose are no longer than this, however wide the terminal is.
const WIDEST: usize = 110;

pub(super) fn opening(stage: &Stage) {
    prose(
        "A day at Prairie Clinic. Its interface engine sends ADT to access-bridge, access-bridge asks CMS, and what CMS says comes \
         back to the engine as ORU^R01. CMS is the built-in sandbox, everyone is invented, and every socket is real.",
    );
    say("");
    say(&format!(
        "  engine --MLLP {}--> access-bridge --HTTP {}--> CMS ACCESS (sandbox)",
        stage.door,
        stage.sandbox.local_addr()
    ));
    say(&format!("  engine <--MLLP {}-- access-bridge", stage.callback));
    say("");
    prose(
        "Each scene: what the engine sends and how it is answered; what passes between access-bridge and CMS; the notice that \
         comes back to the engine, what it means and what to do next.",
    );
}

fn prose(text: &str) {
    for line in folded(text, columns().min(WIDEST)) {
        say(&line);
    }
}

pub(super) fn chapter(time: &str, text: &str) {
    say("");
    let lines = folded(text, columns().min(WIDEST).saturating_sub(time.len() + 2));
    for (index, line) in lines.iter().enumerate() {
        say(&format!("{:<1$}  {line}", if index == 0 { time } else { "" }, time.len()));
    }
}

/// A line with a word before it; further lines stand below its text.
fn line(word: &str, text: &str) {
    let lines = folded(text, columns().min(WIDEST).saturating_sub(MARGIN));
    for (index, line) in lines.iter().enumerate() {
        say(&format!("  {:<1$}{line}", if index == 0 { word } else { "" }, MARGIN - 2));
    }
}

/// What was sent, and `MSA-1` and `MSA-3` of the answer.
pub(super) fn exchanged(who: &str, what: &str, answer: Option<&(String, String)>) {
    say("");
    let answer = match answer {
        Some((code, text)) if text.is_empty() => code.clone(),
        Some((code, text)) => format!("{code}: {text}"),
        None => "no answer".to_owned(),
    };
    line(who, &format!("{what} -> {answer}"));
}

/// What CMS told by itself.
pub(super) fn mailed(what: &str) {
    say("");
    line("CMS", what);
}

/// The requests of a scene, in order.
pub(super) fn requested(requests: &[RequestEntry]) {
    let told: Vec<String> = requests
        .iter()
        .map(|request| {
            let name = match request.path.rsplit('/').next().unwrap_or_default() {
                "token" => "token".to_owned(),
                name if name.starts_with('$') => format!("POST {name}"),
                _ => "poll".to_owned(),
            };
            let status = request.status.map_or_else(|| "dropped".to_owned(), |status| status.to_string());
            format!("{name} {status}")
        })
        .collect();
    if !told.is_empty() {
        line("CMS", &told.join(", "));
    }
}

pub(super) fn noticed(heard: Option<&Heard>, expected: &str, others: &[String]) {
    match heard {
        Some(heard) => {
            line("notice", &heard.code);
            let (words, dates) = facts(&heard.message);
            for word in words {
                line("", &word);
            }
            if !dates.is_empty() {
                line("", &format!("dates: {}", dates.join(", ")));
            }
        }
        None if others.is_empty() => line("notice", &format!("none came; expected {expected}")),
        None => line("notice", &format!("{}; expected {expected}", others.join(", "))),
    }
}

/// The readable rows of a notice: what it means and what to do next; and its dates.
fn facts(message: &str) -> (Vec<String>, Vec<String>) {
    let (mut words, mut dates) = (Vec::new(), Vec::new());
    for row in message.split('\r').filter(|row| row.starts_with("OBX")) {
        let fields: Vec<&str> = row.split('|').collect();
        let code = fields.get(3).and_then(|field| field.split('^').next()).unwrap_or_default();
        let value = fields.get(5).map_or(String::new(), |value| value.replace("\\.br\\", " ").replace("\\T\\", "&"));
        match code {
            "TEXT" => words.push(format!("means: {value}")),
            "NEXT-STEP" => words.push(format!("next: {value}")),
            "RESULT" | "TRACK" | "SEVERITY" | "CMS-SUBMISSION" | "ISSUE" => {}
            date => dates.push(format!("{} {}", date.to_lowercase().replace('-', " "), day(&value))),
        }
    }
    (words, dates)
}

/// `20270128` as `2027-01-28`; anything else as it is.
fn day(text: &str) -> String {
    match (text.len(), text.get(..4), text.get(4..6), text.get(6..)) {
        (8, Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => text.to_owned(),
    }
}

/// The table of what happened to whom.
pub(super) async fn closing(stage: &Stage, told: &[Scene]) -> Result<(), LedgerError> {
    let submissions = stage.ledger().submissions_page(&SubmissionFilter::default(), None, 500).await?.items;
    let rows: Vec<Vec<String>> = told
        .iter()
        .map(|scene| {
            let found = submissions.iter().find(|one| one.id == scene.submission);
            let asked = found.map_or("nothing".to_owned(), |one| {
                let asked = format!("{} {}", one.operation, one.track);
                if scene.expected == "held" { format!("not yet: {asked}") } else { asked }
            });
            let end = match (&scene.expected, &scene.got) {
                (expected, Some(got)) if expected == got => "as it should".to_owned(),
                (expected, _) => format!("EXPECTED {expected}"),
            };
            vec![
                scene.time.to_owned(),
                scene.who.clone(),
                scene.what.clone(),
                asked,
                scene.got.clone().unwrap_or_else(|| "nothing".to_owned()),
                end,
            ]
        })
        .collect();
    say("\nWhat happened to whom\n");
    say(&table(&["AT", "WHO", "WHAT CAME IN", "ASKED OF CMS", "CAME BACK", "ENDED"], &rows));
    let health = stage.ledger().health().await?;
    // Eligibility is asked again after weeks, and a year has several reports.
    let accepted = stage.sandbox.handle().all_accepted();
    let once = |operation: &str| matches!(operation, "align" | "unalign");
    let more_than_once = accepted.iter().filter(|one| one.count > 1 && once(&one.operation)).count();
    let sent = if more_than_once == 0 {
        "no alignment and no unalignment accepted twice".to_owned()
    } else {
        format!("{more_than_once} ACCEPTED BY CMS MORE THAN ONCE")
    };
    say(&format!(
        "\n{} feeds stored, {} refused and kept in quarantine, {} submissions, {sent}, {} notices at the engine.",
        health.feeds,
        health.quarantine,
        submissions.len(),
        stage.engine.count(),
    ));
    say("\nWhere to look next\n");
    let rows = [
        (
            "access-bridge demo --keep",
            "keep this day's ledger, and look at it with `submissions`, `quarantine`, `notices`",
        ),
        ("access-bridge explain FILE", "what becomes of every field of one of your own messages; nothing is sent"),
        ("access-bridge config example", "a commented configuration, to start `run`, `sandbox` and `listen` with"),
        ("README.md", "your first real feed in ten minutes"),
    ];
    for (command, what) in rows {
        say(&format!("  {command:<30} {what}"));
    }
    Ok(())
}
