//! The coverages of a person, and what tells one plan from another.

use super::coverage::{self, Restated};
use super::issues::Issues;
use super::person::Person;
use super::scope::Scope;
use super::sheet::{Paths, Sheet};
use super::times::Times;
use crate::chart::field;
use crate::facts::Plan;
use crate::view::limits::MAX_PLANS;
use std::collections::BTreeMap;

/// A Coverage by its statement, with when it was changed last.
pub(super) struct Named {
    pub(super) statement: String,
    pub(super) updated: String,
}

/// Restates the coverages: the statement of each `IN1`, and those that no longer hold.
pub(super) fn write(
    scope: &Scope<'_, '_>,
    sheet: &mut Sheet,
    person: &Person<'_>,
    issues: &mut Issues,
) -> (BTreeMap<usize, Named>, Vec<Named>) {
    let (mut names, mut withdrawn) = (BTreeMap::new(), Vec::new());
    for position in &person.coverages {
        let path = scope.resource(*position).map_or("", |resource| resource.path.as_str());
        if names.len() + withdrawn.len() == MAX_PLANS {
            issues.warn(
                "limit-rows",
                path,
                "there are too many coverages; the rest was left out",
                "send those in force",
            );
            break;
        }
        let named = |statement| Named { statement, updated: scope.time(*position).to_owned() };
        match coverage::write(scope, sheet, *position, person, issues) {
            Restated::Row(row, statement) => {
                names.insert(row, named(statement));
            }
            Restated::Withdrawn(statement) if statement.is_empty() => {
                let hint = "send it with its id or an identifier";
                issues.warn("record-unidentified", path, "nothing says which coverage was withdrawn", hint);
            }
            Restated::Withdrawn(statement) => withdrawn.push(named(statement)),
            Restated::Nothing => {}
        }
    }
    (names, withdrawn)
}

/// Gives each plan the name of its record, with its time; one without is known by its kind.
pub(super) fn name(plans: &mut [Plan], names: &BTreeMap<usize, Named>, times: &mut Times) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for plan in plans {
        let named = Paths::occurrence(&plan.from.path).and_then(|row| names.get(&row));
        let name = named.map(|named| &named.statement).filter(|name| !name.is_empty());
        plan.statement = name.cloned().unwrap_or_else(|| {
            let kind = plan.class.as_str();
            let count = counts.entry(kind).or_default();
            *count += 1;
            format!("{kind}#{count}")
        });
        if let Some(named) = named {
            times.note(field::plan(&plan.statement), &named.updated);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Times, name};
    use crate::facts::{Origin, Plan};
    use access_mappings::PlanClass;
    use std::collections::BTreeMap;

    fn plan(class: PlanClass) -> Plan {
        let from = Origin { feed: String::new(), path: "Coverage".to_owned(), rule: String::new() };
        Plan { class, priority: 1, ordered: false, starts: None, ends: None, from, statement: String::new() }
    }

    #[test]
    fn plans_without_a_name_are_known_by_words_that_stored_charts_hold() {
        use PlanClass::{Drug, Medicaid, MedicareAdvantage, OriginalMedicare, Other, Supplement};
        let classes = [OriginalMedicare, MedicareAdvantage, Supplement, Drug, Medicaid, Other, OriginalMedicare];
        let mut plans = classes.map(plan);
        name(&mut plans, &BTreeMap::new(), &mut Times::default());
        let names = plans.map(|plan| plan.statement);
        let stored = ["OriginalMedicare#1", "MedicareAdvantage#1", "Supplement#1", "Drug#1", "Medicaid#1", "Other#1"];
        assert_eq!(names.each_ref().map(String::as_str), [stored.as_slice(), &["OriginalMedicare#2"]].concat()[..]);
    }
}
