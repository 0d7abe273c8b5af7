//! The Composition: who, when, the track section first, and subsections of known measures and instruments.

use super::{Document, codings, follow, has_coding};
use crate::validate::findings::Findings;
use crate::validate::json::Node;
use access_contract::{Issue, Severity};
use access_mappings::{CodeIn, InstrumentFacts, MeasureFacts};

/// Code of the section for what is sent beside the track's own.
const ADDITIONAL: &str = "additional-information";

/// Checks the Composition at `at` of a request for a track by a participant.
pub(super) fn check(
    document: &Document<'_, '_>,
    composition: &Node<'_>,
    at: &str,
    [track, participant]: [Option<&str>; 2],
    findings: &mut Findings,
) {
    check_people(document, composition, at, participant, findings);
    let sections = composition.items_of("section");
    if sections.is_empty() {
        findings.error("element-missing", format!("{at}.section"), "a report has the section of its track");
    }
    for (index, section) in sections.iter().enumerate() {
        if section.get("text").is_none() {
            let at = format!("{at}.section[{index}].text");
            findings.error("section-text", at, "a section on the first level has words for people");
        }
    }
    check_tracks(document, sections, at, track, findings);
    check_additional(document, sections, at, findings);
    for (index, section) in sections.iter().enumerate() {
        let Some(code) = track_of(document, section) else { continue };
        check_subsections(document, section, &format!("{at}.section[{index}]"), code, findings);
    }
}

/// Subject, author and custodian.
fn check_people(
    document: &Document<'_, '_>,
    composition: &Node<'_>,
    at: &str,
    participant: Option<&str>,
    findings: &mut Findings,
) {
    if composition.get("subject").is_none() {
        findings.error("element-missing", format!("{at}.subject"), "a report says who it is about");
    }
    follow(document, composition.get("subject"), &["Patient"], &format!("{at}.subject"), findings);
    for (index, author) in composition.items_of("author").iter().enumerate() {
        let at = format!("{at}.author[{index}]");
        follow(document, Some(author), &["Practitioner", "PractitionerRole"], &at, findings);
    }
    let at_custodian = format!("{at}.custodian");
    if composition.get("custodian").is_none() {
        findings.error("element-missing", at_custodian.clone(), "a report says which organisation keeps it");
    }
    let custodian = follow(document, composition.get("custodian"), &["Organization"], &at_custodian, findings);
    if let (Some((index, organization)), Some(participant)) = (custodian, participant) {
        let system = document.guide.systems.participant.as_str();
        let mut own = organization.items_of("identifier").iter();
        let fits =
            |known: &Node<'_>| known.text_of("system") == Some(system) && known.text_of("value") == Some(participant);
        if !own.any(fits) {
            let message = "the organisation that keeps the report is not the participant that sends it";
            findings.error("report-custodian", format!("{}.identifier", document.place(index)), message);
        }
    }
}

/// The track a section on the first level is about.
fn track_of<'d>(document: &Document<'d, '_>, section: &Node<'_>) -> Option<&'d str> {
    let system = document.guide.systems.track.as_str();
    let (_, code) = codings(section.get("code")?).find(|(known, _)| *known == system)?;
    document.guide.track(code).map(|track| track.code.as_str())
}

