//! Small changes to a good payload, as data.

use serde_json::{Value, json};

/// One change. Paths are JSON pointers.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Puts a value there, replacing what there is.
    Set(&'static str, Value),
    /// Takes the member or item away.
    Remove(&'static str),
    /// Appends an item to the array there.
    Push(&'static str, Value),
    /// Appends a copy of the item at the second pointer to the array at the first.
    Repeat(&'static str, &'static str),
}

use Change::{Push, Remove, Repeat, Set};

impl Change {
    /// Applies the change.
    pub(super) fn apply(&self, document: &mut Value) {
        match self {
            Set(pointer, value) => {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                match document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
                    Value::Object(members) => drop(members.insert(name.to_owned(), value.clone())),
                    Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
                    _ => panic!("{pointer}"),
                }
            }
            Remove(pointer) => {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                match document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
                    Value::Object(members) => drop(members.remove(name).unwrap_or_else(|| panic!("{pointer}"))),
                    Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                    _ => panic!("{pointer}"),
                }
            }
            Push(pointer, value) => {
                document.pointer_mut(pointer).and_then(Value::as_array_mut).unwrap().push(value.clone());
            }
            Repeat(list, item) => {
                let copy = document.pointer(item).unwrap().clone();
                document.pointer_mut(list).and_then(Value::as_array_mut).unwrap().push(copy);
            }
        }
    }
}

/// Start of the patient in every base.
macro_rules! person {
    ($rest:literal) => {
        concat!("/parameter/2/resource", $rest)
    };
}

/// Start of the condition of `$check-eligibility` and `$align`.
macro_rules! problem {
    ($rest:literal) => {
        concat!("/parameter/4/resource", $rest)
    };
}

/// A change of any request, the code it is refused with, and where.
pub(super) type Mutant = (Change, &'static str, &'static str);

