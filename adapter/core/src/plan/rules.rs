//! Rules of the site: what follows when a condition comes to hold, and when it no longer does.
//!
//! A rule acts once, when its condition comes to hold; the chart notes that (`rules`). Feeds repeat what they say, and each
//! repetition of a consent must not be another enrolment. One that could not be followed is tried with the next feed. A
//! feed about a rule is taken in the order of the senders' clocks, as every statement.

use super::apply::takes;
use super::case::{Case, push};
use super::moment::is_older;
use super::request::{qualifying_track, refusal};
use super::{align, case::mode};
use crate::chart::Chart;
use crate::facts::{Facts, Request, RuleState};
use access_contract::{Command, CommandAction, Issue, Operation, Plan, Severity};
use access_mappings::{Profile, RuleAction};

/// Whether nothing may be submitted for the person.
pub(super) fn withholds(chart: &Chart) -> bool {
    chart.rules.values().any(|action| *action == RuleAction::DoNotSubmit)
}

/// Forgets rules that the profile no longer has.
pub(super) fn forget(chart: &mut Chart, profile: &Profile) {
    let known = |name: &str, action: RuleAction| {
        let sections = profile.senders.sections().iter().map(|section| &section.rules);
        let mut tables = std::iter::once(&profile.rules).chain(sections);
        tables.any(|rules| rules.get(name).is_some_and(|rule| rule.on && rule.action == action))
    };
    chart.rules.retain(|name, action| known(name, *action));
}

/// Notes which conditions hold no longer, and whether the person may be submitted for. Where that ends, everything that
/// was not sent is taken back.
pub(super) fn take(chart: &mut Chart, facts: &Facts, plan: &mut Plan) {
    let withheld = withholds(chart);
    for rule in &facts.records.rules {
        if !takes(&mut chart.stated, &key(rule), &facts.sent_at) {
            continue;
        }
        if !rule.holds {
            chart.rules.remove(&rule.name);
        } else if rule.action == RuleAction::DoNotSubmit {
            chart.rules.insert(rule.name.clone(), rule.action);
        }
    }
    if withholds(chart) && !withheld {
        let everything = Command {
            action: CommandAction::Cancel,
            reference: None,
            operation: None,
            track: None,
            visit: None,
            rule: None,
        };
        plan.commands.push(everything);
    }
}

/// Follows the rules whose condition came to hold. Gives those that need not be followed again.
pub(super) fn follow(case: &Case<'_>, facts: &Facts, plan: &mut Plan) -> Vec<(String, RuleAction)> {
    let mut followed = Vec::new();
    for rule in facts.records.rules.iter().filter(|rule| rule.holds) {
        let current = case.chart.stated.get(&key(rule)).is_none_or(|at| !is_older(&facts.sent_at, at));
        if !current || case.chart.rules.contains_key(&rule.name) {
            continue;
        }
        let before = plan.issues.len();
        let result = match rule.action {
            RuleAction::Enroll => align::follow(case, None, &request(rule, "ALIGN"), plan),
            RuleAction::Check => check(case, rule, plan),
            RuleAction::Referral | RuleAction::DoNotSubmit => continue,
        };
        match result {
            Ok(()) => followed.push((rule.name.clone(), rule.action)),
            Err(refusals) => plan.issues.extend(refusals),
        }
        // Nobody asked by hand, so nobody is refused; whoever reads the feed's issues learns why nothing followed.
        for issue in plan.issues.iter_mut().skip(before) {
            issue.severity = Severity::Information;
            issue.condition = None;
            issue.rule = Some(format!("rules.{}", rule.name));
            if issue.location.starts_with(&rule.path) {
                issue.location.clone_from(&rule.path);
            }
        }
    }
    followed
}

fn check(case: &Case<'_>, rule: &RuleState, plan: &mut Plan) -> Result<(), Vec<Issue>> {
    if case.chart.is_dead() {
        return Err(vec![refusal("deceased", "PID-30", "the person is dead; eligibility is not checked", 207)]);
    }
    let track = qualifying_track(case, &request(rule, "CHECK"))?;
    let missing = case.missing_identity(&Severity::Information, "rules");
    if !missing.is_empty() {
        return Err(missing);
    }
    if case.chart.aligned_in_family(&track.family).is_some() {
        return Ok(());
    }
    // The same question as the screen asks, so its mode decides; where it is off, a rule that asks is meant.
    let mode = mode(case.profile.triggers.screen.mode).unwrap_or(access_contract::Mode::Auto);
    push(plan, case.intent(Operation::CheckEligibility, track, mode, "rules", "a rule of the site asks for a check"));
    Ok(())
}

/// A rule as the request it stands for.
fn request(rule: &RuleState, action: &str) -> Request {
    Request {
        action: action.to_owned(),
        track: rule.track.clone(),
        reason: String::new(),
        provider_referral: rule.provider_referral,
        switch_consent: rule.switch_consent,
        effective: None,
        reference: String::new(),
        path: rule.path.clone(),
    }
}

/// Takes everything out of a plan that would be submitted. Whoever asked for it by hand is refused.
pub(super) fn hold_back(facts: &Facts, plan: &mut Plan) {
    plan.commands.retain(|command| command.action != CommandAction::Approve);
    let asked = facts.requests.iter().find(|request| request.action != "CANCEL");
    if plan.intents.is_empty() && asked.is_none() {
        return;
    }
    plan.intents.clear();
    let message = "a rule of the site says that nothing is submitted for this person";
    let issue = match asked {
        Some(request) => Issue::new(Severity::Error, "withheld", request.path.clone(), message).condition(207),
        None => Issue::new(Severity::Information, "withheld", "", message),
    };
    plan.issues.push(issue.rule("rules").hint("rules in the profile with do-not-submit decide this"));
}

/// The name of the rule's statement in `stated`.
fn key(rule: &RuleState) -> String {
    format!("rule/{}", rule.name)
}
