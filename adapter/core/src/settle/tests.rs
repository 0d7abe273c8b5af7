//! What outcomes do to a chart.

mod report;

use super::settle;
use crate::chart::Chart;
use crate::facts::{Origin, Sourced};
use access_contract::{Issue, Notice, Operation, Outcome, OutcomeClass, Settlement, Severity, Track};
use access_mappings::Profile;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::OnceLock;

const AT: &str = "2026-11-23T12:00:00Z";

fn profile() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(|| access_mappings::example().unwrap())
}

fn outcome(operation: &Operation, code: &str) -> Outcome {
    let result = profile().guide.result(operation.as_str(), code);
    Outcome {
        class: result.map_or(OutcomeClass::Unknown, |result| OutcomeClass::from(result.class.as_str())),
        code: code.to_owned(),
        system: "system".to_owned(),
        display: "display".to_owned(),
        meaning: "Meaning.".to_owned(),
        next_step: "Next.".to_owned(),
        text: String::new(),
        issues: Vec::new(),
    }
}

fn settlement(operation: Operation, track: Track, code: &str, id: &str, at: &str) -> Settlement {
    Settlement {
        entries: Vec::new(),
        payload: String::new(),
        report: None,
        participant: "ACCES12345".to_owned(),
        outcome: outcome(&operation, code),
        operation,
        track,
        submission: "id1".to_owned(),
        cms_submission: id.to_owned(),
        control_id: "M1".to_owned(),
        basis: "basis".to_owned(),
        at: at.to_owned(),
        accepted_at: String::new(),
        attempted_at: String::new(),
    }
}

fn after(chart: &Chart, settlement: &Settlement) -> (Chart, Notice) {
    let settled = settle(profile(), &chart.write().unwrap(), settlement).unwrap();
    assert_eq!(settled.notices.len(), 1);
    (Chart::parse(&settled.document).unwrap(), settled.notices[0].clone())
}

fn empty() -> Chart {
    Chart {
        patient: "PID|1".to_owned(),
        reply_application: "EPIC".to_owned(),
        reply_facility: "MAIN".to_owned(),
        ..Chart::empty()
    }
}

fn aligned() -> Chart {
    after(&empty(), &settlement(Operation::Align, Track::ECkm, "aligned", "sub-1", "2026-10-01T23:30:00Z")).0
}

fn dates(notice: &Notice) -> Vec<(&str, &str)> {
    notice.dates.iter().map(|date| (date.name.as_str(), date.date.as_str())).collect()
}

#[test]
fn a_check_sets_the_standing_with_its_time_and_basis() {
    for (code, state) in [
        ("eligible", "eligible"),
        ("not-eligible-services", "not-eligible"),
        ("not-eligible-control-group", "control-group"),
    ] {
        let (chart, _) = after(&empty(), &settlement(Operation::CheckEligibility, Track::Msk, code, "s", AT));
        let standing = &chart.standing["MSK"];
        assert_eq!((standing.state.as_str(), standing.code.as_str(), standing.since.as_str()), (state, code, AT));
        assert_eq!((standing.checked_at.as_str(), standing.basis.as_str()), (AT, "basis"));
        assert_eq!(standing.alignment, "");
    }
}

#[test]
fn an_answer_that_leaves_the_standing_is_still_an_answer() {
    let (chart, _) =
        after(&empty(), &settlement(Operation::CheckEligibility, Track::Msk, "not-eligible-mismatch", "s", AT));
    assert_eq!((chart.standing["MSK"].state.as_str(), chart.standing["MSK"].checked_at.as_str()), ("unknown", AT));
}

/// CMS quoted the number it could not find, and every route got it.
#[test]
fn what_cms_says_names_no_number_unless_notices_carry_it() {
    let from = Origin { feed: "M1".to_owned(), path: "PID-3".to_owned(), rule: "test".to_owned() };
    let chart = Chart {
        mbi: Some(Sourced { value: "3AAOAA1AA11".to_owned(), from }),
        former_mbis: vec!["4CC2CC2CC22".to_owned()],
        ..empty()
    };
    let mut settlement = settlement(Operation::Align, Track::Msk, "not-aligned-mismatch", "s", AT);
    settlement.outcome.text = "No record for 3AAO-AA1-AA11.".to_owned();
    settlement.outcome.issues =
        vec![Issue::new(Severity::Error, "invalid", "", "MBI 4cc2cc2cc22 unknown").hint("not 1EG4TE5MK73 either")];
    let said = |notice: &Notice| format!("{} {:?}", notice.text, notice.issues);
    let (_, hidden) = after(&chart, &settlement);
    let shown = said(&hidden);
    assert!(shown.contains("No record for [MBI withheld]."), "{shown}");
    assert!(!["3AAO", "4cc2", "1EG4"].iter().any(|number| shown.contains(number)), "{shown}");
    let mut open = profile().clone();
    open.notices.include_mbi = true;
    let settled = settle(&open, &chart.write().unwrap(), &settlement).unwrap();
    let shown = said(&settled.notices[0]);
    assert!(["3AAO-AA1-AA11", "4cc2cc2cc22", "1EG4TE5MK73"].iter().all(|number| shown.contains(number)), "{shown}");
}