/// Changes to the parts all requests share.
pub(super) fn common() -> Vec<Mutant> {
    vec![
        // The resource itself.
        (Remove("/resourceType"), "resource-type-missing", "Resource"),
        (Set("/resourceType", json!("parameters")), "resource-type-unknown", "Resource.resourceType"),
        (Set("/resourceType", json!("Parameter")), "resource-type-unknown", "Resource.resourceType"),
        (Remove("/meta"), "profile-missing", "Parameters.meta.profile"),
        (Set("/meta/profile", json!([])), "element-empty", "Parameters.meta.profile"),
        (Set("/meta/profile", json!("x")), "element-type", "Parameters.meta.profile"),
        (
            Set(
                "/meta/profile/0",
                json!("https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-enrol-in"),
            ),
            "profile-unknown",
            "Parameters.meta.profile[0]",
        ),
        (
            Set("/meta/profile/0", json!("https://globalalliantinc.com/access/StructureDefinition/access-align-in")),
            "profile-missing",
            "Parameters.meta.profile",
        ),
        (Set("/text", json!({"status": "generated"})), "element-unknown", "Parameters.text"),
        (Set("/id", json!("not_an_id")), "value-format", "Parameters.id"),
        (Set("/parameter", json!({})), "element-type", "Parameters.parameter"),
        (Push("/parameter", json!(null)), "element-empty", "Parameters.parameter[LAST]"),
        (
            Push("/parameter", json!({"name": "conditions", "valueBoolean": true})),
            "parameter-unknown",
            "Parameters.parameter[LAST]",
        ),
        (Push("/parameter", json!({"valueBoolean": true})), "element-missing", "Parameters.parameter[LAST].name"),
        // Participant and payer.
        (Remove("/parameter/0"), "parameter-missing", "Parameters.parameter.where(name='participantID')"),
        (Repeat("/parameter", "/parameter/0"), "parameter-repeated", "Parameters.parameter[LAST]"),
        (
            Set("/parameter/0/valueIdentifier/value", json!("ACCESS1234")),
            "participant-pattern",
            "Parameters.parameter[0].valueIdentifier.value",
        ),
        (
            Set("/parameter/0/valueIdentifier/value", json!("ACCES123456")),
            "participant-pattern",
            "Parameters.parameter[0].valueIdentifier.value",
        ),
        (
            Remove("/parameter/0/valueIdentifier/value"),
            "participant-pattern",
            "Parameters.parameter[0].valueIdentifier.value",
        ),
        (Set("/parameter/0/valueString", json!("ACCES12345")), "parameter-type", "Parameters.parameter[0]"),
        (Set("/parameter/0", json!({"name": "participantID"})), "parameter-content", "Parameters.parameter[0]"),
        (
            Set("/parameter/0/modifierExtension", json!([{"url": "http://a.b", "valueBoolean": true}])),
            "element-forbidden",
            "Parameters.parameter[0].modifierExtension",
        ),
        (
            Set("/parameter/0/valueIdentifier/assigner", json!("CMS")),
            "element-type",
            "Parameters.parameter[0].valueIdentifier.assigner",
        ),
        (Remove("/parameter/1"), "parameter-missing", "Parameters.parameter.where(name='payerID')"),
        (Set("/parameter/1/name", json!("payerId")), "parameter-unknown", "Parameters.parameter[1]"),
        (
            Set("/parameter/1/valueIdentifier/system", json!("urn:oid:2.16.840.1.113883.3.221")),
            "payer-system",
            "Parameters.parameter[1].valueIdentifier.system",
        ),
        (
            Remove("/parameter/1/valueIdentifier/system"),
            "payer-system",
            "Parameters.parameter[1].valueIdentifier.system",
        ),
        (
            Remove("/parameter/1/valueIdentifier/value"),
            "payer-missing",
            "Parameters.parameter[1].valueIdentifier.value",
        ),
        // Track.
        (Remove("/parameter/3"), "parameter-missing", "Parameters.parameter.where(name='track')"),
        (
            Set("/parameter/3/valueCodeableConcept/coding/0/code", json!("ckm")),
            "track-unknown",
            "Parameters.parameter[3].valueCodeableConcept.coding",
        ),
        (
            Set("/parameter/3/valueCodeableConcept/coding/0/system", json!("http://example.org")),
            "track-unknown",
            "Parameters.parameter[3].valueCodeableConcept.coding",
        ),
        (
            Repeat("/parameter/3/valueCodeableConcept/coding", "/parameter/3/valueCodeableConcept/coding/0"),
            "track-repeated-coding",
            "Parameters.parameter[3].valueCodeableConcept.coding",
        ),
        (
            Set("/parameter/3", json!({"name": "track", "valueCode": "CKM"})),
            "parameter-type",
            "Parameters.parameter[3]",
        ),
        // Patient.
        (Remove("/parameter/2"), "parameter-missing", "Parameters.parameter.where(name='patient')"),
        (Set(person!("/resourceType"), json!("Person")), "parameter-type", "Parameters.parameter[2].resource"),
        (Set(person!(""), json!("Patient/1")), "element-type", "Parameters.parameter[2].resource"),
        (Remove(person!("/identifier")), "mbi-missing", "Parameters.parameter[2].resource.identifier"),
        (
            Set(person!("/identifier/0/system"), json!("http://hl7.org/fhir/sid/us-mbi")),
            "mbi-missing",
            "Parameters.parameter[2].resource.identifier",
        ),
        (
            Remove(person!("/identifier/0/system")),
            "identifier-incomplete",
            "Parameters.parameter[2].resource.identifier[0].system",
        ),
        (
            Remove(person!("/identifier/0/value")),
            "identifier-incomplete",
            "Parameters.parameter[2].resource.identifier[0].value",
        ),
        (
            Push(person!("/identifier"), json!({"value": "4711"})),
            "identifier-incomplete",
            "Parameters.parameter[2].resource.identifier[1].system",
        ),
        (
            Push(
                person!("/identifier"),
                json!({"system": "http://terminology.hl7.org/NamingSystem/cmsMBI", "value": "4AA1AA1AA11"}),
            ),
            "mbi-ambiguous",
            "Parameters.parameter[2].resource.identifier[1]",
        ),
        (
            Set(person!("/identifier/0/value"), json!("3AA1-AA1-AA11")),
            "mbi-form",
            "Parameters.parameter[2].resource.identifier[0].value",
        ),
        (
            Set(person!("/identifier/0/value"), json!("3aa1aa1aa11")),
            "mbi-form",
            "Parameters.parameter[2].resource.identifier[0].value",
        ),
        (
            Set(person!("/identifier/0/use"), json!("primary")),
            "code-unknown",
            "Parameters.parameter[2].resource.identifier[0].use",
        ),
        (Remove(person!("/name")), "name-missing", "Parameters.parameter[2].resource.name"),
        (Set(person!("/name/0"), json!({"text": "Paula"})), "name-missing", "Parameters.parameter[2].resource.name[0]"),
        (
            Set(person!("/name/0/given"), json!("Paula")),
            "element-type",
            "Parameters.parameter[2].resource.name[0].given",
        ),
        (
            Set(person!("/name/0/given/0"), json!("")),
            "element-empty",
            "Parameters.parameter[2].resource.name[0].given[0]",
        ),
        (
            Set(person!("/name/0/given/0"), json!(null)),
            "element-empty",
            "Parameters.parameter[2].resource.name[0].given[0]",
        ),
        (
            Set(person!("/name/0/family"), json!("Ren\u{fffd}")),
            "undecodable-character",
            "Parameters.parameter[2].resource.name[0].family",
        ),
        (
            Set(person!("/name/0/gender"), json!("male")),
            "element-unknown",
            "Parameters.parameter[2].resource.name[0].gender",
        ),
        (Remove(person!("/gender")), "gender-missing", "Parameters.parameter[2].resource.gender"),
        (Set(person!("/gender"), json!("F")), "code-unknown", "Parameters.parameter[2].resource.gender"),
        (Remove(person!("/birthDate")), "birth-date-missing", "Parameters.parameter[2].resource.birthDate"),
        (
            Set(person!("/birthDate"), json!("19510412")),
            "birth-date-invalid",
            "Parameters.parameter[2].resource.birthDate",
        ),
        (
            Set(person!("/birthDate"), json!("1951-02-30")),
            "birth-date-invalid",
            "Parameters.parameter[2].resource.birthDate",
        ),
        (Set(person!("/birthDate"), json!(1951)), "value-format", "Parameters.parameter[2].resource.birthDate"),
        (
            Set(person!("/birthday"), json!("1951-04-12")),
            "element-unknown",
            "Parameters.parameter[2].resource.birthday",
        ),
        (Set(person!("/active"), json!("true")), "value-format", "Parameters.parameter[2].resource.active"),
        (
            Set(person!("/telecom"), json!([{"value": "555"}])),
            "element-missing",
            "Parameters.parameter[2].resource.telecom[0].system",
        ),
        (
            Set(person!("/extension"), json!([{"url": "http://example.org/e"}])),
            "extension-content",
            "Parameters.parameter[2].resource.extension[0]",
        ),
        (
            Set(person!("/text"), json!({"status": "generated"})),
            "element-missing",
            "Parameters.parameter[2].resource.text.div",
        ),
        (
            Set(
                person!("/meta/profile/0"),
                json!("https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-patient"),
            ),
            "profile-unknown",
            "Parameters.parameter[2].resource.meta.profile[0]",
        ),
    ]
}

