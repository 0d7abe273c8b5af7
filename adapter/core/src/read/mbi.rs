//! The Medicare Beneficiary Identifier: where it stands, whether it can be one, and which one counts.
//!
//! The profile lists the carriers in order of trust. A number is taken from a carrier only where the insured is the
//! patient. Two different numbers stop the matter, unless the more trusted one is stated at several carriers and the other
//! at one. Numbers of the time before the MBI hold a social security number: they are recognised, dropped and never kept.

mod decision;
mod form;
mod search;
mod seen;

use super::context::Context;
use super::coverage::{self, Cover};
use super::dates::Moment;
use super::groups::Group;
use super::stop::Stop;
use crate::facts::Sourced;
use crate::view::Repetition;
pub(super) use form::normalise;
use search::{Carrier, Search};
pub(super) use seen::Seen;

/// What the search came to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The number that counts.
    pub(super) mbi: Option<Sourced<String>>,
    /// Whether there are two between which nothing decides; then none counts.
    pub(super) conflict: bool,
    /// Medicare numbers of any kind that were seen.
    pub(super) seen: Seen,
}

/// Looks at every carrier of the profile.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) -> Result<Found, Box<Stop>> {
    let mut search = Search::new(context);
    for (rank, carrier) in context.profile.mbi.carriers.iter().enumerate() {
        search.look(rank, carrier, group, covers);
    }
    for (rank, path) in (context.profile.mbi.carriers.len()..).zip(context.sender.mbi_paths()) {
        search.look_at(rank, path, group, covers);
    }
    search.decide()
}

/// The numbers in a list of identifiers that cease (`MRG-1`).
pub(super) struct Ceasing {
    /// The first.
    pub(super) mbi: Option<Sourced<String>>,
    /// Those that differ from it.
    pub(super) further: Vec<String>,
    /// Medicare numbers of any kind that were seen.
    pub(super) seen: Seen,
}

/// Reads the numbers that cease.
pub(super) fn read_prior<'m>(context: &Context<'_>, repetitions: impl Iterator<Item = Repetition<'m>>) -> Ceasing {
    let mut search = Search::new(context);
    let ceasing = repetitions.filter(|repetition| is_medicare(context, repetition));
    // One that has run out is an earlier number of the same person, and contradicts none that holds.
    let (over, current): (Vec<_>, Vec<_>) = ceasing.partition(|repetition| is_expired(context, repetition));
    for repetition in if current.is_empty() { over } else { current } {
        let carrier = Carrier { rank: 0, rule: "mbi.prior".to_owned(), own: true, explicit: false };
        search.weigh(&repetition.component(1).value(), &carrier);
    }
    for path in &search.other {
        decision::form_warning(context, path);
    }
    let mut candidates = search.candidates.into_iter();
    let mbi = candidates.next().map(|first| context.sourced(first.number, first.path, &first.rule));
    // The search keeps each number of a carrier once.
    let further = candidates.map(|candidate| candidate.number).collect();
    Ceasing { mbi, further, seen: search.seen }
}

/// Whether an identifier is typed `MC`, typed as a local Medicare number, or assigned by CMS.
pub(super) fn is_medicare(context: &Context<'_>, identifier: &Repetition<'_>) -> bool {
    let kind = kind_of(identifier);
    kind == "MC" || assigned_by_cms(context, identifier) || context.profile.mbi.local_types.contains(&kind)
}

/// `CX-5` in upper case.
pub(super) fn kind_of(identifier: &Repetition<'_>) -> String {
    identifier.component(5).value().text().to_ascii_uppercase()
}

/// Whether an identifier has expired (`CX-8`) by the time of the message.
pub(super) fn is_expired(context: &Context<'_>, identifier: &Repetition<'_>) -> bool {
    let until = Moment::parse(&identifier.component(8).value().text());
    until.is_ok_and(|until| context.sent.as_ref().is_some_and(|sent| sent.is_after(&until)))
}

/// Whether another payer assigned an identifier, by the words for plans and payers.
fn is_another_payers(context: &Context<'_>, identifier: &Repetition<'_>) -> bool {
    let authority = identifier.component(4);
    (1..=2).any(|part| coverage::names_other_payer(context, &authority.subcomponent(part).text()))
}

fn assigned_by_cms(context: &Context<'_>, identifier: &Repetition<'_>) -> bool {
    let authority = identifier.component(4);
    (1..=3).any(|part| {
        let name = authority.subcomponent(part).text();
        !name.is_empty() && context.profile.mbi.authorities.iter().any(|known| known.eq_ignore_ascii_case(&name))
    })
}
