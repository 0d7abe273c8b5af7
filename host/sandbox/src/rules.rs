//! The programme's rules: what a request that passed the checks leads to.
//!
//! They are asked in this order, and the first that refuses answers: identity on record, Medicare, services, control
//! group, clinical exclusion, alignment in the track's family, diagnoses, attestation of a switch. `$unalign` goes by the
//! MBI alone, since it has no result for a mismatch.
//!
//! Days are whole days of UTC. The lock-in covers the days before `lock_in_days` have passed; the control group ends on
//! the same day of the calendar after `control_group_months`.

use crate::calendar::Calendar;
use crate::checks::{Identity, Question};
use crate::clock::months_later;
use crate::operation::Operation;
use crate::outcome::OutcomeIssue;
use crate::refusal::Refusal;
use crate::registry::{Held, Person};
use crate::reports;
use crate::scenario::{AttestationRule, Beneficiary, Programme};
use access_mappings::{Guide, TrackFacts};
use std::collections::BTreeSet;

/// What a request leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A result code.
    Result(String),
    /// `incomplete-data`, and what is missing.
    Incomplete(Vec<OutcomeIssue>),
    /// Refused at once.
    FailPost(Refusal),
    /// Accepted, then refused on the poll.
    FailPoll(Refusal),
}

/// What is decided by, besides the question and the person.
pub(crate) struct Case<'a> {
    pub(crate) guide: &'a Guide,
    pub(crate) programme: &'a Programme,
    pub(crate) calendar: Calendar<'a>,
    /// Milliseconds of the sandbox's time.
    pub(crate) now: i64,
    pub(crate) today: i64,
    /// The submission's id.
    pub(crate) id: &'a str,
    /// Fingerprint of the participant's Bundle.identifier; empty where there is none, which a report's document must have.
    pub(crate) bundle: &'a str,
    /// Those of the reports that were taken.
    pub(crate) taken: &'a mut BTreeSet<String>,
}

/// Decides, and writes the alignments and reports that follow into the person.
pub(crate) fn decide(question: &Question, person: &mut Person, case: &mut Case<'_>) -> Verdict {
    if let Some(report) = &question.report {
        return reports::decide(question, report, person, case);
    }
    let Some(track) = case.guide.track(&question.track) else {
        // The checks let no other track through.
        return Verdict::Result(String::new());
    };
    let Case { guide, programme, now, today, id, .. } = *case;
    let rules = Rules { question, guide, programme, now, today, id, track };
    match question.operation {
        Operation::CheckEligibility => Verdict::Result(rules.eligibility(person)),
        Operation::Align => rules.align(person),
        Operation::Unalign => Verdict::Result(rules.unalign(person)),
        // Has a report, or would not have passed the checks.
        Operation::ReportData => Verdict::Result(String::new()),
    }
}

struct Rules<'a> {
    question: &'a Question,
    guide: &'a Guide,
    programme: &'a Programme,
    now: i64,
    today: i64,
    id: &'a str,
    track: &'a TrackFacts,
}

/// How the track's family stands.
enum Standing {
    Free,
    /// Aligned, and to stay so.
    Taken,
    /// Aligned to another participant that may be left.
    Switchable,
}