/// Changes to the condition of `$check-eligibility` and `$align`.
pub(super) fn conditions() -> Vec<Mutant> {
    let root = "https://dsacms.github.io/cmmi-access-model/StructureDefinition";
    vec![
        (Remove(problem!("/meta")), "condition-profile", "Parameters.parameter[4].resource.meta.profile"),
        (
            Set(problem!("/meta/profile/0"), json!(format!("{root}/access-msk-condition"))),
            "condition-profile",
            "Parameters.parameter[4].resource.meta.profile[0]",
        ),
        (Remove(problem!("/code")), "condition-code-missing", "Parameters.parameter[4].resource.code.coding"),
        (
            Set(problem!("/code/coding/0/system"), json!("http://hl7.org/fhir/sid/icd-10")),
            "condition-code-missing",
            "Parameters.parameter[4].resource.code.coding",
        ),
        (
            Remove(problem!("/code/coding/0/code")),
            "condition-code-missing",
            "Parameters.parameter[4].resource.code.coding[0].code",
        ),
        (
            Push(problem!("/code/coding"), json!({"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.65"})),
            "condition-code-repeated",
            "Parameters.parameter[4].resource.code.coding[1]",
        ),
        (
            Set(problem!("/code/coding/0/code"), json!("E119")),
            "condition-code-form",
            "Parameters.parameter[4].resource.code.coding[0].code",
        ),
        (
            Set(problem!("/code/coding/0/code"), json!("I10")),
            "condition-not-in-track",
            "Parameters.parameter[4].resource.code.coding[0].code",
        ),
        (Remove(problem!("/category")), "condition-category", "Parameters.parameter[4].resource.category"),
        (
            Set(problem!("/category/0/coding/0/code"), json!("encounter-diagnosis")),
            "condition-category",
            "Parameters.parameter[4].resource.category",
        ),
        (
            Set(
                problem!("/category/0/coding/0"),
                json!({"system": "http://hl7.org/fhir/us/core/CodeSystem/condition-category", "code": "health-concern"}),
            ),
            "condition-category",
            "Parameters.parameter[4].resource.category",
        ),
        (
            Repeat(problem!("/category"), problem!("/category/0")),
            "condition-category",
            "Parameters.parameter[4].resource.category",
        ),
        (Remove(problem!("/subject")), "condition-subject", "Parameters.parameter[4].resource.subject.reference"),
        (
            Set(problem!("/subject/reference"), json!("Patient/other")),
            "condition-subject",
            "Parameters.parameter[4].resource.subject.reference",
        ),
        (
            Set(problem!("/subject/reference"), json!("patient")),
            "condition-subject",
            "Parameters.parameter[4].resource.subject.reference",
        ),
        (
            Set(problem!("/clinicalStatus/coding/0/code"), json!("current")),
            "condition-status",
            "Parameters.parameter[4].resource.clinicalStatus",
        ),
        (
            Set(problem!("/verificationStatus/coding/0/code"), json!("final")),
            "condition-status",
            "Parameters.parameter[4].resource.verificationStatus",
        ),
        (
            Set(problem!("/verificationStatus/coding/0/code"), json!("entered-in-error")),
            "condition-entered-in-error",
            "Parameters.parameter[4].resource.clinicalStatus",
        ),
        (
            Set(problem!("/abatementDateTime"), json!("2026-01-01")),
            "condition-abated",
            "Parameters.parameter[4].resource.clinicalStatus",
        ),
        (
            Set(problem!("/recordedDate"), json!("02/03/2026")),
            "value-format",
            "Parameters.parameter[4].resource.recordedDate",
        ),
        (
            Set(problem!("/onsetPeriod"), json!({"start": "2026-02-01", "end": "2026-01-01"})),
            "period-reversed",
            "Parameters.parameter[4].resource.onsetPeriod",
        ),
        (
            Set(problem!("/onsetDate"), json!("2026-02-01")),
            "element-unknown",
            "Parameters.parameter[4].resource.onsetDate",
        ),
        (Set(problem!("/severity"), json!({})), "element-empty", "Parameters.parameter[4].resource.severity"),
        (Set(problem!("/resourceType"), json!("Observation")), "parameter-type", "Parameters.parameter[4].resource"),
    ]
}

