//! What the sender calls a row (`DG1-20`), by which a later message may change it without naming its code.

use crate::read::context::Context;
use crate::read::groups::Group;
use crate::view::Segment;
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use std::collections::BTreeSet;

/// The ids that several rows of one message have. Senders fill the number of the visit or of the message: they tell no rows apart.
pub(super) fn shared(context: &Context<'_>, group: &Group<'_, '_>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let ids = group.all("DG1").map(|dg1| stated(context, dg1));
    ids.filter(|id| !id.is_empty() && !seen.insert(id.clone())).collect()
}

/// The id of a row with its authority; empty where there is none, or where it tells no rows apart.
pub(super) fn of(context: &Context<'_>, dg1: &Segment<'_>, shared: &BTreeSet<String>) -> String {
    let id = stated(context, dg1);
    if shared.contains(&id) { String::new() } else { id }
}

/// `EI-1` behind its namespace, else its universal id, else the sender's facility or application.
fn stated(context: &Context<'_>, dg1: &Segment<'_>) -> String {
    let field = dg1.field(20);
    let part = |number: usize| field.component(number).value().text().into_owned();
    let id = part(1);
    if id.is_empty() || context.is_filler(&id) || id.len() > MAX_IDENTIFIER_BYTES {
        return String::new();
    }
    let header = context.header;
    let named = [part(2), part(3), header.sending_facility.clone(), header.sending_application.clone()];
    let authority = named.into_iter().find(|name| !name.is_empty() && name.len() <= MAX_IDENTIFIER_BYTES);
    format!("{}|{id}", authority.unwrap_or_default())
}
