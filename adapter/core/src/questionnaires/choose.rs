//! Which response of each instrument a report carries: the newest one within the period that can be used.
//!
//! Days are counted in the zone of the profile (`reports.zone`). A response counts from the first day of the period until the moment
//! the report is asked for, both ends included; not before the birth and not after the day of death. Of two the newer one is told as with
//! measures: a date comes before every moment of its day in that zone.

use super::check::{Fault, answer_fault, count, faults, live};
use super::decimal::Decimal;
use super::draft::place;
use super::known::LOINC;
use super::selection::{Chosen, ChosenItem, ChosenScore, Form, Selection};
use super::store::read;
use crate::asked::Asked;
use crate::entries::{Answer, Answered};
use crate::words::legible;
use crate::zone::{When, Zone};
use access_contract::{Entry, EntryKind, Issue, Severity};
use access_mappings::{InstrumentFacts, Profile, ScoreFacts};
use jiff::Timestamp;
use jiff::civil::Date;

/// Unusable responses of one instrument whose faults are told.
const MAX_TOLD: usize = 3;

/// Chooses the responses of one report. Entries of other kinds and instruments do not matter, nor does their order.
#[must_use]
pub fn select<'p>(profile: &'p Profile, asked: &Asked<'_>, entries: &[Entry]) -> Selection<'p> {
    let mut selection = Selection::default();
    let Some(window) = Window::of(profile, asked) else { return selection };
    let of_track = profile.guide.instruments.iter().filter(|one| one.tracks.iter().any(|track| track == asked.track));
    for instrument in of_track {
        let of = |entry: &&Entry| entry.kind == EntryKind::Questionnaire && entry.code == instrument.code;
        let found = entries.iter().filter(of);
        let mut found: Vec<(Option<When>, &Entry)> =
            found.map(|entry| (window.zone.stated(&entry.at), entry)).collect();
        found.sort_by(|(left_at, left), (right_at, right)| (right_at, &right.key).cmp(&(left_at, &left.key)));
        choose(profile, &window, instrument, &found, &mut selection);
    }
    selection
}

/// Chooses among the entries of an instrument, the newest first. Only those that may be chosen are read.
fn choose<'p>(
    profile: &'p Profile,
    window: &Window<'_>,
    instrument: &'p InstrumentFacts,
    found: &[(Option<When>, &Entry)],
    selection: &mut Selection<'p>,
) {
    let mut beyond = None;
    let mut told = 0;
    for same in found.chunk_by(|(left, _), (right, _)| left == right) {
        let mut responses: Vec<(&Entry, Answered)> =
            same.iter().filter_map(|(_, entry)| Some((*entry, read(entry)?))).collect();
        // Of two of one day the later one, as far as they say so; of two of one time the one that was stated last.
        let at = same.first().and_then(|(at, _)| *at);
        let newness = |answered: &Answered| (at.map(|at| at.with_clock(&answered.written)), answered.stated.clone());
        responses.sort_by_key(|(_, answered)| std::cmp::Reverse(newness(answered)));
        for (entry, answered) in &responses {
            if answered.status == "entered-in-error" {
                continue;
            }
            if let Some(issue) = window.life(instrument, answered) {
                if told < MAX_TOLD {
                    selection.issues.push(issue);
                    told += 1;
                }
                continue;
            }
            if !answered.authored.is_empty() && !window.holds(&answered.authored) {
                beyond = beyond.or_else(|| Some(answered.from.path.clone()));
                continue;
            }
            let faults = faults(profile, instrument, answered);
            let usable = !faults.iter().any(|fault| fault.blocks(instrument));
            if usable || told < MAX_TOLD {
                let issue = |fault: &Fault| fault.issue(instrument, place(answered, fault));
                selection.issues.extend(faults.iter().map(issue));
                told += 1;
            }
            if usable {
                let chosen = chosen(profile, instrument, entry, answered, &faults);
                selection.issues.extend(recomputed(instrument, answered, &chosen));
                selection.issues.extend(wordless(&chosen));
                selection.chosen.push(chosen);
                return;
            }
        }
        // Everything that follows is older, but for what has no time.
        if beyond.is_some() && same.first().is_some_and(|(_, entry)| window.is_over(&entry.at)) {
            break;
        }
    }
    if let Some(path) = beyond {
        let message = format!("{}: the newest response that can be used is not of this period", instrument.title);
        let issue = Issue::new(Severity::Information, "questionnaire-outside-period", path, message);
        let hint = "answers count from the first day of the period until the report is asked for";
        selection.issues.push(issue.hint(hint).rule(&instrument.code));
    }
}