/// Changes to `$align` alone.
pub(super) fn alignment() -> Vec<Mutant> {
    vec![
        (Remove("/parameter/4"), "parameter-missing", "Parameters.parameter.where(name='condition')"),
        (Remove("/parameter/5"), "parameter-missing", "Parameters.parameter.where(name='isProviderReferral')"),
        (Repeat("/parameter", "/parameter/5"), "parameter-repeated", "Parameters.parameter[LAST]"),
        (Set("/parameter/5/valueBoolean", json!("true")), "value-format", "Parameters.parameter[5].valueBoolean"),
        (
            Set("/parameter/5", json!({"name": "isProviderReferral", "valueString": "true"})),
            "parameter-type",
            "Parameters.parameter[5]",
        ),
        (Repeat("/parameter", "/parameter/6"), "parameter-repeated", "Parameters.parameter[LAST]"),
        (
            Push("/parameter", json!({"name": "referralType", "valueCodeableConcept": {"text": "self"}})),
            "parameter-unknown",
            "Parameters.parameter[LAST]",
        ),
    ]
}

/// Changes to `$unalign` alone.
pub(super) fn unalignment() -> Vec<Mutant> {
    let root = "https://dsacms.github.io/cmmi-access-model/StructureDefinition";
    vec![
        (Remove("/parameter/4"), "parameter-missing", "Parameters.parameter.where(name='reason')"),
        (Remove("/parameter/5"), "reason-needs-condition", "Parameters.parameter.where(name='condition')"),
        (
            Set("/parameter/4/valueCodeableConcept/coding/0/code", json!("moved")),
            "reason-unknown",
            "Parameters.parameter[4].valueCodeableConcept.coding",
        ),
        (
            Remove("/parameter/4/valueCodeableConcept/coding/0/system"),
            "reason-unknown",
            "Parameters.parameter[4].valueCodeableConcept.coding",
        ),
        (
            Set("/parameter/5/resource/meta/profile/0", json!(format!("{root}/access-ckm-condition"))),
            "condition-profile",
            "Parameters.parameter[5].resource.meta.profile[0]",
        ),
        (Remove("/parameter/5/resource/category"), "condition-category", "Parameters.parameter[5].resource.category"),
        (
            Push("/parameter", json!({"name": "isProviderReferral", "valueBoolean": true})),
            "parameter-unknown",
            "Parameters.parameter[LAST]",
        ),
    ]
}
