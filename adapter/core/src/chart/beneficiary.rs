//! Questions that rules ask of a chart.

use super::{Chart, Standing};
use crate::facts::{Alias, Certainty, Diagnosis};
use access_contract::Track;
use access_mappings::{Profile, TrackFacts};
use std::collections::BTreeMap;

impl Standing {
    /// Whether the beneficiary is aligned here: a pending unalignment leaves the alignment in force.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        matches!(self.state.as_str(), "aligned" | "unalignment-pending")
    }

    /// The earliest moment from which the last alignment can count, RFC 3339.
    #[must_use]
    pub fn begun(&self) -> &str {
        if self.aligned_since.is_empty() { &self.aligned_at } else { &self.aligned_since }
    }

    /// Whether a state that an answer leads to says what has become of an alignment. Who is not eligible may be aligned all the same.
    pub(crate) fn tells_of_alignment(state: &str) -> bool {
        matches!(state, "eligible" | "control-group" | "aligned" | "unalignment-pending" | "unaligned")
    }
}

/// Key of [`Chart::told`], before the track: an alignment that was not looked at yet.
const NEW_ALIGNMENT: &str = "alignment/";
/// The same for an alignment that has ended.
const ENDED_ALIGNMENT: &str = "alignment-ended/";
/// The same for a check that was answered.
const ANSWER: &str = "answer/";
/// Key of [`Chart::told`]: charts were joined into this one, which was not looked at since.
const JOINED: &str = "joined";
/// Key of [`Chart::told`]: when the sender deleted the record.
pub(crate) const DELETED: &str = "record-deleted";

/// Whether something of [`Chart::told`] waits for the next look at the chart.
pub(crate) fn is_for_a_look(key: &str) -> bool {
    key == JOINED || [NEW_ALIGNMENT, ENDED_ALIGNMENT, ANSWER].iter().any(|start| key.starts_with(start))
}

impl Chart {
    /// The MBI for a notice: none unless the profile lets notices carry it.
    #[must_use]
    pub fn notice_mbi(&self, profile: &Profile) -> Option<String> {
        self.mbi.as_ref().filter(|_| profile.notices.include_mbi).map(|mbi| mbi.value.clone())
    }

    /// Every Medicare number the person has or had.
    #[must_use]
    pub fn numbers(&self) -> Vec<&str> {
        let former = self.former_mbis.iter().map(String::as_str);
        self.mbi.iter().map(|mbi| mbi.value.as_str()).chain(former).collect()
    }

