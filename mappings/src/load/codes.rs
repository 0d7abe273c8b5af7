//! Reads a file of ICD-10-CM codes: one code or rule per line, `#` begins a comment line.
//!
//! `E11.9` and `code E11.9` mean exactly that code; `is-a F01` means the code and everything below it.

use super::{
    finding::{Finding, Severity},
    tree::{At, Texts},
};
use crate::codes::CodeSet;
use std::collections::BTreeSet;

/// What a code file says.
pub(super) struct CodeFile {
    /// Heads of `is-a` rules, dotless, ascending.
    pub(super) is_a: Vec<String>,
    /// Exact codes.
    pub(super) exact: CodeSet,
}

/// Reads the file of that number.
pub(super) fn read(texts: &Texts, file: usize) -> (CodeFile, Vec<Finding>) {
    let text = texts.get(file).map_or("", |file| file.text.as_str());
    let (mut is_a, mut exact) = (BTreeSet::new(), BTreeSet::new());
    let mut findings = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = At { file, offset };
        offset += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (rules, code) = match line.split_once(' ') {
            None => (&mut exact, line),
            Some(("code", code)) => (&mut exact, code.trim()),
            Some(("is-a", code)) => (&mut is_a, code.trim()),
            Some(_) => {
                let hint = Some("a line is a code, `code` and a code, or `is-a` and a code".to_owned());
                findings.push(texts.finding(Severity::Error, at, "not a rule".into(), hint));
                continue;
            }
        };
        if !is_icd10cm(code) {
            let hint = Some("dotted and in upper case, for example E11.9 or I1A.0".to_owned());
            findings.push(texts.finding(Severity::Error, at, format!("`{code}` is not an ICD-10-CM code"), hint));
        } else if !rules.insert(code.replace('.', "")) {
            findings.push(texts.finding(Severity::Error, at, format!("`{code}` is there twice"), None));
        }
    }
    let exact = CodeSet::from_codes(exact.iter().map(String::as_str));
    (CodeFile { is_a: is_a.into_iter().collect(), exact }, findings)
}

/// Whether a code has the form of ICD-10-CM: letter, digit, digit or A or B, then after a dot one to four more.
fn is_icd10cm(code: &str) -> bool {
    let (category, rest) = code.split_once('.').map_or((code, None), |(category, rest)| (category, Some(rest)));
    let mut bytes = category.bytes();
    let (first, second, third) = (bytes.next(), bytes.next(), bytes.next());
    let category = category.len() == 3
        && first.is_some_and(|byte| byte.is_ascii_uppercase())
        && second.is_some_and(|byte| byte.is_ascii_digit())
        && third.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'A' | b'B'));
    let extension = |rest: &str| {
        (1..=4).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    category && rest.is_none_or(extension)
}

#[cfg(test)]
mod tests {
    use super::is_icd10cm;

    #[test]
    fn knows_the_form_of_codes() {
        for code in ["I10", "E11.9", "I1A.0", "C7A", "T14.91XA", "M51.360", "O9A", "J4A.0", "E08.3211"] {
            assert!(is_icd10cm(code), "{code}");
        }
        for code in ["", "I1", "i10", "E119", "E11.", "E11.32119", "E1C.1", "11.9", "E11.9 ", "E11.x", "É11.9"] {
            assert!(!is_icd10cm(code), "{code}");
        }
    }
}
