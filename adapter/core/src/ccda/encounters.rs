//! How the last encounter ended, as `PV1-36`: of the encounter the document is about, else of the latest one it lists.

use super::limits::MAX_ENTRIES;
use super::notes::Notes;
use super::sections::{Kind, Sections};
use super::subjects::is_of_another;
use super::transcript::{Row, Transcript};
use super::tree::{Node, Tree};
use crate::discharge::{self, Coding, Judged};
use access_mappings::IdentityRules;

/// Writes it. The encounter gets no visit number: a document speaks of the person, and what it says of problems does not end
/// with a visit.
pub(super) fn write(
    rules: &IdentityRules,
    tree: &Tree,
    sections: &Sections,
    transcript: &mut Transcript,
    notes: &mut Notes,
) {
    let about = tree.root().find(&["componentOf", "encompassingEncounter"]);
    let own = about.and_then(|encounter| encounter.raw_children("dischargeDispositionCode").find(is_stated));
    let listed = || {
        let encounters = sections.entries(tree, Kind::Encounters).flat_map(|entry| entry.children("encounter"));
        let encounters = encounters
            .take(MAX_ENTRIES)
            .filter(|encounter| encounter.has("moodCode", "EVN") && !is_of_another(*encounter));
        let ended = encounters.filter_map(|encounter| {
            Some((when(encounter), encounter.raw_extensions("dischargeDispositionCode").find(is_stated)?))
        });
        ended.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, code)| code)
    };
    let Some(stated) = own.or_else(listed) else { return };
    let all: Vec<Node<'_>> = std::iter::once(stated).chain(stated.children("translation")).collect();
    let codings = all.iter().map(|code| Coding {
        system: code.attribute("codeSystem").unwrap_or_default().into(),
        code: code.attribute("code").unwrap_or_default().into(),
        words: code.attribute("displayName").unwrap_or_default().into(),
    });
    let codings: Vec<Coding<'_>> = codings.collect();
    let text = stated.child("originalText").map(|text| text.text()).unwrap_or_default();
    let Judged { code, issue } = discharge::judge(rules, &codings, &text, &stated.path());
    issue.into_iter().for_each(|issue| notes.note(issue));
    if let Some((position, code)) = code
        && let Some(coded) = all.get(position)
    {
        let mut row = Row::new("PV1", *coded);
        row.put(36, 1, &code, *coded);
        transcript.add(row);
    }
}

/// Whether a code says anything: a null flavour may stand for one that only translations or words tell.
fn is_stated(code: &Node<'_>) -> bool {
    !code.is_null() || code.child("translation").is_some() || code.child("originalText").is_some()
}

/// When an encounter ended, or began.
fn when(encounter: Node<'_>) -> String {
    let Some(time) = encounter.child("effectiveTime") else { return String::new() };
    time.of("high", "value").or_else(|| time.attribute("value")).or_else(|| time.of("low", "value")).unwrap_or_default()
}
