//! Questionnaires in rows: `OBX`, in any message, by the order (`OBR`) they stand under.
//!
//! The panel is named by `OBR-4`; without one, each row says by its own code (`OBX-3`) what it belongs to, and so do the rows that the
//! panel does not have. The rows of one order and time (`OBR-3`, `OBR-7`, without it the day of the rows) are one response. Where an
//! item comes twice with different times, each day (without `OBR-7`) or else each time is a response of its own.
//!
//! Limits: [`MAX_LINES`] rows and [`MAX_RESPONSES`] responses of one person, and those of [`crate::questionnaires`].

mod bucket;
mod value;

use super::context::Context;
use super::groups::Group;
use super::observations::status;
use crate::entries::{Answered, moment as named, order};
use crate::questionnaires::{
    Draft, Found, Given, Known, LOINC, MAX_RESPONSE_BYTES, MAX_RESPONSES, Mark, Row, Taken, Token, weigh,
};
use crate::view::Segment;
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use access_contract::Issue;
use access_mappings::InstrumentFacts;
use bucket::{Bucket, authored, by_time, gather};

/// Rows of questionnaires of one person; further ones are left out (`limit-rows`).
const MAX_LINES: usize = 5_000;

/// Names of LOINC in coded elements.
const LOINC_NAMES: [&str; 6] = ["LN", "LOINC", "LNC", "2.16.840.1.113883.6.1", LOINC, "urn:oid:2.16.840.1.113883.6.1"];

/// LOINC codes of comments: service comment, annotation comment. There are many more; those are known by their names.
const COMMENTS: [&str; 2] = ["8251-1", "48767-8"];

/// A code with its system.
type Code = (String, String);

/// What rows inherit from their order.
#[derive(Default)]
struct Order<'p> {
    /// `OBR-3.1`, else `OBR-2.1`.
    number: String,
    /// `OBR-25`
    status: String,
    /// `OBR-7`
    at: Time,
    /// Codes of `OBR-4`, else its words.
    codes: Vec<Code>,
    /// What they name.
    panel: Option<&'p InstrumentFacts>,
}

impl Order<'_> {
    /// Whether it names something else than the instrument or one of its items: what is not known, or another instrument.
    fn names_other<'p>(&self, known: Known<'p>, instrument: &'p InstrumentFacts) -> bool {
        let item = |(code, system): &Code| known.has(instrument, &[Token { code, system }]);
        let is_other = self.panel.is_none_or(|panel| panel.code != instrument.code);
        is_other && !self.codes.is_empty() && !self.codes.iter().any(item)
    }
}

/// When something was answered.
#[derive(Debug, Clone, Default)]
struct Time {
    /// As a FHIR date or dateTime, or empty.
    at: String,
    /// As it was written, where its offset does not stand beside it, or as the clock of the sender's zone showed it.
    written: String,
    /// As keys have it.
    moment: String,
}

/// One time may be written with an offset and without.
impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.moment == other.moment
    }
}

impl Time {
    fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// The day as it was written or the sender's zone had it, or nothing.
    fn day(&self) -> &str {
        let local = if self.written.is_empty() { &self.at } else { &self.written };
        local.get(..10).unwrap_or_default()
    }

    /// What times are put in order by: the day, then the time in UTC.
    fn order(&self) -> (&str, String) {
        (self.day(), order(&self.at, &self.written))
    }
}

/// One row.
struct Line {
    codes: Vec<Code>,
    text: String,
    given: Given,
    path: String,
    mark: Mark,
    /// Whether it is not final.
    early: bool,
    /// Whether it is prose (`OBX-2` TX or FT).
    is_prose: bool,
    /// Whether it has a unit, so that it was measured and not answered. In braces stands what is none: `{score}`.
    has_unit: bool,
    /// `OBX-14`, or empty.
    at: Time,
}

