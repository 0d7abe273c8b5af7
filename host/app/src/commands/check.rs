//! `access-bridge check`: configuration and profile, with file, line and a hint.

use crate::config::{Config, Environment};
use crate::output::{Done, Ending, Trouble, say};
use access_mappings::{Report, SiteFile, Sources};
use std::path::Path;

/// Checks. Exit code 2 where something cannot be used.
///
/// # Errors
/// What cannot be used at all.
pub fn check(config: Option<&Path>, profile: Option<&Path>, resolved: bool) -> Done {
    let default = Path::new("access-bridge.toml");
    let path = config.or_else(|| (profile.is_none() && default.is_file()).then_some(default));
    let config = path.map(|path| Config::load(path, &Environment::of_process())).transpose().map_err(Trouble::usage)?;
    let (site, sources) = match (&config, profile) {
        (_, Some(path)) => (read(path)?, Sources::embedded()),
        (Some(config), None) => {
            let sources = config
                .file
                .mappings
                .as_ref()
                .map_or_else(Sources::embedded, |folder| Sources::embedded().with_folder(config.resolve(folder)));
            let site = match config.file.profile.as_str() {
                "example" => access_mappings::example_site(),
                path => read(&config.resolve(path))?,
            };
            (site, sources)
        }
        (None, None) => (access_mappings::example_site(), Sources::embedded()),
    };
    let Report { profile, findings } = access_mappings::lint(&sources, &site);
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
        say(&format!("{}: cannot be used", site.name));
        return Ok(Ending::Usage);
    };
    if let Some(config) = &config {
        let participants: Vec<String> = profile.participants.iter().map(|one| one.id.clone()).collect();
        config.clients(&participants).map_err(Trouble::usage)?;
        config.listeners().map_err(Trouble::usage)?;
        say(&format!("{}: fine", config.path.display()));
    }
    say(&format!("{}: fine, guide {}, participants {}", site.name, profile.guide.version, profile.participants.len()));
    Ok(Ending::Fine)
}

fn read(path: &Path) -> Result<SiteFile, Trouble> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Trouble::usage(format!("profile {}: {error}", path.display())))?;
    Ok(SiteFile { name: path.display().to_string(), text })
}
