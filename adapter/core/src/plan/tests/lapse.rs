//! What becomes of proposals when their cause, their visit, their alignment or their chart changes.

use super::kit::*;
use crate::chart::{Chart, Standing};
use crate::facts::{Observation, Observed};
use access_contract::{CommandAction, Operation, Plan, Track};
use access_mappings::EventEffect;

/// Another record of the same person, without a Medicare number.
fn second_record(codes: &[&str]) -> Feed {
    let other = beneficiary(codes).known_as(&["A2"]).visit(Some("V9")).at("2026-11-23T09:30:00");
    other.with(|facts| facts.mbi = None)
}

/// Record `A2` ceases, `A1` survives.
fn merge() -> Feed {
    feed("ADT^A40").effect(EventEffect::Merge).with(|facts| facts.prior_aliases = vec![alias("A2")])
}

fn visits(plan: &Plan) -> Vec<Option<&str>> {
    plan.intents.iter().map(|intent| intent.visit.as_deref()).collect()
}

fn stated(event: &str, visit: &str, codes: &[&str]) -> Feed {
    feed(event).visit(Some(visit)).diagnosed(codes)
}

fn cancelled(visit: &str, at: &str) -> Feed {
    feed("ADT^A11").effect(EventEffect::Cancel).visit(Some(visit)).at(at)
}

/// A laboratory that knows the Medicare number.
fn results() -> Feed {
    let measured = Observation {
        loinc: "4548-4".to_owned(),
        local: String::new(),
        value: Observed::Text("7.0".to_owned()),
        status: "final".to_owned(),
        at: "2026-11-20T09:00:00Z".to_owned(),
        written: String::new(),
        timed: String::new(),
        identifier: "F200/1".to_owned(),
        method: String::new(),
        performer: String::new(),
        from: sourced((), "OBX[1]-5").from,
    };
    feed("ORU^R01").mbi(MBI).effect(EventEffect::Results).with(|facts| facts.observations = vec![measured])
}

#[test]
fn a_cause_that_comes_with_a_merge_is_proposed() {
    let survivor = aligned("CKM", &["E11.9"]);
    let merged = merge().plan(&[survivor.clone(), second_record(&["N18.6"]).write(&[])]);
    assert_eq!(intents(&merged), ["unalign CKM hold exclude"]);
    assert_eq!(merged.intents[0].conditions, ["N18.6"]);
    assert!(!chart(&merged).is_joined(), "it was looked at");
    // The other way round the alignment comes to the cause.
    let excluded = beneficiary(&["N18.6"]).at("2026-08-01T08:00:00").write(&[]);
    let old = standing(second_record(&["E11.9"]).write(&[]), "CKM", "aligned", "2026-08-02T09:00:00Z");
    assert_eq!(intents(&merge().plan(&[excluded, old])), ["unalign CKM hold exclude"]);
    let harmless = merge().plan(&[survivor, second_record(&["I10"]).write(&[])]);
    assert!(harmless.intents.is_empty());
}

#[test]
fn a_cause_that_goes_with_a_merge_takes_its_proposal_with_it() {
    let away = feed("ADT^A31").lives_in("TX").at("2026-11-23T09:00:00").plan(&[aligned("BH", &["F32.9"])]);
    assert_eq!(intents(&away), ["unalign BH hold relocate"]);
    let home = second_record(&["F32.9"]).lives_in("IL").write(&[]);
    let merged = merge().plan(&[chart(&away), home.clone()]);
    assert!(intents(&merged).is_empty());
    assert_eq!(lapses(&merged), ["exclude BH", "relocate BH"]);
    let still = second_record(&["F32.9"]).lives_in("TX").write(&[]);
    let merged = merge().plan(&[chart(&away), still]);
    assert_eq!(intents(&merged), ["unalign BH hold relocate"]);
    assert!(lapses(&merged).is_empty(), "the held one is renewed");
    // A move from eCKM is nothing another track's alignment could take back.
    let both = standing(aligned("eCKM", &["I10", "E11.9", "F32.9"]), "BH", "aligned", "2026-08-02T09:00:00Z");
    let merged = merge().plan(&[both, home]);
    assert_eq!(intents(&merged), ["unalign eCKM hold progress", "align CKM hold progress"]);
    assert_eq!(lapses(&merged), ["exclude BH", "relocate BH"]);
}

