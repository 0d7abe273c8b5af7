//! One person's case: everything the rules look at.

use super::digest::Digest;
use super::medicare::Medicare;
use super::moment::{Moment, first_day};
use super::standing;
use crate::chart::Chart;
use crate::facts::Facts;
use crate::zone::Zone;
use access_contract::{Intent, Issue, Mode, Operation, Plan, Severity, Track};
use access_mappings::{Participant, Profile, TrackFacts, TriggerMode};

/// What a rule sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) profile: &'a Profile,
    pub(super) participant: &'a Participant,
    pub(super) now: Moment,
    /// The news; none when a chart is looked at again.
    pub(super) facts: Option<&'a Facts>,
    /// The chart before the news.
    pub(super) before: &'a Chart,
    /// The chart with the news.
    pub(super) chart: &'a Chart,
    /// What the chart says about Original Medicare today.
    pub(super) medicare: Medicare,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        profile: &'a Profile,
        participant: &'a Participant,
        now: Moment,
        facts: Option<&'a Facts>,
        before: &'a Chart,
        chart: &'a Chart,
    ) -> Self {
        Self { profile, participant, now, facts, before, chart, medicare: Medicare::of(chart, profile, now) }
    }

    /// The tracks the participant offers, CKM before eCKM, otherwise as the guide lists them.
    pub(super) fn offered(&self) -> Vec<&'a TrackFacts> {
        let mut tracks: Vec<&TrackFacts> =
            self.profile.guide.tracks.iter().filter(|track| self.offers(&track.code)).collect();
        tracks.sort_by_key(|track| Track::from(track.code.as_str()) == Track::ECkm);
        tracks
    }

    pub(super) fn offers(&self, code: &str) -> bool {
        self.participant.tracks.iter().any(|offered| offered == code)
    }

    pub(super) fn track(&self, track: &Track) -> Option<&'a TrackFacts> {
        self.profile.guide.track(track.as_str())
    }

    /// The first offered track of each family whose diagnoses the chart has. CKM comes before eCKM: whoever qualifies for
    /// both belongs in CKM.
    pub(super) fn qualifying_tracks(&self) -> Vec<&'a TrackFacts> {
        let mut families: Vec<&str> = Vec::new();
        let mut tracks = Vec::new();
        for track in self.offered() {
            if !families.contains(&track.family.as_str()) && !self.chart.qualifying(track).is_empty() {
                families.push(&track.family);
                tracks.push(track);
            }
        }
        tracks
    }

    /// Whether the family is in a control group whose time is not over.
    pub(super) fn is_control_group(&self, family: &str) -> bool {
        let months = self.profile.guide.control_group_months;
        let zone = || Zone::of(self.profile);
        self.chart.family(family).any(|standing| {
            standing.state == standing::CONTROL_GROUP
                && zone().is_within_months(self.now.instant(), &standing.since, months)
        })
    }

    /// Digest of the facts that an answer for this track depends on.
    pub(super) fn basis(&self, track: &TrackFacts) -> String {
        let chart = self.chart;
        let mut digest = Digest::new().text(&track.code).text(self.medicare.word());
        let texts = [&chart.mbi, &chart.birth_date, &chart.gender];
        for text in texts {
            digest = digest.text(text.as_ref().map_or("", |text| text.value.as_str()));
        }
        if let Some(name) = &chart.name {
            digest = digest.text(&name.value.family).text(&name.value.suffix);
            digest = name.value.given.iter().fold(digest, |digest, given| digest.text(given));
        }
        let digest = digest.text("diagnoses");
        chart.qualifying(track).iter().fold(digest, |digest, code| digest.text(code)).finish()
    }

    /// Whether eligibility for this track was answered lately on the same facts.
    pub(super) fn has_fresh_answer(&self, track: &TrackFacts) -> bool {
        self.chart.standing.get(&track.code).is_some_and(|standing| {
            let days = self.profile.triggers.screen.fresh_days;
            let checked = standing.basis == self.basis(track) && self.now.is_within_days(&standing.checked_at, days);
            // Whoever has just left is not asked back by a screen.
            let left = standing.state == "unaligned" && self.now.is_within_days(&standing.since, days);
            checked || left
        })
    }

    /// An intent with nothing but its kind and its reason to be.
    pub(super) fn intent(&self, operation: Operation, track: &TrackFacts, mode: Mode, rule: &str, why: &str) -> Intent {
        Intent {
            visit: self.facts.and_then(|facts| facts.visit.clone()),
            basis: self.basis(track),
            ..Intent::new(operation, Track::from(track.code.as_str()), mode, rule, why)
        }
    }

    /// What is missing of the person's identity to submit anything. The first is the one that matters most.
    pub(super) fn missing_identity(&self, severity: &Severity, rule: &str) -> Vec<Issue> {
        let chart = self.chart;
        let named =
            chart.name.as_ref().is_some_and(|name| !name.value.family.is_empty() || !name.value.given.is_empty());
        let issue =
            |code, location, message| Issue::new(severity.clone(), code, location, message).rule(rule).condition(101);
        let mut issues = Vec::new();
        if chart.mbi.is_none() {
            issues
                .push(issue("mbi-missing", "PID-3", "no Medicare Beneficiary Identifier is known for this person").hint(
                "send it in PID-3 with type MC, or name the field that carries it under mbi.carriers in the profile",
            ));
        }
        if chart.birth_date.is_none() {
            issues.push(issue("birth-date-missing", "PID-7", "the birth date is not known"));
        }
        // The reading knows no clock but that of the message.
        let born = chart.birth_date.as_ref().and_then(|born| first_day(&born.value));
        if born.zip(self.now.plus_days(1)).is_some_and(|(born, tomorrow)| born > tomorrow) {
            issues.push(issue("birth-date-invalid", "PID-7", "the birth date is in the future"));
        }
        if !named {
            issues.push(issue("name-missing", "PID-5", "the name is not known"));
        }
        if chart.gender.is_none() {
            issues.push(
                issue("gender-missing", "PID-8", "the administrative sex is not known")
                    .hint("add the sender's code to identity.sex in the profile"),
            );
        }
        issues
    }
}

/// How a trigger's mode shows in an intent; none where the trigger is off.
pub(super) const fn mode(trigger: TriggerMode) -> Option<Mode> {
    match trigger {
        TriggerMode::Auto => Some(Mode::Auto),
        TriggerMode::Hold => Some(Mode::Hold),
        TriggerMode::Off => None,
    }
}

/// Adds an intent and says at which position, for those that come after it.
pub(super) fn push(plan: &mut Plan, intent: Intent) -> Option<u32> {
    let position = u32::try_from(plan.intents.len()).ok();
    plan.intents.push(intent);
    position
}

/// Whether the plan already holds an operation for the family.
pub(super) fn has(plan: &Plan, operation: &Operation, family: &str) -> bool {
    plan.intents.iter().any(|intent| intent.operation == *operation && intent.track.family() == family)
}
