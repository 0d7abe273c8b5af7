//! Patient (US Core 3.1 to 7) as a `PID` segment, and what only Patient can say.

use super::issues::Issues;
use super::json::Node;
use super::moment::{compact, is_over};
use super::sheet::Sheet;
use crate::facts::{Origin, Sourced, Stated};
use crate::view::limits::MAX_IDENTIFIERS;

/// Systems that are the Medicare Beneficiary Identifier's own (HL7 Terminology, naming system cmsMBI).
pub(super) const MBI_SYSTEMS: [&str; 3] = [
    "http://hl7.org/fhir/sid/us-mbi",
    "http://terminology.hl7.org/NamingSystem/cmsMBI",
    "urn:oid:2.16.840.1.113883.4.927",
];
/// The claim number of the time before the MBI.
const HICN_SYSTEMS: [&str; 2] = ["http://hl7.org/fhir/sid/us-medicare", "urn:oid:2.16.840.1.113883.4.572"];
/// Social security numbers.
const SSN_SYSTEMS: [&str; 2] = ["http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"];
/// Names, addresses and numbers to reach somebody of one person; further ones are left out.
const MAX_ITEMS: usize = 50;

/// Restates one identifier as a `CX`.
pub(super) fn identifier(sheet: &mut Sheet, field: usize, repetition: usize, identifier: &Node<'_>, path: &str) {
    let system = identifier.text("system").unwrap_or_default();
    let coding = identifier.get("type").map(|kind| kind.items("coding")).unwrap_or_default();
    let coded = coding.iter().enumerate().find_map(|(number, coding)| Some((number, coding.text("code")?)));
    let kind_path = coded.map_or_else(String::new, |(number, _)| format!("{path}.type.coding[{number}].code"));
    let kind = if MBI_SYSTEMS.contains(&system) {
        "MC"
    } else if HICN_SYSTEMS.contains(&system) {
        "HICN"
    } else if SSN_SYSTEMS.contains(&system) {
        "SS"
    } else {
        coded.map(|(_, code)| code).unwrap_or_default()
    };
    let value = identifier.text("value").unwrap_or_default();
    sheet.put(field, repetition, 1, value, &format!("{path}.value"));
    let system_path = format!("{path}.system");
    match system.strip_prefix("urn:oid:") {
        Some(oid) => {
            sheet.part(field, repetition, 4, 2, oid, &system_path);
            sheet.part(field, repetition, 4, 3, "ISO", &system_path);
        }
        None if !system.is_empty() => {
            sheet.part(field, repetition, 4, 2, system, &system_path);
            sheet.part(field, repetition, 4, 3, "URI", &system_path);
        }
        None => {}
    }
    sheet.put(field, repetition, 5, kind, if kind_path.is_empty() { &system_path } else { &kind_path });
    if let Some(end) = period_end(identifier) {
        sheet.put(field, repetition, 8, &compact(end), &format!("{path}.period.end"));
    }
}

/// Restates the resource into the open `PID`. `sent` is when the feed was sent, in UTC, or empty.
pub(super) fn write(sheet: &mut Sheet, patient: &Node<'_>, path: &str, sent: &str, issues: &mut Issues) {
    let mut repetition = 0;
    for (number, node) in patient.items("identifier").iter().enumerate() {
        let path = format!("{path}.identifier[{number}]");
        if node.text("use") == Some("old") || node.text("value").is_none() {
            continue;
        }
        if node.text("system").is_none() && super::codes::first_code(node.get("type")) != Some("MC") {
            let hint = "the sender should name the system, which tells whose number it is";
            issues.warn("identifier-without-system", &path, "the identifier has no system and was not taken", hint);
            continue;
        }
        if repetition == MAX_IDENTIFIERS {
            let hint = "send the current ones";
            issues.warn("limit-rows", &path, "there are too many identifiers; the rest was left out", hint);
            break;
        }
        repetition += 1;
        identifier(sheet, 3, repetition, node, &path);
    }
    names(sheet, patient, path, sent);
    sheet.set(7, 1, &compact(patient.text("birthDate").unwrap_or_default()), &format!("{path}.birthDate"));
    sheet.set(8, 1, patient.text("gender").unwrap_or_default(), &format!("{path}.gender"));
    heritage(sheet, patient, path);
    addresses(sheet, patient, path);
    telecoms(sheet, patient, path, sent);
    language(sheet, patient, path);
    if let Some(died) = patient.text("deceasedDateTime") {
        sheet.set(29, 1, &compact(died), &format!("{path}.deceased"));
        sheet.set(30, 1, "Y", &format!("{path}.deceased"));
    } else if let Some(dead) = patient.flag("deceasedBoolean") {
        sheet.set(30, 1, if dead { "Y" } else { "N" }, &format!("{path}.deceased"));
    } else if let Some(word) = patient.text("deceasedBoolean") {
        let hint = "send true or false without quotes";
        issues.warn(
            "flag-as-text",
            &format!("{path}.deceased"),
            "the flag is written as text; it was read as its word",
            hint,
        );
        sheet.set(30, 1, word, &format!("{path}.deceased"));
    }
}

