//! News that only people can act on: death, hospice, lost coverage, a replaced Medicare number, deleted records.

use super::case::Case;
use super::medicare::Medicare;
use super::notice::{Word, date, feed_problem};
use crate::chart::Chart;
use crate::facts::Facts;
use access_contract::{Notice, Plan, Severity};
use access_mappings::{EventEffect, PlanClass};

/// Tells what changed. A first statement about a person nobody is aligned for is no news to anyone.
pub(super) fn tell(case: &Case<'_>, facts: &Facts, plan: &mut Plan) {
    let teller = Teller { case, facts };
    if facts.effect == EventEffect::Review {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "record-review",
            display: "Patient record deleted or linked",
            text: "the sender deleted, linked or unlinked a patient record that has a chart; the chart was not changed",
            next_step: "decide whether submissions for this patient shall go on",
        }));
    }
    let number = |chart: &Chart| chart.mbi.as_ref().map(|mbi| mbi.value.clone());
    if let (Some(before), Some(now)) = (number(case.before), number(case.chart))
        && before != now
    {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "identity-changed",
            display: "Medicare number changed",
            text: "the feed states another Medicare number for this patient; the former one is kept as history",
            next_step: "make sure that the new number is the one on the patient's Medicare card",
        }));
    }
    if case.chart.aligned().is_empty() {
        return;
    }
    if case.chart.is_dead() && !case.before.is_dead() {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "death",
            display: "Death of an aligned patient",
            text: "an aligned patient is reported dead",
            next_step: "confirm the death and tell CMS: no unalignment reason of the guide covers it, so nothing was submitted",
        }));
    }
    if case.chart.is_in_hospice() && !case.before.is_in_hospice() {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "hospice",
            display: "Hospice for an aligned patient",
            text: "an aligned patient is reported to have gone to hospice, which prevents eligibility",
            next_step: "confirm it and decide whether to unalign the patient",
        }));
    }
    let usable = |medicare: Medicare| medicare.is_usable(case.profile.coverage.accept_secondary);
    if !usable(case.medicare) && usable(Medicare::of(case.before, case.now.day())) {
        let mut notice = teller.say(&Word {
            severity: &Severity::Warning,
            code: "coverage-lost",
            display: "Original Medicare lost",
            text: "Original Medicare is no longer stated as the coverage of an aligned patient",
            next_step: "verify the coverage; if it has ended, decide whether to unalign the patient",
        });
        let original = case.chart.plans.iter().filter(|plan| plan.class == PlanClass::OriginalMedicare);
        if let Some(ends) = original.filter_map(|plan| plan.ends.as_deref()).max() {
            notice.dates.push(date("coverage-ended", ends));
        }
        plan.notices.push(notice);
    }
}

struct Teller<'a> {
    case: &'a Case<'a>,
    facts: &'a Facts,
}

impl Teller<'_> {
    fn say(&self, word: &Word<'_>) -> Notice {
        feed_problem(&self.case.participant.id, self.facts, Some(self.case.chart), word)
    }
}
