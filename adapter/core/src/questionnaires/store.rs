//! Responses as entries beside a chart: their keys, and what a later statement does to an earlier one.
//!
//! A key names sender, instrument, order and time, or the record of a FHIR server, so that the same response is the same entry however
//! often it comes. The time is part of it because many senders number visits in place of orders: what was answered at another time is
//! another response. Lines have the time of their order, else their day, since each may have been stamped when it was answered and a
//! correction may have one of them only.
//!
//! A response that is stated whole (FHIR, a row of a file) takes the place of the one before unless it is older. One that is stated in
//! lines (`OBX`) is joined line by line, each by its own time and with its own status: what a correction leaves out stays, and feeds may
//! come in any order. What was taken back stays as an empty entry, so that an older feed does not bring it back.

use crate::entries::{Answer, Answered, Score, at, first, moment};
use crate::facts::{Facts, Format};
use crate::plan::moment::{is_older, succeeds};
use crate::read::as_fhir;
use access_contract::{Entry, EntryKind};
use access_mappings::Profile;

/// Start of the keys of responses.
const KEYS: &str = EntryKind::QUESTIONNAIRE_KEYS;
/// Status of a response that was taken back.
const WITHDRAWN: &str = "entered-in-error";
/// Status of a response of which nothing is final.
const EARLY: &str = "in-progress";

/// The entries that the facts of a feed state, each under its key.
#[must_use]
pub fn entries(_profile: &Profile, facts: &Facts) -> Vec<Entry> {
    facts.questionnaires.iter().filter_map(|answered| entry(key(facts, answered), answered)).collect()
}

/// The keys of those entries.
pub(crate) fn keys(facts: &Facts) -> impl Iterator<Item = String> {
    facts.questionnaires.iter().map(|answered| key(facts, answered))
}

/// The key of a response.
fn key(facts: &Facts, answered: &Answered) -> String {
    if facts.format() == Format::Fhir && !answered.identifier.is_empty() {
        return format!("{KEYS}{}", answered.identifier);
    }
    let own = moment(&answered.authored, &answered.written);
    let time = if answered.ordered.is_empty() { own } else { answered.ordered.clone() };
    let part = match (answered.identifier.as_str(), time.as_str()) {
        ("", "") => format!("#{}", facts.feed),
        // A row of a file that names its response may correct the time, too.
        (identifier, "") => identifier.to_owned(),
        (identifier, _) if !identifier.is_empty() && !answered.in_lines => identifier.to_owned(),
        (identifier, time) => format!("{identifier}@{time}"),
    };
    format!("{KEYS}{}|{}|{}|{part}", facts.sender_application, facts.sender_facility, answered.instrument)
}

fn entry(key: String, answered: &Answered) -> Option<Entry> {
    Some(Entry {
        key,
        kind: EntryKind::Questionnaire,
        code: answered.instrument.clone(),
        at: at(&answered.authored),
        document: serde_json::to_string(answered).ok()?,
    })
}

/// The response of an entry.
pub(super) fn read(entry: &Entry) -> Option<Answered> {
    let answered: Answered = serde_json::from_str(&entry.document).ok()?;
    // Earlier builds kept times of FHIR as they came.
    Some(Answered { authored: as_fhir(&answered.authored).unwrap_or_default(), ..answered })
}

/// What becomes of the entry under a key when a feed states it; none where nothing changes.
#[must_use]
pub fn join(stored: Option<&Entry>, stated: &Entry) -> Option<Entry> {
    let new = read(stated)?;
    let Some(stored) = stored else {
        // Without an instrument there is nothing that could be taken back.
        return (!new.instrument.is_empty()).then(|| stated.clone());
    };
    let Some(old) = read(stored) else { return Some(stated.clone()) };
    let joined = unite(&old, new)?;
    let is_same = Answered { taken_up: old.taken_up.clone(), ..joined.clone() } == old;
    if is_same { None } else { entry(stored.key.clone(), &joined) }
}

/// The document of an entry that is taken up from a kept feed.
pub(crate) fn taken_up(entry: &Entry, now: &str) -> Option<String> {
    serde_json::to_string(&Answered { taken_up: now.to_owned(), ..read(entry)? }).ok()
}

/// Whether a report that carried the response would read otherwise now.
#[must_use]
pub fn differs(before: &Entry, after: &Entry) -> bool {
    let (Some(before), Some(after)) = (read(before), read(after)) else { return true };
    content(&before) != content(&after)
}

/// Whether a report may come out otherwise: it would read otherwise, or whether the response can be used is another matter now.
#[must_use]
pub fn matters(before: &Entry, after: &Entry) -> bool {
    let guessed = |entry: &Entry| read(entry).is_some_and(|answered| answered.guessed);
    differs(before, after) || guessed(before) != guessed(after)
}

/// Whether the response was taken back.
#[must_use]
pub fn is_withdrawn(entry: &Entry) -> bool {
    read(entry).is_some_and(|answered| answered.status == WITHDRAWN)
}

/// What a report carries of a response: instrument, canonical, status, time, answers and scores.
type Content<'a> = ([&'a str; 4], Vec<[&'a str; 5]>, Vec<[&'a str; 2]>);