/// One section of a track, first, with the one coding of the parameter.
fn check_tracks(
    document: &Document<'_, '_>,
    sections: &[Node<'_>],
    at: &str,
    track: Option<&str>,
    findings: &mut Findings,
) {
    let tracks: Vec<usize> = (0..)
        .zip(sections)
        .filter(|(_, section)| track_of(document, section).is_some())
        .map(|(index, _)| index)
        .collect();
    if let Some(extra) = tracks.get(1) {
        let message = "a report has the section of one track only";
        findings.error("track-section-repeated", format!("{at}.section[{extra}]"), message);
    }
    let Some(first) = sections.first() else { return };
    let at = format!("{at}.section[0].code");
    let codes: Vec<(&str, &str)> = first.get("code").map(|code| codings(code).collect()).unwrap_or_default();
    let system = document.guide.systems.track.as_str();
    let fits = match (codes.as_slice(), track) {
        ([(known, code)], Some(track)) => *known == system && *code == track,
        ([(known, code)], None) => *known == system && document.guide.track(code).is_some(),
        _ => false,
    };
    if !fits {
        let message = "the first section has one coding, that of the parameter track";
        findings.error("track-section", at, message);
    }
}

/// What is sent beside the track's own section: once, after it.
fn check_additional(document: &Document<'_, '_>, sections: &[Node<'_>], at: &str, findings: &mut Findings) {
    let system = document.guide.reporting.section_system.as_str();
    let mut found = (0..).zip(sections).filter(|(_, section)| has_coding(section.get("code"), system, ADDITIONAL));
    let first: Option<(usize, _)> = found.next();
    if first.is_some_and(|(index, _)| index == 0) {
        let message = "additional information stands after the section of the track";
        findings.error("track-section", format!("{at}.section[0].code"), message);
    }
    if let Some((extra, _)) = found.next() {
        let message = "a report has one section of additional information only";
        findings.error("section-repeated", format!("{at}.section[{extra}]"), message);
    }
}

/// A subsection the guide knows.
enum Known<'g> {
    Measure(&'g MeasureFacts),
    Instrument(&'g InstrumentFacts),
}

/// The subsections of a track: known ones once each, filled with what belongs there.
fn check_subsections(document: &Document<'_, '_>, section: &Node<'_>, at: &str, track: &str, findings: &mut Findings) {
    let mut seen: Vec<&CodeIn> = Vec::new();
    for (index, subsection) in section.items_of("section").iter().enumerate() {
        let at = format!("{at}.section[{index}]");
        let Some((known, code)) = find(document, subsection, track) else {
            findings.push(
                Issue::new(
                    Severity::Warning,
                    "section-unknown",
                    format!("{at}.code"),
                    "the guide has no such subsection for this track; CMS may not look at it",
                )
                .hint("look at measures.toml and instruments.toml of the guide"),
            );
            continue;
        };
        if seen.contains(&code) {
            findings.error("section-repeated", at.clone(), "the track has this subsection once only");
        }
        seen.push(code);
        let entries = subsection.items_of("entry");
        if entries.is_empty() {
            let message = "a subsection points to at least one reading or response; leave an empty one out";
            findings.error("section-empty", format!("{at}.entry"), message);
        }
        for (index, entry) in entries.iter().enumerate() {
            let at = format!("{at}.entry[{index}]");
            match known {
                Known::Measure(facts) => super::observation::check_entry(document, facts, track, entry, &at, findings),
                Known::Instrument(facts) => super::response::check_entry(document, facts, entry, &at, findings),
            }
        }
        // The guide says so of the Neck Disability Index alone.
        if let Known::Instrument(facts) = known
            && facts.code == "NDI"
            && entries.len() > 1
        {
            findings.error("section-repeated", format!("{at}.entry[1]"), "this subsection has one response only");
        }
    }
}

/// The measure or instrument of a subsection.
fn find<'g>(document: &Document<'g, '_>, subsection: &Node<'_>, track: &str) -> Option<(Known<'g>, &'g CodeIn)> {
    let code = subsection.get("code")?;
    let is = |section: &CodeIn, tracks: &[String]| {
        tracks.iter().any(|known| known == track) && has_coding(Some(code), &section.system, &section.code)
    };
    let guide = document.guide;
    let measure = guide.measures.iter().find(|facts| is(&facts.section, &facts.tracks));
    if let Some(facts) = measure {
        return Some((Known::Measure(facts), &facts.section));
    }
    let instrument = guide.instruments.iter().find(|facts| is(&facts.section, &facts.tracks))?;
    Some((Known::Instrument(instrument), &instrument.section))
}