impl Line {
    fn tokens(&self) -> Vec<Token<'_>> {
        self.codes.iter().map(|(code, system)| Token { code, system }).collect()
    }

    /// Whether it says something of an answer, if only that it is taken back.
    fn may_state(&self) -> bool {
        !self.has_unit && (self.mark == Mark::Withdrawn || !self.given.is_nothing())
    }

    /// Whether it may be the answer to an item that the guide does not list: prose that is called a comment is none.
    fn may_extend(&self) -> bool {
        self.may_state() && !(self.is_prose && self.is_comment())
    }

    fn is_comment(&self) -> bool {
        let is_known = self.codes.iter().any(|(code, _)| COMMENTS.contains(&code.as_str()));
        is_known || self.text.to_ascii_lowercase().contains("comment")
    }

    /// Whether it is an answer, as far as can be told without knowing the question: words alone are a comment.
    fn may_answer(&self) -> bool {
        self.may_state() && !(self.given.codes.is_empty() && self.given.number.is_empty())
    }
}

/// Reads every response.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Vec<Answered> {
    let known = Known::new(context.profile, context.sender);
    let mut buckets: Vec<Bucket<'_>> = Vec::new();
    let (mut order, mut lines, mut count) = (Order::default(), Vec::new(), 0);
    for segment in group.segments() {
        match segment.name() {
            "OBR" => {
                gather(context, known, &order, std::mem::take(&mut lines), &mut buckets);
                order = order_of(context, known, segment);
            }
            "OBX" => {
                let Some(line) = line(context, known, segment, &order) else { continue };
                count += 1;
                if count > MAX_LINES {
                    full(context, &segment.path());
                    break;
                }
                lines.push(line);
            }
            _ => {}
        }
    }
    gather(context, known, &order, lines, &mut buckets);
    let (mut responses, mut bytes) = (Vec::new(), 0);
    for part in buckets.into_iter().flat_map(|bucket| by_time(known, bucket)) {
        if responses.len() == MAX_RESPONSES || bytes > MAX_RESPONSE_BYTES {
            full(context, &part.lines.first().map(|line| line.path.clone()).unwrap_or_default());
            break;
        }
        if let Some(response) = response(context, known, &part) {
            bytes += weigh(&response);
            responses.push(response);
        }
    }
    responses
}

fn full(context: &Context<'_>, path: &str) {
    let hint = "send them in several messages";
    context.warn("limit-rows", path, "there are too many answers of questionnaires; the rest was left out", hint);
}

fn order_of<'p>(context: &Context<'p>, known: Known<'p>, obr: &Segment<'_>) -> Order<'p> {
    let text = |number: usize| short(&obr.field(number).component(1).value().text());
    let number = [text(3), text(2)].into_iter().find(|number| !number.is_empty()).unwrap_or_default();
    let mut codes = codes_of(obr, 4);
    if codes.is_empty() {
        // Some orders are named in words alone.
        let words = [2, 5].map(|number| short(&obr.field(4).component(number).value().text()));
        codes.extend(words.into_iter().filter(|words| !words.is_empty()).map(|words| (words, String::new())));
    }
    let named = |(code, system): &Code| {
        let found = match known.by_code(Token { code, system }) {
            Found::Nothing if system != LOINC => known.by_name(code),
            found => found,
        };
        if let Found::One(instrument) = found { Some(instrument) } else { None }
    };
    let panel = codes.iter().find_map(named);
    Order { number, status: text(25).to_ascii_uppercase(), at: time(context, obr, 7), codes, panel }
}

/// Reads a row, if it belongs to a questionnaire.
fn line(context: &Context<'_>, known: Known<'_>, obx: &Segment<'_>, order: &Order<'_>) -> Option<Line> {
    let codes = codes_of(obx, 3);
    let is_known = || codes.iter().any(|(code, system)| known.is_known(Token { code, system }));
    if codes.is_empty() || (order.panel.is_none() && !is_known()) {
        return None;
    }
    let own = obx.field(11).component(1).value().text().to_ascii_uppercase();
    let status = status::of(&own, &order.status)?;
    let given = value::of(obx);
    let mark = match status {
        "entered-in-error" | "cancelled" => Mark::Withdrawn,
        // A correction to nothing, and `""`, remove the answer.
        "corrected" | "amended" if given.is_nothing() => Mark::Withdrawn,
        "final" if obx.field(5).is_null() => Mark::Withdrawn,
        "corrected" | "amended" => Mark::Corrected,
        _ => Mark::Stated,
    };
    let words = |number: usize| obx.field(3).component(number).value().text().into_owned();
    Some(Line {
        text: [words(2), words(5)].into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
        path: obx.field(5).path(),
        is_prose: matches!(obx.field(2).value().text().to_ascii_uppercase().as_str(), "TX" | "FT"),
        has_unit: !obx.field(6).value().is_absent() && !obx.field(6).value().text().starts_with('{'),
        given,
        mark,
        // What does not say its status is not final, as with results.
        early: matches!(status, "preliminary" | "registered" | status::UNKNOWN),
        at: time(context, obx, 14),
        codes,
    })
}

