//! A simulated file layer under the program: a journal of every write and sync to its ledger, and failures on demand (`disk/layer.c`).
#![cfg(target_os = "linux")]

use crate::{Stage, places};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The files of a ledger, by their number in the journal.
const FILES: [&str; 2] = ["access-bridge.sqlite", "access-bridge.sqlite-wal"];

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Every write, as on a full disk.
    Writes,
    /// Every sync, as on a disk that breaks.
    Syncs,
}

/// The layer of one stage.
pub struct Disk {
    journal: PathBuf,
    trouble: PathBuf,
}

/// One thing that happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
    Sync,
    Unlink,
}

/// Everything that happened, in order.
pub struct Journal(Vec<(usize, Change)>);

/// What becomes of that which was written and not made durable, when the power fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All of it is lost.
    Lost,
    /// All of it arrived.
    Arrived,
    /// All but the last write arrived, and half of that.
    Torn,
    /// The newer half arrived, the older did not.
    Reordered,
}

impl Fate {
    /// Every fate.
    pub const ALL: [Self; 4] = [Self::Lost, Self::Arrived, Self::Torn, Self::Reordered];
}

impl Disk {
    /// Puts the layer under the program of a stage.
    pub fn under(stage: &mut Stage) -> Self {
        let (journal, trouble) = (stage.folder().join("journal"), stage.folder().join("trouble"));
        stage.vary_raw("LD_PRELOAD", &layer().display().to_string());
        stage.vary_raw("DISK_JOURNAL", &journal.display().to_string());
        stage.vary_raw("DISK_TROUBLE", &trouble.display().to_string());
        Self { journal, trouble }
    }

    /// Has something fail from now on.
    pub fn set(&self, trouble: Trouble) {
        let word = match trouble {
            Trouble::None => "",
            Trouble::Writes => "write",
            Trouble::Syncs => "sync",
        };
        std::fs::write(&self.trouble, word).unwrap();
    }

    /// How many changes there were so far.
    pub fn changes(&self) -> usize {
        self.journal().0.len()
    }

    /// What happened so far.
    pub fn journal(&self) -> Journal {
        let bytes = std::fs::read(&self.journal).unwrap();
        let (mut rest, mut changes) = (bytes.as_slice(), Vec::new());
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
        while rest.len() >= 18 {
            let (head, after) = rest.split_at(18);
            let (offset, length) = (number(&head[2..10]), usize::try_from(number(&head[10..18])).unwrap());
            if head[0] == 1 && after.len() < length {
                // It is being written.
                break;
            }
            let (change, after) = match head[0] {
                1 => (Change::Write(offset, after[..length].to_vec()), &after[length..]),
                2 => (Change::Truncate(offset), after),
                3 => (Change::Sync, after),
                4 => (Change::Unlink, after),
                other => panic!("the journal has a record of kind {other}"),
            };
            changes.push((usize::from(head[1]), change));
            rest = after;
        }
        Journal(changes)
    }
}

impl Journal {
    /// The places just after each sync and just before it.
    pub fn places(&self) -> Vec<usize> {
        let syncs = self.0.iter().enumerate().filter(|(_, (_, change))| *change == Change::Sync);
        syncs.flat_map(|(place, _)| [place, place + 1]).collect()
    }

    /// Makes the files of a folder what they are if the power fails after so many changes.
    pub fn power_fails_after(&self, place: usize, fate: Fate, folder: &Path) {
        let mut files: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut pending: Vec<(usize, &Change)> = Vec::new();
        for (file, change) in &self.0[..place] {
            if *change == Change::Sync {
                let (durable, rest) = pending.into_iter().partition(|(of, _)| of == file);
                pending = rest;
                apply(&mut files, &durable);
            } else {
                pending.push((*file, change));
            }
        }
        let torn;
        match (fate, pending.last().cloned()) {
            (Fate::Lost, _) | (_, None) => {}
            (Fate::Arrived, _) => apply(&mut files, &pending),
            (Fate::Reordered, _) => apply(&mut files, &pending[pending.len() / 2..]),
            (Fate::Torn, Some((file, last))) => {
                pending.pop();
                apply(&mut files, &pending);
                if let Change::Write(offset, bytes) = last {
                    torn = Change::Write(*offset, bytes[..bytes.len() / 2].to_vec());
                    apply(&mut files, &[(file, &torn)]);
                }
            }
        }
        for (file, name) in FILES.iter().enumerate() {
            let path = folder.join(name);
            let _ = std::fs::remove_file(&path);
            if let Some(bytes) = files.get(&file) {
                std::fs::write(path, bytes).unwrap();
            }
        }
        let _ = std::fs::remove_file(folder.join("access-bridge.sqlite-shm"));
    }
}

fn apply(files: &mut BTreeMap<usize, Vec<u8>>, changes: &[(usize, &Change)]) {
    for (file, change) in changes {
        match change {
            Change::Write(offset, bytes) => {
                let content = files.entry(*file).or_default();
                let (from, to) = (usize::try_from(*offset).unwrap(), usize::try_from(*offset).unwrap() + bytes.len());
                content.resize(content.len().max(to), 0);
                content[from..to].copy_from_slice(bytes);
            }
            Change::Truncate(length) => files.entry(*file).or_default().resize(usize::try_from(*length).unwrap(), 0),
            Change::Unlink => drop(files.remove(file)),
            Change::Sync => {}
        }
    }
}

/// The compiled layer.
fn layer() -> &'static Path {
    static LAYER: OnceLock<PathBuf> = OnceLock::new();
    LAYER.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("kit/disk/layer.c");
        let library = places::target().join("it-disk-layer.so");
        let beside = library.with_extension(std::process::id().to_string());
        let done = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&beside, &source])
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("a C compiler (Debian: build-essential)");
        assert!(done.success(), "{} does not compile", source.display());
        std::fs::rename(&beside, &library).unwrap();
        library
    })
}
