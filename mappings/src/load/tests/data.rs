//! The data that is shipped: the guide's numbers, and what the base layer decides.

use crate::{Guide, Phrases, PlanClass, Profile, Sources, TriggerMode, example, load_guide};
use std::collections::{BTreeMap, BTreeSet};

/// Result codes and displays as the guide publishes them (pages CodeSystem-ACCESS*ResultCS), with our class and standing.
const RESULTS: &[(&str, &str, &str, &str, &str)] = &[
    ("check-eligibility", "eligible", "Eligible", "done", "eligible"),
    ("check-eligibility", "eligible-pending-diagnosis", "Eligible pending diagnosis", "done", "eligible"),
    ("check-eligibility", "eligible-switch-participants", "Eligible to switch participants.", "done", "eligible"),
    (
        "check-eligibility",
        "not-eligible-not-medicare",
        "Not eligible - not receiving Medicare",
        "refused",
        "not-eligible",
    ),
    (
        "check-eligibility",
        "not-eligible-services",
        "Not eligible - receiving services that prevent eligibility",
        "refused",
        "not-eligible",
    ),
    (
        "check-eligibility",
        "not-eligible-diagnoses",
        "Not eligible - no qualifying diagnosis",
        "fix-and-resend",
        "not-eligible",
    ),
    (
        "check-eligibility",
        "not-eligible-control-group",
        "Not eligible - assigned to Control Group",
        "refused",
        "control-group",
    ),
    (
        "check-eligibility",
        "not-eligible-already-aligned",
        "Not eligible - already aligned to another participant in the track",
        "refused",
        "not-eligible",
    ),
    (
        "check-eligibility",
        "not-eligible-clinical-exclusion",
        "Not eligible - clinical exclusion",
        "refused",
        "not-eligible",
    ),
    ("check-eligibility", "not-eligible-mismatch", "Not eligible - mismatch", "fix-and-resend", ""),
    ("align", "aligned", "Aligned", "done", "aligned"),
    ("align", "aligned-switch-approved", "Aligned and switch approved", "done", "aligned"),
    ("align", "not-aligned-control-group", "Not aligned - assigned to Control Group", "refused", "control-group"),
    (
        "align",
        "not-aligned-already-aligned",
        "Not aligned - already aligned to another participant in the track",
        "refused",
        "",
    ),
    ("align", "not-aligned-not-medicare", "Not aligned - not receiving Medicare", "refused", "not-eligible"),
    (
        "align",
        "not-aligned-services",
        "Not aligned - receiving services that prevent eligibility",
        "refused",
        "not-eligible",
    ),
    ("align", "not-aligned-diagnoses", "Not aligned - no qualifying diagnosis", "fix-and-resend", "not-eligible"),
    ("align", "not-aligned-clinical-exclusion", "Not aligned - clinical exclusion", "refused", "not-eligible"),
    ("align", "not-aligned-mismatch", "Not aligned - mismatch", "fix-and-resend", ""),
    ("align", "not-aligned-no-switch-attestation", "Not aligned - no switch attestation", "fix-and-resend", ""),
    ("unalign", "unaligned", "Unaligned", "done", "unaligned"),
    ("unalign", "unalignment-pending", "Unalignment pending further review", "refused", "unalignment-pending"),
    ("unalign", "patient-not-aligned", "Patient not aligned", "refused", "unaligned"),
    ("unalign", "cannot-unalign-during-lock-in", "Cannot unalign during lock-in", "refused", ""),
    ("report-data", "success", "Success", "done", ""),
    ("report-data", "duplicate", "Duplicate submission", "refused", ""),
    ("report-data", "patient-not-aligned", "Patient not aligned", "refused", "unaligned"),
    ("report-data", "reporting-period-closed", "Reporting period closed", "refused", ""),
    ("report-data", "incomplete-data", "Incomplete data", "fix-and-resend", ""),
    ("report-data", "incorrect-track", "Incorrect track", "fix-and-resend", ""),
];

fn guide() -> Guide {
    load_guide(&Sources::embedded(), "0.9.12").unwrap()
}

fn profile() -> Profile {
    example().unwrap()
}

