//! What documents state.

use super::support::{FULL, SITE, document, facts, facts_of, places, reading};
use crate::facts::{Certainty, Observed, Stated};

fn value<T: Clone>(stated: &Option<Stated<T>>) -> Option<(T, String)> {
    match stated {
        Some(Stated::Set(sourced)) => Some((sourced.value.clone(), sourced.from.path.clone())),
        _ => None,
    }
}

#[test]
fn the_header_says_sender_kind_time_and_control_id() {
    let header = reading(FULL.as_bytes()).header;
    assert_eq!(header.message_type, "CCDA");
    assert_eq!(header.event, "CCD");
    assert_eq!(header.version, "C-CDA R2.1");
    assert_eq!(header.control_id, "2.16.840.1.113883.19.5.99999^DOC-1");
    assert_eq!(header.sent_at, "20260714091500-0500");
    assert_eq!((header.sending_application.as_str(), header.sending_facility.as_str()), ("EPIC", "MAIN"));
}

#[test]
fn the_person_is_read_with_places_in_the_document() {
    let facts = facts(FULL);
    let patient = "/ClinicalDocument/recordTarget/patientRole";
    let mbi = facts.mbi.unwrap();
    assert_eq!((mbi.value.as_str(), mbi.from.path), ("3AA1AA1AA11", format!("{patient}/id[3]")));
    let (name, place) = value(&facts.name).unwrap();
    assert_eq!((name.family.as_str(), name.given), ("HALVORSEN", vec!["RUTH".to_owned(), "ANN".to_owned()]));
    assert!(place.starts_with("section[payers]/entry/act/"), "{place}");
    assert_eq!(value(&facts.birth_date).unwrap(), ("1947-09-12".to_owned(), format!("{patient}/patient/birthTime")));
    assert_eq!(value(&facts.gender).unwrap().0, "female");
    let (home, place) = value(&facts.address).unwrap();
    assert_eq!((home.state.as_str(), home.postal_code.as_str()), ("MA", "01103"));
    assert!(place.starts_with(&format!("{patient}/addr[1]")), "{place}");
    assert_eq!(facts.aliases.len(), 1);
    assert_eq!(facts.aliases[0].key(), "id:2.16.840.1.113883.19.5|400112");
    let more = facts.demographics;
    assert_eq!(value(&more.race).unwrap().0.categories, ["2106-3", "2028-9"]);
    assert_eq!(value(&more.ethnicity).unwrap().0.categories, ["2186-5"]);
    assert_eq!(value(&more.birth_sex).unwrap().0, "F");
    assert_eq!(value(&more.language).unwrap().0, "en");
    let telecoms: Vec<(String, String)> =
        value(&more.telecoms).unwrap().0.into_iter().map(|one| (one.system, one.usage)).collect();
    assert_eq!(telecoms[0], ("phone".to_owned(), "home".to_owned()));
    assert_eq!(telecoms[1], ("phone".to_owned(), "mobile".to_owned()));
    assert_eq!(telecoms[2].0, "email");
}

#[test]
fn what_must_not_be_kept_is_in_no_fact() {
    let reading = reading(FULL.as_bytes());
    let text = &reading.subjects[0].facts;
    assert!(!text.contains("4321"), "social security number");
    let facts = facts_of(&reading);
    assert!(!facts.patient.contains("3AA1AA1AA11"));
    assert!(facts.patient.starts_with("PID|1||400112^^^&2.16.840.1.113883.19.5&ISO"));
    assert!(!text.contains("9ZZ9"), "narrative is never read");
}

#[test]
fn a_policy_is_a_plan_by_its_payment_type() {
    let plans = facts(FULL).plans.unwrap();
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].class, access_mappings::PlanClass::OriginalMedicare);
    assert_eq!(
        (plans[0].priority, plans[0].starts.as_deref(), plans[0].ends.as_deref()),
        (1, Some("2012-09-01"), None)
    );
    assert_eq!(plans[0].from.path, "section[payers]/entry/act/entryRelationship/act/code");
}

