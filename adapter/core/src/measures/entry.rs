//! What a feed measures, as entries of the chart, each under the key that tells it from the chart's others.
//!
//! The key is of the sender, since two laboratories count their orders alike: the code with the order and part (`OBR-3`, `OBX-4`) and
//! the time, or the id of a document's entry. A later statement under the same key takes the place of the earlier one. The time is part
//! of it because many senders number visits or flowsheets in place of orders: what was measured at another time is another reading, and a
//! deletion of one of them, alone in its message, must meet that one. It says nothing of what else its message or the chart holds, so
//! feeds may come in any order.
//!
//! Of a record of FHIR it is the id: whatever its next version says, and under which code, takes the place of what it said before, and
//! what that leaves out is withdrawn. A record without an id is known by its code with its business identifier, which results of one
//! blood draw may share, so that it says nothing of others.

use crate::chart::field;
use crate::entries::{Reading, moment, order};
use crate::facts::{Facts, Format, Observation, Observed};
use crate::read::as_fhir;
use crate::results::{CONFIRMED, is_record};
use access_contract::{Entry, EntryKind};
use access_mappings::{MeasureCode, MeasureFacts, Profile};
use std::collections::{BTreeMap, BTreeSet};

/// Start of the keys of measures.
const MEASURE: &str = EntryKind::MEASURE_KEYS;
/// Status of what was taken back.
pub(super) const WITHDRAWN: &str = "entered-in-error";
/// The halves of a blood pressure.
pub(super) const SYSTOLIC: &str = "systolic";
pub(super) const DIASTOLIC: &str = "diastolic";
/// The sender of records that their server names.
pub(super) const FHIR: &str = "m:fhir";

/// The entries of every observation that a measure of the guide takes, in the order of the feed.
pub(crate) fn entries(profile: &Profile, facts: &Facts) -> Vec<Entry> {
    rows(profile, facts).into_iter().filter_map(|row| row.entry(facts)).collect()
}

/// The keys of those entries.
pub(crate) fn keys<'f>(profile: &'f Profile, facts: &'f Facts) -> impl Iterator<Item = String> + 'f {
    rows(profile, facts).into_iter().map(|row| row.key)
}

/// The observations that become entries, and what else their records of FHIR said before.
fn rows<'f>(profile: &'f Profile, facts: &'f Facts) -> Vec<Row<'f>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for observation in &facts.observations {
        // A panel's parts are observations of their own.
        let measured = profile.guide.measured(&observation.loinc);
        if let Some((measure, code)) = measured.filter(|(measure, code)| !measure.is_panel() || !code.part.is_empty()) {
            let (at, written) = (observation.at.as_str(), observation.written.as_str());
            let key = key_of(facts, observation, &slot_of(measure, code), &moment(at, written));
            let at = order(at, written);
            rows.push(Row { measure: Some(measure), observation, key, at, is_gone: false });
        }
    }
    if facts.format() == Format::Fhir {
        let gone = replaced(profile, facts, &rows);
        rows.extend(gone);
    }
    tell_apart(&mut rows);
    rows.retain(|row| !row.key.is_empty());
    rows
}

/// What a record of FHIR does not say any more: a value, or a half of a blood pressure, that an earlier version may have had. Where the
/// record is a blood pressure, the half that is missing is withdrawn in any case, so that the order of feeds does not matter.
fn replaced<'f>(profile: &'f Profile, facts: &'f Facts, rows: &[Row<'_>]) -> Vec<Row<'f>> {
    let stated: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let mut records: BTreeMap<&str, (&Observation, Option<&MeasureFacts>)> = BTreeMap::new();
    // Those that may have stated halves of several positions of the body before.
    let mut pressures: BTreeSet<&str> = BTreeSet::new();
    for row in facts.observations.iter().filter(|row| is_record(&row.identifier)) {
        let panel = profile.guide.measured(&row.loinc).filter(|(measure, _)| measure.is_panel());
        // One that is taken back need not say what it was.
        if panel.is_some() || row.loinc.is_empty() {
            pressures.insert(&row.identifier);
        }
        let panel = panel.filter(|(_, code)| code.part.is_empty());
        let record = records.entry(&row.identifier).or_insert((row, None));
        record.1 = record.1.or(panel.map(|(measure, _)| measure));
    }
    let positions = positions(profile);
    let composed = composed(profile, facts);
    let mut gone = Vec::new();
    for (identifier, (observation, panel)) in records {
        let mut add = |slot: &str, panel: Option<&'f MeasureFacts>| {
            let key = record_key(slot, identifier);
            if !stated.contains(key.as_str()) {
                gone.push(Row { measure: panel, observation, key, at: String::new(), is_gone: true });
            }
        };
        add("", None);
        add(SYSTOLIC, panel);
        add(DIASTOLIC, panel);
        // Where something stands: a blood pressure rarely has them.
        let is_pressure = pressures.contains(identifier);
        positions.iter().filter(|_| is_pressure).for_each(|slot| add(slot, None));
        let is_composed = composed.contains(identifier);
        let measures = profile.guide.measures.iter().filter(|measure| is_composed && !measure.is_panel());
        measures.flat_map(|measure| &measure.accepts).for_each(|code| add(&code.loinc, None));
    }
    gone.extend(facts.observations.iter().flat_map(|row| taken_back(profile, row, &stated)));
    gone
}