fn chosen<'p>(
    profile: &'p Profile,
    instrument: &'p InstrumentFacts,
    entry: &Entry,
    answered: &Answered,
    faults: &[Fault],
) -> Chosen<'p> {
    let (answers, scores) = live(answered);
    let mut answers: Vec<&Answer> =
        answers.filter(|answer| answer_fault(profile, instrument, answer).is_none()).collect();
    let position = |answer: &&Answer| instrument.items.iter().position(|item| item.link == answer.link);
    if !instrument.adaptive {
        answers.sort_by_key(position);
    }
    let counted = count(instrument, &answers);
    let unusable = |link: &str| faults.iter().any(|fault| fault.link() == link);
    let scores: Vec<_> = scores.collect();
    let gives = |facts: &ScoreFacts, value: &str| Decimal::parse(value).is_none_or(|value| counted.gives(facts, value));
    let scores = instrument.scores.iter().filter_map(|facts| {
        let stated = scores.iter().find(|score| score.link == facts.link && !unusable(&score.link));
        let link = facts.link.clone();
        let whole = || answered.from.clone();
        match stated {
            Some(score) if gives(facts, &score.value) => {
                let from = score.from.clone().unwrap_or_else(whole);
                Some(ChosenScore { link, value: score.value.clone(), computed: false, from })
            }
            // Of a sum with gaps the stated one may fill them, which the items that are sent with it do not show.
            _ => Some(ChosenScore { link, value: counted.score(facts)?.shown(), computed: true, from: whole() }),
        }
    });
    let configured = profile.reports.canonicals.get(&instrument.code);
    let canonical =
        [Some(&answered.canonical), configured].into_iter().flatten().find(|canonical| is_absolute(canonical));
    Chosen {
        instrument,
        canonical: canonical.cloned().unwrap_or_default(),
        status: answered.status.clone(),
        authored: answered.authored.clone(),
        written: answered.written.clone(),
        scores: scores.collect(),
        items: answers.iter().map(|answer| item(profile, instrument, answered, answer)).collect(),
        entry: entry.key.clone(),
        from: answered.from.clone(),
    }
}

/// Whether a canonical is an address that others can look up: a reference within the feed's server is none.
fn is_absolute(canonical: &str) -> bool {
    let is_scheme = |scheme: &str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(sign)
    };
    let is_written = !canonical.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    is_written && canonical.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}

/// Says which stated scores gave way to what the answers give.
fn recomputed(instrument: &InstrumentFacts, answered: &Answered, chosen: &Chosen<'_>) -> Vec<Issue> {
    let (_, scores) = live(answered);
    let stated: Vec<_> = scores.filter(|score| !score.value.is_empty()).collect();
    let given_way = chosen.scores.iter().filter(|one| one.computed);
    let given_way = given_way.filter_map(|one| stated.iter().find(|score| score.link == one.link));
    let issue = |score: &&crate::entries::Score| {
        let message = format!(
            "{}: answers are missing, and the score `{}` counts them; what the answers give is reported",
            instrument.title, score.link
        );
        let path = score.from.as_ref().unwrap_or(&answered.from).path.clone();
        let issue = Issue::new(Severity::Information, "questionnaire-score-recomputed", path, message);
        issue.hint("nothing need be done; the sender filled the gaps").rule(&instrument.code)
    };
    given_way.map(issue).collect()
}