#[test]
fn every_result_code_of_the_guide_is_there_with_its_display() {
    let guide = guide();
    let rows = |guide: &Guide| -> BTreeSet<[String; 5]> {
        let row = |facts: &crate::ResultFacts| {
            [&facts.operation, &facts.code, &facts.display, &facts.class, &facts.standing].map(Clone::clone)
        };
        guide.results.iter().map(row).collect()
    };
    let wanted: BTreeSet<[String; 5]> =
        RESULTS.iter().map(|row| [row.0, row.1, row.2, row.3, row.4].map(str::to_owned)).collect();
    assert_eq!(rows(&guide), wanted);
    assert_eq!(guide.results.len(), 30);
}

/// Codes and displays of page CodeSystem-ACCESSEventTypeCS, then the mail of page alignment-api that has no code.
const EVENTS: [(&str, &str, &str, &str); 8] = [
    ("participant-lock-ending", "Participant Lock-In Period Ending", "lock-in-ends", ""),
    ("control-group-ending", "Control Group Period Ending", "control-group-ends", ""),
    ("alignment-renewal", "Alignment Renewal Due", "renewal-due", ""),
    ("baseline-reporting-window", "Baseline Reporting Due", "baseline-due", ""),
    ("quarterly-reporting-window", "Quarterly Reporting Due", "quarterly-due", ""),
    ("eoy-reporting-window", "End-of-Year Reporting Due", "end-of-period-due", ""),
    ("unalignment", "Unalignment Notice", "", "unaligned"),
    ("aligned", "Aligned", "", ""),
];

#[test]
fn every_event_of_the_guide_is_found_by_its_code_and_its_title() {
    let guide = guide();
    for (code, display, deadline, standing) in EVENTS {
        let event = guide.notification(code).unwrap();
        assert_eq!((event.code.as_str(), event.deadline.as_str(), event.standing.as_str()), (code, deadline, standing));
        assert_eq!(guide.notification(display), Some(event));
        assert_eq!(guide.notification(&display.to_uppercase().replace(['-', ' '], "\r\n ")), Some(event));
        assert_eq!(event.coded, code != "aligned");
        assert!(event.meaning.ends_with('.') && event.next_step.ends_with('.'), "{code}");
    }
    assert_eq!(guide.events.len(), EVENTS.len());
    for other in ["provider-lock-ending", "Provider Lock-In Period Ending"] {
        assert_eq!(guide.notification(other).unwrap().code, "participant-lock-ending");
    }
    for unknown in ["", " - ", "Align", "unaligned now", "baseline"] {
        assert_eq!(guide.notification(unknown), None, "{unknown}");
    }
    assert_eq!(guide.systems.event, format!("{}/CodeSystem/ACCESSEventTypeCS", guide.canonical));
}

#[test]
fn every_result_code_says_what_it_means_and_what_to_do() {
    let guide = guide();
    for facts in &guide.results {
        for words in [&facts.meaning, &facts.next_step] {
            assert!(
                words.split(' ').count() >= 4 && words.ends_with('.'),
                "{} {}: {words}",
                facts.operation,
                facts.code
            );
            assert!(words.len() < 400, "{} {}", facts.operation, facts.code);
        }
    }
    assert!(guide.result("unalign", "unalignment-pending").unwrap().next_step.starts_with("Wait"));
}

#[test]
fn code_lists_have_the_published_sizes() {
    let guide = guide();
    let sizes = guide.tracks.iter().map(|track| {
        (
            track.code.as_str(),
            track.family.as_str(),
            track.qualifying.len(),
            track.exclusions.is_a.len(),
            track.exclusions.exact.len(),
        )
    });
    assert_eq!(
        sizes.collect::<Vec<_>>(),
        [
            ("eCKM", "CKM", 45, 97, 167),
            ("CKM", "CKM", 688, 97, 167),
            ("MSK", "MSK", 2495, 93, 26),
            ("BH", "BH", 69, 90, 7)
        ]
    );
}