#[test]
fn problems_add_and_withdraw_their_own_codes() {
    let facts = facts(FULL);
    assert!(facts.diagnoses_are_changes);
    assert_eq!(facts.visit, None);
    let rows: Vec<(String, Certainty, Option<String>)> =
        facts.diagnoses.unwrap().into_iter().map(|row| (row.code, row.certainty, row.recorded)).collect();
    assert!(rows.contains(&("E11.9".to_owned(), Certainty::Confirmed, Some("2025-03-01".to_owned()))));
    assert!(rows.iter().any(|row| row.0 == "I20.9" && row.1 == Certainty::Withdrawn));
    assert!(rows.iter().any(|row| row.0 == "N18.6" && row.1 == Certainty::Withdrawn));
    assert_eq!(rows.len(), 3);
}

#[test]
fn results_keep_numbers_units_comparators_and_times() {
    let facts = facts(FULL);
    let of = |code: &str| facts.observations.iter().find(|one| one.loinc == code).unwrap();
    let quantity = |value: &str, comparator: &str, unit: &str| Observed::Quantity {
        value: value.to_owned(),
        comparator: comparator.to_owned(),
        unit: unit.to_owned(),
        code: unit.to_owned(),
    };
    let a1c = of("4548-4");
    assert_eq!(a1c.value, quantity("7.0", "", "%"));
    assert_eq!((a1c.status.as_str(), a1c.at.as_str()), ("final", "2026-07-10T08:30:00-05:00"));
    assert!(
        a1c.from.path.starts_with("section[results]/entry/organizer/component[1]/observation"),
        "{}",
        a1c.from.path
    );
    assert_eq!(of("14959-1").value, quantity("30", "<", "mg/g"));
    let systolic = of("8480-6");
    assert_eq!(systolic.value, quantity("138", "", "mm[Hg]"));
    assert_eq!(systolic.at, "2026-07-14T09:00:00-05:00");
}

#[test]
fn sections_that_are_not_read_are_listed_once() {
    let reading = reading(FULL.as_bytes());
    assert_eq!(places(&reading.issues), [("section-ignored", "section[48765-2]")]);
}

#[test]
fn a_null_flavour_says_nothing() {
    let text = document(
        "<id nullFlavor=\"UNK\" root=\"2.16.840.1.113883.4.927\"/><addr nullFlavor=\"NI\"/><telecom nullFlavor=\"UNK\" value=\"tel:5\"/>\
         <patient><name><given nullFlavor=\"UNK\">X</given><family>HALVORSEN</family></name>\
         <administrativeGenderCode nullFlavor=\"UNK\"/><birthTime nullFlavor=\"UNK\"/><raceCode nullFlavor=\"ASKU\"/></patient>",
        &["<code code=\"11450-4\"/><entry><act nullFlavor=\"NI\"/></entry>", "<code code=\"48768-6\"/>"],
    );
    let facts = facts(&text);
    assert!(facts.mbi.is_none() && facts.gender.is_none() && facts.birth_date.is_none() && facts.address.is_none());
    assert!(facts.plans.is_none() && facts.diagnoses.is_none() && facts.demographics.race.is_none());
    let (name, _) = value(&facts.name).unwrap();
    assert!(name.given.is_empty());
    let nulled = document("", &[]).replace("<section>", "<section nullFlavor=\"NI\">");
    assert!(facts_of(&reading(nulled.as_bytes())).plans.is_none());
}

fn problem(act: &str, observation: &str) -> Option<Certainty> {
    let section = format!(
        "<code code=\"11450-4\"/><entry><act>{act}<entryRelationship typeCode=\"SUBJ\"><observation>{observation}\
         <value code=\"I10\" codeSystem=\"2.16.840.1.113883.6.90\"/></observation></entryRelationship></act></entry>"
    );
    let rows = facts(&document("", &[&section])).diagnoses.unwrap_or_default();
    rows.first().map(|row| row.certainty)
}

