//! What notices of CMS do to a chart.

use super::announce;
use crate::chart::{Chart, Reported, Standing};
use access_contract::{Announcement, Issue, Notice, NoticeKind, ReportPeriod, Severity, Track};
use access_mappings::Profile;
use std::sync::OnceLock;

const AT: &str = "2026-12-01T09:00:00Z";

fn profile() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(|| access_mappings::example().unwrap())
}

/// Somebody who is aligned in CKM since 1 October as `sub-2`, and was before as `sub-1`.
fn aligned() -> Chart {
    let standing = Standing {
        state: "aligned".to_owned(),
        since: "2026-10-01T15:00:00Z".to_owned(),
        code: "aligned".to_owned(),
        alignment: "sub-2".to_owned(),
        former_alignments: vec!["sub-1".to_owned()],
        aligned_at: "2026-10-01T15:00:00Z".to_owned(),
        ..Standing::default()
    };
    Chart {
        standing: [("CKM".to_owned(), standing)].into(),
        patient: "PID|1||LK1^^^MAIN^MR".to_owned(),
        reply_application: "EPIC".to_owned(),
        reply_facility: "MAIN".to_owned(),
        ..Chart::empty()
    }
}

fn told(event: &str, id: &str, deadline: &str) -> Announcement {
    Announcement {
        participant: "ACCES12345".to_owned(),
        event: event.to_owned(),
        deadline: deadline.to_owned(),
        track: Track::Ckm,
        submission: "id1".to_owned(),
        cms_submission: id.to_owned(),
        control_id: "M1".to_owned(),
        awaited: false,
        issues: Vec::new(),
        at: AT.to_owned(),
    }
}

fn after(chart: &Chart, announcement: &Announcement) -> (Chart, Notice) {
    let settled = announce(profile(), &chart.write().unwrap(), announcement).unwrap();
    assert_eq!(settled.notices.len(), 1);
    (Chart::parse(&settled.document).unwrap(), settled.notices[0].clone())
}

fn codes(notice: &Notice) -> Vec<(&str, &str)> {
    notice.issues.iter().map(|issue| (issue.code.as_str(), issue.severity.as_str())).collect()
}

fn dates(notice: &Notice) -> Vec<(&str, &str)> {
    notice.dates.iter().map(|date| (date.name.as_str(), date.date.as_str())).collect()
}

#[test]
fn every_event_is_told_in_plain_words_with_the_way_back() {
    for event in &profile().guide.events {
        let (chart, notice) = after(&aligned(), &told(&event.code, "sub-2", ""));
        assert_eq!((notice.kind, notice.code.as_str()), (NoticeKind::CmsNotification, event.code.as_str()));
        assert_eq!(
            (&notice.text, &notice.next_step, &notice.display),
            (&event.meaning, &event.next_step, &event.display)
        );
        assert_eq!(notice.system.ends_with("/ACCESSEventTypeCS"), event.coded, "{}", event.code);
        assert_eq!(notice.severity.as_str(), event.severity, "{}", event.code);
        assert_eq!((notice.reply_application.as_str(), notice.reply_facility.as_str()), ("EPIC", "MAIN"));
        assert_eq!((notice.patient.as_str(), notice.mbi.as_deref()), ("PID|1||LK1^^^MAIN^MR", None));
        assert_eq!((notice.submission.as_str(), notice.cms_submission.as_str()), ("id1", "sub-2"));
        assert_eq!((notice.control_id.as_str(), notice.track.as_str()), ("M1", "CKM"));
        assert_eq!(notice.participant, "ACCES12345");
        assert_eq!(chart == aligned(), event.standing.is_empty(), "{}", event.code);
    }
}

#[test]
fn an_unalignment_ends_the_alignment_in_force_and_keeps_its_id() {
    let (chart, notice) = after(&aligned(), &told("unalignment", "sub-2", "2026-11-30"));
    let standing = &chart.standing["CKM"];
    assert_eq!((standing.state.as_str(), standing.since.as_str()), ("unaligned", AT));
    assert_eq!((standing.alignment.as_str(), standing.aligned_at.as_str()), ("sub-2", "2026-10-01T15:00:00Z"));
    assert_eq!(standing.former_alignments, ["sub-1"]);
    assert_eq!(chart.ended(), [Track::Ckm], "what is held to end it is to be looked at");
    assert_eq!((dates(&notice), codes(&notice)), (vec![("deadline", "2026-11-30")], vec![]));
}

