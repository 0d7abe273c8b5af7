//! Writes what a feed measures beside the chart, and tells where an accepted report carried what has changed since.

use super::case::Case;
use super::moment::{Moment, is_older};
use super::notice::{Word, feed_problem};
use super::watch::Told;
use crate::chart::{Chart, Reported};
use crate::entries;
use crate::facts::Facts;
use crate::measures::{self, Fate};
use crate::questionnaires;
use access_contract::{DatedEntry, Entry, EntryKind, Issue, Notice, NoticeKind, Operation, Plan, Severity};
use access_mappings::{Participant, Profile};
use jiff::ToSpan;
use std::collections::{BTreeMap, BTreeSet};

/// Code of the notice and the issue.
const CHANGED: &str = "reported-value-changed";

/// What became of the entries.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Those to store.
    pub(super) entries: Vec<Entry>,
    /// Whether reports may come out differently for them.
    pub(super) matters: bool,
}

/// Joins what the facts state with what is stored under the same keys. Notices go into the plan.
pub(super) fn take(
    profile: &Profile,
    participant: &Participant,
    chart: &Chart,
    facts: &Facts,
    stored: &[Entry],
    plan: &mut Plan,
) -> Taken {
    let stated = entries::stated(profile, facts);
    let known = known(stored);
    let mut entries = fold(&known, &stated);
    // They may come to what was there.
    entries.retain(|after| known.get(after.key.as_str()) != Some(after));
    compared(profile, participant, chart, Some(facts), &known, entries, plan)
}

/// What kept feeds came to under the keys of one that was received at a moment, with that one. `stored` is what is stored under them,
/// `found` what the feeds before it came to.
pub(super) fn gather(
    profile: &Profile,
    facts: &Facts,
    received: Moment,
    stored: &[DatedEntry],
    found: &[DatedEntry],
) -> Vec<DatedEntry> {
    let stored: BTreeMap<&str, &DatedEntry> = stored.iter().map(|one| (one.entry.key.as_str(), one)).collect();
    let mut found: BTreeMap<&str, DatedEntry> = found.iter().map(|one| (one.entry.key.as_str(), one.clone())).collect();
    let stated = entries::stated(profile, facts);
    for news in &stated {
        let key = news.key.as_str();
        // What was stored before the feed came, it goes on from; also what it said itself, which it may say better now.
        let before = stored.get(key).filter(|one| {
            let is_earlier = Moment::parse(&one.changed_at).is_some_and(|at| at.instant() < received.instant());
            is_earlier || is_of_one_feed(&one.entry, news)
        });
        let base = match (found.get(key), before) {
            (Some(one), Some(before)) if one.changed_at != before.changed_at => Some(beside(one, before)),
            (Some(one), _) => Some(one.clone()),
            (None, before) => before.copied().cloned(),
        };
        if let Some(entry) = join(base.as_ref().map(|base| &base.entry), news) {
            let changed_at = base.map(|base| base.changed_at).unwrap_or_default();
            found.insert(key, DatedEntry { entry, changed_at });
        }
    }
    found.retain(|key, one| stored.get(key).is_none_or(|stored| outcome(one, stored).is_some()));
    let keys: BTreeSet<&str> = stated.iter().map(|news| news.key.as_str()).collect();
    found.into_iter().filter(|(key, _)| keys.contains(key)).map(|(_, one)| one).collect()
}

/// Stores what was gathered. Notices go into the plan.
pub(super) fn take_gathered(case: &Case<'_>, stored: &[DatedEntry], found: &[DatedEntry], plan: &mut Plan) -> Taken {
    let known: BTreeMap<&str, Entry> = stored.iter().map(|one| (one.entry.key.as_str(), one.entry.clone())).collect();
    let stored: BTreeMap<&str, &DatedEntry> = stored.iter().map(|one| (one.entry.key.as_str(), one)).collect();
    let mut gathered: BTreeMap<&str, DatedEntry> = BTreeMap::new();
    for one in found {
        let key = one.entry.key.as_str();
        let joined = match gathered.get(key) {
            Some(earlier) => DatedEntry { changed_at: String::new(), ..beside(earlier, one) },
            None => one.clone(),
        };
        gathered.insert(key, joined);
    }
    let after = gathered.iter().filter_map(|(key, one)| match stored.get(key) {
        Some(stored) => outcome(one, stored),
        None => Some(one.entry.clone()),
    });
    let now = case.now.exact();
    let after = after.map(|entry| marked(entry, &now)).collect();
    compared(case.profile, case.participant, case.chart, None, &known, after, plan)
}

