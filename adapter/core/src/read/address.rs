//! The home address, as far as rules need it.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use crate::facts::{Address, Stated};
use crate::view::Repetition;

/// Reads the residence among the addresses of `PID-11`.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<Address>> {
    let field = group.pid.field(11);
    if field.is_null() {
        return Some(Stated::Clear);
    }
    let flagged =
        group.pid.field(32).repetitions().any(|flag| flag.component(1).value().text().eq_ignore_ascii_case("UA"));
    if flagged {
        let hint = "the address is taken again when PID-32 no longer says UA";
        context.warn(
            "address-unreliable",
            "PID-32",
            "the sender says that the address is not real; it was not taken",
            hint,
        );
        return None;
    }
    let homes = field.repetitions().filter(|home| !home.is_absent() && !has_ended(context, home));
    let ranked = homes.filter_map(|home| rank(&home).map(|rank| (rank, home)));
    // The first of the best rank: the order of the sender counts.
    let (_, home) = ranked.min_by_key(|(rank, _)| *rank)?;
    if home.component(1).value().is_null() && home.component(4).value().is_null() {
        return Some(Stated::Clear);
    }
    let address = Address { state: state(context, &home), postal_code: postal_code(context, &home) };
    let known = !address.state.is_empty() || !address.postal_code.is_empty();
    known.then(|| Stated::Set(context.sourced(address, home.path(), "identity.address")))
}

/// How well a type of address (table 0190) tells where a person lives; none for those that do not.
fn rank(home: &Repetition<'_>) -> Option<u8> {
    match home.component(7).value().text().to_ascii_uppercase().as_str() {
        "H" | "L" | "P" | "" => Some(0),
        "C" | "V" => Some(2),
        "M" | "SH" => Some(3),
        "BA" | "BAD" | "B" | "O" | "BI" | "N" | "F" | "BDL" | "BR" | "RH" | "BIR" | "S" | "TM" | "PST" => None,
        _ => Some(1),
    }
}

/// Whether the address has expired (`XAD-14`, or the end of `XAD-12`) by the time of the message.
fn has_ended(context: &Context<'_>, home: &Repetition<'_>) -> bool {
    let ends = [home.component(14).value(), home.component(12).subcomponent(2)];
    let Some(sent) = &context.sent else { return false };
    ends.iter().any(|end| Moment::parse(&end.text()).is_ok_and(|end| sent.is_after(&end)))
}

fn state(context: &Context<'_>, home: &Repetition<'_>) -> String {
    let value = home.component(4).value();
    let Some(text) = context.text(&value) else { return String::new() };
    let upper = text.to_uppercase();
    let states = &context.profile.identity.states;
    if let Some(code) = states.get(&upper) {
        return code.clone();
    }
    if states.values().any(|code| *code == upper) {
        return upper;
    }
    let country = home.component(6).value().text().to_ascii_uppercase();
    if matches!(country.as_str(), "" | "USA" | "US") {
        let hint = "add the spelling to identity.states in the profile";
        context.warn("state-unknown", value.path(), "the state is not one of the United States' codes or names", hint);
    }
    String::new()
}

fn postal_code(context: &Context<'_>, home: &Repetition<'_>) -> String {
    let value = home.component(5).value();
    let Some(text) = context.text(&value) else { return String::new() };
    let digits: String = text.chars().filter(|letter| !matches!(letter, '-' | ' ')).collect();
    let country = home.component(6).value().text().to_ascii_uppercase();
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    let code = match digits.len() {
        _ if !plain => None,
        // The leading zero of New England and Puerto Rico gets lost in numeric columns.
        4 | 8 => {
            let hint = "the sender should keep postal codes as text";
            context.warn(
                "postal-code-zero",
                value.path(),
                "the postal code lacks a digit; a leading zero was put back",
                hint,
            );
            Some(format!("0{digits}"))
        }
        5 | 9 => Some(digits.clone()),
        _ => None,
    };
    match code {
        Some(code) => match code.split_at_checked(5) {
            Some((zip, "")) => zip.to_owned(),
            Some((zip, further)) => format!("{zip}-{further}"),
            None => code,
        },
        None => {
            if matches!(country.as_str(), "" | "USA" | "US") {
                context.warn(
                    "postal-code-form",
                    value.path(),
                    "the postal code does not have five or nine digits",
                    "it was left out",
                );
            }
            String::new()
        }
    }
}
