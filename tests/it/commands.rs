//! Commands as the README prints them, run as a user runs them.

use kit::{Stage, fixture};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(kit::program());
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env("XDG_CACHE_HOME", folder.join("cache")).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_played_and_answers_are_printed() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let folder = stage.folder().join("feeds");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.hl7"), fixture("a01-ckm.hl7")).unwrap();
    std::fs::write(folder.join("b.hl7"), fixture("training.hl7")).unwrap();
    let sent = run(stage.folder(), &["send", "--to", program.door(), "feeds"]);
    let out = text(&sent.stdout);
    assert_eq!(sent.status.code(), Some(3), "{out}{}", text(&sent.stderr));
    assert!(out.contains("a.hl7  CA\n") && out.contains("b.hl7  CR\n  MSA|CR|") && out.contains("\n  ERR|"), "{out}");
    let nobody = run(stage.folder(), &["send", "--to", "127.0.0.1:1", "feeds"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody.stderr).contains("hint: is `access-bridge run` started"), "{}", text(&nobody.stderr));
}

#[test]
fn a_folder_is_converted_and_ends_with_a_table_of_codes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("feeds/deeper")).unwrap();
    for (name, feed) in [("b.hl7", "a01-ckm.hl7"), ("deeper/c.txt", "training.hl7"), ("a.hl7", "batch-three.hl7")] {
        std::fs::write(folder.path().join("feeds").join(name), fixture(feed)).unwrap();
    }
    let now = ["--now", "2026-07-28T13:00:00Z", "feeds"];
    let converted = run(folder.path(), &[&["convert"][..], &now].concat());
    let (out, err) = (text(&converted.stdout), text(&converted.stderr));
    assert_eq!(converted.status.code(), Some(3), "{err}");
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sources: Vec<&str> = lines.iter().map(|line| line["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["feeds/a.hl7#1", "feeds/a.hl7#2", "feeds/a.hl7#3", "feeds/b.hl7", "feeds/deeper/c.txt"]);
    assert!(lines[3]["submissions"][0]["issues"].as_array().unwrap().is_empty());
    assert!(err.starts_with("SEVERITY") && err.contains("training-message"), "{err}");
    assert_eq!(err.lines().last(), Some("5 feeds: 4 read, 1 refused: training-message 1"));
    assert_eq!(run(folder.path(), &[&["convert"][..], &now].concat()).stdout, converted.stdout, "the same bytes again");
    // One feed has no table, unless it is asked for.
    let one = run(folder.path(), &["convert", "feeds/b.hl7"]);
    assert_eq!((one.status.code(), text(&one.stderr).as_str()), (Some(0), ""));
    let one = run(folder.path(), &["convert", "--summary", "feeds/b.hl7"]);
    assert!(text(&one.stderr).ends_with("1 feed: 1 read, 0 refused\n"), "{}", text(&one.stderr));
    let explained = run(folder.path(), &["explain", "feeds/b.hl7"]);
    assert_eq!(explained.status.code(), Some(0));
    assert!(text(&explained.stdout).contains("$check-eligibility CKM"), "{}", text(&explained.stdout));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_of_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["convert", "nowhere.hl7"][..], &["explain", "nowhere.hl7"]] {
        let ended = run(folder.path(), arguments);
        let told = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{told}");
        assert!(told.starts_with("access-bridge: nowhere.hl7: ") && told.contains("\nhint: "), "{told}");
    }
    let empty = run(folder.path(), &["convert"]);
    assert_eq!(empty.status.code(), Some(2));
    assert_eq!(text(&empty.stderr), "access-bridge: stdin: there is no feed in it\n");
    for arguments in [&["run", "--config", "nowhere.toml"][..], &["check", "--config", "nowhere.toml"]] {
        let ended = run(folder.path(), arguments);
        let told = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{told}");
        assert!(told.starts_with("access-bridge: configuration nowhere.toml: "), "{told}");
    }
}

#[test]
fn the_example_files_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (what, begins) in [("example", "# access-bridge: the whole configuration"), ("profile", "#"), ("scenario", "#")]
    {
        let printed = run(folder.path(), &["config", what]);
        assert_eq!(printed.status.code(), Some(0));
        assert!(text(&printed.stdout).starts_with(begins), "{what}");
    }
}
