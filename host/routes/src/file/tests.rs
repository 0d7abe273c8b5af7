//! What a reader of the files may rely on.

use super::{FileLayout, FileRoute};
use crate::{Cause, Outgoing, Route};
use bridge_types::contract::Format;
use bridge_types::{Disposition, Phi};
use std::fs;
use std::path::Path;

fn item(id: &str, format: Format, text: &str) -> Outgoing {
    Outgoing { id: id.into(), format, text: Phi::new(text.into()), control_id: id.into() }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_growing_file_gets_one_line_per_notice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    let route = FileRoute::new(FileLayout::Lines(path.clone()));
    assert_eq!(route.deliver(&item("n1", Format::Json, "{\n\"a\":1}")).await.unwrap().receipt, "stored");
    route.deliver(&item("n2", Format::Hl7v2, "MSH|^~\\&|A\r")).await.unwrap();
    let lines = fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["a"], 1);
    assert_eq!(lines[1]["text"], "MSH|^~\\&|A\r");
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn a_line_cut_off_by_a_crash_does_not_spoil_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    fs::write(&path, "{\"a\":1}\n{\"a\":").unwrap();
    let route = FileRoute::new(FileLayout::Lines(path.clone()));
    route.deliver(&item("n2", Format::Json, "{\"a\":2}")).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"a\":\n{\"a\":2}\n");
}

#[tokio::test]
async fn every_notice_becomes_a_whole_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let route = FileRoute::new(FileLayout::Folder(folder.path().into()));
    route.deliver(&item("n1", Format::Hl7v2, "MSH|^~\\&|A\r")).await.unwrap();
    route.deliver(&item("n2", Format::Json, "{}")).await.unwrap();
    route.deliver(&item("n3", Format::Fhir, "{}")).await.unwrap();
    route.deliver(&item("../n/4", Format::Json, "{}")).await.unwrap();
    assert_eq!(names(folder.path()), ["___n_4.json", "n1.hl7", "n2.json", "n3.fhir.json"]);
    assert_eq!(fs::read(folder.path().join("n1.hl7")).unwrap(), b"MSH|^~\\&|A\r");
}

#[tokio::test]
async fn a_repeated_delivery_changes_nothing_and_another_text_gets_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let route = FileRoute::new(FileLayout::Folder(folder.path().into()));
    for _ in 0..2 {
        route.deliver(&item("n1", Format::Json, "{\"a\":1}")).await.unwrap();
    }
    assert_eq!(names(folder.path()), ["n1.json"]);
    for _ in 0..2 {
        route.deliver(&item("n1", Format::Json, "{\"a\":2}")).await.unwrap();
    }
    assert_eq!(names(folder.path()), ["n1-2.json", "n1.json"]);
    assert_eq!(fs::read(folder.path().join("n1.json")).unwrap(), b"{\"a\":1}");
}

/// The temporary name may still be linked to a delivered file when a crash came between linking and removing it.
#[tokio::test]
async fn what_a_crash_left_behind_is_never_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let delivered = folder.path().join("n1.json");
    fs::write(&delivered, "{\"a\":1}").unwrap();
    fs::hard_link(&delivered, folder.path().join(".n1.json.tmp")).unwrap();
    let route = FileRoute::new(FileLayout::Folder(folder.path().into()));
    route.deliver(&item("n1", Format::Json, "{\"a\":2}")).await.unwrap();
    assert_eq!(fs::read(&delivered).unwrap(), b"{\"a\":1}");
    assert_eq!(names(folder.path()), ["n1-2.json", "n1.json"]);
}

#[tokio::test]
async fn a_missing_folder_is_a_failure_to_retry_that_names_the_step() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    for (layout, step) in [
        (FileLayout::Folder(gone.clone()), "create a file"),
        (FileLayout::Lines(gone.join("x.ndjson")), "open the file"),
    ] {
        let error = FileRoute::new(layout).deliver(&item("n1", Format::Json, "{}")).await.unwrap_err();
        assert_eq!(error.disposition, Disposition::Retry { after: None });
        assert!(matches!(&error.cause, Cause::Storage { step: found, .. } if *found == step), "{error:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn others_cannot_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    FileRoute::new(FileLayout::Lines(path.clone())).deliver(&item("n1", Format::Json, "{}")).await.unwrap();
    FileRoute::new(FileLayout::Folder(folder.path().into())).deliver(&item("n2", Format::Json, "{}")).await.unwrap();
    for path in [path, folder.path().join("n2.json")] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o027, 0);
    }
}