#[test]
fn how_a_problem_stands_decides_what_becomes_of_its_code() {
    let status = |code: &str| {
        format!(
            "<entryRelationship><observation><code code=\"33999-4\"/><value code=\"{code}\"/></observation></entryRelationship>"
        )
    };
    let ended = "<effectiveTime><high value=\"20200101\"/></effectiveTime>";
    for (act, observation, expected) in [
        ("<statusCode code=\"active\"/>", String::new(), Certainty::Confirmed),
        ("", String::new(), Certainty::Confirmed),
        ("<statusCode code=\"completed\"/>", status("55561003"), Certainty::Confirmed),
        ("<statusCode code=\"completed\"/>", String::new(), Certainty::Provisional),
        ("<statusCode code=\"suspended\"/>", String::new(), Certainty::Provisional),
        ("<statusCode code=\"active\"/>", status("413322009"), Certainty::Withdrawn),
        ("<statusCode code=\"active\"/>", ended.to_owned(), Certainty::Withdrawn),
        ("<statusCode code=\"aborted\"/>", status("55561003"), Certainty::Withdrawn),
        ("<statusCode code=\"active\"/>", "<statusCode code=\"nullified\"/>".to_owned(), Certainty::Withdrawn),
        (
            "<statusCode code=\"active\"/>",
            "<effectiveTime><high nullFlavor=\"UNK\"/></effectiveTime>".to_owned(),
            Certainty::Withdrawn,
        ),
        (
            "<statusCode code=\"active\"/>",
            "<effectiveTime><low value=\"2019\"/><high nullFlavor=\"NI\"/></effectiveTime>".to_owned(),
            Certainty::Provisional,
        ),
        (
            "<statusCode code=\"active\"/>",
            format!("<effectiveTime><high nullFlavor=\"UNK\"/></effectiveTime>{}", status("55561003")),
            Certainty::Confirmed,
        ),
    ] {
        assert_eq!(problem(act, &observation), Some(expected), "{act} {observation}");
    }
}

#[test]
fn a_degree_is_no_suffix_of_the_name() {
    for (parts, suffix) in [
        ("<suffix qualifier=\"AC\">MD</suffix><suffix>Jr</suffix>", "Jr"),
        ("<suffix>III</suffix>", "III"),
        ("<suffix qualifier=\"AC\">MD</suffix>", ""),
    ] {
        let name = format!("<patient><name><given>Ann</given><family>Halvorsen</family>{parts}</name></patient>");
        assert_eq!(value(&facts(&document(&name, &[])).name).unwrap().0.suffix, suffix, "{parts}");
    }
}

/// A status that was not one of six codes was passed over, and the problem sent as active.
#[test]
fn a_status_is_read_in_words_and_one_that_cannot_be_read_is_not_clear() {
    let status = |value: &str| {
        format!("<entryRelationship><observation><code code=\"33999-4\"/>{value}</observation></entryRelationship>")
    };
    for (value, expected) in [
        ("<value code=\"inactive\" displayName=\"Inactive\"/>", Certainty::Withdrawn),
        ("<value nullFlavor=\"OTH\" displayName=\"Resolved\"/>", Certainty::Withdrawn),
        ("<value nullFlavor=\"OTH\"><originalText>Resolved</originalText></value>", Certainty::Withdrawn),
        ("<value nullFlavor=\"OTH\"><translation code=\"413322009\"/></value>", Certainty::Withdrawn),
        ("<value>Resolved</value>", Certainty::Withdrawn),
        ("<value code=\"1\" displayName=\"Active\"/>", Certainty::Confirmed),
        ("<value code=\"90734009\" displayName=\"Chronic\"/>", Certainty::Confirmed),
        ("<value code=\"415684004\" displayName=\"Rule out\"/>", Certainty::Provisional),
        ("<value nullFlavor=\"OTH\"/>", Certainty::Confirmed),
        ("<value nullFlavor=\"UNK\"/>", Certainty::Confirmed),
        ("<value nullFlavor=\"UNK\"><originalText>Unknown</originalText></value>", Certainty::Confirmed),
        ("<value nullFlavor=\"OTH\" displayName=\"Active Problem\"/>", Certainty::Confirmed),
        ("<value>Acute</value>", Certainty::Confirmed),
        ("<value>Controlled</value>", Certainty::Confirmed),
        ("<value>Stable</value>", Certainty::Confirmed),
        ("<value>Not controlled</value>", Certainty::Confirmed),
        ("<value code=\"410605003\" displayName=\"Confirmed present\"/>", Certainty::Confirmed),
        ("<value>Resolved problem</value>", Certainty::Withdrawn),
        ("<value>Acute, resolved</value>", Certainty::Withdrawn),
        ("<value>No longer active</value>", Certainty::Withdrawn),
        ("<value>In remission</value>", Certainty::Withdrawn),
        ("<value>Not active</value>", Certainty::Provisional),
        ("<value>Not confirmed</value>", Certainty::Provisional),
        ("<value>Suspected, active</value>", Certainty::Provisional),
    ] {
        assert_eq!(problem("<statusCode code=\"active\"/>", &status(value)), Some(expected), "{value}");
    }
    let ended = format!("<effectiveTime><high value=\"20200101\"/></effectiveTime>{}", status("<value code=\"9\"/>"));
    assert_eq!(problem("<statusCode code=\"active\"/>", &ended), Some(Certainty::Withdrawn));
}

