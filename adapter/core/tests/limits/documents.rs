//! C-CDA.

use super::{count, facts, read};

/// A document about a person, with sections.
fn document(patient: &str, sections: &str) -> String {
    format!(
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="US"/><templateId root="2.16.840.1.113883.10.20.22.1.1"/>
        <id root="1.2.3" extension="77"/><effectiveTime value="20260714091500-0500"/>
        <recordTarget><patientRole><id root="1.2.3.4" extension="400112"/>{patient}</patientRole></recordTarget>
        <component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"#
    )
}

#[test]
fn two_hundred_repetitions_of_a_persons_elements_are_looked_at() {
    let named = |filler: usize| {
        let old = r#"<name use="P"><family>BEFORE</family></name>"#.repeat(filler);
        let last = r#"<name use="L"><family>HALVORSEN</family><given>RUTH</given></name>"#;
        serde_json::to_string(&facts(&read(&document(&format!("<patient>{old}{last}</patient>"), ""))).name).unwrap()
    };
    assert!(named(199).contains("HALVORSEN") && !named(200).contains("HALVORSEN"));
}

#[test]
fn acts_are_followed_eight_levels_down() {
    let code = r#"<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>"#;
    let value = r#"<value xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CD" code="E11.9" codeSystem="2.16.840.1.113883.6.90"/>"#;
    let found = |levels: usize| {
        let open = r#"<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN">"#.repeat(levels);
        let close = "</act></entryRelationship>".repeat(levels);
        let inner = format!(
            r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">{code}{value}</observation></entryRelationship>"#
        );
        let entry = format!(
            r#"<entry><act classCode="ACT" moodCode="EVN"><statusCode code="active"/>{open}{inner}{close}</act></entry>"#
        );
        let section = format!(
            r#"<component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/>{entry}</section></component>"#
        );
        let reading = read(&document("<patient><name><family>HALVORSEN</family></name></patient>", &section));
        facts(&reading).diagnoses.map_or(0, |rows| rows.len())
    };
    assert_eq!((found(0), found(7), found(8)), (1, 1, 0));
}

#[test]
fn forty_kinds_of_content_that_is_not_read_are_listed() {
    let sections: String = (0..60)
        .map(|number| format!(r#"<component><section><code code="{number}000-1" codeSystem="2.16.840.1.113883.6.1"/><entry><act/></entry></section></component>"#))
        .collect();
    let reading = read(&document("<patient><name><family>HALVORSEN</family></name></patient>", &sections));
    assert_eq!(count(&reading.issues, "section-ignored"), 40);
}
