//! Identifiers that are not the Medicare number.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use super::mbi::{self, Seen};
use crate::facts::Alias;
use crate::view::Repetition;
use crate::view::limits::{MAX_IDENTIFIER_BYTES, MAX_IDENTIFIERS};
use std::collections::BTreeSet;

/// Types (table 0203) that never lead to a chart: numbers that must not be kept (social security, driver's licence), and
/// numbers that are not one person's or not for long (subscriber, account, visit).
const LEFT_OUT: [&str; 6] = ["SS", "SSN", "DL", "SN", "AN", "VN"];

/// Reads `PID-3`, and `PID-2` and `PID-4` where the version still has them or `PID-3` is empty. `seen` are the Medicare
/// numbers of the message, which are no aliases wherever they stand.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, seen: &Seen) -> Vec<Alias> {
    let list = group.pid.field(3);
    let listed = list.repetitions().any(|identifier| !identifier.is_absent());
    let fields = if is_before_2_7(&context.header.version) || !listed { &[3, 2, 4][..] } else { &[3] };
    let identifiers = fields.iter().flat_map(|number| group.pid.field(*number).repetitions());
    collect(context, identifiers, seen, "")
}

/// Makes aliases of identifiers. `authority` stands in where one names none; the sender's where that is empty too.
pub(super) fn collect<'m>(
    context: &Context<'_>,
    identifiers: impl Iterator<Item = Repetition<'m>>,
    seen: &Seen,
    authority: &str,
) -> Vec<Alias> {
    let mut aliases: Vec<Alias> = Vec::new();
    let mut keys = BTreeSet::new();
    for identifier in identifiers {
        let kind = mbi::kind_of(&identifier);
        let left_out = LEFT_OUT.contains(&kind.as_str()) || mbi::is_medicare(context, &identifier);
        if left_out || mbi::is_expired(context, &identifier) || is_to_come(context, &identifier) {
            continue;
        }
        let value = identifier.component(1).value();
        let Some(text) = context.text(&value) else { continue };
        if text.contains('\u{fffd}') {
            let hint = "declare the character set in MSH-18, or set default_charset in the profile, and send again";
            let message = "the identifier holds bytes that could not be decoded, so it was not taken";
            context.fail("undecodable-identifier", value.path(), message, hint);
            continue;
        }
        if text.len() > MAX_IDENTIFIER_BYTES {
            context.too_long(&value);
            continue;
        }
        if seen.has(&text) {
            continue;
        }
        let alias = Alias { authority: authority_of(context, &identifier, authority), value: text, kind };
        if !keys.insert(alias.key()) {
            continue;
        }
        if aliases.len() == MAX_IDENTIFIERS {
            context.warn(
                "limit-rows",
                identifier.path(),
                "there are too many identifiers; the rest was left out",
                "send the current ones",
            );
            break;
        }
        aliases.push(alias);
    }
    aliases
}

/// Whether an identifier begins to hold (`CX-7`) only after the message.
fn is_to_come(context: &Context<'_>, identifier: &Repetition<'_>) -> bool {
    let value = identifier.component(7).value();
    !value.is_absent()
        && Moment::parse(&value.text()).is_ok_and(|from| context.sent.as_ref().is_some_and(|sent| from.is_after(sent)))
}

/// `CX-4.1`, else its OID, else what stands in, else the sender's facility or application.
fn authority_of(context: &Context<'_>, identifier: &Repetition<'_>, stand_in: &str) -> String {
    let authority = identifier.component(4);
    let own = (1..=2).map(|part| authority.subcomponent(part).text()).find(|name| !name.is_empty());
    if let Some(own) = own.filter(|name| name.len() <= MAX_IDENTIFIER_BYTES) {
        return own.into_owned();
    }
    let header = context.header;
    [stand_in, &header.sending_facility, &header.sending_application]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// Whether the version still has `PID-2`, `PID-4` and `MRG-2`; one that cannot be read does.
pub(super) fn is_before_2_7(version: &str) -> bool {
    let minor = version.strip_prefix("2.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    minor.is_none_or(|minor| minor < 7)
}