impl Rules<'_> {
    fn eligibility(&self, person: &Person) -> String {
        if let Some(reason) = self.refusal(person) {
            return format!("not-eligible-{reason}");
        }
        let standing = self.standing(person);
        if matches!(standing, Standing::Taken) {
            return "not-eligible-already-aligned".to_owned();
        }
        let on_record = person.record.as_ref().map_or(&[][..], |record| record.diagnoses.as_slice());
        let diagnoses = if self.question.diagnoses.is_empty() { on_record } else { self.question.diagnoses.as_slice() };
        match standing {
            _ if !diagnoses.is_empty() && !self.qualifies(diagnoses) => "not-eligible-diagnoses",
            Standing::Switchable => "eligible-switch-participants",
            _ if diagnoses.is_empty() => "eligible-pending-diagnosis",
            _ => "eligible",
        }
        .to_owned()
    }

    fn align(&self, person: &mut Person) -> Verdict {
        if let Some(reason) = self.refusal(person) {
            return Verdict::Result(format!("not-aligned-{reason}"));
        }
        let standing = self.standing(person);
        if matches!(standing, Standing::Taken) {
            return Verdict::Result("not-aligned-already-aligned".to_owned());
        }
        if !self.qualifies(&self.question.diagnoses) {
            return Verdict::Result("not-aligned-diagnoses".to_owned());
        }
        let code = match standing {
            Standing::Switchable if !self.question.attested => {
                return match self.programme.switch_attestation {
                    AttestationRule::Result => Verdict::Result("not-aligned-no-switch-attestation".to_owned()),
                    AttestationRule::Http400 => Verdict::FailPost(Refusal::attestation()),
                    AttestationRule::Poll400 => Verdict::FailPoll(Refusal::attestation()),
                };
            }
            Standing::Switchable => "aligned-switch-approved",
            _ => "aligned",
        };
        person.leave(self.now, |held| self.same_family(held));
        let (participant, track) = (self.question.participant.clone(), self.track.code.clone());
        person.held.push(Held::new(participant, track, self.today, self.id.to_owned()));
        Verdict::Result(code.to_owned())
    }

    fn unalign(&self, person: &mut Person) -> String {
        let ours = |held: &Held| held.participant == self.question.participant && held.track == self.track.code;
        let Some(held) = person.held.iter().find(|held| ours(held)) else {
            return "patient-not-aligned".to_owned();
        };
        let reason = self.question.reason.as_deref().unwrap_or_default();
        let blocked = self.programme.lock_in_blocks.iter().any(|blocked| blocked == reason);
        if blocked && self.is_locked(held) {
            return "cannot-unalign-during-lock-in".to_owned();
        }
        if person.record.as_ref().is_some_and(|record| record.pending_unalign) {
            return "unalignment-pending".to_owned();
        }
        person.leave(self.now, ours);
        "unaligned".to_owned()
    }

    /// Why the person cannot be in the track at all.
    fn refusal(&self, person: &Person) -> Option<&'static str> {
        let record = person.record.as_ref();
        if record.is_some_and(|record| !matches_record(&self.question.patient, record)) {
            return Some("mismatch");
        }
        if !person.medicare {
            return Some("not-medicare");
        }
        if record.is_some_and(|record| record.services) {
            return Some("services");
        }
        if person.control_since.is_some_and(|since| self.today < months_later(since, self.guide.control_group_months)) {
            return Some("control-group");
        }
        let on_record = record.map_or(&[][..], |record| record.diagnoses.as_slice());
        let excluded = record.is_some_and(|record| record.excluded_from.contains(&self.track.code))
            || on_record.iter().chain(&self.question.diagnoses).any(|code| self.track.exclusions.matches(code));
        excluded.then_some("clinical-exclusion")
    }

    fn standing(&self, person: &Person) -> Standing {
        match person.held.iter().find(|held| self.same_family(held)) {
            None => Standing::Free,
            // The same participant must unalign first, even to move within the family.
            Some(held) if held.participant == self.question.participant => Standing::Taken,
            Some(held) if self.is_progress(held) || !self.is_locked(held) => Standing::Switchable,
            Some(_) => Standing::Taken,
        }
    }

    fn same_family(&self, held: &Held) -> bool {
        self.guide.track(&held.track).is_some_and(|track| track.family == self.track.family)
    }

    /// The move from eCKM to CKM, which the lock-in does not bind. The guide is of two minds about the way back.
    fn is_progress(&self, held: &Held) -> bool {
        held.track == "eCKM" && self.track.code == "CKM"
    }

    fn is_locked(&self, held: &Held) -> bool {
        self.today - held.since < i64::from(self.guide.lock_in_days)
    }

    /// Whether one of the codes, written as ICD-10-CM has them, qualifies for the track.
    fn qualifies(&self, diagnoses: &[String]) -> bool {
        diagnoses.iter().any(|code| is_dotted(code) && self.track.qualifying.contains(code))
    }
}

/// A code of more than three characters has its dot after the third.
fn is_dotted(code: &str) -> bool {
    match code.split_once('.') {
        None => code.len() == 3,
        Some((head, tail)) => head.len() == 3 && !tail.is_empty() && !tail.contains('.'),
    }
}

/// Whether what was submitted is what is on record. Hyphens, apostrophes and blanks count; upper and lower case do not.
fn matches_record(submitted: &Identity, record: &Beneficiary) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let given = |given: &str| {
        submitted.given.first().is_some_and(|first| same(first, given)) || same(&submitted.given.join(" "), given)
    };
    record.family.as_deref().is_none_or(|family| same(&submitted.family, family))
        && record.given.as_deref().is_none_or(given)
        && record.birth_date.as_deref().is_none_or(|date| submitted.birth_date == date)
        && record.gender.as_deref().is_none_or(|gender| submitted.gender == gender)
}
