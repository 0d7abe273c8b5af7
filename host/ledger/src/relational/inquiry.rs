//! What a plan is made from, in one look.

use super::fault::Fault;
use super::session::{View, phi};
use super::sql::params;
use super::{charts, entries, feeds};
use crate::{Inquiry, Known, KnownChart, SeenChart, Wanted};
use bridge_types::Phi;

/// Answers an inquiry.
pub(super) fn answer(view: &View<'_>, inquiry: &Inquiry) -> Result<Known, Fault> {
    let feed = feeds::known(view, &inquiry.identity)?;
    let people = inquiry.people.iter().map(|wanted| of_person(view, &inquiry.participant, wanted));
    Ok(Known { feed, people: people.collect::<Result<_, _>>()? })
}

fn of_person(view: &View<'_>, participant: &str, wanted: &Wanted) -> Result<Vec<KnownChart>, Fault> {
    let mut found: Vec<KnownChart> = Vec::new();
    for key in &wanted.keys {
        let Some(id) = charts::owner(view, participant, key)? else { continue };
        if found.iter().all(|chart| chart.seen.id != id)
            && let Some(chart) = chart(view, &id, &wanted.entry_keys)?
        {
            found.push(chart);
        }
    }
    Ok(found)
}

fn chart(view: &View<'_>, id: &str, entry_keys: &[String]) -> Result<Option<KnownChart>, Fault> {
    let entries = entries::under(view, id, entry_keys)?.into_iter().map(|(entry, _)| entry);
    let entries = Phi::new(entries.collect());
    let found = view.one("SELECT version, document FROM charts WHERE id = ?", params![id], |row| {
        Ok((SeenChart { id: id.to_owned(), version: row.get("version")? }, phi(row, "document")?))
    })?;
    Ok(found.map(|(seen, document)| KnownChart { seen, document, entries }))
}