#[test]
fn what_was_written_before_a_problem_was_coded_may_doubt_it() {
    let coded = "codeSystem=\"2.16.840.1.113883.6.90\" displayName=\"Type 2 diabetes mellitus\"";
    for (written, certainty, told) in
        [("Rule out diabetes", Certainty::Provisional, 1), ("Diabetes type 2", Certainty::Confirmed, 0)]
    {
        let section = format!(
            "<code code=\"11450-4\"/><entry><act><statusCode code=\"active\"/><entryRelationship><observation>\
             <value code=\"E11.9\" {coded}><originalText>{written}</originalText></value>\
             </observation></entryRelationship></act></entry>"
        );
        let reading = reading(document("", &[&section]).as_bytes());
        assert_eq!(facts_of(&reading).diagnoses.unwrap()[0].certainty, certainty, "{written}");
        let doubts = reading.issues.iter().filter(|issue| issue.code == "diagnosis-doubtful");
        let places: Vec<&str> = doubts.map(|issue| issue.location.as_str()).collect();
        assert_eq!(places.len(), told, "{written}");
        assert!(places.iter().all(|place| place.ends_with("value/originalText")), "{places:?}");
    }
}

/// The typology was read without its code system, so that most of it meant nothing, or the same code of another list.
#[test]
fn the_type_of_a_policy_counts_in_its_own_list() {
    use access_mappings::PlanClass::{Medicaid, MedicareAdvantage, OriginalMedicare, Other};
    const SOPT: &str = "2.16.840.1.113883.3.221.5";
    for (code, system, class, hospice) in [
        ("521", SOPT, Other, false),
        ("2", SOPT, Medicaid, false),
        ("1112", SOPT, MedicareAdvantage, false),
        ("11", SOPT, MedicareAdvantage, false),
        ("12", SOPT, OriginalMedicare, false),
        ("121", SOPT, OriginalMedicare, false),
        ("13", SOPT, OriginalMedicare, true),
        ("MB", "2.16.840.1.113883.6.255.1336", OriginalMedicare, false),
        ("16", "2.16.840.1.113883.6.255.1336", MedicareAdvantage, false),
        ("16", "1.2.3", OriginalMedicare, false),
        ("121", "", OriginalMedicare, false),
    ] {
        let section = format!(
            "<code code=\"48768-6\"/><entry><act><entryRelationship><act>\
             <templateId root=\"2.16.840.1.113883.10.20.22.4.61\"/><code code=\"{code}\" codeSystem=\"{system}\"/>\
             <performer><assignedEntity><representedOrganization><name>MEDICARE PART B</name></representedOrganization>\
             </assignedEntity></performer></act></entryRelationship></act></entry>"
        );
        let facts = facts(&document("", &[&section]));
        assert_eq!((facts.plans.unwrap()[0].class, facts.hospice.is_some()), (class, hospice), "{code} {system}");
    }
}

#[test]
fn what_is_active_in_one_document_counts_over_what_is_gone() {
    let row = |status: &str| {
        format!(
            "<entry><act><statusCode code=\"{status}\"/><entryRelationship><observation>\
             <value code=\"I10\" codeSystem=\"2.16.840.1.113883.6.90\"/></observation></entryRelationship></act></entry>"
        )
    };
    for order in [["active", "aborted"], ["aborted", "active"]] {
        let section = format!("<code code=\"11450-4\"/>{}{}", row(order[0]), row(order[1]));
        let rows = facts(&document("", &[&section])).diagnoses.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].certainty, Certainty::Confirmed);
    }
}

