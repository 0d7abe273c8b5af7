//! Results, vital signs, assessments and the sex at birth, as `OBX` under the `OBR` of their organizer.

use super::header::identifier;
use super::limits::{MAX_ENTRIES, MAX_NESTING};
use super::notes::Notes;
use super::oids::{LOINC, NPI, SCALE};
use super::sections::{Kind, Sections};
use super::subjects::is_left_out;
use super::transcript::{Row, Transcript};
use super::tree::{Node, Tree};

/// LOINC code of the sex at birth.
const BIRTH_SEX: &str = "76689-9";

struct Writer<'w> {
    transcript: &'w mut Transcript,
    notes: &'w mut Notes,
    written: usize,
}

/// Writes them.
pub(super) fn write(tree: &Tree, sections: &Sections, transcript: &mut Transcript, notes: &mut Notes) {
    let mut writer = Writer { transcript, notes, written: 0 };
    for kind in [Kind::VitalSigns, Kind::Results, Kind::Assessments, Kind::SocialHistory] {
        for entry in sections.entries(tree, kind) {
            if matches!(kind, Kind::VitalSigns | Kind::Results) {
                writer.group(entry, 0);
            } else {
                writer.scales(entry, kind, 0);
            }
        }
    }
}

impl Writer<'_> {
    /// What is directly in an entry or component.
    fn group(&mut self, holder: Node<'_>, level: usize) {
        if level == MAX_NESTING {
            return;
        }
        for organizer in holder.children("organizer") {
            if is_left_out(organizer, self.notes) {
                continue;
            }
            self.order(organizer, true);
            for component in organizer.children("component") {
                component.children("observation").for_each(|observation| self.observation(observation));
                self.group(component, level + 1);
            }
        }
        for observation in holder.children("observation").filter(|_| level == 0) {
            self.order(observation, false);
            self.observation(observation);
        }
    }

    /// Assessment scales wherever they stand in an entry, and the sex at birth.
    fn scales(&mut self, holder: Node<'_>, kind: Kind, level: usize) {
        if level == MAX_NESTING {
            return;
        }
        for observation in holder.children("observation") {
            let birth_sex = kind == Kind::SocialHistory
                && observation.child("code").is_some_and(|code| code.has("code", BIRTH_SEX));
            let scale = observation.follows(SCALE);
            if is_left_out(observation, self.notes) {
                continue;
            }
            if scale || birth_sex {
                self.order(observation, false);
                self.observation(observation);
            }
            for link in observation.children("entryRelationship") {
                if scale {
                    link.children("observation").for_each(|part| self.observation(part));
                } else {
                    self.scales(link, kind, level + 1);
                }
            }
        }
        for organizer in holder.children("organizer") {
            if !is_left_out(organizer, self.notes) {
                organizer.children("component").for_each(|component| self.scales(component, kind, level + 1));
            }
        }
    }

    /// What the following rows have in common. An observation that stands alone has no order: an empty one ends the last.
    fn order(&mut self, organizer: Node<'_>, is_order: bool) {
        let mut row = Row::new("OBR", organizer);
        row.put(1, 1, "1", organizer);
        if is_order {
            if let Some(id) = organizer.child("id") {
                row.put(3, 1, &identifier(id), id);
            }
            if let Some((time, from)) = time(organizer) {
                row.put(7, 1, &time, from);
            }
            row.put(25, 1, status(organizer), organizer);
        }
        if self.written < MAX_ENTRIES {
            self.transcript.add(row);
        }
    }

    fn observation(&mut self, observation: Node<'_>) {
        let refused = observation.is_negated()
            || observation.is_null()
            || observation.attribute("moodCode").is_some_and(|mood| mood != "EVN");
        if refused || is_left_out(observation, self.notes) {
            return;
        }
        if self.written == MAX_ENTRIES {
            self.notes.too_many("observations", observation.path());
            return;
        }
        let mut row = Row::new("OBX", observation);
        let Some(code) = observation.raw_children("code").next() else { return };
        codes(&mut row, code);
        if row.is_empty() {
            return;
        }
        if let Some(value) = observation.child("value") {
            self::value(&mut row, value);
        }
        if let Some(id) = observation.child("id") {
            row.put(4, 1, &identifier(id), id);
        }
        row.put(11, 1, status(observation), observation);
        if let Some((time, from)) = time(observation) {
            row.put(14, 1, &time, from);
        }
        measured(&mut row, observation);
        self.transcript.add(row);
        self.written += 1;
    }
}

