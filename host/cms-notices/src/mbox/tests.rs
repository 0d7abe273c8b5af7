//! Files that grow, shrink, and are replaced.

use super::*;
use crate::kit::Tray;
use proptest::prelude::*;
use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

struct World {
    _folder: tempfile::TempDir,
    path: PathBuf,
    source: MboxSource,
    tray: Tray,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    let source = MboxSource::new(&path, "cms".into(), [].into()).unwrap();
    World { _folder: folder, path, source, tray: Tray::default() }
}

impl World {
    fn append(&self, text: &str) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    async fn rounds(&mut self, number: usize) {
        for _ in 0..number {
            self.source.round(&self.tray).await.unwrap();
        }
    }
}

fn mail(number: usize) -> String {
    format!("From a@b.example Sat Nov 28 12:00:00 2026\nSubject: {number}\n\nbody {number}\n\n")
}

fn inner(number: usize) -> String {
    format!("Subject: {number}\n\nbody {number}\n")
}

#[tokio::test]
async fn mails_are_taken_as_the_file_grows_the_last_one_when_it_is_quiet() {
    let mut world = world();
    // There is no file yet.
    world.rounds(2).await;
    world.append(&mail(1));
    world.append(&mail(2));
    world.rounds(1).await;
    assert_eq!(world.tray.texts(), [inner(1)]);
    world.rounds(1).await;
    assert_eq!(world.tray.texts(), [inner(1), inner(2)]);
    world.append(&mail(3));
    world.rounds(5).await;
    assert_eq!(world.tray.texts(), [inner(1), inner(2), inner(3)]);
    // Another program start goes on where this one was.
    world.append(&mail(4));
    world.source = MboxSource::new(&world.path, "cms".into(), [].into()).unwrap();
    world.rounds(2).await;
    assert_eq!(world.tray.texts().len(), 4);
    assert_eq!(world.tray.mark("cms").await.unwrap(), Some(fs::metadata(&world.path).unwrap().len().to_string()));
}

#[tokio::test]
async fn a_mail_that_is_still_being_written_is_left_alone() {
    let mut world = world();
    world.append("From a@b.example Sat Nov 28 12:00:00 2026\nSubject: 1\n\nbo");
    world.rounds(1).await;
    world.append("dy 1\n\n");
    world.rounds(1).await;
    assert!(world.tray.texts().is_empty());
    world.rounds(1).await;
    assert_eq!(world.tray.texts(), [inner(1)]);
}

#[tokio::test]
async fn quoted_beginnings_lose_one_sign_and_begin_no_mail() {
    let mut world = world();
    world.append("From x\nSubject: 1\n\n>From here\n>>From there\n> From far\nFrom the middle\n\nFromage\n\nFrom y\nSubject: 2\n\nbody 2\n");
    world.rounds(2).await;
    assert_eq!(
        world.tray.texts(),
        ["Subject: 1\n\nFrom here\n>From there\n> From far\nFrom the middle\n\nFromage\n", "Subject: 2\n\nbody 2\n"]
    );
}

#[tokio::test]
async fn line_ends_of_both_kinds_are_understood() {
    let mut world = world();
    world.append(&(mail(1) + &mail(2)).replace('\n', "\r\n"));
    world.rounds(2).await;
    assert_eq!(world.tray.texts(), [inner(1).replace('\n', "\r\n"), inner(2).replace('\n', "\r\n")]);
}

#[tokio::test]
async fn a_file_that_was_replaced_or_emptied_is_read_from_its_start() {
    let mut world = world();
    world.append(&mail(1));
    world.append(&mail(2));
    world.rounds(2).await;
    fs::write(&world.path, mail(3)).unwrap();
    world.rounds(2).await;
    assert_eq!(world.tray.texts(), [inner(1), inner(2), inner(3)]);
    // Longer than before, but other mails: nothing begins at the mark.
    fs::write(&world.path, "From x\nSubject: long\n\n".to_owned() + &"x".repeat(500) + "\n\n" + &mail(4)).unwrap();
    world.rounds(2).await;
    assert_eq!(world.tray.texts().last(), Some(&inner(4)));
    assert_eq!(world.tray.texts().len(), 5);
    fs::remove_file(&world.path).unwrap();
    world.rounds(1).await;
    world.append(&mail(5));
    world.rounds(2).await;
    assert_eq!(world.tray.texts().len(), 6);
}

