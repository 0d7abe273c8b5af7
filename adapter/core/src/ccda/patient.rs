//! The person, as `PID`.

use super::limits::MAX_REPEATS;
use super::oids::{HICN, LICENCES, MBI, SSN};
use super::transcript::Row;
use super::tree::Node;

/// Writes the person of `patientRole`. `sent` is when the document was made.
pub(super) fn write(role: Node<'_>, sent: &str) -> Row {
    let mut row = Row::new("PID", role);
    row.put(1, 1, "1", role);
    identifiers(&mut row, role);
    for (number, addr) in (1..).zip(role.children("addr").take(MAX_REPEATS)) {
        address(&mut row, number, addr);
    }
    let (mut home, mut work) = (0, 0);
    for telecom in role.children("telecom").take(MAX_REPEATS) {
        contact(&mut row, telecom, &mut home, &mut work);
    }
    let Some(patient) = role.child("patient") else { return row };
    for (number, name) in (1..).zip(patient.children("name").take(MAX_REPEATS)) {
        self::name(&mut row, 5, number, name, sent);
    }
    if let Some(born) = patient.child("birthTime") {
        row.put(7, 1, &day(&born.attribute("value").unwrap_or_default()), born);
    }
    if let Some(sex) = patient.child("administrativeGenderCode") {
        let code = sex.attribute("code").unwrap_or_default();
        // HL7 v3 has UN, undifferentiated, which table 0001 has not.
        row.put(8, 1, if code == "UN" { "O" } else { &code }, sex);
    }
    let codes = |main: &'static str| patient.children(main).chain(patient.extensions(main)).take(MAX_REPEATS);
    for (field, main) in [(10, "raceCode"), (22, "ethnicGroupCode")] {
        for (number, code) in (1..).zip(codes(main)) {
            row.put_at((field, number, 1, 1), &code.attribute("code").unwrap_or_default(), code);
            row.put_at((field, number, 2, 1), &code.attribute("displayName").unwrap_or_default(), code);
            row.put_at((field, number, 3, 1), &code.attribute("codeSystem").unwrap_or_default(), code);
        }
    }
    language(&mut row, patient);
    if let Some(died) = patient.extensions("deceasedInd").next() {
        let said = match died.attribute("value").as_deref() {
            Some("true" | "1") => "Y",
            Some("false" | "0") => "N",
            _ => "",
        };
        row.put(30, 1, said, died);
    }
    if let Some(died) = patient.extensions("deceasedTime").next() {
        row.put(29, 1, &died.attribute("value").unwrap_or_default(), died);
    }
    row
}

/// Social security and driver's licence numbers are not even written down.
fn identifiers(row: &mut Row, role: Node<'_>) {
    let wanted = role.children("id").filter(|id| {
        let root = id.attribute("root").unwrap_or_default();
        root != SSN && !root.starts_with(LICENCES)
    });
    for (number, id) in (1..).zip(wanted.take(MAX_REPEATS)) {
        let (root, extension) = (id.attribute("root"), id.attribute("extension"));
        let kind = match root.as_deref() {
            Some(MBI) => "MC",
            Some(HICN) => "HIC",
            _ => "",
        };
        // An identifier that is its root alone is unique by itself.
        let (value, authority) = match (extension, root) {
            (Some(extension), root) => (extension, root.unwrap_or_default()),
            (None, Some(root)) if kind.is_empty() => (root, "urn:ietf:rfc:3986".to_owned()),
            _ => continue,
        };
        row.put_at((3, number, 1, 1), &value, id);
        row.put_at((3, number, 4, 2), &authority, id);
        if !authority.is_empty() {
            row.put_at((3, number, 4, 3), "ISO", id);
        }
        row.put_at((3, number, 5, 1), kind, id);
    }
}

/// Writes a name. `sent` decides whether it still holds.
pub(super) fn name(row: &mut Row, field: usize, number: usize, name: Node<'_>, sent: &str) {
    let has_parts = name.child("family").is_some() || name.child("given").is_some();
    if !has_parts {
        // A name in one piece can be split only where it is written with a comma.
        let text = name.text();
        if text.contains(',') {
            row.put_at((field, number, 1, 1), &text, name);
        }
        return;
    }
    let qualified = |part: &Node<'_>, which: &str| {
        part.attribute("qualifier").is_some_and(|said| said.split(' ').any(|word| word == which))
    };
    let families: Vec<Node<'_>> = name.children("family").collect();
    let family = families.iter().find(|part| !qualified(part, "BR")).or(families.first());
    if let Some(family) = family {
        row.put_at((field, number, 1, 1), &family.text(), *family);
    }
    let given: Vec<Node<'_>> = name.children("given").filter(|part| !qualified(part, "CL")).collect();
    if let Some(first) = given.first() {
        row.put_at((field, number, 2, 1), &first.text(), *first);
    }
    if let Some(second) = given.get(1) {
        let further: Vec<String> = given.iter().skip(1).map(Node::text).filter(|text| !text.is_empty()).collect();
        row.put_at((field, number, 3, 1), &further.join(" "), *second);
    }
    // A degree is no suffix of the name on the card.
    let is_degree = |part: &Node<'_>| ["AC", "PR", "LS", "TITLE"].iter().any(|which| qualified(part, which));
    if let Some(suffix) = name.children("suffix").find(|part| !is_degree(part)) {
        row.put_at((field, number, 4, 1), &suffix.text(), suffix);
    }
    let ended = name.find(&["validTime", "high"]).and_then(|high| high.attribute("value"));
    let ended = ended.is_some_and(|ended| !sent.is_empty() && day(&ended) < day(sent));
    row.put_at((field, number, 7, 1), if ended { "BAD" } else { kind_of_name(name) }, name);
}