#[test]
fn qualifying_codes_are_found_dotted_or_not() {
    let guide = guide();
    let qualifies = |track: &str, code: &str| guide.track(track).unwrap().qualifying.contains(code);
    for (track, code) in [
        ("eCKM", "I10"),
        ("eCKM", "I1A.0"),
        ("eCKM", "I1A0"),
        ("eCKM", "R73.9"),
        ("CKM", "E11.9"),
        ("CKM", "N18.32"),
        ("CKM", "E11.A"),
        ("MSK", "M19.90"),
        ("MSK", "R52"),
        ("BH", "F32.9"),
        ("BH", "F43.9"),
    ] {
        assert!(qualifies(track, code), "{track} {code}");
    }
    for (track, code) in
        [("eCKM", "E11.9"), ("CKM", "I10"), ("CKM", "E11"), ("CKM", "E10.9"), ("MSK", "M24.021"), ("BH", "F20.9")]
    {
        assert!(!qualifies(track, code), "{track} {code}");
    }
}

#[test]
fn exclusions_know_descent_and_exact_codes() {
    let guide = guide();
    let excludes = |track: &str, code: &str| guide.track(track).unwrap().exclusions.matches(code);
    for track in ["eCKM", "CKM", "MSK", "BH"] {
        for code in ["F01", "F01.50", "F03.90", "F03.B0", "F20.9", "O9A.111", "R45.85", "R45.851", "T14.91XA"] {
            assert!(excludes(track, code), "{track} {code}");
        }
        for code in ["F03", "F03.A0", "R45.8", "R45.859", "T14.91", "I10", "Z35"] {
            assert!(!excludes(track, code), "{track} {code}");
        }
    }
    assert!(excludes("eCKM", "N18.6") && excludes("CKM", "N186") && !excludes("BH", "N18.6"));
    assert!(excludes("CKM", "C25.9") && excludes("CKM", "G35") && !excludes("CKM", "G35.9"));
    assert!(
        excludes("MSK", "M32.1")
            && !excludes("MSK", "M32.13X")
            && excludes("MSK", "M05.79")
            && !excludes("CKM", "M05.79")
    );
}

#[test]
fn no_qualifying_code_is_excluded_by_its_own_track_or_is_in_two_tracks() {
    let guide = guide();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for track in &guide.tracks {
        for code in track.qualifying.iter() {
            assert!(!track.exclusions.matches(code), "{} {code}", track.code);
            assert_eq!(owners.insert(code, &track.code), None, "{code}");
        }
    }
}

#[test]
fn every_operation_and_reason_has_its_canonicals() {
    let guide = guide();
    for (code, profile, system) in [
        ("check-eligibility", "access-check-eligibility-in", "ACCESSEligibilityResultCS"),
        ("align", "access-align-in", "ACCESSAlignmentResultCS"),
        ("unalign", "access-unalign-in", "ACCESSUnalignmentResultCS"),
        ("report-data", "access-report-data-in", "ACCESSReportDataResultCS"),
    ] {
        let operation = guide.operation(code).unwrap();
        assert_eq!(operation.profile, format!("{}/StructureDefinition/{profile}", guide.canonical));
        assert_eq!(operation.result_system, format!("{}/CodeSystem/{system}", guide.canonical));
    }
    for track in &guide.tracks {
        let name = track.code.to_lowercase();
        assert_eq!(track.condition_profile, format!("{}/StructureDefinition/access-{name}-condition", guide.canonical));
    }
    let needing: Vec<&str> =
        guide.reasons.iter().filter(|reason| reason.needs_condition).map(|reason| reason.code.as_str()).collect();
    assert_eq!((guide.reasons.len(), needing), (4, vec!["no-longer-clinically-eligible"]));
    assert_eq!((guide.lock_in_days, guide.control_group_months, guide.baseline_days), (90, 12, 60));
}

#[test]
fn the_example_site_is_what_the_commands_promise() {
    let profile = profile();
    let [participant] = profile.participants.as_slice() else { panic!("one participant") };
    assert_eq!((participant.id.as_str(), participant.payer.as_str()), ("ACCES12345", "12345"));
    assert_eq!(participant.tracks, ["eCKM", "CKM", "MSK", "BH"]);
    assert_eq!(participant.states, ["IL", "WI"]);
    assert!(participant.senders.is_empty() && profile.mbi.allow_placeholders);
    assert_eq!((profile.schema, profile.guide.version.as_str()), (1, "0.9.12"));
}

