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
    // The words of the code, of the one beside it, those as they were written first, and the description.
    let coded = |number: usize| dg1.field(3).component(number).value();
    let texts = [coded(2), coded(5), coded(9), dg1.field(4).value()];
    let verdict = verdict(context, code, &texts, dg1.path());
    match verdict {
        Verdict::Past => return None,
        // An update says it of a row that was stated before.
        Verdict::RuledOut => return (action == "U").then_some(Certainty::Withdrawn),
        Verdict::Stated | Verdict::Doubted(_) => {}
    }
    let certainty = by_type(context, dg1);
    match verdict {
        Verdict::Doubted(path) if certainty == Certainty::Confirmed => Some(doubted(context, path)),
        _ => Some(certainty),
    }
}

/// What a code and the words beside it say of the disease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read) enum Verdict {
    /// Nothing to the contrary.
    Stated,
    /// The words at this path doubt it.
    Doubted(String),
    /// The code says that the person had it.
    Past,
    /// The person does not have it.
    RuledOut,
}

/// Judges code and words; tells of a disease that is past or ruled out, in the row at `path`.
pub(in crate::read) fn verdict(context: &Context<'_>, code: &str, texts: &[Value<'_>], path: String) -> Verdict {
    if code.starts_with("Z86") || code.starts_with("Z87") {
        let message = "the code says that the person had a disease; it was not taken as an active one";
        context.inform("diagnosis-history", path, message);
        return Verdict::Past;
    }
    let said = || texts.iter().map(|text| (words::judge(&text.text()), text));
    if said().any(|(said, _)| said == Said::RuledOut) {
        let message = "the text says that the diagnosis was ruled out; it was not taken";
        context.inform("diagnosis-ruled-out", path, message);
        return Verdict::RuledOut;
    }
    // The titles of factors and encounters (chapter 21) speak of history and suspicion themselves.
    let doubt = said().find(|(said, _)| *said == Said::Doubted).filter(|_| !code.starts_with('Z'));
    doubt.map_or(Verdict::Stated, |(_, text)| Verdict::Doubted(text.path()))
}

/// What becomes of a diagnosis that would be confirmed without the words at a path.
pub(in crate::read) fn doubted(context: &Context<'_>, path: String) -> Certainty {
    let hint = "if the person has the disease, have the sender state it without words of doubt";
    let message = "the text doubts the diagnosis or says that it is past; it was kept as provisional";
    context.warn("diagnosis-doubtful", path, message, hint);
    Certainty::Provisional
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
