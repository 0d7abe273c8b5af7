//! Observations, the results of reports, and how many answers questionnaires have.

mod measured;

use super::codes::{self, LOINC};
use super::issues::Issues;
use super::json::Node;
use super::person::Person;
use super::references::Target;
use super::scope::Scope;
use crate::facts::{Observation, Observed};
use crate::read::as_fhir;
use crate::results::{self, Meaning, Meant};
use access_contract::UnmappedCode;
use access_mappings::Guide;
use std::collections::BTreeMap;

/// Observations of one person; further ones are left out, each with all of its components (`limit-rows`).
pub const MAX_OBSERVATIONS: usize = 1_000;
/// Letters of words that are kept of an observation.
const MAX_TEXT: usize = 256;

/// What was observed of one person.
#[derive(Debug, Default)]
pub(super) struct Observations {
    pub(super) rows: Vec<Observation>,
    pub(super) unmapped: Vec<UnmappedCode>,
    /// Values and answers, whether or not they were kept.
    pub(super) count: u32,
    /// Whether some were left out.
    is_full: bool,
    /// Where a repaired unit was told last: once of each part.
    repaired: Option<String>,
    /// Whether a blood pressure that cannot be read was told.
    is_odd_panel: bool,
    /// Whether a time that cannot be read was told.
    is_odd_time: bool,
    /// Results of reports that were cancelled or entered in error, with when the last of these was changed.
    withdrawn: BTreeMap<usize, String>,
}

impl Observations {
    /// With what the reports about the person say of their results: a report that was cancelled or entered in error takes them back.
    pub(super) fn of(scope: &Scope<'_, '_>, person: &Person<'_>, issues: &mut Issues) -> Self {
        let mut withdrawn: BTreeMap<usize, String> = BTreeMap::new();
        for (position, report) in scope.feed.resources.iter().enumerate() {
            let status = report.node.text("status").unwrap_or_default();
            let is_void = report.deleted || matches!(status, "entered-in-error" | "cancelled");
            let is_own = || person.is(&scope.index.target(position, report.node.get("subject"), "Patient"));
            if report.kind != "DiagnosticReport" || report.dropped || !is_void || !is_own() {
                continue;
            }
            let results = report.node.items("result").iter();
            for (number, target) in
                results.map(|result| scope.index.target(position, Some(result), "Observation")).enumerate()
            {
                if let Target::Here(found) = target {
                    let at = withdrawn.entry(found).or_default();
                    *at = std::mem::take(at).max(scope.time(position).to_owned());
                } else {
                    let path = format!("{}.result[{number}]", report.path);
                    let hint = "send the Observation with the report, or withdrawn itself";
                    let message =
                        "a report was taken back, and this result of it is not in the feed; it was not withdrawn";
                    issues.warn("report-result-elsewhere", &path, message, hint);
                }
            }
        }
        Self { withdrawn, ..Self::default() }
    }

    /// When an Observation says what it says: when it was changed last, or the report that takes it back was.
    pub(super) fn time<'t>(&'t self, scope: &'t Scope<'_, '_>, position: usize) -> &'t str {
        let own = scope.time(position);
        self.withdrawn.get(&position).map_or(own, |at| own.max(at))
    }

    /// Reads one Observation with its components.
    pub(super) fn read(&mut self, scope: &Scope<'_, '_>, person: &Person<'_>, position: usize, issues: &mut Issues) {
        let Some(resource) = scope.resource(position) else { return };
        let (node, path) = (resource.node, resource.path.as_str());
        let withdrawn = resource.deleted || self.withdrawn.contains_key(&position);
        let status = if withdrawn { "entered-in-error" } else { node.text("status").unwrap_or_default() };
        let effective = ["effectiveDateTime", "effectiveInstant"].into_iter().find_map(|name| node.text(name));
        let period = || node.get("effectivePeriod").and_then(|period| period.text("start").or(period.text("end")));
        // What a report contains is as old as the report says.
        let report = resource.container.and_then(|container| scope.resource(container));
        let reported = || report.and_then(|report| report.node.text("effectiveDateTime"));
        // When a result was issued is not when it was observed.
        let own = effective.or_else(period);
        let timed = match (own, report) {
            (None, Some(report)) if reported().is_some() => format!("{}.effectiveDateTime", report.path),
            _ => String::new(),
        };
        let at = self.observed_at(own.or_else(reported).unwrap_or_default(), path, issues);
        let (method, performer) = measured::read(scope, position, node);
        let whole = Part { scope, path, status, at, timed, identifier: scope.statement(position), method, performer };
        let components = node.items("component");
        let values = components.len().max(1);
        self.count = self.count.saturating_add(u32::try_from(values).unwrap_or(u32::MAX));
        if self.is_full || is_of_another(scope, person, position, status, issues) {
            return;
        }
        let before = self.rows.len();
        self.take(&whole, node, issues);
        for (number, component) in components.iter().enumerate() {
            let path = format!("{path}.component[{number}]");
            self.take(&Part { path: &path, ..whole.clone() }, component, issues);
        }
        // Half a record would withdraw what its other half said before.
        if self.rows.len() > MAX_OBSERVATIONS {
            self.rows.truncate(before);
            self.is_full = true;
            let hint = "send them in several feeds";
            issues.warn("limit-rows", whole.path, "there are too many observations; the rest was left out", hint);
        }
    }

