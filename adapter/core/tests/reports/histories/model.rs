//! What the calendar should say, in whole days and without any of its code: a line for each date.

use std::collections::BTreeMap;

/// Days are counted from an arbitrary day 0, in local time.
pub(super) type Day = i64;

/// Day 365 of the first period, and where CMS takes an early end-of-period report.
const PERIOD: Day = 365;

/// What a site configures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) margin: Day,
    pub(super) lookback: Day,
}

/// One track of one person.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Track {
    Out,
    /// Aligned on that day; what became of reports, in the order of the answers.
    Aligned {
        start: Day,
        answers: Vec<Answer>,
    },
    Control {
        since: Day,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) period: String,
    pub(super) code: &'static str,
    pub(super) day: Day,
}

/// One line of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) track: &'static str,
    pub(super) due: Day,
    pub(super) kind: &'static str,
    pub(super) period: String,
    pub(super) opens: Option<Day>,
    pub(super) from: Option<Day>,
    pub(super) state: &'static str,
}

impl Answer {
    fn is_accepted(&self) -> bool {
        matches!(self.code, "success" | "duplicate")
    }
}

/// The days on which periods were first accepted: baseline and quarters, in the order of their numbers.
pub(super) fn accepted(answers: &[Answer]) -> BTreeMap<&str, Day> {
    let mut first = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.is_accepted()) {
        first.entry(answer.period.as_str()).or_insert(answer.day);
    }
    first
}

/// The lines of one track. `year_later` adds 12 calendar months to a day.
pub(super) fn lines(
    name: &'static str,
    track: &Track,
    site: Site,
    today: Day,
    year_later: impl Fn(Day) -> Day,
) -> Vec<Line> {
    let plain = |kind, due| Line {
        track: name,
        due,
        kind,
        period: String::new(),
        opens: None,
        from: None,
        state: if today < due { "upcoming" } else { "done" },
    };
    let (start, answers) = match track {
        Track::Out => return Vec::new(),
        Track::Control { since } => return vec![plain("control-group-end", year_later(*since))],
        Track::Aligned { start, answers } => (*start, answers),
    };
    let done = accepted(answers);
    let report = |kind, period: &str, opens: Option<Day>, from, due| {
        let state = match opens {
            _ if done.contains_key(period) => "done",
            _ if today > due + site.margin => "missed",
            Some(opens) if today < opens => "upcoming",
            _ => "open",
        };
        Line { track: name, due, kind, period: period.to_owned(), opens, from: Some(from), state }
    };
    let mut lines = vec![
        plain("lock-in-end", start + 90),
        plain("renewal", start + PERIOD),
        report("baseline", "baseline", None, start - site.lookback, start + 60 - site.margin),
    ];
    let early = start + if matches!(name, "BH" | "MSK") { 185 } else { 275 };
    let last_day = start + 425 - site.margin;
    lines.push(report("end-of-period", "end-of-period", Some(early + site.margin), early, last_day));
    let quarters: Vec<(&str, Day)> = done
        .iter()
        .filter(|(period, _)| period.starts_with("quarterly"))
        .map(|(period, day)| (*period, *day))
        .collect();
    for (period, day) in &quarters {
        lines.push(Line { opens: None, ..report("quarterly", period, None, *day, *day) });
    }
    let counted = quarters.iter().map(|(_, day)| *day).chain(done.get("baseline").copied()).max();
    if let Some(last) = counted.filter(|last| last + 70 + site.margin < start + PERIOD) {
        let period = format!("quarterly-{}", quarters.len() + 1);
        let opens = last + 70 + site.margin;
        lines.push(report("quarterly", &period, Some(opens), last + 1, last + 110 - site.margin));
    }
    lines
}