/// End of the element's period.
fn period_end<'n>(element: &'n Node<'_>) -> Option<&'n str> {
    element.get("period").and_then(|period| period.text("end"))
}

fn names(sheet: &mut Sheet, patient: &Node<'_>, path: &str, sent: &str) {
    let ended = |name: &Node<'_>| period_end(name).is_some_and(|end| sent.is_empty() || is_over(end, sent));
    let current = patient.items("name").iter().enumerate().filter(|(_, name)| !ended(name));
    for (repetition, (number, name)) in (1..=MAX_ITEMS).zip(current) {
        let path = format!("{path}.name[{number}]");
        let given: Vec<&str> = name.items("given").iter().filter_map(Node::as_text).collect();
        let text = name.text("text").filter(|text| text.contains(','));
        let family = name.text("family").or_else(|| text.filter(|_| given.is_empty()));
        sheet.put(5, repetition, 1, family.unwrap_or_default(), &path);
        if let Some((first, further)) = given.split_first() {
            sheet.put(5, repetition, 2, first, &path);
            sheet.put(5, repetition, 3, &further.join(" "), &path);
        }
        let suffix: Vec<&str> = name.items("suffix").iter().filter_map(Node::as_text).collect();
        sheet.put(5, repetition, 4, &suffix.join(" "), &path);
        // Table 0200.
        let kind = match name.text("use") {
            Some("official") => "L",
            Some("usual") => "D",
            Some("temp") => "TEMP",
            Some("nickname") => "N",
            Some("anonymous") => "MSK",
            Some("old") => "BAD",
            Some("maiden") => "M",
            _ => "",
        };
        sheet.put(5, repetition, 7, kind, &path);
        for (component, bound) in [(12, "start"), (13, "end")] {
            let date = name.get("period").and_then(|period| period.text(bound)).unwrap_or_default();
            sheet.put(5, repetition, component, &compact(date), &format!("{path}.period.{bound}"));
        }
    }
}

fn addresses(sheet: &mut Sheet, patient: &Node<'_>, path: &str) {
    for (repetition, (number, address)) in (1..=MAX_ITEMS).zip(patient.items("address").iter().enumerate()) {
        let path = format!("{path}.address[{number}]");
        let text = |name: &str| address.text(name).unwrap_or_default();
        let lines: Vec<&str> = address.items("line").iter().filter_map(Node::as_text).collect();
        if let Some((first, further)) = lines.split_first() {
            sheet.put(11, repetition, 1, first, &format!("{path}.line[0]"));
            sheet.put(11, repetition, 2, &further.join(", "), &format!("{path}.line[1]"));
        }
        for (component, name) in [(3, "city"), (4, "state"), (5, "postalCode"), (6, "country"), (9, "district")] {
            sheet.put(11, repetition, component, text(name), &format!("{path}.{name}"));
        }
        // Table 0190. A postal address is where letters go, not where a person lives.
        let kind = match (text("use"), text("type")) {
            ("work", _) => "B",
            ("old", _) => "BA",
            ("billing", _) => "BI",
            ("temp", _) => "C",
            (_, "postal") => "M",
            ("home", _) => "H",
            _ => "",
        };
        sheet.put(11, repetition, 7, kind, &format!("{path}.use"));
        for (component, bound) in [(13, "start"), (14, "end")] {
            let date = address.get("period").and_then(|period| period.text(bound)).unwrap_or_default();
            sheet.put(11, repetition, component, &compact(date), &format!("{path}.period.{bound}"));
        }
    }
}

