//! Problems and diagnoses, as `DG1` with action codes.
//!
//! A problem list says of each problem how it stands, and is not complete: documents are cut down to a period or an
//! encounter. So each row is a change of its own code: active adds, resolved and refuted withdraw, and what a document does
//! not mention stays as it was. Where one document has a code both ways, what is active counts.

use super::limits::{MAX_ENTRIES, MAX_NESTING};
use super::notes::Notes;
use super::oids::{ENTRIES, ICD9CM, ICD10CM, PROBLEM_STATUS, SNOMED};
use super::sections::{Kind, Sections};
use super::subjects::is_left_out;
use super::transcript::{Row, Transcript};
use super::tree::{Node, Tree};
use access_mappings::in_words;

/// How a problem stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Resolved, refuted or taken back: the person does not have it.
    Gone,
    /// It is not said whether the person still has it.
    Open,
    /// The person has it.
    Active,
}

/// Templates of acts and observations that are read here, by their last number.
const READ: [&str; 7] = ["3", "4", "6", "33", "34", "80", "119"];

struct Problem<'d> {
    standing: Standing,
    admitting: bool,
    observation: Node<'d>,
    concern: Option<Node<'d>>,
}

/// Writes every problem: what is gone first, so that what is active counts.
pub(super) fn write(tree: &Tree, sections: &Sections, transcript: &mut Transcript, notes: &mut Notes) {
    let mut problems: Vec<Problem<'_>> = Vec::new();
    for kind in [Kind::Problems, Kind::DischargeDiagnoses, Kind::AdmissionDiagnoses] {
        for entry in sections.entries(tree, kind) {
            let admitting = kind == Kind::AdmissionDiagnoses;
            for act in entry.children("act") {
                if is_left_out(act, notes) {
                    continue;
                }
                note_template(act, notes);
                observations(act, 0, notes, &mut |observation| {
                    let standing = standing(Some(act), observation);
                    problems.push(Problem { standing, admitting, observation, concern: Some(act) });
                });
            }
            for observation in entry.children("observation") {
                if is_left_out(observation, notes) {
                    continue;
                }
                let standing = standing(None, observation);
                problems.push(Problem { standing, admitting, observation, concern: None });
            }
            if problems.len() > MAX_ENTRIES {
                notes.too_many("problems", entry.path());
                break;
            }
        }
    }
    problems.truncate(MAX_ENTRIES);
    problems.sort_by_key(|problem| problem.standing);
    for problem in &problems {
        rows(problem, transcript, notes);
    }
}

/// The problem observations in an act that are the person's, at most [`MAX_NESTING`] levels down.
fn observations<'d>(act: Node<'d>, level: usize, notes: &mut Notes, take: &mut impl FnMut(Node<'d>)) {
    if level == MAX_NESTING {
        return;
    }
    for link in act.children("entryRelationship") {
        for observation in link.children("observation").filter(|one| one.child("value").is_some() || raw_value(*one)) {
            let part = link.attribute("typeCode").is_none_or(|kind| kind == "SUBJ" || kind == "COMP");
            if part && !is_left_out(observation, notes) {
                take(observation);
            }
        }
        for act in link.children("act") {
            if !is_left_out(act, notes) {
                observations(act, level + 1, notes, take);
            }
        }
    }
}

/// Whether a null value has translations.
fn raw_value(observation: Node<'_>) -> bool {
    observation.raw_children("value").any(|value| value.child("translation").is_some())
}

fn note_template(act: Node<'_>, notes: &mut Notes) {
    let mut templates = act.children("templateId").filter_map(|id| id.attribute("root"));
    let foreign = templates.all(|root| root.strip_prefix(ENTRIES).is_none_or(|last| !READ.contains(&last)));
    if foreign && act.child("templateId").is_some() {
        notes.list(
            "template-unknown",
            act.path(),
            "the act follows no template that is known here; it was read as a concern",
        );
    }
}