#[test]
fn what_was_not_looked_at_survives_a_merge() {
    let mut old = standing(second_record(&["F32.9"]).write(&[]), "BH", "aligned", "2026-08-02T09:00:00Z");
    old.note_alignment("BH", NOW);
    old.told.insert("report/BH/baseline/sub-BH".to_owned(), "basis".to_owned());
    old.told.insert("clock".to_owned(), "ahead".to_owned());
    let survivor = aligned("CKM", &["E11.9"]);
    let merged = merge().write(&[survivor.clone(), old.clone()]);
    assert_eq!(merged.told["report/BH/baseline/sub-BH"], "basis");
    assert!(!merged.is_new_alignment("BH") && !merged.told.contains_key("clock"));
    // Results join records as well, and propose nothing: the look does, at once.
    let excluded = second_record(&["N18.6"]).write(&[]);
    let measured = results().plan(&[survivor]);
    let text = results().known_as(&["A1", "A2"]).text();
    let mut repeated = plan_request(text, &[chart(&measured), excluded]);
    repeated.entries.clone_from(&measured.chart.as_ref().unwrap().entries);
    let joined = super::super::plan(site(), &repeated).unwrap();
    assert_eq!(joined.chart.as_ref().unwrap().look_at.as_deref(), Some(NOW));
    assert_eq!(intents(&look(&chart(&joined))), ["unalign CKM hold exclude"]);
}

/// A cancelled visit took back what another visit still gave reason for, and nothing proposed it again.
#[test]
fn a_cancelled_visit_takes_a_proposal_back_only_with_its_cause() {
    let first = stated("ADT^A08", "V2", &["N18.6"]).plan(&[aligned("CKM", &["E11.9"])]);
    assert_eq!((intents(&first), visits(&first)), (vec!["unalign CKM hold exclude".to_owned()], vec![None]));
    let second = stated("ADT^A08", "V3", &["N18.6"]).at("2026-11-23T10:10:00").write(&[chart(&first)]);
    let one = cancelled("V2", "2026-11-23T10:20:00").plan(&[second]);
    assert!(lapses(&one).is_empty() && one.intents.is_empty());
    let both = cancelled("V3", "2026-11-23T10:30:00").plan(&[chart(&one)]);
    assert_eq!(lapses(&both), ["exclude CKM"]);
    assert_eq!(both.commands.len(), 2, "what else came from the visit goes as before");
}

#[test]
fn a_move_belongs_to_its_visit_only_where_a_feed_asked_for_it() {
    let moving = stated("ADT^A08", "V2", &["E11.9"]).plan(&[aligned("eCKM", &["I10"])]);
    assert_eq!((intents(&moving).len(), visits(&moving)), (2, vec![None, None]));
    let away = feed("ADT^A31").lives_in("TX").plan(&[aligned("BH", &["F32.9"])]);
    assert_eq!(visits(&away), [None]);
    let asked = stated("ADT^A08", "V2", &["E11.9"]).asks("ALIGN", |request| {
        request.track = "CKM".to_owned();
        request.provider_referral = Some(true);
    });
    let asked = asked.plan(&[aligned("eCKM", &["I10"])]);
    assert_eq!((intents(&asked).len(), visits(&asked)), (2, vec![Some("V2"), Some("V2")]));
}

fn ended(mut chart: Chart, track: &str) -> Chart {
    chart.standing.get_mut(track).unwrap().state = "unaligned".to_owned();
    chart.standing.get_mut(track).unwrap().since = NOW.to_owned();
    chart.note_end(track, NOW);
    chart
}

