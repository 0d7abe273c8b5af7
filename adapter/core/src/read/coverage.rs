//! Plans: each `IN1` with the `IN2` that follows it.
//!
//! What kind of plan it is, is told by the site's plan table, by codes, by contract numbers and words, and for a first plan that none
//! of them tells by the financial class of the visit. The table is certain and beats everything. A code is certain, but does not
//! make Original Medicare of a plan whose name or contract number is another kind's, nor do words make it of a plan whose code is:
//! whoever is taken for a beneficiary by mistake has data sent to CMS. The rest is a guess and says so.

mod words;

use super::context::{Context, Said};
use super::dates::Moment;
use super::groups::Group;
use super::insured::{self, Insured};
use crate::facts::Plan;
use crate::plan::digest::Digest;
use crate::view::limits::MAX_PLANS;
use crate::view::{Segment, Value};
use access_contract::UnmappedCode;
use access_mappings::PlanClass;
use words::Words;

/// Shape of the identifiers in `IN1-2`, `IN1-3` and of codes; longer texts are names.
const MAX_CODE_BYTES: usize = 64;

/// One `IN1` with what was found out about it.
pub(super) struct Cover<'m, 't> {
    pub(super) in1: &'m Segment<'t>,
    pub(super) in2: Option<&'m Segment<'t>>,
    pub(super) insured: Insured,
    /// None where the segment says nothing, or that there is no plan.
    pub(super) plan: Option<Plan>,
    /// Whether it says `""`.
    cleared: bool,
    /// `IN1-55` (table 0206).
    action: Action,
    /// Where a plan in force says that it pays for hospice care.
    pub(super) hospice: Option<String>,
}

/// What a row does to the plans that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    /// It is part of the set.
    None,
    /// A or U: this plan is as the row says.
    State,
    /// D: this plan no longer holds.
    Delete,
    /// X: nothing has changed.
    Keep,
}

impl Action {
    fn of(context: &Context<'_>, in1: &Segment<'_>) -> Self {
        let field = in1.field(55);
        match field.component(1).value().text().to_ascii_uppercase().as_str() {
            "" => Self::None,
            "A" | "U" => Self::State,
            "D" => Self::Delete,
            "X" => Self::Keep,
            _ => {
                let hint = "send A, U, D or X";
                let message = "the action is not known; the row was read as it stands, beside what is known";
                context.warn("row-action-unknown", field.path(), message, hint);
                Self::State
            }
        }
    }
}

impl Cover<'_, '_> {
    /// What kind of plan it is.
    pub(super) fn class(&self) -> Option<PlanClass> {
        self.plan.as_ref().map(|plan| plan.class)
    }
}

/// What stands behind an order that is not the sender's but that of a format without one.
pub(crate) const UNORDERED: &str = "UNORDERED";

/// The rule of a plan that nothing tells.
const UNKNOWN: &str = "coverage";

/// Where a class was seen.
struct Signal {
    class: PlanClass,
    path: String,
    rule: &'static str,
    /// Whether it is a guess.
    probable: bool,
}

/// Reads every plan.
pub(super) fn read<'m, 't>(context: &Context<'_>, group: &Group<'m, 't>) -> Vec<Cover<'m, 't>> {
    let mut covers: Vec<Cover<'m, 't>> = Vec::new();
    let set_ids = set_ids(group);
    let mut position = 0;
    for segment in group.segments() {
        match segment.name() {
            "IN1" if covers.len() == MAX_PLANS => {
                context.warn(
                    "limit-rows",
                    segment.path(),
                    "there are too many plans; the rest was left out",
                    "send the plans in force",
                );
                break;
            }
            "IN1" => {
                position += 1;
                let insured = insured::judge(context, group, segment);
                let action = Action::of(context, segment);
                // A plan id that is cleared ends no plan that the row describes in words; a number that is left over describes none.
                let described = [(2, 2), (4, 1), (9, 1), (15, 1)]
                    .iter()
                    .any(|(number, component)| !segment.field(*number).component(*component).value().text().is_empty());
                let stated =
                    described || [2, 3, 36, 47].iter().any(|number| !segment.field(*number).value().text().is_empty());
                let cleared = !described && (segment.field(2).is_null() || segment.field(2).value().is_null());
                let place = set_ids.get(covers.len()).copied().unwrap_or(position);
                let plan =
                    (stated && !cleared && action != Action::Delete).then(|| plan(context, group, segment, place));
                let hospice = plan.as_ref().and_then(|plan| hospice(context, segment, plan));
                covers.push(Cover { in1: segment, in2: None, insured, plan, cleared, action, hospice });
            }
            "IN2" => {
                if let Some(cover) = covers.last_mut().filter(|cover| cover.in2.is_none()) {
                    cover.in2 = Some(segment);
                }
            }
            _ => {}
        }
    }
    covers
}

