//! Files dropped into a real folder.

use super::{Folder, Options};
use crate::kit::{Tray, acknowledger, message};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, io};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct World {
    folder: TempDir,
    tray: Arc<Tray>,
}

impl World {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), tray: Arc::new(Tray::default()) }
    }

    fn options(&self) -> Options {
        Options {
            name: "drop".to_owned(),
            path: self.folder.path().to_owned(),
            every: Duration::from_millis(10),
            quiet: Duration::from_millis(30),
            limit: 10_000,
            acknowledger: None,
        }
    }

    fn watch(&self, options: Options) -> (oneshot::Sender<()>, JoinHandle<()>) {
        let folder = Folder::new(options, self.tray.clone()).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(folder.run(async {
            let _ = stopped.await;
        }));
        (stop, running)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn drop_file(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    async fn appears(&self, name: &str) -> String {
        until(|| self.path(name).exists()).await;
        fs::read_to_string(self.path(name)).unwrap()
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    tokio::time::timeout(Duration::from_secs(20), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it happens in time");
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_of_any_form_is_taken_and_moved_with_what_became_of_it() {
    let world = World::new();
    let batch = format!("FHS|^~\\&\rBHS|^~\\&\r{}{}BTS|2\rFTS|1\r", message("1"), message("2"));
    world.drop_file("a-batch.hl7", &batch);
    world.drop_file("b-lines.ndjson", "{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Coverage\"}\n");
    world.drop_file("c-document.xml", "<ClinicalDocument/>");
    world.drop_file("d-mixed.hl7", &format!("{}{}{}", message("3"), message("BAD4"), message("5")));
    world.drop_file("e-table.csv", "who,what\n1,2\n");
    world.drop_file("f-empty.hl7", "\r\n");
    let options = Options { acknowledger: Some(acknowledger()), ..world.options() };
    let (stop, running) = world.watch(options);
    world.appears("failed/f-empty.hl7").await;
    assert_eq!(files(&world.path("done")), ["a-batch.hl7", "a-batch.hl7.ack", "b-lines.ndjson", "c-document.xml"]);
    assert_eq!(
        files(&world.path("failed")),
        [
            "d-mixed.hl7",
            "d-mixed.hl7.ack",
            "d-mixed.hl7.reason.txt",
            "e-table.csv",
            "e-table.csv.reason.txt",
            "f-empty.hl7",
            "f-empty.hl7.reason.txt"
        ]
    );
    assert_eq!(files(world.folder.path()), Vec::<String>::new());
    let reason = world.appears("failed/d-mixed.hl7.reason.txt").await;
    assert!(reason.starts_with("2 feed(s) stored, 1 refused\n"), "{reason}");
    assert!(reason.contains("feed 2: AE not-usable at PID-3: the number is damaged, kept as kept-1"), "{reason}");
    assert!(!reason.contains("4711"), "{reason}");
    let reason = world.appears("failed/f-empty.hl7.reason.txt").await;
    assert!(reason.contains("the file holds no feed"), "{reason}");
    let answers = world.appears("failed/d-mixed.hl7.ack").await;
    let codes: Vec<&str> = answers.split('\r').filter(|line| line.starts_with("MSA")).collect();
    assert_eq!(codes, ["MSA|AA|3", "MSA|AE|BAD4|the number is damaged", "MSA|AA|5"]);
    assert_eq!(world.tray.sources()[0], "file:drop");
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_being_written_waits_until_it_is_quiet_or_has_its_name() {
    let world = World::new();
    world.drop_file(".hidden.hl7", &message("1"));
    world.drop_file("slow.hl7.part", &message("2"));
    world.drop_file("Growing.hl7", &message("3"));
    fs::create_dir(world.path("folder.hl7")).unwrap();
    let options = Options { quiet: Duration::from_millis(200), ..world.options() };
    let (stop, running) = world.watch(options);
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let whole = fs::read_to_string(world.path("Growing.hl7")).expect("it is still there while it grows");
        world.drop_file("Growing.hl7", &format!("{whole}NTE|1||more\r"));
    }
    world.appears("done/Growing.hl7").await;
    assert_eq!(world.tray.texts()[0].matches("NTE").count(), 12);
    assert_eq!(world.tray.control_ids(), ["3"]);
    assert_eq!(files(world.folder.path()), [".hidden.hl7", "slow.hl7.part"]);
    fs::rename(world.path("slow.hl7.part"), world.path("slow.hl7")).unwrap();
    world.appears("done/slow.hl7").await;
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_in_hand_when_the_process_died_is_taken_again_without_a_second_effect() {
    let world = World::new();
    let text: String = (1..=20).map(|number| message(&format!("M{number}"))).collect();
    world.drop_file("long.hl7", &text);
    world.tray.hold_after(3);
    let (_stop, running) = world.watch(world.options());
    until(|| world.tray.attempts() == 4).await;
    // As a kill: nothing is finished, and the lock is gone with the process.
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!((world.path("work/long.hl7").exists(), world.tray.effects()), (true, 3));
    world.tray.let_go();
    let (stop, running) = world.watch(world.options());
    world.appears("done/long.hl7").await;
    assert_eq!(world.tray.effects(), 20);
    assert_eq!(world.tray.texts().len(), 23);
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn own_trouble_holds_the_folder_and_loses_nothing() {
    let world = World::new();
    world.tray.broken.store(true, Ordering::SeqCst);
    world.drop_file("1.hl7", &message("1"));
    world.drop_file("2.hl7", &message("2"));
    let (stop, running) = world.watch(world.options());
    until(|| world.path("work/1.hl7").exists()).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.path("2.hl7").exists());
    world.tray.broken.store(false, Ordering::SeqCst);
    world.appears("done/2.hl7").await;
    assert_eq!(world.tray.control_ids(), ["1", "2"]);
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn two_processes_share_a_folder_and_the_second_goes_on_when_the_first_is_gone() {
    let world = World::new();
    let (stop_one, one) = world.watch(world.options());
    world.drop_file("1.hl7", &message("1"));
    world.appears("done/1.hl7").await;
    let (stop_two, two) = world.watch(world.options());
    world.drop_file("2.hl7", &message("2"));
    world.appears("done/2.hl7").await;
    stop_one.send(()).unwrap();
    one.await.unwrap();
    world.drop_file("3.hl7", &message("3"));
    world.appears("done/3.hl7").await;
    assert_eq!(world.tray.control_ids(), ["1", "2", "3"]);
    stop_two.send(()).unwrap();
    two.await.unwrap();
}

#[tokio::test]
async fn a_file_never_takes_the_place_of_another_and_one_too_large_says_so() {
    let world = World::new();
    let (stop, running) = world.watch(world.options());
    world.drop_file("same.hl7", &message("1"));
    world.appears("done/same.hl7").await;
    world.drop_file("same.hl7", &message("2"));
    world.appears("done/same-2.hl7").await;
    let large = message("3").replace("PID|1", &format!("NTE|{}\rPID|1", "x".repeat(20_000)));
    world.drop_file("same.hl7", &format!("{large}{}", message("4")));
    let reason = world.appears("failed/same.hl7.reason.txt").await;
    assert!(reason.contains("larger than 10000 bytes"), "{reason}");
    assert!(reason.contains("kept in this file only"), "{reason}");
    assert_eq!(world.tray.control_ids(), ["1", "2", "4"]);
    assert!(world.appears("done/same.hl7").await.contains("|1|P|"));
    stop.send(()).unwrap();
    running.await.unwrap();
}

/// What this process logs, once [`listen`] was called.
static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes down what is logged. For the whole process: a subscriber of one thread misses what another thread comes by first.
fn listen() {
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
}

/// How many lines of that source say it.
fn said(source: &str, words: &str) -> usize {
    let lines = String::from_utf8(LOGGED.lock().unwrap().clone()).unwrap();
    lines.lines().filter(|line| line.contains(source) && line.contains(words)).count()
}

#[tokio::test]
async fn a_folder_that_cannot_be_locked_is_an_error_until_it_can_be() {
    listen();
    let world = World::new();
    fs::create_dir_all(world.path("work/.lock")).unwrap();
    world.drop_file("1.hl7", &message("1"));
    let options = Options { name: "unlockable".to_owned(), ..world.options() };
    let (stop, running) = world.watch(options);
    until(|| said("unlockable", "ERROR") >= 2).await;
    assert_eq!(said("unlockable", "the folder cannot be locked"), said("unlockable", "ERROR"));
    assert_eq!(said("unlockable", "another process"), 0);
    assert_eq!(files(world.folder.path()), ["1.hl7"]);
    fs::remove_dir(world.path("work/.lock")).unwrap();
    world.appears("done/1.hl7").await;
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_told_at_once() {
    let world = World::new();
    let options = Options { path: world.path("nowhere"), ..world.options() };
    assert_eq!(Folder::new(options, world.tray.clone()).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}