/// It was submitted, and nothing that came back said that the number might be mistyped.
#[test]
fn a_number_that_breaks_the_form_is_doubted_in_what_comes_of_it() {
    let told = |number: &str| {
        let from = Origin { feed: "M1".to_owned(), path: "PID-3".to_owned(), rule: "test".to_owned() };
        let chart = Chart { mbi: Some(Sourced { value: number.to_owned(), from }), ..empty() };
        let (_, notice) = after(&chart, &settlement(Operation::CheckEligibility, Track::Msk, "eligible", "s", AT));
        notice.issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
    };
    assert_eq!(told("3AAOAA1AA11"), ["mbi-positions"]);
    assert!(told("3AA1AA1AA11").is_empty());
}

/// A page of a gateway counted as an answer to the check, which was not asked again for as long as an answer stays good.
#[test]
fn where_cms_said_nothing_the_standing_stays_as_it_was() {
    let mut foreign = settlement(Operation::CheckEligibility, Track::Msk, crate::interpret::UNREADABLE, "s", AT);
    foreign.outcome.class = OutcomeClass::Failed;
    let (chart, notice) = after(&empty(), &foreign);
    assert!(chart.standing.is_empty());
    assert_eq!(notice.code, "unreadable-answer");
}

#[test]
fn an_alignment_keeps_its_id_and_tells_its_dates() {
    for code in ["aligned", "aligned-switch-approved"] {
        let (chart, notice) =
            after(&empty(), &settlement(Operation::Align, Track::Bh, code, "sub-9", "2026-11-23T23:59:59Z"));
        let standing = &chart.standing["BH"];
        assert_eq!((standing.state.as_str(), standing.alignment.as_str()), ("aligned", "sub-9"));
        assert_eq!(
            dates(&notice),
            [("effective", "2026-11-23"), ("lock-in-ends", "2027-02-21"), ("baseline-due", "2027-01-21")]
        );
    }
}

/// The notice said day 60 in UTC where the calendar says day 59 in the zone of reports.
#[test]
fn the_dates_of_the_notice_are_those_of_the_calendar() {
    // Half past nine in the evening in New York, which is the next day in UTC.
    let at = "2026-11-24T02:30:00Z";
    let (chart, notice) = after(&empty(), &settlement(Operation::Align, Track::Bh, "aligned", "sub-9", at));
    assert_eq!(
        dates(&notice),
        [("effective", "2026-11-23"), ("lock-in-ends", "2027-02-21"), ("baseline-due", "2027-01-21")]
    );
    let calendar = crate::calendar::calendar(profile(), "ACCES12345", &chart.write().unwrap(), &[], at).unwrap();
    for (kind, name) in [("baseline", "baseline-due"), ("lock-in-end", "lock-in-ends")] {
        let due = &calendar.iter().find(|date| date.kind == kind).unwrap().due;
        assert!(dates(&notice).contains(&(name, due.as_str())), "{kind}");
    }
    let (_, notice) =
        after(&chart, &settlement(Operation::Unalign, Track::Bh, "unaligned", "u", "2027-03-02T04:59:59Z"));
    assert_eq!(dates(&notice), [("effective", "2027-03-01")]);
}

#[test]
fn an_end_takes_effect_on_the_day_of_its_answer() {
    let told = |code| {
        let (_, notice) = after(&aligned(), &settlement(Operation::Unalign, Track::ECkm, code, "sub-2", AT));
        notice.dates.into_iter().find(|date| date.name == "effective").map(|date| date.date)
    };
    assert_eq!(told("unaligned").as_deref(), AT.get(..10));
    assert_eq!(told("unalignment-pending"), None, "nothing has ended yet");
    assert_eq!(told("patient-not-aligned"), None, "nothing ended today");
}