/// Records of FHIR that may have stated other measures than blood pressures in components before: those that have components, or are taken
/// back, and say neither a value of their own nor what measure they were of; and those that state such components now.
fn composed<'f>(profile: &Profile, facts: &'f Facts) -> BTreeSet<&'f str> {
    let rows = || facts.observations.iter().filter(|row| is_record(&row.identifier));
    let parts: BTreeSet<&str> = rows().filter(|row| is_component(row)).map(|row| row.identifier.as_str()).collect();
    let may = |row: &&Observation| match profile.guide.measured(&row.loinc) {
        Some((measure, _)) => !measure.is_panel() && is_component(row),
        None if is_component(row) || row.value != Observed::Nothing => false,
        None => row.is_void() || parts.contains(row.identifier.as_str()),
    };
    rows().filter(may).map(|row| row.identifier.as_str()).collect()
}

/// Whether an observation of FHIR is a component of its record.
fn is_component(row: &Observation) -> bool {
    row.from.path.rsplit('.').next().is_some_and(|last| last.starts_with("component["))
}

/// The halves of a blood pressure that is taken back by its business identifier, unless the feed states them.
fn taken_back<'f>(profile: &'f Profile, row: &'f Observation, stated: &BTreeSet<&str>) -> Vec<Row<'f>> {
    let is_named = !row.identifier.is_empty() && !is_record(&row.identifier);
    let panel = profile.guide.measured(&row.loinc).filter(|(measure, code)| measure.is_panel() && code.part.is_empty());
    let Some((measure, _)) = panel.filter(|_| row.is_void() && is_named) else { return Vec::new() };
    let halves = measure.accepts.iter().filter(|code| !code.part.is_empty());
    let gone = halves.map(|code| {
        let is_usual = slot_of(measure, code) == code.part;
        let key = record_key(&code.loinc, &row.identifier);
        Row { measure: is_usual.then_some(measure), observation: row, key, at: String::new(), is_gone: true }
    });
    gone.filter(|gone| !stated.contains(gone.key.as_str())).collect()
}

/// What tells halves of blood pressures with a position of the body (sitting, standing, lying) apart: one record may have several.
fn positions(profile: &Profile) -> BTreeSet<String> {
    let panels = profile.guide.measures.iter().filter(|measure| measure.is_panel());
    let halves = panels.flat_map(|measure| measure.accepts.iter().map(move |code| slot_of(measure, code)));
    halves.filter(|slot| slot.contains(' ')).collect()
}

/// What tells a half of a blood pressure from others of its record: its part, with its code where that is not the usual one; else nothing.
fn slot_of(measure: &MeasureFacts, code: &MeasureCode) -> String {
    let usual = measure.accepts.iter().find(|other| other.part == code.part);
    if code.part.is_empty() || usual.is_none_or(|usual| usual.loinc == code.loinc) {
        code.part.clone()
    } else {
        format!("{} {}", code.part, code.loinc)
    }
}

/// One observation of a measure.
struct Row<'f> {
    /// None where a record may have been of any.
    measure: Option<&'f MeasureFacts>,
    observation: &'f Observation,
    /// Emptied for one that another row of the feed makes superfluous.
    key: String,
    /// When it was observed, as entries are put in order by.
    at: String,
    /// Whether it is what the record of the observation does not say any more.
    is_gone: bool,
}

