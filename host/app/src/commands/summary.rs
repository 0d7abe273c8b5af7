//! What a run over many feeds came to: a table of codes and counts on standard error.

use super::offline::Converted;
use crate::output::{table, warn};
use access_contract::Severity;
use std::collections::BTreeMap;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    codes: BTreeMap<(u8, String), (String, u64)>,
    feeds: u64,
    unreadable: u64,
    refused: u64,
    /// Why feeds were refused: the first issue of each is the reason.
    reasons: BTreeMap<String, u64>,
}

impl Summary {
    /// Counts one feed with everything noticed about it.
    pub(super) fn count(&mut self, converted: &Converted) {
        self.feeds += 1;
        self.unreadable += u64::from(!converted.read);
        self.refused += u64::from(converted.refused);
        if let Some(reason) = converted.issues.first().filter(|_| converted.refused) {
            *self.reasons.entry(reason.code.clone()).or_default() += 1;
        }
        let doubts = converted.submissions.iter().flat_map(|(_, payload)| &payload.issues);
        for issue in converted.issues.iter().chain(doubts) {
            let key = (rank(&issue.severity), issue.code.clone());
            self.codes.entry(key).or_insert_with(|| (issue.severity.to_string(), 0)).1 += 1;
        }
    }

    /// Severity, code and count of everything noticed, the gravest first.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.codes.iter().map(|((_, code), (severity, count))| (severity.as_str(), code.as_str(), *count))
    }

    /// Prints it where there was more than one feed, or where it is asked for.
    pub(super) fn tell(&self, asked: bool) {
        if self.feeds > 1 || asked {
            warn(&self.to_string());
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.codes.is_empty() {
            let rows: Vec<Vec<String>> = self
                .codes
                .iter()
                .map(|((_, code), (severity, count))| vec![severity.clone(), code.clone(), count.to_string()])
                .collect();
            writeln!(f, "{}", table(&["SEVERITY", "CODE", "COUNT"], &rows))?;
        }
        let noun = if self.feeds == 1 { "feed" } else { "feeds" };
        let (read, taken) = (self.feeds - self.unreadable, self.feeds - self.refused);
        write!(f, "{} {noun}: {read} read, {} unreadable; ", self.feeds, self.unreadable)?;
        write!(f, "a service takes {taken} and refuses {}", self.refused)?;
        let mut reasons: Vec<(&String, &u64)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (number, (code, count)) in reasons.into_iter().enumerate() {
            write!(f, "{} {code} {count}", if number == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// The gravest first.
fn rank(severity: &Severity) -> u8 {
    match severity {
        Severity::Fatal => 0,
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Information => 3,
        Severity::Other(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::{Converted, Summary};
    use access_contract::{Issue, Severity};

    #[test]
    fn codes_are_counted_the_gravest_first() {
        let mut summary = Summary::default();
        let issue = |severity, code| Issue::new(severity, code, "", "");
        let mut count = |read, refused, issues: &[Issue]| {
            summary.count(&Converted { read, refused, issues: issues.to_vec(), ..Converted::default() });
        };
        count(true, false, &[issue(Severity::Information, "a"), issue(Severity::Warning, "b")]);
        count(false, true, &[issue(Severity::Fatal, "z"), issue(Severity::Warning, "b")]);
        count(true, true, &[issue(Severity::Error, "t"), issue(Severity::Warning, "b")]);
        count(true, true, &[issue(Severity::Error, "t")]);
        let expected = "SEVERITY     CODE  COUNT\nfatal        z     1\nerror        t     2\nwarning      b     3\n\
            information  a     1\n4 feeds: 3 read, 1 unreadable; a service takes 1 and refuses 3: t 2, z 1";
        assert_eq!(summary.to_string(), expected);
    }
}
