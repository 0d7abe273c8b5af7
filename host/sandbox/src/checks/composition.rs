//! The Composition of a report: its mandatory elements, its track section, and the measures below it.

use super::content::{has_content, unanswered};
use super::document::Document;
use super::{elements, text};
use crate::measures::{Coded, LOINC, Measure, PHQ_9, TRACKS, coded};
use crate::refusal::Refusal;
use crate::scenario::UnknownSections;
use access_mappings::Guide;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a Composition holds for the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// Names of the measures with a value or an answer.
    pub(super) filled: BTreeSet<&'static str>,
    /// Unanswered items of the PHQ-9 that has the fewest; unset where there is no PHQ-9.
    pub(super) unanswered: Option<usize>,
}

pub(super) fn read(
    document: &Document<'_>,
    track: &str,
    guide: &Guide,
    unknown: UnknownSections,
) -> Result<Content, Refusal> {
    check_head(document)?;
    let sections = elements(document.composition.get("section"));
    check_track_section(sections, track, guide)?;
    for (index, section) in sections.iter().enumerate() {
        let narrative = section.get("text");
        if narrative.is_none_or(|narrative| text(narrative, "status").is_none() || text(narrative, "div").is_none()) {
            return Err(Refusal::profile(&format!("Composition.section[{index}].text is required")));
        }
    }
    let reader =
        Reader { document, track, unknown, guide_system: format!("{}/CodeSystem/{SECTIONS}", guide.canonical) };
    reader.measures(elements(sections.first().and_then(|section| section.get("section"))))
}

/// Name of the code system of the guide's own section codes.
const SECTIONS: &str = "ACCESSReportDataCompositionSectionCS";

/// The elements that the profile or FHIR makes mandatory.
fn check_head(document: &Document<'_>) -> Result<(), Refusal> {
    let composition = document.composition;
    for element in ["status", "date", "title"] {
        if text(composition, element).is_none() {
            return Err(Refusal::profile(&format!("Composition.{element} is required")));
        }
    }
    if elements(composition.pointer("/type/coding")).is_empty() && composition.pointer("/type/text").is_none() {
        return Err(Refusal::profile("Composition.type is required"));
    }
    let author = elements(composition.get("author")).first();
    for (element, found, kinds) in [
        ("author", author, &["Practitioner", "PractitionerRole"][..]),
        ("custodian", composition.get("custodian"), &["Organization"]),
        ("subject", composition.get("subject"), &["Patient"]),
    ] {
        let Some(reference) = found.and_then(|found| text(found, "reference")) else {
            return Err(Refusal::profile(&format!("Composition.{element} is required")));
        };
        // One that leads nowhere is told of as that.
        let found = document.resolve(reference).and_then(|resource| text(resource, "resourceType"));
        if found.is_some_and(|kind| !kinds.contains(&kind)) {
            return Err(Refusal::profile(&format!("Composition.{element} must refer to {}", kinds.join(" or "))));
        }
    }
    Ok(())
}

/// Exactly one track section, first of all, with the one coding of the parameter.
fn check_track_section(sections: &[Value], track: &str, guide: &Guide) -> Result<(), Refusal> {
    let codings = |section: &Value| -> Vec<(String, String)> {
        let pair = |coding: &Value| {
            (text(coding, "system").unwrap_or_default().to_owned(), text(coding, "code").unwrap_or_default().to_owned())
        };
        elements(section.pointer("/code/coding")).iter().map(pair).collect()
    };
    let is_track = |section: &&Value| {
        let known = |code: &str| TRACKS.iter().any(|(track, _)| *track == code);
        codings(section).iter().any(|(system, code)| *system == guide.systems.track && known(code))
    };
    match sections.iter().filter(is_track).count() {
        0 => return Err(Refusal::no_track_section()),
        1 => {}
        _ => return Err(Refusal::invariant("Composition must have only one track section")),
    }
    let first = sections.first().map(codings).unwrap_or_default();
    if first.as_slice() != [(guide.systems.track.clone(), track.to_owned())] {
        return Err(Refusal::invariant("The code of the first section must be the one coding of the track parameter"));
    }
    Ok(())
}

struct Reader<'a> {
    document: &'a Document<'a>,
    track: &'a str,
    unknown: UnknownSections,
    guide_system: String,
}

impl Reader<'_> {
    fn measures(&self, sections: &[Value]) -> Result<Content, Refusal> {
        let mut seen = BTreeSet::new();
        let mut content = Content { filled: BTreeSet::new(), unanswered: None };
        for (index, section) in sections.iter().enumerate() {
            let path = format!("Composition.section[0].section[{index}]");
            let wrong = |what: &str| Err(Refusal::sections(format!("{path} {what}")));
            let entries = elements(section.get("entry"));
            if entries.is_empty() {
                return wrong("has no entry");
            }
            let Some(measure) = self.measure(section) else {
                match self.unknown {
                    UnknownSections::Refuse => return wrong("has no code of a measure of the track"),
                    UnknownSections::Ignore => continue,
                }
            };
            if !seen.insert(measure.name) {
                return wrong("is there twice");
            }
            if measure.single && entries.len() > 1 {
                return wrong("may have one entry only");
            }
            let mut resources = Vec::new();
            for (place, entry) in entries.iter().enumerate() {
                let Some(reference) = text(entry, "reference") else {
                    return wrong(&format!("entry[{place}] has no reference"));
                };
                let Some(resource) = self.document.resolve(reference) else { continue };
                if !text(resource, "resourceType").is_some_and(|kind| measure.kinds.contains(&kind)) {
                    let kinds = measure.kinds.join(" or ");
                    return Err(Refusal::profile(&format!("{path}.entry[{place}] must refer to {kinds}")));
                }
                resources.push(resource);
            }
            if resources.iter().any(|resource| has_content(self.document, measure, resource)) {
                content.filled.insert(measure.name);
            }
            if measure.code == PHQ_9 {
                content.unanswered = resources.iter().map(|response| unanswered(response)).min();
            }
        }
        Ok(content)
    }

    /// The measure whose section it is.
    fn measure(&self, section: &Value) -> Option<&'static Measure> {
        elements(section.pointer("/code/coding")).iter().find_map(|coding| {
            let system = match text(coding, "system")? {
                LOINC => Coded::Loinc,
                system if system == self.guide_system => Coded::Guide,
                _ => return None,
            };
            coded(self.track, system, text(coding, "code")?)
        })
    }
}
