//! The birth date.

use super::context::{Context, Said};
use super::coverage::Cover;
use super::dates::Moment;
use super::groups::Group;
use super::insured::Insured;
use super::reliability;
use crate::facts::Stated;
use crate::view::Field;
use access_mappings::PlanClass;

/// Reads `PID-7`, or the insured's birth date where that is missing and the insured is stated to be the patient. The
/// calendar date is taken as it was written, whatever time or zone stands beside it.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) -> Option<Stated<String>> {
    let field = group.pid.field(7);
    if reliability::doubts(group, "UD") {
        let hint = "the date is taken again when PID-32 no longer says UD";
        context.warn(
            "birth-date-unreliable",
            "PID-32",
            "the sender says that the birth date is not real; it was not taken",
            hint,
        );
        return None;
    }
    if !field.value().is_absent() {
        return one(context, &field, "identity.birth-date");
    }
    let own =
        |cover: &&Cover<'_, '_>| cover.class() == Some(PlanClass::OriginalMedicare) && cover.insured == Insured::Stated;
    let cover = covers.iter().filter(own).find(|cover| !cover.in1.field(18).value().is_absent());
    let cover = cover.filter(|_| context.profile.identity.prefer_insured_name)?;
    one(context, &cover.in1.field(18), "identity.prefer_insured_name").filter(|stated| matches!(stated, Stated::Set(_)))
}

/// The time of day that stands beside a birth date of `PID-7`, as a FHIR dateTime; nothing where its offset is not known.
pub(super) fn time(
    context: &Context<'_>,
    group: &Group<'_, '_>,
    born: Option<&Stated<String>>,
) -> Option<Stated<String>> {
    let field = group.pid.field(7);
    match born? {
        Stated::Clear => Some(Stated::Clear),
        Stated::Set(born) if born.value.len() == 10 && born.from.path == field.path() => {
            let moment = Moment::parse(&field.value().text()).ok().filter(Moment::has_time)?;
            let at = context.clock.date_time(&moment);
            at.contains('T').then(|| Stated::Set(context.sourced(at, field.path(), "patient.birth-time")))
        }
        Stated::Set(_) => None,
    }
}

/// The patient's birth date for comparing with other dates.
pub(super) fn plain(group: &Group<'_, '_>) -> Option<Moment> {
    Moment::day(&group.pid.field(7).value().text()).ok()
}

fn one(context: &Context<'_>, field: &Field<'_>, rule: &str) -> Option<Stated<String>> {
    let text = match context.said_in(field) {
        Said::Nothing => return None,
        Said::Null => return Some(Stated::Clear),
        Said::Text(text) => text,
    };
    let refuse = |message: &str| {
        let hint = "send YYYYMMDD; without a birth date nothing can be submitted";
        context.fail("birth-date-invalid", field.path(), message, hint);
        None
    };
    let born = match Moment::day(&text) {
        Ok(born) => born.with_precision(&field.component(2).value().text().to_ascii_uppercase()),
        Err(fault) => return refuse(fault.message()),
    };
    // A filler may carry a time of midnight.
    if context.is_filler(&born.date().replace('-', "")) {
        let hint = "identity.fillers in the profile lists such values";
        context.warn("filler", field.path(), "the value only fills the field and was read as empty", hint);
        return None;
    }
    if context.sent.as_ref().is_some_and(|sent| born.is_after(sent)) {
        return refuse("the birth date is after the message");
    }
    if born.unusual {
        let hint = "the sender should write YYYYMMDD";
        context.warn(
            "date-form",
            field.path(),
            "the date is not written as the standard has it, but can only be read one way",
            hint,
        );
    }
    let date = born.date();
    if date.len() < 10 {
        let hint = "CMS compares the full date";
        context.warn("birth-date-partial", field.path(), "the birth date lacks its day or month", hint);
    }
    Some(Stated::Set(context.sourced(date, field.path(), rule)))
}
