//! Whether a person's coverage is what the model asks for.

use super::moment::{Moment, first_day, last_day};
use crate::chart::Chart;
use crate::facts::Plan;
use crate::zone::Zone;
use access_mappings::{PlanClass, Profile};
use jiff::civil::Date;

/// What the charted plans say about Original Medicare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medicare {
    /// No plan of this kind.
    None,
    /// There is one, but it has ended or not begun.
    NotCurrent,
    /// It pays after another plan.
    Secondary,
    /// It pays first.
    Primary,
}

impl Medicare {
    /// Judges the plans on the day it is in `reports.zone`, since what is stated are days of the calendar. Only plans in force count for the
    /// order of payment, and of them only those that pay for care: a supplement, a drug plan and Medicaid never pay before Medicare. A
    /// stated order counts even where the plan that pays before is not known (one that is known tells by itself whether it pays), and beats
    /// the order in which plans without one came.
    pub(super) fn of(chart: &Chart, profile: &Profile, now: Moment) -> Self {
        let today = Zone::of(profile).day(now.instant());
        let original = |plan: &&Plan| plan.class == PlanClass::OriginalMedicare;
        if !chart.plans.iter().any(|plan| original(&plan)) {
            return Self::None;
        }
        let current = || chart.plans.iter().filter(|plan| is_current(plan, today));
        let best = current().filter(original).min_by_key(|plan| (plan.is_stated_later(), plan.priority, !plan.ordered));
        let Some(best) = best else { return Self::NotCurrent };
        let first = |plan: &Plan| plan.ordered && plan.priority == 1 && !best.ordered;
        let earlier = current().any(|plan| can_precede(plan.class) && (plan.priority < best.priority || first(plan)));
        let is_known = |order: u32| chart.plans.iter().any(|plan| plan.ordered && plan.priority == order);
        let unexplained = best.is_stated_later() && !(1..best.priority).all(is_known);
        if earlier || unexplained { Self::Secondary } else { Self::Primary }
    }

    /// Whether the screen rule goes on.
    pub(super) const fn is_usable(self, accept_secondary: bool) -> bool {
        match self {
            Self::Primary => true,
            Self::Secondary => accept_secondary,
            Self::None | Self::NotCurrent => false,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NotCurrent => "not-current",
            Self::Secondary => "secondary",
            Self::Primary => "primary",
        }
    }
}

const fn can_precede(class: PlanClass) -> bool {
    matches!(class, PlanClass::MedicareAdvantage | PlanClass::Other)
}

/// Both bounds are inclusive. A bound that cannot be read is no bound: CMS knows the coverage better than the feed.
fn is_current(plan: &Plan, today: Date) -> bool {
    let begun = plan.starts.as_deref().and_then(first_day).is_none_or(|start| start <= today);
    let ended = plan.ends.as_deref().and_then(last_day).is_some_and(|end| end < today);
    begun && !ended
}
