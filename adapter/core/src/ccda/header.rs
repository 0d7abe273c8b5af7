//! The header of a document, as `MSH`.

use super::oids::{DOCUMENTS, US_REALM};
use super::transcript::Row;
use super::tree::Node;

/// What the header says.
pub(super) struct Heading {
    pub(super) row: Row,
    /// Which release of C-CDA the document says it follows.
    pub(super) version: &'static str,
}

/// Reads it.
pub(super) fn read(document: Node<'_>) -> Heading {
    let mut row = Row::new("MSH", document);
    let custodian = document.find(&["custodian", "assignedCustodian", "representedCustodianOrganization"]);
    let by_id = custodian.and_then(|custodian| Some((identifier(custodian.child("id")?), custodian)));
    if let Some((text, from)) = software(document).or_else(|| by_id.clone()) {
        row.put(3, 1, &text, from);
    }
    let named = custodian.and_then(|custodian| custodian.child("name")).map(|name| (name.text(), name));
    if let Some((text, from)) = named.filter(|(text, _)| !text.is_empty()).or(by_id) {
        row.put(4, 1, &text, from);
    }
    row.put_of(7, 1, document, "effectiveTime", "value");
    row.put(9, 1, "CCDA", document);
    row.put(9, 2, kind(document), document.child("code").unwrap_or(document));
    if let Some(id) = document.child("id") {
        row.put(10, 1, &identifier(id), id);
    }
    row.put(11, 1, "P", document);
    row.put(12, 1, "2.9", document);
    Heading { row, version: version(document) }
}

/// What an identifier is as one text: `root^extension`, or the root alone.
pub(super) fn identifier(id: Node<'_>) -> String {
    match (id.attribute("root"), id.attribute("extension")) {
        (Some(root), Some(extension)) => format!("{root}^{extension}"),
        (root, extension) => root.or(extension).unwrap_or_default(),
    }
}

/// The software that wrote the document.
fn software<'d>(document: Node<'d>) -> Option<(String, Node<'d>)> {
    let devices = document
        .children("author")
        .filter_map(|author| author.find(&["assignedAuthor", "assignedAuthoringDevice"]))
        .collect::<Vec<_>>();
    ["softwareName", "manufacturerModelName"].into_iter().find_map(|name| {
        let names = devices.iter().filter_map(|device| device.child(name));
        names.map(|name| (name.text(), name)).find(|(text, _)| !text.is_empty())
    })
}

/// What kind of document it is: by template, else by code.
fn kind(document: Node<'_>) -> &'static str {
    let code = document.of("code", "code");
    let by_template = DOCUMENTS.iter().find(|(template, _, _)| document.follows(template));
    let by_code = || DOCUMENTS.iter().find(|(_, known, _)| code.as_deref() == Some(*known));
    by_template.or_else(by_code).map_or("DOCUMENT", |(_, _, name)| name)
}

/// The release, by the date of the header's template.
fn version(document: Node<'_>) -> &'static str {
    let dates: Vec<Option<String>> = document
        .children("templateId")
        .filter(|id| id.has("root", US_REALM))
        .map(|id| id.attribute("extension"))
        .collect();
    let has = |date: &str| dates.iter().any(|found| found.as_deref() == Some(date));
    match dates.is_empty() {
        _ if has("2015-08-01") => "C-CDA R2.1",
        _ if has("2014-06-09") => "C-CDA R2.0",
        _ if dates.iter().any(Option::is_some) => "C-CDA",
        false => "C-CDA R1.1",
        true => "CDA R2",
    }
}
