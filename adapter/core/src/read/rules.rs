//! What a feed says about the conditions of the site's rules.
//!
//! A rule that holds is told. One that does not hold is told as well where the feed carries every segment its condition
//! looks at; a feed without them says nothing about it. What follows is for `plan`.

use super::context::Context;
use super::groups::Group;
use crate::facts::{RuleState, Sourced};
use crate::view::Value;
use access_mappings::{Condition, FieldPath, MAX_CONDITION_DEPTH, RuleAction, SenderRules, SiteRule};

/// Looks at every rule that is switched on for the sender.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Vec<RuleState> {
    context.sender.rules().filter_map(|(name, rule)| one(&context.sender, group, name, rule)).collect()
}

/// The referral that a rule states.
pub(super) fn referral(context: &Context<'_>, rules: &[RuleState]) -> Option<Sourced<bool>> {
    let rule = rules.iter().find(|rule| rule.holds && rule.action == RuleAction::Referral)?;
    Some(context.sourced(true, rule.path.clone(), &format!("rules.{}", rule.name)))
}

fn one(sender: &SenderRules<'_>, group: &Group<'_, '_>, name: &str, rule: &SiteRule) -> Option<RuleState> {
    let holds = holds(sender, group, &rule.when, 0);
    let (mut first, mut complete) = (None, true);
    rule.when.each_path(&mut |path| {
        first.get_or_insert(path);
        complete &= group.segments().iter().any(|segment| segment.name() == path.segment);
    });
    (holds || complete).then(|| RuleState {
        name: name.to_owned(),
        holds,
        action: rule.action,
        track: rule.track.clone(),
        provider_referral: rule.provider_referral,
        switch_consent: rule.switch_consent,
        path: first.map(ToString::to_string).unwrap_or_default(),
    })
}

fn holds(sender: &SenderRules<'_>, group: &Group<'_, '_>, condition: &Condition, depth: usize) -> bool {
    // Loading the profile has refused deeper ones.
    if depth >= MAX_CONDITION_DEPTH {
        return false;
    }
    let deeper = |inner: &Condition| holds(sender, group, inner, depth + 1);
    match condition {
        Condition::Present(path) => any(group, path, |_| true),
        Condition::Equals { path, value } => any(group, path, |text| text == value),
        Condition::OneOf { path, values } => any(group, path, |text| values.contains(text)),
        Condition::MatchesTable { path, table } => any(group, path, |text| sender.is_in_table(table, text)),
        Condition::All(inner) => inner.iter().all(deeper),
        Condition::Any(inner) => inner.iter().any(deeper),
        Condition::Not(inner) => !deeper(inner),
    }
}

/// Whether a value at a path fits: of any occurrence of the segment, in any repetition of the field.
fn any(group: &Group<'_, '_>, path: &FieldPath, fits: impl Fn(&str) -> bool) -> bool {
    let text_fits =
        |value: Value<'_>| !value.is_null() && Some(value.text()).is_some_and(|text| !text.is_empty() && fits(&text));
    group.segments().iter().filter(|segment| segment.name() == path.segment).any(|segment| {
        segment.field(usize::from(path.field)).repetitions().any(|repetition| {
            let component = repetition.component(path.component.map_or(1, usize::from));
            text_fits(match path.subcomponent {
                Some(number) => component.subcomponent(usize::from(number)),
                None => component.value(),
            })
        })
    })
}