#[test]
fn a_pending_unalignment_ends_with_the_mail_too() {
    let mut chart = aligned();
    chart.standing.get_mut("CKM").unwrap().state = "unalignment-pending".to_owned();
    assert_eq!(after(&chart, &told("unalignment", "sub-2", "")).0.standing["CKM"].state, "unaligned");
}

#[test]
fn a_late_mail_about_a_former_alignment_ends_nothing() {
    let (chart, notice) = after(&aligned(), &told("unalignment", "sub-1", ""));
    assert_eq!(chart, aligned());
    assert_eq!((codes(&notice), &notice.severity), (vec![("alignment-former", "information")], &Severity::Information));
}

#[test]
fn what_has_ended_already_is_told_as_information() {
    let mut chart = aligned();
    chart.standing.get_mut("CKM").unwrap().state = "unaligned".to_owned();
    let (after, notice) = after(&chart, &told("unalignment", "sub-2", ""));
    assert_eq!((&after, notice.severity), (&chart, Severity::Information));
}

#[test]
fn no_mail_aligns_anybody() {
    let mut chart = aligned();
    chart.standing.clear();
    let (after, notice) = after(&chart, &told("aligned", "sub-9", ""));
    assert_eq!(after, chart);
    assert_eq!((codes(&notice), &notice.severity), (vec![("alignment-not-settled", "warning")], &Severity::Warning));
    assert!(notice.next_step.contains("submissions resume id1"), "{}", notice.next_step);
    // Mails may be faster than polls.
    let early = Announcement { awaited: true, ..told("aligned", "sub-9", "") };
    let settled = announce(profile(), &chart.write().unwrap(), &early).unwrap();
    let (after, notice) = (Chart::parse(&settled.document).unwrap(), &settled.notices[0]);
    assert_eq!(after, chart);
    assert_eq!(
        (codes(notice), &notice.severity),
        (vec![("alignment-not-settled", "information")], &Severity::Information)
    );
    assert!(!notice.next_step.contains("resume"), "{}", notice.next_step);
}

#[test]
fn a_date_that_agrees_is_told_once() {
    for (event, deadline, name) in [
        ("participant-lock-ending", "2026-12-30", "lock-in-ends"),
        // Day 59 of the calendar, which keeps clear of the guide's last day, and day 60, which the guide names.
        ("baseline-reporting-window", "2026-11-29", "baseline-due"),
        ("baseline-reporting-window", "2026-11-30", "baseline-due"),
        ("alignment-renewal", "2027-10-01", "renewal-due"),
        ("eoy-reporting-window", "2027-11-30", "end-of-period-due"),
    ] {
        let mut announcement = told(event, "sub-2", deadline);
        announcement.at = "2026-11-20T00:00:00Z".to_owned();
        let (_, notice) = after(&aligned(), &announcement);
        assert_eq!((dates(&notice), codes(&notice)), (vec![(name, deadline)], vec![]), "{event}");
    }
}

/// A mail says what the answer to a report under a wrong number could not: the alignment has ended.
#[test]
fn an_alignment_that_cms_ends_is_not_taken_up_again() {
    let mut chart = aligned();
    let standing = chart.standing.get_mut("CKM").unwrap();
    (standing.state, standing.unknown_under) = ("unaligned".to_owned(), "4CC2CC2CC22".to_owned());
    assert!(!after(&chart, &told("alignment-renewal", "sub-2", "")).0.standing["CKM"].unknown_under.is_empty());
    assert!(!after(&chart, &told("unalignment", "sub-1", "")).0.standing["CKM"].unknown_under.is_empty());
    assert!(after(&chart, &told("unalignment", "sub-2", "")).0.standing["CKM"].unknown_under.is_empty());
}

