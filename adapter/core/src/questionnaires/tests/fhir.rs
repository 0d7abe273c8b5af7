//! QuestionnaireResponses as servers and form fillers write them.

use super::kit::{SITE, answered, answered_by, at, entries, example, facts, found, read, read_by, resource, values};
use access_contract::Reading;
use proptest::prelude::*;
use serde_json::{Value, json};

fn codes(tree: &Value) -> Vec<String> {
    found(&read(&tree.to_string()).issues).into_iter().map(|(code, _)| code).collect()
}

#[test]
fn forms_made_of_loinc_panels_are_read_by_their_link_ids() {
    // As LHC-Forms writes them: LOINC in paths, groups, answers as codings without ordinals, the total as a decimal.
    let codes = ["69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"];
    let item = |code: &&str| {
        json!({
            "linkId": format!("/69737-5/{code}"),
            "answer": [{"valueCoding": {"system": "http://loinc.org", "code": "LA6570-1", "display": "words"}}]
        })
    };
    let mut items: Vec<Value> = codes.iter().map(item).collect();
    let total = json!({"linkId": "/69737-5/70274-6", "answer": [{"valueDecimal": 14}]});
    items.push(total);
    let mut tree = resource(&example("GAD-7"));
    tree["questionnaire"] = "https://forms.example/Questionnaire/17".into();
    tree["item"] = json!([{"linkId": "/69737-5", "text": "Group", "item": items}]);
    assert_eq!(found(&read(&tree.to_string()).issues), []);
    let response = &answered(&tree.to_string())[0];
    assert_eq!(response.instrument, "GAD-7");
    assert!(values(response).iter().all(|(_, value)| *value == "2") && response.answers.len() == 7);
    assert_eq!((response.answers[0].link.as_str(), response.scores[0].value.as_str()), ("gad7-1", "14"));
    assert_eq!(response.answers[0].from.as_ref().unwrap().path, "QuestionnaireResponse.item[0].item[0]");
}

#[test]
fn items_below_answers_are_found() {
    let mut tree = resource(&example("PHQ-9"));
    let last = tree["item"].as_array_mut().unwrap().remove(9);
    tree["item"][8]["answer"][0]["item"] = json!([last]);
    assert_eq!(answered(&tree.to_string())[0].answers.len(), 10);
}