/// What gathered results come to beside what was said after them.
fn beside(gathered: &DatedEntry, later: &DatedEntry) -> DatedEntry {
    let entry = join(Some(&gathered.entry), &later.entry).unwrap_or_else(|| gathered.entry.clone());
    DatedEntry { entry, changed_at: later.changed_at.clone() }
}

/// What is to be stored in place of what is stored; none where that stays. What was not gone on from was stored meanwhile, or by a feed
/// that came later, and so was said later.
fn outcome(gathered: &DatedEntry, stored: &DatedEntry) -> Option<Entry> {
    if gathered.changed_at == stored.changed_at {
        return (gathered.entry != stored.entry).then(|| gathered.entry.clone());
    }
    join(Some(&stored.entry), &beside(gathered, stored).entry)
}

/// What tells the statements that an entry is made of.
#[derive(serde::Deserialize)]
struct Statement {
    #[serde(default)]
    stated: String,
    #[serde(default)]
    confirmed: String,
    from: Source,
    #[serde(default)]
    answers: Vec<Line>,
}

#[derive(serde::Deserialize)]
struct Line {
    #[serde(default)]
    stated: String,
    from: Option<Source>,
}

#[derive(serde::Deserialize)]
struct Source {
    feed: String,
}

/// Whether an entry is, or one of its lines, the same statement of the same feed as another, as far as feed and time are known.
fn is_of_one_feed(known: &Entry, news: &Entry) -> bool {
    let said = |entry: &Entry| serde_json::from_str::<Statement>(&entry.document).ok();
    let Some((known, news)) = said(known).zip(said(news)) else { return false };
    if news.from.feed.is_empty() {
        return false;
    }
    let is_whole = known.from.feed == news.from.feed
        && known.stated == news.stated
        && (!news.stated.is_empty() || known.confirmed == news.confirmed);
    let is_line =
        |line: &Line| line.stated == news.stated && line.from.as_ref().is_some_and(|from| from.feed == news.from.feed);
    is_whole || (!news.stated.is_empty() && known.answers.iter().any(is_line))
}

/// The entry, marked as taken up at a moment.
fn marked(entry: Entry, now: &str) -> Entry {
    let document = match entry.kind {
        EntryKind::Measure => measures::taken_up(&entry, now),
        EntryKind::Questionnaire => questionnaires::taken_up(&entry, now),
        EntryKind::Other(_) => None,
    };
    Entry { document: document.unwrap_or(entry.document), ..entry }
}

/// Entries by their keys. Charts that become one may each have an entry under a key.
fn known(stored: &[Entry]) -> BTreeMap<&str, Entry> {
    let mut known: BTreeMap<&str, Entry> = BTreeMap::new();
    for entry in stored {
        let joined = join(known.get(entry.key.as_str()), entry).unwrap_or_else(|| entry.clone());
        known.entry(&entry.key).and_modify(|known| known.clone_from(&joined)).or_insert(joined);
    }
    known
}

/// What becomes of known entries by what a feed states. It may state a key several times: each is joined with what those before it came to.
fn fold(known: &BTreeMap<&str, Entry>, stated: &[Entry]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for news in stated {
        let key = news.key.as_str();
        let mut earlier = places.get(key).and_then(|place| entries.get_mut(*place));
        let Some(after) = join(earlier.as_deref().or_else(|| known.get(key)), news) else { continue };
        match &mut earlier {
            Some(earlier) => **earlier = after,
            None => {
                places.insert(key, entries.len());
                entries.push(after);
            }
        }
    }
    entries
}

