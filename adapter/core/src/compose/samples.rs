//! An invented patient and the requests about her, for the tests of this crate.

use crate::chart::Chart;
use crate::compose::compose;
use crate::facts::{Address, Alias, Certainty, Diagnosis, Name, Origin, Sourced};
use access_contract::{Intent, Mode, Operation, Payload, Track};
use access_mappings::Profile;
use std::sync::LazyLock;

/// The participant of the example site.
pub(crate) const PARTICIPANT: &str = "ACCES12345";

/// The example site.
pub(crate) fn profile() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().expect("the example site loads"));
    &PROFILE
}

/// Where a value stood in the feed `F1`.
pub(crate) fn origin(path: &str, rule: &str) -> Origin {
    Origin { feed: "F1".to_owned(), path: path.to_owned(), rule: rule.to_owned() }
}

fn sourced<T>(value: T, path: &str, rule: &str) -> Option<Sourced<T>> {
    Some(Sourced { value, from: origin(path, rule) })
}

/// A confirmed diagnosis.
pub(crate) fn diagnosis(code: &str, rank: u32) -> Diagnosis {
    Diagnosis {
        code: code.to_owned(),
        certainty: Certainty::Confirmed,
        rank,
        recorded: None,
        visit: None,
        from: origin(&format!("DG1[{rank}]-3.1"), "diagnoses"),
        statement: String::new(),
        instance: String::new(),
    }
}

/// What is known about the patient: everything a request needs, and more.
pub(crate) fn chart() -> Chart {
    Chart {
        mbi: sourced("3AA1AA1AA11".to_owned(), "IN2-6", "mbi.in2-medicare"),
        aliases: vec![Alias { authority: "MAIN".to_owned(), value: "MRN-4711".to_owned(), kind: "MR".to_owned() }],
        name: sourced(
            Name {
                family: "O'Tester-Roe".to_owned(),
                given: vec!["Paula".to_owned(), "M".to_owned()],
                suffix: String::new(),
            },
            "PID-5",
            "identity.name",
        ),
        gender: sourced("female".to_owned(), "PID-8", "identity.sex"),
        birth_date: sourced("1951-04-12".to_owned(), "PID-7", "identity.birth-date"),
        address: sourced(
            Address { state: "IL".to_owned(), postal_code: "60601".to_owned(), stands_in: false },
            "PID-11",
            "identity.address",
        ),
        diagnoses: vec![
            Diagnosis { recorded: Some("2026-02-03".to_owned()), ..diagnosis("E11.9", 1) },
            diagnosis("I10", 2),
            diagnosis("N18.6", 3),
        ],
        ..Chart::empty()
    }
}

/// The chart as it is handed to `compose`.
pub(crate) fn document(chart: &Chart) -> String {
    chart.write().expect("a chart can be written")
}

/// An intent without any decision.
pub(crate) fn intent(operation: Operation, track: Track) -> Intent {
    Intent::new(operation, track, Mode::Auto, "triggers.screen", "a test asks")
}

/// `$check-eligibility` for CKM, with one condition.
pub(crate) fn eligibility() -> Payload {
    made(&intent(Operation::CheckEligibility, Track::Ckm))
}

/// `$align` to CKM with both booleans.
pub(crate) fn alignment() -> Payload {
    made(&Intent { provider_referral: Some(false), switch_consent: Some(true), ..intent(Operation::Align, Track::Ckm) })
}

/// `$unalign` from CKM with the condition that excludes.
pub(crate) fn unalignment() -> Payload {
    made(&Intent { reason: Some("no-longer-clinically-eligible".to_owned()), ..intent(Operation::Unalign, Track::Ckm) })
}

fn made(intent: &Intent) -> Payload {
    compose(profile(), PARTICIPANT, intent, &document(&chart())).expect("the sample is complete")
}
