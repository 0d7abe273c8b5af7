//! What a report needs, by the rows of `reports.needs`, and what of it there is.

use super::material::Material;
use crate::chart::{Chart, Reported};
use crate::measures::Measured;
use crate::plan::moment::is_older;
use crate::questionnaires::Chosen;
use access_contract::{Entry, Issue, ReportPeriod, Severity};
use access_mappings::{Guide, Profile, ReportNeed};

/// One thing a report needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What people call it: the title of the measure or instrument, or of each where one of several is enough.
    pub name: String,
    /// Codes of the measures or instruments of which one is enough.
    pub codes: Vec<String>,
    /// Whether the report waits for it; otherwise it is sent where there is one.
    pub required: bool,
}

/// What a report of this kind needs for this person, in the order of the profile. A row that repeats the codes of an earlier one
/// adds nothing but that it may require them.
#[must_use]
pub fn needs(profile: &Profile, track: &str, kind: &str, chart: &Chart) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    let rows = profile.reports.needs.iter();
    for row in rows.filter(|row| has(&row.tracks, track) && has(&row.kinds, kind) && concerns(row, chart)) {
        match needs.iter_mut().find(|need| need.codes == row.any) {
            Some(known) => known.required |= row.required,
            None => needs.push(Need {
                name: name(&profile.guide, &row.any),
                codes: row.any.clone(),
                required: row.required,
            }),
        }
    }
    needs
}

/// Adds what CMS found missing in a report of the period, whatever the rows say: it is sent where there is one, or the report could never
/// be completed. What an earlier answer named stays, since the next report needs it as well.
pub(super) fn add_named(profile: &Profile, track: &str, period: &ReportPeriod, chart: &Chart, needs: &mut Vec<Need>) {
    let guide = &profile.guide;
    for name in answers(chart, track, period).flat_map(|answer| &answer.missing) {
        let measures = guide.measures.iter().map(|facts| (&facts.title, &facts.tracks, &facts.code));
        let instruments = guide.instruments.iter().map(|facts| (&facts.title, &facts.tracks, &facts.code));
        for (title, tracks, code) in measures.chain(instruments) {
            if title == name && has(tracks, track) && !needs.iter().any(|need| has(&need.codes, code)) {
                needs.push(Need { name: title.clone(), codes: vec![code.clone()], required: false });
            }
        }
    }
}

/// Names of what a report still lacks: what it needs and nothing satisfies, and what CMS found missing in the last one of the period, until
/// there is a newer reading of it. Empty: it can be composed, as far as measures and questionnaires go.
///
/// `entries` are the newest of each code; `at` is the present, RFC 3339: what was observed later does not count.
#[must_use]
pub fn missing(
    profile: &Profile,
    track: &str,
    period: &ReportPeriod,
    chart: &Chart,
    entries: &[Entry],
    at: &str,
) -> Vec<String> {
    let material = Material::gather(profile, track, period, chart, entries, at);
    let mut lacks: Vec<String> = material.lacking().map(|need| need.name.clone()).collect();
    if let Some(answer) = refused(chart, track, period) {
        let news = News { answer, entries };
        for name in &answer.missing {
            let came = material.carried().any(|(title, keys)| title == name.as_str() && news.has(keys));
            if !came && !lacks.iter().any(|known| known == name || known.split(" or ").any(|one| one == name)) {
                lacks.push(name.clone());
            }
        }
    }
    lacks
}

/// Whether a report of the period would carry nothing but what CMS has refused in the last one.
pub(crate) fn repeats(
    profile: &Profile,
    track: &str,
    period: &ReportPeriod,
    chart: &Chart,
    entries: &[Entry],
    at: &str,
) -> bool {
    let Some(answer) = refused(chart, track, period) else { return false };
    let material = Material::gather(profile, track, period, chart, entries, at);
    let news = News { answer, entries };
    !answer.entries.is_empty() && !material.carried().any(|(_, keys)| news.has(keys))
}

/// The last answer of CMS to a report of the period, if it was a refusal.
fn refused<'c>(chart: &'c Chart, track: &str, period: &'c ReportPeriod) -> Option<&'c Reported> {
    answers(chart, track, period).next_back().filter(|report| !report.is_delivered())
}

/// The answers of CMS to reports of the period, in order.
fn answers<'c>(
    chart: &'c Chart,
    track: &str,
    period: &'c ReportPeriod,
) -> impl DoubleEndedIterator<Item = &'c Reported> {
    chart.reports.get(track).into_iter().flatten().filter(|report| {
        report.period.alignment == period.alignment && report.period.period == period.period && !report.code.is_empty()
    })
}

/// What came since an answer.
struct News<'a> {
    answer: &'a Reported,
    entries: &'a [Entry],
}