/// How a problem stands. The observation's own word goes before its end, and both before the concern, which only says
/// whether somebody still follows it. An end at an unknown time (`UNK`) is an end (C-CDA, Problem Observation); of one that says less
/// it is not clear.
fn standing<'d>(concern: Option<Node<'d>>, observation: Node<'d>) -> Standing {
    let status = |node: Node<'_>| node.of("statusCode", "code").unwrap_or_default();
    let back = |status: &str| matches!(status, "aborted" | "cancelled" | "nullified");
    let followed = concern.map(status).unwrap_or_default();
    let no_event = observation.attribute("moodCode").is_some_and(|mood| mood != "EVN");
    let negated = observation.is_negated() || concern.is_some_and(|concern| concern.is_negated());
    if negated || back(&status(observation)) || back(&followed) {
        return Standing::Gone;
    }
    if no_event {
        return Standing::Open;
    }
    let said = stated(observation);
    if let Some(said @ (Standing::Active | Standing::Gone)) = said {
        return said;
    }
    let high = |node: Node<'d>| node.child("effectiveTime")?.raw_children("high").next();
    let has_value = |high: &Node<'_>| high.attribute("value").is_some();
    let end = high(observation);
    if end.is_some_and(|end| has_value(&end) || end.has("nullFlavor", "UNK"))
        || (followed == "completed" && concern.and_then(high).is_some_and(|end| has_value(&end)))
    {
        return Standing::Gone;
    }
    match followed.as_str() {
        _ if said.is_some() => Standing::Open,
        "completed" | "suspended" | "held" => Standing::Open,
        _ if end.is_some_and(|end| !end.has("nullFlavor", "NA")) => Standing::Open,
        _ => Standing::Active,
    }
}

/// What the status observations of a problem say, by code or in words; open where one is stated that cannot be read.
fn stated(observation: Node<'_>) -> Option<Standing> {
    let statuses = observation
        .children("entryRelationship")
        .flat_map(|link| link.children("observation"))
        .filter(|one| one.follows(PROBLEM_STATUS) || one.child("code").is_some_and(|code| code.has("code", "33999-4")))
        .filter_map(|one| one.raw_children("value").next());
    let read = statuses.filter_map(|value| {
        let all = || std::iter::once(value).chain(value.children("translation"));
        let codes = all().filter_map(|one| one.attribute("code"));
        let written = value.child("originalText").map(|text| text.text()).into_iter().chain([value.text()]);
        let words: Vec<String> =
            codes.chain(all().filter_map(|one| one.attribute("displayName"))).chain(written).collect();
        // A status that nobody knows says as little as none.
        let is_stated = words.iter().any(|word| !UNSTATED.contains(&in_words(word).trim_end()));
        words.iter().find_map(|word| meaning(word)).or_else(|| is_stated.then_some(Standing::Open))
    });
    let read: Vec<Standing> = read.collect();
    read.iter().find(|one| **one != Standing::Open).or(read.first()).copied()
}

/// Words of a status that says nothing.
const UNSTATED: [&str; 8] =
    ["", "UNK", "UNKNOWN", "NOT KNOWN", "NOT SPECIFIED", "UNSPECIFIED", "NOT ON FILE", "STATUS UNKNOWN"];
/// Words of a status that is not decided, or denies another one.
const UNDECIDED: [&str; 10] =
    ["NO", "NOT", "NON", "RULE", "SUSPECTED", "POSSIBLE", "PROBABLE", "PROVISIONAL", "UNCONFIRMED", "REFUTED"];
/// Words of a problem that is over.
const OVER: [&str; 4] = ["INACTIVE", "REMISSION", "RESOLVED", "RULED OUT"];
/// Words of one that the person has, however it stands.
const PRESENT: [&str; 20] = [
    "ACTIVE",
    "ACUTE",
    "CHRONIC",
    "CONFIRMED",
    "CONTROLLED",
    "CURRENT",
    "EXACERBATED",
    "IMPROVED",
    "IMPROVING",
    "INTERMITTENT",
    "ONGOING",
    "PERSISTENT",
    "RECURRENCE",
    "RECURRENT",
    "RELAPSE",
    "STABLE",
    "UNCONTROLLED",
    "UNRESOLVED",
    "UNSTABLE",
    "WORSENING",
];
/// What is denied there of a problem that the person has.
const STILL: [&str; 4] = ["NOT CONTROLLED", "NOT WELL CONTROLLED", "NOT RESOLVED", "NOT STABLE"];

