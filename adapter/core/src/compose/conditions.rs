//! The inline Conditions: which diagnoses are sent, and as what.

use super::patient::ID;
use super::payload::{Concept, Condition, Meta, Reference};
use super::trail::Trail;
use crate::chart::Chart;
use crate::facts::Diagnosis;
use crate::plan::is_by_cause;
use crate::validate::primitive::Moment;
use access_contract::Intent;
use access_mappings::{CodeSystems, TrackFacts};
use std::borrow::Cow;

/// Most conditions of one request; the best ranked are taken.
pub const MAX_CONDITIONS: usize = 20;

/// Where conditions start and what they are to be.
pub(super) struct Place<'a> {
    /// Position of the first one among the parameters.
    pub(super) first: usize,
    /// Canonical of their profile.
    pub(super) profile: Cow<'a, str>,
    /// Systems of the guide.
    pub(super) systems: &'a CodeSystems,
}

/// The diagnoses to send: those the intent names, else those of the chart that `fits` takes. Of what a rule named because the
/// chart said so, those that it still says; no other, since somebody approved these.
pub(super) fn choose<'a>(
    intent: &Intent,
    chart: &'a Chart,
    first: usize,
    fits: impl Fn(&str) -> bool,
    trail: &mut Trail,
) -> Vec<&'a Diagnosis> {
    let wanted = |code: &str| {
        if intent.conditions.is_empty() { fits(code) } else { intent.conditions.iter().any(|named| named == code) }
    };
    let mut chosen: Vec<&Diagnosis> = chart.confirmed().filter(|diagnosis| wanted(&diagnosis.code)).collect();
    chosen.sort_by(|one, other| (one.rank, &one.code).cmp(&(other.rank, &other.code)));
    let mut codes: Vec<&str> = Vec::new();
    chosen.retain(|diagnosis| {
        let new = !codes.contains(&diagnosis.code.as_str());
        codes.push(&diagnosis.code);
        new
    });
    let is_lacking = intent.conditions.iter().any(|named| !codes.contains(&named.as_str()));
    // One code that was taken back leaves the others, which were approved with it.
    let others_do = is_by_cause(&intent.rule) && !codes.is_empty();
    if is_lacking && !others_do {
        trail.refuse(
            "condition-unknown",
            format!("Parameters.parameter[{first}].resource.code"),
            "a diagnosis that was asked to be sent is not a confirmed one of the chart",
            "send it in DG1-3 as a final diagnosis (DG1-6), or ask again with one that is",
        );
    }
    chosen.truncate(MAX_CONDITIONS);
    chosen
}

/// The code that qualifies for `track`.
pub(super) fn qualifies(track: &TrackFacts) -> impl Fn(&str) -> bool {
    |code| track.qualifying.contains(code)
}

/// The code that excludes from `track`.
pub(super) fn excludes(track: &TrackFacts) -> impl Fn(&str) -> bool {
    |code| track.exclusions.matches(code)
}

/// Makes the `number`th Condition (from 0).
pub(super) fn build<'a>(
    place: &Place<'a>,
    number: usize,
    diagnosis: &'a Diagnosis,
    trail: &mut Trail,
) -> Condition<'a> {
    let systems = place.systems;
    let at = format!("Parameters.parameter[{}].resource", place.first + number);
    trail.configured(format!("{at}.meta.profile[0]"), "guide.tracks");
    trail.read(format!("{at}.clinicalStatus"), &diagnosis.from);
    trail.read(format!("{at}.verificationStatus"), &diagnosis.from);
    trail.configured(format!("{at}.category[0]"), "guide.systems");
    trail.read(format!("{at}.code.coding[0].code"), &diagnosis.from);
    let recorded = diagnosis.recorded.as_deref().filter(|day| Moment::read(day) == Some(Moment::Day));
    if recorded.is_some() {
        // The chart keeps the place of the code only; the date stands in the same segment.
        let from = &diagnosis.from;
        let segment = from.path.split('-').next().unwrap_or_default();
        trail.note(format!("{at}.recordedDate"), segment, &from.feed, &from.rule);
    }
    Condition {
        resource_type: "Condition",
        id: format!("condition-{}", number + 1),
        meta: Meta::of(place.profile.clone()),
        clinical_status: Concept::of(&systems.condition_clinical, "active"),
        verification_status: Concept::of(&systems.condition_verification, "confirmed"),
        category: [Concept::of(&systems.condition_category, &systems.condition_category_code)],
        code: Concept::of(&systems.icd10cm, &diagnosis.code),
        subject: Reference { reference: format!("Patient/{ID}") },
        recorded_date: recorded,
    }
}