/// HL7 v3 EntityNameUse as table 0200.
fn kind_of_name(name: Node<'_>) -> &'static str {
    let uses = name.attribute("use").unwrap_or_default();
    let kinds = uses.split(' ').map(|word| match word {
        "L" => "L",
        "C" => "I",
        "I" => "T",
        "P" => "S",
        "A" => "A",
        "ASGN" => "NAV",
        "R" | "SRCH" | "PHON" | "SNDX" => "NOUSE",
        _ => "",
    });
    let kinds: Vec<&str> = kinds.collect();
    if kinds.contains(&"L") { "L" } else { kinds.into_iter().find(|kind| !kind.is_empty()).unwrap_or_default() }
}

fn address(row: &mut Row, number: usize, addr: Node<'_>) {
    let lines: Vec<Node<'_>> = addr.children("streetAddressLine").collect();
    if let Some(first) = lines.first() {
        row.put_at((11, number, 1, 1), &first.text(), *first);
    }
    if let Some(second) = lines.get(1) {
        let further: Vec<String> = lines.iter().skip(1).map(Node::text).filter(|text| !text.is_empty()).collect();
        row.put_at((11, number, 2, 1), &further.join(", "), *second);
    }
    for (component, part) in [(3, "city"), (4, "state"), (5, "postalCode"), (6, "country"), (9, "county")] {
        if let Some(part) = addr.child(part) {
            row.put_at((11, number, component, 1), &part.text(), part);
        }
    }
    let uses = addr.attribute("use").unwrap_or_default();
    let kinds = uses.split(' ').map(|word| match word {
        "H" | "HP" => "H",
        "HV" => "V",
        "WP" | "DIR" | "PUB" => "B",
        "TMP" => "C",
        "BAD" => "BA",
        "PST" => "M",
        "PHYS" => "P",
        _ => "",
    });
    let kinds: Vec<&str> = kinds.filter(|kind| !kind.is_empty()).collect();
    let kind = if kinds.contains(&"BA") { "BA" } else { kinds.first().copied().unwrap_or_default() };
    row.put_at((11, number, 7, 1), kind, addr);
    for (component, end) in [(13, "low"), (14, "high")] {
        let period = addr.child("useablePeriod").and_then(|period| period.child(end));
        if let Some(end) = period {
            row.put_at((11, number, component, 1), &end.attribute("value").unwrap_or_default(), end);
        }
    }
}

fn contact(row: &mut Row, telecom: Node<'_>, home: &mut usize, work: &mut usize) {
    let Some(value) = telecom.attribute("value") else { return };
    let (scheme, rest) = value.split_once(':').unwrap_or(("tel", &value));
    let uses = telecom.attribute("use").unwrap_or_default();
    let has = |wanted: &str| uses.split(' ').any(|word| word == wanted);
    if has("BAD") {
        return;
    }
    let equipment = match scheme.to_ascii_lowercase().as_str() {
        "tel" if has("MC") => "CP",
        "tel" if has("PG") => "BP",
        "tel" => "PH",
        "fax" | "x-text-fax" => "FX",
        "mailto" => "Internet",
        _ => return,
    };
    let (field, number) = if has("WP") || has("DIR") || has("PUB") { (14, work) } else { (13, home) };
    *number += 1;
    let purpose = match (equipment, field) {
        ("Internet", _) => "NET",
        (_, 14) => "WPN",
        _ => "PRN",
    };
    row.put_at((field, *number, 1, 1), rest.trim(), telecom);
    row.put_at((field, *number, 2, 1), purpose, telecom);
    row.put_at((field, *number, 3, 1), equipment, telecom);
    if equipment == "Internet" {
        row.put_at((field, *number, 4, 1), rest.trim(), telecom);
    }
    for (component, end) in [(13, "low"), (14, "high")] {
        if let Some(end) = telecom.child("useablePeriod").and_then(|period| period.child(end)) {
            row.put_at((field, *number, component, 1), &end.attribute("value").unwrap_or_default(), end);
        }
    }
}

/// The preferred language, else the first.
fn language(row: &mut Row, patient: Node<'_>) {
    let spoken: Vec<Node<'_>> = patient.children("languageCommunication").collect();
    let preferred =
        |one: &&Node<'_>| one.child("preferenceInd").is_some_and(|preferred| preferred.flag("value") == Some(true));
    if let Some(chosen) = spoken.iter().find(preferred).or(spoken.first()) {
        row.put_of(15, 1, *chosen, "languageCode", "code");
    }
}

/// The calendar day of a time.
pub(super) fn day(time: &str) -> String {
    match time.get(..8) {
        Some(day) if time.bytes().take(8).all(|digit| digit.is_ascii_digit()) => day.to_owned(),
        _ => time.to_owned(),
    }
}
