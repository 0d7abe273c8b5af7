//! The lists of `docs/` that name constants and tests: `limits.md` and `faults.md`.
//!
//! A row names a file in backticks and behind it what is in that file: constants in capitals, tests in small letters. Whatever is
//! named must be there, every row with a constant must name a test, a number in the second column must be the constant's, and every
//! constant of the code that looks like a limit must have a row.

use crate::crate_paths::root;
use crate::run::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Lists with rows that name constants and tests.
const LISTS: [&str; 2] = ["docs/limits.md", "docs/faults.md"];
/// The one that must name every limit.
const LIMITS: &str = "docs/limits.md";
/// Behind this heading stand constants that nothing from outside reaches; they need no test.
const NO_INPUT: &str = "## Bounds of our own";
/// Where limits are.
const SOURCES: [&str; 4] = ["adapter/contract/src", "adapter/core/src", "host", "mappings/src"];
/// Parts of the name of a constant that is a limit.
const WORDS: [&str; 6] = ["MAX", "LIMIT", "LONGEST", "GREATEST", "MOST", "CAP"];
/// Files in which every constant is one.
const ONLY_LIMITS: [&str; 2] = ["limits.rs", "bounds.rs"];

/// Checks both lists.
///
/// # Errors
/// Everything that is wrong, a line each.
pub(crate) fn check() -> Result<(), Failure> {
    let mut files = Files::default();
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for list in LISTS {
        let text = files.text(Path::new(list))?.to_owned();
        let mut needs_test = list == LIMITS;
        for (number, line) in text.lines().enumerate() {
            needs_test &= line != NO_INPUT;
            let complaints = row(line, needs_test, &mut files, &mut named);
            wrong.extend(complaints.into_iter().map(|complaint| format!("{list}:{}: {complaint}", number + 1)));
        }
    }
    for (path, constant) in limits()? {
        if !named.contains(&(path.clone(), constant.clone())) {
            wrong.push(format!("{LIMITS}: `{path}` `{constant}` has no row; add one, with the test that hits it"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Usage(wrong.join("\n"))) }
}

/// What is wrong with one row.
fn row(line: &str, needs_test: bool, files: &mut Files, named: &mut BTreeSet<(String, String)>) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut constants, mut tests) = (Vec::new(), 0);
    for (path, name) in references(line) {
        let Ok(text) = files.text(Path::new(&path)) else {
            wrong.push(format!("there is no file `{path}`"));
            continue;
        };
        let is_constant = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_constant {
            tests += 1;
            if !text.contains(&format!("fn {name}(")) {
                wrong.push(format!("there is no test `{name}` in `{path}`"));
            }
        } else if let Some(value) = value_of(text, &name) {
            constants.push(value);
            named.insert((path, name));
        } else {
            wrong.push(format!("there is no constant `{name}` in `{path}`"));
        }
    }
    if needs_test && !constants.is_empty() && tests == 0 {
        wrong.push("the row names no test that hits the limit".to_owned());
    }
    let stated = line.split('|').nth(2).and_then(stated);
    if let (Some(stated), Some(value)) = (stated, constants.first().and_then(|value| computed(value)))
        && stated != value
    {
        wrong.push(format!("the row says {stated}, the constant is {value}"));
    }
    wrong
}

/// Names in backticks behind the file they are in.
fn references(line: &str) -> Vec<(String, String)> {
    let (mut found, mut file) = (Vec::new(), None);
    for span in line.split('`').skip(1).step_by(2) {
        if span.ends_with(".rs") {
            file = Some(span);
        } else if let Some(file) =
            file.filter(|_| span.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        {
            found.push((file.to_owned(), span.to_owned()));
        }
    }
    found
}

/// The expression a constant stands for.
fn value_of(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("const {name}: "))?;
    let (_, value) = rest.split_once('=')?;
    value.split_once(';').map(|(value, _)| value.trim().to_owned())
}

/// The number that a cell states: `16 MiB`, `20,000`. None where it says it in another way.
fn stated(cell: &str) -> Option<u64> {
    let mut words = cell.split_whitespace();
    let number: u64 = words.next()?.replace(',', "").parse().ok()?;
    let unit = match words.next() {
        None => 1,
        Some("KiB") => 1 << 10,
        Some("MiB") => 1 << 20,
        Some(_) => return None,
    };
    number.checked_mul(unit)
}

/// The number that an expression of products and shifts makes.
fn computed(expression: &str) -> Option<u64> {
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
    if let Some((base, shift)) = expression.split_once("<<") {
        return number(base)?.checked_shl(u32::try_from(number(shift)?).ok()?);
    }
    expression.split('*').map(number).try_fold(1_u64, |product, factor| product.checked_mul(factor?))
}