#[test]
fn a_date_that_differs_is_told_beside_our_own() {
    for (deadline, severity) in [
        ("2026-12-29", "information"),
        ("2026-12-31", "information"),
        ("2027-01-02", "warning"),
        ("2026-12-03", "warning"),
    ] {
        let (_, notice) = after(&aligned(), &told("participant-lock-ending", "sub-2", deadline));
        assert_eq!(dates(&notice), [("lock-in-ends", deadline), ("expected-lock-in-ends", "2026-12-30")]);
        assert_eq!(codes(&notice), [("deadline-differs", severity)], "{deadline}");
    }
}

/// Whoever was aligned on 1 October with a baseline that was accepted in the evening of 20 October, Eastern time, which is the 21st in UTC.
fn reported(code: &str) -> Chart {
    let period = ReportPeriod {
        kind: "baseline".to_owned(),
        period: "baseline".to_owned(),
        alignment: "sub-2".to_owned(),
        from: String::new(),
        until: String::new(),
    };
    let baseline = Reported {
        period,
        code: code.to_owned(),
        at: "2026-10-21T02:00:00Z".to_owned(),
        since: String::new(),
        submission: "r1".to_owned(),
        cms_submission: String::new(),
        entries: Vec::new(),
        missing: Vec::new(),
    };
    Chart { reports: [("CKM".to_owned(), vec![baseline])].into(), ..aligned() }
}

/// Dates of reports were compared with nothing, since only the standing was looked at.
#[test]
fn the_date_of_a_quarter_is_compared_with_the_calendar() {
    // 110 days after 20 October are 7 February.
    for (deadline, found) in [
        ("2027-02-06", None),
        ("2027-02-07", None),
        ("2027-02-05", Some("information")),
        ("2027-02-08", Some("information")),
        ("2027-03-01", Some("warning")),
        ("2026-12-28", Some("warning")),
    ] {
        let (_, notice) = after(&reported("success"), &told("quarterly-reporting-window", "sub-2", deadline));
        let mut dates_wanted = vec![("quarterly-due", deadline)];
        dates_wanted.extend(found.map(|_| ("expected-quarterly-due", "2027-02-06")));
        assert_eq!(dates(&notice), dates_wanted);
        assert_eq!(codes(&notice), found.map(|found| ("deadline-differs", found)).into_iter().collect::<Vec<_>>());
    }
    // Without an accepted baseline there is no quarter to count from.
    let (_, notice) = after(&reported("incomplete-data"), &told("quarterly-reporting-window", "sub-2", "2027-03-01"));
    assert_eq!((dates(&notice), codes(&notice)), (vec![("quarterly-due", "2027-03-01")], vec![]));
}

#[test]
fn a_reminder_of_what_was_accepted_already_says_so() {
    let (_, notice) = after(&reported("success"), &told("baseline-reporting-window", "sub-2", "2026-11-30"));
    assert_eq!(codes(&notice), [("deadline-met", "information")]);
    assert_eq!(dates(&notice), [("baseline-due", "2026-11-30")]);
    assert!(notice.severity == Severity::Information && notice.next_step.starts_with("Nothing"));
    let (_, notice) = after(&reported("incomplete-data"), &told("baseline-reporting-window", "sub-2", "2026-11-30"));
    assert_eq!(codes(&notice), [("deadline-passed", "warning")]);
}

#[test]
fn days_are_those_of_the_zone_of_reports() {
    // 02:00 UTC on 1 December is still 30 November in New York: the last day has not passed.
    let mut announcement = told("baseline-reporting-window", "sub-2", "2026-11-30");
    announcement.at = "2026-12-01T02:00:00Z".to_owned();
    assert_eq!(codes(&after(&aligned(), &announcement).1), []);
    announcement.at = "2026-12-01T05:00:00Z".to_owned();
    assert_eq!(codes(&after(&aligned(), &announcement).1), [("deadline-passed", "warning")]);
}

#[test]
fn a_date_of_a_former_alignment_is_compared_with_nothing() {
    let (_, notice) = after(&aligned(), &told("baseline-reporting-window", "sub-1", "2026-12-24"));
    assert_eq!(
        (dates(&notice), codes(&notice)),
        (vec![("baseline-due", "2026-12-24")], vec![("alignment-former", "information")])
    );
}

