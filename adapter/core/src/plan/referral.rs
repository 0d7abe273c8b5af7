//! A provider's referral to the participant, for as long as it holds.
//!
//! A feed says until when (`RF1-8`), and only the calendar ends it: after that day nothing says any more whether a provider referred the
//! patient, and an alignment has to say it itself.

use super::apply::takes;
use super::moment::{Moment, last_day};
use crate::chart::Chart;
use crate::facts::{Facts, Origin, Sourced};
use crate::zone::Zone;
use access_contract::{Issue, Severity};
use access_mappings::{EventEffect, Profile};
use jiff::civil::Date;

/// Takes what a feed says of a referral.
pub(super) fn take(chart: &mut Chart, facts: &Facts) {
    if let Some(referral) = stated(facts)
        && takes(&mut chart.stated, "referral", facts.time_of("referral"))
    {
        chart.referral = Some(referral);
        chart.referral_until.clone_from(&facts.records.referral_until);
    } else if facts.records.referral_ended && takes(&mut chart.stated, "referral", &facts.sent_at) {
        end(chart);
    }
}

/// A referral, as read, or as the event itself. What a request says of one is about its own alignment alone.
fn stated(facts: &Facts) -> Option<Sourced<bool>> {
    if let Some(referral) = &facts.referral {
        return Some(referral.clone());
    }
    let held = facts.records.referral_ended || facts.records.referral_elsewhere;
    (facts.effect == EventEffect::Referral && !held).then(|| Sourced {
        value: true,
        from: Origin { feed: facts.feed.clone(), path: "MSH-9".to_owned(), rule: "events".to_owned() },
    })
}

/// Forgets a referral: it is unknown again.
pub(super) fn end(chart: &mut Chart) {
    chart.referral = None;
    chart.referral_until.clear();
}

/// The last day on which the referral holds.
pub(super) fn last(chart: &Chart) -> Option<Date> {
    last_day(&chart.referral_until)
}

/// Ends a referral whose last day is over where the participant is. An issue where it came too late to count at all.
pub(super) fn lapse(chart: &mut Chart, profile: &Profile, now: Moment, facts: Option<&Facts>) -> Option<Issue> {
    let today = Zone::of(profile).day(now.instant());
    if last(chart).is_none_or(|last| last >= today) {
        return None;
    }
    end(chart);
    facts.filter(|facts| !facts.records.referral_until.is_empty()).map(|_| {
        Issue::new(Severity::Information, "referral-not-valid", "RF1-8", "the referral has expired; it does not count")
    })
}
