//! Death and hospice.

use super::birth;
use super::context::{Context, Said};
use super::coverage::Cover;
use super::dates::Moment;
use super::groups::Group;
use crate::discharge;
use crate::facts::{Sourced, Stated};
use crate::view::Segment;
use access_mappings::TextList;

/// Whether and when the person died.
pub(super) struct Death {
    /// Dead or not.
    pub(super) dead: Option<Stated<bool>>,
    /// FHIR date or dateTime.
    pub(super) at: Option<Stated<String>>,
}

/// Reads `PID-29`, `PID-30`, where the discharge went, and whether a diagnosis at `diagnosed` is one of the dead.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, diagnosed: Option<String>) -> Death {
    note_long_term(context, group);
    let dead = read_dead(context, group, diagnosed);
    let at = match &dead {
        None => None,
        Some(Stated::Set(dead)) if dead.value => read_date(context, group),
        Some(_) => Some(Stated::Clear),
    };
    Death { dead, at }
}

/// The date of a death that is certain, unless it cannot be right.
fn read_date(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<String>> {
    let field = group.pid.field(29);
    let value = field.value();
    let text = value.text();
    if text.is_empty() || context.is_filler(&text) || is_denied(group) {
        return None;
    }
    let died = Moment::parse(&text).ok()?.with_precision(&field.component(2).value().text().to_ascii_uppercase());
    if context.sent.as_ref().is_some_and(|sent| died.is_after(sent)) {
        let hint = "the person is taken as dead; the date was left out";
        context.warn("death-after-message", field.path(), "the date of death is after the message", hint);
        return None;
    }
    if birth::plain(group).is_some_and(|born| born.is_after(&died)) {
        return None;
    }
    Some(Stated::Set(context.sourced(context.clock.date_time(&died), field.path(), "identity.death")))
}

/// Whether `PID-30` says that the person lives.
fn is_denied(group: &Group<'_, '_>) -> bool {
    let flag = group.pid.field(30);
    let word = flag.component(1).value().text().to_ascii_uppercase();
    flag.is_null() || matches!(word.as_str(), "N" | "NO" | "0" | "F" | "FALSE")
}

fn read_dead(context: &Context<'_>, group: &Group<'_, '_>, diagnosed: Option<String>) -> Option<Stated<bool>> {
    let (date, flag) = (group.pid.field(29), group.pid.field(30));
    let dead = |path: String, rule: &str| Some(Stated::Set(context.sourced(true, path, rule)));
    if let Some(path) = disposition(context, group, &context.profile.identity.death_dispositions) {
        return dead(path, "identity.death_dispositions");
    }
    if let Some(path) = destination(context, group) {
        return dead(path, "identity.death_destinations");
    }
    // PID-30 is left at N by many who never look at it, so it does not outweigh a code that only the dead have.
    if let Some(path) = diagnosed {
        return dead(path, "diagnoses.death");
    }
    let word = flag.component(1).value().text().to_ascii_uppercase();
    let said_no = is_denied(group);
    let said_yes = matches!(word.as_str(), "Y" | "YES" | "1" | "T" | "TRUE");
    if !said_no && !said_yes && !word.is_empty() {
        let hint = "send Y or N";
        context.warn("flag-unknown", flag.path(), "the flag is neither yes nor no", hint);
    }
    let died = context.said_in(&date);
    match died {
        Said::Text(_) if said_no => {
            let hint = "the death is taken as withdrawn; the sender should empty PID-29 too";
            context.warn("death-contradiction", date.path(), "there is a date of death, but PID-30 denies it", hint);
            Some(Stated::Clear)
        }
        Said::Text(text) => match Moment::parse(&text) {
            Ok(died) => {
                if birth::plain(group).is_some_and(|born| born.is_after(&died)) {
                    let hint = "the person is taken as dead until the sender corrects the dates";
                    context.warn("death-before-birth", date.path(), "the date of death is before the birth date", hint);
                }
                dead(date.path(), "identity.death")
            }
            Err(fault) => {
                let hint =
                    "the person is taken as dead, without a date; send YYYYMMDD, or N in PID-30 where nobody died";
                context.warn("death-date-invalid", date.path(), fault.message(), hint);
                dead(if said_yes { flag.path() } else { date.path() }, "identity.death")
            }
        },
        _ if said_yes => dead(flag.path(), "identity.death"),
        _ if flag.is_null() => Some(Stated::Clear),
        _ if said_no => Some(Stated::Set(context.sourced(false, flag.path(), "identity.death"))),
        Said::Null => Some(Stated::Clear),
        Said::Nothing => None,
    }
}

/// Whether the discharge went to hospice, or a plan pays for hospice care.
pub(super) fn hospice(context: &Context<'_>, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) -> Option<Sourced<bool>> {
    if let Some(path) = disposition(context, group, &context.profile.identity.hospice_dispositions) {
        return Some(context.sourced(true, path, "identity.hospice_dispositions"));
    }
    let path = covers.iter().find_map(|cover| cover.hospice.clone())?;
    Some(context.sourced(true, path, "coverage.hospice_codes"))
}

/// Path of `PV1-37` where it says where the dead go.
fn destination(context: &Context<'_>, group: &Group<'_, '_>) -> Option<String> {
    let value = visit(context, group)?.field(37).component(1).value();
    let text = context.text(&value)?;
    let listed = &context.profile.identity.death_destinations;
    listed.iter().any(|destination| destination.eq_ignore_ascii_case(&text)).then(|| value.path())
}

/// Tells of a discharge to long-term care.
fn note_long_term(context: &Context<'_>, group: &Group<'_, '_>) {
    if let Some(path) = disposition(context, group, &context.profile.identity.long_term_dispositions) {
        let message = "the person was discharged to long-term care, where CMS may find somebody not eligible";
        context.inform("advisory-long-term-care", path, message);
    }
}

/// The visit, where what it says of a discharge holds: not where one is taken back (A13), nor where a movement is only expected (A14,
/// A15, A16).
fn visit<'m, 't>(context: &Context<'_>, group: &Group<'m, 't>) -> Option<&'m Segment<'t>> {
    let is_void = matches!(context.header.event.as_str(), "A13" | "A14" | "A15" | "A16");
    if is_void { None } else { group.first("PV1") }
}

/// Path of `PV1-36` where it is one of the codes.
fn disposition(context: &Context<'_>, group: &Group<'_, '_>, codes: &TextList) -> Option<String> {
    let value = visit(context, group)?.field(36).value();
    let text = context.text(&value)?;
    codes.iter().any(|code| discharge::is_same(code, &text)).then(|| value.path())
}
