//! `sample` and `convert --stats`: what goes in is counted, and memory does not grow with it.

use std::path::Path;
use std::process::{Command, Stdio};

fn command(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(kit::program());
    command.args(arguments).env("XDG_CACHE_HOME", cache);
    command
}

/// Pipes so many samples into the statistics.
fn stats(cache: &Path, count: u64, format: &[&str]) -> String {
    let mut sample = command(cache, &["sample", "--seed", "11", "--count", &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = sample.stdout.take().unwrap();
    let arguments = [&["convert", "--stats", "--now", "2026-07-28T13:00:00Z"], format].concat();
    let output = command(cache, &arguments).stdin(input).output().unwrap();
    assert!(sample.wait().unwrap().success());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(cache: &Path, count: u64) -> serde_json::Value {
    serde_json::from_str(&stats(cache, count, &["--json"])).unwrap()
}

fn sum(counts: &serde_json::Value) -> u64 {
    counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn twenty_thousand_messages_take_the_memory_of_two_thousand() {
    let folder = tempfile::tempdir().unwrap();
    // Compiles the component into the cache, so that the memory of compiling hides nothing.
    let text = stats(folder.path(), 50, &[]);
    assert!(text.starts_with("EVENT") && text.contains("50 feeds: ") && text.contains("\nper feed     p50 "), "{text}");
    let (few, many) = (json(folder.path(), 2_000), json(folder.path(), 20_000));
    for (report, count) in [(&few, 2_000), (&many, 20_000)] {
        assert_eq!(report["feeds"], count);
        assert_eq!((&report["read"], &report["unreadable"]), (&count.into(), &0.into()), "a refused sample is read");
        assert_eq!(sum(&report["events"]), count);
        assert!(report["refused"].as_u64().unwrap() < count / 20, "most samples are read");
        assert!(report["submissions"].as_u64().unwrap() > count / 10, "many samples lead to a submission");
        assert!(report["codes"].as_array().unwrap().iter().any(|code| code["code"] == "coverage-probable"));
        assert!(report["p50_microseconds"].as_f64() <= report["p99_microseconds"].as_f64());
    }
    if cfg!(target_os = "linux") {
        let peak = |report: &serde_json::Value| report["peak_memory_bytes"].as_u64().unwrap();
        let grown = peak(&many).saturating_sub(peak(&few));
        let read = many["bytes"].as_u64().unwrap() - few["bytes"].as_u64().unwrap();
        assert!(read > 2 * (4 << 20), "keeping the messages would show: {read} bytes");
        assert!(grown < 4 << 20, "{grown} bytes more");
    }
}

#[test]
fn samples_are_the_same_again_and_stop_when_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let samples = |seed: &str| {
        let output = command(folder.path(), &["sample", "--count", "300", "--seed", seed]).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    assert_eq!(samples("5"), samples("5"));
    assert_ne!(samples("5"), samples("6"));
    assert_eq!(kit::taken_apart(&samples("5")).len(), 300);
    let mut endless =
        command(folder.path(), &["sample", "--count", &u64::MAX.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
    drop(endless.stdout.take());
    assert!(endless.wait().unwrap().success());
}