#[test]
fn weights_and_totals_of_the_guides_earlier_version_are_read() {
    let text = resource(&example("PROMIS-PF")).to_string().replace("ordinalValue", "itemWeight");
    let mut tree: Value = serde_json::from_str(&text).unwrap();
    let total =
        json!({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": 36.8}]});
    tree["item"][7]["answer"] = json!([{ "valueCoding": total }]);
    assert_eq!(found(&read(&tree.to_string()).issues), []);
    let scores = &answered(&tree.to_string())[0].scores;
    assert_eq!((scores[0].value.as_str(), scores[1].value.as_str()), ("17", "36.8"));
}

#[test]
fn answers_come_as_integers_strings_and_quantities_too() {
    let mut tree = resource(&example("PHQ-9").score(""));
    tree["item"][0]["answer"] = json!([{"valueInteger": 1}]);
    tree["item"][1]["answer"] = json!([{"valueString": "1"}]);
    tree["item"][2]["answer"] = json!([{"valueString": "2 - words"}]);
    tree["item"][3]["answer"] = json!([{"valueDecimal": 1.0}]);
    tree["item"][4]["answer"] = json!([{"valueQuantity": {"value": 0}}]);
    assert_eq!(codes(&tree), [""; 0]);
    let response = &answered(&tree.to_string())[0];
    let first: Vec<&str> = values(response).into_iter().take(5).map(|(_, value)| value).collect();
    assert_eq!(first, ["1", "1", "2", "1", "0"]);
    tree["item"][0]["answer"] = json!([{"valueBoolean": true}]);
    assert_eq!(codes(&tree), ["questionnaire-answer-unknown"]);
    tree["item"][0]["answer"] = json!([{"valueInteger": 1}, {"valueInteger": 2}]);
    assert_eq!(codes(&tree), ["questionnaire-answer-unknown"]);
    // No answer, and one that says that there is none.
    tree["item"][0].as_object_mut().unwrap().remove("answer");
    let reason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    tree["item"][1]["answer"] = json!([{"extension": [{"url": reason, "valueCode": "asked-declined"}]}]);
    assert_eq!(codes(&tree), [""; 0]);
    assert_eq!(answered(&tree.to_string())[0].answers.len(), 8);
}

#[test]
fn a_questionnaire_in_the_feed_says_what_its_own_link_ids_mean() {
    let mut response = resource(&example("NDI").score(""));
    let mut items = Vec::new();
    for (number, item) in response["item"].as_array_mut().unwrap().iter_mut().enumerate() {
        let (link, code) = (format!("q{number}"), ["82227-0", "82228-8", "82229-6", "82230-4", "82231-2", "82232-0"]);
        let code = code.iter().copied().chain(["82233-8", "82234-6", "82235-3", "82236-1"]).nth(number).unwrap();
        item["linkId"] = link.clone().into();
        item["answer"] = json!([{"valueCoding": {"system": "urn:site", "code": "b"}}]);
        let ordinal = |value: u32| json!([{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": value}]);
        items.push(json!({
            "linkId": link, "type": "choice", "code": [{"system": "http://loinc.org", "code": code}],
            "answerOption": [
                {"valueCoding": {"system": "urn:site", "code": "a", "extension": ordinal(0)}},
                {"valueCoding": {"system": "urn:site", "code": "b"}, "extension": ordinal(1)}
            ]
        }));
    }
    let code = json!([{"system": "http://loinc.org", "code": "82226-2"}]);
    let form = json!({"resourceType": "Questionnaire", "id": "form", "url": "https://forms.example/17", "code": code, "item": items});
    // Contained.
    let mut inside = response.clone();
    inside["contained"] = json!([form]);
    inside["questionnaire"] = "#form".into();
    // Beside it in a Bundle.
    response["questionnaire"] = "https://forms.example/17|3".into();
    let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}]});
    let bundle = json!({
        "resourceType": "Bundle", "type": "collection",
        "entry": [{"resource": patient}, {"resource": form}, {"resource": response}]
    });
    for (tree, canonical) in [(inside, ""), (bundle, "https://forms.example/17|3")] {
        assert_eq!(codes(&tree), [""; 0]);
        let found = &answered(&tree.to_string())[0];
        assert_eq!((found.instrument.as_str(), found.canonical.as_str()), ("NDI", canonical));
        assert!(values(found).iter().all(|(_, value)| *value == "1") && found.answers.len() == 10);
    }
}

#[test]
fn a_sites_own_questionnaire_is_read_by_its_tables() {
    let mut profile = SITE.clone();
    let question = |code: &str, link: Option<&str>| access_mappings::QuestionCode {
        code: code.to_owned(),
        system: None,
        instrument: "PGIC-MSK".to_owned(),
        link: link.map(str::to_owned),
    };
    profile.codes.questionnaires =
        vec![question("https://ehr.example/q/9", None), question("change", Some("pgic-1"))].into();
    profile.codes.answers =
        vec![access_mappings::AnswerCode { code: "better".to_owned(), of: Some("pgic".to_owned()), ordinal: 2 }].into();
    let mut tree = resource(&example("PGIC-MSK"));
    tree["questionnaire"] = "https://ehr.example/q/9|1.0".into();
    tree["item"] = json!([{"linkId": "change", "answer": [{"valueCoding": {"system": "urn:ehr", "code": "better"}}]}]);
    assert_eq!(found(&read_by(&profile, &tree.to_string()).issues), []);
    let response = &answered_by(&profile, &tree.to_string())[0];
    assert_eq!((response.instrument.as_str(), values(response)), ("PGIC-MSK", vec![("pgic-1", "2")]));
    // Without the tables nothing is guessed.
    assert_eq!(codes(&tree), ["questionnaire-unknown"]);
}

#[test]
fn which_of_two_instruments_is_meant_is_not_guessed() {
    let mut tree = resource(&example("PGIC-BH"));
    tree["questionnaire"] = "https://ehr.example/Questionnaire/change".into();
    assert_eq!(codes(&tree), ["questionnaire-ambiguous"]);
    assert_eq!(answered(&tree.to_string()), []);
    tree["questionnaire"] = "https://ehr.example/Questionnaire/PGIC".into();
    assert_eq!(codes(&tree), ["questionnaire-ambiguous"]);
}

#[test]
fn items_of_a_bank_that_are_not_listed_are_kept_with_their_ordinal() {
    let mut tree = resource(&example("PROMIS-PF-CAT"));
    let ordinal = json!([{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 4}]);
    let coding = json!({"extension": ordinal, "system": "http://loinc.org", "code": "LA13918-0"});
    let extra = |link: &str| json!({"linkId": link, "text": "Invented?", "answer": [{ "valueCoding": coding }]});
    tree["item"].as_array_mut().unwrap().insert(1, extra("/61600-3"));
    tree["item"].as_array_mut().unwrap().push(extra("comment"));
    assert_eq!(
        found(&read(&tree.to_string()).issues),
        [at("questionnaire-item-unknown", "QuestionnaireResponse.item[6]")]
    );
    let response = &answered(&tree.to_string())[0];
    // In the order in which they were asked.
    let found = values(response);
    assert_eq!(found, [("pf-cat-1", "2"), ("/61600-3", "4"), ("pf-cat-2", "3"), ("pf-cat-3", "3"), ("pf-cat-4", "2")]);
    assert_eq!(response.answers[1].code, "LA13918-0");
    tree["item"][1]["answer"][0]["valueCoding"]["extension"][0]["valueDecimal"] = 6.into();
    assert_eq!(codes(&tree)[1..], ["questionnaire-answer-range".to_owned()]);
}

#[test]
fn a_deleted_response_is_taken_back() {
    let mut response = resource(&example("PHQ-9"));
    response.as_object_mut().unwrap().remove("meta");
    let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}]});
    let bundle = json!({
        "resourceType": "Bundle", "type": "history", "timestamp": "2026-01-20T00:00:00Z",
        "entry": [
            {"resource": patient, "request": {"method": "PUT", "url": "Patient/p"}},
            {"request": {"method": "DELETE", "url": "QuestionnaireResponse/q1"}},
            {"resource": response, "request": {"method": "PUT", "url": "QuestionnaireResponse/q1"}}
        ]
    });
    let found = answered(&bundle.to_string());
    assert_eq!((found.len(), found[0].status.as_str()), (1, "entered-in-error"));
    assert_eq!(entries(&bundle.to_string())[0].key, "q:QuestionnaireResponse/q1");
}

