//! Where mapping files come from: folders on disk first, then the files built into the program.

use super::embedded;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Longest mapping file that is read, in bytes.
pub(super) const MAX_FILE_BYTES: usize = 1 << 20;

/// The site's own file, already read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Name for findings, usually its path.
    pub name: String,
    /// Its TOML text.
    pub text: String,
}

/// Where layers and guides are looked up. A file in a folder hides the built-in one of the same path.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    folders: Vec<PathBuf>,
}

/// Why a file that is there could not be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The operating system said no.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is longer than the limit.
    #[error("is longer than {MAX_FILE_BYTES} bytes")]
    TooLong,
    /// It is not UTF-8.
    #[error("is not UTF-8")]
    NotText,
}

impl Sources {
    /// Only the files built into the program.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Looks into `folder` too, before the built-in files and after folders given earlier. It has the layout of `mappings/`
    /// (`profiles/*.toml`, `ig/<version>/…`) and needs to hold only what differs.
    #[must_use]
    pub fn with_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// The file at `path` below `mappings/`, or nothing where nobody has it.
    ///
    /// # Errors
    /// The name of a file that exists and cannot be used, and why. It is not skipped: a damaged file of the site must not
    /// be replaced by the built-in one unnoticed.
    pub(super) fn read(&self, path: &str) -> Result<Option<SiteFile>, (String, ReadError)> {
        for folder in &self.folders {
            let full = folder.join(path);
            let name = full.display().to_string();
            match read_text(&full) {
                Ok(Some(text)) => return Ok(Some(SiteFile { name, text })),
                Ok(None) => {}
                Err(error) => return Err((name, error)),
            }
        }
        Ok(embedded::text(path).map(|text| SiteFile { name: format!("mappings/{path}"), text: text.to_owned() }))
    }

    /// The guide versions that can be named.
    #[must_use]
    pub fn guides(&self) -> Vec<String> {
        let built_in =
            embedded::FILES.iter().filter_map(|(path, _)| path.strip_prefix("ig/")?.strip_suffix("/guide.toml"));
        let mut found: BTreeSet<String> = built_in.map(str::to_owned).collect();
        for entry in self.entries("ig") {
            if entry.join("guide.toml").is_file() {
                found.extend(entry.file_name().and_then(|name| name.to_str()).map(str::to_owned));
            }
        }
        found.into_iter().collect()
    }

    /// The layers that can be named in `extends`. The example site is none: it is there to be copied.
    #[must_use]
    pub fn layers(&self) -> Vec<String> {
        let built_in =
            embedded::FILES.iter().filter_map(|(path, _)| path.strip_prefix("profiles/")?.strip_suffix(".toml"));
        let mut found: BTreeSet<String> = built_in.map(str::to_owned).collect();
        let on_disk = self.entries("profiles");
        let names = on_disk.iter().filter_map(|path| path.file_name()?.to_str()?.strip_suffix(".toml"));
        found.extend(names.map(str::to_owned));
        found.remove("example");
        found.into_iter().collect()
    }

    /// The folders that were named and do not exist. Without them the built-in files would be taken unnoticed.
    pub(super) fn absent(&self) -> impl Iterator<Item = String> {
        self.folders.iter().filter(|folder| !folder.is_dir()).map(|folder| folder.display().to_string())
    }

    /// What lies in a folder of that name, on disk.
    fn entries(&self, name: &str) -> Vec<PathBuf> {
        let listings = self.folders.iter().filter_map(|folder| fs::read_dir(folder.join(name)).ok());
        listings.flatten().filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
    }
}

/// Whether `name` may stand in a path: the files a profile names never leave the mappings folder.
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.bytes().all(plain)
}

fn read_text(path: &Path) -> Result<Option<String>, ReadError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ReadError::TooLong);
    }
    String::from_utf8(bytes).map(Some).map_err(|_| ReadError::NotText)
}
