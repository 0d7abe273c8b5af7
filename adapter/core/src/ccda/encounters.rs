//! How the last encounter ended, as `PV1-36`: a death wherever it stands, else of the encounter the document is about, else of the latest
//! one it lists. What is not understood hides nothing.

use super::limits::MAX_ENTRIES;
use super::notes::Notes;
use super::sections::{Kind, Sections};
use super::subjects::is_of_another;
use super::transcript::{Row, Transcript};
use super::tree::{Node, Tree};
use crate::discharge::{self, Coding, Judged};
use access_contract::{Issue, Severity};
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
    let own = about.iter().flat_map(|encounter| encounter.raw_children("dischargeDispositionCode"));
    // The encounter the document is about goes before every other one.
    let mut ended: Vec<(bool, String, Node<'_>)> = own.map(|code| (true, String::new(), code)).collect();
    let encounters = sections.entries(tree, Kind::Encounters).flat_map(|entry| entry.children("encounter"));
    let encounters =
        encounters.take(MAX_ENTRIES).filter(|encounter| encounter.has("moodCode", "EVN") && !is_of_another(*encounter));
    for encounter in encounters {
        let codes = encounter.raw_extensions("dischargeDispositionCode");
        ended.extend(codes.map(|code| (false, when(encounter), code)));
    }
    let mut told = false;
    let mut understood: Vec<Ending<'_>> = Vec::new();
    for (is_own, time, stated) in ended {
        let (coding, issue) = disposition(rules, stated);
        // Senders with a list of their own have it in every encounter.
        let is_new = |issue: &Issue| issue.severity != Severity::Information || !std::mem::replace(&mut told, true);
        issue.filter(is_new).into_iter().for_each(|issue| notes.note(issue));
        let Some((coded, code)) = coding else { continue };
        understood.push(Ending { is_death: discharge::is_death(rules, &code), is_own, time, coded, code });
    }
    // A death is one for ever, wherever it stands; else the latest that is understood counts.
    if let Some(Ending { coded, code, .. }) = understood.into_iter().max_by(|one, other| one.rank().cmp(&other.rank()))
    {
        let mut row = Row::new("PV1", coded);
        row.put(36, 1, &code, coded);
        transcript.add(row);
    }
}

/// An encounter whose disposition is understood.
struct Ending<'d> {
    is_death: bool,
    /// Whether the document is about it.
    is_own: bool,
    /// When it ended; empty where that is not known.
    time: String,
    /// What was understood, and where it stands.
    coded: Node<'d>,
    code: String,
}

impl Ending<'_> {
    /// The last in this order counts.
    fn rank(&self) -> (bool, bool, &str) {
        (self.is_death, self.is_own, &self.time)
    }
}

/// What a disposition says by its code, translations and text, with the place of what was understood.
fn disposition<'d>(rules: &IdentityRules, stated: Node<'d>) -> (Option<(Node<'d>, String)>, Option<Issue>) {
    let all: Vec<Node<'d>> = std::iter::once(stated).chain(stated.children("translation")).collect();
    let codings = all.iter().map(|code| Coding {
        system: code.attribute("codeSystem").unwrap_or_default().into(),
        code: code.attribute("code").filter(|_| !code.is_null()).unwrap_or_default().into(),
        words: code.attribute("displayName").unwrap_or_default().into(),
    });
    let codings: Vec<Coding<'_>> = codings.collect();
    let text = stated.child("originalText").map(|text| text.text()).unwrap_or_default();
    let Judged { code, issue } = discharge::judge(rules, &codings, &text, &stated.path());
    let coded = code.and_then(|(position, code)| Some((*all.get(position)?, code)));
    (coded, issue)
}

/// When an encounter ended, or began.
fn when(encounter: Node<'_>) -> String {
    let Some(time) = encounter.child("effectiveTime") else { return String::new() };
    time.of("high", "value").or_else(|| time.attribute("value")).or_else(|| time.of("low", "value")).unwrap_or_default()
}
