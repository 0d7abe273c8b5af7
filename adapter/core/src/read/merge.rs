//! Merges: `PID` survives, the identifiers in `MRG` cease. The direction is never guessed, and a side that is missing is
//! for a person.

use super::context::Context;
use super::groups::Group;
use super::identifiers::{collect, is_before_2_7};
use super::mbi;
use super::stop::Stop;
use crate::facts::{Alias, Sourced};
use access_contract::{Issue, Severity};

/// What ceases.
#[derive(Debug, Default)]
pub(super) struct Prior {
    pub(super) aliases: Vec<Alias>,
    pub(super) mbi: Option<Sourced<String>>,
}

/// Reads `MRG-1`, `MRG-4` and, in old versions, `MRG-2`. `own` are the survivor's identifiers.
pub(super) fn read(
    context: &Context<'_>,
    group: &Group<'_, '_>,
    own: &[Alias],
    own_mbi: bool,
) -> Result<Prior, Box<Stop>> {
    let refuse = |location: String, message: &str, hint: &str| {
        let issue = Issue::new(Severity::Error, "merge-side-missing", location, message).hint(hint).condition(101);
        Err(Stop::ask(issue))
    };
    if own.is_empty() && !own_mbi {
        return refuse(
            group.pid.field(3).path(),
            "the surviving patient of the merge has no identifier",
            "the sender must fill PID-3",
        );
    }
    let Some(mrg) = group.first("MRG") else {
        return refuse(
            "MRG".to_owned(),
            "the merge does not say which identifiers cease",
            "the sender must include MRG with MRG-1",
        );
    };
    // Without an authority, an old identifier is of the only one the survivor has.
    let mut authorities: Vec<&str> = own.iter().map(|alias| alias.authority.as_str()).collect();
    authorities.sort_unstable();
    authorities.dedup();
    let stand_in = if let [only] = authorities.as_slice() { only } else { "" };
    let found = mbi::read_prior(context, mrg.field(1).repetitions());
    let listed = mrg.field(1).repetitions().any(|identifier| !identifier.is_absent());
    let fields = if is_before_2_7(&context.header.version) || !listed { &[1, 2, 4][..] } else { &[1] };
    let identifiers = fields.iter().flat_map(|number| mrg.field(*number).repetitions());
    let mut aliases = collect(context, identifiers, &found.seen, stand_in);
    let count = aliases.len();
    aliases.retain(|alias| own.iter().all(|known| known.key() != alias.key()));
    if aliases.len() < count {
        let hint = "an identifier that survives should not stand in MRG";
        context.warn(
            "merge-same-identifier",
            mrg.field(1).path(),
            "an identifier stands on both sides of the merge; it does not cease",
            hint,
        );
    }
    let count = aliases.len();
    if !authorities.is_empty() {
        aliases.retain(|alias| authorities.contains(&alias.authority.as_str()));
    }
    if aliases.len() < count {
        let hint = "both sides need an identifier of the same assigning authority";
        context.warn(
            "merge-authority",
            mrg.field(1).path(),
            "an identifier to cease has an authority that the survivor has none of; it was left out",
            hint,
        );
    }
    if aliases.is_empty() && found.mbi.is_none() {
        let hint = "the sender must fill MRG-1 with an identifier of the same authority as in PID-3";
        return refuse(mrg.field(1).path(), "the merge does not say which identifiers cease", hint);
    }
    Ok(Prior { aliases, mbi: found.mbi })
}