fn telecoms(sheet: &mut Sheet, patient: &Node<'_>, path: &str, sent: &str) {
    let holds = |telecom: &Node<'_>| {
        // A web address is no number, and what is said to be something else is not known to be one.
        let reaches = !matches!(telecom.text("system"), Some("url" | "other"));
        let over = !sent.is_empty() && period_end(telecom).is_some_and(|end| is_over(end, sent));
        reaches && !over && telecom.text("use") != Some("old")
    };
    let current = patient.items("telecom").iter().enumerate().filter(|(_, telecom)| holds(telecom));
    for (repetition, (number, telecom)) in (1..=MAX_ITEMS).zip(current) {
        let path = format!("{path}.telecom[{number}]");
        // Tables 0201 and 0202.
        let (usage, equipment) = match (telecom.text("system"), telecom.text("use")) {
            (Some("email"), _) => ("NET", "Internet"),
            (Some("fax"), Some("work")) => ("WPN", "FX"),
            (Some("fax"), _) => ("PRN", "FX"),
            (Some("pager"), _) => ("BPN", "BP"),
            (Some("sms"), _) | (_, Some("mobile")) => ("PRS", "CP"),
            (_, Some("work")) => ("WPN", "PH"),
            _ => ("PRN", "PH"),
        };
        let component = if equipment == "Internet" { 4 } else { 1 };
        let Some(value) = telecom.text("value") else { continue };
        sheet.put(13, repetition, component, value, &format!("{path}.value"));
        sheet.put(13, repetition, 2, usage, &format!("{path}.use"));
        sheet.put(13, repetition, 3, equipment, &format!("{path}.system"));
    }
}

fn language(sheet: &mut Sheet, patient: &Node<'_>, path: &str) {
    let languages = || patient.items("communication").iter().enumerate();
    let preferred = languages().find(|(_, spoken)| spoken.flag("preferred") == Some(true));
    let Some((number, spoken)) = preferred.or_else(|| languages().next()) else { return };
    let code = super::codes::first_code(spoken.get("language")).unwrap_or_default();
    sheet.set(15, 1, code, &format!("{path}.communication[{number}].language"));
}

/// Race (`PID-10`) and ethnicity (`PID-22`), which US Core states as codings in extensions.
fn heritage(sheet: &mut Sheet, patient: &Node<'_>, path: &str) {
    for (number, extension) in patient.items("extension").iter().enumerate() {
        let field = match us_core(extension) {
            Some("race") => 10,
            Some("ethnicity") => 22,
            _ => continue,
        };
        let mut repetition = 0;
        for (part_number, part) in extension.items("extension").iter().enumerate() {
            let Some(coding) = part.get("valueCoding").filter(|_| repetition < MAX_ITEMS) else { continue };
            repetition += 1;
            let path = format!("{path}.extension[{number}].extension[{part_number}].value");
            sheet.put(field, repetition, 1, coding.text("code").unwrap_or_default(), &path);
            sheet.put(field, repetition, 2, coding.text("display").unwrap_or_default(), &path);
            sheet.put(field, repetition, 3, super::codes::system(coding), &path);
        }
        let words = extension.items("extension").iter().find(|part| part.text("url") == Some("text"));
        if let Some(words) = words.and_then(|words| words.text("valueString")).filter(|_| repetition == 0) {
            sheet.put(field, 1, 2, words, &format!("{path}.extension[{number}]"));
        }
    }
}

/// The birth sex of US Core.
pub(super) fn birth_sex(patient: &Node<'_>, path: &str, feed: &str) -> Option<Stated<String>> {
    let (number, code) = patient.items("extension").iter().enumerate().find_map(|(number, extension)| {
        let code = extension.text("valueCode").filter(|_| us_core(extension) == Some("birthsex"))?;
        matches!(code, "F" | "M" | "UNK" | "ASKU" | "OTH").then_some((number, code))
    })?;
    let path = format!("{path}.extension[{number}].value");
    let from = Origin { feed: feed.to_owned(), path, rule: "patient.birth-sex".to_owned() };
    Some(Stated::Set(Sourced { value: code.to_owned(), from }))
}

/// What a US Core extension is called.
fn us_core<'n>(extension: &'n Node<'_>) -> Option<&'n str> {
    extension.text("url")?.strip_prefix("http://hl7.org/fhir/us/core/StructureDefinition/us-core-")
}
