//! The table of contents of a report.

use super::document::{Composition, Section};
use super::draft::Draft;
use super::narrative::say;
use crate::compose::patient;
use crate::compose::payload::{Concept, Meta, Reference};
use access_mappings::{Profile, TrackFacts};

/// Code of the section for what is sent beside the track's own.
const ADDITIONAL: &str = "additional-information";

/// Makes the Composition over the sections of a draft: the track section first, then what is sent beside it. Its date comes later.
pub(super) fn build<'a>(
    profile: &'a Profile,
    track: &'a TrackFacts,
    kind: &str,
    sections: Vec<Section<'a>>,
    further: Vec<Reference>,
) -> Composition<'a> {
    let facts = &profile.guide.reporting;
    let names: Vec<&str> = sections.iter().map(|section| section.title.as_str()).collect();
    let contents = format!("{} track, {kind}: {}.", track.code, names.join(", "));
    let mut section = vec![Section {
        title: format!("{} track", track.code),
        // One coding and no display: the guide compares it with the parameter `track` as a whole.
        code: Concept::of(&profile.guide.systems.track, &track.code),
        text: Some(say(&contents)),
        entry: Vec::new(),
        section: sections,
    }];
    if !further.is_empty() {
        section.push(Section {
            title: "Additional information".to_owned(),
            code: Concept::of(&facts.section_system, ADDITIONAL),
            text: Some(say("What is sent beside the measures of the track.")),
            entry: further,
            section: Vec::new(),
        });
    }
    let reference = |name: &str| Reference { reference: name.to_owned() };
    Composition {
        resource_type: "Composition",
        id: "composition",
        meta: Meta::of(&facts.composition_profile),
        text: say(&format!("Report of the {} track, {kind}.", track.code)),
        status: "final",
        kind: Concept::shown(super::observation::LOINC, &facts.composition_type, &facts.composition_type_display),
        subject: reference(&format!("Patient/{}", patient::ID)),
        date: String::new(),
        author: [reference("Practitioner/practitioner")],
        title: format!("ACCESS {} report: {kind}", track.code),
        custodian: reference("Organization/organization"),
        section,
    }
}

impl<'a> Draft<'a> {
    /// Makes the Composition over this draft.
    pub(super) fn compose(&mut self, profile: &'a Profile, track: &'a TrackFacts, kind: &str) -> Composition<'a> {
        build(profile, track, kind, std::mem::take(&mut self.sections), std::mem::take(&mut self.further))
    }
}