impl Row<'_> {
    fn entry(self, facts: &Facts) -> Option<Entry> {
        let row = self.observation;
        let stated = facts.time_of(&field::observation(row)).to_owned();
        let is_confirmed = row.status == CONFIRMED && !self.is_gone;
        let (stated, confirmed) = if is_confirmed { (String::new(), stated) } else { (stated, String::new()) };
        let code = self.measure.map(|measure| measure.code.clone()).unwrap_or_default();
        let blank = Reading {
            measure: code.clone(),
            loinc: String::new(),
            value: Observed::Nothing,
            status: WITHDRAWN.to_owned(),
            at: String::new(),
            written: String::new(),
            timed: String::new(),
            identifier: row.identifier.clone(),
            method: String::new(),
            performer: String::new(),
            stated,
            placed: String::new(),
            confirmed,
            taken_up: String::new(),
            settled: None,
            from: row.from.clone(),
        };
        let reading = if self.is_gone {
            blank
        } else {
            Reading {
                loinc: row.loinc.clone(),
                value: row.value.clone(),
                status: row.status.clone(),
                at: row.at.clone(),
                written: row.written.clone(),
                timed: row.timed.clone(),
                method: row.method.clone(),
                performer: row.performer.clone(),
                ..blank
            }
        };
        Some(Entry {
            key: self.key,
            kind: EntryKind::Measure,
            code,
            at: self.at,
            document: serde_json::to_string(&reading).ok()?,
        })
    }

    /// Whether it only announces what another row of the feed says.
    fn is_provisional(&self) -> bool {
        matches!(self.observation.status.as_str(), "registered" | "preliminary" | "unknown")
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let (one, other) = (self.observation, other.observation);
        one.value == other.value && one.status == other.status && one.loinc == other.loinc
    }
}

/// The key of what a record of FHIR says: of its value, of a half of a blood pressure, or of something else by its code.
fn record_key(slot: &str, identifier: &str) -> String {
    format!("{FHIR}|{slot}|{identifier}")
}

/// The key of an observation; `half` is the half of a blood pressure that it is.
fn key_of(facts: &Facts, row: &Observation, half: &str, at: &str) -> String {
    let plain = |text: &str| text.replace('|', "_");
    let sender = format!("{}/{}", plain(&facts.sender_application), plain(&facts.sender_facility));
    let named = |sender: &str, name: &str| format!("{MEASURE}{sender}|{}|{name}", row.loinc);
    let timed = |part: &str| format!("{MEASURE}{sender}|{}|@{at}{part}", row.loinc);
    let identifier = row.identifier.as_str();
    if identifier.is_empty() {
        return timed("");
    }
    if facts.format() == Format::Fhir {
        let by_code = !is_record(identifier) || (half.is_empty() && is_component(row));
        let slot = if by_code { &row.loinc } else { half };
        return record_key(slot, identifier);
    }
    let (order, part) = parted(identifier);
    if facts.format() == Format::Ccda && !part.is_empty() && identifier.matches('/').count() == 1 {
        // The id of the entry itself is unique; that of its organizer differs from document to document.
        return named(&sender, part);
    }
    match (order.is_empty(), at.is_empty()) {
        (true, _) => timed(identifier),
        (false, true) => named(&sender, identifier),
        (false, false) => named(&sender, &format!("{identifier}@{at}")),
    }
}

/// Order and part of an identifier.
pub(super) fn parted(identifier: &str) -> (&str, &str) {
    identifier.rsplit_once('/').unwrap_or((identifier, ""))
}

/// Gives rows of one key numbers. One that only announces another goes, and so does one that repeats another.
fn tell_apart(rows: &mut [Row<'_>]) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        places.entry(&row.key).or_default().push(place);
    }
    let shared: Vec<Vec<usize>> = places.into_values().filter(|places| places.len() > 1).collect();
    for places in shared {
        number(rows, &places);
    }
}

fn number(rows: &mut [Row<'_>], places: &[usize]) {
    let stands = |place: &&usize| rows.get(**place).is_some_and(|row| !row.is_provisional());
    let final_exists = places.iter().any(|place| stands(&place));
    let mut kept: Vec<usize> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for place in places {
        let Some(row) = rows.get(*place) else { continue };
        // Of many rows only the last is compared: a sender that repeats itself does so at once.
        let repeated = kept.last().and_then(|last| rows.get(*last)).is_some_and(|last| last.says_the_same(row));
        if (row.is_provisional() && final_exists) || repeated {
            gone.push(*place);
        } else {
            kept.push(*place);
        }
    }
    for place in gone {
        if let Some(row) = rows.get_mut(place) {
            row.key.clear();
        }
    }
    for (number, place) in kept.into_iter().enumerate().skip(1) {
        if let Some(row) = rows.get_mut(place) {
            row.key = format!("{}#{}", row.key, number + 1);
        }
    }
}

/// The reading in an entry; none where the document is none of this version's.
pub(super) fn reading(entry: &Entry) -> Option<Reading> {
    let reading: Reading = serde_json::from_str(&entry.document).ok()?;
    // Earlier builds kept times of FHIR as they came.
    Some(Reading { at: as_fhir(&reading.at).unwrap_or_default(), ..reading })
}

/// Whether an entry's value is one at all.
pub(super) fn has_value(reading: &Reading) -> bool {
    reading.value != Observed::Nothing
}