#[test]
fn what_is_held_goes_with_the_alignment_it_was_to_end() {
    let moving = stated("ADT^A08", "V2", &["I10", "E11.9"]).plan(&[aligned("eCKM", &["I10"])]);
    let looked = look(&ended(chart(&moving), "eCKM"));
    assert_eq!(lapses(&looked), ["exclude eCKM", "relocate eCKM", "progress eCKM", "report eCKM"]);
    // The alignment behind a move that got as far as this goes on.
    let ends = |command: &access_contract::Command| command.operation.clone();
    let mut wanted = vec![Some(Operation::Unalign); 3];
    // CMS took a baseline that was held before the end for that of the next alignment.
    wanted.push(Some(Operation::ReportData));
    assert_eq!(looked.commands.iter().map(ends).collect::<Vec<_>>(), wanted);
    assert_eq!(looked.notices.iter().filter(|notice| notice.operation == "report-data").count(), 1);
    let notice = looked.notices.iter().find(|notice| notice.code == "reason-lapsed").unwrap();
    assert!(notice.text.starts_with("the alignment has ended"));
    assert_eq!((notice.operation.as_str(), notice.track.as_str()), ("unalign", "eCKM"));
    assert!(lapses(&look(&chart(&looked))).is_empty(), "once");
    // So does a feed that comes first; an alignment that has come back is none that ended.
    assert_eq!(lapses(&feed("ADT^A08").plan(&[ended(chart(&moving), "eCKM")])).len(), 4);
    let back = standing(ended(chart(&moving), "eCKM"), "eCKM", "aligned", NOW);
    assert!(lapses(&look(&back)).is_empty());
}

#[test]
fn one_new_code_proposes_with_every_code_there_is() {
    let known = stated("ADT^A08", "V2", &["N18.6"]).write(&[aligned("CKM", &["E11.9"])]);
    let more = stated("ADT^A08", "V3", &["Z99.2"]).at("2026-11-23T10:10:00").plan(&[known]);
    assert_eq!(more.intents[0].conditions, ["N18.6", "Z99.2"]);
    let known = stated("ADT^A08", "V2", &["E11.9"]).write(&[aligned("eCKM", &["I10"])]);
    let more = stated("ADT^A08", "V3", &["E11.65"]).at("2026-11-23T10:10:00").plan(&[known]);
    assert_eq!(more.intents[0].conditions, ["E11.65", "E11.9"]);
}

/// An approval that came with the news which made it wrong was carried out first.
#[test]
fn what_lapses_goes_before_what_the_same_feed_approves() {
    let away = feed("ADT^A31").lives_in("TX").plan(&[aligned("BH", &["F32.9"])]);
    let approves = |feed: Feed| feed.asks("APPROVE", |request| request.reference = "id1".to_owned());
    let back = approves(feed("ADT^A31").lives_in("IL").at("2026-11-23T11:00:00")).plan(&[chart(&away)]);
    let actions: Vec<&CommandAction> = back.commands.iter().map(|command| &command.action).collect();
    assert_eq!(actions, [&CommandAction::Withdraw, &CommandAction::Approve]);
    assert_eq!(lapses(&back), ["relocate BH"]);
    // Nor is it an approval of what takes its place.
    let away = stated("ADT^A08", "V1", &["I10", "E11.9"]).lives_in("TX").plan(&[aligned("eCKM", &["I10"])]);
    assert_eq!(intents(&away), ["unalign eCKM hold relocate"]);
    let back = approves(feed("ADT^A31").lives_in("IL").at("2026-11-23T11:00:00")).plan(&[chart(&away)]);
    assert_eq!((lapses(&back), intents(&back).len()), (vec!["relocate eCKM".to_owned()], 2));
}

