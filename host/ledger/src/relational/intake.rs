//! Everything that follows from one feed, in one transaction.

use super::fault::Fault;
use super::feeds::Relation;
use super::history::present;
use super::locks;
use super::notices::{Topic, naming, store as notify};
use super::session::{Decision, Session};
use super::taking::Origin;
use super::{charts, commands, entries, feeds, followers, merging, taking, unmapped};
use crate::{
    About, Intake, IntakeResult, LedgerError, NewNotice, SeenChart, State, StoredIntake, SubjectIntake, SubjectResult,
    Taken, TakenAs,
};
use bridge_types::Phi;
use std::collections::BTreeSet;

const FORWARD: LedgerError = LedgerError::Invalid { what: "an intent waits for one that does not stand before it" };
const NO_INTENT: LedgerError = LedgerError::Invalid { what: "a notice is about an intent that is not there" };
const NO_COMMAND: LedgerError = LedgerError::Invalid { what: "a notice is about a command that is not there" };

/// Stores an intake, or says why not.
pub(super) fn store(session: &Session<'_>, intake: &Intake) -> Result<Decision<IntakeResult>, Fault> {
    let feed = match &intake.feed {
        None => None,
        Some(entry) => match feeds::compare(session, entry)? {
            Relation::Same(known) => return Ok(Decision::Undo(IntakeResult::Duplicate(known))),
            Relation::SameName(known) if !intake.allow_reuse => {
                return Ok(Decision::Undo(IntakeResult::ControlIdReused(known)));
            }
            Relation::SameName(_) | Relation::New => {
                if !intake.unmapped.is_empty() {
                    unmapped::count(session, &entry.identity, &intake.unmapped)?;
                }
                Some(feeds::store(session, entry)?)
            }
        },
    };
    let seen = intake.subjects.iter().flat_map(|subject| &subject.seen);
    locks::charts(session, seen.map(|seen| seen.id.as_str()))?;
    let mut known = BTreeSet::new();
    for seen in intake.subjects.iter().flat_map(|subject| &subject.seen) {
        if !charts::unmoved(session, &intake.participant, seen)? {
            return Ok(Decision::Undo(IntakeResult::Conflict));
        }
        known.insert(seen.id.clone());
    }
    let mut writing = Writing {
        session,
        intake,
        feed: feed.as_deref(),
        control_id: intake.feed.as_ref().map_or("", |entry| entry.identity.control_id.as_str()),
        known,
        joined: BTreeSet::new(),
        dropped: Vec::new(),
        notices: Vec::new(),
    };
    let mut subjects = Vec::with_capacity(intake.subjects.len());
    for subject in &intake.subjects {
        match writing.subject(subject)? {
            Some(result) => subjects.push(result),
            None => return Ok(Decision::Undo(IntakeResult::Conflict)),
        }
    }
    let topic = Topic { feed: writing.feed, ..Topic::default() };
    for notice in &intake.notices {
        writing.notices.push(notify(session, notice, topic)?);
    }
    // A later subject may have changed an earlier one's chart: say what it is now.
    for chart in subjects.iter_mut().filter_map(|result| result.chart.as_mut()) {
        if let Some(now) = charts::seen(session, &chart.id)? {
            *chart = now;
        }
    }
    let notices = writing.notices;
    Ok(Decision::Keep(IntakeResult::Stored(StoredIntake { feed, subjects, notices })))
}

struct Writing<'a> {
    session: &'a Session<'a>,
    intake: &'a Intake,
    feed: Option<&'a str>,
    control_id: &'a str,
    known: BTreeSet<String>,
    /// Charts that a subject of this intake joined into another.
    joined: BTreeSet<String>,
    /// Submissions that were dropped with what they were to follow, and are to be told.
    dropped: Vec<String>,
    notices: Vec<String>,
}

