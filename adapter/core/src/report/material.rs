//! Everything a report carries: the chosen readings and responses, and where each of them goes.

use super::needs::{Need, add_named, needs};
use crate::asked::Asked;
use crate::chart::Chart;
use crate::measures::{self, Measured};
use crate::questionnaires::{self, Chosen};
use crate::zone::Zone;
use access_contract::{Entry, Issue, ReportPeriod};
use access_mappings::Profile;

/// What was found for a report.
#[derive(Debug, Default)]
pub(super) struct Material<'p> {
    /// What it needs.
    pub(super) needs: Vec<Need>,
    /// Measures of the track section, in the order of the guide.
    pub(super) measures: Vec<Measured<'p>>,
    /// Responses of the track section, in the order of the guide.
    pub(super) chosen: Vec<Chosen<'p>>,
    /// Measures that are sent beside it (`reports.additional`).
    pub(super) further_measures: Vec<Measured<'p>>,
    /// Responses that are sent beside it.
    pub(super) further_chosen: Vec<Chosen<'p>>,
    /// What was doubted or left out. None blocks.
    pub(super) issues: Vec<Issue>,
}

impl<'p> Material<'p> {
    /// Chooses what the rows of `reports.needs` name, required or not, what CMS asked for since, and what `reports.additional` adds.
    pub(super) fn gather(
        profile: &'p Profile,
        track: &str,
        period: &ReportPeriod,
        chart: &Chart,
        entries: &[Entry],
        at: &str,
    ) -> Self {
        let mut needs = needs(profile, track, &period.kind, chart);
        add_named(profile, track, period, chart, &mut needs);
        let wanted = |code: &str| needs.iter().any(|need| need.codes.iter().any(|known| known == code));
        let mut material = Self::select(profile, track, period, chart, entries, at);
        material.measures.retain(|found| wanted(&found.measure.code));
        material.chosen.retain(|found| wanted(&found.instrument.code));
        material.needs = needs;
        keep_one_form(profile, &material.needs, &mut material.chosen);
        material.add_further(profile, track, period, chart, entries, at);
        material
    }

    /// Whether there is nothing at all to report in the track section.
    pub(super) fn is_empty(&self) -> bool {
        self.measures.is_empty() && self.chosen.is_empty()
    }

    /// When what it carries was observed or answered.
    pub(super) fn times(&self) -> impl Iterator<Item = &str> {
        let measured = self.measures.iter().chain(&self.further_measures);
        let read =
            measured.flat_map(|found| found.readings.iter().chain(&found.beside)).map(|reading| reading.at.as_str());
        read.chain(self.chosen.iter().chain(&self.further_chosen).map(|found| found.authored.as_str()))
    }

    /// Everything that is known of a track's measures and instruments.
    fn select(
        profile: &'p Profile,
        track: &str,
        period: &ReportPeriod,
        chart: &Chart,
        entries: &[Entry],
        at: &str,
    ) -> Self {
        let asked = Asked::of(chart, track, &period.from, at);
        let measures = measures::select(profile, &asked, entries);
        let chosen = questionnaires::select(profile, &asked, entries);
        let mut issues = measures.issues;
        issues.extend(chosen.issues);
        Self { measures: measures.measures, chosen: chosen.chosen, issues, ..Self::default() }
    }

    /// What the site wants sent beside the track section. A code of another track is looked for as that track would.
    fn add_further(
        &mut self,
        profile: &'p Profile,
        track: &str,
        period: &ReportPeriod,
        chart: &Chart,
        entries: &[Entry],
        at: &str,
    ) {
        let is_sent = |material: &Self, code: &str| {
            material.measures.iter().any(|found| found.measure.code == code)
                || material.chosen.iter().any(|found| found.instrument.code == code)
        };
        let codes: Vec<&String> = profile.reports.additional.iter().filter(|code| !is_sent(self, code)).collect();
        let mut done: Vec<&str> = Vec::new();
        for code in &codes {
            let guide = &profile.guide;
            let tracks = guide.measure(code).map(|measure| &measure.tracks);
            let Some(tracks) = tracks.or_else(|| guide.instrument(code).map(|instrument| &instrument.tracks)) else {
                continue;
            };
            let own = tracks.iter().find(|known| *known == track);
            let Some(other) = own.or_else(|| tracks.first()).filter(|other| !done.contains(&other.as_str())) else {
                continue;
            };
            done.push(other);
            let wanted = |code: &str| codes.iter().any(|known| *known == code);
            let mut found = Self::select(profile, other, period, chart, entries, at);
            found.measures.retain(|found| wanted(&found.measure.code));
            found.chosen.retain(|found| wanted(&found.instrument.code));
            self.further_measures.extend(found.measures);
            self.further_chosen.extend(found.chosen);
        }
    }
}

/// Of a short form and the adaptive test of the same need only the one that was answered last is sent, the short form where both
/// were answered at once: the guide takes either.
fn keep_one_form(profile: &Profile, needs: &[Need], chosen: &mut Vec<Chosen<'_>>) {
    let zone = Zone::of(profile);
    let when = |found: &Chosen<'_>| Some(zone.stated(&found.authored)?.with_clock(&found.written));
    for need in needs {
        let newest = |adaptive: bool| {
            let forms = chosen.iter().filter(|found| need.codes.contains(&found.instrument.code));
            forms.filter(|found| found.instrument.adaptive == adaptive).filter_map(when).max()
        };
        let (Some(form), Some(test)) = (newest(false), newest(true)) else { continue };
        let adaptive = test > form;
        chosen.retain(|found| !need.codes.contains(&found.instrument.code) || found.instrument.adaptive == adaptive);
    }
}
