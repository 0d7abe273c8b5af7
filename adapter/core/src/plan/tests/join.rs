//! One person or two.

use super::kit::*;
use crate::chart::Chart;
use crate::facts::Stated;
use access_contract::Plan;
use access_mappings::{EventEffect, PlanClass};

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
    let corrected =
        beneficiary(&["I10"]).person("SMITH", "ANN", "female", "1960-01-01").write(std::slice::from_ref(&chart));
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

/// A registration under a known record replaced name, sex and birth date, and one person's number and diagnoses went to Medicare under
/// another one's name.
#[test]
fn another_person_under_a_known_record_stops_and_a_correction_does_not() {
    let known = [charted(Some(MBI), "A1", &["E11.9"])];
    let states = |person: [&str; 4], mbi: Option<&str>| {
        let [family, given, gender, birth_date] = person;
        let feed = feed("ADT^A08").person(family, given, gender, birth_date).asks("ALIGN", |request| {
            request.provider_referral = Some(true);
        });
        feed.with(|facts| facts.mbi = mbi.map(|mbi| sourced(mbi.to_owned(), "PID-3"))).plan(&known)
    };
    for (person, mbi) in [
        (["BROWN", "ROBERT", "male", "1980-01-01"], None),
        (["BROWN", "ROBERT", "male", "1980-01-01"], Some(MBI)),
        (["BROWN", "ROBERT", "female", "1980-01-01"], None),
        (["SMITH", "ROBERT", "male", "1950-03"], None),
        (["SMITH", "MARY", "female", "1972-10-21"], None),
        (["BROWN", "ANN", "female", "1972-10-21"], None),
    ] {
        stops_with(&states(person, mbi), "identity-conflict");
    }
    for person in [
        ["BROWN", "ANN", "female", "1950-03-07"],
        ["SMITH", "NANCY", "female", "1950-03-07"],
        ["SMITH", "ANN", "female", "1950-07-03"],
        ["SMITH", "ANN", "male", "1950-03-07"],
        ["SMITH", "ANN", "male", "1950-07-03"],
        // A name and a slip of the birth date may be corrected at once.
        ["SMYTH", "ANN", "female", "1950-03-08"],
        ["SMITH-JONES", "ANN MARIE", "female", "1950-07-03"],
        ["BROWN", "A", "female", "1950-03-17"],
        ["SMITH", "NANCY", "female", "1950-03-08"],
        // Name and sex may be changed by one and the same decision.
        ["SMITH", "AARON", "male", "1950-03-07"],
        ["BROWN", "ROBERT", "unknown", "1950-03-07"],
    ] {
        assert_eq!(refusals(&states(person, None)), Vec::<String>::new(), "{person:?}");
    }
    let late = feed("ADT^A08").person("BROWN", "ROBERT", "male", "1980-01-01").at("2025-12-01T00:00:00");
    assert_eq!(late.write(&known).name.unwrap().value.family, "SMITH", "what is not taken contradicts nothing");
    let merge = merge().person("BROWN", "ROBERT", "male", "1980-01-01");
    stops_with(&merge.plan(&[known[0].clone(), charted(None, "A2", &[])]), "merge-conflict");
}

