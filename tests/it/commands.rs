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

/// A mistyped filter looked like a ledger with nothing in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_can_find_nothing_is_refused() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    program.send(&fixture("training.hl7")).await;
    for (wrong, hint) in [
        (&["submissions", "list", "--track", "ckm"][..], "one of eCKM, CKM, MSK, BH"),
        (&["submissions", "list", "--operation", "aligne"], "one of check-eligibility, align, unalign, report-data"),
        (&["submissions", "list", "--participant", "foo"], "one of ACCES12345"),
        (&["submissions", "retry", "--state", "waiting", "--participant", "foo"], "one of ACCES12345"),
        (&["charts", "list", "--participant", "foo"], "one of ACCES12345"),
        (&["calendar", "--participant", "foo"], "one of ACCES12345"),
        (&["notices", "list", "--participant", "foo"], "one of ACCES12345"),
        (&["notices", "list", "--route", "foo"], "it has engine"),
        (&["notices", "cms", "list", "--participant", "foo"], "one of ACCES12345"),
        (&["notices", "move", "--from", "foo", "--to", "engine"], "no notice waits for a route that is not configured"),
        (&["quarantine", "list", "--code", "foo"], "`access-bridge explain --codes` lists them"),
        (&["quarantine", "list", "--participant", "foo"], "one of ACCES12345"),
        (&["quarantine", "replay", "--code", "foo"], "`access-bridge explain --codes` lists them"),
    ] {
        let told = stage.run(wrong);
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{wrong:?}: {}", told.err);
        assert!(told.err.contains(&format!("hint: {hint}")), "{wrong:?}: {}", told.err);
    }
    for right in [
        &["submissions", "list", "--track", "CKM", "--operation", "$align", "--participant", "ACCES12345"][..],
        &["quarantine", "list", "--code", "patient-missing"],
        &["notices", "list", "--route", "engine", "--kind", "deadline"],
    ] {
        let told = stage.run(right);
        assert_eq!((told.code, told.out.lines().count(), told.err.as_str()), (Some(0), 1, "none\n"), "{right:?}");
    }
    // What is not there is a mistake of the caller, for every command.
    for wrong in [&["send", "--to", program.door(), "nowhere.hl7"][..], &["ledger", "backup", "nowhere/copy.sqlite"]] {
        let told = stage.run(wrong);
        assert_eq!(told.code, Some(2), "{wrong:?}: {}", told.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_start_says_what_runs_and_by_what() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let log = program.log();
    let started = log.lines().find(|line| line.contains(" started ")).unwrap();
    let api = format!("api=\"{}", stage.sandbox_url());
    for part in ["version=\"0.1.0\"", "configuration=", "access-bridge.toml", "profile=\"built-in example\"", &api] {
        assert!(started.contains(part), "{part} in {started}");
    }
}

#[test]
fn what_is_not_checked_is_not_called_valid() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.json", "{\"resourceType\":\"Parameters\"}");
    write("b.ndjson", "{\"source\":\"a.hl7\",\"submissions\":[]}");
    let unchecked = run(folder.path(), &["validate", "a.json"]);
    assert_eq!(unchecked.status.code(), Some(3), "{}", text(&unchecked.stderr));
    assert!(text(&unchecked.stdout).starts_with("NOT CHECKED a.json\n"), "{}", text(&unchecked.stdout));
    let told = text(&run(folder.path(), &["validate", "--json", "a.json"]).stdout);
    let line: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&line["valid"], &line["checked"]), (&false.into(), &false.into()));
    let nothing = run(folder.path(), &["validate", "b.ndjson"]);
    assert_eq!((nothing.status.code(), text(&nothing.stderr).as_str()), (Some(0), "b.ndjson holds no payload\n"));
}