#[tokio::test]
async fn what_could_not_be_stored_is_tried_again_from_there() {
    let mut world = world();
    world.append(&(mail(1) + &mail(2) + &mail(3)));
    world.rounds(1).await;
    world.append(&mail(4));
    world.tray.refuse(1);
    assert!(world.source.round(&world.tray).await.is_err());
    world.rounds(2).await;
    assert_eq!(world.tray.texts(), [inner(1), inner(2), inner(3), inner(4)]);
}

#[tokio::test]
async fn a_large_mail_is_handed_over_by_its_beginning_and_the_next_one_whole() {
    let mut world = world();
    world.append("From x\nSubject: large\n\n");
    world.append(&("y".repeat(99) + "\n").repeat(Limits::BYTES / 100 + 10));
    world.append(&format!("\n{}", mail(2)));
    world.rounds(1).await;
    let last = world.tray.last();
    assert_eq!((last.bytes.expose().len(), last.cut), (Limits::BYTES, true));
    world.rounds(1).await;
    assert_eq!(world.tray.texts()[1], inner(2));
}

#[tokio::test]
async fn many_mails_are_taken_in_several_rounds() {
    let mut world = world();
    world.append(&(0..ROUND + 5).map(mail).collect::<String>());
    assert!(world.source.round(&world.tray).await.unwrap());
    assert_eq!(world.tray.texts().len(), ROUND);
    assert!(!world.source.round(&world.tray).await.unwrap());
    assert_eq!(world.tray.texts().len(), ROUND + 5);
}

#[tokio::test]
async fn what_is_no_mbox_gives_nothing() {
    let mut world = world();
    world.append("no mails here\n\nnone at all\n");
    world.rounds(3).await;
    assert!(world.tray.texts().is_empty());
    let folder = world.path.parent().unwrap().to_owned();
    assert!(MboxSource::new(&folder, "cms".into(), [].into()).is_err());
    assert!(MboxSource::new(&folder.join("nowhere/mbox"), "cms".into(), [].into()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the file was cut into rounds, each mail comes once and in order.
    #[test]
    fn every_mail_comes_once(lengths in prop::collection::vec(0_usize..40, 1..12), stops in prop::collection::vec(0_usize..2000, 0..6)) {
        let mails: Vec<String> = lengths.iter().enumerate().map(|(number, length)| format!("From x\nSubject: {number}\n\n{}\n\n", "z".repeat(*length))).collect();
        let text = mails.concat();
        let mut stops: Vec<usize> = stops.into_iter().map(|stop| stop.min(text.len())).collect();
        stops.sort_unstable();
        let (mut mark, mut seen) = (0, 0);
        for (stop, quiet) in stops.into_iter().map(|stop| (stop, false)).chain([(text.len(), true)]) {
            let look = find(Cursor::new(text.as_bytes()), mark, stop as u64, quiet).unwrap();
            for found in look.mails {
                let expected = mails[seen].strip_prefix("From x\n").unwrap();
                prop_assert_eq!(String::from_utf8(found.bytes).unwrap(), expected);
                seen += 1;
                mark = found.end;
            }
        }
        prop_assert_eq!((seen, mark), (mails.len(), text.len() as u64));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(prop::sample::select(b"From \n>\r:x\x00\xff".to_vec()), 0..300), from in 0_u64..400, quiet: bool) {
        let length = bytes.len() as u64;
        let look = find(Cursor::new(bytes), from, length, quiet).unwrap();
        for found in look.mails {
            prop_assert!(found.end <= length);
        }
    }
}