/// Compares entries with what is known under their keys. Notices go into the plan.
fn compared(
    profile: &Profile,
    participant: &Participant,
    chart: &Chart,
    facts: Option<&Facts>,
    known: &BTreeMap<&str, Entry>,
    entries: Vec<Entry>,
    plan: &mut Plan,
) -> Taken {
    let mut changed = Changes::new();
    let mut matter = false;
    for after in &entries {
        let before = known.get(after.key.as_str());
        matter |= matters(before, after);
        if let Some(before) = before {
            note(&mut changed, chart, before, after);
        }
    }
    tell(&changed, participant, chart, facts, profile, plan);
    Taken { entries, matters: matter }
}

/// Tells what was corrected or taken back while CMS dealt with the report that carries it: a feed that came then found no report that
/// was accepted. Each report is looked at once, soon after its answer. `entries` are the newest of each code.
pub(super) fn look_back(case: &Case<'_>, entries: &[Entry], told: &mut Told, plan: &mut Plan) {
    let yesterday = case.now.instant() - 24.hours();
    let is_new = |report: &Reported| {
        report.is_delivered() && Moment::parse(&report.at).is_some_and(|at| at.instant() > yesterday)
    };
    let of = |report: &Reported| format!("{COMPARED}{}", report.submission);
    let all = || case.chart.reports.values().flatten();
    told.retain(|key, _| !key.starts_with(COMPARED) || all().any(|report| is_new(report) && of(report) == *key));
    let mut changed = Changes::new();
    for (track, reports) in &case.chart.reports {
        for (number, report) in reports.iter().enumerate().filter(|(_, report)| is_new(report)) {
            if told.insert(of(report), report.at.clone()).is_some() {
                continue;
            }
            for entry in entries.iter().filter(|entry| report.entries.contains(&entry.key)) {
                if let Some(withdrawn) = taken_back(entry, report.counts_from()) {
                    let codes = changed.entry((track.clone(), number)).or_default();
                    codes.entry((entry.code.clone(), withdrawn)).or_insert_with(|| place(entry));
                }
            }
        }
    }
    tell(&changed, case.participant, case.chart, case.facts, case.profile, plan);
}

/// Key of `told`, before the id of a report's submission.
const COMPARED: &str = "compared/";

/// Whether an entry was corrected or, true, taken back after a moment; none where it was not.
fn taken_back(entry: &Entry, since: &str) -> Option<bool> {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(default)]
        status: String,
        #[serde(default)]
        stated: String,
        #[serde(default)]
        taken_up: String,
    }
    let said: Said = serde_json::from_str(&entry.document).ok()?;
    match said.status.as_str() {
        _ if !is_older(since, &said.stated) && !is_older(since, &said.taken_up) => None,
        "corrected" | "amended" => Some(false),
        "entered-in-error" | "cancelled" | "withdrawn" => Some(true),
        _ => None,
    }
}

fn join(stored: Option<&Entry>, stated: &Entry) -> Option<Entry> {
    match stated.kind {
        EntryKind::Measure => measures::join(stored, stated),
        EntryKind::Questionnaire => questionnaires::join(stored, stated),
        _ => Some(stated.clone()),
    }
}

fn matters(before: Option<&Entry>, after: &Entry) -> bool {
    match after.kind {
        EntryKind::Questionnaire => before.is_none_or(|before| questionnaires::matters(before, after)),
        EntryKind::Measure | EntryKind::Other(_) => measures::matters(before, after),
    }
}

fn fate(before: &Entry, after: &Entry) -> Fate {
    match after.kind {
        EntryKind::Measure => measures::fate(before, after),
        EntryKind::Questionnaire if !questionnaires::differs(before, after) => Fate::Same,
        EntryKind::Questionnaire if questionnaires::is_withdrawn(after) => Fate::Withdrawn,
        EntryKind::Questionnaire => Fate::Changed,
        _ => Fate::Same,
    }
}

/// Codes of what changed, with whether it was withdrawn and a place where that is said, by track and number of the report that
/// carried it.
type Changes = BTreeMap<(String, usize), BTreeMap<(String, bool), String>>;