/// Twins have one birth date, and were one chart.
#[test]
fn one_number_on_two_records_of_other_name_and_sex_stops() {
    let ann = [charted(Some(MBI), "A1", &["E11.9"])];
    let twin = beneficiary(&["M17.11"]).person("SMITH", "BERT", "male", "1950-03-07").known_as(&["B7"]);
    stops_with(&twin.plan(&ann), "identity-conflict");
    let married = beneficiary(&["M17.11"]).person("BROWN", "ANN", "female", "1950-03-07").known_as(&["B7"]);
    assert_eq!(refusals(&married.plan(&ann)), Vec::<String>::new());
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
fn an_alignment_that_a_wrong_number_hid_survives_a_merge() {
    let survivor = standing(charted(Some(MBI), "A1", &["F32.9"]), "BH", "not-eligible", "2026-09-02T09:00:00Z");
    let mut old = standing(charted(None, "A2", &["F32.9"]), "BH", "unaligned", "2026-08-02T09:00:00Z");
    let hidden = old.standing.get_mut("BH").unwrap();
    (hidden.alignment, hidden.unknown_under) = ("sub-BH".to_owned(), "4CC2CC2CC22".to_owned());
    hidden.aligned_at = "2026-08-01T09:00:00Z".to_owned();
    let joined = merge().write(&[survivor.clone(), old.clone()]);
    let standing = &joined.standing["BH"];
    assert_eq!((standing.alignment.as_str(), standing.unknown_under.as_str()), ("sub-BH", "4CC2CC2CC22"));
    assert_eq!((standing.aligned_at.as_str(), standing.state.as_str()), ("2026-08-01T09:00:00Z", "not-eligible"));
    // What CMS has said of alignments since is not forgotten for it.
    for state in ["eligible", "control-group", "unaligned"] {
        let mut survivor = survivor.clone();
        survivor.standing.get_mut("BH").unwrap().state = state.to_owned();
        let joined = merge().write(&[survivor, old.clone()]);
        let standing = &joined.standing["BH"];
        assert_eq!((standing.state.as_str(), standing.unknown_under.as_str()), (state, ""));
        assert_eq!(standing.former_alignments, ["sub-BH"]);
    }
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

/// A Coverage, in a feed of its own.
fn single(class: PlanClass, statement: &str, at: &str) -> Feed {
    let plan = crate::facts::Plan { statement: statement.to_owned(), ..coverage(class, 1) };
    feed("ADT^A08").plans(vec![plan]).at(at).with(|facts| {
        facts.records.single_plans = true;
        facts.records.fragment = true;
    })
}

/// What two charts know of plans once they are joined, in either order.
fn joined_plans(one: &Chart, other: &Chart) -> Vec<String> {
    let of = |charts: &[Chart]| -> Vec<String> {
        let plans = merge().at("2026-11-24T00:00:00").write(charts).plans;
        plans.iter().map(|plan| format!("{}{}", plan.class.as_str(), plan.statement)).collect()
    };
    let [mut forth, mut back] = [of(&[one.clone(), other.clone()]), of(&[other.clone(), one.clone()])];
    forth.sort();
    back.sort();
    assert_eq!(forth, back);
    forth
}

/// Of two charts of one person one had its plans from a set, the other from a Coverage that came before its Patient: the set was all that
/// stayed, whatever was newer.
#[test]
fn plans_that_are_stated_one_by_one_survive_a_merge() {
    use PlanClass::{MedicareAdvantage, OriginalMedicare};
    let [early, late, later] = ["2026-02-01T00:00:00", "2026-03-01T00:00:00", "2026-04-01T00:00:00"];
    let set = |at: &str| {
        let registered = feed("ADT^A04").mbi(MBI).known_as(&["A1"]).at(at);
        registered.plans(vec![coverage(MedicareAdvantage, 1)]).write(&[])
    };
    let fragment = |at: &str| single(OriginalMedicare, "x", at).known_as(&["A2"]).write(&[]);
    assert_eq!(joined_plans(&set(early), &fragment(late)), ["MedicareAdvantage", "OriginalMedicarex"]);
    assert_eq!(joined_plans(&set(late), &fragment(early)), ["MedicareAdvantage"]);
    let known = single(OriginalMedicare, "x", late).known_as(&["A1"]).write(&[set(early)]);
    let changed = single(MedicareAdvantage, "x", later).known_as(&["A2"]).write(&[]);
    assert_eq!(joined_plans(&known, &changed), ["MedicareAdvantage", "MedicareAdvantagex"]);
    let withdrawn = feed("ADT^A08").known_as(&["A2"]).at(later).with(|facts| {
        facts.records.single_plans = true;
        facts.records.withdrawn_plans = vec!["x".to_owned()];
    });
    assert_eq!(joined_plans(&known, &withdrawn.write(&[fragment(early)])), ["MedicareAdvantage"]);
    assert_eq!(joined_plans(&known, &fragment(early)), ["MedicareAdvantage", "OriginalMedicarex"]);
}

/// Rows of a set have names, too, but no times of their own.
#[test]
fn of_two_sets_of_plans_the_newer_stands_alone() {
    let set = |class: PlanClass, record: &str, at: &str| {
        let plan = crate::facts::Plan { statement: format!("in1:{}", class.as_str()), ..coverage(class, 1) };
        let registered = feed("ADT^A04").mbi(MBI).known_as(&[record]).at(at);
        registered.plans(vec![plan]).write(&[])
    };
    let early = set(PlanClass::MedicareAdvantage, "A1", "2026-02-01T00:00:00");
    let late = set(PlanClass::OriginalMedicare, "A2", "2026-03-01T00:00:00");
    assert_eq!(joined_plans(&early, &late), ["OriginalMedicarein1:OriginalMedicare"]);
    let restated = single(PlanClass::MedicareAdvantage, "in1:MedicareAdvantage", "2026-04-01T00:00:00");
    let restated = restated.known_as(&["A1"]).write(&[early]);
    assert_eq!(joined_plans(&restated, &late).len(), 2);
}

/// Their times went over to the joined chart and they did not.
#[test]
fn what_goes_beyond_the_match_survives_a_merge_with_its_time() {
    let speaks = |language: &str, record: &str, at: &str| {
        feed("ADT^A08").medicare().known_as(&[record]).at(at).with(|facts| {
            facts.demographics.language = Some(Stated::Set(sourced(language.to_owned(), "PID-15")));
            facts.demographics.died_at = Some(Stated::Set(sourced("2026-01-05".to_owned(), "PID-29")));
        })
    };
    let language = |chart: &Chart| chart.particulars.language.clone().unwrap().value;
    let survivor = speaks("en", "A1", EARLY).write(&[charted(Some(MBI), "A1", &["I10"])]);
    let newer = speaks("es", "A2", "2026-03-01T00:00:00").write(&[]);
    for charts in [[survivor.clone(), newer.clone()], [newer.clone(), survivor]] {
        let joined = merge().at("2026-11-24T00:00:00").write(&charts);
        assert_eq!(language(&joined), "es");
    }
    let joined = merge().at("2026-11-24T00:00:00").write(&[charted(Some(MBI), "A1", &["I10"]), newer]);
    assert_eq!(language(&joined), "es");
    assert_eq!(joined.particulars.died_at.unwrap().value, "2026-01-05");
}
