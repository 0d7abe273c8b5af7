//! The files that the arguments of a command name.

use std::path::{Path, PathBuf};

/// What is taken from a folder, by the end of its name.
const ENDINGS: [&str; 9] = ["hl7", "hl7v2", "er7", "json", "ndjson", "xml", "cda", "ccd", "txt"];
/// Deepest folder below one that is named.
const MAX_DEPTH: usize = 32;

/// A file, or standard input as `-`, or what could not be looked at.
pub(super) type Found = Result<PathBuf, (PathBuf, String)>;

/// Files in their order.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) files: Vec<Found>,
    /// Files of folders whose names end otherwise.
    pub(super) passed_over: usize,
}

/// Every file in order: a folder stands for the feeds in it and below it, sorted by name. Links to folders are not followed.
pub(super) fn named(arguments: &[PathBuf]) -> Named {
    let mut found = Named::default();
    if arguments.is_empty() {
        found.files.push(Ok(PathBuf::from("-")));
    }
    for path in arguments {
        if !path.is_dir() {
            found.files.push(Ok(path.clone()));
            continue;
        }
        let before = found.files.len();
        within(path, &mut found);
        if found.files.len() == before {
            found.files.push(Err((path.clone(), format!("there is no file in it that ends in {}", endings()))));
        }
    }
    found
}

/// What feeds are called by, in words.
pub(super) fn endings() -> String {
    ENDINGS.join(", ")
}

fn within(folder: &Path, found: &mut Named) {
    let mut waiting = vec![(folder.to_owned(), 0)];
    let mut files = Vec::new();
    while let Some((folder, depth)) = waiting.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                files.push(Err((folder, error.to_string())));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && depth < MAX_DEPTH {
                waiting.push((path, depth + 1));
            } else if is_folder {
                files.push(Err((path, format!("folders are followed {MAX_DEPTH} deep"))));
            } else if is_feed(&path) {
                files.push(Ok(path));
            } else {
                found.passed_over += 1;
            }
        }
    }
    files.sort_by(|one, other| place(one).cmp(place(other)));
    found.files.append(&mut files);
}

fn place(found: &Found) -> &Path {
    match found {
        Ok(path) | Err((path, _)) => path,
    }
}

fn is_feed(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, named};
    use std::path::PathBuf;

    #[test]
    fn a_folder_stands_for_its_feeds_sorted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("b/deep")).unwrap();
        for name in ["z.hl7", "a.JSON", "readme.md", "b/x.ndjson", "b/deep/c.xml", "b/deep/d.txt"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let found = named(&[folder.path().to_owned(), PathBuf::from("other.bin")]);
        assert_eq!(found.passed_over, 1);
        let names: Vec<String> = found
            .files
            .iter()
            .map(|one| one.as_ref().unwrap())
            .map(|path| path.strip_prefix(folder.path()).unwrap_or(path).display().to_string())
            .collect();
        assert_eq!(names, ["a.JSON", "b/deep/c.xml", "b/deep/d.txt", "b/x.ndjson", "z.hl7", "other.bin"]);
    }

    #[test]
    fn folders_are_followed_to_a_depth_and_the_rest_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let deep = |levels: usize| (0..levels).fold(folder.path().to_owned(), |path, _| path.join("d"));
        std::fs::create_dir_all(deep(MAX_DEPTH + 2)).unwrap();
        std::fs::write(deep(MAX_DEPTH).join("in.hl7"), "x").unwrap();
        std::fs::write(deep(MAX_DEPTH + 1).join("out.hl7"), "x").unwrap();
        let found = named(&[folder.path().to_owned()]).files;
        let (read, told): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        assert_eq!((read.len(), told.len()), (1, 1));
        assert!(told[0].as_ref().unwrap_err().1.contains("32 deep"));
    }

    #[test]
    fn a_folder_without_feeds_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let found = named(&[folder.path().to_owned()]);
        assert!(found.files[0].as_ref().unwrap_err().1.contains("hl7"));
        assert_eq!(named(&[]).files, [Ok(PathBuf::from("-"))]);
    }
}
