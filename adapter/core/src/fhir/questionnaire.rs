//! Answers of QuestionnaireResponses: of the guide's instruments, whatever they are called by.
//!
//! The instrument is that of the canonical; else that of the Questionnaire's code, where the feed holds the Questionnaire; else the
//! one that most of the items belong to, which is a guess where the canonical or the code names something. Items may be nested. What
//! belongs to no instrument is counted and not kept.
//!
//! Limits: [`MAX_ITEMS`] items of one response, and those of [`crate::questionnaires`].

mod form;

use super::issues::Issues;
use super::json::Node;
use super::scope::Scope;
use crate::entries::Answered;
use crate::questionnaires::{
    Draft, Found, Given, Known, MAX_RESPONSE_BYTES, MAX_RESPONSES, Mark, Row, Taken, Token, weigh,
};
use crate::read::as_fhir;
use form::Form;
pub(super) use form::Forms;

/// Items of one response; further ones are left out (`limit-rows`).
const MAX_ITEMS: usize = 1_000;
/// Longest canonical that is kept.
const MAX_CANONICAL: usize = 256;
/// Extensions with the ordinal of a choice: of R4, of the guide before 0.9.12, and of R5.
const ORDINALS: [&str; 3] = [
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
];

/// One item with an answer or a place for one.
struct Item<'n> {
    link: &'n str,
    node: &'n Node<'n>,
    path: String,
}

/// Reads every response of a person.
pub(super) fn read(scope: &Scope<'_, '_>, positions: &[usize], issues: &mut Issues) -> Vec<Answered> {
    let (mut responses, mut bytes) = (Vec::new(), 0);
    for position in positions {
        let Some(resource) = scope.resource(*position) else { continue };
        if responses.len() == MAX_RESPONSES || bytes > MAX_RESPONSE_BYTES {
            full(&resource.path, issues);
            break;
        }
        if let Some(response) = response(scope, *position, issues) {
            bytes += weigh(&response);
            responses.push(response);
        }
    }
    responses
}

fn full(path: &str, issues: &mut Issues) {
    let hint = "send them in several feeds";
    issues.warn("limit-rows", path, "there are too many answers of questionnaires; the rest was left out", hint);
}

fn response(scope: &Scope<'_, '_>, position: usize, issues: &mut Issues) -> Option<Answered> {
    let resource = scope.resource(position)?;
    let (node, path) = (resource.node, resource.path.as_str());
    let canonical = node.text("questionnaire").filter(|text| text.len() <= MAX_CANONICAL).unwrap_or_default();
    let status = if resource.deleted { "entered-in-error" } else { node.text("status").unwrap_or_default() };
    let blank = Answered {
        instrument: String::new(),
        canonical: if canonical.starts_with('#') { String::new() } else { canonical.to_owned() },
        status: status.to_owned(),
        authored: authored(node),
        written: String::new(),
        ordered: String::new(),
        answers: Vec::new(),
        scores: Vec::new(),
        identifier: scope.statement(position),
        guessed: false,
        misplaced: false,
        in_lines: false,
        stated: scope.time(position).to_owned(),
        taken_up: String::new(),
        from: scope.origin(path.to_owned(), "questionnaires"),
    };
    let mut items = Vec::new();
    collect(node, path, &mut items);
    if items.len() > MAX_ITEMS {
        items.truncate(MAX_ITEMS);
        full(path, issues);
    }
    let known = Known::new(scope.profile, scope.sender);
    let form = scope.forms.find(scope.feed, position, canonical);
    let tokens: Vec<Vec<Token<'_>>> = items.iter().map(|item| tokens(form.as_deref(), item)).collect();
    let named = named(known, canonical, form.as_deref());
    let is_named = named != Found::Nothing;
    let instrument = match if is_named { named } else { known.by_items(None, &tokens) } {
        Found::One(instrument) => instrument,
        _ if status == "entered-in-error" && !blank.identifier.is_empty() => return Some(blank),
        Found::Several => {
            let hint = "name the canonical of each questionnaire in reports.canonicals or codes.questionnaires";
            let message = "the response may be of several questionnaires; it was not used";
            issues.warn("questionnaire-ambiguous", path, message, hint);
            return None;
        }
        Found::Nothing => {
            let message =
                "no instrument of the guide is known by this questionnaire; its answers were counted and not kept";
            issues.inform("questionnaire-unknown", path, message);
            return None;
        }
    };
    let mut draft = Draft::new(known, instrument);
    let mut unplaced = None;
    for (item, tokens) in items.iter().zip(tokens) {
        let given = given(form.as_deref(), item);
        let from = scope.origin(item.path.clone(), "questionnaires");
        let said = !given.is_nothing();
        let row = Row {
            tokens,
            text: item.node.text("text").unwrap_or_default(),
            given,
            from,
            mark: Mark::Stated,
            early: false,
        };
        match draft.add(&row) {
            Taken::Yes => {}
            Taken::Unplaced if said => unplaced = unplaced.or(Some(&item.path)),
            Taken::Unplaced => {}
            Taken::Full => {
                full(&item.path, issues);
                break;
            }
        }
    }
    if let Some(place) = unplaced {
        let message = format!("{}: an item that the instrument does not have was left out", instrument.title);
        issues.inform("questionnaire-item-unknown", place, &message);
    }
    let has_name = !blank.canonical.is_empty() || form.is_some_and(|form| form.codes().next().is_some());
    let (answered, found) = draft.finish(scope.profile, Answered { guessed: !is_named && has_name, ..blank });
    found.into_iter().for_each(|issue| issues.note(issue));
    Some(answered)
}

