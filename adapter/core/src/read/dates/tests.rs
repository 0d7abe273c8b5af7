use super::{DateFault, Moment, as_fhir};

/// The date with its time as it was written, without a zone.
fn written(moment: &Moment) -> String {
    let time = if moment.time.is_empty() { String::new() } else { format!("T{}", moment.time) };
    moment.date() + &time
}

fn instant(text: &str) -> Result<String, DateFault> {
    Moment::parse(text).map(|moment| written(&moment))
}

#[test]
fn dates_keep_their_precision() {
    for (text, expected) in [
        ("1950", "1950"),
        ("195003", "1950-03"),
        ("19500307", "1950-03-07"),
        ("1950030714", "1950-03-07T14"),
        ("195003071405", "1950-03-07T14:05"),
        ("19500307140501", "1950-03-07T14:05:01"),
        ("19500307140501.1234", "1950-03-07T14:05:01.1234"),
        ("19500307140501.123-0500", "1950-03-07T14:05:01.123"),
        ("19500307140501-05:00", "1950-03-07T14:05:01"),
        ("19500307140501 -0500", "1950-03-07T14:05:01"),
        ("19500307140501 0500", "1950-03-07T14:05:01"),
        ("19500307140501Z", "1950-03-07T14:05:01"),
        ("19500307140501-0000", "1950-03-07T14:05:01"),
        ("195003071405+0100", "1950-03-07T14:05"),
        ("19500307-0500", "1950-03-07"),
        ("1950-0500", "1950"),
        (" 19500307 ", "1950-03-07"),
        ("19500307 1405", "1950-03-07T14:05"),
        ("19500307000000", "1950-03-07T00:00:00"),
        ("19500307240000", "1950-03-08T00:00:00"),
        ("19501231240000", "1951-01-01T00:00:00"),
        ("1950-03-07", "1950-03-07"),
        ("1950-03", "1950-03"),
        ("1950-03-07T14:05", "1950-03-07T14:05"),
        ("1950-03-07T14:05:01.5-05:00", "1950-03-07T14:05:01.5"),
        ("1950-03-07 14:05:01Z", "1950-03-07T14:05:01"),
        ("03/27/1950", "1950-03-27"),
        ("3/27/1950", "1950-03-27"),
        ("03/27/1950 14:05", "1950-03-27T14:05"),
        ("07/07/1950", "1950-07-07"),
        ("20240229", "2024-02-29"),
    ] {
        assert_eq!(instant(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_date_or_not_only_one_is_refused() {
    for (text, fault) in [
        ("", DateFault::Form),
        ("soon", DateFault::Form),
        ("195", DateFault::Form),
        ("195003071", DateFault::Form),
        ("19500307T14:05", DateFault::Form),
        ("1950-3-7", DateFault::Form),
        ("1950030714:5", DateFault::Form),
        ("195003071405x", DateFault::Form),
        ("19500307140501.1-05000", DateFault::Form),
        ("07 MAR 1950", DateFault::Form),
        ("１９５００３０７", DateFault::Form),
        ("3/7/50", DateFault::ShortYear),
        ("03/27/50", DateFault::ShortYear),
        ("03/07/1950", DateFault::Ambiguous),
        ("27/03/1950", DateFault::Ambiguous),
        ("03/47/1950", DateFault::Impossible),
        ("47/03/1950", DateFault::Impossible),
        ("19500007", DateFault::Impossible),
        ("19501307", DateFault::Impossible),
        ("19500230", DateFault::Impossible),
        ("20230229", DateFault::Impossible),
        ("1950030725", DateFault::Impossible),
        ("195003071460", DateFault::Impossible),
        ("19500307240001", DateFault::Impossible),
        ("18000101", DateFault::Range),
        ("00000000", DateFault::Range),
        ("99991231", DateFault::Range),
    ] {
        assert_eq!(instant(text), Err(fault), "{text}");
    }
}

#[test]
fn only_standard_forms_are_usual() {
    for text in ["1950", "19500307", "19500307140501.123-0500", "195003071405"] {
        assert!(!Moment::parse(text).unwrap().unusual, "{text}");
    }
    for text in ["1950-03-07", "03/27/1950", "19500307 1405", "19500307140501 0500"] {
        assert!(Moment::parse(text).unwrap().unusual, "{text}");
    }
}

#[test]
fn dates_are_compared_as_far_as_both_go() {
    let moment = |text: &str| Moment::parse(text).unwrap();
    for (one, other, after, agrees) in [
        ("20260715", "20260714", true, false),
        ("20260714", "20260714", false, true),
        ("20260713", "20260714", false, false),
        ("20260714", "202607", false, true),
        ("202607", "20260714", false, true),
        ("2027", "20260714", true, false),
        ("20260714120000", "20260714", false, true),
    ] {
        assert_eq!(moment(one).is_after(&moment(other)), after, "{one} {other}");
        assert_eq!(moment(one).agrees(&moment(other)), agrees, "{one} {other}");
    }
}

#[test]
fn a_degree_of_precision_cuts_down() {
    let cut = |degree: &str| written(&Moment::parse("19500307140501").unwrap().with_precision(degree));
    assert_eq!((cut("Y").as_str(), cut("L").as_str(), cut("D").as_str()), ("1950", "1950-03", "1950-03-07T14:05:01"));
}

#[test]
fn times_of_fhir_get_the_form_that_fhir_has() {
    for (text, shown) in [
        ("2026", "2026"),
        ("2026-07", "2026-07"),
        ("2026-07-14", "2026-07-14"),
        ("2026-07-14T09:15:00Z", "2026-07-14T09:15:00Z"),
        ("2026-07-14T09:15:00-00:00", "2026-07-14T09:15:00-00:00"),
        ("2026-07-14T09:15:00.125-05:00", "2026-07-14T09:15:00.125-05:00"),
        ("2026-07-14T09:15:00+0000", "2026-07-14T09:15:00Z"),
        ("2026-07-14T09:15:00+05", "2026-07-14T09:15:00+05:00"),
        ("2026-07-14T09:15:00,5Z", "2026-07-14T09:15:00.5Z"),
        ("2026-07-14T09:15:00-05:00[America/Chicago]", "2026-07-14T09:15:00-05:00"),
        ("2026-07-14T09:15Z", "2026-07-14T09:15:00Z"),
        ("2026-07-14T09:15-05:00", "2026-07-14T09:15:00-05:00"),
        ("2026-07-14 09:15:00-05:00", "2026-07-14T09:15:00-05:00"),
        (" 2026-07-14T09:15:00Z ", "2026-07-14T09:15:00Z"),
        ("2026-07-14t09:15:00z", "2026-07-14T09:15:00Z"),
        ("20260714T091500Z", "2026-07-14T09:15:00Z"),
        ("20260714", "2026-07-14"),
        ("2026-07-14T09:15:00.1234567890Z", "2026-07-14T09:15:00.123456789Z"),
        ("2026-07-14T24:00:00Z", "2026-07-15T00:00:00Z"),
    ] {
        assert_eq!(as_fhir(text).as_deref(), Some(shown), "{text}");
    }
    for text in [
        "",
        "yesterday",
        "2026-13-01",
        "2026-07-14T09:61:00Z",
        "2026-07-14T09:15:00",
        "2026-07-14T09Z",
        "2026-07-14T09:15:00+19:00",
        "é",
    ] {
        assert_eq!(as_fhir(text), None, "{text}");
    }
}
