//! `access-bridge check`: configuration and profile, with file, line and a hint, and the profile's own cases.

use super::cases;
use crate::config::{Config, Environment};
use crate::output::{Done, Ending, Trouble, say};
use crate::profile::{CONFIGURATION, Place};
use access_mappings::{Finding, Report};
use bridge_types::{Clock, SystemClock};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// What to check, and how to tell it.
#[derive(Debug, Clone, Copy)]
pub struct What<'a> {
    /// The configuration; `access-bridge.toml` where it is there and no profile is named.
    pub config: Option<&'a Path>,
    /// A profile in place of the configuration's.
    pub profile: Option<&'a Path>,
    /// Print the resolved profile, and nothing else.
    pub resolved: bool,
    /// Print JSON lines: findings, then one summary.
    pub json: bool,
}

/// Checks. Exit code 2 where something cannot be used, 1 where a case of the profile fails.
///
/// # Errors
/// What cannot be used at all.
pub fn check(what: What<'_>) -> Done {
    let default = Path::new(CONFIGURATION);
    let path = what.config.or_else(|| (what.profile.is_none() && default.is_file()).then_some(default));
    let config = path.map(|path| Config::load(path, &Environment::of_process())).transpose()?;
    let place = match (&config, what.profile) {
        (Some(config), Some(path)) => Place::of(config).with_site(path),
        (Some(config), None) => Place::of(config),
        (None, path) => Place::file(path),
    };
    let name = place.read()?.name;
    let Report { profile, findings } = place.report()?;
    if what.resolved {
        let profile =
            profile.ok_or_else(|| Trouble::usage("the profile cannot be resolved; run without --resolved"))?;
        say(&crate::profile::resolved(&profile)?);
        return Ok(Ending::Fine);
    }
    for finding in &findings {
        say(&if what.json { as_json(finding).to_string() } else { finding.to_string() });
    }
    let mut summary = json!({ "configuration": path, "profile": name, "usable": profile.is_some() });
    let Some(profile) = profile else {
        say(&if what.json { summary.to_string() } else { format!("{name}: cannot be used") });
        return Ok(Ending::Usage);
    };
    let participants: Vec<String> = profile.participants.iter().map(|one| one.id.clone()).collect();
    if let Some(config) = &config {
        crate::service::clients(config, &participants, &(Arc::new(SystemClock) as Arc<dyn Clock>))?;
        config.ledger()?;
        config.look_at_sources()?;
        config.look_at_routes()?;
        config.mails().map_err(Trouble::usage)?;
        config.endpoints().map_err(Trouble::usage)?;
    }
    let advice = config.as_ref().map(|config| config.advice(&participants)).transpose()?.unwrap_or_default();
    for finding in &advice {
        say(&if what.json { as_json(finding).to_string() } else { finding.to_string() });
    }
    let outcome = cases::run(place.site(), &crate::profile::resolved(&profile)?)?;
    let failed = outcome.failures.len();
    if what.json {
        if let Some(fields) = summary.as_object_mut() {
            fields.insert("cases".to_owned(), json!(outcome.total.max(failed)));
            fields.insert("failures".to_owned(), json!(outcome.failures));
        }
        say(&summary.to_string());
    } else {
        let word = |found: bool| if found { "can be used, with warnings" } else { "fine" };
        if let Some(config) = &config {
            say(&format!("{}: {}", config.path.display(), word(!advice.is_empty())));
        }
        let profile_word = word(!findings.is_empty());
        say(&format!(
            "{name}: {profile_word}, guide {}, participants {}",
            profile.guide.version,
            profile.participants.len()
        ));
        if config.is_none() && place.site().is_none() {
            say(
                "this was the built-in example: there is no access-bridge.toml here, and neither --config nor --profile was given",
            );
        }
        for failure in &outcome.failures {
            say(failure);
        }
        if failed > 0 {
            say(&format!("cases: {failed} of {} failed", outcome.total.max(failed)));
        } else if outcome.total > 0 {
            say(&format!("cases: {} as expected", outcome.total));
        }
    }
    Ok(if failed == 0 { Ending::Fine } else { Ending::Failed })
}

fn as_json(finding: &Finding) -> Value {
    json!({
        "severity": if finding.is_error() { "error" } else { "warning" },
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    })
}
