//! A folder that mails are dropped into as files (`*.eml`).
//!
//! | sub-folder | what is in it |
//! |---|---|
//! | `work` | the mail that is being taken; after a crash it is taken first |
//! | `done` | matched, or known already |
//! | `failed` | waits for a person, who finds it in the ledger, too; also when it comes again |
//!
//! A file is taken when it looked the same in two rounds, so that one still being written is left alone; it is moved to `work`
//! first, so that nobody else takes it. One that cannot be moved or read is told and passed over; it is tried again each time. Hidden
//! files, links, sub-folders and files of other kinds are left alone.

use crate::files::{self, Passed, Seen, apart};
use crate::source::ROUND;
use crate::{Form, Incoming, MailSource, Sink, SourceError, Taken};
use async_trait::async_trait;
use bridge_types::Phi;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The sub-folders.
const WORK: &str = "work";
const DONE: &str = "done";
const FAILED: &str = "failed";

/// A folder of files.
#[derive(Debug)]
pub struct FolderSource {
    path: Arc<Path>,
    name: Arc<str>,
    domains: Arc<[String]>,
    /// What the files looked like in the last round.
    seen: BTreeSet<Seen>,
    passed: Passed,
}

impl FolderSource {
    /// A folder, which must exist; its sub-folders are made.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new(path: &Path, name: Arc<str>, domains: Arc<[String]>) -> io::Result<Self> {
        if !std::fs::metadata(path)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        for part in [WORK, DONE, FAILED] {
            std::fs::create_dir_all(path.join(part))?;
        }
        Ok(Self { path: path.into(), name, domains, seen: BTreeSet::new(), passed: Passed::default() })
    }

    /// Files that are whole, those left in work first.
    async fn ready(&mut self) -> Result<Vec<PathBuf>, SourceError> {
        let path = Arc::clone(&self.path);
        let list = move || Ok((files::list(&path.join(WORK), |_| true)?, files::list(&path, is_mail)?));
        let (left, found) = apart("list the folder", list).await?;
        let found: BTreeSet<Seen> = found.into_iter().collect();
        let whole = found.intersection(&self.seen).map(|seen| seen.path.clone()).collect::<Vec<_>>();
        self.seen = found;
        Ok(left.into_iter().map(|seen| seen.path).chain(whole).collect())
    }

    /// Moves a file into a sub-folder; none where somebody else took it.
    async fn put(&self, file: PathBuf, part: &'static str) -> Result<Option<PathBuf>, SourceError> {
        let folder = self.path.join(part);
        if file.parent() == Some(&folder) {
            return Ok(Some(file));
        }
        apart("move a file", move || files::put(&file, &folder, file.file_name().unwrap_or(OsStr::new("mail.eml"))))
            .await
    }

    /// Hands a file over. False where somebody else took it.
    async fn take(&self, file: PathBuf, sink: &dyn Sink) -> Result<bool, SourceError> {
        let Some(file) = self.put(file, WORK).await? else { return Ok(false) };
        let source = file.clone();
        let Some((bytes, cut)) = apart("read a file", move || files::read(&source)).await? else { return Ok(false) };
        let incoming = Incoming {
            bytes: Phi::new(bytes),
            cut,
            form: Form::Mail,
            source: Arc::clone(&self.name),
            domains: Arc::clone(&self.domains),
        };
        let part = match sink.take(incoming).await? {
            Taken::Matched | Taken::Known => DONE,
            Taken::Unmatched => FAILED,
        };
        self.put(file, part).await.map(|_| true)
    }
}

fn is_mail(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"))
}

