//! What `MRG` says: identifiers that cease, and visits that go on under another number or belong to another person
//! (HL7 v2.5.1 chapter 3, section 3.5.2).
//!
//! `PID` is the correct or surviving side. The direction is never guessed, and a side that is missing is for a person.

use super::context::Context;
use super::groups::Group;
use super::identifiers::{collect, is_before_2_7};
use super::mbi;
use super::stop::Stop;
use super::subject::{authority, own_number, visit_number};
use crate::facts::{Alias, RenamedVisit, Sourced};
use crate::view::Segment;
use access_contract::{Issue, Severity};
use access_mappings::EventEffect;

/// The other side of `PID`.
#[derive(Debug, Default)]
pub(super) struct Prior {
    /// Identifiers that cease, or those of the other person.
    pub(super) aliases: Vec<Alias>,
    /// The Medicare number among them.
    pub(super) mbi: Option<Sourced<String>>,
    /// Medicare numbers among them that differ from that one.
    pub(super) further_mbis: Vec<String>,
    /// Visits by their old number and the one in the `PV1` that follows.
    pub(super) visits: Vec<RenamedVisit>,
}

impl Prior {
    /// Whether the other side is another person, from whom visits move away.
    pub(super) fn is_another_person(&self, effect: EventEffect) -> bool {
        effect == EventEffect::MoveVisit && (!self.aliases.is_empty() || self.mbi.is_some())
    }
}

/// Reads every `MRG` of the group as the effect of the event has it. `own` are the identifiers in `PID`.
pub(super) fn read(
    context: &Context<'_>,
    group: &Group<'_, '_>,
    own: &[Alias],
    own_mbi: bool,
) -> Result<Prior, Box<Stop>> {
    match context.rule.effect {
        EventEffect::Merge | EventEffect::Change => identifiers(context, group, own, own_mbi),
        EventEffect::RenameVisit => Ok(Prior { visits: visits(context, group), ..Prior::default() }),
        EventEffect::MoveVisit => moved(context, group, own),
        EventEffect::Review => Ok(other_side(context, group, own)),
        EventEffect::Snapshot
        | EventEffect::Cancel
        | EventEffect::Referral
        | EventEffect::Results
        | EventEffect::Ignore => Ok(Prior::default()),
    }
}

/// There is no other side.
fn refuse(context: &Context<'_>, location: String, message: &str, hint: &str) -> Result<Prior, Box<Stop>> {
    let issue = Issue::new(Severity::Error, "merge-side-missing", location, message).hint(hint).condition(101);
    Stop::ask(issue).unless_inspected(context.profile, |issue| context.note(issue))?;
    Ok(Prior::default())
}

/// `MRG-1`, and `MRG-2` and `MRG-4` where the version still has them or `MRG-1` is empty. An identifier without an authority
/// is of the only one that `PID` has.
fn collected(context: &Context<'_>, group: &Group<'_, '_>, own: &[Alias]) -> Prior {
    let stand_in = match authorities(own).as_slice() {
        [only] => *only,
        _ => "",
    };
    let numbers = || group.all("MRG").flat_map(|mrg| mrg.field(1).repetitions());
    let found = mbi::read_prior(context, numbers());
    let listed = numbers().any(|identifier| !identifier.is_absent());
    let fields = if is_before_2_7(&context.header.version) || !listed { &[1, 2, 4][..] } else { &[1] };
    let all = group.all("MRG").flat_map(|mrg| fields.iter().flat_map(|number| mrg.field(*number).repetitions()));
    let aliases = collect(context, all, &found.seen, stand_in);
    Prior { aliases, mbi: found.mbi, further_mbis: found.further, visits: Vec::new() }
}

fn authorities(own: &[Alias]) -> Vec<&str> {
    let mut authorities: Vec<&str> = own.iter().map(|alias| alias.authority.as_str()).collect();
    authorities.sort_unstable();
    authorities.dedup();
    authorities
}

