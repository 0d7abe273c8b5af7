//! Checks a JSON tree against the tables of [`super::schema`].

use super::findings::Findings;
use super::json::Node;
use super::primitive::fits;
use super::resource_types::is_resource_type;
use super::schema::{ELEMENT, Element, Kind, Type, resource};
use access_contract::{Issue, Severity};
use std::fmt;

/// Where something stands, written out only where an issue names it.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    /// The resource that is checked.
    Root(&'p str),
    /// A member of an object.
    Member(&'p Path<'p>, &'p str),
    /// An item of an array.
    Item(&'p Path<'p>, usize),
}

/// Goes up no further than JSON is nested.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Member(of, name) => write!(f, "{of}.{}", readable(name)),
            Self::Item(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}

impl From<&Path<'_>> for String {
    fn from(path: &Path<'_>) -> Self {
        path.to_string()
    }
}

/// Checks a resource and everything in it. Returns the resource type where its inside is known.
pub(super) fn check_resource(node: &Node, path: &Path<'_>, findings: &mut Findings) -> Option<&'static Type> {
    let Node::Object(_) = node else {
        findings.error("element-type", path, "a resource is an object");
        return None;
    };
    let Some(name) = node.text_of("resourceType") else {
        findings.error("resource-type-missing", path, "the resource does not say its resourceType");
        return None;
    };
    if !is_resource_type(name) {
        findings.error(
            "resource-type-unknown",
            &Path::Member(path, "resourceType"),
            "this is not a FHIR resource type",
        );
        return None;
    }
    let Some(known) = resource(name) else {
        findings.push(
            Issue::new(Severity::Information, "not-checked", path, "the inside of this resource type is not checked")
                .hint("only Parameters, Patient, Condition and the resources of a report are checked"),
        );
        return None;
    };
    check_type(node, known, path, findings);
    Some(known)
}

/// Checks an object against a type.
fn check_type(node: &Node, of: &'static Type, path: &Path<'_>, findings: &mut Findings) {
    let Node::Object(members) = node else {
        findings.error("element-type", path, "an object is expected here");
        return;
    };
    if members.is_empty() {
        findings.error("element-empty", path, "an element with nothing in it is not allowed");
        return;
    }
    // Which elements are there, and whether as themselves or as the `_` companion of a primitive.
    let mut seen: Vec<(&'static Element, bool)> = Vec::with_capacity(members.len());
    let companions = members.iter().any(|(name, _)| name.starts_with('_'));
    for (name, value) in members {
        let at = Path::Member(path, name);
        let (plain, is_companion) = name.strip_prefix('_').map_or((&**name, false), |plain| (plain, true));
        let Some((element, kind)) = find(of, plain) else {
            findings.error("element-unknown", &at, "FHIR R4 has no such element here");
            continue;
        };
        seen.push((element, is_companion));
        if is_companion {
            check_shadow(value, kind, element, &at, findings);
        } else {
            let shadow = if companions { node.get(&format!("_{name}")) } else { None };
            check_element(value, kind, element, shadow, &at, findings);
        }
    }
    for element in of.all() {
        let count = |companion: bool| {
            seen.iter().filter(|known| known.1 == companion && std::ptr::eq(known.0, element)).count()
        };
        let present = count(false);
        if present > 1 {
            let at = Path::Member(path, element.name);
            findings.error("choice-repeated", &at, "only one type of this value is allowed");
        }
        if element.required && present == 0 && count(true) == 0 {
            let at = Path::Member(path, element.name);
            findings.error("element-missing", &at, "a mandatory element is missing");
        }
    }
    check_invariants(node, of, path, findings);
}

/// The element of that JSON name, and the kind of its value.
fn find(of: &Type, name: &str) -> Option<(&'static Element, Kind)> {
    of.all().find_map(|element| match element.kind {
        Kind::Choice(kinds) => {
            let suffix = name.strip_prefix(element.name)?;
            kinds.iter().find(|(known, _)| *known == suffix).map(|(_, kind)| (element, *kind))
        }
        kind => (element.name == name).then_some((element, kind)),
    })
}

/// Checks one value, or each of a list.
fn check_element(
    value: &Node,
    kind: Kind,
    element: &Element,
    shadow: Option<&Node>,
    at: &Path<'_>,
    findings: &mut Findings,
) {
    match (element.many, value) {
        (true, Node::List(items)) if items.is_empty() => {
            findings.error("element-empty", at, "an empty array is not allowed");
        }
        (true, Node::List(items)) => {
            let shadows = shadow.map_or(&[][..], Node::items);
            for (index, item) in items.iter().enumerate() {
                if matches!(item, Node::Null) && matches!(shadows.get(index), Some(Node::Object(_))) {
                    continue;
                }
                check_value(item, kind, &Path::Item(at, index), findings);
            }
        }
        (true, _) => findings.error("element-type", at, "this element repeats: an array is expected"),
        (false, Node::List(_)) => {
            findings.error("element-type", at, "this element does not repeat: no array is expected");
        }
        (false, _) => check_value(value, kind, at, findings),
    }
}

/// Checks one value.
fn check_value(value: &Node, kind: Kind, at: &Path<'_>, findings: &mut Findings) {
    match value {
        Node::Null => return findings.error("element-empty", at, "null is not allowed here"),
        Node::Text(text) if text.is_empty() => {
            return findings.error("element-empty", at, "an empty text is not allowed");
        }
        Node::Text(text) if text.contains('\u{fffd}') => {
            findings.error("undecodable-character", at, "a character of the feed could not be decoded");
        }
        _ => {}
    }
    match kind {
        Kind::Plain(primitive) if !fits(value, primitive) => {
            findings.error("value-format", at, "the value has not the form this element needs");
        }
        Kind::OneOf(codes) if !value.text().is_some_and(|text| codes.contains(&text)) => {
            findings.error("code-unknown", at, "the code is not one of those FHIR allows here");
        }
        Kind::Of(known) => check_type(value, known, at, findings),
        Kind::Resource => {
            check_resource(value, at, findings);
        }
        Kind::Opaque if !matches!(value, Node::Object(_)) => {
            findings.error("element-type", at, "an object is expected here");
        }
        Kind::Plain(_) | Kind::OneOf(_) | Kind::Opaque | Kind::Choice(_) => {}
    }
}

/// Checks `_name`, which holds id and extensions of the primitive `name`.
fn check_shadow(value: &Node, kind: Kind, element: &Element, at: &Path<'_>, findings: &mut Findings) {
    if !matches!(kind, Kind::Plain(_) | Kind::OneOf(_)) || element.name == "resourceType" {
        findings.error("element-unknown", at, "only primitive elements have such a companion");
        return;
    }
    match (element.many, value) {
        (true, Node::List(items)) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !matches!(item, Node::Null)) {
                check_type(item, &ELEMENT, &Path::Item(at, index), findings);
            }
        }
        (false, Node::Object(_)) => check_type(value, &ELEMENT, at, findings),
        _ => findings.error("element-type", at, "the companion of a primitive is an object, or an array of them"),
    }
}

