//! Gathers the clinical resources of a report with the subsections that point to them.

use super::document::{Document, Section};
use super::material::Material;
use super::{BUNDLE, CLINICAL, embedded, observation, response};
use crate::compose::payload::{Concept, Reference};
use crate::compose::trail::Trail;
use crate::measures::Measured;
use crate::questionnaires::Chosen;
use access_mappings::{CodeIn, Profile};
use std::borrow::Cow;

/// The clinical part of a report.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    /// Subsections of the track section.
    pub(super) sections: Vec<Section<'a>>,
    /// What the section of additional information points to.
    pub(super) further: Vec<Reference>,
    /// Type and id of each resource, with the resource, in the order of the sections.
    pub(super) resources: Vec<(String, Document<'a>)>,
    /// Keys of the entries that it carries.
    pub(super) keys: Vec<String>,
}

impl<'a> Draft<'a> {
    /// Writes down what was found; what cannot be written is noted as a problem.
    pub(super) fn of(profile: &'a Profile, material: &'a Material<'_>, trail: &mut Trail) -> Self {
        let mut draft = Self::default();
        for found in &material.measures {
            let entry = draft.add_measure(found, trail);
            draft.add_section(&found.measure.title, &found.measure.section, entry);
        }
        for found in &material.chosen {
            let entry = draft.add_response(profile, found, trail);
            draft.add_section(&found.instrument.title, &found.instrument.section, entry);
        }
        for found in &material.further_measures {
            let entry = draft.add_measure(found, trail);
            draft.further.extend(entry);
        }
        for found in &material.further_chosen {
            let entry = draft.add_response(profile, found, trail);
            draft.further.extend(entry);
        }
        draft.embed(profile, material, trail);
        draft
    }

    fn add_section(&mut self, title: &str, code: &'a CodeIn, entry: Vec<Reference>) {
        if !entry.is_empty() {
            let code = Concept::of(&code.system, &code.code);
            self.sections.push(Section { title: title.to_owned(), code, text: None, entry, section: Vec::new() });
        }
    }

    fn add_measure(&mut self, found: &'a Measured<'_>, trail: &mut Trail) -> Vec<Reference> {
        let mut references = Vec::new();
        for (number, reading) in found.readings.iter().chain(&found.beside).enumerate() {
            let id = format!("{}-{}", word(&found.measure.code), number + 1);
            let at = self.place();
            let Some(made) = observation::build(found.measure, reading, id.clone(), &at, trail) else { continue };
            references.push(self.push("Observation", &id, Document::Observation(Box::new(made))));
            self.use_entries(&reading.entries);
        }
        references
    }

    fn add_response(&mut self, profile: &'a Profile, found: &'a Chosen<'_>, trail: &mut Trail) -> Vec<Reference> {
        let id = format!("{}-response", word(&found.instrument.code));
        let at = self.place();
        let facts = &profile.guide.reporting.response_profile;
        let canonical = canonical(profile, found);
        let Some(made) = response::build(found, canonical, facts, id.clone(), &at, trail) else { return Vec::new() };
        self.use_entries(std::slice::from_ref(&found.entry));
        vec![self.push("QuestionnaireResponse", &id, Document::QuestionnaireResponse(Box::new(made)))]
    }

    /// Puts in the questionnaires of the site that the responses belong to.
    fn embed(&mut self, profile: &'a Profile, material: &'a Material<'_>, trail: &mut Trail) {
        for found in material.chosen.iter().chain(&material.further_chosen) {
            let code = &found.instrument.code;
            let Some(text) = profile.reports.questionnaires.get(code) else { continue };
            let id = format!("{}-questionnaire", word(code));
            let at = self.place();
            let Some(resource) = embedded::read(text, &id, &found.instrument.title) else {
                let message = format!("the site's questionnaire of {} cannot be read", found.instrument.title);
                let hint = format!("mend `reports.questionnaires.\"{code}\"` in the profile");
                trail.refuse("report-questionnaire-unreadable", at, &message, &hint);
                continue;
            };
            trail.configured(at, "reports.questionnaires");
            self.push("Questionnaire", &id, Document::Questionnaire(resource));
        }
    }

    /// Where the next resource will stand.
    fn place(&self) -> String {
        format!("{BUNDLE}.entry[{}].resource", CLINICAL + self.resources.len())
    }

    fn push(&mut self, kind: &str, id: &str, resource: Document<'a>) -> Reference {
        let name = format!("{kind}/{id}");
        self.resources.push((name.clone(), resource));
        Reference { reference: name }
    }

    fn use_entries(&mut self, keys: &[String]) {
        for key in keys {
            if !self.keys.contains(key) {
                self.keys.push(key.clone());
            }
        }
    }
}

/// The canonical of a response: the `url` of the questionnaire the site provides, with the version that is said of it; else what was
/// chosen for it.
fn canonical<'a>(profile: &'a Profile, found: &'a Chosen<'_>) -> Cow<'a, str> {
    let rules = &profile.reports;
    let code = &found.instrument.code;
    let Some(url) = rules.questionnaires.get(code).and_then(|text| url_of(text)) else {
        return Cow::Borrowed(&found.canonical);
    };
    let mut said = [Some(&found.canonical), rules.canonicals.get(code)].into_iter().flatten();
    said.find(|canonical| names(canonical, &url)).map_or(url, |canonical| Cow::Borrowed(canonical))
}

/// The `url` of a Questionnaire, as it stands in its text.
fn url_of(text: &str) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Url<'t> {
        #[serde(borrow)]
        url: Cow<'t, str>,
    }
    serde_json::from_str::<Url<'_>>(text).ok().map(|found| found.url)
}

/// Whether a canonical names a questionnaire, with or without a version.
fn names(canonical: &str, url: &str) -> bool {
    canonical.split('|').next() == Some(url)
}

/// A code as part of a resource id.
fn word(code: &str) -> String {
    code.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' }).take(40).collect()
}