impl News<'_> {
    /// Whether one of the entries was not in the report, or was stated anew after the answer.
    fn has(&self, keys: &[String]) -> bool {
        keys.iter().any(|key| !self.answer.entries.contains(key) || self.is_restated(key))
    }

    fn is_restated(&self, key: &str) -> bool {
        #[derive(serde::Deserialize)]
        struct Stated {
            #[serde(default)]
            stated: String,
        }
        let document = self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.document.as_str());
        let stated = document.and_then(|text| serde_json::from_str::<Stated>(text).ok());
        stated.is_some_and(|entry| !entry.stated.is_empty() && is_older(&self.answer.at, &entry.stated))
    }
}

impl Material<'_> {
    /// What the track section carries: titles, with the keys of the entries.
    fn carried(&self) -> impl Iterator<Item = (&str, &[String])> {
        let measured = self.measures.iter().flat_map(|found| {
            found.readings.iter().map(|reading| (found.measure.title.as_str(), reading.entries.as_slice()))
        });
        let answered =
            self.chosen.iter().map(|found| (found.instrument.title.as_str(), std::slice::from_ref(&found.entry)));
        measured.chain(answered)
    }

    /// The required needs that nothing satisfies.
    pub(super) fn lacking(&self) -> impl Iterator<Item = &Need> {
        let lacks = |need: &&Need| need.required && !self.satisfies(need);
        // Whatever satisfies a narrower need satisfies the wider one, too: of the two the narrower is told.
        let wider = move |need: &&Need| {
            let narrower = |other: &Need| {
                other.codes.len() < need.codes.len() && other.codes.iter().all(|code| has(&need.codes, code))
            };
            self.needs.iter().any(|other| lacks(&other) && narrower(other))
        };
        self.needs.iter().filter(lacks).filter(move |need| !wider(need))
    }

    fn satisfies(&self, need: &Need) -> bool {
        let measured = |found: &Measured<'_>| has(&need.codes, &found.measure.code);
        let answered = |found: &Chosen<'_>| has(&need.codes, &found.instrument.code);
        self.measures.iter().any(measured) || self.chosen.iter().any(answered)
    }

    /// One issue for each required need that nothing satisfies.
    pub(super) fn lacks(&self, profile: &Profile) -> Vec<Issue> {
        self.lacking().map(|need| tell(&profile.guide, need)).collect()
    }
}

/// Says what is missing and where it should come from.
fn tell(guide: &Guide, need: &Need) -> Issue {
    let message = format!("the report needs {}, and there is none in its period", need.name);
    let first = need.codes.first().map_or("", String::as_str);
    Issue::new(
        Severity::Error,
        "report-needs-missing",
        format!("{}.where(title='{}')", super::SECTIONS, need.name),
        message,
    )
    .rule("reports.needs")
    .hint(source(guide, first))
}

/// Where a measure or the answers to an instrument come from.
pub(crate) fn source(guide: &Guide, code: &str) -> String {
    if let Some(measure) = guide.measure(code) {
        let loinc = measure.accepts.iter().find(|accepted| !accepted.beside).map_or("", |accepted| &accepted.loinc);
        let code = if measure.panel.is_empty() { loinc } else { &measure.panel };
        return format!(
            "it comes as OBX of a result message (ORU^R01) or as a FHIR Observation, with LOINC {code} or a local code that \
             `codes.observations` maps to it"
        );
    }
    if guide.instrument(code).is_some() {
        return "it comes as a FHIR QuestionnaireResponse, as OBX of a result message (ORU^R01), or from a file of answers".to_owned();
    }
    "look at `reports.needs` in the profile".to_owned()
}

/// Title of a measure or instrument; its code where the guide has none.
pub(crate) fn title<'a>(guide: &'a Guide, code: &'a str) -> &'a str {
    let measure = guide.measure(code).map(|measure| measure.title.as_str());
    measure.or_else(|| guide.instrument(code).map(|instrument| instrument.title.as_str())).unwrap_or(code)
}

fn name(guide: &Guide, codes: &[String]) -> String {
    codes.iter().map(|code| title(guide, code)).collect::<Vec<_>>().join(" or ")
}

/// Whether a row is about this person: it names no diagnosis, or one that is confirmed.
fn concerns(row: &ReportNeed, chart: &Chart) -> bool {
    row.diagnoses.is_empty()
        || chart.confirmed().any(|known| {
            let dotless = known.code.replace('.', "");
            row.diagnoses.iter().any(|head| dotless.starts_with(head.as_str()))
        })
}

fn has(codes: &[String], code: &str) -> bool {
    codes.iter().any(|known| known == code)
}