#[test]
fn a_look_asks_nothing_of_a_deleted_record() {
    let mut known = aligned("CKM", &["E11.9", "F32.9"]);
    known.standing.insert("BH".to_owned(), answered_long_ago());
    assert_eq!(intents(&look(&known)), ["check-eligibility BH auto screen"]);
    let deleted = feed("ADT^A29").effect(EventEffect::Review).plan(&[known]);
    let mut deleted = chart(&deleted);
    deleted.note_alignment("CKM", NOW);
    deleted.address.as_mut().unwrap().value.state = "TX".to_owned();
    let looked = look(&deleted);
    assert!(looked.intents.is_empty() && looked.commands.is_empty());
    let late = feed("ADT^A08").at("2026-11-23T09:00:00").plan(std::slice::from_ref(&deleted));
    assert!(late.intents.is_empty(), "it was sent before the deletion");
    assert!(look(&chart(&late)).intents.is_empty());
    let again = feed("ADT^A08").at("2026-11-23T11:00:00").plan(&[deleted]);
    assert_eq!(intents(&again), ["unalign CKM hold relocate", "check-eligibility BH auto screen"]);
}

fn answered_long_ago() -> Standing {
    Standing {
        state: "not-eligible".to_owned(),
        checked_at: "2026-08-02T09:00:00Z".to_owned(),
        basis: "older".to_owned(),
        ..Standing::default()
    }
}

/// A check that a person had cancelled went out when another one was answered.
#[test]
fn a_look_asks_only_what_an_answer_left_open() {
    let never = beneficiary(&["I10", "M19.90"]).write(&[]);
    assert!(look(&never).intents.is_empty(), "what was never answered may have been cancelled");
    let mut answered = never;
    answered.standing.insert("eCKM".to_owned(), answered_long_ago());
    assert_eq!(intents(&look(&answered)), ["check-eligibility eCKM auto screen"], "the facts have changed since");
    let basis = look(&answered).intents[0].basis.clone();
    answered.standing.get_mut("eCKM").unwrap().basis = basis;
    assert!(look(&answered).intents.is_empty(), "and now they have not");
    // The later track of the family was stated while the earlier one's check was under way.
    let mut later = beneficiary(&["I10", "E11.9", "M19.90"]).write(&[answered]);
    assert!(look(&later).intents.is_empty());
    later.note_answer("eCKM", NOW);
    let looked = look(&later);
    assert_eq!(looked.intents.iter().map(|intent| &intent.track).collect::<Vec<_>>(), [&Track::Ckm]);
    assert!(look(&chart(&looked)).intents.is_empty(), "once");
    let control = standing(beneficiary(&["F32.9"]).write(&[]), "BH", "control-group", "2025-11-01T09:00:00Z");
    assert_eq!(intents(&look(&control)), ["check-eligibility BH auto screen"], "its time is over");
}

/// Stored without a time, they took the place of the look that the calendar had.
#[test]
fn repeated_results_leave_the_next_look_where_it_is() {
    let measured = results().plan(&[aligned("CKM", &["E11.9"])]);
    let next = look(&chart(&measured)).chart.unwrap().look_at;
    let mut repeated = plan_request(results().at("2026-11-23T11:00:00").text(), &[chart(&measured)]);
    repeated.entries.clone_from(&measured.chart.as_ref().unwrap().entries);
    let repeated = super::super::plan(site(), &repeated).unwrap().chart.unwrap();
    assert!(!repeated.entries.is_empty() && next.is_some());
    assert_eq!(repeated.look_at, next);
}

#[test]
fn a_number_that_results_bring_is_asked_about_at_once() {
    let nameless = beneficiary(&["F32.9"]).with(|facts| facts.mbi = None).write(&[]);
    let gained = results().plan(&[nameless]);
    assert_eq!(gained.chart.as_ref().unwrap().look_at.as_deref(), Some(NOW));
    let looked = look(&chart(&gained));
    assert_eq!(intents(&looked), ["check-eligibility BH auto screen"]);
    assert!(look(&chart(&looked)).intents.is_empty());
}