    /// A time as FHIR has it; nothing where it cannot be read.
    fn observed_at(&mut self, text: &str, path: &str, issues: &mut Issues) -> String {
        let read = as_fhir(text);
        if read.is_none() && !text.is_empty() && !std::mem::replace(&mut self.is_odd_time, true) {
            let hint =
                "send a date, or a dateTime with minutes and offset; results without a time are kept and not reported";
            let message = "the time of an observation is no FHIR dateTime";
            issues.warn("observation-date-invalid", &format!("{path}.effective"), message, hint);
        }
        read.unwrap_or_default()
    }

    /// Counts the answers of a QuestionnaireResponse.
    pub(super) fn count_answers(&mut self, scope: &Scope<'_, '_>, position: usize) {
        let Some(resource) = scope.resource(position) else { return };
        self.count = self.count.saturating_add(answers(resource.node));
    }

    fn take(&mut self, part: &Part<'_, '_, '_>, node: &Node<'_>, issues: &mut Issues) {
        let Coded { loinc, local, rule, unit } = self.code(node, part, issues);
        let mut value = value(node);
        if node.get("valueQuantity").is_some_and(has_odd_comparator) {
            let hint = "send <, <=, > or >= as Quantity.comparator, or none";
            let message = "the comparator of a value is none that is known; the value was not used";
            issues.warn("comparator-unknown", &format!("{}.value", part.path), message, hint);
            value = Observed::Nothing;
        }
        if let Observed::Quantity { unit: text, code, .. } = &mut value {
            match unit {
                Some(meant) => {
                    meant.clone_into(text);
                    meant.clone_into(code);
                }
                None => *code = self.ucum(node, part, text, issues),
            }
        }
        // A record that is taken back need not say what it was. A business identifier does not say so.
        let is_void = matches!(part.status, "entered-in-error" | "cancelled") && results::is_record(&part.identifier);
        if loinc.is_empty() && local.is_empty() && !is_void {
            let hint = "the sender should send a code";
            issues.warn("observation-without-code", part.path, "the observation has no code and was not kept", hint);
            return;
        }
        let row = |loinc: String, value: Observed| Observation {
            loinc,
            local: local.clone(),
            value,
            status: part.status.to_owned(),
            at: part.at.clone(),
            written: String::new(),
            timed: part.timed.clone(),
            identifier: part.identifier.clone(),
            method: part.method.clone(),
            performer: part.performer.clone(),
            from: part.scope.origin(part.path.to_owned(), rule),
        };
        match self.halves(part, &loinc, &value, unit, issues) {
            Some(halves) => self.rows.extend(halves.into_iter().map(|(loinc, value)| row(loinc, value))),
            None => self.rows.push(row(loinc, value)),
        }
    }

    /// The halves of a blood pressure in one text.
    fn halves(
        &mut self,
        part: &Part<'_, '_, '_>,
        loinc: &str,
        value: &Observed,
        meant: Option<&str>,
        issues: &mut Issues,
    ) -> Option<[(String, Observed); 2]> {
        let [first, second] = results::panel_parts(&part.scope.profile.guide, loinc)?;
        let two = match value {
            Observed::Nothing => return None,
            Observed::Text(text) => results::two_numbers(text),
            _ => None,
        };
        let Some((numbers, behind)) = two else {
            if !std::mem::replace(&mut self.is_odd_panel, true) {
                let hint = "send systolic and diastolic as components";
                let message = "a blood pressure in one value is not two numbers joined by a slash";
                issues.warn("panel-value", part.path, message, hint);
            }
            return None;
        };
        let unit = meant.unwrap_or(behind);
        let code = results::ucum(&part.scope.sender, unit, meant.is_some()).unwrap_or_default();
        let [systolic, diastolic] = numbers.map(|number| Observed::Quantity {
            value: number.to_owned(),
            comparator: String::new(),
            unit: unit.to_owned(),
            code: code.clone(),
        });
        Some([(first.to_owned(), systolic), (second.to_owned(), diastolic)])
    }

