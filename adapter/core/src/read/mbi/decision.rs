//! Which of the numbers found counts.

use super::Found;
use super::search::{Candidate, Search};
use crate::read::context::Context;
use crate::read::stop::Stop;
use access_contract::{Issue, Severity};
use access_mappings::EventEffect;

impl Search<'_, '_> {
    /// Settles which number counts.
    pub(super) fn decide(mut self) -> Result<Found, Box<Stop>> {
        let context = self.context;
        // A number that breaks the form counts only where no other does not.
        if self.candidates.iter().any(|candidate| candidate.broken.is_none()) {
            for candidate in self.candidates.extract_if(.., |candidate| candidate.broken.is_some()) {
                position_warning(context, &candidate, "another number was taken");
            }
        }
        let Some(best) = self.candidates.first() else { return self.nothing() };
        for path in &self.wrong {
            form_warning(context, path);
        }
        let carriers = |number: &str| {
            let mut ranks: Vec<usize> =
                self.candidates.iter().filter(|known| known.number == number).map(|known| known.rank).collect();
            ranks.dedup();
            ranks.len()
        };
        let rival = self
            .candidates
            .iter()
            .filter(|known| known.number != best.number)
            .max_by_key(|known| carriers(&known.number));
        if let Some(rival) = rival {
            if carriers(&best.number) < 2 || carriers(&rival.number) > 1 {
                let message = format!("two different Medicare numbers are stated, here and at {}", rival.path);
                let hint = "find out which is the patient's own and correct the other at its source";
                context.fail("mbi-conflict", best.path.clone(), &message, hint);
                return Ok(Found { mbi: None, conflict: true, seen: self.seen });
            }
            let message = "another Medicare number is stated at several more trusted places and was taken";
            context.warn("mbi-conflict-settled", rival.path.clone(), message, "correct the number at its source");
        }
        if best.broken.is_some() {
            position_warning(context, best, "the number was taken as it is");
        }
        let mbi = context.sourced(best.number.clone(), best.path.clone(), &best.rule);
        Ok(Found { mbi: Some(mbi), conflict: false, seen: self.seen })
    }

    /// There is no number that could be taken.
    fn nothing(self) -> Result<Found, Box<Stop>> {
        let context = self.context;
        for path in &self.other {
            form_warning(context, path);
        }
        let states = matches!(context.rule.effect, EventEffect::Snapshot | EventEffect::Referral | EventEffect::Merge);
        match self.wrong.first() {
            Some(path) if states => {
                let issue = Issue::new(
                    Severity::Error,
                    "mbi-form",
                    path,
                    "the Medicare number does not have the form that CMS gives it",
                )
                .hint("compare it with the patient's card and correct it at the source, then send again")
                .condition(102);
                Stop::ask(issue).unless_inspected(context.profile, |issue| context.note(issue))?;
                Ok(Found { mbi: None, conflict: false, seen: self.seen })
            }
            _ => {
                for path in &self.wrong {
                    form_warning(context, path);
                }
                Ok(Found { mbi: None, conflict: false, seen: self.seen })
            }
        }
    }
}

/// Says that a value is no Medicare number.
pub(super) fn form_warning(context: &Context<'_>, path: &str) {
    let message = "the value has not the form of a Medicare number and was not taken as one";
    context.warn(
        "mbi-form",
        path,
        message,
        "eleven letters and digits are expected; see mbi.carriers in the profile for where it may stand",
    );
}

fn position_warning(context: &Context<'_>, candidate: &Candidate, consequence: &str) {
    let position = candidate.broken.unwrap_or_default();
    let message = format!("position {position} is not what the CMS form allows there; {consequence}");
    let hint = "compare the number with the card: letters are often taken for digits";
    context.warn("mbi-position", candidate.path.clone(), &message, hint);
}