/// The set ids of the rows (`IN1-1`), which say the order of plans that are sent one by one; none where they do not tell each row
/// from the others.
fn set_ids(group: &Group<'_, '_>) -> Vec<u32> {
    let mut ids: Vec<u32> = Vec::new();
    for in1 in group.all("IN1").take(MAX_PLANS) {
        match in1.field(1).value().text().parse::<u32>() {
            Ok(id) if (1..=MAX_PRIORITY).contains(&id) && !ids.contains(&id) => ids.push(id),
            _ => return Vec::new(),
        }
    }
    ids
}

/// Whether a text names a payer or plan other than Original Medicare.
pub(super) fn names_other_payer(context: &Context<'_>, text: &str) -> bool {
    !text.is_empty() && Words::of(text).is_other_payer(&context.profile.coverage)
}

/// What a message says about plans.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// None where nothing is said. An empty list of a set clears.
    pub(super) stated: Option<Vec<Plan>>,
    /// Whether rows carry action codes, and so are changes of single plans and no set.
    pub(super) are_changes: bool,
    /// The single plans that no longer hold.
    pub(super) withdrawn: Vec<String>,
}

/// The plans as facts.
pub(super) fn plans(covers: &[Cover<'_, '_>]) -> Plans {
    if covers.iter().any(|cover| cover.action != Action::None) {
        let stated = covers.iter().filter(|cover| cover.action != Action::Keep);
        let stated: Vec<Plan> = stated.filter_map(|cover| cover.plan.clone()).collect();
        let deleted = covers.iter().filter(|cover| cover.action == Action::Delete);
        return Plans {
            stated: (!stated.is_empty()).then_some(stated),
            are_changes: true,
            withdrawn: deleted.map(|cover| statement(cover.in1)).collect(),
        };
    }
    let plans: Vec<Plan> = covers.iter().filter_map(|cover| cover.plan.clone()).collect();
    let said = !plans.is_empty() || covers.iter().any(|cover| cover.cleared);
    Plans { stated: said.then_some(plans), ..Plans::default() }
}

/// What a plan is known by when it is stated again: plan (`IN1-2`), company (`IN1-3`) with its name (`IN1-4`), type (`IN1-15`,
/// `IN1-47`), and without plan and company a digest of the policy number (`IN1-36`), which may change where they name the plan.
fn statement(in1: &Segment<'_>) -> String {
    let [plan, company, name, kind, coverage] = [2, 3, 4, 15, 47].map(|number| {
        let value = in1.field(number).component(1).value();
        let text = value.text();
        if text.len() > MAX_CODE_BYTES { String::new() } else { text.to_ascii_uppercase() }
    });
    let policy = in1.field(36).component(1).value();
    let policy = match policy.text() {
        number if plan.is_empty() && company.is_empty() && !number.is_empty() => Digest::new().text(&number).finish(),
        _ => String::new(),
    };
    let parts = [plan, company, name, kind, coverage, policy].join("|");
    format!("in1:{}", parts.trim_end_matches('|'))
}

/// Where a plan that has not ended says that it pays for hospice care.
fn hospice(context: &Context<'_>, in1: &Segment<'_>, plan: &Plan) -> Option<String> {
    let sent = context.sent.as_ref().map(Moment::date);
    if plan.ends.as_deref().zip(sent.as_deref()).is_some_and(|(ends, sent)| ends < sent) {
        return None;
    }
    let rules = &context.profile.coverage;
    let said = |number: usize| {
        let field = in1.field(number);
        let code = field.component(1).value();
        rules.is_hospice(&code.text(), &field.component(3).value().text()).then(|| code.path())
    };
    said(15).or_else(|| said(47))
}

/// `place` is that among the plans of the message, for where `IN1-22` says no order.
fn plan(context: &Context<'_>, group: &Group<'_, '_>, in1: &Segment<'_>, place: u32) -> Plan {
    let order = order(context, in1);
    let mut signal = signal(context, in1);
    let is_unknown = |signal: &Signal| signal.rule == UNKNOWN;
    if is_unknown(&signal) && order.unwrap_or(place) == 1 {
        signal = by_financial_class(context, group, in1).unwrap_or(signal);
    }
    if is_unknown(&signal) {
        note_unknown(context, in1);
    } else if signal.probable {
        context.warn(
            "coverage-probable",
            signal.path.clone(),
            "the kind of plan was guessed from its name, its contract number or the financial class of the visit",
            "add the plan to coverage.plans in the profile to be sure",
        );
    }
    let (starts, ends) = (date(context, &in1.field(12).value()), date(context, &in1.field(13).value()));
    let from = context.origin(signal.path, signal.rule);
    let ordered = order.is_some() && in1.field(22).component(2).value().raw() != UNORDERED;
    let priority = order.unwrap_or(place);
    Plan { class: signal.class, priority, ordered, starts, ends, from, statement: statement(in1) }
}

