//! What the audience reads.

use super::day::Scene;
use super::engine::Heard;
use super::stage::Stage;
use crate::output::{say, table};
use bridge_ledger::{LedgerError, SubmissionFilter};

pub(super) fn opening(stage: &Stage) {
    say(
        "A day at Prairie Clinic. Its interface engine sends ADT to access-bridge; access-bridge talks to CMS; what CMS says",
    );
    say(
        "comes back to the engine as ORU^R01. CMS is the built-in sandbox; everyone is invented; every socket is real.\n",
    );
    say(&format!(
        "  engine --MLLP {}--> access-bridge --HTTP {}--> CMS ACCESS (sandbox)",
        stage.door,
        stage.sandbox.local_addr()
    ));
    say(&format!("  engine <--MLLP {}-- access-bridge", stage.callback));
}

pub(super) fn chapter(text: &str) {
    say(&format!("\n{text}\n"));
}

pub(super) fn sent(who: &str, event: &str, what: &str) {
    say(&format!("  {who:<9} ADT^{event}  {what}"));
}

pub(super) fn answered(answer: Option<&(String, String)>) {
    match answer {
        Some((code, text)) if text.is_empty() => say(&format!("  {:>9} {code}", "answer")),
        Some((code, text)) => say(&format!("  {:>9} {code}: {text}", "answer")),
        None => say(&format!("  {:>9} none", "answer")),
    }
}

pub(super) fn noticed(heard: Option<&Heard>, expected: &str, others: &[String]) {
    match heard {
        Some(heard) => {
            say(&format!("  {:>9} {}", "notice", heard.code));
            for (name, value) in facts(&heard.message) {
                say(&format!("  {:>9}   {name}: {value}", ""));
            }
        }
        None if others.is_empty() => say(&format!("  {:>9} none came; expected {expected}", "notice")),
        None => say(&format!("  {:>9} {}; expected {expected}", "notice", others.join(", "))),
    }
}

/// The readable rows of a notice: what it means, what to do next, and its dates.
fn facts(message: &str) -> Vec<(String, String)> {
    message
        .split('\r')
        .filter(|line| line.starts_with("OBX"))
        .filter_map(|line| {
            let fields: Vec<&str> = line.split('|').collect();
            let code = fields.get(3)?.split('^').next()?;
            let value = fields.get(5)?.replace("\\.br\\", " ").replace("\\T\\", "&");
            let name = match code {
                "TEXT" => "means",
                "NEXT-STEP" => "next",
                "RESULT" | "TRACK" | "SEVERITY" | "CMS-SUBMISSION" | "ISSUE" => return None,
                date => date,
            };
            Some((name.to_lowercase(), value))
        })
        .collect()
}

/// The table of what happened to whom.
pub(super) async fn closing(stage: &Stage, told: &[Scene]) -> Result<(), LedgerError> {
    let submissions = stage.ledger().submissions_page(&SubmissionFilter::default(), None, 500).await?.items;
    let rows: Vec<Vec<String>> = told
        .iter()
        .map(|scene| {
            let found = submissions.iter().find(|one| one.id == scene.submission);
            let asked = found.map_or(String::new(), |one| format!("${} {}", one.operation, one.track));
            let state = found.map_or(String::new(), |one| one.state.to_string());
            vec![
                if scene.as_expected() { "ok" } else { "NOT AS EXPECTED" }.to_owned(),
                scene.who.clone(),
                scene.what.clone(),
                asked,
                scene.got.clone().unwrap_or_else(|| "nothing".to_owned()),
                state,
            ]
        })
        .collect();
    say("\nWhat happened to whom\n");
    say(&table(&["", "WHO", "WHAT CAME IN", "ASKED OF CMS", "CAME BACK", "STATE"], &rows));
    let health = stage.ledger().health().await?;
    let polls: u32 = submissions.iter().map(|one| one.polls).sum();
    say(&format!(
        "\n{} feeds stored, {} refused and kept, {} submissions, {polls} polls answered \"not yet\" or failed on the way, {} notices at the engine.",
        health.feeds,
        health.quarantine,
        submissions.len(),
        stage.engine.count(),
    ));
    say("\nWhere to look next");
    say("  access-bridge config example > access-bridge.toml   your own configuration, commented");
    say("  access-bridge sandbox                                the CMS side alone, for your own feed");
    say("  access-bridge run                                    the service");
    say("  access-bridge convert FILE...                        what one of your files would lead to; nothing is sent");
    Ok(())
}
