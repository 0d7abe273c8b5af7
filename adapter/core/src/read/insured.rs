//! Whether the insured of a plan is the patient.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use super::names;
use crate::view::{Field, Segment};

/// Who is insured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Insured {
    /// The patient, and `IN1-17` says so.
    Stated,
    /// The patient, as far as can be seen.
    Patient,
    /// Somebody else, by the field at this path.
    Other(String),
}

/// Compares relationship, birth date and name. Names may differ in spelling where the relationship says self: that one of
/// them is not the name on the card is just what happens.
pub(super) fn judge(context: &Context<'_>, group: &Group<'_, '_>, in1: &Segment<'_>) -> Insured {
    let relationship = in1.field(17).value().text().to_ascii_uppercase();
    let stated = !relationship.is_empty();
    if stated && !context.profile.coverage.self_relationships.contains(&relationship) {
        return Insured::Other(in1.field(17).path());
    }
    let born = birth_agrees(&in1.field(18), &group.pid.field(7));
    if born == Some(false) {
        return Insured::Other(in1.field(18).path());
    }
    let differs = names_differ(&in1.field(16), &group.pid.field(5));
    let other = match (stated, born) {
        (_, Some(true)) => false,
        (true, _) => differs == (true, true),
        (false, _) => differs.0 || differs.1,
    };
    match (other, stated) {
        (true, _) => Insured::Other(in1.field(16).path()),
        (false, true) => Insured::Stated,
        (false, false) => Insured::Patient,
    }
}

/// Whether two birth dates agree; nothing where one is missing or cannot be read.
fn birth_agrees(one: &Field<'_>, other: &Field<'_>) -> Option<bool> {
    let one = Moment::parse(&one.value().text()).ok()?;
    let other = Moment::parse(&other.value().text()).ok()?;
    Some(one.agrees(&other))
}

/// Whether family and given name differ. Missing names do not; neither does an initial or a short form that begins alike.
fn names_differ(one: &Field<'_>, other: &Field<'_>) -> (bool, bool) {
    let (one, other) = (names::plain(one), names::plain(other));
    let differ = |one: &str, other: &str| {
        !one.is_empty() && !other.is_empty() && !one.starts_with(other) && !other.starts_with(one)
    };
    (differ(&one.0, &other.0), differ(&one.1, &other.1))
}
