//! A Maildir: mails wait in `new` and go to `cur` when they were taken.
//!
//! Whoever delivers writes under `tmp` and moves the finished file to `new`, so what is in `new` is whole. A mail that was taken is
//! marked as seen (`:2,S`), one that waits for a person as flagged, too (`:2,FS`), so that it stands out in a mail program. Mails
//! in `cur` are left alone: they were seen by somebody. One that cannot be read or moved is told and passed over; it is tried again
//! each time.

use crate::files::{self, Passed, Seen, apart};
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
    passed: Passed,
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
        Ok(Self { path: path.into(), name, domains, passed: Passed::default() })
    }

    /// Hands a mail over. False where somebody else took it.
    async fn take(&self, file: PathBuf, sink: &dyn Sink) -> Result<bool, SourceError> {
        let source = file.clone();
        let Some((bytes, cut)) = apart("read a mail", move || files::read(&source)).await? else { return Ok(false) };
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
        apart("move a mail", move || files::put(&file, &folder, &name)).await.map(|_| true)
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
        self.passed.keep(found.iter().map(|seen| seen.path.as_path()));
        let mut handed_over = 0;
        for Seen { path, .. } in found {
            // What is passed over takes nobody's place.
            if handed_over == ROUND {
                return Ok(true);
            }
            let name = path.file_name().unwrap_or_default().to_owned();
            let taken = self.take(path, sink).await;
            handed_over += usize::from(self.passed.note(&self.name, name, taken)?);
        }
        Ok(false)
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

    /// One mail of another user held up every mail behind it, at each round anew.
    #[tokio::test]
    async fn a_mail_that_cannot_be_handled_holds_nobody_up() {
        let (folder, mut source) = maildir();
        let tray = Tray::default();
        // Every name that it could get in `cur` is taken; that fails for root as well.
        let taken = |number: usize| if number == 1 { "1:2,S".to_owned() } else { format!("1:2,S-{number}") };
        let cur = folder.path().join("cur");
        (1..=1_000).for_each(|number| fs::create_dir(cur.join(taken(number))).unwrap());
        fs::write(folder.path().join("new/1"), "first").unwrap();
        fs::write(folder.path().join("new/2"), "second").unwrap();
        for _ in 0..2 {
            assert!(!source.round(&tray).await.unwrap());
        }
        assert_eq!(
            (tray.texts(), names(folder.path(), "new")),
            (vec!["first".to_owned(), "second".into()], vec!["1".into()])
        );
        fs::remove_dir(cur.join("1:2,S")).unwrap();
        source.round(&tray).await.unwrap();
        assert!(names(folder.path(), "new").is_empty());
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
