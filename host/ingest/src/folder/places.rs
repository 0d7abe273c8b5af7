//! The folder on the disk.

use super::with_end;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most files that are looked at in one round; the others have their turn in the next.
const FILES: usize = 10_000;
/// Most names tried for one file.
const NAMES: u32 = 100_000;
/// Ends of names under which files are being written.
const PARTIAL: [&str; 6] = ["~", ".tmp", ".temp", ".part", ".partial", ".filepart"];

/// A file that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dropped {
    pub(super) changed: SystemTime,
    pub(super) name: OsString,
    pub(super) length: u64,
}

/// The folder and those in it.
#[derive(Debug)]
pub(super) struct Places {
    inbox: PathBuf,
    work: PathBuf,
    done: PathBuf,
    failed: PathBuf,
}

impl Places {
    /// Makes the folders inside one that is there.
    pub(super) fn make(inbox: &Path) -> io::Result<Self> {
        let places = Self {
            inbox: inbox.to_owned(),
            work: inbox.join("work"),
            done: inbox.join("done"),
            failed: inbox.join("failed"),
        };
        for folder in [&places.work, &places.done, &places.failed] {
            match fs::create_dir(folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
                made => made?,
            }
        }
        Ok(places)
    }

    /// The lock of this folder, as long as the file is held; none where another process has it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.work.join(".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system without locks: whoever shares such a folder between hosts does so at their own risk.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Some(file)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Files that were dropped, those that changed first first.
    pub(super) fn dropped(&self) -> io::Result<Vec<Dropped>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.inbox)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_partial(&name) {
                continue;
            }
            // Whoever dropped it may take it back at any moment.
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_file() {
                found.push(Dropped { changed: meta.modified()?, length: meta.len(), name });
            }
            if found.len() >= FILES {
                break;
            }
        }
        found.sort();
        Ok(found)
    }

    /// Files that were taken up and not finished.
    pub(super) fn in_work(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.work)? {
            let entry = entry?;
            if entry.file_type()?.is_file() && !is_partial(&entry.file_name()) {
                names.push(entry.file_name());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Takes a dropped file up; false where it is gone again.
    pub(super) fn pick_up(&self, name: &OsStr) -> io::Result<bool> {
        // Nothing of that name is in `work`: whatever was there has been dealt with before.
        match fs::rename(self.inbox.join(name), self.work.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            renamed => renamed.map(|()| true),
        }
    }

    /// Opens a file in hand.
    pub(super) fn open(&self, name: &OsStr) -> io::Result<File> {
        File::open(self.work.join(name))
    }

    /// Moves a file to where it belongs, under a name that is free, with what is written beside it: that first, so that nothing is
    /// in its place without its reason.
    pub(super) fn finish(&self, name: &OsStr, fine: bool, beside: &[(&str, Vec<u8>)]) -> io::Result<()> {
        let folder = if fine { &self.done } else { &self.failed };
        let free = free_name(folder, name)?;
        for (end, text) in beside {
            let path = folder.join(with_end(&free, end));
            let unfinished = folder.join(with_end(&free, &format!("{end}.tmp")));
            let mut file = File::create(&unfinished)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(unfinished, path)?;
        }
        fs::rename(self.work.join(name), folder.join(&free))
    }
}

/// Whether a file is being written, by its name.
fn is_partial(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with('.') || PARTIAL.iter().any(|end| name.ends_with(end))
}

/// The name, or else the first of `NAME-2`, `NAME-3`, … that is free. Nobody else writes here while the lock is held.
fn free_name(folder: &Path, name: &OsStr) -> io::Result<OsString> {
    if !folder.join(name).try_exists()? {
        return Ok(name.to_owned());
    }
    let path = Path::new(name);
    for number in 2..NAMES {
        let mut next = path.file_stem().unwrap_or(name).to_owned();
        next.push(format!("-{number}"));
        if let Some(end) = path.extension() {
            next.push(".");
            next.push(end);
        }
        if !folder.join(&next).try_exists()? {
            return Ok(next);
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "every name for this file is taken"))
}
