//! The mapping files built into the program, so that it runs without a folder beside it.

/// Lists files by their path below `mappings/`.
macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../", $path)))),+]
    };
}

/// Path and text of every built-in file. A test compares it with the folders.
pub(super) const FILES: &[(&str, &str)] = files![
    "ig/0.9.12/guide.toml",
    "ig/0.9.12/results.toml",
    "ig/0.9.12/reasons.toml",
    "ig/0.9.12/measures.toml",
    "ig/0.9.12/instruments.toml",
    "ig/0.9.12/events.toml",
    "ig/0.9.12/qualifying/eCKM.txt",
    "ig/0.9.12/qualifying/CKM.txt",
    "ig/0.9.12/qualifying/MSK.txt",
    "ig/0.9.12/qualifying/BH.txt",
    "ig/0.9.12/exclusions/CKM.txt",
    "ig/0.9.12/exclusions/MSK.txt",
    "ig/0.9.12/exclusions/BH.txt",
    "profiles/base.toml",
    "profiles/example.toml",
];

/// The text of the built-in file at `path`.
pub(super) fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::FILES;
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn holds_every_file_of_the_folders() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        let mut open = vec![root.join("ig"), root.join("profiles")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        let built_in: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(built_in, found);
    }
}