#[test]
fn the_control_group_notice_tells_its_end() {
    let (_, notice) = after(
        &empty(),
        &settlement(Operation::Align, Track::Bh, "not-aligned-control-group", "s", "2026-11-23T12:00:00Z"),
    );
    assert_eq!(dates(&notice), [("control-group-ends", "2027-11-23")]);
    assert_eq!(notice.severity, Severity::Warning);
}

#[test]
fn a_repeated_control_group_answer_keeps_its_start_until_the_period_is_over() {
    let ask = |chart: &Chart, at| {
        after(chart, &settlement(Operation::CheckEligibility, Track::Bh, "not-eligible-control-group", "s", at)).0
    };
    let first = ask(&empty(), "2026-01-10T00:00:00Z");
    let within = ask(&first, "2026-06-10T00:00:00Z");
    assert_eq!(within.standing["BH"].since, "2026-01-10T00:00:00Z");
    assert_eq!(ask(&within, "2027-01-10T00:00:00Z").standing["BH"].since, "2027-01-10T00:00:00Z");
}

#[test]
fn no_check_and_no_refusal_ends_an_alignment() {
    for (operation, code) in [
        (Operation::CheckEligibility, "eligible"),
        (Operation::CheckEligibility, "not-eligible-control-group"),
        (Operation::Align, "not-aligned-services"),
        (Operation::Unalign, "cannot-unalign-during-lock-in"),
    ] {
        let (chart, _) = after(&aligned(), &settlement(operation, Track::ECkm, code, "sub-2", AT));
        let standing = &chart.standing["eCKM"];
        assert_eq!((standing.state.as_str(), standing.alignment.as_str()), ("aligned", "sub-1"), "{code}");
        assert_eq!((standing.since.as_str(), standing.code.as_str()), ("2026-10-01T23:30:00Z", code));
    }
}

#[test]
fn an_unalignment_ends_it_and_leaves_the_id() {
    for (code, state) in [
        ("unaligned", "unaligned"),
        ("unalignment-pending", "unalignment-pending"),
        ("patient-not-aligned", "unaligned"),
    ] {
        let (chart, _) = after(&aligned(), &settlement(Operation::Unalign, Track::ECkm, code, "sub-2", AT));
        let standing = &chart.standing["eCKM"];
        assert_eq!((standing.state.as_str(), standing.alignment.as_str()), (state, "sub-1"), "{code}");
        assert_eq!((standing.since.as_str(), standing.aligned_at.as_str()), (AT, "2026-10-01T23:30:00Z"));
    }
}

/// An unalignment was answered after the next alignment had begun, and ended that.
#[test]
fn a_late_answer_to_an_unalignment_ends_nothing_that_began_after_it_was_accepted() {
    let realigned = Settlement {
        accepted_at: "2026-11-20T10:00:00Z".to_owned(),
        ..settlement(Operation::Align, Track::ECkm, "aligned", "sub-2", "2026-11-20T12:00:00Z")
    };
    let chart = after(&aligned(), &realigned).0;
    for code in ["unaligned", "unalignment-pending", "patient-not-aligned"] {
        let answer = |accepted: &str| Settlement {
            accepted_at: accepted.to_owned(),
            ..settlement(Operation::Unalign, Track::ECkm, code, "u", AT)
        };
        let (late, notice) = after(&chart, &answer("2026-11-20T09:59:59Z"));
        assert_eq!(late, chart, "{code}");
        assert_eq!(notice.issues.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), ["alignment-former"]);
        // One that was accepted since is about this one, whenever that was answered.
        assert_ne!(after(&chart, &answer("2026-11-20T10:30:00Z")).0.standing["eCKM"].state, "aligned", "{code}");
    }
}

/// With the given MBI instead of the one before.
const WRONG: &str = "4CC2CC2CC22";
const RIGHT: &str = "3AA1AA1AA11";