    /// The UCUM code of a quantity's unit, or nothing.
    fn ucum(&mut self, node: &Node<'_>, part: &Part<'_, '_, '_>, text: &str, issues: &mut Issues) -> String {
        let Some(quantity) = node.get("valueQuantity").filter(|_| !text.is_empty()) else { return String::new() };
        let said = quantity.text("system").is_some_and(results::is_ucum);
        let rules = &part.scope.sender;
        let coded = quantity.text("code").and_then(|code| Some((code, results::ucum(rules, code, said)?)));
        let worded = quantity.text("unit").and_then(|unit| Some((unit, results::ucum(rules, unit, false)?)));
        if let (Some((_, code)), Some((_, unit))) = (&coded, &worded)
            && bare(code) != bare(unit)
        {
            let hint = "the sender should send one unit; such a value is kept and not reported";
            let message = "the unit and its code say different things";
            issues.warn("units-differ", &format!("{}.value", part.path), message, hint);
            return String::new();
        }
        let Some((stated, found)) = coded.or(worded) else {
            self.unmapped.push(results::unmapped(text));
            return String::new();
        };
        if found != stated && self.repaired.as_deref() != Some(part.path) {
            self.repaired = Some(part.path.to_owned());
            let hint = "send UCUM codes, which tell upper from lower case";
            let message = "a unit is not spelt as UCUM has it; it was read as what it means";
            issues.warn("unit-repaired", &format!("{}.value", part.path), message, hint);
        }
        found
    }

    /// Takes out what others of the feed correct or take back.
    pub(super) fn settle(&mut self, guide: &Guide) {
        results::settle_records(&mut self.rows);
        results::settle_panels(guide, &mut self.rows);
    }

    /// The LOINC code that the guide measures, else what the profile has for the codes, else any of LOINC; the sender's own is listed as
    /// unknown where it has nothing.
    fn code<'s>(&mut self, node: &Node<'_>, part: &Part<'_, 's, '_>, issues: &mut Issues) -> Coded<'s> {
        let codings = node.get("code").map(|code| code.items("coding")).unwrap_or_default();
        let meaning = Meaning::new(part.scope.profile, part.scope.sender);
        let is_said = |coding: &&Node<'_>| matches!(codes::system(coding), LOINC | "2.16.840.1.113883.6.1");
        let mut coded = codings.iter().filter(|coding| coding.text("code").is_some());
        let code_of = |coding: &Node<'_>| short(coding.text("code").unwrap_or_default());
        let mut loincs = coded.clone().filter(is_said).map(code_of);
        // Of several codes one that the guide measures.
        let loinc = loincs.clone().find(|code| meaning.is_measured(code)).or_else(|| loincs.next()).unwrap_or_default();
        let is_other = is_loinc(&loinc);
        if is_other && meaning.is_measured(&loinc) {
            return Coded { loinc, ..Coded::default() };
        }
        if !is_other && !loinc.is_empty() {
            let hint = "LOINC codes end with a dash and a check digit; look at the sender's code table";
            let message = "a code is said to be LOINC and is none; it was taken as the sender's own";
            issues.warn("loinc-invalid", part.path, message, hint);
        }
        let loinc = if is_other { loinc } else { String::new() };
        let own = coded.clone().find(|coding| !is_said(coding)).or_else(|| coded.next().filter(|_| !is_other));
        let field = |name: &str| own.and_then(|own| own.text(name)).unwrap_or_default();
        let code = own.map(code_of).unwrap_or_default();
        if code.is_empty() && loinc.is_empty() {
            return Coded::default();
        }
        let quantity = node.get("valueQuantity");
        let unit = quantity.and_then(|quantity| quantity.text("unit").or(quantity.text("code"))).unwrap_or_default();
        match meaning.of([&code, field("system")], [&loinc, LOINC], unit) {
            Meant::Row(row, place) => {
                let local = if place == 0 { code } else { loinc };
                let unit = row.ucum.as_deref();
                return Coded { loinc: row.loinc.clone(), local, rule: "codes.observations", unit };
            }
            Meant::Unmapped => {
                let unmapped = UnmappedCode {
                    table: "observation".to_owned(),
                    code: code.chars().take(64).collect(),
                    display: field("display").chars().take(64).collect(),
                    system: field("system").chars().take(64).collect(),
                    unit: unit.chars().take(64).collect(),
                };
                issues.note_rowless(&unmapped, loinc.is_empty(), &format!("{}.code", part.path));
                self.unmapped.push(unmapped);
                if loinc.is_empty() {
                    return Coded { local: code, rule: UnmappedCode::RULE, ..Coded::default() };
                }
            }
            Meant::Nothing => {}
        }
        let local = if loinc.is_empty() { code } else { String::new() };
        Coded { loinc, local, ..Coded::default() }
    }
}