#[test]
fn a_problem_without_icd_10_is_an_issue_at_its_place() {
    let section = "<code code=\"11450-4\"/><entry><act><statusCode code=\"active\"/><entryRelationship><observation>\
                   <value code=\"38341003\" codeSystem=\"2.16.840.1.113883.6.96\"/></observation></entryRelationship></act></entry>";
    let reading = reading(document("", &[section]).as_bytes());
    let found = places(&reading.issues);
    let place = "section[problems]/entry/act/entryRelationship/observation/value";
    assert!(found.contains(&("diagnosis-system", place)), "{found:?}");
}

#[test]
fn the_retired_number_is_dropped_and_a_card_of_somebody_else_not_taken() {
    let text = document("<id root=\"2.16.840.1.113883.4.572\" extension=\"123456789A\"/>", &[]);
    let read = reading(text.as_bytes());
    assert!(places(&read.issues).contains(&("hicn-dropped", "/ClinicalDocument/recordTarget/patientRole/id[2]")));
    assert!(!read.subjects[0].facts.contains("123456789"));
    let other = FULL
        .replace("<id root=\"2.16.840.1.113883.4.927\" extension=\"3AA1AA1AA11\"/>", "")
        .replace("code=\"SELF\"", "code=\"SPOUSE\"");
    assert!(facts(&other).mbi.is_none());
}

#[test]
fn hints_and_locations_speak_of_the_document() {
    let text = FULL.replace("<effectiveTime value=\"20260714091500-0500\"/>\n  <conf", "<conf");
    let reading = reading(text.as_bytes());
    let issue = reading.issues.iter().find(|issue| issue.code == "sent-at-missing").unwrap();
    assert_eq!(issue.location, "/ClinicalDocument/effectiveTime");
    for issue in &reading.issues {
        let hint = issue.hint.clone().unwrap_or_default();
        assert!(!hint.contains("MSH-") && !hint.contains("PID-"), "{hint}");
    }
}

#[test]
fn a_discharge_to_hospice_is_the_last_encounters() {
    let encounter = |date: &str, code: &str| {
        format!(
            "<entry><encounter moodCode=\"EVN\"><effectiveTime value=\"{date}\"/>\
             <sdtc:dischargeDispositionCode code=\"{code}\"/></encounter></entry>"
        )
    };
    let of = |rows: [String; 2]| {
        let section = format!("<code code=\"46240-8\"/>{}{}", rows[0], rows[1]);
        facts(&document("", &[&section])).hospice.is_some()
    };
    assert!(of([encounter("20260701", "50"), encounter("20260601", "01")]));
    assert!(!of([encounter("20260701", "01"), encounter("20260601", "50")]));
}

/// Only the first code was read, and not its list: deaths were lost, and people discharged to a facility were dead.
#[test]
fn every_code_of_a_discharge_counts_in_its_own_list() {
    let translated = |code: &str| format!("><translation {code}/></sdtc:dischargeDispositionCode>");
    for (own, rest, dead, told) in [
        (
            "code=\"9\" codeSystem=\"1.2.3\"",
            translated("code=\"20\" codeSystem=\"2.16.840.1.113883.12.112\""),
            true,
            "",
        ),
        ("nullFlavor=\"OTH\"", translated("code=\"20\" codeSystem=\"2.16.840.1.113883.6.301.5\""), true, ""),
        (
            "code=\"20\" codeSystem=\"1.2.3\" displayName=\"Rehab facility\"",
            "/>".to_owned(),
            false,
            "disposition-unknown",
        ),
        ("code=\"20\" codeSystem=\"1.2.3\" displayName=\"Expired\"", "/>".to_owned(), true, ""),
        ("code=\"7\" codeSystem=\"1.2.3\" displayName=\"Expired\"", "/>".to_owned(), false, "disposition-doubtful"),
        ("nullFlavor=\"UNK\"", "/>".to_owned(), false, ""),
    ] {
        let section = format!(
            "<code code=\"46240-8\"/><entry><encounter moodCode=\"EVN\"><effectiveTime value=\"20260701\"/>\
             <sdtc:dischargeDispositionCode {own}{rest}</encounter></entry>"
        );
        let reading = reading(document("", &[&section]).as_bytes());
        assert_eq!(facts_of(&reading).deceased.is_some(), dead, "{own}");
        let codes = reading.issues.iter().map(|issue| issue.code.as_str());
        let codes: Vec<&str> = codes.filter(|code| code.starts_with("disposition")).collect();
        assert_eq!(codes.join(" "), told, "{own}");
    }
}

