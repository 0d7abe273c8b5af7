//! Finding and loading the site profile.

use crate::config::{Config, Environment};
use crate::output::{Ending, Trouble, warn};
use access_mappings::{Finding, Profile, Report, SiteFile, Sources};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The configuration that is looked for in the working folder.
pub const CONFIGURATION: &str = "access-bridge.toml";
/// Files of a mappings folder that are watched.
const MAX_FILES: usize = 2_000;
/// How deep such a folder is looked into.
const MAX_DEPTH: usize = 6;

/// Where a profile is: the site's file, and the folder that goes before the built-in data.
#[derive(Debug, Clone)]
pub struct Place {
    /// Unset: the built-in example.
    site: Option<PathBuf>,
    mappings: Option<PathBuf>,
}

/// What the files of a profile look like from outside, to see whether one was changed.
pub type Look = Vec<(PathBuf, Option<SystemTime>, u64)>;

impl Place {
    /// The profile of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let site = (config.file.profile != "example").then(|| config.resolve(&config.file.profile));
        Self { site, mappings: config.file.mappings.as_ref().map(|folder| config.resolve(folder)) }
    }

    /// A file by itself, without a mappings folder; the built-in example where none is named.
    #[must_use]
    pub fn file(path: Option<&Path>) -> Self {
        Self { site: path.filter(|path| path.as_os_str() != "example").map(Path::to_owned), mappings: None }
    }

    /// What commands without a service read by: the file that is named, else the profile of the configuration in the working folder, which is
    /// told, else the built-in example.
    ///
    /// # Errors
    /// A configuration that cannot work.
    pub fn offline(named: Option<&Path>) -> Result<Self, Trouble> {
        let config = Path::new(CONFIGURATION);
        if named.is_some() || !config.is_file() {
            return Ok(Self::file(named));
        }
        let place = Self::of(&Config::load(config, &Environment::of_process())?);
        if let Some(site) = &place.site {
            warn(&format!(
                "access-bridge: reads by {}, as {CONFIGURATION} says; --profile names another",
                site.display()
            ));
        }
        Ok(place)
    }

    /// Another site's file over the same mappings.
    #[must_use]
    pub fn with_site(self, path: &Path) -> Self {
        Self { site: Self::file(Some(path)).site, ..self }
    }

    /// The site's own file; none for the built-in example.
    #[must_use]
    pub fn site(&self) -> Option<&Path> {
        self.site.as_deref()
    }

    /// Reads the site's file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(&self) -> Result<SiteFile, Trouble> {
        let Some(path) = &self.site else { return Ok(access_mappings::example_site()) };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Trouble::usage(format!("profile {}: {error}", path.display()))
                .hint("name a site profile, or \"example\"; `access-bridge config profile` prints one to start from")
        })?;
        Ok(SiteFile { name: path.display().to_string(), text })
    }

    /// Lints the profile with everything it extends.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn report(&self) -> Result<Report, Trouble> {
        let folder = self.mappings.as_ref();
        let sources = folder.map_or_else(Sources::embedded, |folder| Sources::embedded().with_folder(folder));
        Ok(access_mappings::lint(&sources, &self.read()?))
    }

    /// Loads the profile.
    ///
    /// # Errors
    /// Every finding of the linter, one a line.
    pub fn load(&self) -> Result<Profile, Trouble> {
        self.load_telling(|_| ())
    }

    /// Loads the profile, and tells what is doubtful about it.
    ///
    /// # Errors
    /// Every finding of the linter, one a line.
    pub fn load_telling(&self, tell: impl Fn(&Finding)) -> Result<Profile, Trouble> {
        let report = self.report()?;
        let profile = report.profile.ok_or_else(|| told(&report.findings))?;
        report.findings.iter().for_each(tell);
        Ok(profile)
    }

    /// What its files look like now.
    #[must_use]
    pub fn look(&self) -> Look {
        let mut files: Look = self.site.iter().map(|path| seen(path)).collect();
        let mut open: Vec<(PathBuf, usize)> = self.mappings.iter().map(|folder| (folder.clone(), 0)).collect();
        while let Some((folder, depth)) = open.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if files.len() == MAX_FILES {
                    return files;
                }
                if path.is_dir() {
                    if depth < MAX_DEPTH {
                        open.push((path, depth + 1));
                    }
                } else {
                    files.push(seen(&path));
                }
            }
        }
        files.sort();
        files
    }
}

fn seen(path: &Path) -> (PathBuf, Option<SystemTime>, u64) {
    let about = std::fs::metadata(path).ok();
    let changed = about.as_ref().and_then(|about| about.modified().ok());
    (path.to_owned(), changed, about.map_or(0, |about| about.len()))
}

/// The profile as the component is loaded with it.
///
/// # Errors
/// A profile that is larger than the component takes.
pub fn resolved(profile: &Profile) -> Result<String, Trouble> {
    profile.to_json().map_err(Trouble::usage)
}

fn told(findings: &[Finding]) -> Trouble {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    Trouble { ending: Ending::Usage, message: format!("the profile cannot be used\n{}", lines.join("\n")), hint: None }
}
