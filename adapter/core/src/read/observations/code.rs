//! Which observation a row is: LOINC from the feed, or the sender's own code.

use super::{Once, short};
use crate::read::context::Context;
use crate::results::{Meaning, Meant};
use crate::view::Segment;
use access_contract::UnmappedCode;
use access_mappings::heritage::has_check_digit;

/// Names of LOINC in `OBX-3.3` and `OBX-3.6`.
const LOINC: [&str; 6] =
    ["LN", "LOINC", "LNC", "2.16.840.1.113883.6.1", "HTTP://LOINC.ORG", "URN:OID:2.16.840.1.113883.6.1"];

/// The code of a row.
pub(super) struct Coded<'p> {
    pub(super) loinc: String,
    pub(super) local: String,
    /// The rule that read it.
    pub(super) rule: &'static str,
    /// The unit that is meant, whatever `OBX-6` says.
    pub(super) unit: Option<&'p str>,
}

impl<'p> Coded<'p> {
    /// Reads `OBX-3`.
    pub(super) fn of(context: &Context<'p>, obx: &Segment<'_>, once: &Once) -> Self {
        let field = obx.field(3);
        let text = |number: usize| short(context, &field.component(number).value());
        let meaning = Meaning::new(context.profile, context.sender);
        let (mut loinc, mut said_loinc) = (String::new(), String::new());
        let (mut local, mut system) = (String::new(), String::new());
        for first in [1, 4] {
            let code = text(first);
            if code.is_empty() {
                continue;
            }
            let said = text(first + 2);
            let is_said = LOINC.contains(&said.to_ascii_uppercase().as_str());
            if is_said && is_loinc(&code) {
                // Of two codes the one that the guide measures.
                if loinc.is_empty() || (meaning.is_measured(&code) && !meaning.is_measured(&loinc)) {
                    (loinc, said_loinc) = (code, said);
                }
                continue;
            }
            if is_said && !once.code.replace(true) {
                let hint = "LOINC codes end with a dash and a check digit; look at the sender's code table";
                let message = "a code is said to be LOINC and is none; it was taken as the sender's own";
                context.warn("loinc-invalid", field.component(first).value().path(), message, hint);
            }
            if local.is_empty() {
                (local, system) = (code, said);
            }
        }
        if local.is_empty() && loinc.is_empty() {
            local = text(2);
        }
        if meaning.is_measured(&loinc) || (loinc.is_empty() && local.is_empty()) {
            return Self { loinc, local, rule: "observation", unit: None };
        }
        let unit = super::value::stated_unit(context, obx);
        match meaning.of([&local, &system], [&loinc, &said_loinc], &unit) {
            Meant::Row(row, place) => {
                let local = if place == 0 { local } else { loinc };
                let unit = row.ucum.as_deref();
                return Self { loinc: row.loinc.clone(), local, rule: "codes.observations", unit };
            }
            Meant::Unmapped if context.sender.question(&local, &system, None).is_some() => {
                let rule = if loinc.is_empty() { "questionnaires" } else { "observation" };
                return Self { loinc, local, rule, unit: None };
            }
            Meant::Unmapped => {
                let place = if text(4) == local { 4 } else { 1 };
                let code = UnmappedCode {
                    table: "observation".to_owned(),
                    code: local.clone(),
                    display: text(if place == 4 { 5 } else { 2 }),
                    system,
                    unit,
                };
                let is_alone = loinc.is_empty();
                context.note_rowless(code, is_alone, field.component(place).value().path());
                return Self {
                    loinc,
                    local,
                    rule: if is_alone { UnmappedCode::RULE } else { "observation" },
                    unit: None,
                };
            }
            Meant::Nothing => {}
        }
        Self { loinc, local, rule: "observation", unit: None }
    }

    /// Whether the row does not say what it is.
    pub(super) fn is_empty(&self) -> bool {
        self.loinc.is_empty() && self.local.is_empty()
    }
}

/// One to seven digits, a dash and their check digit.
fn is_loinc(code: &str) -> bool {
    code.split_once('-').is_some_and(|(digits, check)| digits.len() <= 7 && has_check_digit(digits, check))
}
