//! The loader and the linter from outside.

mod data;
mod instruments;
mod layers;
mod lint;
mod sites;

use super::{Finding, Report, SiteFile, Sources, lint as lint_site};

/// A complete site of three lines and one participant, which sends no reports; tests lay their mistakes over it.
const SITE: &str = r#"name = "site"
extends = ["base"]
guide = "0.9.12"

[[participants]]
id = "ACCES00001"
payer = "00831"
tracks = ["CKM"]
report = "off"
"#;

fn site(text: &str) -> SiteFile {
    SiteFile { name: "site.toml".to_owned(), text: text.to_owned() }
}

/// Lints a text with nothing but the built-in files below it.
fn report(text: &str) -> Report {
    lint_site(&Sources::embedded(), &site(text))
}

/// The findings as people see them.
fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
