//! How facts get into a chart.

use super::kit::*;
use crate::chart::Chart;
use crate::facts::{Certainty, Stated};
use access_contract::CommandAction;
use access_mappings::EventEffect;

fn diagnoses(chart: &Chart) -> Vec<&str> {
    chart.diagnoses.iter().map(|diagnosis| diagnosis.code.as_str()).collect()
}

#[test]
fn what_a_feed_does_not_mention_stays_and_what_it_clears_goes() {
    let chart = beneficiary(&["I10"]).lives_in("IL").write(&[]);
    let silent = feed("ADT^A08").at("2026-11-23T11:00:00").write(std::slice::from_ref(&chart));
    assert_eq!(silent.name, chart.name);
    assert_eq!(silent.plans, chart.plans);
    assert_eq!(diagnoses(&silent), ["I10"]);
    let cleared =
        feed("ADT^A08").at("2026-11-23T11:00:00").plans(Vec::new()).with(|facts| facts.address = Some(Stated::Clear));
    let cleared = cleared.write(&[chart]);
    assert_eq!(cleared.address, None);
    assert!(cleared.plans.is_empty());
}

#[test]
fn an_older_feed_overwrites_nothing_and_fills_what_is_open() {
    let chart = feed("ADT^A08").mbi(MBI).person("SMITH", "ANN", "female", "1950-03-07").write(&[]);
    let plan = beneficiary(&["I10"])
        .person("SMYTHE", "ANNA", "female", "1950-03-07")
        .at("2026-11-22T10:00:00")
        .with(|facts| facts.patient = "PID|old".to_owned())
        .plan(std::slice::from_ref(&chart));
    assert_eq!(codes(&plan), ["older-than-chart"]);
    let after = super::kit::chart(&plan);
    assert_eq!(after.name, chart.name);
    assert_eq!((&after.newest, &after.patient), (&chart.newest, &chart.patient));
    assert_eq!(diagnoses(&after), ["I10"]);
    assert_eq!(after.plans.len(), 1);
    assert_eq!(intents(&plan), ["check-eligibility eCKM auto screen"]);
}

#[test]
fn a_feed_that_names_nobody_leaves_how_notices_are_filed() {
    let chart = beneficiary(&["I10"]).write(&[]);
    for (patient, application) in [("PID|", ""), ("PID|1", ""), ("PID|1||^^^H^MR", ""), ("", "EPIC")] {
        let bundle = feed("FHIR^Bundle").at("2026-11-23T11:00:00").mbi(MBI).with(|facts| {
            patient.clone_into(&mut facts.patient);
            application.clone_into(&mut facts.sender_application);
            application.clone_into(&mut facts.sender_facility);
        });
        let after = bundle.write(std::slice::from_ref(&chart));
        assert_eq!(after.patient, chart.patient, "{patient}");
        if application.is_empty() {
            assert_eq!(
                (&after.reply_application, &after.reply_facility),
                (&chart.reply_application, &chart.reply_facility)
            );
        }
    }
    // Whatever comes first is better than nothing, and gives way.
    let first = feed("FHIR^Bundle").mbi(MBI).medicare().with(|facts| "PID|".clone_into(&mut facts.patient)).write(&[]);
    let named = feed("ADT^A08").at("2026-11-22T11:00:00").write(&[first]);
    assert_eq!(named.patient, "PID|1||A1^^^H^MR");
}

#[test]
fn a_forgotten_value_does_not_come_back_with_an_older_feed() {
    let chart = beneficiary(&["I10"]).with(|facts| facts.address = Some(Stated::Clear)).write(&[]);
    let after = feed("ADT^A08").lives_in("IL").at("2026-11-22T10:00:00").write(&[chart]);
    assert_eq!(after.address, None);
}

#[test]
fn times_that_differ_in_precision_only_are_the_same_time() {
    let chart = beneficiary(&["I10"]).at("2026-11-23T10:00:30").write(&[]);
    let after = feed("ADT^A08").lives_in("WI").diagnosed(&["F32.9"]).at("2026-11-23T10:00").plan(&[chart]);
    assert!(codes(&after).is_empty());
    assert_eq!(diagnoses(&super::kit::chart(&after)), ["F32.9"]);
}

#[test]
fn a_set_of_diagnoses_replaces_that_of_its_visit() {
    let chart = beneficiary(&["I10", "F32.9"]).write(&[]);
    let chart = feed("ADT^A08").diagnosed(&["I10"]).at("2026-11-23T11:00:00").write(&[chart]);
    assert_eq!(diagnoses(&chart), ["I10"]);
    let chart = feed("ADT^A04").visit(Some("V2")).diagnosed(&["S93.401A"]).at("2026-11-23T12:00:00").write(&[chart]);
    assert_eq!(diagnoses(&chart), ["I10", "S93.401A"]);
    let chart = feed("ADT^A31").visit(None).diagnosed(&["E11.9"]).at("2026-11-23T13:00:00").write(&[chart]);
    assert_eq!(diagnoses(&chart), ["E11.9"]);
}