#[test]
fn submitting_without_a_person_is_limited_to_questions_and_requests() {
    let triggers = profile().triggers;
    assert_eq!((triggers.screen.mode, triggers.screen.fresh_days), (TriggerMode::Auto, 30));
    assert_eq!((triggers.enroll.mode, triggers.leave.mode), (TriggerMode::Auto, TriggerMode::Auto));
    for rule in [&triggers.relocate, &triggers.exclude, &triggers.progress] {
        assert_eq!(rule.mode, TriggerMode::Hold);
    }
}

#[test]
fn events_do_what_the_standard_says() {
    let profile = profile();
    let by_effect = |wanted: crate::EventEffect| -> Vec<&str> {
        profile.events.iter().filter(|(_, rule)| rule.effect == wanted).map(|(event, _)| event).collect()
    };
    assert_eq!(by_effect(crate::EventEffect::Cancel), ["ADT^A11", "ADT^A23", "ADT^A27", "ADT^A38", "REF^I14"]);
    assert_eq!(
        by_effect(crate::EventEffect::Merge),
        ["ADT^A18", "ADT^A30", "ADT^A34", "ADT^A36", "ADT^A39", "ADT^A40"]
    );
    assert_eq!(by_effect(crate::EventEffect::Review), ["ADT^A24", "ADT^A29", "ADT^A37", "ADT^A43", "ADT^A44"]);
    assert_eq!(by_effect(crate::EventEffect::Change), ["ADT^A46", "ADT^A47"]);
    assert_eq!(by_effect(crate::EventEffect::RenameVisit), ["ADT^A42", "ADT^A50"]);
    assert_eq!(by_effect(crate::EventEffect::MoveVisit), ["ADT^A45"]);
    assert_eq!(by_effect(crate::EventEffect::Referral), ["REF^I12", "REF^I13"]);
    let screening: Vec<&str> = profile.events.iter().filter(|(_, rule)| rule.screens).map(|(event, _)| event).collect();
    let registrations = ["ADT^A01", "ADT^A04", "ADT^A05", "ADT^A08", "ADT^A28", "ADT^A31"];
    let problems = ["PPR^PC1", "PPR^PC2"];
    let documents = ["CCD", "CONSULTATION-NOTE", "HISTORY-AND-PHYSICAL", "PROGRESS-NOTE", "REFERRAL-NOTE"];
    let documents = documents.map(|kind| format!("CCDA^{kind}"));
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    assert_eq!(screening, [&registrations[..], &["BAR^P01", "BAR^P05"], &documents, &problems].concat());
    // A19 is a query; A56 to A59 were never given out.
    let adt: Vec<&str> = profile.events.keys().filter_map(|event| event.strip_prefix("ADT^A")).collect();
    let wanted: Vec<String> = (1..=62)
        .filter(|number| *number != 19 && !(56..=59).contains(number))
        .map(|number| format!("{number:02}"))
        .collect();
    assert_eq!(adt, wanted);
}

#[test]
fn every_type_of_the_standard_is_known_and_an_exact_row_goes_first() {
    let profile = profile();
    let effect = |kind: &str, event: &str| profile.event(kind, event).map(|rule| rule.effect);
    for kind in ["ORM", "OML", "SIU", "MDM", "VXU", "RDE", "OUL", "RAS", "MFN", "PPP", "QBP", "RDS", "DFT"] {
        assert_eq!(effect(kind, "Z99"), Some(crate::EventEffect::Ignore), "{kind}");
        assert_eq!(effect(kind, ""), Some(crate::EventEffect::Ignore), "{kind}");
    }
    assert_eq!(effect("BAR", "P01"), Some(crate::EventEffect::Snapshot));
    assert_eq!(effect("BAR", "P99"), Some(crate::EventEffect::Ignore));
    for (kind, event) in
        [("ADT", "A99"), ("ADT", "*"), ("ADT", ""), ("REF", "I99"), ("ACK", ""), ("XYZ", "A01"), ("", "")]
    {
        assert_eq!(effect(kind, event), None, "{kind}^{event}");
    }
    assert!(profile.reads_type("ADT") && profile.reads_type("ORM"));
    assert!(!profile.reads_type("XYZ") && !profile.reads_type("AD") && !profile.reads_type(""));
}

