//! What the sender itself says not to rely on (`PID-32`, table 0445).

use super::groups::Group;

/// Whether one of the codes stands there: `UD` the birth date is a default, `UA` the address, `AL` the name is an alias. `US`, a
/// default social security number, is of no concern: none is read.
pub(super) fn doubts(group: &Group<'_, '_>, code: &str) -> bool {
    let field = group.pid.field(32);
    field.repetitions().any(|flag| flag.component(1).value().text().eq_ignore_ascii_case(code))
}