/// Which plan pays first, as `IN1-22` says it. What cannot be read is not first.
fn order(context: &Context<'_>, in1: &Segment<'_>) -> Option<u32> {
    let field = in1.field(22);
    let value = field.value();
    let text = value.text().to_ascii_uppercase();
    match text.as_str() {
        "" => None,
        "P" | "PRI" | "PRIMARY" => Some(1),
        "S" | "SEC" | "SECONDARY" => Some(2),
        "T" | "TER" | "TERTIARY" => Some(3),
        _ => match text.parse::<u32>() {
            Ok(order) if (1..=MAX_PRIORITY).contains(&order) => Some(order),
            Err(_) if context.is_filler(&text) => None,
            _ => {
                let hint = "send 1 for the plan that pays first, 2 for the next";
                let message = "the order of payment cannot be read; the plan was not taken as the first";
                context.warn("coverage-order", field.path(), message, hint);
                Some(MAX_PRIORITY)
            }
        },
    }
}

/// Lists a plan that no table, code or word knows, by `IN1-2.1` or else by its company.
fn note_unknown(context: &Context<'_>, in1: &Segment<'_>) {
    let text = |field: usize, component: usize| in1.field(field).component(component).value().text().into_owned();
    let (plan, company) = (text(2, 1), text(3, 1));
    let (table, code, display, system) = if plan.is_empty() {
        ("company", company, text(4, 1), String::new())
    } else {
        ("plan", plan, text(2, 2), company)
    };
    if !code.is_empty() && code.len() <= MAX_CODE_BYTES {
        context.inform(
            "plan-unknown",
            in1.field(2).path(),
            "nothing says for sure what kind of plan it is; it counts as another payer's",
        );
        let unit = String::new();
        context.note_unmapped(UnmappedCode { table: table.to_owned(), code, display, system, unit });
    }
}

/// Highest priority of a plan that is believed.
const MAX_PRIORITY: u32 = 99;

fn date(context: &Context<'_>, value: &Value<'_>) -> Option<String> {
    let Said::Text(text) = context.said(value) else { return None };
    match Moment::parse(&text) {
        Ok(moment) => Some(moment.date()),
        Err(fault) => {
            context.warn("coverage-date", value.path(), fault.message(), "the plan was read as if it had no such date");
            None
        }
    }
}

/// Finds out the class of a plan.
fn signal(context: &Context<'_>, in1: &Segment<'_>) -> Signal {
    let plan = in1.field(2).component(1).value();
    let company = in1.field(3).component(1).value();
    let (plan_id, company_id) = (plan.text(), company.text());
    let known = context.sender.plan(&plan_id, &company_id);
    if let Some(entry) = known {
        let path = if entry.plan.is_some() { plan.path() } else { company.path() };
        return Signal { class: entry.class, path, rule: "coverage.plans", probable: false };
    }
    match (by_code(context, in1), by_words(context, in1)) {
        (Some(coded), Some(named)) if coded.class != named.class => settle(context, coded, named),
        (None, Some(named)) if named.class == PlanClass::OriginalMedicare => match commercial(context, in1) {
            Some(coded) => settle(context, coded, named),
            None => named,
        },
        (Some(coded), None) if coded.class == PlanClass::OriginalMedicare => match by_insurer(context, in1) {
            Some(named) => settle(context, coded, named),
            None => coded,
        },
        (Some(signal), _) | (None, Some(signal)) => signal,
        (None, None) => Signal { class: PlanClass::Other, path: in1.field(2).path(), rule: UNKNOWN, probable: true },
    }
}

/// Of a code and a name that say different things, the one that does not say Original Medicare.
fn settle(context: &Context<'_>, coded: Signal, named: Signal) -> Signal {
    let original = PlanClass::OriginalMedicare;
    let hint = "add the plan to coverage.plans in the profile";
    if coded.class == original {
        let message =
            "the code says Original Medicare, the name or contract number another kind of plan, which was followed";
        context.warn("coverage-contradiction", coded.path, message, hint);
        return Signal { probable: false, ..named };
    }
    if named.class == original {
        let message = "the name says Original Medicare, the code another kind of plan, which was followed";
        context.warn("coverage-contradiction", coded.path.clone(), message, hint);
    }
    coded
}

/// The class by `IN1-15`, else by `IN1-47`, else by `IN1-2` where that names a list: without one it is the sender's own.
fn by_code(context: &Context<'_>, in1: &Segment<'_>) -> Option<Signal> {
    [15, 47, 2].into_iter().find_map(|number| {
        let field = in1.field(number);
        let value = field.component(1).value();
        let (code, system) = (value.text(), field.component(3).value().text());
        if code.is_empty() || code.len() > MAX_CODE_BYTES || (number == 2 && system.is_empty()) {
            return None;
        }
        let class = context.profile.coverage.class_of(&code, &system)?;
        Some(Signal { class, path: value.path(), rule: "coverage.codes", probable: false })
    })
}

