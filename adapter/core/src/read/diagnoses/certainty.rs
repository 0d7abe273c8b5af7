//! How sure a row is: by its type, and by what its words doubt.

use crate::facts::Certainty;
use crate::read::context::Context;
use crate::view::Segment;

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
    let texts = [dg1.field(3).component(2).value().text(), dg1.field(4).value().text()];
    let text = texts.iter().map(|text| text.to_uppercase()).collect::<Vec<_>>().join(" / ");
    let undecided = ["NOT RULED OUT", "NOT BE RULED OUT", "NOT YET RULED OUT", "TO BE RULED OUT"];
    let undecided = undecided.iter().any(|words| text.contains(words));
    if text.contains("RULED OUT") && !undecided {
        context.inform(
            "diagnosis-ruled-out",
            dg1.path(),
            "the text says that the diagnosis was ruled out; it was not taken",
        );
        // An update says it of a row that was stated before.
        return (action == "U").then_some(Certainty::Withdrawn);
    }
    let rules = &context.profile.diagnoses;
    let sure = |confirmed: bool| if confirmed { Certainty::Confirmed } else { Certainty::Provisional };
    let kind = dg1.field(6).value().text().to_ascii_uppercase();
    let certainty = match kind.as_str() {
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
    };
    let doubted = undecided || text.contains("RULE OUT") || text.starts_with("R/O ") || text.contains(" R/O ");
    Some(if doubted { Certainty::Provisional } else { certainty })
}
