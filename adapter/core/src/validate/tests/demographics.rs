//! Race, ethnicity, birth sex, language and death in a Patient.

use super::{Base, issues};
use serde_json::{Value, json};

const CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
const CDC: &str = "urn:oid:2.16.840.1.113883.6.238";
const NULL: &str = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";

/// A payload whose Patient has these members too.
fn with(members: &Value) -> Value {
    let mut document = Base::Eligibility.json();
    let person = document.pointer_mut("/parameter/2/resource").and_then(Value::as_object_mut).unwrap();
    person.extend(members.as_object().unwrap().clone());
    document
}

fn heritage(kind: &str, parts: &[(&str, &str, &str)], texts: usize) -> Value {
    let coded =
        parts.iter().map(|(url, system, code)| json!({"url": url, "valueCoding": {"system": system, "code": code}}));
    let mut list: Vec<Value> = coded.collect();
    list.extend((0..texts).map(|_| json!({"url": "text", "valueString": "words"})));
    json!({"url": format!("{CORE}{kind}"), "extension": list})
}

fn codes(members: &Value) -> Vec<String> {
    issues(&with(members)).into_iter().filter(access_contract::Issue::blocks).map(|issue| issue.code).collect()
}

#[test]
fn what_us_core_allows_passes() {
    let race = heritage("us-core-race", &[("ombCategory", CDC, "2106-3"), ("detailed", CDC, "2131-1")], 1);
    let unknown = heritage("us-core-ethnicity", &[("ombCategory", NULL, "UNK")], 1);
    let sex = json!({"url": format!("{CORE}us-core-birthsex"), "valueCode": "F"});
    let language = json!([{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "es-MX"}]}}]);
    let members = json!({"extension": [race, unknown, sex], "communication": language, "deceasedBoolean": true});
    assert_eq!(codes(&members), Vec::<String>::new());
}

#[test]
fn what_us_core_refuses_is_refused() {
    let race = |parts: &[(&str, &str, &str)], texts| json!({"extension": [heritage("us-core-race", parts, texts)]});
    let ethnicity = |parts: &[(&str, &str, &str)]| json!({"extension": [heritage("us-core-ethnicity", parts, 1)]});
    let sex = |code: &str| json!({"extension": [{"url": format!("{CORE}us-core-birthsex"), "valueCode": code}]});
    let white = ("ombCategory", CDC, "2106-3");
    for (members, code) in [
        (race(&[white], 0), "element-missing"),
        (race(&[white], 2), "element-missing"),
        (race(&[("ombCategory", CDC, "2131-1")], 1), "heritage-code"),
        (race(&[("ombCategory", CDC, "2029-7")], 1), "heritage-code"),
        (race(&[("detailed", CDC, "2106-3")], 1), "heritage-code"),
        (race(&[("ombCategory", CDC, "2135-2")], 1), "heritage-code"),
        (race(&[("ombCategory", NULL, "2106-3")], 1), "heritage-system"),
        (race(&[("ombCategory", CDC, "UNK")], 1), "heritage-system"),
        (race(&[("category", CDC, "2106-3")], 1), "extension-unknown"),
        (race(&[white; 6], 1), "extension-repeated"),
        (ethnicity(&[("ombCategory", CDC, "2106-3")]), "heritage-code"),
        (ethnicity(&[("ombCategory", CDC, "2135-2"), ("ombCategory", CDC, "2186-5")]), "extension-repeated"),
        (sex("female"), "birth-sex-code"),
        (json!({"deceasedBoolean": true, "deceasedDateTime": "2026-07-01"}), "choice-repeated"),
        (json!({"deceasedDateTime": "2026-07-01T10:15:00"}), "value-format"),
        (json!({"telecom": [{"value": "5550142"}]}), "element-missing"),
        (json!({"address": [{"use": "billings"}]}), "code-unknown"),
        (json!({"address": [{"city": "Oak\u{fffd}"}]}), "undecodable-character"),
        (
            json!({"communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "English"}]}}]}),
            "language-code",
        ),
    ] {
        let said = members.to_string();
        assert!(codes(&members).contains(&code.to_owned()), "{code}: {said}");
    }
}