/// A code of `IN1-15` or `IN1-47` that other payers than Medicare are filed under.
fn commercial(context: &Context<'_>, in1: &Segment<'_>) -> Option<Signal> {
    [15, 47].into_iter().find_map(|number| {
        let field = in1.field(number);
        let value = field.component(1).value();
        let is_commercial = context.profile.coverage.is_commercial(&value.text(), &field.component(3).value().text());
        is_commercial.then(|| Signal {
            class: PlanClass::Other,
            path: value.path(),
            rule: "coverage.commercial_codes",
            probable: false,
        })
    })
}

/// Guesses the class of the first plan from the financial class of the visit (`PV1-20`), which does not make Original Medicare of an
/// insurer's plan.
fn by_financial_class(context: &Context<'_>, group: &Group<'_, '_>, in1: &Segment<'_>) -> Option<Signal> {
    let value = group.first("PV1")?.field(20).component(1).value();
    let class = *context.profile.coverage.financial_classes.get(&value.text().to_ascii_uppercase())?;
    if class == PlanClass::OriginalMedicare && by_insurer(context, in1).is_some() {
        let message = "the financial class says Original Medicare, the name another payer, which was followed";
        let hint = "add the plan to coverage.plans in the profile";
        context.warn("coverage-contradiction", value.path(), message, hint);
        return None;
    }
    Some(Signal { class, path: value.path(), rule: "coverage.financial_classes", probable: true })
}

/// Where a plan and its company are named, by their texts and their alternates.
const OF_PLAN: [(usize, usize); 5] = [(2, 2), (4, 1), (2, 5), (2, 9), (2, 11)];
/// The same with the group, which is an employer's name as often as a plan's.
const NAMES: [(usize, usize); 6] = [(2, 2), (4, 1), (9, 1), (2, 5), (2, 9), (2, 11)];

/// The texts in fields and components.
fn names<'m, const N: usize>(in1: &'m Segment<'_>, cells: [(usize, usize); N]) -> [(Value<'m>, Words); N] {
    cells.map(|(field, component)| {
        let value = in1.field(field).component(component).whole();
        let text = value.text();
        let words = if field == 9 { Words::of_group(&text) } else { Words::of(&text) };
        (value, words)
    })
}

/// The plan of an insurer that a name says without a word of Medicare, where something else says Medicare.
fn by_insurer(context: &Context<'_>, in1: &Segment<'_>) -> Option<Signal> {
    let (value, _) = names(in1, OF_PLAN).into_iter().find(|(_, words)| words.has_insurer(&context.profile.coverage))?;
    Some(Signal { class: PlanClass::MedicareAdvantage, path: value.path(), rule: "coverage.words", probable: true })
}

/// Guesses the class from contract numbers and words. What stands in different fields is read together, since senders
/// spread a name; the path is that of the first field that says it alone, else of the one without which it would be Original Medicare.
fn by_words(context: &Context<'_>, in1: &Segment<'_>) -> Option<Signal> {
    let rules = &context.profile.coverage;
    let whole = |field: usize, component: usize| in1.field(field).component(component).whole();
    let names = names(in1, NAMES);
    let of_contract = |value: &Value<'_>, words: &Words| {
        Some(Signal { class: words.contract()?, path: value.path(), rule: "coverage.contract", probable: true })
    };
    let numbers = [whole(2, 1), whole(3, 1), whole(8, 1)];
    let contract = numbers.iter().find_map(|value| of_contract(value, &Words::of(&value.text())));
    let contract = contract.or_else(|| names.iter().find_map(|(value, words)| of_contract(value, words)));
    if contract.is_some() {
        return contract;
    }
    let texts: Vec<(Value<'_>, Words)> = names.into_iter().filter(|(_, words)| !words.is_empty()).collect();
    let class = Words::join(texts.iter().map(|(_, words)| words)).class(rules)?;
    let is_alone = |(_, words): &&(Value<'_>, Words)| words.class(rules) == Some(class);
    let turns = |position: &usize| {
        let others = texts.iter().enumerate().filter(|(other, _)| other != position).map(|(_, (_, words))| words);
        Words::join(others).class(rules) == Some(PlanClass::OriginalMedicare)
    };
    let turning = || (0..texts.len()).find(turns).and_then(|position| texts.get(position));
    let path = texts.iter().find(is_alone).or_else(turning).or_else(|| texts.first());
    let path = path.map(|(value, _)| value.path()).unwrap_or_default();
    Some(Signal { class, path, rule: "coverage.words", probable: true })
}