#[test]
fn a_code_of_several_visits_is_charted_once_in_its_surest_statement() {
    let chart = beneficiary(&["I10"]).write(&[]);
    let doubtful = vec![diagnosis("I10", 1, Certainty::Provisional)];
    let second =
        feed("ADT^A04").visit(Some("V2")).with(|facts| facts.diagnoses = Some(doubtful)).at("2026-11-23T11:00:00");
    let chart = second.write(&[chart]);
    assert_eq!(diagnoses(&chart), ["I10"]);
    assert_eq!(chart.diagnoses[0].visit.as_deref(), Some("V1"));
    let chart = feed("ADT^A11").effect(EventEffect::Cancel).at("2026-11-23T12:00:00").write(&[chart]);
    assert_eq!(chart.diagnoses[0].visit.as_deref(), Some("V2"));
    assert_eq!(chart.diagnoses[0].certainty, Certainty::Provisional);
}

#[test]
fn of_two_statements_in_one_feed_the_surer_one_counts() {
    let rows = vec![diagnosis("I10", 1, Certainty::Confirmed), diagnosis("I10", 2, Certainty::Provisional)];
    let chart = beneficiary(&[]).with(|facts| facts.diagnoses = Some(rows)).write(&[]);
    assert_eq!(chart.diagnoses.len(), 1);
    assert_eq!(chart.diagnoses[0].certainty, Certainty::Confirmed);
}

#[test]
fn changes_add_and_withdraw_single_diagnoses_in_the_order_of_the_senders_clock() {
    let chart = beneficiary(&["I10", "F32.9"]).write(&[]);
    let withdraw = feed("ADT^A08").changes(&[("F32.9", Certainty::Withdrawn)]).at("2026-11-23T12:00:00");
    let chart = withdraw.write(&[chart]);
    assert_eq!(diagnoses(&chart), ["I10"]);
    let late = feed("ADT^A08").changes(&[("F32.9", Certainty::Confirmed), ("E66.9", Certainty::Confirmed)]);
    let chart = late.at("2026-11-23T11:00:00").write(&[chart]);
    assert_eq!(diagnoses(&chart), ["I10", "E66.9"]);
}

#[test]
fn a_row_that_says_nothing_new_leaves_what_is_known_and_states_what_is_not() {
    let provisional = feed("ADT^A08").changes(&[("I10", Certainty::Provisional)]).write(&[beneficiary(&[]).write(&[])]);
    let again = feed("ADT^A08")
        .changes(&[("I10", Certainty::Confirmed), ("E66.9", Certainty::Confirmed)])
        .with(|facts| facts.records.unchanged_diagnoses = vec!["I10".to_owned(), "E66.9".to_owned()])
        .at("2026-11-23T11:00:00");
    let chart = again.write(&[provisional]);
    let sure = |code: &str| chart.diagnoses.iter().find(|row| row.code == code).map(|row| row.certainty);
    assert_eq!((sure("I10"), sure("E66.9")), (Some(Certainty::Provisional), Some(Certainty::Confirmed)));
    // What others say of the code counts whenever it comes, since this said nothing.
    let alone = feed("ADT^A08")
        .changes(&[("I10", Certainty::Confirmed)])
        .with(|facts| facts.records.unchanged_diagnoses = vec!["I10".to_owned()])
        .at("2026-11-23T12:00:00");
    let first = alone.write(&[beneficiary(&[]).write(&[])]);
    let late = feed("ADT^A08").changes(&[("I10", Certainty::Provisional)]).at("2026-11-23T11:00:00");
    let chart = late.write(&[first]);
    assert_eq!(chart.diagnoses.iter().map(|row| row.certainty).collect::<Vec<_>>(), [Certainty::Provisional]);
    let taken_back = feed("ADT^A08").changes(&[("I10", Certainty::Withdrawn)]).at("2026-11-23T11:30:00");
    let gone = taken_back.write(&[chart]);
    assert!(alone.write(&[gone]).diagnoses.is_empty());
}

#[test]
fn a_cancelled_visit_takes_its_diagnoses_and_its_unsent_work_with_it() {
    let chart = beneficiary(&["I10"]).write(&[]);
    let cancel = feed("ADT^A11").effect(EventEffect::Cancel).at("2026-11-23T11:00:00");
    let plan = cancel.plan(std::slice::from_ref(&chart));
    assert_eq!(plan.commands.len(), 1);
    assert_eq!(plan.commands[0].action, CommandAction::Withdraw);
    assert_eq!(plan.commands[0].visit.as_deref(), Some("V1"));
    let cancelled = super::kit::chart(&plan);
    assert!(cancelled.diagnoses.is_empty());
    let repeated = beneficiary(&["I10"]).plan(&[cancelled]);
    assert!(super::kit::chart(&repeated).diagnoses.is_empty(), "a late feed of the cancelled visit states nothing");

    let transfer =
        feed("ADT^A12").effect(EventEffect::Cancel).at("2026-11-23T11:00:00").plan(std::slice::from_ref(&chart));
    assert_eq!(diagnoses(&super::kit::chart(&transfer)), ["I10"]);
    let unnumbered = cancel.visit(None).plan(&[chart]);
    assert!(unnumbered.commands.is_empty(), "without a visit number everything would be withdrawn");
    assert_eq!(codes(&unnumbered), ["visit-missing"]);
}