/// How it was measured and by whom.
fn measured(row: &mut Row, observation: Node<'_>) {
    if let Some(method) = observation.child("methodCode") {
        row.put(17, 1, &method.attribute("code").unwrap_or_default(), method);
        row.put(17, 2, &method.attribute("displayName").unwrap_or_default(), method);
    }
    let performers = observation.children("performer").filter_map(|performer| performer.child("assignedEntity"));
    let mut ids = performers.flat_map(|entity| entity.children("id"));
    if let Some(id) = ids.find(|id| id.has("root", NPI)) {
        row.put(16, 1, &id.attribute("extension").unwrap_or_default(), id);
        row.put(16, 13, "NPI", id);
    }
}

/// The code and the first translation of another system, LOINC first.
fn codes(row: &mut Row, code: Node<'_>) {
    let mut all: Vec<Node<'_>> = std::iter::once(code)
        .chain(code.children("translation"))
        .filter(|code| !code.is_null() && code.attribute("code").is_some())
        .collect();
    all.sort_by_key(|code| !code.has("codeSystem", LOINC));
    for (first, code) in [1, 4].into_iter().zip(all) {
        let system = code.attribute("codeSystem").unwrap_or_default();
        row.put(3, first, &code.attribute("code").unwrap_or_default(), code);
        row.put(3, first + 1, &code.attribute("displayName").unwrap_or_default(), code);
        row.put(3, first + 2, if system == LOINC { "LN" } else { &system }, code);
    }
}

/// `statusCode` as table 0085.
fn status(node: Node<'_>) -> &'static str {
    match node.of("statusCode", "code").unwrap_or_default().as_str() {
        "completed" => "F",
        "active" => "P",
        "aborted" | "cancelled" => "X",
        "nullified" => "W",
        "held" | "suspended" | "new" => "I",
        _ => "",
    }
}

fn time(node: Node<'_>) -> Option<(String, Node<'_>)> {
    let time = node.child("effectiveTime")?;
    let value = time.attribute("value").or_else(|| time.of("low", "value")).or_else(|| time.of("high", "value"))?;
    Some((value, time))
}

fn value(row: &mut Row, value: Node<'_>) {
    let said = value.attribute("type").unwrap_or_default();
    let kind = said.rsplit(':').next().unwrap_or_default();
    let number = value.attribute("value");
    match kind {
        "IVL_PQ" | "IVL_INT" | "IVL_REAL" => return interval(row, value),
        "CD" | "CE" | "CV" | "CO" | "CS" => return coded(row, value),
        "BL" | "TS" | "ST" | "ED" => {}
        _ if number.is_some() => {
            row.put(2, 1, "NM", value);
            row.put(5, 1, &number.unwrap_or_default(), value);
            let unit = value.attribute("unit").filter(|unit| unit != "1").unwrap_or_default();
            row.put(6, 1, &unit, value);
            if !unit.is_empty() {
                row.put(6, 3, "UCUM", value);
            }
            return;
        }
        _ if value.attribute("code").is_some() => return coded(row, value),
        _ => {}
    }
    row.put(2, 1, if kind == "TS" { "DTM" } else { "TX" }, value);
    row.put(5, 1, &number.unwrap_or_else(|| value.text()), value);
}

fn coded(row: &mut Row, value: Node<'_>) {
    row.put(2, 1, "CWE", value);
    let system = value.attribute("codeSystem").unwrap_or_default();
    row.put(5, 1, &value.attribute("code").unwrap_or_default(), value);
    row.put(5, 2, &value.attribute("displayName").unwrap_or_default(), value);
    row.put(5, 3, if system == LOINC { "LN" } else { &system }, value);
}

/// One end is a comparator, two are a range.
fn interval(row: &mut Row, value: Node<'_>) {
    let end = |name: &'static str| {
        let end = value.child(name)?;
        Some((end.attribute("value")?, end))
    };
    let open = |end: Node<'_>| end.flag("inclusive") == Some(false);
    row.put(2, 1, "SN", value);
    let unit = match (end("low"), end("high")) {
        (Some((low, first)), Some((high, second))) => {
            row.put(5, 2, &low, first);
            row.put(5, 3, "-", value);
            row.put(5, 4, &high, second);
            first
        }
        (Some((low, end)), None) => {
            row.put(5, 1, if open(end) { ">" } else { ">=" }, end);
            row.put(5, 2, &low, end);
            end
        }
        (None, Some((high, end))) => {
            row.put(5, 1, if open(end) { "<" } else { "<=" }, end);
            row.put(5, 2, &high, end);
            end
        }
        (None, None) => return,
    };
    let said = unit.attribute("unit").filter(|unit| unit != "1").unwrap_or_default();
    row.put(6, 1, &said, unit);
    if !said.is_empty() {
        row.put(6, 3, "UCUM", unit);
    }
}