/// Both codes of a coded element with their systems.
fn codes_of(segment: &Segment<'_>, number: usize) -> Vec<Code> {
    let field = segment.field(number);
    let part = |number: usize| short(&field.component(number).value().text());
    let codes = [1, 4].map(|first| (part(first), part(first + 2)));
    codes.into_iter().filter(|(code, _)| !code.is_empty()).map(|(code, system)| (code, system_of(system))).collect()
}

/// The system, LOINC by its URI.
fn system_of(system: String) -> String {
    if LOINC_NAMES.iter().any(|name| name.eq_ignore_ascii_case(&system)) { LOINC.to_owned() } else { system }
}

/// Makes a response of its rows.
fn response(context: &Context<'_>, known: Known<'_>, bucket: &Bucket<'_>) -> Option<Answered> {
    let mut draft = Draft::new(known, bucket.instrument);
    for line in &bucket.lines {
        let row = Row {
            tokens: line.tokens(),
            text: &line.text,
            given: line.given.clone(),
            from: context.origin(line.path.clone(), "questionnaires"),
            mark: line.mark,
            early: line.early,
        };
        match draft.add(&row) {
            Taken::Yes | Taken::Unplaced => {}
            Taken::Full => {
                full(context, &line.path);
                break;
            }
        }
    }
    if draft.is_empty() {
        return None;
    }
    let any = |mark: Mark| bucket.lines.iter().any(|line| line.mark == mark && !line.early);
    let early = bucket.lines.iter().any(|line| line.early);
    let status = match (any(Mark::Corrected), any(Mark::Stated), early) {
        (true, ..) => "amended",
        (_, true, _) => "completed",
        (.., true) => "in-progress",
        _ => "entered-in-error",
    };
    let authored = authored(bucket);
    let ordered = bucket::ordered(bucket);
    let path = bucket.lines.first().map(|line| line.path.clone()).unwrap_or_default();
    let blank = Answered {
        instrument: String::new(),
        canonical: String::new(),
        status: status.to_owned(),
        ordered: if ordered == authored.moment { String::new() } else { ordered },
        authored: authored.at,
        written: authored.written,
        answers: Vec::new(),
        scores: Vec::new(),
        identifier: bucket.number.clone(),
        guessed: bucket.guessed,
        misplaced: bucket.misplaced,
        in_lines: true,
        stated: context.sent.as_ref().map(|sent| context.clock.instant(sent)).unwrap_or_default(),
        taken_up: String::new(),
        from: context.origin(path, "questionnaires"),
    };
    let (answered, issues) = draft.finish(context.profile, blank);
    let partial = any(Mark::Corrected) || any(Mark::Withdrawn);
    // What a correction leaves out stands in an earlier message.
    let is_gap = |issue: &Issue| matches!(issue.code.as_str(), "questionnaire-incomplete" | "questionnaire-unknown");
    let told = |issue: &Issue| !(partial && is_gap(issue));
    issues.into_iter().filter(told).for_each(|issue| context.note(issue));
    Some(answered)
}

/// A time of at least a day, or nothing. What is wrong with it was told where results are read.
fn time(context: &Context<'_>, segment: &Segment<'_>, number: usize) -> Time {
    let field = segment.field(number);
    let Ok(moment) = context.past(&field.value().text()) else { return Time::default() };
    let at = context.clock.date_time(&moment);
    if at.len() < 10 {
        return Time::default();
    }
    let written = context.written(&moment, field.path());
    Time { moment: named(&at, &written), at, written }
}

/// A short text; nothing where it is too long to be one.
fn short(text: &str) -> String {
    if text.len() <= MAX_IDENTIFIER_BYTES { text.to_owned() } else { String::new() }
}
