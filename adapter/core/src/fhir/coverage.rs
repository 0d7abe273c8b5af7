//! Coverage as an `IN1` segment.

use super::codes;
use super::issues::Issues;
use super::json::Node;
use super::moment::compact;
use super::patient::identifier;
use super::person::Person;
use super::references::Target;
use super::scope::Scope;
use super::sheet::Sheet;
use crate::read::UNORDERED;
use access_mappings::{CoverageRules, PlanClass};

/// Identifiers of one plan that are looked at.
const MAX_IDENTIFIERS: usize = 20;

/// What becomes of a Coverage.
pub(super) enum Restated {
    /// It is this `IN1`, stated under this name.
    Row(usize, String),
    /// It no longer holds.
    Withdrawn(String),
    /// It says nothing.
    Nothing,
}

/// Restates one Coverage of the person at `person`.
pub(super) fn write(
    scope: &Scope<'_, '_>,
    sheet: &mut Sheet,
    position: usize,
    person: &Person<'_>,
    issues: &mut Issues,
) -> Restated {
    let Some(resource) = scope.resource(position) else { return Restated::Nothing };
    let (node, path) = (resource.node, resource.path.as_str());
    let status = node.text("status").unwrap_or_default();
    if resource.deleted || matches!(status, "cancelled" | "entered-in-error") {
        return Restated::Withdrawn(scope.statement(position));
    }
    if node.get("status").is_some() && !matches!(status, "active" | "draft") {
        let hint = "send a code of FHIR's fm-status";
        let message = "the status of the coverage is not known; it was not taken";
        issues.warn("coverage-status", &format!("{path}.status"), message, hint);
        return Restated::Nothing;
    }
    if status == "draft" {
        issues.inform("coverage-draft", &format!("{path}.status"), "the coverage is a draft and was not taken");
        return Restated::Nothing;
    }
    let row = sheet.open("IN1", path);
    plan_names(&scope.profile.coverage, sheet, node, path);
    payor(scope, sheet, position, node, path, issues);
    if let Some(period) = node.get("period") {
        for (field, name) in [(12, "start"), (13, "end")] {
            sheet.set(field, 1, &compact(period.text(name).unwrap_or_default()), &format!("{path}.period.{name}"));
        }
    }
    type_codes(&scope.profile.coverage, sheet, node, path);
    relationship(scope, sheet, position, node, path, person);
    // Without an order nothing says which plan pays first; the place in a Bundle means nothing.
    let order = node.number("order");
    sheet.set(22, 1, order.unwrap_or("1"), &format!("{path}.order"));
    sheet.set(22, 2, if order.is_none() { UNORDERED } else { "" }, &format!("{path}.order"));
    sheet.set(36, 1, node.text("subscriberId").unwrap_or_default(), &format!("{path}.subscriberId"));
    let identifiers = node.items("identifier").iter().enumerate().filter(|(_, one)| one.text("use") != Some("old"));
    if identifiers.clone().nth(MAX_IDENTIFIERS).is_some() {
        let message = "the coverage has too many identifiers; the rest was left out";
        issues.warn("limit-rows", &format!("{path}.identifier"), message, "send the current ones");
    }
    for (repetition, (number, one)) in (1..=MAX_IDENTIFIERS).zip(identifiers) {
        identifier(sheet, 49, repetition, one, &format!("{path}.identifier[{number}]"));
    }
    Restated::Row(row, scope.statement(position))
}

fn plan_names(rules: &CoverageRules, sheet: &mut Sheet, node: &Node<'_>, path: &str) {
    for (number, class) in node.items("class").iter().enumerate() {
        let (code, value) = match codes::first_code(class.get("type")) {
            Some("plan") => ((2, 1), (2, 5)),
            Some("group") => ((8, 1), (9, 1)),
            _ => continue,
        };
        let path = format!("{path}.class[{number}]");
        sheet.set(code.0, code.1, class.text("value").unwrap_or_default(), &format!("{path}.value"));
        sheet.set(value.0, value.1, class.text("name").unwrap_or_default(), &format!("{path}.name"));
    }
    let Some(kind) = node.get("type") else { return };
    // Where the code itself says Original Medicare its words say no more ("Non-managed Care").
    let is_original = |coding: &Node<'_>| {
        let class = coding.text("code").and_then(|code| rules.class_of(code, codes::system(coding)));
        class == Some(PlanClass::OriginalMedicare)
    };
    let text = kind.text("text");
    let displays = kind.items("coding").iter().enumerate().filter_map(|(number, coding)| {
        Some((coding, coding.text("display")?, format!("{path}.type.coding[{number}].display")))
    });
    let mut others: Vec<(&str, String)> = Vec::new();
    if let Some(text) = text {
        sheet.set(2, 2, text, &format!("{path}.type.text"));
    }
    for (position, (coding, display, path)) in displays.enumerate() {
        if position == 0 && text.is_none() {
            sheet.set(2, 2, display, &path);
        } else if !is_original(coding) {
            others.push((display, path));
        }
    }
    // The others tell as much: a text may be short for what a coding means. Over an ampersand no phrase reaches.
    if let Some((_, path)) = others.first() {
        let words: Vec<&str> = others.iter().map(|(display, _)| *display).collect();
        sheet.set(2, 9, &words.join(" & "), path);
    }
}