/// A null disposition with words, or one of a foreign list, ended the search, and the death of another encounter was lost.
#[test]
fn a_disposition_that_says_nothing_hides_no_death() {
    let died = "code=\"20\" codeSystem=\"2.16.840.1.113883.12.112\"/>";
    let foreign = "code=\"1\" codeSystem=\"1.2.840.114350\" displayName=\"Home\"/>";
    let noted = "nullFlavor=\"UNK\"><originalText>see note</originalText></sdtc:dischargeDispositionCode>";
    let empty = "nullFlavor=\"UNK\"/>";
    let entry = |date: &str, code: &str| {
        format!(
            "<entry><encounter moodCode=\"EVN\"><effectiveTime value=\"{date}\"/>\
             <sdtc:dischargeDispositionCode {code}</encounter></entry>"
        )
    };
    let home = "code=\"01\" codeSystem=\"2.16.840.1.113883.12.112\"/>";
    for later in [foreign, noted, empty, home] {
        let section = format!("<code code=\"46240-8\"/>{}{}", entry("20260601", died), entry("20260701", later));
        assert!(facts(&document("", &[&section])).deceased.is_some(), "{later}");
        let own = later.replace("sdtc:", "");
        let about = format!(
            "<componentOf><encompassingEncounter><dischargeDispositionCode {own}</encompassingEncounter></componentOf>"
        );
        let listed = format!("<code code=\"46240-8\"/>{}", entry("20260601", died));
        let text = document("", &[&listed]).replacen("<component>", &format!("{about}<component>"), 1);
        assert!(text.contains("encompassingEncounter"), "{later}");
        assert!(facts(&text).deceased.is_some(), "{later}");
    }
}

#[test]
fn a_document_composes_the_payload_of_an_admission_that_says_the_same() {
    let message = "MSH|^~\\&|EPIC|MAIN|B|C|20260714091500-0500||ADT^A08|77|P|2.5.1\r\
                   PID|1||400112^^^&2.16.840.1.113883.19.5&ISO~3AA1AA1AA11^^^CMS^MC||HALVORSEN^RUTH^ANN^^^^L||19470912|F|||12 Elm^^Springfield^MA^01103^US^H\r\
                   IN1|1|X|NORIDIAN|MEDICARE PART B||||||||20120901|||121|HALVORSEN^RUTH^ANN|SELF|19470912||||1|||||||||||||||||||||||||||3AA1AA1AA11\r\
                   DG1|1||E11.9^^I10C||20250301|F|||||||||||||||A";
    let composed = |bytes: &[u8]| -> Vec<String> {
        let reading = reading(bytes);
        let request = access_contract::PlanRequest {
            entries: Vec::new(),
            participant: reading.participant.clone(),
            feed: "1".to_owned(),
            facts: reading.subjects[0].facts.clone(),
            charts: Vec::new(),
            now: "2026-07-14T15:00:00Z".to_owned(),
        };
        let plan = crate::plan::plan(&SITE, &request).unwrap();
        assert!(!plan.intents.is_empty());
        let chart = &plan.chart.as_ref().unwrap().document;
        let payloads =
            plan.intents.iter().map(|intent| crate::compose::compose(&SITE, &reading.participant, intent, chart));
        payloads.map(|payload| payload.unwrap().body).collect()
    };
    assert_eq!(composed(FULL.as_bytes()), composed(message.as_bytes()));
}

#[test]
fn the_other_fixtures_say_what_their_table_says() {
    let minimal = facts(include_str!("../../../../../tests/fixtures/ccda/ccd-minimal.xml"));
    assert_eq!(value(&minimal.birth_date).unwrap().0, "1951-03-04");
    assert!(minimal.mbi.is_none() && minimal.plans.is_none() && minimal.diagnoses.is_none());
    let nulls = include_str!("../../../../../tests/fixtures/ccda/ccd-null-flavors.xml");
    let read = reading(nulls.as_bytes());
    assert_eq!(read.header.event, "PROGRESS-NOTE");
    let nulls = facts_of(&read);
    assert_eq!(value(&nulls.name).unwrap().0.family, "SOLBERG");
    assert!(
        nulls.gender.is_none() && nulls.birth_date.is_none() && nulls.address.is_none() && nulls.deceased.is_none()
    );
    assert!(nulls.plans.is_none() && nulls.diagnoses.is_none());
    assert_eq!(nulls.observations[0].value, Observed::Nothing);
}

