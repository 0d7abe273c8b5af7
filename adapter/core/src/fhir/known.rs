//! What of a resource is not understood: elements and extensions that are ignored and listed once per kind, and modifiers, which
//! forbid the use of the resource (FHIR R4, extensibility: a modifier that is not understood must not be ignored).

use super::feed::Resource;
use super::issues::Issues;
use super::json::Node;
use std::collections::BTreeSet;

/// Elements that every resource may have.
const COMMON: [&str; 9] =
    ["resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"];

/// Elements of the resources that are read, R4; a star ends the name of a choice.
const ELEMENTS: [(&str, &str); 9] = [
    (
        "Patient",
        "identifier active name telecom gender birthDate deceased* address maritalStatus multipleBirth* photo contact \
         communication generalPractitioner managingOrganization link",
    ),
    (
        "Coverage",
        "identifier status type policyHolder subscriber subscriberId beneficiary dependent relationship period payor class order \
         network costToBeneficiary subrogation contract",
    ),
    (
        "Condition",
        "identifier clinicalStatus verificationStatus category severity code bodySite subject encounter onset* abatement* \
         recordedDate recorder asserter stage evidence note",
    ),
    (
        "Encounter",
        "identifier status statusHistory class classHistory type serviceType priority subject episodeOfCare basedOn participant \
         appointment period length reasonCode reasonReference diagnosis account hospitalization location serviceProvider partOf",
    ),
    (
        "Observation",
        "identifier basedOn partOf status category code subject focus encounter effective* issued performer value* \
         dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom component",
    ),
    (
        "DiagnosticReport",
        "identifier basedOn status category code subject encounter effective* issued performer resultsInterpreter specimen \
         result imagingStudy media conclusion conclusionCode presentedForm",
    ),
    (
        "QuestionnaireResponse",
        "identifier basedOn partOf questionnaire status subject encounter authored author source item",
    ),
    (
        "ServiceRequest",
        "identifier instantiatesCanonical instantiatesUri basedOn replaces requisition status intent category priority \
         doNotPerform code orderDetail quantity* subject encounter occurrence* asNeeded* authoredOn requester performerType \
         performer locationCode locationReference reasonCode reasonReference insurance supportingInfo specimen bodySite note \
         patientInstruction relevantHistory",
    ),
    (
        "Consent",
        "identifier status scope category patient dateTime performer organization source* policy policyRule verification \
         provision",
    ),
];

/// Extensions of US Core and of the base that are read or are known to change nothing.
const EXTENSIONS: [&str; 14] = [
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity",
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex",
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-sex",
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-genderIdentity",
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-tribal-affiliation",
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-individual-sex",
    "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
    "http://hl7.org/fhir/StructureDefinition/patient-genderIdentity",
    "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
    "http://hl7.org/fhir/StructureDefinition/individual-genderIdentity",
    "http://hl7.org/fhir/StructureDefinition/individual-pronouns",
];

/// Types whose content is only looked at from other resources, or tells nothing about a person's record.
const SILENT: [&str; 10] = [
    "Bundle",
    "Composition",
    "Location",
    "MessageHeader",
    "OperationOutcome",
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Provenance",
    "RelatedPerson",
];

/// Whether resources of the type are read.
pub(super) fn is_read(kind: &str) -> bool {
    ELEMENTS.iter().any(|(known, _)| *known == kind)
}

/// Kinds that were listed already.
#[derive(Debug, Default)]
pub(super) struct Listed<'n> {
    types: BTreeSet<&'n str>,
    elements: BTreeSet<(&'n str, &'n str)>,
    extensions: BTreeSet<&'n str>,
}

/// Kinds of each sort that are told apart.
const MAX_KINDS: usize = 100;

impl<'n> Listed<'n> {
    /// Lists what is not understood of a resource.
    pub(super) fn note(&mut self, resource: &Resource<'n>, issues: &mut Issues) {
        let node: &'n Node<'n> = resource.node;
        let Some((_, names)) = ELEMENTS.iter().find(|(kind, _)| *kind == resource.kind) else {
            let silent = SILENT.contains(&resource.kind) || resource.container.is_some();
            if !silent && self.types.insert(resource.kind) {
                let message = "resources of this type are not read; this and further ones were ignored";
                issues.inform("resource-ignored", &resource.path, message);
            }
            return;
        };
        for (name, _) in node.members() {
            let plain = name.strip_prefix('_').unwrap_or(name);
            let fits = |known: &str| match known.strip_suffix('*') {
                Some(start) => plain.starts_with(start),
                None => plain == known,
            };
            let known = COMMON.contains(&plain) || names.split_whitespace().any(fits);
            if !known && self.elements.len() < MAX_KINDS && self.elements.insert((resource.kind, plain)) {
                // The name is not shown: what should be a name may be anything.
                let message = "an element that R4 does not have was ignored, here and in further resources of the type";
                issues.inform("element-unknown", &resource.path, message);
            }
        }
        for (number, extension) in node.items("extension").iter().enumerate() {
            let url = extension.text("url").unwrap_or_default();
            if !EXTENSIONS.contains(&url) && self.extensions.len() < MAX_KINDS && self.extensions.insert(url) {
                let path = format!("{}.extension[{number}]", resource.path);
                issues.inform(
                    "extension-unknown",
                    &path,
                    "an extension is not known and was ignored wherever it stands",
                );
            }
        }
    }
}

/// Path of a modifier that is not understood: then the resource must not be used.
pub(super) fn modifier(resource: &Resource<'_>) -> Option<String> {
    modifier_of(resource.node, &resource.path)
}

/// The same of a Bundle, and of its entries, each without what it holds.
pub(super) fn modifier_of(node: &Node<'_>, path: &str) -> Option<String> {
    if node.get("implicitRules").is_some() {
        return Some(format!("{path}.implicitRules"));
    }
    find_modifier(node, path)
}

/// Looks through the element and everything below it but other resources. The depth is bounded by that of the JSON.
fn find_modifier(node: &Node<'_>, path: &str) -> Option<String> {
    for (name, value) in node.members() {
        if name == "modifierExtension" && !node.items("modifierExtension").is_empty() {
            return Some(format!("{path}.modifierExtension[0]"));
        }
        // Names that FHIR cannot have are not quoted in paths.
        let is_name = name.len() <= 64 && name.bytes().all(|letter| letter.is_ascii_alphanumeric());
        let holds_others = name == "contained"
            || matches!((name.as_ref(), value), ("entry", Node::List(_)) | ("resource", Node::Object(_)));
        if holds_others || !is_name {
            continue;
        }
        let found = match value {
            Node::List(items) => items.iter().enumerate().find_map(|(number, item)| match item {
                Node::Object(_) => find_modifier(item, &format!("{path}.{name}[{number}]")),
                _ => None,
            }),
            Node::Object(_) => find_modifier(value, &format!("{path}.{name}")),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