#[test]
fn a_discharge_taken_back_takes_back_its_disposition() {
    let by_disposition = Some(Stated::Set(sourced(true, "PV1-36")));
    let chart = beneficiary(&["I10"]).with(|facts| facts.deceased = by_disposition).write(&[]);
    assert!(chart.is_dead());
    assert!(!feed("ADT^A13").at("2026-11-23T11:00:00").write(std::slice::from_ref(&chart)).is_dead());
    assert!(feed("ADT^A13").at("2026-11-23T09:00:00").write(&[chart]).is_dead(), "an older one does not");
    let dead = beneficiary(&["I10"]).dead().write(&[]);
    assert!(feed("ADT^A13").at("2026-11-23T11:00:00").write(&[dead]).is_dead(), "nor does it undo PID-30");
}

#[test]
fn a_referral_marks_the_chart_and_starts_nothing() {
    let referred = feed("REF^I12").effect(EventEffect::Referral).plan(&[]);
    assert!(referred.intents.is_empty());
    let chart = chart(&referred);
    assert!(chart.referral.as_ref().unwrap().value);
    let chart = beneficiary(&["I10"]).at("2026-11-24T10:00:00").write(&[chart]);
    assert!(chart.referral.unwrap().value);
}

#[test]
fn events_without_effect_leave_no_trace_of_strangers() {
    for effect in [EventEffect::Ignore, EventEffect::Review, EventEffect::Cancel] {
        let plan = beneficiary(&["I10"]).effect(effect).plan(&[]);
        assert!(plan.chart.is_none() && plan.commands.is_empty() && plan.notices.is_empty());
    }
}

#[test]
fn the_chart_is_found_under_its_number_and_every_identifier() {
    let plan = beneficiary(&["I10"]).known_as(&["A1", "A2"]).plan(&[]);
    let change = plan.chart.unwrap();
    assert_eq!(change.id, None);
    assert_eq!(change.keys, [format!("mbi:{MBI}"), "id:H|A1".to_owned(), "id:H|A2".to_owned()]);
}

#[test]
fn a_chart_holds_a_bounded_number_of_things() {
    let many: Vec<String> = (0..300).map(|n| format!("A{n}")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    let plan = beneficiary(&["I10"]).known_as(&names).plan(&[]);
    assert_eq!(codes(&plan), ["chart-full"]);
    assert_eq!(chart(&plan).aliases.len(), 256);
}

#[test]
fn senders_in_different_zones_are_put_in_order() {
    // 09:15 in Chicago is after 10:00 in New York.
    let chicago =
        beneficiary(&["E11.9"]).at("2026-07-14T14:15:00.000000Z").person("SMITH", "ANNE", "female", "1950-03-07");
    let new_york = beneficiary(&["E11.9"]).at("2026-07-14T14:00:00.000000Z");
    for order in [[&chicago, &new_york], [&new_york, &chicago]] {
        let chart = order[1].write(&[order[0].write(&[])]);
        assert_eq!(chart.name.unwrap().value.given, ["ANNE"]);
    }
}

#[test]
fn a_message_from_the_future_does_not_freeze_a_chart() {
    let future =
        beneficiary(&["E11.9"]).at("2126-11-23T10:00:00.000000Z").person("SMITH", "ANN", "female", "1950-03-07");
    let plan = future.plan(&[]);
    assert_eq!((codes(&plan), notices(&plan)), (vec!["sent-at-future"], vec!["sent-at-future"]));
    let first = chart(&plan);
    assert_eq!(first.newest, "");
    // People are told once, and the next message is taken.
    let again = future.plan(std::slice::from_ref(&first));
    assert_eq!(notices(&again), Vec::<&str>::new());
    let next = feed("ADT^A08").person("SMITH", "ANNE", "female", "1950-03-07").write(&[first]);
    assert_eq!(next.name.unwrap().value.given, ["ANNE"]);
    assert_eq!(next.told.get("clock"), None);
}

#[test]
fn a_chart_that_was_frozen_by_a_wrong_clock_thaws() {
    let mut frozen = beneficiary(&["E11.9"]).write(&[]);
    frozen.newest = "2126-11-23T10:00:00".to_owned();
    frozen.stated.values_mut().for_each(|at| *at = "2126-11-23T10:00:00".to_owned());
    let chart = feed("ADT^A08").person("SMITH", "ANNE", "female", "1950-03-07").write(&[frozen]);
    assert_eq!(
        (chart.name.unwrap().value.given, chart.newest.as_str()),
        (vec!["ANNE".to_owned()], "2026-11-23T10:00:00")
    );
}

#[test]
fn somebody_born_in_the_future_is_not_submitted() {
    let plan = beneficiary(&["E11.9"]).person("SMITH", "ANN", "female", "2050-03-07").plan(&[]);
    assert!(plan.intents.is_empty());
    assert!(codes(&plan).contains(&"birth-date-invalid"), "{:?}", codes(&plan));
}
