//! One person or two.

use super::kit::*;
use crate::chart::Chart;
use access_contract::Plan;
use access_mappings::EventEffect;

const EARLY: &str = "2026-01-01T00:00:00";

fn charted(mbi: Option<&str>, record: &str, codes: &[&str]) -> Chart {
    let feed = beneficiary(codes).known_as(&[record]).at(EARLY);
    feed.with(|facts| facts.mbi = mbi.map(|mbi| sourced(mbi.to_owned(), "PID-3"))).write(&[])
}

/// Record `A2` ceases, `A1` survives.
fn merge() -> Feed {
    feed("ADT^A40").effect(EventEffect::Merge).with(|facts| facts.prior_aliases = vec![alias("A2")])
}

fn stops_with(plan: &Plan, code: &str) {
    assert!(plan.chart.is_none() && plan.intents.is_empty() && plan.commands.is_empty());
    assert_eq!(codes(plan), [code]);
    assert_eq!(notices(plan), [code]);
    assert!(plan.issues[0].blocks());
    assert_eq!(plan.issues[0].condition, Some(if code == "merge-conflict" { 207 } else { 204 }));
    assert!(!plan.notices[0].next_step.is_empty());
}

#[test]
fn one_number_with_two_birth_dates_stops_unless_the_record_is_the_same() {
    let chart = charted(Some(MBI), "A1", &["I10"]);
    let other = beneficiary(&["I10"]).person("JONES", "BO", "female", "1960-01-01");
    stops_with(&other.clone().known_as(&["B7"]).plan(std::slice::from_ref(&chart)), "identity-conflict");
    let corrected = other.write(std::slice::from_ref(&chart));
    assert_eq!(corrected.birth_date.unwrap().value, "1960-01-01");
    let vague = beneficiary(&["I10"]).person("SMITH", "ANN", "female", "1950-03").known_as(&["B7"]);
    assert_eq!(refusals(&vague.plan(&[chart])), Vec::<String>::new());
}

#[test]
fn a_record_with_another_number_and_another_birth_date_stops() {
    let chart = charted(Some(MBI), "A1", &["I10"]);
    let other = beneficiary(&["I10"]).mbi(OTHER_MBI).person("JONES", "BO", "female", "1960-01-01");
    stops_with(&other.plan(&[chart]), "identity-conflict");
}

#[test]
fn a_number_of_another_known_person_stops() {
    let charts = [charted(Some(MBI), "A1", &["I10"]), charted(Some(OTHER_MBI), "A2", &["I10"])];
    stops_with(&beneficiary(&["I10"]).mbi(OTHER_MBI).plan(&charts), "mbi-on-two-patients");
}

#[test]
fn records_that_meet_in_a_feed_are_joined_when_name_sex_and_birth_date_agree() {
    let charts = [charted(None, "A1", &["I10"]), charted(Some(MBI), "B7", &["F32.9"])];
    let plan = beneficiary(&["I10"]).plan(&charts);
    let change = plan.chart.as_ref().unwrap();
    assert_eq!((change.id.as_deref(), &change.absorbed[..]), (Some("c1"), &["c2".to_owned()][..]));
    assert!(change.keys.contains(&"id:H|B7".to_owned()));
    let mut stranger = charts.clone();
    stranger[1].birth_date.as_mut().unwrap().value = "1960-01-01".to_owned();
    stops_with(&beneficiary(&["I10"]).plan(&stranger), "mbi-on-two-patients");
}

#[test]
fn a_merge_joins_identifiers_facts_and_standings() {
    let survivor = charted(Some(MBI), "A1", &["I10"]);
    let old = standing(charted(None, "A2", &[]), "BH", "aligned", "2026-08-02T09:00:00Z");
    let old = feed("ADT^A08").known_as(&["A2"]).visit(Some("V9")).diagnosed(&["F32.9"]).lives_in("IL").write(&[old]);
    let plan = merge().plan(&[survivor, old]);
    let change = plan.chart.as_ref().unwrap();
    assert_eq!(change.id.as_deref(), Some("c1"));
    assert_eq!(change.absorbed, ["c2"]);
    assert_eq!(change.keys, [format!("mbi:{MBI}"), "id:H|A1".to_owned(), "id:H|A2".to_owned()]);
    let joined = chart(&plan);
    assert_eq!(joined.standing["BH"].alignment, "sub-BH");
    assert_eq!(joined.address.unwrap().value.state, "IL");
    assert_eq!(joined.diagnoses.len(), 2);
}

#[test]
fn of_each_fact_the_newer_statement_survives_a_merge() {
    let survivor = charted(Some(MBI), "A1", &["I10"]);
    let old = charted(None, "A2", &[]);
    let newer = feed("ADT^A08").known_as(&["A2"]).person("SMYTHE", "ANN", "female", "1950-03-07").write(&[old]);
    let joined = merge().at("2026-11-24T00:00:00").write(&[survivor, newer]);
    assert_eq!(joined.name.unwrap().value.family, "SMYTHE");
}