#[test]
fn answers_and_results_of_a_record_out_of_use_are_nobodys() {
    let result = json!({
        "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "valueQuantity": {"value": 7.0, "unit": "%"}, "effectiveDateTime": "2026-01-15"
    });
    let bundle = |active: bool| {
        let patient = json!({
            "resourceType": "Patient", "id": "p", "active": active, "identifier": [{"system": "urn:x", "value": "1"}]
        });
        let response = resource(&example("PHQ-9"));
        let entries = [patient, response, result.clone()].map(|resource| json!({ "resource": resource }));
        let bundle = json!({"resourceType": "Bundle", "type": "collection", "timestamp": "2026-01-20T00:00:00Z", "entry": entries});
        read(&bundle.to_string())
    };
    let stated = |reading: &Reading| {
        let facts = facts(reading).remove(0);
        (
            facts.observations.len(),
            facts.questionnaires.len(),
            reading.subjects[0].entry_keys.len(),
            reading.observations,
        )
    };
    // Of the record of the result also what it may have said before.
    assert_eq!(stated(&bundle(true)), (1, 1, 4, 12));
    // They are counted all the same.
    assert_eq!(stated(&bundle(false)), (0, 0, 0, 12));
}

#[test]
fn a_partial_date_is_none_and_the_answers_are_counted_all_the_same() {
    let mut tree = resource(&example("PHQ-9"));
    tree["authored"] = "2026-01".into();
    assert_eq!(codes(&tree), ["questionnaire-undated"]);
    let reading = read(&tree.to_string());
    assert_eq!(reading.observations, 11);
    assert_eq!(facts(&reading)[0].questionnaires[0].authored, "");
}

