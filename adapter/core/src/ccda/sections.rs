//! The sections of a document and what each is about.

use super::notes::Notes;
use super::subjects::{is_of_another, list};
use super::tree::{Id, Node, Tree};
use std::collections::BTreeMap;

/// What is read from a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Payers,
    Problems,
    DischargeDiagnoses,
    AdmissionDiagnoses,
    Results,
    VitalSigns,
    SocialHistory,
    Assessments,
    Encounters,
}

/// Kinds by the last numbers of their templates (with entries optional and required) and by LOINC code.
const KINDS: [(Kind, &[&str], &[&str], &str); 9] = [
    (Kind::Payers, &["2.18"], &["48768-6"], "payers"),
    (Kind::Problems, &["2.5", "2.5.1"], &["11450-4"], "problems"),
    (Kind::DischargeDiagnoses, &["2.24"], &["11535-2"], "discharge-diagnoses"),
    (Kind::AdmissionDiagnoses, &["2.43"], &["46241-6"], "admission-diagnoses"),
    (Kind::Results, &["2.3", "2.3.1"], &["30954-2"], "results"),
    (Kind::VitalSigns, &["2.4", "2.4.1"], &["8716-3"], "vital-signs"),
    (Kind::SocialHistory, &["2.17"], &["29762-2"], "social-history"),
    (Kind::Assessments, &["2.14", "2.56"], &["47420-5", "10190-7"], "assessments"),
    (Kind::Encounters, &["2.22", "2.22.1"], &["46240-8"], "encounters"),
];

/// Arc of the C-CDA templates.
const ARC: &str = "2.16.840.1.113883.10.20.22.";

/// The sections that are read, in the order of the document.
pub(super) struct Sections(Vec<(Kind, Id)>);

impl Sections {
    /// The sections of a kind. One that is null says nothing and is not among them.
    pub(super) fn of<'d>(&self, tree: &'d Tree, kind: Kind) -> impl Iterator<Item = Node<'d>> {
        self.0.iter().filter(move |(found, _)| *found == kind).map(|(_, id)| tree.node(*id))
    }

    /// The entries of every section of a kind.
    pub(super) fn entries<'d>(&self, tree: &'d Tree, kind: Kind) -> impl Iterator<Item = Node<'d>> {
        self.of(tree, kind).flat_map(|section| section.children("entry"))
    }
}

/// Finds them, names them for paths, and lists the kinds that are not read.
pub(super) fn find(tree: &mut Tree, notes: &mut Notes) -> Sections {
    let (mut found, mut labels) = (Vec::new(), Vec::new());
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let document = tree.root();
    for component in document.raw_children("component") {
        if let Some(body) = component.raw_children("nonXMLBody").next() {
            notes.inform("body-unstructured", body.path(), "the document has no sections; only its header was read");
        }
        let bodies = component.children("structuredBody");
        let sections = bodies.flat_map(|body| body.children("component")).flat_map(|part| part.raw_children("section"));
        for section in sections {
            let known = kind_of(section);
            let code = section.of("code", "code");
            let name = known.map(|(_, name)| name.to_owned()).or_else(|| code.filter(|code| is_plain(code)));
            let name = name.unwrap_or_else(|| "unknown".to_owned());
            let count = counts.entry(name.clone()).or_default();
            *count += 1;
            let label = if *count == 1 { format!("section[{name}]") } else { format!("section[{name}][{count}]") };
            match known {
                Some(_) if section.is_null() => {}
                Some(_) if is_of_another(section) => list(notes, label.clone()),
                Some((kind, _)) => found.push((kind, section.id)),
                None if *count == 1 => {
                    notes.list("section-ignored", label.clone(), "sections of this kind are not read");
                }
                None => {}
            }
            labels.push((section.id, label));
        }
    }
    for (id, label) in labels {
        tree.label(id, label);
    }
    Sections(found)
}

fn kind_of(section: Node<'_>) -> Option<(Kind, &'static str)> {
    let templates: Vec<String> = section.children("templateId").filter_map(|id| id.attribute("root")).collect();
    let code = section.of("code", "code");
    let follows = |wanted: &[&str]| {
        templates.iter().filter_map(|root| root.strip_prefix(ARC)).any(|template| wanted.contains(&template))
    };
    let coded = |wanted: &[&str]| code.as_deref().is_some_and(|code| wanted.contains(&code));
    let by_code = KINDS.iter().find(|(_, _, codes, _)| coded(codes));
    let found = by_code.or_else(|| KINDS.iter().find(|(_, templates, _, _)| follows(templates)))?;
    Some((found.0, found.3))
}

/// Whether a code can stand in a path: vocabulary, and short.
fn is_plain(code: &str) -> bool {
    code.len() <= 16 && code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}