/// Only one of the two spellings of XML was a negation.
#[test]
fn what_is_negated_in_either_spelling_is_not_taken() {
    for (flag, taken) in [("true", false), ("1", false), ("false", true), ("0", true)] {
        let negated = |text: &str, of: &str| text.replacen(of, &format!("{of} negationInd=\"{flag}\""), 1);
        let result = "<code code=\"30954-2\"/><entry><organizer><statusCode code=\"completed\"/><component>\
                      <observation><code code=\"4548-4\" codeSystem=\"2.16.840.1.113883.6.1\"/>\
                      <value xsi:type=\"PQ\" value=\"7.0\" unit=\"%\"/></observation></component></organizer></entry>";
        let observed = facts(&document("", &[&negated(result, "<observation")])).observations;
        assert_eq!(!observed.is_empty(), taken, "{flag}");
        let (before, payers) = FULL.split_once("48768-6").unwrap();
        let payers = negated(payers, "<act classCode=\"ACT\"");
        let plans = facts(&format!("{before}48768-6{payers}")).plans.unwrap_or_default();
        assert_eq!(!plans.is_empty(), taken, "{flag}");
    }
}

/// An entry's problem or result with something put into one of its elements.
fn about(section: &str, act: &str, observation: &str) -> String {
    let problem = format!(
        "<code code=\"11450-4\"/>{section}<entry><act><statusCode code=\"active\"/>{act}<entryRelationship typeCode=\"SUBJ\">\
         <observation moodCode=\"EVN\">{observation}<statusCode code=\"completed\"/>\
         <value xsi:type=\"CD\" code=\"E11.9\" codeSystem=\"2.16.840.1.113883.6.90\"/></observation>\
         </entryRelationship></act></entry>"
    );
    let result = format!(
        "<code code=\"30954-2\"/>{section}<entry><organizer><statusCode code=\"completed\"/>{act}<component>\
         <observation moodCode=\"EVN\">{observation}<code code=\"4548-4\" codeSystem=\"2.16.840.1.113883.6.1\"/>\
         <statusCode code=\"completed\"/><value xsi:type=\"PQ\" value=\"7.0\" unit=\"%\"/></observation></component></organizer></entry>"
    );
    document("", &[&problem, &result])
}

#[test]
fn what_is_about_somebody_else_is_listed_and_not_taken() {
    let father = "<subject><relatedSubject classCode=\"PRS\"><code code=\"FTH\"/></relatedSubject></subject>";
    for (text, places_of) in [
        (about(father, "", ""), ["section[problems]", "section[results]"]),
        (about("", father, ""), ["section[problems]/entry/act", "section[results]/entry/organizer"]),
        (
            about("", "", father),
            [
                "section[problems]/entry/act/entryRelationship/observation",
                "section[results]/entry/organizer/component/observation",
            ],
        ),
    ] {
        let reading = reading(text.as_bytes());
        let facts = facts_of(&reading);
        assert!(facts.diagnoses.unwrap_or_default().is_empty() && facts.observations.is_empty());
        let issues = places(&reading.issues);
        let listed: Vec<&str> = issues.iter().filter(|issue| issue.0 == "subject-other").map(|issue| issue.1).collect();
        assert_eq!(listed, places_of);
    }
}

#[test]
fn a_subject_that_is_the_patient_or_says_nothing_changes_nothing() {
    for subject in [
        "",
        "<subject nullFlavor=\"UNK\"/>",
        "<subject><relatedSubject classCode=\"PAT\"/></subject>",
        "<subject><relatedSubject classCode=\"PRS\"><code code=\"SELF\"/></relatedSubject></subject>",
    ] {
        let facts = facts(&about("", subject, subject));
        assert_eq!((facts.diagnoses.unwrap().len(), facts.observations.len()), (1, 1), "{subject}");
    }
}