#[test]
fn a_flood_of_items_and_responses_is_bounded() {
    let item = |number: usize| json!({"linkId": format!("/6{number:04}-0"), "answer": [{"valueInteger": 1}]});
    let mut tree = resource(&example("PHQ-9"));
    let items: Vec<Value> = (0..2_000).map(item).collect();
    tree["item"] = items.into();
    assert!(read(&tree.to_string()).issues.iter().any(|issue| issue.code == "limit-rows"));
    let long = "x".repeat(20_000);
    let mut tree = resource(&example("PHQ-9"));
    tree["item"].as_array_mut().unwrap().iter_mut().for_each(|item| item["text"] = long.clone().into());
    assert!(entries(&tree.to_string())[0].document.len() < 10_000);
    let mut all =
        vec![json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}]})];
    for number in 0..150 {
        let mut response = resource(&example("PGIC-BH"));
        response["id"] = format!("q{number}").into();
        all.push(response);
    }
    let reading = read(&Value::from(all).to_string());
    assert_eq!(facts(&reading)[0].questionnaires.len(), 100);
    assert!(reading.issues.iter().any(|issue| issue.code == "limit-rows"));
}

#[test]
fn a_form_that_thousands_of_responses_name_is_looked_into_once() {
    let item = |number: usize| json!({"linkId": format!("x{number}"), "type": "string"});
    let items: Vec<Value> = (0..4_000).map(item).collect();
    let form = json!({"resourceType": "Questionnaire", "url": "https://forms.example/1", "item": items});
    let mut all =
        vec![form, json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}]})];
    for number in 0..4_000 {
        all.push(json!({
            "resourceType": "QuestionnaireResponse", "id": format!("r{number}"), "status": "completed",
            "questionnaire": "https://forms.example/1", "subject": {"reference": "Patient/p"},
            "item": [{"linkId": "x1", "answer": [{"valueString": "words"}]}]
        }));
    }
    let reading = read(&Value::from(all).to_string());
    assert_eq!(facts(&reading)[0].questionnaires, []);
    assert!(reading.issues.iter().any(|issue| issue.code == "questionnaire-unknown"));
}

proptest! {
    #[test]
    fn any_items_are_read_or_left(
        items in prop::collection::vec(("[a-z0-9/-]{0,9}", 0_usize..8, "[ -~]{0,9}", -9_i64..9), 0..12), canonical in "[a-z/:0-9-]{0,20}",
    ) {
        let answer = |kind: usize, text: &str, number: i64| match kind {
            0 => json!({"valueInteger": number}),
            1 => json!({"valueString": text}),
            2 => json!({"valueCoding": {"code": text, "system": "http://loinc.org"}}),
            3 => json!({"valueCoding": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": number}]}}),
            4 => json!({"valueQuantity": {"value": number}}),
            5 => json!({"valueDate": text}),
            6 => json!({"item": [{"linkId": text, "answer": [{"valueInteger": number}]}]}),
            _ => json!({}),
        };
        let mut tree = resource(&example("PHQ-9"));
        tree["questionnaire"] = canonical.into();
        let items: Vec<Value> = items
            .iter()
            .map(|(link, kind, text, number)| json!({"linkId": link, "answer": [answer(*kind, text, *number)]}))
            .collect();
        tree["item"] = items.into();
        let reading = read(&tree.to_string());
        for answered in facts(&reading).remove(0).questionnaires {
            prop_assert!(SITE.guide.instrument(&answered.instrument).is_some());
        }
    }
}