/// Which instrument is named by the canonical, else by a code of the Questionnaire.
fn named<'p>(known: Known<'p>, canonical: &str, form: Option<&Form<'_>>) -> Found<'p> {
    let by_canonical = known.by_canonical(canonical);
    if by_canonical != Found::Nothing {
        return by_canonical;
    }
    let mut coded = form.into_iter().flat_map(Form::codes).map(|token| known.by_code(token));
    coded.find(|found| matches!(found, Found::One(_))).unwrap_or(Found::Nothing)
}

/// Collects the items with a `linkId`, nested ones too. The depth is bounded by that of the JSON.
fn collect<'n>(node: &'n Node<'n>, path: &str, found: &mut Vec<Item<'n>>) {
    for (number, item) in node.items("item").iter().enumerate() {
        if found.len() > MAX_ITEMS {
            return;
        }
        let path = format!("{path}.item[{number}]");
        if let Some(link) = item.text("linkId") {
            found.push(Item { link, node: item, path: path.clone() });
        }
        collect(item, &path, found);
        for (number, answer) in item.items("answer").iter().enumerate() {
            collect(answer, &format!("{path}.answer[{number}]"), found);
        }
    }
}

/// What names an item: its `linkId`, then the codes that the Questionnaire gives it.
fn tokens<'n>(form: Option<&Form<'n>>, item: &Item<'n>) -> Vec<Token<'n>> {
    let own = Token::local(item.link, "");
    std::iter::once(own).chain(form.into_iter().flat_map(|form| form.item_codes(item.link))).collect()
}

/// The answer of an item. Several are one that is not understood.
fn given(form: Option<&Form<'_>>, item: &Item<'_>) -> Given {
    let unknown = || Given { codes: vec![(String::new(), String::new())], ..Given::default() };
    let answer = match item.node.items("answer") {
        [] => return Given::default(),
        [answer] => answer,
        _ => return unknown(),
    };
    if let Some(coding) = answer.get("valueCoding") {
        let text = |name: &str| coding.text(name).unwrap_or_default().to_owned();
        let (code, system) = (text("code"), super::codes::system(coding));
        let listed = || form.and_then(|form| form.ordinal(item.link, coding)).unwrap_or_default();
        let system = if system == "2.16.840.1.113883.6.1" { crate::questionnaires::LOINC } else { system };
        return Given {
            codes: if code.is_empty() { Vec::new() } else { vec![(code, system.to_owned())] },
            ordinal: ordinal(coding).or_else(|| ordinal(answer)).unwrap_or_else(listed),
            display: text("display"),
            number: String::new(),
        };
    }
    let quantity = answer.get("valueQuantity").and_then(|quantity| quantity.number("value"));
    let number = ["valueInteger", "valueDecimal"].into_iter().find_map(|name| answer.number(name));
    if let Some(number) = number.or(quantity) {
        return Given { number: number.to_owned(), ..Given::default() };
    }
    if let Some(words) = answer.text("valueString") {
        return Given { display: words.to_owned(), ..Given::default() };
    }
    // Another type of value, or none with a reason.
    let valued = answer.members().iter().any(|(name, _)| name.starts_with("value"));
    if valued { unknown() } else { Given::default() }
}

/// The ordinal or item weight of a coding or an answer.
fn ordinal(node: &Node<'_>) -> Option<String> {
    let extensions = node.items("extension").iter();
    let mut ordinals = extensions.filter(|extension| extension.text("url").is_some_and(|url| ORDINALS.contains(&url)));
    let value = |extension: &Node<'_>| {
        ["valueDecimal", "valueInteger"].into_iter().find_map(|name| extension.number(name)).map(str::to_owned)
    };
    ordinals.find_map(value)
}

/// When it was answered, as far as it says at least the day.
fn authored(node: &Node<'_>) -> String {
    node.text("authored").and_then(as_fhir).filter(|text| text.len() >= 10).unwrap_or_default()
}
