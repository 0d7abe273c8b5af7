//! `access-bridge check`: configuration and profile, with file, line and a hint, and the profile's own cases.

use super::cases;
use crate::config::{Config, Environment};
use crate::output::{Done, Ending, Trouble, say};
use crate::profile::Place;
use access_mappings::{Profile, Report};
use bridge_types::{Clock, SystemClock};
use std::path::Path;
use std::sync::Arc;

/// Checks. Exit code 2 where something cannot be used, 1 where a case of the profile fails.
///
/// # Errors
/// What cannot be used at all.
pub fn check(config: Option<&Path>, profile: Option<&Path>, resolved: bool) -> Done {
    let default = Path::new("access-bridge.toml");
    let path = config.or_else(|| (profile.is_none() && default.is_file()).then_some(default));
    let config = path.map(|path| Config::load(path, &Environment::of_process())).transpose()?;
    let place = match (&config, profile) {
        (Some(config), Some(path)) => Place::of(config).with_site(path),
        (Some(config), None) => Place::of(config),
        (None, path) => Place::file(path),
    };
    let name = place.read()?.name;
    let Report { profile, findings } = place.report()?;
    if resolved {
        let profile =
            profile.ok_or_else(|| Trouble::usage("the profile cannot be resolved; run without --resolved"))?;
        say(&crate::profile::resolved(&profile)?);
        return Ok(Ending::Fine);
    }
    for finding in &findings {
        say(&finding.to_string());
    }
    let Some(profile) = profile else {
        say(&format!("{name}: cannot be used"));
        return Ok(Ending::Usage);
    };
    if let Some(config) = &config {
        let participants: Vec<String> = profile.participants.iter().map(|one| one.id.clone()).collect();
        crate::service::clients(config, &participants, &(Arc::new(SystemClock) as Arc<dyn Clock>))?;
        config.mails().map_err(Trouble::usage)?;
        config.endpoints().map_err(Trouble::usage)?;
        say(&format!("{}: fine", config.path.display()));
    }
    say(&format!("{name}: fine, guide {}, participants {}", profile.guide.version, profile.participants.len()));
    if config.is_none() && place.site().is_none() {
        say(
            "this was the built-in example: there is no access-bridge.toml here, and neither --config nor --profile was given",
        );
    }
    run_cases(&place, &profile)
}

fn run_cases(place: &Place, profile: &Profile) -> Done {
    let outcome = cases::run(place.site(), &crate::profile::resolved(profile)?)?;
    for failure in &outcome.failures {
        say(failure);
    }
    if outcome.failures.is_empty() {
        if outcome.total > 0 {
            say(&format!("cases: {} as expected", outcome.total));
        }
        return Ok(Ending::Fine);
    }
    say(&format!("cases: {} of {} failed", outcome.failures.len(), outcome.total.max(outcome.failures.len())));
    Ok(Ending::Failed)
}