/// Every constant of the code that is a limit, by its file.
fn limits() -> Result<Vec<(String, String)>, Failure> {
    let mut open: Vec<PathBuf> = SOURCES.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let fail = |source| Failure::File { path: path.clone(), source };
        if path.is_dir() {
            for entry in std::fs::read_dir(&path).map_err(fail)? {
                open.push(entry.map_err(fail)?.path());
            }
            continue;
        }
        let name = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().into_owned();
        if !name.ends_with(".rs") || is_of_tests(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(fail)?;
        let every = ONLY_LIMITS.iter().any(|file| name.ends_with(&format!("/{file}")));
        found.extend(constants(&text, every).into_iter().map(|constant| (name.clone(), constant)));
    }
    found.sort();
    Ok(found)
}

fn is_of_tests(name: &str) -> bool {
    ["/tests/", "/tests.rs", "/suite/", "/benches/", "/target/"].iter().any(|part| name.contains(part))
}

/// The limits that one source states before its tests begin.
fn constants(text: &str, every: bool) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let names = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches(|letter| letter != ' '));
        let (name, kind) = rest.trim_start().strip_prefix("const ")?.split_once(": ")?;
        let is_number = ["usize", "u64", "u32", "u16", "i64", "Duration"].iter().any(|number| kind.starts_with(number));
        let is_limit = every || name.split('_').any(|word| WORDS.contains(&word));
        (is_number && is_limit).then(|| name.to_owned())
    });
    names.collect()
}

/// Files that were read, by their path in the repository.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, String>);

impl Files {
    fn text(&mut self, path: &Path) -> Result<&str, Failure> {
        if !self.0.contains_key(path) {
            let full = root().join(path);
            let text = std::fs::read_to_string(&full).map_err(|source| Failure::File { path: full, source })?;
            self.0.insert(path.to_owned(), text);
        }
        Ok(self.0.get(path).map_or("", String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, check, computed, constants, references, row, stated};
    use std::collections::BTreeSet;

    #[test]
    fn the_lists_are_true() {
        if let Err(wrong) = check() {
            panic!("{wrong}");
        }
    }

    #[test]
    fn numbers_are_compared_whatever_they_are_written_like() {
        assert_eq!((stated(" 16 MiB "), computed("16 * 1024 * 1024")), (Some(16 << 20), Some(16 << 20)));
        assert_eq!((stated("20,000"), computed("20_000")), (Some(20_000), Some(20_000)));
        assert_eq!((stated("64 KiB"), computed("64 << 10")), (Some(65_536), Some(65_536)));
        assert_eq!((stated("24 h"), computed("Duration::from_secs(5)")), (None, None));
    }

    #[test]
    fn what_is_named_must_be_there() {
        let complaints = |line: &str| row(line, true, &mut Files::default(), &mut BTreeSet::new());
        let limits = "`adapter/core/src/view/limits.rs` `MAX_BYTES`";
        let test = "`adapter/core/src/view/tests.rs` `every_limit_holds`";
        assert_eq!(complaints(&format!("| bytes | 16 MiB | refused | {limits} | {test} |")), Vec::<String>::new());
        assert_eq!(complaints("| a sentence with `code` in it |").len(), 0);
        for wrong in [
            format!("| bytes | 17 MiB | refused | {limits} | {test} |"),
            format!("| bytes | 16 MiB | refused | {limits} | none |"),
            format!("| bytes | 16 MiB | refused | {limits} | `adapter/core/src/view/tests.rs` `no_limit_holds` |"),
            format!("| bytes | 16 MiB | refused | `adapter/core/src/view/limits.rs` `MAX_BYES` | {test} |"),
            "| bytes | 16 MiB | refused | `adapter/core/src/nowhere.rs` `MAX_BYTES` | |".to_owned(),
        ] {
            assert_eq!(complaints(&wrong).len(), 1, "{wrong}: {:?}", complaints(&wrong));
        }
    }

    #[test]
    fn limits_are_found_by_their_names_and_not_in_tests() {
        let text = "/// Most.\npub(crate) const MAX_ROWS: usize = 5;\nconst ALMOST: usize = 1;\nconst ANSWER_LIMIT: usize = 2;\n\
            pub const MAX_NAME: &str = \"\";\n#[cfg(test)]\nmod tests {\nconst MAX_TESTS: usize = 3;\n}";
        assert_eq!(constants(text, false), ["MAX_ROWS", "ANSWER_LIMIT"]);
        assert_eq!(constants("    pub const ROWS: usize = 5;", true), ["ROWS"]);
        assert_eq!(references("| `a.rs` `one` and `b.rs` `two`, `three` |").len(), 3);
    }
}
