//! A Maildir: mails wait in `new` and go to `cur` when they were taken.
//!
//! Whoever delivers writes under `tmp` and moves the finished file to `new`, so what is in `new` is whole. A mail that was taken is
//! marked as seen (`:2,S`), one that waits for a person as flagged, too (`:2,FS`), so that it stands out in a mail program. Mails
//! in `cur` are left alone: they were seen by somebody.

use crate::files::{self, apart};
use crate::source::ROUND;
use crate::{Form, Incoming, MailSource, Sink, SourceError, Taken};
use async_trait::async_trait;
use bridge_types::Phi;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Maildir.
#[derive(Debug)]
pub struct MaildirSource {
    path: Arc<Path>,
    name: Arc<str>,
    domains: Arc<[String]>,
}

impl MaildirSource {
    /// A Maildir, whose `new` and `cur` must exist.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new(path: &Path, name: Arc<str>, domains: Arc<[String]>) -> io::Result<Self> {
        for part in ["new", "cur"] {
            if !std::fs::metadata(path.join(part))?.is_dir() {
                return Err(io::Error::from(io::ErrorKind::NotADirectory));
            }
        }
        Ok(Self { path: path.into(), name, domains })
    }

    async fn take(&self, file: PathBuf, sink: &dyn Sink) -> Result<(), SourceError> {
        let source = file.clone();
        let Some((bytes, cut)) = apart("read a mail", move || files::read(&source)).await? else { return Ok(()) };
        let incoming = Incoming {
            bytes: Phi::new(bytes),
            cut,
            form: Form::Mail,
            source: Arc::clone(&self.name),
            domains: Arc::clone(&self.domains),
        };
        let flags = match sink.take(incoming).await? {
            Taken::Matched | Taken::Known => "S",
            Taken::Unmatched => "FS",
        };
        let name = flagged(file.file_name().unwrap_or_default(), flags);
        let folder = self.path.join("cur");
        apart("move a mail", move || files::put(&file, &folder, &name)).await.map(|_| ())
    }
}

/// The name with flags in place of those it has.
fn flagged(name: &OsStr, flags: &str) -> OsString {
    let bytes = name.as_encoded_bytes();
    let end = bytes.windows(3).position(|window| window == b":2,").unwrap_or(bytes.len());
    let mut base: OsString = bytes.get(..end).and_then(part).unwrap_or_else(|| name.to_owned());
    base.push(":2,");
    base.push(flags);
    base
}

/// A part of a name, cut before a letter of ASCII.
#[cfg(unix)]
fn part(bytes: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(bytes).to_owned())
}

#[cfg(not(unix))]
fn part(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}

#[async_trait]
impl MailSource for MaildirSource {
    async fn round(&mut self, sink: &dyn Sink) -> Result<bool, SourceError> {
        let path = self.path.join("new");
        let found = apart("list the Maildir", move || files::list(&path, |_| true)).await?;
        let more = found.len() > ROUND;
        for seen in found.into_iter().take(ROUND) {
            self.take(seen.path, sink).await?;
        }
        Ok(more)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::kit::Tray;
    use std::fs;

    fn maildir() -> (tempfile::TempDir, MaildirSource) {
        let folder = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        let source = MaildirSource::new(folder.path(), "cms".into(), [].into()).unwrap();
        (folder, source)
    }

    fn names(folder: &Path, part: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder.join(part))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn new_mails_are_taken_marked_as_seen_and_moved() {
        let (folder, mut source) = maildir();
        let tray = Tray::default();
        for (name, text) in [
            ("new/1.a.host", "first"),
            ("new/2.b.host:2,", "unmatched"),
            ("new/3.c.host:2,T", "third"),
            ("tmp/4.d.host", "unfinished"),
            ("cur/0.z.host:2,", "seen"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert!(!source.round(&tray).await.unwrap());
        assert_eq!(tray.texts(), ["first", "unmatched", "third"]);
        assert_eq!(names(folder.path(), "cur"), ["0.z.host:2,", "1.a.host:2,S", "2.b.host:2,FS", "3.c.host:2,S"]);
        assert!(names(folder.path(), "new").is_empty());
        assert_eq!(names(folder.path(), "tmp"), ["4.d.host"]);
    }

    #[tokio::test]
    async fn what_could_not_be_stored_stays_new() {
        let (folder, mut source) = maildir();
        let tray = Tray::default();
        fs::write(folder.path().join("new/1"), "first").unwrap();
        fs::write(folder.path().join("new/2"), "second").unwrap();
        tray.refuse(1);
        assert!(matches!(source.round(&tray).await, Err(SourceError::NotTaken(_))));
        assert_eq!(names(folder.path(), "new"), ["1", "2"]);
        source.round(&tray).await.unwrap();
        assert_eq!(tray.texts(), ["first", "second"]);
    }

    #[tokio::test]
    async fn a_mail_of_the_same_name_is_not_overwritten() {
        let (folder, mut source) = maildir();
        fs::write(folder.path().join("cur/1:2,S"), "old").unwrap();
        fs::write(folder.path().join("new/1"), "new").unwrap();
        source.round(&Tray::default()).await.unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("cur/1:2,S")).unwrap(), "old");
        assert_eq!(names(folder.path(), "cur").len(), 2);
    }

    #[test]
    fn what_is_no_maildir_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(MaildirSource::new(folder.path(), "cms".into(), [].into()).is_err());
    }
}