    /// Whether the person is known to be dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.deceased.as_ref().is_some_and(|dead| dead.value)
    }

    /// Whether the person is known to be in hospice.
    #[must_use]
    pub fn is_in_hospice(&self) -> bool {
        self.hospice.as_ref().is_some_and(|hospice| hospice.value)
    }

    /// The diagnoses that are sure enough to be sent.
    pub fn confirmed(&self) -> impl Iterator<Item = &Diagnosis> {
        self.diagnoses.iter().filter(|diagnosis| diagnosis.certainty == Certainty::Confirmed)
    }

    /// The confirmed codes that qualify for a track, ascending.
    #[must_use]
    pub fn qualifying(&self, track: &TrackFacts) -> Vec<String> {
        self.codes(|code| track.qualifying.contains(code))
    }

    /// The confirmed codes that exclude from a track, ascending.
    #[must_use]
    pub fn excluding(&self, track: &TrackFacts) -> Vec<String> {
        self.codes(|code| track.exclusions.matches(code))
    }

    fn codes(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut codes: Vec<String> = self
            .confirmed()
            .filter(|diagnosis| wanted(&diagnosis.code))
            .map(|diagnosis| diagnosis.code.clone())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The tracks the beneficiary is aligned in.
    #[must_use]
    pub fn aligned(&self) -> Vec<Track> {
        self.standing
            .iter()
            .filter(|(_, standing)| standing.is_aligned())
            .map(|(track, _)| Track::from(track.as_str()))
            .collect()
    }

    /// The track of a family the beneficiary is aligned in.
    #[must_use]
    pub fn aligned_in_family(&self, family: &str) -> Option<Track> {
        self.aligned().into_iter().find(|track| track.family() == family)
    }

    /// The tracks of a family with an alignment that CMS did not know under some number, and that may be in force under another.
    pub(crate) fn hidden_in_family(&self, family: &str) -> impl Iterator<Item = (&String, &Standing)> {
        let is_hidden = |(_, standing): &(&String, &Standing)| !standing.unknown_under.is_empty();
        self.standing.iter().filter(is_hidden).filter(move |(code, _)| Track::from(code.as_str()).family() == family)
    }

    /// Notes that an alignment has become known: what was said while it was under way is to be looked at once.
    pub(crate) fn note_alignment(&mut self, track: &str, at: &str) {
        self.told.insert(format!("{NEW_ALIGNMENT}{track}"), at.to_owned());
    }

    /// Whether the chart was not looked at since the alignment became known.
    pub(crate) fn is_new_alignment(&self, track: &str) -> bool {
        self.told.contains_key(&format!("{NEW_ALIGNMENT}{track}"))
    }

    /// Notes that an alignment has ended: what is held to end it is for nothing.
    pub(crate) fn note_end(&mut self, track: &str, at: &str) {
        self.told.insert(format!("{ENDED_ALIGNMENT}{track}"), at.to_owned());
    }

    /// The tracks whose alignment has ended since the chart was looked at.
    pub(crate) fn ended(&self) -> Vec<Track> {
        let marked = self.told.keys().filter_map(|key| key.strip_prefix(ENDED_ALIGNMENT));
        let ended = |track: &&str| self.standing.get(*track).is_none_or(|standing| !standing.is_aligned());
        marked.filter(ended).map(Track::from).collect()
    }

    /// Notes that a check was answered, or may be asked at last: what came meanwhile about the family was not asked.
    pub(crate) fn note_answer(&mut self, track: &str, at: &str) {
        self.told.insert(format!("{ANSWER}{track}"), at.to_owned());
    }

    /// Whether the chart was not looked at since a check of the family was answered.
    pub(crate) fn is_answered_anew(&self, family: &str) -> bool {
        let mut marked = self.told.keys().filter_map(|key| key.strip_prefix(ANSWER));
        marked.any(|track| Track::from(track).family() == family)
    }

    /// Notes that other charts were joined into this one.
    pub(crate) fn note_joining(&mut self, at: &str) {
        self.told.insert(JOINED.to_owned(), at.to_owned());
    }

    /// Whether the chart was not looked at since others were joined into it.
    pub(crate) fn is_joined(&self) -> bool {
        self.told.contains_key(JOINED)
    }

    /// When the sender deleted the record, unless it spoke of the person since.
    pub(crate) fn deleted_at(&self) -> Option<&str> {
        self.told.get(DELETED).map(String::as_str)
    }

    /// Forgets that the record was deleted.
    pub(crate) fn restore(&mut self) {
        self.told.remove(DELETED);
    }

    /// The standings of a family's tracks.
    pub fn family<'a>(&'a self, family: &'a str) -> impl Iterator<Item = &'a Standing> {
        standings(&self.standing, family)
    }

    /// Whether one of the identifiers is already known as this person's.
    #[must_use]
    pub fn shares(&self, aliases: &[Alias]) -> bool {
        aliases.iter().any(|alias| self.aliases.iter().any(|known| same_identifier(known, alias)))
    }
}

/// Whether two identifiers are one. The type is no part of it: senders add and drop it.
pub(crate) fn same_identifier(one: &Alias, other: &Alias) -> bool {
    one.authority == other.authority && one.value == other.value
}

fn standings<'a>(standing: &'a BTreeMap<String, Standing>, family: &'a str) -> impl Iterator<Item = &'a Standing> {
    standing
        .iter()
        .filter(move |(track, _)| Track::from(track.as_str()).family() == family)
        .map(|(_, standing)| standing)
}