/// That answers without a code go out without words, too: CMS is sent bare numbers then.
fn wordless(chosen: &Chosen<'_>) -> Option<Issue> {
    let bare = |item: &&ChosenItem| item.form == Form::Coded && item.code.is_empty() && item.display.is_empty();
    let first = chosen.items.iter().find(bare)?;
    let (title, code) = (&chosen.instrument.title, &chosen.instrument.code);
    let message = format!("{title}: {} answers have neither code nor words", chosen.items.iter().filter(bare).count());
    let issue = Issue::new(Severity::Information, "questionnaire-answer-wordless", first.from.path.clone(), message);
    Some(issue.hint("give their words under `reports.answers` in the profile, or have the sender send them").rule(code))
}

/// The answer with its code, and with the site's words where the feed has none.
fn item(profile: &Profile, instrument: &InstrumentFacts, answered: &Answered, answer: &Answer) -> ChosenItem {
    let facts = instrument.item(&answer.link);
    let list = facts.and_then(|item| profile.guide.answer_list(&item.answers));
    let form = match facts.map_or("coded", |item| item.form.as_str()) {
        "integer" => Form::Integer,
        "decimal" => Form::Decimal,
        _ => Form::Coded,
    };
    let listed = || answer.value.parse().ok().and_then(|ordinal| list?.code(ordinal)).unwrap_or_default().to_owned();
    let code = if answer.code.is_empty() { listed() } else { answer.code.clone() };
    let rules = &profile.reports;
    let question = || rules.questions.get(&instrument.code).and_then(|words| words.get(&answer.link));
    let words = |name: &str| rules.answers.get(name).and_then(|words| words.get(&answer.value));
    let own = || words(&format!("{}/{}", instrument.code, answer.link)).or_else(|| words(&list?.name));
    let or = |text: &str, other: Option<&String>| match legible(text) {
        text if text.is_empty() => other.map(|other| legible(other)).unwrap_or_default().into_owned(),
        text => text.into_owned(),
    };
    ChosenItem {
        link: answer.link.clone(),
        text: or(&answer.text, question()),
        form,
        value: answer.value.clone(),
        system: if code.is_empty() { String::new() } else { LOINC.to_owned() },
        code,
        display: or(&answer.display, own()),
        from: answer.from.clone().unwrap_or_else(|| answered.from.clone()),
    }
}

/// The time in which answers count.
struct Window<'a> {
    zone: Zone,
    from: Date,
    at: Timestamp,
    asked: &'a Asked<'a>,
}

impl<'a> Window<'a> {
    fn of(profile: &Profile, asked: &'a Asked<'a>) -> Option<Self> {
        let zone = Zone::of(profile);
        let at: Timestamp = asked.at.parse().ok()?;
        Some(Self { zone, from: asked.from.parse().ok()?, at, asked })
    }

    fn holds(&self, authored: &str) -> bool {
        let Some(when) = self.zone.stated(authored) else { return false };
        if self.zone.is_ahead(when, self.at) {
            return false;
        }
        when.day >= self.from
    }

    /// Why nobody can have answered at that time. Days of a life are those of its place, which may be one off: only what is certainly
    /// outside does not count.
    fn life(&self, instrument: &InstrumentFacts, answered: &Answered) -> Option<Issue> {
        let day = self.zone.stated(&answered.authored)?.day;
        let date = |text: Option<&str>| text.and_then(|text| text.get(..10)?.parse::<Date>().ok());
        let born = date(self.asked.born).and_then(|born| born.yesterday().ok());
        let died = date(self.asked.died).and_then(|died| died.tomorrow().ok());
        let (code, what) = if born.is_some_and(|born| day < born) {
            ("questionnaire-before-birth", "it is dated before the person was born")
        } else if died.is_some_and(|died| day > died) {
            ("questionnaire-after-death", "it is dated after the person died")
        } else {
            return None;
        };
        let message = format!("{}: {what}; the response is not used", instrument.title);
        let issue = Issue::new(Severity::Warning, code, answered.from.path.clone(), message);
        Some(issue.hint("correct the time at its source, or look whose answers they are").rule(&instrument.code))
    }
}

impl Window<'_> {
    /// Whether a time of an entry (in UTC, or a date) is more than a day before the first day.
    fn is_over(&self, at: &str) -> bool {
        let day = at.get(..10).and_then(|day| day.parse::<Date>().ok()).and_then(|day| day.tomorrow().ok());
        day.is_some_and(|day| day < self.from)
    }
}