#[test]
fn the_end_of_the_control_group_is_compared_with_the_answer_that_began_it() {
    let mut chart = aligned();
    let standing = chart.standing.get_mut("CKM").unwrap();
    *standing =
        Standing { state: "control-group".to_owned(), since: "2026-01-10T15:00:00Z".to_owned(), ..Standing::default() };
    let (_, notice) = after(&chart, &told("control-group-ending", "sub-7", "2027-01-10"));
    assert_eq!((dates(&notice), codes(&notice)), (vec![("control-group-ends", "2027-01-10")], vec![]));
    let (_, notice) = after(&chart, &told("control-group-ending", "sub-7", "2027-02-10"));
    assert_eq!(codes(&notice), [("deadline-differs", "warning")]);
}

#[test]
fn a_missing_or_past_date_is_told_where_it_matters() {
    let (_, notice) = after(&aligned(), &told("baseline-reporting-window", "sub-2", ""));
    assert_eq!(codes(&notice), [("deadline-missing", "warning")]);
    assert_eq!(dates(&notice), [("expected-baseline-due", "2026-11-29")]);
    let (_, notice) = after(&aligned(), &told("baseline-reporting-window", "sub-2", "2026-11-30"));
    assert_eq!(codes(&notice), [("deadline-passed", "warning")]);
    // That a lock-in is over costs nobody anything.
    let mut late = told("participant-lock-ending", "sub-2", "2026-12-30");
    late.at = "2027-03-01T00:00:00Z".to_owned();
    assert_eq!(codes(&after(&aligned(), &late).1), []);
    assert_eq!(codes(&after(&aligned(), &told("unalignment", "sub-2", "")).1), []);
}

#[test]
fn an_event_that_is_not_known_changes_nothing_and_is_told() {
    for event in ["", "something-new"] {
        let (chart, notice) = after(&aligned(), &told(event, "sub-2", "2027-01-01"));
        assert_eq!(chart, aligned());
        assert_eq!((notice.code.as_str(), notice.severity.as_str()), ("cms-event-unknown", "warning"));
        assert_eq!(dates(&notice), [("deadline", "2027-01-01")]);
        assert_eq!(notice.patient, aligned().patient);
    }
}

#[test]
fn doubts_of_the_reader_go_along_and_the_mbi_only_where_it_may() {
    let mut announcement = told("alignment-renewal", "sub-2", "2027-10-01");
    announcement.issues = vec![Issue::new(Severity::Information, "participant-missing", "", "no participant")];
    let (_, notice) = after(&aligned(), &announcement);
    assert_eq!(codes(&notice), [("participant-missing", "information")]);
    let mut open = profile().clone();
    open.notices.include_mbi = true;
    let mut chart = aligned();
    let from = crate::facts::Origin { feed: "M1".to_owned(), path: "PID[1]-3".to_owned(), rule: "mbi".to_owned() };
    chart.mbi = Some(crate::facts::Sourced { value: "1EG4TE5MK73".to_owned(), from });
    let settled = announce(&open, &chart.write().unwrap(), &announcement).unwrap();
    assert_eq!(settled.notices[0].mbi.as_deref(), Some("1EG4TE5MK73"));
}

#[test]
fn a_chart_or_time_that_cannot_be_read_is_an_error() {
    let good = told("unalignment", "sub-2", "");
    assert_eq!(announce(profile(), "{}", &good).unwrap_err().code, "chart-unreadable");
    let bad = Announcement { at: "today".to_owned(), ..good };
    assert_eq!(announce(profile(), &aligned().write().unwrap(), &bad).unwrap_err().code, "time-invalid");
}

#[test]
fn a_track_without_standing_is_no_obstacle() {
    let mut announcement = told("unalignment", "sub-2", "");
    announcement.track = Track::Bh;
    let (chart, notice) = after(&aligned(), &announcement);
    assert_eq!((chart, notice.severity), (aligned(), Severity::Information));
}