#[async_trait]
impl MailSource for FolderSource {
    async fn round(&mut self, sink: &dyn Sink) -> Result<bool, SourceError> {
        let ready = self.ready().await?;
        self.passed.keep(ready.iter().map(PathBuf::as_path));
        let mut handed_over = 0;
        for file in ready {
            // What is passed over takes nobody's place.
            if handed_over == ROUND {
                return Ok(true);
            }
            let name = file.file_name().unwrap_or_default().to_owned();
            let taken = self.take(file, sink).await;
            handed_over += usize::from(self.passed.note(&self.name, name, taken)?);
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::kit::Tray;
    use std::fs;

    struct World {
        folder: tempfile::TempDir,
        source: FolderSource,
        tray: Tray,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let source = FolderSource::new(folder.path(), "cms".into(), ["cms.example".to_owned()].into()).unwrap();
        World { folder, source, tray: Tray::default() }
    }

    impl World {
        fn drop_in(&self, name: &str, text: &str) {
            fs::write(self.folder.path().join(name), text).unwrap();
        }

        async fn rounds(&mut self, number: usize) {
            for _ in 0..number {
                self.source.round(&self.tray).await.unwrap();
            }
        }

        fn names(&self, part: &str) -> Vec<String> {
            let entries = fs::read_dir(self.folder.path().join(part)).unwrap().map(|entry| entry.unwrap());
            let mut names: Vec<String> = entries
                .filter(|entry| entry.metadata().unwrap().is_file())
                .map(|entry| entry.file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    #[tokio::test]
    async fn files_are_taken_and_put_aside_by_what_became_of_them() {
        let mut world = world();
        world.drop_in("b.eml", "second");
        world.drop_in("a.EML", "first");
        world.drop_in("c.eml", "unmatched");
        world.drop_in("d.eml", "first");
        world.rounds(2).await;
        assert_eq!(world.tray.texts(), ["first", "second", "unmatched"]);
        assert_eq!(
            (world.names("done"), world.names("failed")),
            (vec!["a.EML".to_owned(), "b.eml".into(), "d.eml".into()], vec!["c.eml".to_owned()])
        );
        assert!(world.names("").is_empty() && world.names("work").is_empty());
        let last = world.tray.last();
        assert_eq!(
            (&*last.source, &*last.domains, last.form, last.cut),
            ("cms", &["cms.example".to_owned()][..], Form::Mail, false)
        );
    }

    #[tokio::test]
    async fn a_file_that_is_still_being_written_is_left_alone() {
        let mut world = world();
        world.drop_in("a.eml", "beg");
        world.rounds(1).await;
        world.drop_in("a.eml", "beginning and end");
        world.rounds(1).await;
        assert!(world.tray.texts().is_empty());
        world.rounds(1).await;
        assert_eq!(world.tray.texts(), ["beginning and end"]);
    }

    #[tokio::test]
    async fn what_is_no_mail_file_is_left_alone() {
        let mut world = world();
        world.drop_in("a.txt", "x");
        world.drop_in(".a.eml", "x");
        world.drop_in("a.eml.tmp", "x");
        fs::create_dir(world.folder.path().join("sub.eml")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", world.folder.path().join("link.eml")).unwrap();
        world.rounds(3).await;
        assert!(world.tray.texts().is_empty());
        assert_eq!(world.names("").len(), 3);
    }

    #[tokio::test]
    async fn what_could_not_be_stored_is_tried_again_and_nothing_is_lost() {
        let mut world = world();
        world.drop_in("a.eml", "first");
        world.drop_in("b.eml", "second");
        world.rounds(1).await;
        world.tray.refuse(1);
        assert!(matches!(world.source.round(&world.tray).await, Err(SourceError::NotTaken(_))));
        assert_eq!((world.names("work"), world.names("")), (vec!["a.eml".to_owned()], vec!["b.eml".to_owned()]));
        world.rounds(1).await;
        assert_eq!(world.tray.texts(), ["first", "second"]);
    }

    #[tokio::test]
    async fn what_a_crash_left_in_work_is_taken_first() {
        let mut world = world();
        world.drop_in("work/z.eml", "left");
        world.drop_in("a.eml", "new");
        world.rounds(2).await;
        assert_eq!(world.tray.texts(), ["left", "new"]);
        assert_eq!(world.names("done"), ["a.eml", "z.eml"]);
    }

    /// One file of another user held up every mail behind it, at each round anew.
    #[tokio::test]
    async fn a_file_that_cannot_be_handled_holds_nobody_up() {
        let mut world = world();
        // Every name that it could get in work is taken; that fails for root as well.
        let taken = |number: usize| if number == 1 { "a.eml".to_owned() } else { format!("a-{number}.eml") };
        let work = world.folder.path().join("work");
        (1..=1_000).for_each(|number| fs::create_dir(work.join(taken(number))).unwrap());
        world.drop_in("a.eml", "first");
        world.drop_in("b.eml", "second");
        world.rounds(3).await;
        assert_eq!(world.tray.texts(), ["second"]);
        assert_eq!((world.names(""), world.names("done")), (vec!["a.eml".to_owned()], vec!["b.eml".to_owned()]));
        fs::remove_dir(work.join("a.eml")).unwrap();
        world.rounds(1).await;
        assert_eq!(world.tray.texts(), ["second", "first"]);
    }

    #[tokio::test]
    async fn no_file_that_was_put_aside_is_overwritten() {
        let mut world = world();
        for text in ["one", "two", "three"] {
            world.drop_in("a.eml", text);
            world.rounds(2).await;
        }
        assert_eq!(world.names("done"), ["a-2.eml", "a-3.eml", "a.eml"]);
        assert_eq!(fs::read_to_string(world.folder.path().join("done/a.eml")).unwrap(), "one");
        assert_eq!(fs::read_to_string(world.folder.path().join("done/a-3.eml")).unwrap(), "three");
    }

    #[tokio::test]
    async fn a_large_file_is_handed_over_by_its_beginning() {
        let mut world = world();
        fs::write(world.folder.path().join("a.eml"), vec![b'x'; Limits::BYTES + 10]).unwrap();
        world.rounds(2).await;
        let last = world.tray.last();
        assert_eq!((last.bytes.expose().len(), last.cut), (Limits::BYTES, true));
    }

    #[tokio::test]
    async fn many_files_are_taken_in_several_rounds() {
        let mut world = world();
        for number in 0..ROUND + 5 {
            world.drop_in(&format!("{number:03}.eml"), &number.to_string());
        }
        assert!(!world.source.round(&world.tray).await.unwrap());
        assert!(world.source.round(&world.tray).await.unwrap());
        assert_eq!(world.tray.texts().len(), ROUND);
        assert!(!world.source.round(&world.tray).await.unwrap());
        assert_eq!(world.tray.texts().len(), ROUND + 5);
    }

    #[tokio::test]
    async fn a_folder_that_went_away_is_told_and_comes_back() {
        let mut world = world();
        let (here, away) = (world.folder.path().to_owned(), world.folder.path().with_extension("away"));
        fs::rename(&here, &away).unwrap();
        assert!(matches!(world.source.round(&world.tray).await, Err(SourceError::Storage { .. })));
        fs::rename(&away, &here).unwrap();
        world.rounds(1).await;
        assert!(FolderSource::new(&here.join("nowhere"), "x".into(), [].into()).is_err());
    }
}
