//! What single records say: plans, conditions, visits, references.

use super::support::*;
use crate::facts::{Certainty, Stated};
use access_mappings::{EventEffect, PlanClass};
use serde_json::{Value, json};

const T: &str = "2026-07-14T14:15:00Z";

fn status(clinical: &str, verification: &str) -> Value {
    json!({
        "clinicalStatus": {"coding": [{"code": clinical}]},
        "verificationStatus": {"coding": [{"code": verification}]}
    })
}

#[test]
fn only_conditions_that_are_active_and_confirmed_count() {
    for (clinical, verification, certainty) in [
        ("active", "confirmed", Certainty::Confirmed),
        ("relapse", "confirmed", Certainty::Confirmed),
        ("active", "provisional", Certainty::Provisional),
        ("active", "differential", Certainty::Provisional),
        ("active", "unconfirmed", Certainty::Provisional),
        ("odd", "confirmed", Certainty::Provisional),
        ("active", "refuted", Certainty::Withdrawn),
        ("active", "entered-in-error", Certainty::Withdrawn),
        ("resolved", "confirmed", Certainty::Withdrawn),
        ("inactive", "confirmed", Certainty::Withdrawn),
        ("remission", "confirmed", Certainty::Withdrawn),
    ] {
        let (facts, _) = only(&condition("c", "I10", T, &status(clinical, verification)));
        let rows = facts.diagnoses.unwrap();
        assert_eq!(rows[0].certainty, certainty, "{clinical} {verification}");
    }
    let over = json!({"clinicalStatus": null, "abatementDateTime": "2025-01-01"});
    assert_eq!(only(&condition("c", "I10", T, &over)).0.diagnoses.unwrap()[0].certainty, Certainty::Withdrawn);
}

/// A status without a coding was read as active and confirmed.
#[test]
fn a_status_is_read_in_every_form_and_never_as_none() {
    let word = |text: &str| json!({"text": text});
    let stated = |name: &str, value: Value| {
        let mut more = json!({});
        more[name] = value;
        more
    };
    let display = json!({"coding": [{"display": "Resolved"}]});
    for (more, certainty, code) in [
        (stated("clinicalStatus", json!("active")), Certainty::Confirmed, ""),
        (stated("clinicalStatus", json!("resolved")), Certainty::Withdrawn, "diagnosis-inactive"),
        (stated("clinicalStatus", word("Resolved")), Certainty::Withdrawn, "diagnosis-inactive"),
        (stated("clinicalStatus", display), Certainty::Withdrawn, "diagnosis-inactive"),
        (stated("clinicalStatus", word("no longer a problem")), Certainty::Provisional, "diagnosis-status"),
        (stated("clinicalStatus", json!({})), Certainty::Provisional, "diagnosis-status"),
        (stated("clinicalStatus", json!(7)), Certainty::Provisional, "diagnosis-status"),
        (stated("clinicalStatus", json!([{"text": "Resolved"}])), Certainty::Provisional, "diagnosis-status"),
        (stated("verificationStatus", json!("confirmed")), Certainty::Confirmed, ""),
        (stated("verificationStatus", json!("refuted")), Certainty::Withdrawn, "diagnosis-ruled-out"),
        (stated("verificationStatus", word("Refuted")), Certainty::Withdrawn, "diagnosis-ruled-out"),
        (stated("verificationStatus", word("Entered in Error")), Certainty::Withdrawn, ""),
        (stated("verificationStatus", json!({"coding": []})), Certainty::Provisional, "diagnosis-status"),
        (json!({"clinicalStatus": null, "verificationStatus": null}), Certainty::Confirmed, ""),
    ] {
        let (facts, issues) = only(&condition("c", "I10", T, &more));
        assert_eq!(facts.diagnoses.unwrap()[0].certainty, certainty, "{more}");
        assert_eq!(codes(&issues), if code.is_empty() { vec![] } else { vec![code] }, "{more}");
    }
}

#[test]
fn one_record_entered_in_error_does_not_take_back_another() {
    let mut host = Host::default();
    host.take(patient(&json!({})).to_string().as_bytes());
    host.take(condition("one", "I10", T, &json!({})).to_string().as_bytes());
    let wrong = condition("two", "I10", "2026-07-15T00:00:00Z", &status("active", "entered-in-error"));
    host.take(wrong.to_string().as_bytes());
    assert_eq!(host.charts()[0]["diagnoses"][0]["code"], "I10");
    let wrong = condition("one", "I10", "2026-07-16T00:00:00Z", &status("active", "entered-in-error"));
    host.take(wrong.to_string().as_bytes());
    assert_eq!(host.charts()[0]["diagnoses"], json!([]));
}

