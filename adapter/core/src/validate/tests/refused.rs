use super::mutants::{self, Mutant};
use super::{Base, issues};
use crate::compose::samples::profile;
use crate::validate::{MAX_ISSUES, MAX_PARAMETERS, validate};
use serde_json::{Value, json};

/// Applies each mutant to `base`; each must be refused with its code at its place, and with a hint.
fn refuse_each(base: Base, mutants: Vec<Mutant>) {
    for (change, code, location) in mutants {
        let mut mutant = base.json();
        change.apply(&mut mutant);
        let last = mutant["parameter"].as_array().map_or(0, |items| items.len().saturating_sub(1));
        let location = location.replace("LAST", &last.to_string());
        let found = issues(&mutant);
        let hit = found.iter().find(|issue| issue.blocks() && issue.code == code && issue.location == location);
        assert!(hit.is_some(), "{base:?} {change:?}: {code} at {location} expected, found {found:#?}");
    }
}

#[test]
fn faults_in_the_shared_parts_are_refused_in_every_request() {
    for base in [Base::Eligibility, Base::Alignment, Base::Unalignment] {
        refuse_each(base, mutants::common());
    }
}

#[test]
fn faults_in_conditions_are_refused() {
    refuse_each(Base::Eligibility, mutants::conditions());
    refuse_each(Base::Alignment, mutants::conditions());
}

#[test]
fn faults_of_one_operation_are_refused() {
    refuse_each(Base::Alignment, mutants::alignment());
    refuse_each(Base::Unalignment, mutants::unalignment());
}

#[test]
fn two_forms_of_one_value_are_refused() {
    let mut payload = Base::Alignment.json();
    payload["parameter"][2]["resource"]["deceasedDateTime"] = json!("2026-01-01");
    assert!(!issues(&payload).iter().any(access_contract::Issue::blocks));
    payload["parameter"][2]["resource"]["deceasedBoolean"] = json!(true);
    let found = issues(&payload);
    assert_eq!(found[0].code, "choice-repeated");
    assert_eq!(found[0].location, "Parameters.parameter[2].resource.deceased");
}

#[test]
fn a_request_of_two_operations_is_refused() {
    let mut payload = Base::Alignment.json();
    let other = "https://dsacms.github.io/cmmi-access-model/StructureDefinition/access-unalign-in";
    payload["meta"]["profile"].as_array_mut().unwrap().push(json!(other));
    assert_eq!(issues(&payload)[0].code, "profile-ambiguous");
}

#[test]
fn a_request_of_another_guide_version_is_refused() {
    let mut payload = Base::Alignment.json();
    let declared = payload["meta"]["profile"][0].as_str().unwrap().to_owned();
    payload["meta"]["profile"][0] = json!(format!("{declared}|0.9.12"));
    assert!(!issues(&payload).iter().any(access_contract::Issue::blocks));
    payload["meta"]["profile"][0] = json!(format!("{declared}|0.9.0"));
    assert_eq!(issues(&payload)[0].code, "profile-version");
}

#[test]
fn every_refusal_of_the_person_names_a_field_of_the_feed() {
    for (change, code, location) in mutants::common().into_iter().chain(mutants::conditions()) {
        let mut mutant = Base::Alignment.json();
        change.apply(&mut mutant);
        let found = issues(&mutant);
        let Some(hit) = found.iter().find(|issue| issue.code == code && issue.location == location) else { continue };
        if location.contains("].resource") {
            let hint = hit.hint.as_deref().unwrap_or_default();
            let field = ["PID", "DG1", "IN2", "declare "].iter().any(|field| hint.contains(field));
            assert!(field, "{code} at {location}: {hint:?}");
        }
    }
}

#[test]
fn old_participant_ids_are_named_as_such() {
    let mut payload = Base::Alignment.json();
    payload["parameter"][0]["valueIdentifier"]["value"] = json!("ACCESS1234");
    assert!(issues(&payload)[0].message.contains("old form"));
}

#[test]
fn text_that_is_not_json_is_refused_without_quoting_it() {
    let good = Base::Alignment.text();
    let repeated = good.replacen("\"gender\":", "\"gender\":\"male\",\"gender\":", 1);
    let cases = [
        ("", "json-syntax"),
        ("<html>", "json-syntax"),
        (&good[..good.len() - 1], "json-syntax"),
        (&repeated, "json-repeated-member"),
        (&"[".repeat(1000), "json-too-deep"),
        ("[]", "element-type"),
        ("null", "element-type"),
        ("\"Parameters\"", "element-type"),
    ];
    for (text, code) in cases {
        let found = validate(profile(), text);
        assert_eq!(found[0].code, code);
        assert!(found[0].blocks());
        assert!(!format!("{found:?}").contains("O'Tester"));
    }
}

#[test]
fn no_issue_quotes_a_value() {
    let mut payload = Base::Alignment.json();
    let person = &mut payload["parameter"][2]["resource"];
    person["name"][0]["family"] = json!(["Secret"]);
    person["birthDate"] = json!("Secret");
    person["gender"] = json!("Secret");
    person["identifier"][0]["value"] = json!("Secret");
    person["Secret name with blanks"] = json!("Secret");
    payload["parameter"][4]["resource"]["code"]["coding"][0]["code"] = json!("Secret");
    payload["parameter"][0]["name"] = json!("Secret");
    let found = issues(&payload);
    assert!(found.len() >= 7);
    assert!(!format!("{found:?}").contains("Secret"), "{found:#?}");
}

#[test]
fn the_number_of_issues_is_bounded() {
    let mut payload = Base::Alignment.json();
    let names: Vec<Value> = (0..MAX_ISSUES * 2).map(|_| json!({"use": "x"})).collect();
    payload["parameter"][2]["resource"]["name"] = json!(names);
    assert_eq!(issues(&payload).len(), MAX_ISSUES);
}

#[test]
fn a_flood_of_parameters_is_refused_as_such() {
    let mut payload = Base::Unalignment.json();
    let reason = payload["parameter"][4].clone();
    payload["parameter"].as_array_mut().unwrap().extend(vec![reason; MAX_PARAMETERS]);
    let found = issues(&payload);
    assert_eq!(found.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), ["too-many-parameters"]);
}