#[test]
fn a_merge_of_two_numbers_stops_unless_one_is_known_as_replaced() {
    let survivor = charted(Some(MBI), "A1", &["I10"]);
    let old = charted(Some(OTHER_MBI), "A2", &["I10"]);
    stops_with(&merge().plan(&[survivor.clone(), old.clone()]), "merge-conflict");
    stops_with(&merge().mbi(MBI).plan(std::slice::from_ref(&old)), "merge-conflict");
    let second = merge().mbi(MBI).with(|facts| facts.records.further_prior_mbis = vec![OTHER_MBI.to_owned()]);
    stops_with(&second.plan(std::slice::from_ref(&survivor)), "merge-conflict");
    let mut replaced = survivor;
    replaced.former_mbis.push(OTHER_MBI.to_owned());
    let plan = merge().plan(&[replaced, old]);
    assert!(plan.notices.is_empty());
    assert_eq!(chart(&plan).mbi.unwrap().value, MBI);
}

#[test]
fn a_number_is_handed_over_only_when_name_sex_and_birth_date_agree() {
    let survivor = charted(None, "A1", &["I10"]);
    let old = charted(Some(MBI), "A2", &["I10"]);
    assert_eq!(merge().write(&[survivor.clone(), old.clone()]).mbi.unwrap().value, MBI);
    type Change = fn(&mut Chart);
    let changes: [Change; 4] = [
        |chart| chart.name.as_mut().unwrap().value.family = "JONES".to_owned(),
        |chart| chart.gender.as_mut().unwrap().value = "male".to_owned(),
        |chart| chart.birth_date.as_mut().unwrap().value = "1960-01-01".to_owned(),
        |chart| chart.birth_date = None,
    ];
    for change in changes {
        let mut survivor = survivor.clone();
        change(&mut survivor);
        stops_with(&merge().plan(&[survivor, old.clone()]), "merge-conflict");
    }
}

#[test]
fn a_survivor_without_chart_takes_over_the_old_one() {
    let old = charted(Some(MBI), "A2", &["I10"]);
    let plan = merge().plan(std::slice::from_ref(&old));
    let change = plan.chart.as_ref().unwrap();
    assert_eq!((change.id.as_deref(), change.absorbed.len()), (Some("c1"), 0));
    assert!(change.keys.contains(&"id:H|A1".to_owned()) && change.keys.contains(&"id:H|A2".to_owned()));
    let repeated = merge().at("2026-11-24T00:00:00").write(&[chart(&plan)]);
    assert_eq!(repeated.aliases.len(), 2);
    let differs = merge().person("JONES", "BO", "female", "1960-01-01");
    stops_with(&differs.plan(&[old]), "merge-conflict");
}

#[test]
fn two_alignments_in_one_family_stop_a_merge_and_one_survives_it() {
    let survivor = standing(charted(Some(MBI), "A1", &["I10"]), "eCKM", "eligible", "2026-09-02T09:00:00Z");
    let old = standing(charted(None, "A2", &["I10"]), "eCKM", "aligned", "2026-08-02T09:00:00Z");
    let joined = merge().write(&[survivor.clone(), old.clone()]);
    assert_eq!(
        (joined.standing["eCKM"].state.as_str(), joined.standing["eCKM"].alignment.as_str()),
        ("aligned", "sub-eCKM")
    );
    for track in ["eCKM", "CKM"] {
        let mut survivor = standing(survivor.clone(), track, "aligned", "2026-09-02T09:00:00Z");
        survivor.standing.get_mut(track).unwrap().alignment = "sub-other".to_owned();
        stops_with(&merge().plan(&[survivor, old.clone()]), "merge-conflict");
    }
}

#[test]
fn the_ids_of_all_alignments_survive_a_merge() {
    let mut survivor = standing(charted(Some(MBI), "A1", &["F32.9"]), "BH", "unaligned", "2026-09-02T09:00:00Z");
    survivor.standing.get_mut("BH").unwrap().alignment = "sub-first".to_owned();
    let old = standing(charted(None, "A2", &["F32.9"]), "BH", "aligned", "2026-08-02T09:00:00Z");
    let joined = merge().write(&[survivor, old]);
    assert_eq!(joined.standing["BH"].alignment, "sub-BH");
    assert_eq!(joined.standing["BH"].former_alignments, ["sub-first"]);
}

#[test]
fn reports_survive_a_merge_in_their_order() {
    let report = |kind: &str, at: &str| {
        let word = |text: &str| text.to_owned();
        let period = access_contract::ReportPeriod {
            kind: word(kind),
            period: word(kind),
            alignment: String::new(),
            from: word("2026-08-01"),
            until: word("2026-10-01"),
        };
        crate::chart::Reported {
            period,
            code: word("success"),
            at: word(at),
            since: String::new(),
            submission: word(at),
            cms_submission: String::new(),
            entries: Vec::new(),
            missing: Vec::new(),
        }
    };
    let mut survivor = charted(Some(MBI), "A1", &["I10"]);
    survivor.reports.insert("CKM".to_owned(), vec![report("quarterly", "2026-10-20T00:00:00Z")]);
    let mut old = charted(None, "A2", &["I10"]);
    old.reports.insert("CKM".to_owned(), vec![report("baseline", "2026-08-20T00:00:00Z")]);
    old.reports.insert("BH".to_owned(), vec![report("baseline", "2026-08-21T00:00:00Z")]);
    let joined = merge().write(&[survivor, old]);
    let kinds: Vec<&str> = joined.reports["CKM"].iter().map(|report| report.period.kind.as_str()).collect();
    assert_eq!((kinds, joined.reports["BH"].len()), (vec!["baseline", "quarterly"], 1));
}