fn note(changed: &mut Changes, chart: &Chart, before: &Entry, after: &Entry) {
    let withdrawn = match fate(before, after) {
        Fate::Same => return,
        Fate::Changed => false,
        Fate::Withdrawn => true,
    };
    for (track, reports) in &chart.reports {
        for (number, report) in reports.iter().enumerate() {
            if report.is_delivered() && report.entries.contains(&after.key) {
                let codes = changed.entry((track.clone(), number)).or_default();
                codes.entry((before.code.clone(), withdrawn)).or_insert_with(|| place(after));
            }
        }
    }
}

/// Where an entry stood in the feed.
fn place(entry: &Entry) -> String {
    match entry.kind {
        EntryKind::Measure => measures::place(entry),
        _ => String::new(),
    }
}

/// One notice for each report and measure.
fn tell(
    changed: &Changes,
    participant: &Participant,
    chart: &Chart,
    facts: Option<&Facts>,
    profile: &Profile,
    plan: &mut Plan,
) {
    for ((track, number), codes) in changed {
        let Some(report) = chart.reports.get(track).and_then(|reports| reports.get(*number)) else { continue };
        for ((code, withdrawn), place) in codes {
            let guide = &profile.guide;
            let title = guide.measure(code).map(|measure| measure.title.as_str());
            let title = title.or_else(|| guide.instrument(code).map(|one| one.title.as_str())).unwrap_or(code);
            let what = if *withdrawn { "withdrawn" } else { "changed" };
            let text = format!(
                "{title}: what the {} report of track {track} carried was {what} at its source",
                report.period.kind
            );
            let word = Word {
                severity: &Severity::Warning,
                code: CHANGED,
                display: "A reported value changed",
                text: &text,
                next_step: "nothing is sent again by itself, and CMS answers `duplicate` to a second report of the period: ask CMS how to replace it (docs/reports.md, When a value changes afterwards)",
            };
            plan.notices.push(Notice {
                kind: NoticeKind::SubmissionProblem,
                operation: Operation::ReportData.as_str().to_owned(),
                track: track.clone(),
                submission: report.submission.clone(),
                cms_submission: report.cms_submission.clone(),
                mbi: chart.notice_mbi(profile),
                ..feed_problem(&participant.id, facts, Some(chart), &word)
            });
            plan.issues.push(Issue::new(Severity::Warning, CHANGED, place.clone(), text).rule(code.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_one_feed;
    use access_contract::{Entry, EntryKind};
    use serde_json::{Value, json};

    fn entry(document: &Value) -> Entry {
        let [key, code, at] = ["k", "c", ""].map(str::to_owned);
        Entry { key, kind: EntryKind::Measure, code, at, document: document.to_string() }
    }

    /// A value that was confirmed, and a response of which another feed corrected a line, are made of two feeds.
    #[test]
    fn what_several_feeds_said_is_still_what_each_of_them_said() {
        let said = |feed: &str, stated: &str| json!({"stated": stated, "from": {"feed": feed}});
        let is = |known: &Value, news: &Value| is_of_one_feed(&entry(known), &entry(news));
        let (first, second) = (said("F1", "2026-07-01"), said("F2", "2026-07-02"));
        let confirmed = json!({"stated": "2026-07-01", "confirmed": "2026-07-02", "from": {"feed": "F1"}});
        let corrected = json!({"stated": "2026-07-02", "from": {"feed": "F2"}, "answers": [
            {"stated": "2026-07-01", "from": {"feed": "F1"}}, {"from": {"feed": "F2"}},
        ]});
        for known in [&first, &confirmed, &corrected] {
            assert!(is(known, &first), "{known}");
        }
        assert!(is(&corrected, &second) && !is(&confirmed, &second) && !is(&first, &second));
        // Without a name, or a time for a line, nothing tells.
        assert!(!is(&said("", "2026-07-01"), &said("", "2026-07-01")));
        assert!(is(&said("F1", ""), &said("F1", "")) && !is(&corrected, &said("F1", "")));
    }
}
