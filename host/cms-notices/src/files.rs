//! File operations of the sources, blocking, and a way to run them.

use crate::{Limits, SourceError};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Entries of a folder that are looked at in one round. Those beyond wait until others are gone.
const ENTRIES: usize = 10_000;
/// Names that are tried for a file that is put aside.
const NAMES: u32 = 1_000;

/// Runs a blocking operation on a thread for such.
pub(crate) async fn apart<T: Send + 'static>(
    step: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, SourceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(SourceError::at(step))
}

/// A file as it looks from outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) path: PathBuf,
    pub(crate) length: u64,
    pub(crate) changed: Option<std::time::SystemTime>,
}

/// Names of files that could not be read or moved. They hold nobody else up, and each is told once.
#[derive(Debug, Default)]
pub(crate) struct Passed(BTreeSet<OsString>);

impl Passed {
    /// Forgets those that are not among the files that are there.
    pub(crate) fn keep<'a>(&mut self, there: impl Iterator<Item = &'a Path>) {
        let there: BTreeSet<&OsStr> = there.filter_map(Path::file_name).collect();
        self.0.retain(|name| there.contains(name.as_os_str()));
    }

    /// Takes how it went with a file: whether it was handed over. Trouble with the file itself is noted, and told where it is new,
    /// without its name.
    ///
    /// # Errors
    /// Trouble that the next file would have, too.
    pub(crate) fn note(
        &mut self,
        source: &str,
        name: OsString,
        taken: Result<bool, SourceError>,
    ) -> Result<bool, SourceError> {
        match taken {
            Err(error @ SourceError::Storage { .. }) => {
                if self.0.insert(name) {
                    tracing::error!(source, %error, "a file of a source of CMS mails is passed over until that works; look who owns it");
                }
                Ok(false)
            }
            other => other,
        }
    }
}

/// The plain files of a folder that are not hidden, by name. Links are left alone: they lead elsewhere.
pub(crate) fn list(folder: &Path, wanted: impl Fn(&Path) -> bool) -> io::Result<Vec<Seen>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.take(ENTRIES) {
        let entry = entry?;
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if hidden || !wanted(&path) {
            continue;
        }
        match entry.metadata() {
            Ok(about) if about.is_file() => {
                files.push(Seen { path, length: about.len(), changed: about.modified().ok() });
            }
            // Gone, or something else.
            _ => {}
        }
    }
    files.sort();
    Ok(files)
}

/// The beginning of a file, and whether there is more than is looked at. None where it is gone.
pub(crate) fn read(path: &Path) -> io::Result<Option<(Vec<u8>, bool)>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let limit = u64::try_from(Limits::BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let cut = bytes.len() > Limits::BYTES;
    bytes.truncate(Limits::BYTES);
    Ok(Some((bytes, cut)))
}

/// Moves a file into a folder under its name, or the next free one; gives where it is. None where it is gone: somebody else took
/// it. Nothing there is overwritten.
pub(crate) fn put(path: &Path, folder: &Path, name: &OsStr) -> io::Result<Option<PathBuf>> {
    for number in 1..=NAMES {
        let target = folder.join(numbered(name, number));
        // A link is refused where the name is taken; a rename would replace what is there.
        match fs::hard_link(path, &target) {
            Ok(()) => {
                return match fs::remove_file(path) {
                    Ok(()) => Ok(Some(target)),
                    // Somebody else moved it at the same time: it is theirs.
                    Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_file(&target).map(|()| None),
                    Err(error) => Err(error),
                };
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == ErrorKind::NotFound && !path.exists() => return Ok(None),
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
                // A file system without links.
                if !target.exists() {
                    return match fs::rename(path, &target) {
                        Err(error) if error.kind() == ErrorKind::NotFound && !path.exists() => Ok(None),
                        result => result.map(|()| Some(target)),
                    };
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "every name that could be given is taken"))
}

/// `mail.eml`, `mail-2.eml`, …
fn numbered(name: &OsStr, number: u32) -> PathBuf {
    if number == 1 {
        return PathBuf::from(name);
    }
    let path = Path::new(name);
    let mut text = path.file_stem().unwrap_or(name).to_owned();
    text.push(format!("-{number}"));
    if let Some(ending) = path.extension() {
        text.push(".");
        text.push(ending);
    }
    PathBuf::from(text)
}

#[cfg(test)]
mod tests {
    use super::{list, numbered, put};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn a_file_is_moved_by_one_of_many_only() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        std::fs::create_dir(&target).unwrap();
        for round in 0..50 {
            let path = folder.path().join("a.eml");
            std::fs::write(&path, round.to_string()).unwrap();
            let won: usize = std::thread::scope(|scope| {
                let movers: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| put(&path, &target, OsStr::new("a.eml")).unwrap())).collect();
                movers.into_iter().filter_map(|mover| mover.join().unwrap()).count()
            });
            assert_eq!(won, 1);
            assert_eq!(list(&target, |_| true).unwrap().len(), round + 1);
        }
    }

    #[test]
    fn names_are_numbered_before_their_ending() {
        for (name, expected) in [("a.eml", "a-2.eml"), ("a", "a-2"), ("a.b.eml", "a.b-2.eml"), (".x", ".x-2")] {
            assert_eq!(numbered(OsStr::new(name), 2), Path::new(expected));
        }
    }
}