/// The identifiers that cease in a merge or a change.
fn identifiers(context: &Context<'_>, group: &Group<'_, '_>, own: &[Alias], own_mbi: bool) -> Result<Prior, Box<Stop>> {
    if own.is_empty() && !own_mbi {
        let message = "the surviving patient of the merge has no identifier";
        return refuse(context, group.pid.field(3).path(), message, "the sender must fill PID-3");
    }
    let Some(mrg) = group.first("MRG") else {
        let hint = "the sender must include MRG with MRG-1";
        return refuse(context, "MRG".to_owned(), "the merge does not say which identifiers cease", hint);
    };
    let mut prior = collected(context, group, own);
    let count = prior.aliases.len();
    prior.aliases.retain(|alias| !stands_in(own, alias));
    if prior.aliases.len() < count {
        context.warn(
            "merge-same-identifier",
            mrg.field(1).path(),
            "an identifier stands on both sides of the merge; it does not cease",
            "an identifier that survives should not stand in MRG",
        );
    }
    let count = prior.aliases.len();
    let authorities = authorities(own);
    if !authorities.is_empty() {
        prior.aliases.retain(|alias| authorities.contains(&alias.authority.as_str()));
    }
    if prior.aliases.len() < count {
        context.warn(
            "merge-authority",
            mrg.field(1).path(),
            "an identifier to cease has an authority that the survivor has none of; it was left out",
            "both sides need an identifier of the same assigning authority",
        );
    }
    if prior.aliases.is_empty() && prior.mbi.is_none() {
        let hint = "the sender must fill MRG-1 with an identifier of the same authority as in PID-3";
        return refuse(context, mrg.field(1).path(), "the merge does not say which identifiers cease", hint);
    }
    Ok(prior)
}

fn stands_in(own: &[Alias], alias: &Alias) -> bool {
    own.iter().any(|known| known.authority == alias.authority && known.value == alias.value)
}

/// What `MRG` holds beyond `PID`, whatever it is: only a person will look at it.
fn other_side(context: &Context<'_>, group: &Group<'_, '_>, own: &[Alias]) -> Prior {
    let mut prior = collected(context, group, own);
    prior.aliases.retain(|alias| !stands_in(own, alias));
    prior
}

/// The person a visit was filed under by mistake, with the visits. Without other identifiers than those in `PID` the visits
/// stay with the patient and change their account.
fn moved(context: &Context<'_>, group: &Group<'_, '_>, own: &[Alias]) -> Result<Prior, Box<Stop>> {
    let Some(mrg) = group.first("MRG") else {
        let hint = "the sender must include MRG with MRG-1 and MRG-5";
        return refuse(context, "MRG".to_owned(), "the move does not say whose visit it was", hint);
    };
    let all = collected(context, group, own);
    if all.aliases.is_empty() && all.mbi.is_none() {
        context.warn(
            "move-patient-missing",
            mrg.field(1).path(),
            "the move does not say whose visit it was; it was read as a move between accounts of one patient",
            "the sender should fill MRG-1 with the identifiers of the patient the visit was filed under",
        );
    }
    let visits = visits(context, group);
    if visits.is_empty() {
        let hint = "the sender must fill MRG-5, or PV1-19 where the number stays";
        return refuse(context, mrg.field(5).path(), "the move does not say which visit it is about", hint);
    }
    let same = all.aliases.iter().any(|alias| stands_in(own, alias));
    let (aliases, mbi) = if same { (Vec::new(), None) } else { (all.aliases, all.mbi) };
    Ok(Prior { aliases, mbi, further_mbis: Vec::new(), visits })
}

/// Each `MRG-5` with the `PV1-19` that follows it; either stands for both where the other is empty.
fn visits(context: &Context<'_>, group: &Group<'_, '_>) -> Vec<RenamedVisit> {
    let mut visits: Vec<RenamedVisit> = Vec::new();
    let mut segments = group.segments().iter().peekable();
    while let Some(mrg) = segments.next() {
        if mrg.name() != "MRG" {
            continue;
        }
        let mut following: Option<&Segment<'_>> = None;
        while let Some(segment) = segments.next_if(|segment| segment.name() != "MRG") {
            following = following.or(Some(segment).filter(|segment| segment.name() == "PV1"));
        }
        let pv1 = following.or_else(|| group.first("PV1"));
        let to = pv1.and_then(|pv1| own_number(context, pv1));
        // Without an authority of its own it has that of the number beside it.
        let stand_in = pv1.and_then(|pv1| authority(&pv1.field(19))).unwrap_or_default();
        let from = visit_number(context, &mrg.field(5), &stand_in);
        let (Some(from), Some(to)) = (from.clone().or_else(|| to.clone()), to.or(from)) else { continue };
        let visit = RenamedVisit { from, to };
        if visits.contains(&visit) {
            continue;
        }
        if visits.len() == MAX_VISITS {
            let message = "the event is about too many visits; the rest was left out";
            context.warn("limit-rows", mrg.path(), message, "send an event for each visit");
            break;
        }
        visits.push(visit);
    }
    visits
}

/// Most visits that one event moves.
const MAX_VISITS: usize = 64;