impl Writing<'_> {
    /// Stores what follows for one person; none if a chart moved.
    fn subject(&mut self, subject: &SubjectIntake) -> Result<Option<SubjectResult>, Fault> {
        let Some(chart) = self.chart(subject)? else { return Ok(None) };
        let mut result = SubjectResult::default();
        if let Some(chart) = &chart {
            self.orders(subject, chart, &mut result)?;
            // Its version is known when everything is stored.
            result.chart = Some(SeenChart { id: chart.clone(), version: 0 });
        } else if !subject.intents.is_empty() || !subject.commands.is_empty() {
            return Err(LedgerError::Invalid { what: "intents or commands without a chart" }.into());
        }
        for notice in &subject.notices {
            if let Some(submission) = self.told_of(&notice.about, &result)? {
                let topic = Topic { submission, chart: chart.as_deref(), feed: self.feed, ..Topic::default() };
                let id = match (&notice.about, submission) {
                    (About::Withdrawn(_), Some(withdrawn)) => self.named(notice, withdrawn, topic)?,
                    _ => notify(self.session, notice, topic)?,
                };
                self.notices.push(id);
            }
        }
        Ok(Some(result))
    }

    /// Follows the commands, then takes the intents.
    fn orders(&mut self, subject: &SubjectIntake, chart: &str, result: &mut SubjectResult) -> Result<(), Fault> {
        let origin = Origin {
            participant: &self.intake.participant,
            chart,
            feed: self.feed,
            control_id: self.control_id,
            actor: &self.intake.actor,
        };
        for command in &subject.commands {
            let commanded = commands::follow(self.session, origin, command)?;
            if command.is_lapse() && command.track.is_some() {
                // The track names what the cause was of; what followed it in another is told by itself.
                self.dropped.extend(commanded.changed.iter().skip(1).cloned());
            }
            result.commands.push(commanded);
        }
        for intent in &subject.intents {
            let before = |position| usize::try_from(position).ok().and_then(|at| result.submissions.get(at));
            let after = match intent.after {
                None => None,
                Some(position) => Some(before(position).map(|taken| taken.id.clone()).ok_or(FORWARD)?),
            };
            let topic = Topic { chart: Some(chart), feed: self.feed, ..Topic::default() };
            if let Some(first) = &after
                && followers::leads_elsewhere(self.session, first, intent)?
            {
                result.submissions.push(Taken { id: first.clone(), how: TakenAs::LeftOut });
                if let Some(template) = &subject.dropped {
                    self.notices.push(followers::tell_not_made(self.session, template, intent, topic)?);
                }
                continue;
            }
            let taken = taking::take(self.session, origin, intent, after.as_deref(), &mut self.dropped)?;
            if let Some(template) = &subject.dropped
                && matches!(taken.how, TakenAs::Kept | TakenAs::InFlight)
                && !intent.is_asked()
                && followers::is_of_alignment(intent)
                && followers::leads_elsewhere(self.session, &taken.id, intent)?
            {
                let topic = Topic { submission: Some(&taken.id), ..topic };
                self.notices.push(followers::tell_open_already(self.session, template, intent, topic)?);
            }
            result.submissions.push(taken);
        }
        for dropped in std::mem::take(&mut self.dropped) {
            if let Some(template) = &subject.dropped {
                self.notices.push(followers::tell_dropped(self.session, template, &dropped, self.feed)?);
            }
        }
        Ok(())
    }

    /// Stores a notice about an earlier submission, by what that was asked for with.
    fn named(&self, new: &NewNotice, about: &str, topic: Topic<'_>) -> Result<String, Fault> {
        let about = present(self.session, about)?;
        let notice = Phi::new(naming(self.session, new.notice.expose().clone(), &about)?);
        notify(self.session, &NewNotice { notice, ..new.clone() }, topic)
    }

    /// Which submission a notice names, if any; no answer where it is not true, so that it is left out.
    fn told_of<'r>(&self, about: &About, result: &'r SubjectResult) -> Result<Option<Option<&'r str>>, Fault> {
        let commanded = |position: usize| result.commands.get(position).ok_or(NO_COMMAND);
        let taken = |position: usize| result.submissions.get(position).ok_or(NO_INTENT);
        Ok(match *about {
            About::AsWritten => Some(None),
            About::Intent(position) => {
                let taken = taken(position)?;
                let is_news = match taken.how {
                    TakenAs::Created => true,
                    TakenAs::Renewed => self.waits(taken)?,
                    TakenAs::Refreshed | TakenAs::InFlight | TakenAs::Kept | TakenAs::LeftOut => false,
                };
                is_news.then_some(Some(taken.id.as_str()))
            }
            About::Carried(position) => {
                let taken = taken(position)?;
                let carries = matches!(taken.how, TakenAs::Created | TakenAs::Refreshed | TakenAs::Renewed);
                carries.then_some(Some(taken.id.as_str()))
            }
            About::Joined(position) => {
                let taken = taken(position)?;
                self.waits(taken)?.then_some(Some(taken.id.as_str()))
            }
            About::Command(position) => commanded(position)?.changed.is_empty().then_some(None),
            About::Withdrawn(position) => commanded(position)?.changed.first().map(|id| Some(id.as_str())),
        })
    }

    /// Whether an intent met a submission that goes on waiting, for a person or for CMS.
    fn waits(&self, taken: &Taken) -> Result<bool, Fault> {
        Ok(match taken.how {
            TakenAs::Created => false,
            TakenAs::InFlight | TakenAs::Kept | TakenAs::LeftOut => true,
            TakenAs::Refreshed | TakenAs::Renewed => present(self.session, &taken.id)?.state == State::Held,
        })
    }

    /// Stores the chart. The outer option is a conflict, the inner one a feed that concerns no chart.
    fn chart(&mut self, subject: &SubjectIntake) -> Result<Option<Option<String>>, Fault> {
        let Some(change) = &subject.change else {
            let Some(first) = subject.seen.first() else { return Ok(Some(None)) };
            // An earlier subject of this intake may have joined it.
            return Ok(Some(charts::survivor(self.session, &first.id)?));
        };
        if change.id.iter().chain(&change.absorbed).any(|id| !self.known.contains(id)) {
            return Err(LedgerError::Invalid { what: "a chart is changed that was not seen" }.into());
        }
        // Nobody else can have joined what was seen: it did not move, and it is held.
        if change.id.iter().chain(&change.absorbed).any(|id| self.joined.contains(id)) {
            return Err(LedgerError::Invalid { what: "a chart is changed after an earlier subject joined it" }.into());
        }
        // A look brings no entries.
        let is_news = self.feed.is_some() || !change.entries.is_empty();
        let Some(id) = charts::change(self.session, &self.intake.participant, change, &self.known, is_news)? else {
            return Ok(None);
        };
        self.known.insert(id.clone());
        for absorbed in &change.absorbed {
            let actor = &self.intake.actor;
            merging::absorb(self.session, &self.intake.participant, &id, absorbed, actor, &mut self.dropped)?;
            self.joined.insert(absorbed.clone());
        }
        entries::store(self.session, &id, &change.entries)?;
        Ok(Some(Some(id)))
    }
}