#[test]
fn a_code_is_taken_from_the_coding_that_can_be_sent() {
    for (codings, expected, code) in [
        (
            json!([{"system": "http://snomed.info/sct", "code": "38341003"}, {"system": "urn:oid:2.16.840.1.113883.6.90", "code": "I10"}]),
            "I10",
            "",
        ),
        (json!([{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E119"}]), "E11.9", ""),
        (
            json!([{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}, {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9", "userSelected": true}]),
            "E11.9",
            "diagnosis-several-codes",
        ),
        (json!([{"code": "I10"}]), "I10", "diagnosis-system-missing"),
        (json!([{"system": "http://snomed.info/sct", "code": "38341003"}]), "", "diagnosis-system"),
        (json!([{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "401.9"}]), "", "icd9-ignored"),
        (json!([{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "HELLO"}]), "", "diagnosis-form"),
    ] {
        let (facts, issues) = only(&condition("c", "", T, &json!({"code": {"coding": codings}})));
        assert_eq!(facts.diagnoses.unwrap()[0].code, expected, "{codings}");
        assert_eq!(codes(&issues).first().copied().unwrap_or_default(), code, "{codings}");
        if !issues.is_empty() {
            assert!(issues[0].location.starts_with("Condition.code.coding"), "{}", issues[0].location);
        }
    }
}

#[test]
fn the_kind_of_plan_comes_from_its_typology_its_class_and_its_names() {
    for (code, more, class) in [
        ("121", json!({}), PlanClass::OriginalMedicare),
        ("12", json!({}), PlanClass::OriginalMedicare),
        ("111", json!({}), PlanClass::MedicareAdvantage),
        ("11", json!({}), PlanClass::MedicareAdvantage),
        ("122", json!({}), PlanClass::Drug),
        ("21", json!({}), PlanClass::Medicaid),
        ("", json!({"type": {"text": "Medicare Part B"}}), PlanClass::OriginalMedicare),
        ("", json!({"type": null, "payor": [{"display": "Medicare"}]}), PlanClass::OriginalMedicare),
        ("", json!({"type": null, "payor": [{"display": "Blue Cross"}]}), PlanClass::Other),
        (
            "",
            json!({"type": null, "payor": [{"display": "Medicare"}],
                   "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "H5216-043"}]}),
            PlanClass::MedicareAdvantage,
        ),
    ] {
        let (facts, _) = only(&coverage("v", code, &more));
        assert_eq!(facts.plans.unwrap()[0].class, class, "{code} {more}");
    }
}

/// Of two names of one payor the display alone was read, under the path of the other; of a type with a text no coding was.
#[test]
fn every_name_of_a_plan_is_read_and_the_one_that_tells_is_the_origin() {
    let payor = |name: &str, display: &str| {
        json!({"type": null, "contained": [{"resourceType": "Organization", "id": "o", "name": name}],
               "payor": [{"reference": "#o", "display": display}]})
    };
    let kind = |text: Value, displays: &[&str]| {
        let codings: Vec<Value> = displays.iter().map(|display| json!({"display": display})).collect();
        json!({"type": {"text": text, "coding": codings}})
    };
    // What this code means is known, whatever its words can be mistaken for.
    let coding = json!({"system": "https://nahdo.org/sopt", "code": "121", "display": "Medicare Non-managed Care FFS"});
    let known = json!({"type": {"text": "Medicare Part B", "coding": [coding]}});
    let group = json!({"type": {"coding": [{"code": "group"}]}, "value": "1", "name": "Acme"});
    let mut grouped = payor("Humana Medicare Advantage", "Medicare");
    grouped["class"] = json!([group]);
    let advantage = PlanClass::MedicareAdvantage;
    for (more, class, path) in [
        (payor("Humana Medicare Advantage", "Medicare"), advantage, "contained[0].name"),
        (grouped, advantage, "contained[0].name"),
        (payor("Payer", "Medicare Advantage HMO"), advantage, "payor[0].display"),
        (payor("Payer", "Medicare"), PlanClass::OriginalMedicare, "payor[0].display"),
        (payor("", "Medicare"), PlanClass::OriginalMedicare, "payor[0].display"),
        (kind(json!("Medicare"), &["Medicare Advantage HMO"]), advantage, "type.coding[0].display"),
        (kind(json!(null), &["Medicare", "Medicare Advantage HMO"]), advantage, "type.coding[1].display"),
        (kind(json!("Medicare Part B"), &[]), PlanClass::OriginalMedicare, "type.text"),
        (known, PlanClass::OriginalMedicare, "type.coding[0].code"),
    ] {
        let (facts, _) = only(&coverage("v", "", &more));
        let plan = &facts.plans.unwrap()[0];
        assert_eq!((plan.class, plan.from.path.as_str()), (class, &*format!("Coverage.{path}")), "{more}");
    }
}

/// A status of another list was read as in force.
#[test]
fn a_coverage_of_unknown_status_is_told_and_not_taken() {
    for (status, code) in [
        (json!("active"), ""),
        (json!("draft"), "coverage-draft"),
        (json!("inactive"), "coverage-status"),
        (json!("expired"), "coverage-status"),
        (json!({"text": "active"}), "coverage-status"),
    ] {
        let (facts, issues) = only(&coverage("v", "121", &json!({"status": status})));
        assert_eq!(facts.plans.unwrap_or_default().is_empty(), !code.is_empty(), "{status}");
        assert_eq!(at(&issues, code), if code.is_empty() { "" } else { "Coverage.status" }, "{status}");
        assert!(facts.records.withdrawn_plans.is_empty());
    }
}

#[test]
fn the_number_of_an_original_medicare_coverage_is_the_persons_own_only() {
    let own = json!({"subscriberId": "3AA1AA1AA11", "subscriber": {"reference": "Patient/p"}});
    let (facts, _) = only(&coverage("v", "121", &own));
    assert_eq!(facts.mbi.unwrap().from.path, "Coverage.subscriberId");
    let spouse = json!({"subscriberId": "3AA1AA1AA11", "subscriber": {"reference": "Patient/q"}});
    let (facts, issues) = only(&coverage("v", "121", &spouse));
    assert_eq!(facts.mbi, None);
    assert_eq!(at(&issues, "insured-not-patient"), "Coverage.subscriber");
    let other = json!({"subscriberId": "3AA1AA1AA11"});
    assert_eq!(only(&coverage("v", "111", &other)).0.mbi, None);
}

#[test]
fn a_cancelled_coverage_withdraws_itself_and_leaves_the_others() {
    let mut host = Host::default();
    host.take(patient(&json!({})).to_string().as_bytes());
    host.take(coverage("a", "121", &json!({})).to_string().as_bytes());
    host.take(coverage("b", "122", &json!({})).to_string().as_bytes());
    let ended = json!({"status": "cancelled", "meta": {"lastUpdated": "2026-07-20T00:00:00Z"}});
    host.take(coverage("b", "122", &ended).to_string().as_bytes());
    let charts = host.charts();
    let plans = charts[0]["plans"].as_array().unwrap();
    assert_eq!(plans.iter().map(|plan| &plan["statement"]).collect::<Vec<_>>(), ["Coverage/a"]);
    assert_eq!(host.charts().len(), 1);
}

#[test]
fn a_cancelled_encounter_voids_what_was_stated_in_it() {
    let encounter = |status: &str| {
        json!({
            "resourceType": "Encounter", "id": "e", "meta": {"lastUpdated": "2026-07-15T00:00:00Z"}, "status": status,
            "subject": {"reference": "Patient/p"}
        })
    };
    let stated = condition("c", "I10", T, &json!({"encounter": {"reference": "Encounter/e"}}));
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        let feeds = [patient(&json!({})), stated.clone(), encounter("cancelled")];
        let mut host = Host::default();
        order.iter().for_each(|number| host.take(feeds[*number].to_string().as_bytes()));
        assert_eq!(host.charts()[0]["diagnoses"], json!([]), "{order:?}");
    }
    let (facts, _) = only(&encounter("finished"));
    assert_eq!((facts.visit.as_deref(), facts.records.cancelled_visits.len()), (Some("Encounter/e"), 0));
}

#[test]
fn a_discharge_tells_of_death_and_hospice() {
    for (code, dead, hospice) in
        [("exp", true, false), ("hosp", false, true), ("20", true, false), ("home", false, false)]
    {
        let encounter = json!({
            "resourceType": "Encounter", "id": "e", "status": "finished", "subject": {"reference": "Patient/p"},
            "hospitalization": {"dischargeDisposition": {"coding": [{"code": code}]}}
        });
        let (facts, _) = only(&bundle("collection", &[patient(&json!({})), encounter]));
        assert_eq!(facts.deceased.is_some(), dead, "{code}");
        assert_eq!(facts.hospice.is_some(), hospice, "{code}");
        if let Some(Stated::Set(dead)) = facts.deceased {
            assert_eq!(dead.from.path, "Bundle.entry[1].resource.hospitalization.dischargeDisposition");
        }
    }
}

/// Any discharge to a hospice counted, however old.
#[test]
fn the_latest_discharge_tells_of_hospice_and_any_of_death() {
    let encounter = |(id, (code, period)): (&str, (&str, Value))| {
        json!({
            "resourceType": "Encounter", "id": id, "status": "finished", "subject": {"reference": "Patient/p"}, "period": period,
            "hospitalization": {"dischargeDisposition": {"coding": [{"code": code}]}}
        })
    };
    let old = || json!({"start": "2019-01-01", "end": "2019-01-05"});
    let new = || json!({"start": "2026-02-01T10:00:00Z"});
    for (rows, dead, hospice) in [
        ([("hosp", old()), ("home", new())], false, false),
        ([("home", new()), ("hosp", old())], false, false),
        ([("home", old()), ("hosp", new())], false, true),
        ([("exp", old()), ("home", new())], true, false),
        ([("hosp", json!(null)), ("home", old())], false, true),
        ([("hosp", json!(null)), ("home", json!(null))], false, true),
    ] {
        let said = format!("{rows:?}");
        let [first, second] = rows;
        let [one, other] = [("one", first), ("other", second)].map(encounter);
        let (facts, _) = only(&bundle("collection", &[patient(&json!({})), one, other]));
        assert_eq!((facts.deceased.is_some(), facts.hospice.is_some()), (dead, hospice), "{said}");
    }
}

#[test]
fn references_of_every_kind_lead_to_the_patient() {
    let base = "https://ehr.example/fhir";
    for reference in [
        json!({"reference": "Patient/p"}),
        json!({"reference": format!("{base}/Patient/p")}),
        json!({"reference": format!("{base}/Patient/p/_history/3")}),
        json!({"reference": "Patient?identifier=urn:oid:1.2.3|77"}),
        json!({"reference": "Patient?identifier=urn%3Aoid%3A1.2.3%7C77"}),
        json!({"type": "Patient", "identifier": {"system": "urn:oid:1.2.3", "value": "77"}}),
    ] {
        let feed = json!({"resourceType": "Bundle", "type": "collection", "entry": [
            {"fullUrl": format!("{base}/Condition/c"), "resource": condition("c", "I10", T, &json!({"subject": reference}))},
            {"fullUrl": format!("{base}/Patient/p"), "resource": patient(&json!({}))},
        ]});
        let (facts, _) = only(&feed);
        assert!(facts.name.is_some() && facts.diagnoses.is_some(), "{reference}");
        assert_eq!(facts.aliases.last().unwrap().key(), format!("id:fhir:{base}|Patient/p"));
    }
    let contained = json!({"subject": {"reference": "#p"}, "contained": [patient(&json!({}))]});
    let (facts, _) = only(&condition("c", "I10", T, &contained));
    assert_eq!(facts.mbi.unwrap().from.path, "Condition.contained[0].identifier[1].value");
    // Whoever is named by the Medicare number alone is that person.
    let named =
        json!({"subject": {"identifier": {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "3AA1AA1AA11"}}});
    let (facts, _) = only(&condition("c", "I10", T, &named));
    assert_eq!(facts.mbi.unwrap().from.path, "Condition.subject.identifier.value");
}

#[test]
fn equal_ids_of_two_servers_are_two_patients() {
    let other = condition("c", "I10", T, &json!({"subject": {"reference": "https://other.example/Patient/p"}}));
    let feed = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": "https://ehr.example/Patient/p", "resource": patient(&json!({}))},
        {"fullUrl": "https://other.example/Condition/c", "resource": other},
    ]});
    let reading = read_tree(&feed).unwrap();
    assert_eq!(reading.subjects.len(), 2);
    assert_eq!(reading.subjects[1].keys, ["id:fhir:https://other.example|Patient/p"]);
}

#[test]
fn a_deleted_patient_is_for_a_person_to_look_at() {
    let feed = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "DELETE", "url": "Patient/p"}},
        {"request": {"method": "DELETE", "url": "Condition/unknown"}},
    ]});
    let (facts, issues) = only(&feed);
    assert_eq!(facts.effect, EventEffect::Review);
    assert_eq!(at(&issues, "delete-unattributed"), "Bundle.entry[1].request");
}

