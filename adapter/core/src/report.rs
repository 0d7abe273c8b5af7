//! Turns a chart and its entries into the report that is posted to `$report-data`.
//!
//! The report is a document Bundle of the shape of the guide's examples: Composition, Patient, author, organisation, then the
//! readings and responses in the order of the sections. What goes into it is what the rows of `reports.needs` name for the track and
//! type (required or not) and nothing else; where something required is missing, nothing is composed, also where a person approved
//! it, since CMS would only answer that it is incomplete. Every resource has words that name nobody, because an implementer was refused
//! without them.
//!
//! * `Bundle.identifier` is a digest over alignment, track, period, content and date (see `identity`): the same bytes have the same one, as
//!   a repeated transport has, and no others.
//! * `Bundle.timestamp` and `Composition.date` are the time of the request, or that of the newest observation where that is later.
//!   No observation ever gets the time of the report.
//! * `fullUrl`s stand under the report's own UUID, references are relative to it as in the examples, ids are counted.
//! * A questionnaire is named by its canonical; it is put into the Bundle only where the site provides it (`reports.questionnaires`).
//!
//! The same profile, request, chart and entries give the same bytes.

mod composition;
mod decimal;
pub(crate) mod document;
mod draft;
mod embedded;
mod identity;
mod material;
mod moment;
mod narrative;
mod needs;
mod observation;
mod people;
mod response;

pub use needs::{Need, missing, needs};
pub(crate) use needs::{repeats, source, title};

use crate::chart::Chart;
use crate::compose::payload::{Concept, Content, Identifier, Meta, Parameter, Parameters, Resource};
use crate::compose::trail::Trail;
use crate::compose::{find_participant, find_track, identify};
use crate::plan::moment::Moment;
use crate::validate::validate;
use access_contract::{Issue, Operation, Payload, ReportPeriod, ReportRequest, Severity};
use access_mappings::{Participant, Profile, TrackFacts};
use document::{Bundle, BundleIdentifier, Composition, Document, Entry};
use draft::Draft;
use identity::Identity;
use material::Material;

/// Where the Bundle stands in the request.
const BUNDLE: &str = "Parameters.parameter[4].resource";
/// Where the subsections stand.
const SECTIONS: &str = "Parameters.parameter[4].resource.entry[0].resource.section[0].section";
/// Positions in the Bundle.
const PATIENT: usize = 1;
const PRACTITIONER: usize = 2;
const ORGANIZATION: usize = 3;
/// Position of the first reading or response.
const CLINICAL: usize = 4;

/// Composes the report of an intent, and checks it with [`crate::validate::validate`].
///
/// # Errors
/// Every reason why it cannot be composed or would be refused: what is missing, one issue each and by name, first; then why readings
/// and responses that are there were not taken.
pub fn compose_report(profile: &Profile, request: &ReportRequest) -> Result<Payload, Vec<Issue>> {
    let chart = Chart::parse(&request.chart).map_err(|issue| vec![issue])?;
    Moment::argument(&request.at, "at").map_err(|issue| vec![issue])?;
    let mut trail = Trail::default();
    if request.intent.operation != Operation::ReportData {
        let hint = "ask for report-data, or use compose";
        let message = "only a report is composed from entries";
        trail.refuse("operation-unsupported", "Parameters.meta.profile", message, hint);
        return Err(trail.problems);
    }
    let sender = find_participant(profile, &request.participant, &mut trail);
    let track = find_track(profile, sender, &request.intent, 2, &mut trail);
    let period = find_period(profile, request, &mut trail);
    let (Some(sender), Some(track), Some(period)) = (sender, track, period) else { return Err(trail.problems) };
    // CMS knows only the present alignment, and would take what belongs to a former one for its report.
    let standing = chart.standing.get(&track.code);
    if standing.is_some_and(|standing| !standing.is_aligned() || standing.alignment != period.alignment) {
        let message = "the alignment that the report was asked for is not in force any more";
        let hint = "nothing, if the patient left; `access-bridge calendar` lists the reports of the present alignment";
        trail.refuse("report-alignment-ended", SECTIONS, message, hint);
        return Err(trail.problems);
    }
    let material = Material::gather(profile, &track.code, period, &chart, &request.entries, &request.at);
    let about = About { profile, sender, track, period, chart: &chart, at: &request.at };
    about.compose(&material, trail)
}

/// The period, where its type is one of the guide.
fn find_period<'r>(profile: &Profile, request: &'r ReportRequest, trail: &mut Trail) -> Option<&'r ReportPeriod> {
    let at = "Parameters.parameter[3].valueCodeableConcept.coding[0].code";
    let Some(period) = &request.intent.report else {
        trail.refuse(
            "report-period-missing",
            at,
            "nobody said which period is reported",
            "take a period of the calendar; ZAC-2 REPORT takes the one that is open",
        );
        return None;
    };
    if !profile.guide.reporting.types.contains_key(&period.kind) {
        let hint = "say baseline, quarterly or end-of-period";
        trail.refuse("report-type-unknown", at, "the guide has no such type of report", hint);
        return None;
    }
    trail.decided(at, &request.intent.rule);
    Some(period)
}

/// What a report is about.
struct About<'a> {
    profile: &'a Profile,
    sender: &'a Participant,
    track: &'a TrackFacts,
    period: &'a ReportPeriod,
    chart: &'a Chart,
    at: &'a str,
}

