//! Orders of a feed about earlier submissions of the same chart.

use super::fault::Fault;
use super::followers;
use super::history::{self, Mark, PRESENT, present, present_row};
use super::session::Session;
use super::sql::params;
use super::taking::Origin;
use crate::{Act, Commanded};
use access_contract::{Command, CommandAction, Operation, Track};

/// Carries one order out.
pub(super) fn follow(session: &Session<'_>, origin: Origin<'_>, command: &Command) -> Result<Commanded, Fault> {
    let (act, word) = match command.action {
        CommandAction::Approve => (Act::Approve, "approved"),
        CommandAction::Cancel => (Act::Withdraw, "cancelled"),
        CommandAction::Withdraw if command.is_lapse() => (Act::Withdraw, "its reason no longer holds: withdrawn"),
        CommandAction::Withdraw => (Act::Withdraw, "withdrawn with its visit"),
        // An order of a later version changes nothing.
        CommandAction::Other(_) => return Ok(Commanded::default()),
    };
    // Withdrawing is about a visit or a rule; without one it is about nothing.
    let nameless = command.visit.is_none() && command.reference.is_none() && command.rule.is_none();
    if command.action == CommandAction::Withdraw && nameless {
        return Ok(Commanded::default());
    }
    // What a person approved does not lapse with the reason that was shown.
    let unapproved = command.is_lapse();
    // The chart is of one participant. To name that one, too, has a database walk through all of its submissions.
    let matching = session.all(
        &format!(
            "{PRESENT} WHERE chart = ?1
             AND (CAST(?2 AS TEXT) IS NULL OR id = ?2 OR cms_submission = ?2) AND (CAST(?3 AS TEXT) IS NULL OR track = ?3)
             AND (CAST(?4 AS TEXT) IS NULL OR visit = ?4) AND (CAST(?5 AS TEXT) IS NULL OR operation = ?5)
             AND (CAST(?6 AS TEXT) IS NULL OR rule = ?6)
             AND (CAST(?2 AS TEXT) IS NOT NULL OR state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain'))
             ORDER BY seq"
        ),
        params![
            origin.chart,
            command.reference,
            command.track.as_ref().map(Track::as_str),
            command.visit,
            command.operation.as_ref().map(Operation::as_str),
            command.rule,
        ],
        present_row,
    )?;
    let cause = origin.feed.map_or_else(|| word.to_owned(), |feed| format!("{word} by feed {feed}"));
    let mark = Mark { actor: origin.actor, cause: &cause };
    let mut commanded = Commanded::default();
    for found in matching {
        if commanded.changed.contains(&found.id) {
            continue;
        }
        // An earlier one of this list may have moved it.
        let mut found = present(session, &found.id)?;
        if command.action != CommandAction::Withdraw {
            found = followers::whole(session, found, act)?;
            if commanded.changed.contains(&found.id) {
                continue;
            }
        } else if let Some(visit) = &command.visit
            && followers::serves_another_visit(session, &found.id, visit)?
        {
            continue;
        }
        if unapproved && !found.needs_approval {
            continue;
        }
        if found.situation().next(act).is_none() {
            // What never needed approval is not refused one.
            if act == Act::Withdraw || command.reference.is_some() {
                commanded.refused.push(found.id);
            }
        } else if act == Act::Approve {
            history::approve(session, found, mark, &mut commanded.changed)?;
        } else {
            history::withdraw(session, &found, act, mark, &mut commanded.changed)?;
        }
    }
    Ok(commanded)
}
