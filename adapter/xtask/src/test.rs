//! `cargo xtask test`

use crate::crate_paths::root;
use crate::run::{cargo, follow, print};
use crate::{Done, program};

/// Builds what is needed, runs all tests, also those of a crate after one that failed, and ends with how many there were.
pub(crate) fn test(arguments: &[String]) -> Done {
    program::build()?;
    let mut tests = cargo();
    tests.current_dir(root()).arg("test");
    if !arguments.iter().any(|argument| argument == "--no-fail-fast") {
        tests.arg("--no-fail-fast");
    }
    let mut count = Count::default();
    let result = follow(tests.args(arguments), |line| count.add(line));
    if let Some(summary) = count.summary() {
        print(&summary);
    }
    result
}

/// What the test runners have told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// Tests that passed without having tested anything, each with what was missing.
    skipped: Vec<String>,
}

impl Count {
    /// Takes one line of a test runner, or of a test that says it was skipped.
    fn add(&mut self, line: &str) {
        if let Some(skipped) = line.strip_prefix("skipped: ") {
            self.skipped.push(skipped.to_owned());
        }
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|result| result.split_once(". ")) else {
            return;
        };
        for part in counts.split("; ") {
            let Some((number, name)) = part.split_once(' ') else { continue };
            let number = number.parse().unwrap_or(0);
            match name {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// The skipped tests by name, and the numbers; nothing where no test was run.
    fn summary(&self) -> Option<String> {
        let Self { passed, failed, ignored, skipped } = self;
        if passed + failed + ignored == 0 {
            return None;
        }
        let mut lines = Vec::new();
        if !skipped.is_empty() {
            lines.push(format!("skipped, for want of a server ({}):", skipped.len()));
            lines.extend(skipped.iter().map(|test| format!("    {test}")));
        }
        let passed = passed.saturating_sub(skipped.len());
        lines.push(format!("{passed} passed, {failed} failed, {} skipped, {ignored} ignored", skipped.len()));
        Some(lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn the_summary_counts_over_all_runners_and_names_what_was_skipped() {
        let mut count = Count::default();
        assert_eq!(count.summary(), None);
        for line in [
            "test a ... ok",
            "skipped: a: nats-server is not installed",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 1.20s",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
        ] {
            count.add(line);
        }
        let summary = count.summary().unwrap();
        assert_eq!(
            summary.lines().collect::<Vec<_>>(),
            [
                "skipped, for want of a server (1):",
                "    a: nats-server is not installed",
                "6 passed, 2 failed, 1 skipped, 1 ignored"
            ]
        );
    }
}