/// The invariants of FHIR's own types that a payload can break.
fn check_invariants(node: &Node, of: &Type, path: &Path<'_>, findings: &mut Findings) {
    let has = |name: &str| node.get(name).is_some();
    let has_value = node.members().iter().any(|(name, _)| name.starts_with("value"));
    match of.name {
        "Extension" if has_value == has("extension") => {
            findings.error("extension-content", path, "an extension holds either a value or extensions");
        }
        "ContactPoint" if has("value") && !has("system") => {
            findings.error("element-missing", &Path::Member(path, "system"), "a contact with a value needs its system");
        }
        "Quantity" if has("code") && !has("system") => {
            findings.error("element-missing", &Path::Member(path, "system"), "a coded unit needs its system");
        }
        "Attachment" if has("data") && !has("contentType") => {
            findings.error("element-missing", &Path::Member(path, "contentType"), "data needs its content type");
        }
        "Period" => {
            let day = |name| node.text_of(name).and_then(|text| text.get(..10));
            if let (Some(start), Some(end)) = (day("start"), day("end"))
                && start > end
            {
                findings.error("period-reversed", path, "the period ends before it starts");
            }
        }
        "Parameters.parameter"
            if usize::from(has_value) + usize::from(has("resource")) + usize::from(has("part")) != 1 =>
        {
            findings.error("parameter-content", path, "a parameter holds exactly one of value, resource and parts");
        }
        "Patient.contact" if !["name", "telecom", "address", "organization"].into_iter().any(has) => {
            findings.error("element-missing", path, "a contact says at least who or where");
        }
        "Bundle.entry" if !has("resource") && !has("request") && !has("response") => {
            findings.error("element-missing", &Path::Member(path, "resource"), "an entry holds a resource");
        }
        "Composition.section" => {
            if !["text", "entry", "section"].into_iter().any(has) {
                findings.error("section-empty", path, "a section has words, entries or subsections");
            }
            if has("emptyReason") && has("entry") {
                findings.error("element-forbidden", &Path::Member(path, "emptyReason"), "the section is not empty");
            }
        }
        "Observation" => check_observation(node, has_value, path, findings),
        "Observation.referenceRange" if !["low", "high", "text"].into_iter().any(has) => {
            findings.error("element-missing", path, "a reference range has a border or words");
        }
        "QuestionnaireResponse.item" if has("answer") && has("item") => {
            let message = "an item has answers or items; items of an answer stand inside it";
            findings.error("element-forbidden", &Path::Member(path, "item"), message);
        }
        "Organization" if !has("identifier") && !has("name") => {
            findings.error("element-missing", path, "an organisation has an identifier or a name");
        }
        "Condition.stage" if !has("summary") && !has("assessment") => {
            findings.error("element-missing", path, "a stage has a summary or an assessment");
        }
        "Condition.evidence" if !has("code") && !has("detail") => {
            findings.error("element-missing", path, "evidence has a code or details");
        }
        _ => {}
    }
}

/// A value and a reason for its absence exclude each other, and a part does not repeat the code of a whole that has a value.
fn check_observation(node: &Node, has_value: bool, path: &Path<'_>, findings: &mut Findings) {
    if !has_value {
        return;
    }
    if node.get("dataAbsentReason").is_some() {
        let message = "a reading that has a value has no reason for its absence";
        findings.error("element-forbidden", &Path::Member(path, "dataAbsentReason"), message);
    }
    let codes = |of: &Node| -> Vec<(String, String)> {
        let codings = of.get("code").map_or(&[][..], |code| code.items_of("coding"));
        let word = |coding: &Node, name: &str| coding.text_of(name).unwrap_or_default().to_owned();
        codings.iter().map(|coding| (word(coding, "system"), word(coding, "code"))).collect()
    };
    let own = codes(node);
    for (index, component) in node.items_of("component").iter().enumerate() {
        if codes(component).iter().any(|code| own.contains(code)) {
            let at = Path::Member(path, "component");
            findings.error("observation-parts", &Path::Item(&at, index), "a part has not the code of the whole");
        }
    }
}

/// A member name as it may stand in a location.
fn readable(name: &str) -> &str {
    let plain = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { name } else { "(unreadable name)" }
}