/// An answer to what was sent under a number.
fn under(number: &str, operation: Operation, track: Track, code: &str) -> Settlement {
    let mbi = &profile().guide.systems.mbi;
    let patient = format!(r#"{{"resourceType":"Patient","identifier":[{{"system":"{mbi}","value":"{number}"}}]}}"#);
    let (payload, report) = if operation == Operation::ReportData {
        let bundle = format!(
            r#"{{"resourceType":"Bundle","identifier":{{"value":"b"}},"entry":[{{"resource":{{"resourceType":"Composition"}}}},{{"resource":{patient}}}]}}"#
        );
        let report = access_contract::ReportPeriod {
            kind: "baseline".to_owned(),
            period: "baseline".to_owned(),
            alignment: "sub-1".to_owned(),
            from: String::new(),
            until: String::new(),
        };
        let nested =
            format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"resource","resource":{bundle}}}]}}"#);
        (nested, Some(report))
    } else {
        let named = r#"{"name":"participantID","valueIdentifier":{"value":"ACCES12345"}}"#;
        let patient = format!(r#"{{"name":"patient","resource":{patient}}}"#);
        (format!(r#"{{"resourceType":"Parameters","parameter":[{named},{patient}]}}"#), None)
    };
    Settlement { payload, report, ..settlement(operation, track, code, "s", AT) }
}

/// One whose alignment CMS did not know under the wrong number.
fn hidden() -> Chart {
    let chart = after(&aligned(), &under(WRONG, Operation::ReportData, Track::ECkm, "patient-not-aligned")).0;
    assert!(chart.aligned().is_empty());
    chart
}

fn refused(number: &str, track: Track) -> Settlement {
    under(number, Operation::Align, track, "not-aligned-already-aligned")
}

/// A report under a mistyped number was answered, and no way led back to the alignment when the number was right again.
#[test]
fn an_alignment_that_was_unknown_under_a_wrong_number_is_taken_up_again_under_the_right_one() {
    let before = aligned();
    for track in [Track::ECkm, Track::Ckm] {
        let (chart, notice) = after(&hidden(), &refused(RIGHT, track));
        let (was, is) = (&before.standing["eCKM"], &chart.standing["eCKM"]);
        assert_eq!((is.state.as_str(), &is.alignment, &is.aligned_at), ("aligned", &was.alignment, &was.aligned_at));
        assert_eq!((&is.aligned_since, chart.reports["eCKM"].len()), (&was.aligned_since, 1));
        assert!(chart.is_new_alignment("eCKM") && chart.ended().is_empty());
        let told: Vec<&str> = notice.issues.iter().map(|issue| issue.code.as_str()).collect();
        assert_eq!(told, ["alignment-restored"]);
    }
}

/// The chart was asked which number it had then, and took the time at which a feed repeated one for the time at which it changed.
#[test]
fn the_number_that_was_sent_counts_whatever_the_chart_has_since() {
    let repeated = |mut chart: Chart| {
        let from = Origin { feed: "M1".to_owned(), path: "PID-3".to_owned(), rule: "test".to_owned() };
        chart.mbi = Some(Sourced { value: RIGHT.to_owned(), from });
        chart.former_mbis = vec![WRONG.to_owned()];
        chart.stated.insert("mbi".to_owned(), "2026-11-23T12:00:30Z".to_owned());
        chart
    };
    // Under the number for which CMS knew no alignment, the patient is aligned with somebody else.
    let denied = under(RIGHT, Operation::ReportData, Track::ECkm, "patient-not-aligned");
    let denied = after(&repeated(aligned()), &denied).0;
    assert_eq!(denied.standing["eCKM"].unknown_under, RIGHT);
    assert!(after(&denied, &refused(RIGHT, Track::ECkm)).0.aligned().is_empty());
    assert!(!after(&repeated(hidden()), &refused(RIGHT, Track::ECkm)).0.aligned().is_empty());
    assert!(after(&repeated(hidden()), &refused(WRONG, Track::ECkm)).0.aligned().is_empty());
    // Where nobody knows any more what was sent, nothing follows from it.
    for payload in ["", "{", "[]", r#"{"resourceType":"Patient"}"#] {
        let unkept = Settlement { payload: payload.to_owned(), ..refused(RIGHT, Track::ECkm) };
        assert!(after(&hidden(), &unkept).0.aligned().is_empty(), "{payload}");
        let unkept = Settlement { operation: Operation::ReportData, ..unkept };
        let report = under(WRONG, Operation::ReportData, Track::ECkm, "patient-not-aligned");
        let gone = after(&aligned(), &Settlement { payload: unkept.payload, ..report }).0;
        assert!(after(&gone, &refused(RIGHT, Track::ECkm)).0.aligned().is_empty(), "{payload}");
    }
}

/// Whether somebody is eligible says nothing of an alignment where a diagnosis or the coverage is what is refused.
#[test]
fn an_answer_gives_a_hidden_alignment_up_only_if_it_tells_of_alignments() {
    let check = |number: &str, track: Track, code: &str| {
        let chart = after(&hidden(), &under(number, Operation::CheckEligibility, track, code)).0;
        !after(&chart, &refused(RIGHT, Track::ECkm)).0.aligned().is_empty()
    };
    for code in ["eligible", "eligible-switch-participants", "not-eligible-control-group"] {
        assert!(!check(RIGHT, Track::ECkm, code) && !check(RIGHT, Track::Ckm, code), "{code}");
        assert!(check(WRONG, Track::ECkm, code) && check(RIGHT, Track::Bh, code), "{code}");
    }
    for code in ["already-aligned", "diagnoses", "clinical-exclusion", "services", "not-medicare", "mismatch"] {
        assert!(check(RIGHT, Track::ECkm, &format!("not-eligible-{code}")), "{code}");
        assert!(check(RIGHT, Track::Ckm, &format!("not-eligible-{code}")), "{code}");
    }
    // The patient is aligned with another participant, which CMS would switch.
    let switch = under(RIGHT, Operation::Align, Track::ECkm, "not-aligned-no-switch-attestation");
    assert!(after(&after(&hidden(), &switch).0, &refused(RIGHT, Track::ECkm)).0.aligned().is_empty());
    // One who was unaligned, before the answer to the report or after it, is not aligned under any number.
    let ends = under(WRONG, Operation::Unalign, Track::ECkm, "unaligned");
    let late = under(WRONG, Operation::ReportData, Track::ECkm, "patient-not-aligned");
    for ended in [after(&hidden(), &ends).0, after(&after(&aligned(), &ends).0, &late).0] {
        assert!(after(&ended, &refused(RIGHT, Track::ECkm)).0.aligned().is_empty());
    }
    // Nor does an answer in other words than those of the operation take anything up.
    let mut foreign = refused(RIGHT, Track::ECkm);
    foreign.outcome.class = OutcomeClass::Unknown;
    assert!(after(&hidden(), &foreign).0.aligned().is_empty());
}

#[test]
fn a_locked_in_patient_is_told_until_when() {
    let (_, notice) =
        after(&aligned(), &settlement(Operation::Unalign, Track::ECkm, "cannot-unalign-during-lock-in", "s", AT));
    assert_eq!(dates(&notice), [("lock-in-ends", "2026-12-30")]);
}

#[test]
fn a_second_alignment_keeps_the_id_of_the_first_and_a_repetition_adds_none() {
    let again = settlement(Operation::Align, Track::ECkm, "aligned", "sub-2", AT);
    let (chart, _) = after(&aligned(), &again);
    assert_eq!(chart.standing["eCKM"].alignment, "sub-2");
    assert_eq!(chart.standing["eCKM"].former_alignments, ["sub-1"]);
    assert_eq!(after(&chart, &again).0, chart);
}

#[test]
fn an_alignment_without_id_keeps_the_one_before_and_says_so() {
    let (chart, notice) = after(&aligned(), &settlement(Operation::Align, Track::ECkm, "aligned", "", AT));
    assert_eq!(chart.standing["eCKM"].alignment, "sub-1");
    assert_eq!(notice.issues[0].code, "alignment-id-missing");
}

#[test]
fn an_alignment_to_ckm_ends_that_to_eckm() {
    let (chart, _) = after(&aligned(), &settlement(Operation::Align, Track::Ckm, "aligned", "sub-2", AT));
    assert_eq!(
        (chart.standing["eCKM"].state.as_str(), chart.standing["eCKM"].alignment.as_str()),
        ("unaligned", "sub-1")
    );
    assert_eq!(chart.standing["CKM"].state, "aligned");
}

#[test]
fn a_technical_failure_leaves_the_chart_alone() {
    let mut failure = settlement(Operation::CheckEligibility, Track::Bh, "", "", AT);
    failure.outcome.class = OutcomeClass::Failed;
    failure.outcome.issues = vec![Issue::new(Severity::Error, "invalid", "Patient", "text")];
    let (chart, notice) = after(&aligned(), &failure);
    assert_eq!(chart, aligned());
    assert_eq!((notice.severity, notice.issues.len()), (Severity::Error, 1));
}

#[test]
fn an_unknown_code_is_kept_but_changes_no_standing() {
    let (chart, notice) = after(&aligned(), &settlement(Operation::Align, Track::ECkm, "aligned-somehow", "sub-2", AT));
    assert_eq!(chart.standing["eCKM"].state, "aligned");
    assert_eq!(chart.standing["eCKM"].alignment, "sub-1");
    assert_eq!(chart.standing["eCKM"].code, "aligned-somehow");
    assert_eq!(notice.severity, Severity::Error);
    assert!(notice.dates.is_empty());
}

#[test]
fn a_new_alignment_is_noted_and_one_that_is_confirmed_is_not() {
    let align = settlement(Operation::Align, Track::Bh, "aligned", "sub-1", AT);
    let (chart, _) = after(&empty(), &align);
    assert!(chart.is_new_alignment("BH"));
    let mut looked_at = chart;
    looked_at.told.clear();
    assert!(!after(&looked_at, &align).0.is_new_alignment("BH"));
    let check = settlement(Operation::CheckEligibility, Track::Bh, "eligible", "sub-1", AT);
    assert!(!after(&empty(), &check).0.is_new_alignment("BH"));
}

#[test]
fn an_alignment_that_ends_and_a_check_that_is_answered_are_noted() {
    let unalign = |code| after(&aligned(), &settlement(Operation::Unalign, Track::ECkm, code, "sub-2", AT)).0;
    assert_eq!(unalign("unaligned").ended(), [Track::ECkm]);
    assert!(unalign("unalignment-pending").ended().is_empty());
    let sibling = settlement(Operation::Align, Track::Ckm, "aligned", "sub-2", AT);
    assert_eq!(after(&aligned(), &sibling).0.ended(), [Track::ECkm]);
    let check = |code| after(&empty(), &settlement(Operation::CheckEligibility, Track::ECkm, code, "s", AT)).0;
    assert!(check("eligible").is_answered_anew("CKM") && !check("eligible").is_answered_anew("BH"));
    assert!(!check("").is_answered_anew("CKM"), "a failure is no answer");
}

#[test]
fn the_notice_carries_the_words_and_the_way_back() {
    let mut settled = settlement(Operation::Align, Track::Bh, "not-aligned-mismatch", "sub-3", AT);
    settled.outcome.text = "Said by CMS".to_owned();
    let (_, notice) = after(&empty(), &settled);
    assert_eq!(notice.text, "Meaning. CMS says: Said by CMS");
    assert_eq!((notice.next_step.as_str(), notice.operation.as_str(), notice.track.as_str()), ("Next.", "align", "BH"));
    assert_eq!(
        (notice.submission.as_str(), notice.cms_submission.as_str(), notice.control_id.as_str()),
        ("id1", "sub-3", "M1")
    );
    assert_eq!((notice.reply_application.as_str(), notice.reply_facility.as_str()), ("EPIC", "MAIN"));
    assert_eq!((notice.patient.as_str(), notice.participant.as_str()), ("PID|1", "ACCES12345"));
    assert_eq!((notice.system.as_str(), notice.display.as_str()), ("system", "display"));
    assert_eq!(notice.severity, Severity::Error, "it is to be mended");
}

#[test]
fn a_chart_or_time_that_cannot_be_read_is_an_error() {
    let good = settlement(Operation::Align, Track::Bh, "aligned", "s", AT);
    assert_eq!(settle(profile(), "{}", &good).unwrap_err().code, "chart-unreadable");
    let bad = Settlement { at: "yesterday".to_owned(), ..good };
    assert_eq!(settle(profile(), &empty().write().unwrap(), &bad).unwrap_err().code, "time-invalid");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_id_of_an_alignment_is_kept_whatever_follows(steps in prop::collection::vec((0_usize..30, 0_u8..2, 0_u8..6), 1..20)) {
        let results: Vec<_> = profile().guide.results.iter().collect();
        let mut chart = empty();
        let mut given: BTreeSet<(String, String)> = BTreeSet::new();
        for (n, (result, track, id)) in steps.into_iter().enumerate() {
            let result = results[result % results.len()];
            let track = if track == 0 { Track::ECkm } else { Track::Ckm };
            let id = if id == 0 { String::new() } else { format!("sub-{id}") };
            let operation = Operation::from(result.operation.as_str());
            if operation == Operation::Align && result.standing == "aligned" && !id.is_empty() {
                given.insert((track.as_str().to_owned(), id.clone()));
            }
            chart = after(&chart, &settlement(operation, track, &result.code, &id, &format!("2026-11-23T12:00:{n:02}Z"))).0;
            let aligned = chart.aligned().len();
            prop_assert!(aligned <= 1, "eCKM and CKM exclude each other");
        }
        for (track, id) in given {
            let standing = &chart.standing[&track];
            prop_assert!(standing.alignment == id || standing.former_alignments.contains(&id));
        }
    }
}