#[test]
fn one_number_on_two_patients_is_nobodys() {
    let other = patient(&json!({"id": "q", "birthDate": "1950-01-01"}));
    let reading = read_tree(&bundle("collection", &[patient(&json!({})), other])).unwrap();
    assert!(facts(&reading).iter().all(|facts| facts.mbi.is_none()));
    assert_eq!(at(&reading.issues, "mbi-shared"), "Bundle.entry[0].resource");
}

#[test]
fn a_birth_date_without_its_day_is_taken_with_a_doubt() {
    let (facts, issues) = only(&patient(&json!({"birthDate": "1947-09"})));
    assert!(matches!(facts.birth_date, Some(Stated::Set(date)) if date.value == "1947-09"));
    assert_eq!(at(&issues, "birth-date-partial"), "Patient.birthDate");
}

#[test]
fn only_explicit_orders_and_configured_consents_have_consequences() {
    let order = |more: Value| {
        let mut order = json!({
            "resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order",
            "subject": {"reference": "Patient/p"}, "code": {"coding": [{"system": "urn:x", "code": "REF"}]}
        });
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        order
    };
    let (facts, issues) = only(&order(json!({})));
    assert_eq!((facts.referral, codes(&issues).contains(&"referral-doubtful")), (None, true));
    for more in [json!({"intent": "proposal"}), json!({"status": "revoked"}), json!({"doNotPerform": true})] {
        let mut more = more;
        more["performer"] = json!([{"identifier": {"value": "ACCES12345"}}]);
        assert_eq!(only(&order(more)).0.referral, None);
    }
    let mut profile = EXAMPLE.clone();
    profile.fhir.referral_codes = vec!["urn:x|REF".to_owned()];
    let reading = super::super::read(&profile, &order(json!({})).to_string()).unwrap();
    assert!(facts_of(&reading).referral.unwrap().value);
    let consent = json!({
        "resourceType": "Consent", "id": "k", "status": "active", "patient": {"reference": "Patient/p"},
        "category": [{"coding": [{"system": "urn:x", "code": "ENROL"}]}], "dateTime": "2026-07-14"
    });
    assert_eq!(only(&consent).0.requests, []);
    profile.fhir.enrol_consents = vec![access_mappings::ConsentRule {
        category: "urn:x|ENROL".to_owned(),
        track: "MSK".to_owned(),
        switch: true,
    }];
    let reading = super::super::read(&profile, &consent.to_string()).unwrap();
    let request = &facts_of(&reading).requests[0];
    assert_eq!((request.action.as_str(), request.track.as_str()), ("ALIGN", "MSK"));
    assert_eq!((request.switch_consent, request.effective.as_deref()), (Some(true), Some("2026-07-14")));
    // What has run out, denies in part, or was not confirmed by the person asks for nothing.
    let asked = |more: Value| {
        let mut consent = consent.clone();
        consent["meta"] = json!({"lastUpdated": T});
        for (name, value) in more.as_object().unwrap() {
            consent[name] = value.clone();
        }
        let reading = super::super::read(&profile, &consent.to_string()).unwrap();
        let is_told = codes(&reading.issues).contains(&"consent-not-given");
        let is_asked = !facts_of(&reading).requests.is_empty();
        assert_ne!(is_told, is_asked, "{more}");
        is_asked
    };
    for (more, expected) in [
        (json!({"provision": {"type": "permit", "period": {"end": "2027-01-01"}}}), true),
        (json!({"provision": {"period": {"end": "2026-07-14"}}}), true),
        (json!({"provision": {"period": {"end": "2025-01-01"}}}), false),
        (json!({"provision": {"type": "deny"}}), false),
        (json!({"provision": {"type": "permit", "provision": [{"type": "permit"}]}}), true),
        (json!({"provision": {"type": "permit", "provision": [{"type": "permit"}, {"type": "deny"}]}}), false),
        (json!({"verification": [{"verified": true}]}), true),
        (json!({"verification": [{"verified": false}]}), false),
    ] {
        assert_eq!(asked(more.clone()), expected, "{more}");
    }
}

fn facts_of(reading: &access_contract::Reading) -> crate::facts::Facts {
    facts(reading).remove(0)
}

#[test]
fn a_site_says_what_an_event_does() {
    let mut profile = EXAMPLE.clone();
    let ignore = access_mappings::EventRule { effect: EventEffect::Ignore, screens: false };
    profile.events.insert("FHIR^*", ignore);
    let reading = super::super::read(&profile, &patient(&json!({})).to_string()).unwrap();
    assert_eq!((facts_of(&reading).effect, facts_of(&reading).screens), (EventEffect::Ignore, false));
}

#[test]
fn an_array_of_resources_is_read_and_located_by_position() {
    let feed = json!([patient(&json!({})), condition("c", "I10", T, &json!({}))]);
    let (facts, _) = only(&feed);
    assert_eq!(facts.diagnoses.unwrap()[0].from.path, "[1].code.coding[0]");
    assert!(facts.records.fragment);
}
