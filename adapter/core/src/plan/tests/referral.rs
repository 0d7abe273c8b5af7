//! A referral holds until its last day.

use super::kit::*;
use crate::chart::Chart;
use access_mappings::EventEffect;

fn referred(until: &str) -> Feed {
    feed("REF^I12").effect(EventEffect::Referral).at("2026-11-20T00:00:00").with(|facts| {
        facts.referral = Some(sourced(true, "RF1-1"));
        facts.records.referral_until = until.to_owned();
    })
}

/// Somebody with a referral of an earlier day, which was to hold until then.
fn charted(until: &str) -> Chart {
    let mut chart = referred("2026-12-31").write(&[beneficiary(&["I10"]).at("2026-11-19T00:00:00").write(&[])]);
    until.clone_into(&mut chart.referral_until);
    chart
}

/// It was compared with the day of its own message only, and attested for ever.
#[test]
fn an_expired_referral_is_unknown_again_and_that_is_told() {
    let align = || feed("ADT^A08").asks("ALIGN", |_| {});
    let held = align().plan(&[charted("2026-11-23")]);
    assert_eq!((refusals(&held), held.intents[0].provider_referral), (Vec::new(), Some(true)));
    let expired = align().plan(&[charted("2026-11-22")]);
    assert_eq!(refusals(&expired), ["referral-unknown ZAC[1]-5"]);
    assert_eq!(notices(&expired), ["referral-ended"]);
    let known = chart(&expired);
    assert_eq!((known.referral, known.referral_until.as_str()), (None, ""));
}

#[test]
fn a_chart_is_looked_at_when_its_referral_ends() {
    let plan = referred("2026-11-30").plan(&[beneficiary(&["I10"]).at("2026-11-19T00:00:00").write(&[])]);
    let look_at = plan.chart.as_ref().unwrap().look_at.clone().unwrap();
    assert!(look_at.starts_with("2026-12-01T"), "{look_at}");
    let ended = look(&charted("2026-11"));
    assert!(notices(&ended).is_empty(), "the month is not over");
    let ended = look(&charted("2026-11-22"));
    assert_eq!(notices(&ended), ["referral-ended"]);
    assert!(notices(&look(&chart(&ended))).is_empty(), "it is told once");
}

#[test]
fn a_referral_that_has_expired_when_it_comes_does_not_count() {
    let plan = referred("2026-11-22").plan(&[beneficiary(&["I10"]).at("2026-11-19T00:00:00").write(&[])]);
    assert_eq!((codes(&plan), chart(&plan).referral), (vec!["referral-not-valid"], None));
    let renewed = referred("").at("2026-11-21T00:00:00").plan(&[charted("2026-11-22")]);
    assert!(chart(&renewed).referral.is_some() && notices(&renewed).is_empty());
}