impl<'a> About<'a> {
    /// Makes the payload, or says everything that stands against it.
    fn compose(&self, material: &'a Material<'_>, mut trail: Trail) -> Result<Payload, Vec<Issue>> {
        let Self { profile, sender, track, period, .. } = *self;
        trail.configured("Parameters.meta.profile[0]", "guide.operations");
        let person = people::patient(profile, Some(sender), self.chart, &mut trail);
        let author = people::practitioner(profile, sender, &mut trail);
        let custodian = people::organization(profile, sender, &mut trail);
        let lacks = material.lacks(profile);
        if lacks.is_empty() && material.is_empty() {
            let message = "there is nothing to report for this track and period";
            let hint = "look at `reports.needs` in the profile, and whether measures and answers come in at all";
            trail.refuse("report-empty", SECTIONS, message, hint);
        }
        trail.problems.extend(lacks);
        let mut draft = Draft::of(profile, material, &mut trail);
        let (Some(person), Some(author), Some(custodian), true) =
            (person, author, custodian, trail.problems.is_empty())
        else {
            trail.problems.extend(material.issues.iter().cloned());
            return Err(trail.problems);
        };
        let composition = draft.compose(profile, track, &period.kind);
        let entries = std::mem::take(&mut draft.keys);
        let mut resources = vec![
            ("Patient/patient".to_owned(), Document::Patient(Box::new(person))),
            ("Practitioner/practitioner".to_owned(), Document::Practitioner(Box::new(author))),
            ("Organization/organization".to_owned(), Document::Organization(Box::new(custodian))),
        ];
        resources.append(&mut draft.resources);
        let bundle = self.bundle(material, composition, resources, &mut trail).map_err(|issue| vec![issue])?;
        let body = self.write(bundle).map_err(|issue| vec![issue])?;

        let (refused, doubts): (Vec<Issue>, Vec<Issue>) = validate(profile, &body).into_iter().partition(Issue::blocks);
        if !refused.is_empty() {
            return Err(refused);
        }
        let issues = material.issues.iter().cloned().chain(doubts).collect();
        let track = access_contract::Track::from(track.code.as_str());
        Ok(Payload { operation: Operation::ReportData, track, body, provenance: trail.origins, issues, entries })
    }

    /// Puts the document together: the times, then the identifier over the content.
    fn bundle(
        &self,
        material: &Material<'_>,
        mut composition: Composition<'a>,
        resources: Vec<(String, Document<'a>)>,
        trail: &mut Trail,
    ) -> Result<Bundle<'a>, Issue> {
        let Self { profile, track, period, .. } = *self;
        let documents: Vec<&Document<'_>> = resources.iter().map(|(_, resource)| resource).collect();
        composition.date = moment::dated(self.at, material.times()).unwrap_or_else(|| self.at.to_owned());
        let content = serde_json::to_string(&(&composition, documents)).map_err(|_| unwritable())?;
        let identity = Identity::of(&profile.reports.identifier_system, &track.code, period, &content);
        trail.configured(format!("{BUNDLE}.identifier.system"), "reports.identifier_system");
        trail.note(format!("{BUNDLE}.identifier.value"), "content", "", "report.identity");
        trail.note(format!("{BUNDLE}.timestamp"), "request", "", "report.moment");
        let timestamp = composition.date.clone();
        let first = ("Composition/composition".to_owned(), Document::Composition(Box::new(composition)));
        let entry = std::iter::once(first)
            .chain(resources)
            .map(|(name, resource)| Entry { full_url: format!("{}/{name}", identity.base), resource })
            .collect();
        Ok(Bundle {
            resource_type: "Bundle",
            meta: Meta::of(&profile.guide.reporting.bundle_profile),
            identifier: BundleIdentifier { system: identity.system, value: identity.value },
            kind: "document",
            timestamp,
            entry,
        })
    }

    /// The request as JSON.
    fn write(&self, bundle: Bundle<'a>) -> Result<String, Issue> {
        let Self { profile, sender, track, period, .. } = *self;
        let (guide, facts) = (&profile.guide, &profile.guide.reporting);
        let systems = &guide.systems;
        let payer_type = Concept::shown(&systems.payer_type, &systems.payer_type_code, &systems.payer_type_display);
        let display = facts.types.get(&period.kind).map_or("", String::as_str);
        let concept = |name, concept| Parameter { name, content: Content::Concept(concept) };
        let parameter = vec![
            identify("participantID", Identifier { kind: None, system: &systems.participant, value: &sender.id }),
            identify("payerID", Identifier { kind: Some(payer_type), system: &systems.payer, value: &sender.payer }),
            concept("track", Concept::shown(&systems.track, &track.code, &track.display)),
            concept("reportType", Concept::shown(&facts.type_system, &period.kind, display)),
            Parameter { name: "dataBundle", content: Content::Resource(Resource::Bundle(Box::new(bundle))) },
        ];
        let operation = guide.operation(Operation::ReportData.as_str());
        let declared = operation.map_or("", |operation| operation.profile.as_str());
        let body = Parameters { resource_type: "Parameters", meta: Meta::of(declared), parameter };
        serde_json::to_string(&body).map_err(|_| unwritable())
    }
}

fn unwritable() -> Issue {
    Issue::new(Severity::Fatal, "payload-unwritable", "Parameters", "the payload cannot be written as JSON")
}
