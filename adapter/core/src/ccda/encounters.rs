//! How the last encounter ended, as `PV1-36`: of the encounter the document is about, else of the latest one it lists.

use super::limits::MAX_ENTRIES;
use super::sections::{Kind, Sections};
use super::subjects::is_of_another;
use super::transcript::{Row, Transcript};
use super::tree::{Node, Tree};

/// Writes it. The encounter gets no visit number: a document speaks of the person, and what it says of problems does not end
/// with a visit.
pub(super) fn write(tree: &Tree, sections: &Sections, transcript: &mut Transcript) {
    let about = tree.root().find(&["componentOf", "encompassingEncounter"]);
    let own = about.and_then(|encounter| encounter.child("dischargeDispositionCode"));
    let listed = || {
        let encounters = sections.entries(tree, Kind::Encounters).flat_map(|entry| entry.children("encounter"));
        let encounters = encounters
            .take(MAX_ENTRIES)
            .filter(|encounter| encounter.has("moodCode", "EVN") && !is_of_another(*encounter));
        let ended = encounters
            .filter_map(|encounter| Some((when(encounter), encounter.extensions("dischargeDispositionCode").next()?)));
        ended.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, code)| code)
    };
    if let Some(code) = own.or_else(listed) {
        let mut row = Row::new("PV1", code);
        row.put(36, 1, &code.attribute("code").unwrap_or_default(), code);
        transcript.add(row);
    }
}

/// When an encounter ended, or began.
fn when(encounter: Node<'_>) -> String {
    let Some(time) = encounter.child("effectiveTime") else { return String::new() };
    time.of("high", "value").or_else(|| time.attribute("value")).or_else(|| time.of("low", "value")).unwrap_or_default()
}
