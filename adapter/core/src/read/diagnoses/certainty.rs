//! How sure a row is: by its type, and by what its words doubt.

mod words;

use crate::facts::Certainty;
use crate::read::context::Context;
use crate::view::{Segment, Value};
use words::Said;

/// How sure the row is; none where it is no disease the person has.
pub(super) fn certainty(context: &Context<'_>, dg1: &Segment<'_>, action: &str, code: &str) -> Option<Certainty> {
    if action == "D" {
        return Some(Certainty::Withdrawn);
    }
    if code.starts_with("Z86") || code.starts_with("Z87") {
        context.inform(
            "diagnosis-history",
            dg1.path(),
            "the code says that the person had a disease; it was not taken as an active one",
        );
        return None;
    }
    let texts = [dg1.field(3).component(2).value(), dg1.field(4).value()];
    let said: Vec<(Said, &Value<'_>)> = texts.iter().map(|text| (words::judge(&text.text()), text)).collect();
    if said.iter().any(|(said, _)| *said == Said::RuledOut) {
        context.inform(
            "diagnosis-ruled-out",
            dg1.path(),
            "the text says that the diagnosis was ruled out; it was not taken",
        );
        // An update says it of a row that was stated before.
        return (action == "U").then_some(Certainty::Withdrawn);
    }
    let certainty = by_type(context, dg1);
    // The titles of factors and encounters (chapter 21) speak of history and suspicion themselves.
    let doubt = said.iter().find(|(said, _)| *said == Said::Doubted).filter(|_| !code.starts_with('Z'));
    match doubt {
        Some((_, text)) if certainty == Certainty::Confirmed => {
            let hint = "if the person has the disease, have the sender state it without words of doubt";
            let message = "the text doubts the diagnosis or says that it is past; it was kept as provisional";
            context.warn("diagnosis-doubtful", text.path(), message, hint);
            Some(Certainty::Provisional)
        }
        _ => Some(certainty),
    }
}

/// What the type says (`DG1-6`).
fn by_type(context: &Context<'_>, dg1: &Segment<'_>) -> Certainty {
    let rules = &context.profile.diagnoses;
    let sure = |confirmed: bool| if confirmed { Certainty::Confirmed } else { Certainty::Provisional };
    let kind = dg1.field(6).value().text().to_ascii_uppercase();
    match kind.as_str() {
        "F" | "FINAL" | "" => Certainty::Confirmed,
        "A" | "ADMITTING" => sure(rules.admitting_confirmed),
        "W" | "WORKING" => sure(rules.working_confirmed),
        _ => {
            let hint = "send A, W or F";
            context.warn(
                "diagnosis-type",
                dg1.field(6).path(),
                "the type of the diagnosis is not known; it was kept as provisional",
                hint,
            );
            Certainty::Provisional
        }
    }
}