/// The first payor: an Organization of the feed, and how the reference calls it. Two names may differ, so both are restated.
fn payor<'n>(
    scope: &Scope<'_, 'n>,
    sheet: &mut Sheet,
    position: usize,
    node: &'n Node<'n>,
    path: &str,
    issues: &mut Issues,
) {
    let Some(payor) = node.items("payor").first() else { return };
    let path = format!("{path}.payor[0]");
    let mut is_named = false;
    match scope.index.target(position, Some(payor), "Organization") {
        Target::Here(found) => {
            let Some(organization) = scope.resource(found).filter(|found| found.kind == "Organization") else { return };
            let at = &organization.path;
            let name = organization.node.text("name").unwrap_or_default();
            sheet.set(4, 1, name, &format!("{at}.name"));
            is_named = !name.is_empty();
            let named = organization.node.items("identifier").iter().enumerate();
            let value = named.into_iter().find_map(|(number, one)| Some((number, one.text("value")?)));
            if let Some((number, value)) = value {
                sheet.set(3, 1, value, &format!("{at}.identifier[{number}].value"));
            }
        }
        Target::Named(identifier) => {
            sheet.set(3, 1, identifier.text("value").unwrap_or_default(), &format!("{path}.identifier.value"));
        }
        Target::Outside { .. } | Target::Unresolved if payor.text("display").is_none() => {
            let message = "the feed does not hold the payor, and the reference does not name it";
            issues.inform("reference-unresolved", &path, message);
        }
        _ => {}
    }
    if let Some(display) = payor.text("display") {
        let (field, component) = if is_named { (2, 11) } else { (4, 1) };
        sheet.set(field, component, display, &format!("{path}.display"));
    }
}

/// The first type that the profile knows goes where it is looked for first, with its system: a code of a list that nobody knows
/// may look like one of another list.
fn type_codes(rules: &CoverageRules, sheet: &mut Sheet, node: &Node<'_>, path: &str) {
    let Some(kind) = node.get("type") else { return };
    let codings = || {
        let codings = kind.items("coding").iter().enumerate();
        codings.filter_map(|(number, coding)| Some((number, coding.text("code")?, codes::system(coding))))
    };
    let known = codings().find(|(_, code, system)| rules.class_of(code, system).is_some());
    if let Some((number, code, system)) = known.or_else(|| codings().next()) {
        sheet.set(15, 1, code, &format!("{path}.type.coding[{number}].code"));
        sheet.set(15, 3, system, &format!("{path}.type.coding[{number}].system"));
    }
}

/// Who is insured: the beneficiary, where that is stated as the subscriber or as "self" and nothing else contradicts it. A subscriber
/// who is not certainly the beneficiary is another person, and so is one who has dependents.
fn relationship<'n>(
    scope: &Scope<'_, 'n>,
    sheet: &mut Sheet,
    position: usize,
    node: &'n Node<'n>,
    path: &str,
    person: &Person<'_>,
) {
    let at = |name: &str| format!("{path}.{name}");
    let same = is_subscriber(scope, position, node, person);
    if same == Some(false) {
        sheet.set(17, 1, "OTHER", &at("subscriber"));
    } else if let Some(stated) = relation(node.get("relationship")) {
        let is_self = stated.eq_ignore_ascii_case("self");
        sheet.set(17, 1, if is_self { "SEL" } else { stated }, &at("relationship"));
    } else if same == Some(true) {
        sheet.set(17, 1, "SEL", &at("subscriber"));
    }
    // Zeros are the number of the subscriber.
    let dependent = node.text("dependent").unwrap_or_default().trim();
    if same != Some(false) && dependent.chars().any(|digit| digit != '0') {
        sheet.set(17, 1, "OTHER", &at("dependent"));
    }
}

/// The relationship: its code, or that it is another one than "self" by its words.
fn relation<'n>(stated: Option<&'n Node<'n>>) -> Option<&'n str> {
    codes::first_code(stated).or_else(|| {
        let stated = stated?;
        let displays = stated.items("coding").iter().filter_map(|coding| coding.text("display"));
        let word = stated.text("text").into_iter().chain(displays).next()?;
        Some(if word.trim().eq_ignore_ascii_case("self") { "self" } else { "OTHER" })
    })
}

/// Whether the subscriber is the beneficiary. None where there is none.
fn is_subscriber<'n>(scope: &Scope<'_, 'n>, position: usize, node: &'n Node<'n>, person: &Person<'_>) -> Option<bool> {
    let subscriber = node.get("subscriber")?;
    let same = match scope.index.target(position, Some(subscriber), "Patient") {
        Target::Here(found) => person.patient == Some(found),
        Target::Outside { base, local } => person.is_outside(&base, &local),
        Target::Named(identifier) => person.named.is_some_and(|named| {
            let same = |name: &str| named.text(name) == identifier.text(name);
            same("system") && same("value")
        }),
        Target::Unresolved => false,
        Target::Absent => {
            let display = words(subscriber.text("display")?);
            let beneficiary = node.get("beneficiary").and_then(|beneficiary| beneficiary.text("display"));
            let patient = person.patient.and_then(|found| scope.resource(found));
            let names = patient.map(|patient| patient.node.items("name")).unwrap_or_default();
            display.is_empty()
                || beneficiary.is_some_and(|beneficiary| words(beneficiary) == display)
                || names.iter().any(|name| is_called(name, &display))
        }
    };
    Some(same)
}

/// Whether a name is these words: written out as text, or family name with the first or all given names.
fn is_called(name: &Node<'_>, called: &[String]) -> bool {
    let given: Vec<&str> = name.items("given").iter().filter_map(Node::as_text).collect();
    let family = name.text("family").unwrap_or_default();
    let first = given.first().copied().unwrap_or_default();
    let forms = [name.text("text").unwrap_or_default().to_owned(), format!("{first} {family}")];
    let all = format!("{} {family}", given.join(" "));
    forms.iter().chain([&all]).any(|form| words(form) == called)
}

/// The words of a name in any order, in capitals.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    let mut words: Vec<String> = parts.map(str::to_uppercase).collect();
    words.sort();
    words
}