fn content(answered: &Answered) -> Content<'_> {
    let Answered { instrument, canonical, status, authored, .. } = answered;
    let (answers, scores) = super::check::live(answered);
    let mut answers: Vec<[&str; 5]> =
        answers.map(|one| [&one.link, &one.value, &one.code, &one.text, &one.display].map(String::as_str)).collect();
    let mut scores: Vec<[&str; 2]> = scores.map(|one| [one.link.as_str(), one.value.as_str()]).collect();
    answers.sort_unstable();
    scores.sort_unstable();
    ([instrument, canonical, status, authored], answers, scores)
}

fn unite(old: &Answered, new: Answered) -> Option<Answered> {
    let older = is_older(&new.stated, &old.stated);
    if new.in_lines && old.in_lines && new.instrument == old.instrument {
        return Some(by_lines(old, &new, older));
    }
    if older {
        return None;
    }
    if new.status == WITHDRAWN {
        let stated = later(&old.stated, &new.stated);
        return Some(Answered {
            status: WITHDRAWN.to_owned(),
            answers: Vec::new(),
            scores: Vec::new(),
            stated,
            from: new.from,
            ..old.clone()
        });
    }
    Some(new)
}

/// The later of two times of statements, the first of which is known.
fn later(known: &str, stated: &str) -> String {
    if succeeds(stated, known) { stated.to_owned() } else { known.to_owned() }
}

/// One line of a response, as far as joining goes.
trait Line: Clone {
    fn link(&self) -> &str;
    fn stated(&self) -> &str;
    fn set_stated(&mut self, stated: String);
    fn is_withdrawn(&self) -> bool;
    fn is_early(&self) -> bool;
    /// Whether it says the same as another, whatever their status.
    fn says_the_same(&self, other: &Self) -> bool;
}

macro_rules! line {
    ($type:ty, $($said:ident),+) => {
        impl Line for $type {
            fn link(&self) -> &str {
                &self.link
            }
            fn stated(&self) -> &str {
                &self.stated
            }
            fn set_stated(&mut self, stated: String) {
                self.stated = stated;
            }
            fn is_withdrawn(&self) -> bool {
                self.withdrawn
            }
            fn is_early(&self) -> bool {
                self.early
            }
            fn says_the_same(&self, other: &Self) -> bool {
                $(self.$said == other.$said)&&+
            }
        }
    };
}

line!(Answer, value, code, display);
line!(Score, value);

fn by_lines(old: &Answered, new: &Answered, older: bool) -> Answered {
    let stated = later(&old.stated, &new.stated);
    let answers = lines(&old.answers, &old.stated, &new.answers, &new.stated, &stated);
    let scores = lines(&old.scores, &old.stated, &new.scores, &new.stated, &stated);
    let (newest, other) = if older { (old, new) } else { (new, old) };
    let standing = standing(&answers).max(standing(&scores));
    let status = match (standing, newest.status.as_str(), other.status.as_str()) {
        (Standing::Gone, ..) => WITHDRAWN,
        (Standing::Early, ..) => EARLY,
        // Some lines were taken back, and others stand.
        (Standing::Final, WITHDRAWN, _) => "amended",
        // Each line has a status of its own.
        (Standing::Final, EARLY, "amended") => "amended",
        (Standing::Final, EARLY, _) => "completed",
        (Standing::Final, status, _) => status,
    };
    let from = if newest.authored.is_empty() { old } else { newest };
    let authored = first((&old.authored, &old.written), (&from.authored, &from.written));
    let (written, ordered) = (&from.written, &from.ordered);
    let canonical = if newest.canonical.is_empty() { &old.canonical } else { &newest.canonical };
    // Once an order names the instrument, another of its messages need not.
    let guessed = old.guessed && new.guessed;
    let misplaced = old.misplaced && new.misplaced;
    Answered {
        status: status.to_owned(),
        authored: authored.to_owned(),
        written: written.clone(),
        ordered: ordered.clone(),
        canonical: canonical.clone(),
        guessed,
        misplaced,
        answers,
        scores,
        stated,
        ..newest.clone()
    }
}

/// What stands of some lines: the most of any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Gone,
    Early,
    Final,
}

fn standing<L: Line>(lines: &[L]) -> Standing {
    let of = |line: &L| match (line.is_withdrawn(), line.is_early()) {
        (true, _) => Standing::Gone,
        (false, true) => Standing::Early,
        (false, false) => Standing::Final,
    };
    lines.iter().map(of).max().unwrap_or(Standing::Gone)
}

/// Of two lines of one `linkId` the one that is not older; of two that say the same the one that is final.
fn lines<L: Line>(old: &[L], old_at: &str, new: &[L], new_at: &str, whole: &str) -> Vec<L> {
    let own = |line: &L, at: &str| if line.stated().is_empty() { at.to_owned() } else { line.stated().to_owned() };
    let mut joined: Vec<(L, String)> = old.iter().map(|line| (line.clone(), own(line, old_at))).collect();
    for line in new {
        let at = own(line, new_at);
        match joined.iter_mut().find(|(known, _)| known.link() == line.link()) {
            Some((known, stated)) => {
                let is_late = is_older(&at, stated);
                let is_repeat = known.says_the_same(line) && !known.is_withdrawn() && !line.is_withdrawn();
                let stays = if is_repeat && known.is_early() != line.is_early() { line.is_early() } else { is_late };
                if !stays {
                    *known = line.clone();
                }
                if !is_late {
                    *stated = later(stated, &at);
                }
            }
            None => joined.push((line.clone(), at)),
        }
    }
    let settled = joined.into_iter().map(|(mut line, at)| {
        line.set_stated(if at == whole { String::new() } else { at });
        line
    });
    settled.collect()
}