/// Whether a plan's name has a word or phrase of the list, word by word.
fn says(name: &str, words: &Phrases) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let name = split(name);
    words.iter().map(split).any(|phrase| name.windows(phrase.len()).any(|window| window == phrase))
}

#[test]
fn plan_names_of_the_wild_are_told_apart_by_the_word_lists() {
    let coverage = profile().coverage;
    let class = |name: &str| {
        [
            (&coverage.advantage_words, PlanClass::MedicareAdvantage),
            (&coverage.supplement_words, PlanClass::Supplement),
            (&coverage.drug_words, PlanClass::Drug),
            (&coverage.medicaid_words, PlanClass::Medicaid),
            (&coverage.other_words, PlanClass::Other),
            (&coverage.medicare_words, PlanClass::OriginalMedicare),
        ]
        .into_iter()
        .find(|(words, _)| says(name, words))
        .map_or(PlanClass::Other, |(_, class)| class)
    };
    for (wanted, names) in [
        (
            PlanClass::MedicareAdvantage,
            &[
                "MEDICARE ADVANTAGE",
                "AETNA MEDICARE HMO",
                "HUMANA GOLD PLUS (HMO)",
                "UHC DUAL COMPLETE",
                "MEDICARE REPLACEMENT",
                "BCBS MEDICARE PPO",
                "UNITED MCR ADV",
                "KAISER SENIOR ADVANTAGE",
                "AARP MEDICARECOMPLETE",
                "MOLINA MEDICARE D-SNP",
                "MEDICARE PART C",
            ][..],
        ),
        (
            PlanClass::Supplement,
            &["MEDIGAP", "AARP MEDICARE SUPPLEMENT", "MUTUAL OF OMAHA PLAN G", "BCBS MEDICARE SUPP", "MEDI-GAP PLAN N"]
                [..],
        ),
        (PlanClass::Drug, &["SILVERSCRIPT PDP", "MEDICARE PART D", "AARP MEDICARE RX", "WELLCARE VALUE SCRIPT"][..]),
        (PlanClass::Medicaid, &["MEDICAID OF ILLINOIS", "MEDI-CAL", "BADGERCARE PLUS"][..]),
        (
            PlanClass::OriginalMedicare,
            &[
                "MEDICARE",
                "MEDICARE A AND B",
                "MEDICARE A&B",
                "MEDICARE PART B",
                "NORIDIAN MEDICARE",
                "NGS MEDICARE",
                "RAILROAD MEDICARE",
                "MEDICARE PART A & B",
                "MEDICARE NOVITAS SOLUTIONS",
            ][..],
        ),
        (
            PlanClass::Other,
            &[
                "BLUE CROSS BLUE SHIELD",
                "AETNA",
                "SELF PAY",
                "PARTNERS HEALTH",
                "SUPPORT FUND",
                "TRICARE",
                "WPS",
                "NO MEDICARE",
            ][..],
        ),
    ] {
        for name in names {
            assert_eq!(class(name), wanted, "{name}");
        }
    }
}

#[test]
fn filing_codes_that_two_code_systems_share_are_left_to_the_words() {
    let codes = profile().coverage.codes;
    for (code, class) in [
        ("MA", PlanClass::OriginalMedicare),
        ("MB", PlanClass::OriginalMedicare),
        ("121", PlanClass::OriginalMedicare),
        ("16", PlanClass::MedicareAdvantage),
        ("111", PlanClass::MedicareAdvantage),
        ("MC", PlanClass::Medicaid),
    ] {
        assert_eq!(codes.get(code), Some(&class), "{code}");
    }
    for code in ["1", "11", "12", "13", "14", "H", "P", "B", "HM", "CI", "BL"] {
        assert_eq!(codes.get(code), None, "{code}");
    }
}

