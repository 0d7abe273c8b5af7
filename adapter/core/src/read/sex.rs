//! Administrative sex.

use super::context::{Context, Said};
use super::groups::Group;
use crate::facts::Stated;

/// Reads `PID-8` through the sender's table, then the site's. `U` and `UNKNOWN` are answers here, no fillers.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<String>> {
    let field = group.pid.field(8);
    let text = match context.plain(&field.value()) {
        Said::Nothing => return None,
        Said::Null => return Some(Stated::Clear),
        Said::Text(text) => text.to_uppercase(),
    };
    let own = context.codes.and_then(|codes| codes.sex.get(&text));
    match own.or_else(|| context.profile.identity.sex.get(&text)) {
        Some(gender) => Some(Stated::Set(context.sourced(gender.to_owned(), field.path(), "identity.sex"))),
        None if context.is_filler(&text) => None,
        None => {
            let hint = "add the sender's code to identity.sex in the profile";
            context.warn("sex-unmapped", field.path(), "the code of the administrative sex is not known", hint);
            None
        }
    }
}