/// Whether an observation in a person's record is about somebody or something else (`focus`): a relative, a child that is not yet born;
/// then it says so. One that takes back what it said before counts all the same.
fn is_of_another(
    scope: &Scope<'_, '_>,
    person: &Person<'_>,
    position: usize,
    status: &str,
    issues: &mut Issues,
) -> bool {
    let Some(resource) = scope.resource(position) else { return false };
    let focus = resource.node.items("focus").iter().enumerate();
    let other = focus.into_iter().find(|(_, focus)| !person.is(&scope.index.target(position, Some(focus), "Patient")));
    let Some((number, _)) = other.filter(|_| !matches!(status, "entered-in-error" | "cancelled")) else {
        return false;
    };
    let message = "the observation is about somebody or something else than its subject; it was not taken";
    issues.inform("subject-other", &format!("{}.focus[{number}]", resource.path), message);
    true
}

/// What is observed.
struct Coded<'p> {
    loinc: String,
    local: String,
    /// The rule that read it.
    rule: &'static str,
    /// The unit that is meant, whatever the feed says.
    unit: Option<&'p str>,
}

impl Default for Coded<'_> {
    fn default() -> Self {
        Self { loinc: String::new(), local: String::new(), rule: "fhir.observation", unit: None }
    }
}

/// What an observation and its components have in common.
#[derive(Clone)]
struct Part<'a, 's, 'n> {
    scope: &'a Scope<'s, 'n>,
    path: &'a str,
    status: &'a str,
    at: String,
    /// Where the time stood, if a report has it; or empty.
    timed: String,
    identifier: String,
    method: String,
    performer: String,
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// Whether a quantity has a comparator that says something else than a bound, so that its number alone would say something else.
fn has_odd_comparator(quantity: &Node<'_>) -> bool {
    quantity.get("comparator").is_some() && comparator(quantity).is_none()
}

fn comparator<'n>(quantity: &'n Node<'_>) -> Option<&'n str> {
    quantity.text("comparator").filter(|text| matches!(*text, "<" | "<=" | ">" | ">="))
}

fn value(node: &Node<'_>) -> Observed {
    if let Some(quantity) = node.get("valueQuantity") {
        let Some(value) = quantity.number("value") else { return Observed::Nothing };
        let unit = quantity.text("unit").or(quantity.text("code")).unwrap_or_default();
        return Observed::Quantity {
            value: short(value),
            comparator: comparator(quantity).unwrap_or_default().to_owned(),
            unit: short(unit),
            code: String::new(),
        };
    }
    if let Some(number) = node.number("valueInteger") {
        let nothing = String::new;
        return Observed::Quantity { value: short(number), comparator: nothing(), unit: nothing(), code: nothing() };
    }
    if let Some(concept) = node.get("valueCodeableConcept") {
        let coding = concept.items("coding").iter().find(|coding| coding.text("code").is_some());
        let field = |name: &str| coding.and_then(|coding| coding.text(name)).map(short).unwrap_or_default();
        let text = concept.text("text").map(short).unwrap_or_else(|| field("display"));
        return Observed::Coded { code: field("code"), system: field("system"), text };
    }
    if let Some(flag) = node.flag("valueBoolean") {
        return Observed::Text(flag.to_string());
    }
    let words = ["valueString", "valueDateTime", "valueTime"].into_iter().find_map(|name| node.text(name));
    words.map_or(Observed::Nothing, |words| Observed::Text(short(words)))
}

/// Whether a code has the form of LOINC with its check digit (LOINC users' guide, appendix on mod 10).
fn is_loinc(code: &str) -> bool {
    let Some((number, check)) = code.split_once('-') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(number) || number.len() > 7 || !digits(check) || check.len() != 1 {
        return false;
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

/// How many answers there are. The depth is bounded by that of the JSON.
fn answers(node: &Node<'_>) -> u32 {
    node.items("item").iter().fold(0_u32, |count, item| {
        let given = item.items("answer");
        let own = u32::try_from(given.len()).unwrap_or(u32::MAX);
        let nested = given.iter().fold(answers(item), |count, answer| count.saturating_add(answers(answer)));
        count.saturating_add(own).saturating_add(nested)
    })
}

/// A UCUM code without its annotations (`{creat}`), which change nothing of what is counted.
fn bare(code: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::with_capacity(code.len());
    for letter in code.chars() {
        match letter {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::is_loinc;

    #[test]
    fn loinc_codes_have_a_check_digit() {
        for code in ["4548-4", "85354-9", "8480-6", "8462-4", "44261-6", "2160-0", "98979-8"] {
            assert!(is_loinc(code), "{code}");
        }
        for code in ["4548-5", "4548", "45-48-4", "-4", "4548-", "A1C", "123456789-0"] {
            assert!(!is_loinc(code), "{code}");
        }
    }
}
