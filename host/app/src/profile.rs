//! Finding and loading the site profile.

use crate::output::{Ending, Trouble};
use access_mappings::{Profile, SiteFile, Sources};
use std::path::Path;

/// Loads the built-in example or a site's file, with the mapping data of `mappings` before the built-in one.
///
/// # Errors
/// Every finding of the linter, one a line.
pub fn load(name: &str, folder: &Path, mappings: Option<&Path>) -> Result<Profile, Trouble> {
    let sources = mappings.map_or_else(Sources::embedded, |folder| Sources::embedded().with_folder(folder));
    if name == "example" {
        return access_mappings::example().map_err(|findings| told(&findings));
    }
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Trouble::usage(format!("profile {}: {error}", path.display()))
            .hint("name a site profile, or \"example\"; `access-bridge config profile` prints one to start from")
    })?;
    let site = SiteFile { name: path.display().to_string(), text };
    access_mappings::load(&sources, &site).map_err(|findings| told(&findings))
}

/// The profile as the component is loaded with it.
///
/// # Errors
/// A profile that is larger than the component takes.
pub fn resolved(profile: &Profile) -> Result<String, Trouble> {
    profile.to_json().map_err(Trouble::usage)
}

fn told(findings: &[access_mappings::Finding]) -> Trouble {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    Trouble { ending: Ending::Usage, message: format!("the profile cannot be used\n{}", lines.join("\n")), hint: None }
}