#[test]
fn tables_cover_states_sex_and_the_known_sample_numbers() {
    let profile = profile();
    let codes: BTreeSet<&str> = profile.identity.states.values().collect();
    assert_eq!(codes.len(), 62);
    for (name, code) in
        [("ILLINOIS", "IL"), ("DISTRICT OF COLUMBIA", "DC"), ("PUERTO RICO", "PR"), ("ARMED FORCES PACIFIC", "AP")]
    {
        assert_eq!(profile.identity.states.get(name), Some(code));
    }
    for (letter, gender) in [
        ("F", "female"),
        ("M", "male"),
        ("O", "other"),
        ("A", "other"),
        ("N", "other"),
        ("X", "other"),
        ("U", "unknown"),
    ] {
        assert_eq!(profile.identity.sex.get(letter), Some(gender));
    }
    assert!(["1EG4TE5MK72", "1EG4TE5MK73"].iter().all(|number| profile.mbi.placeholders.contains(number)));
}

#[test]
fn measures_have_the_codes_units_and_tracks_of_the_guide() {
    let guide = guide();
    for (code, loinc, unit, tracks) in [
        ("blood-pressure", "85354-9", "mm[Hg]", &["eCKM", "CKM"][..]),
        ("weight", "29463-7", "kg", &["eCKM", "CKM"]),
        ("BMI", "39156-5", "kg/m2", &["eCKM", "CKM"]),
        ("waist", "8280-0", "cm", &["eCKM", "CKM"]),
        ("HbA1c", "4548-4", "%", &["eCKM", "CKM"]),
        ("eGFR", "98979-8", "mL/min/{1.73_m2}", &["CKM"]),
        ("uACR", "14959-1", "mg/g", &["CKM"]),
        ("lipids", "18262-6", "mg/dL", &["eCKM", "CKM"]),
        ("height", "8302-2", "cm", &[]),
    ] {
        let measure = guide.measure(code).unwrap();
        assert_eq!((measure.section.code.as_str(), measure.unit.as_str()), (loinc, unit), "{code}");
        assert_eq!(measure.tracks, tracks, "{code}");
        let (owner, _) = guide.measured(loinc).unwrap();
        assert_eq!(owner.code, code);
    }
    assert_eq!(guide.measures.len(), 9);
    let sent = |loinc: &str| guide.measured(loinc).map(|(_, code)| code.reported().to_owned());
    assert_eq!(sent("56086-2").as_deref(), Some("8280-0"));
    assert_eq!(sent("13457-7").as_deref(), Some("13457-7"));
    assert_eq!(sent("59261-8").as_deref(), Some("4548-4"));
    assert_eq!(sent("39156-3"), None);
}

#[test]
fn a_conversion_for_single_codes_comes_before_one_for_all() {
    let guide = guide();
    let factor = |measure: &str, loinc: &str, unit: &str| {
        guide.measure(measure).unwrap().conversion(loinc, unit).map(|found| found.factor.clone())
    };
    assert_eq!(factor("lipids", "2571-8", "mmol/L").as_deref(), Some("88.57"));
    assert_eq!(factor("lipids", "2093-3", "mmol/L").as_deref(), Some("38.67"));
    assert_eq!(factor("HbA1c", "59261-8", "%").as_deref(), Some("0.915"));
    assert_eq!(factor("HbA1c", "4548-4", "%"), None);
    assert_eq!(factor("HbA1c", "4548-4", "mmol/mol").as_deref(), Some("0.0915"));
}

#[test]
fn readings_and_ranges_have_their_defaults() {
    let reports = profile().reports;
    assert_eq!((reports.readings_of("blood-pressure"), reports.readings_of("HbA1c")), (3, 1));
    let low = |loinc: &str, part: &str| reports.range_of(loinc, part, "lipids").map(|range| range.low.clone());
    assert_eq!(low("2571-8", "").as_deref(), Some("10"));
    assert_eq!(low("2085-9", "").as_deref(), Some("5"));
    assert_eq!(low("8480-6", "systolic").as_deref(), Some("40"));
}