/// What a status means: codes of SNOMED CT in both lists of C-CDA, and words.
fn meaning(word: &str) -> Option<Standing> {
    match word.trim() {
        "55561003" | "246455001" | "263855007" | "255227004" | "90734009" | "7087005" | "410605003" => {
            return Some(Standing::Active);
        }
        "73425007" | "277022003" | "413322009" | "410516002" => return Some(Standing::Gone),
        _ => {}
    }
    let words = format!(" {}", in_words(word));
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(&format!(" {phrase} ")));
    if has(&STILL) {
        Some(Standing::Active)
    } else if has(&["NO LONGER ACTIVE", "NO LONGER PRESENT"]) {
        Some(Standing::Gone)
    } else if has(&UNDECIDED) {
        None
    } else if has(&OVER) {
        Some(Standing::Gone)
    } else {
        has(&PRESENT).then_some(Standing::Active)
    }
}

/// Writes a row for each ICD-10-CM code of a problem, or one that says what else it is coded in.
fn rows(problem: &Problem<'_>, transcript: &mut Transcript, notes: &mut Notes) {
    let Some(value) = problem.observation.raw_children("value").next() else { return };
    let all: Vec<Node<'_>> = std::iter::once(value)
        .chain(value.children("translation"))
        .filter(|code| !code.is_null() && code.attribute("code").is_some())
        .collect();
    let icd: Vec<Node<'_>> = all.iter().filter(|code| code.has("codeSystem", ICD10CM)).copied().collect();
    let words = all.iter().find_map(|code| code.attribute("displayName"));
    let words = words.or_else(|| value.child("originalText").map(|text| text.text())).unwrap_or_default();
    if icd.is_empty() && problem.standing == Standing::Gone {
        // "No known problems", and what is over: nothing would have been taken.
        return;
    }
    if problem.standing == Standing::Open {
        let message = "the document does not say whether the person still has the problem; it was kept as provisional";
        notes.inform("problem-status-unclear", problem.observation.path(), message);
    }
    let chosen = if icd.is_empty() { all.first().copied().into_iter().collect() } else { icd };
    if chosen.is_empty() && !words.is_empty() {
        write_row(problem, None, value, &words, transcript);
    }
    for code in chosen.into_iter().take(MAX_NESTING) {
        write_row(problem, Some(code), value, &words, transcript);
    }
}

fn write_row(problem: &Problem<'_>, code: Option<Node<'_>>, value: Node<'_>, words: &str, transcript: &mut Transcript) {
    let mut row = Row::new("DG1", problem.observation);
    if let Some(code) = code {
        let system = code.attribute("codeSystem").unwrap_or_default();
        let system = match system.as_str() {
            ICD10CM => "I10C",
            ICD9CM => "I9C",
            SNOMED => "SCT",
            other => other,
        };
        row.put(3, 1, &code.attribute("code").unwrap_or_default(), code);
        row.put(3, 2, &code.attribute("displayName").unwrap_or_else(|| words.to_owned()), code);
        row.put(3, 3, system, code);
        // What was written before somebody coded it may doubt it.
        if let Some(written) = [code, value].into_iter().find_map(|coded| coded.child("originalText")) {
            row.put(3, 9, &written.text(), written);
        }
    } else {
        row.put(4, 1, words, value);
    }
    if let Some((time, from)) = recorded(problem) {
        row.put(5, 1, &super::patient::day(&time), from);
    }
    let (kind, action) = match problem.standing {
        Standing::Gone => ("F", "D"),
        Standing::Open => ("W", "A"),
        Standing::Active if problem.admitting => ("A", "A"),
        Standing::Active => ("F", "A"),
    };
    row.put(6, 1, kind, problem.observation);
    row.put(21, 1, action, problem.observation);
    transcript.add(row);
}

/// When the problem was recorded: by its author, or when the concern began to be followed. The onset is something else.
fn recorded<'d>(problem: &Problem<'d>) -> Option<(String, Node<'d>)> {
    let timed = |node: Option<Node<'d>>, path: &[&'static str]| {
        let time = node?.find(path)?;
        Some((time.attribute("value")?, time))
    };
    timed(Some(problem.observation), &["author", "time"])
        .or_else(|| timed(problem.concern, &["author", "time"]))
        .or_else(|| timed(problem.concern, &["effectiveTime", "low"]))
}