/// A full disk took everything that was printed, and the program ended as if all was well.
#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_told_and_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.hl7"), fixture("a01-ckm.hl7")).unwrap();
    let to = |place: Stdio, arguments: &[&str]| {
        let mut command = Command::new(kit::program());
        command.current_dir(folder.path()).args(arguments).stdin(Stdio::null()).stdout(place).stderr(Stdio::piped());
        command.env("XDG_CACHE_HOME", folder.path().join("cache")).spawn().unwrap().wait_with_output().unwrap()
    };
    for arguments in [
        &["convert", "--now", "2026-07-28T13:00:00Z", "a.hl7"][..],
        &["explain", "--now", "2026-07-28T13:00:00Z", "a.hl7"],
        &["explain", "--codes"],
        &["config", "example"],
        &["--help"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = to(full.into(), arguments);
        let err = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {err}");
        assert_eq!(err.matches("access-bridge: standard output: No space left on device").count(), 1, "{err}");
        // A reader that has seen enough is no trouble.
        let (reader, gone) = std::io::pipe().unwrap();
        drop(reader);
        let ended = to(gone.into(), arguments);
        assert_eq!((ended.status.code(), text(&ended.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
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
    assert_eq!(
        err.lines().last(),
        Some("5 feeds: 5 read, 0 unreadable; a service takes 4 and refuses 1: training-message 1")
    );
    assert_eq!(run(folder.path(), &[&["convert"][..], &now].concat()).stdout, converted.stdout, "the same bytes again");
    // One feed has no table, unless it is asked for.
    let one = run(folder.path(), &["convert", "feeds/b.hl7"]);
    assert_eq!((one.status.code(), text(&one.stderr).as_str()), (Some(0), ""));
    let one = run(folder.path(), &["convert", "--summary", "feeds/b.hl7"]);
    assert!(
        text(&one.stderr).ends_with("1 feed: 1 read, 0 unreadable; a service takes 1 and refuses 0\n"),
        "{}",
        text(&one.stderr)
    );
    let explained = run(folder.path(), &["explain", "feeds/b.hl7"]);
    assert_eq!(explained.status.code(), Some(0));
    assert!(text(&explained.stdout).contains("$check-eligibility CKM"), "{}", text(&explained.stdout));
}

#[test]
fn offline_commands_read_by_the_profile_of_the_configuration_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, command: &str, from: &str, to: &str| {
        let text = text(&run(folder.path(), &["config", command]).stdout);
        assert!(text.contains(from), "{command} has no {from}");
        std::fs::write(folder.path().join(name), text.replace(from, to)).unwrap();
    };
    written("site.toml", "profile", "ACCES12345", "ACCES77777");
    std::fs::write(folder.path().join("a.hl7"), fixture("a01-ckm.hl7")).unwrap();
    let plain = run(folder.path(), &["convert", "a.hl7"]);
    assert!(text(&plain.stdout).contains("ACCES12345") && plain.stderr.is_empty());
    written("access-bridge.toml", "example", "profile = \"example\"", "profile = \"site.toml\"");
    let by_site = run(folder.path(), &["convert", "a.hl7"]);
    assert!(text(&by_site.stdout).contains("ACCES77777"), "{}{}", text(&by_site.stdout), text(&by_site.stderr));
    assert!(
        text(&by_site.stderr).contains("reads by ./site.toml") || text(&by_site.stderr).contains("reads by site.toml")
    );
    let named = run(folder.path(), &["convert", "--profile", "example", "a.hl7"]);
    assert!(text(&named.stdout).contains("ACCES12345"));
}

#[test]
fn a_batch_that_was_cut_off_is_told_with_its_last_message() {
    let folder = tempfile::tempdir().unwrap();
    let whole = String::from_utf8(fixture("batch-three.hl7")).unwrap();
    let third = whole.match_indices("MSH|").nth(2).unwrap().0;
    let (kept, trailer) = (&whole[..third], &whole[whole.find("BTS|").unwrap()..]);
    std::fs::write(folder.path().join("short.hl7"), format!("{kept}{trailer}")).unwrap();
    let converted = run(folder.path(), &["convert", "--now", "2026-07-28T13:00:00Z", "short.hl7"]);
    let lines: Vec<serde_json::Value> =
        text(&converted.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<bool> = lines
        .iter()
        .map(|line| {
            let issues = line["issues"].as_array().unwrap();
            issues.iter().any(|issue| issue["code"] == "batch-envelope" && issue["location"] == "BTS-1")
        })
        .collect();
    assert_eq!(told, [false, true], "{}", text(&converted.stdout));
    let err = text(&converted.stderr);
    assert!(err.contains("short.hl7: BTS-1 states 3 messages, found 2") && err.contains("batch-envelope  1"), "{err}");
}

#[test]
fn what_a_service_refuses_is_read_and_shown_without_submissions() {
    let folder = tempfile::tempdir().unwrap();
    let message = |event: &str, processing: &str, rows: &str| {
        format!("MSH|^~\\&|EPIC|MAIN|||20260714091500||{event}|1|{processing}|2.5.1\r{rows}")
    };
    let person = "PID|1||P1^^^MAIN^MR||HALVORSEN^RUTH||19470912|F\r";
    for (name, feed) in [
        ("a-training.hl7", String::from_utf8(fixture("training.hl7")).unwrap()),
        ("b-nobody.hl7", message("ADT^A08", "P", "PV1|1|O\r")),
        ("c-half-a-merge.hl7", message("ADT^A40", "P", person)),
        ("d-odd-order.hl7", message("ADT^A08", "P", &format!("{person}ZAC|1|ALIGN|XYZ\r"))),
        ("e-odd-type.hl7", message("XYZ^O01", "P", person)),
        ("f-no-message.txt", "undefined".to_owned()),
    ] {
        std::fs::write(folder.path().join(name), feed).unwrap();
    }
    let converted = run(folder.path(), &["convert", "--now", "2026-07-28T13:00:00Z", "."]);
    assert_eq!(converted.status.code(), Some(1), "nothing would be taken");
    let lines: Vec<serde_json::Value> =
        text(&converted.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<(bool, &str, &str)> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["submissions"], serde_json::json!([]), "{line}");
            let first = line["issues"][0]["code"].as_str().unwrap();
            (line["read"].as_bool().unwrap(), line["answer"].as_str().unwrap(), first)
        })
        .collect();
    let expected = [
        (true, "AR", "training-message"),
        (true, "AE", "patient-missing"),
        (true, "AE", "merge-side-missing"),
        (true, "AE", "zac-track"),
        (true, "AR", "type-unsupported"),
        (false, "AR", "not-hl7"),
    ];
    assert_eq!(found, expected);
    let told = text(&converted.stderr);
    assert!(told.contains("6 feeds: 5 read, 1 unreadable; a service takes 0 and refuses 6: "), "{told}");
    // What it says is shown field by field.
    let explained = text(&run(folder.path(), &["explain", "a-training.hl7"]).stdout);
    for shown in
        ["refused, answered AR", "error: training-message at MSH-11", "Halvorsen", "nothing would be submitted"]
    {
        assert!(explained.contains(shown), "{shown} in {explained}");
    }
}

#[test]
fn a_chart_that_is_none_is_told_before_any_feed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("feed.hl7"), fixture("a01-ckm.hl7")).unwrap();
    std::fs::write(folder.path().join("chart.json"), "{\"a\":1}").unwrap();
    let ended = run(folder.path(), &["convert", "--chart", "chart.json", "feed.hl7"]);
    let told = text(&ended.stderr);
    assert_eq!((ended.status.code(), ended.stdout.is_empty()), (Some(2), true), "{told}");
    assert!(told.starts_with("access-bridge: chart.json: ") && told.contains("\nhint: "), "{told}");
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
    for (what, begins) in [
        ("example", "# access-bridge: the whole configuration"),
        ("profile", "#"),
        ("base", "# The base layer"),
        ("scenario", "#"),
    ] {
        let printed = run(folder.path(), &["config", what]);
        assert_eq!(printed.status.code(), Some(0));
        assert!(text(&printed.stdout).starts_with(begins), "{what}");
    }
}

/// Whatever the documents say stands in a profile can be looked up without the sources.
#[test]
fn the_base_layer_prints_every_key_that_documents_name() {
    let folder = tempfile::tempdir().unwrap();
    let base = text(&run(folder.path(), &["config", "base"]).stdout);
    let root: std::path::PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documents = ["README.md", "docs/reports.md", "docs/questionnaires.md", "docs/issues.md"];
    let mut named = 0;
    for document in documents {
        let document = std::fs::read_to_string(root.join(document)).unwrap();
        for quoted in document.split('`').skip(1).step_by(2) {
            let Some((table, key)) = quoted.split_once('.') else { continue };
            let tables =
                ["reports", "notices", "account", "identity", "coverage", "diagnoses", "triggers", "codes", "mbi"];
            let is_key = key.chars().all(|letter| letter.is_ascii_lowercase() || "_.".contains(letter));
            if tables.contains(&table) && is_key {
                named += 1;
                let last = key.rsplit('.').next().unwrap();
                assert!(base.contains(last), "{quoted} is not in `config base`");
            }
        }
    }
    assert!(named > 20, "{named}");
}
