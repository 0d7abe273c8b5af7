//! The addresses of `PID-11`: the home, as far as rules need it, and all of them for who wants them sent.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use super::reliability;
use crate::facts::{Address, PostalAddress, Stated};
use crate::view::Repetition;
use crate::view::limits::{MAX_ADDRESSES, MAX_IDENTIFIER_BYTES};

/// What `PID-11` says.
#[derive(Default)]
pub(super) struct Homes {
    /// Where the person lives.
    pub(super) home: Option<Stated<Address>>,
    /// Every address that is in force, in the order of the feed.
    pub(super) all: Option<Stated<Vec<PostalAddress>>>,
}

/// Reads them.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Homes {
    let field = group.pid.field(11);
    if field.is_null() {
        return Homes { home: Some(Stated::Clear), all: Some(Stated::Clear) };
    }
    if field.count() == 0 {
        return Homes::default();
    }
    if reliability::doubts(group, "UA") {
        let hint = "the address is taken again when PID-32 no longer says UA";
        context.warn(
            "address-unreliable",
            "PID-32",
            "the sender says that the address is not real; it was not taken",
            hint,
        );
        return Homes::default();
    }
    let mut all = Vec::new();
    // The first of the best rank: the order of the sender counts.
    let mut home: Option<(u8, Option<Stated<Address>>)> = None;
    for row in field.repetitions().filter(|row| !row.is_absent() && is_in_force(context, row)) {
        let kind = row.component(7).value().text().to_ascii_uppercase();
        let rank = rank(&kind);
        if all.len() == MAX_ADDRESSES {
            let hint = "send the current ones";
            context.warn("limit-rows", row.path(), "there are too many addresses; the rest was left out", hint);
            break;
        }
        if rank.is_none() && !is_sent(&kind) {
            continue;
        }
        let cleared = row.component(1).value().is_null() && row.component(4).value().is_null();
        let (state, postal_code) = (state(context, &row), postal_code(context, &row));
        let address = Address { state, postal_code, stands_in: rank.is_some_and(|rank| rank >= TEMPORARY) };
        let better = |rank: &u8| home.as_ref().is_none_or(|(known, _)| rank < known);
        if let Some(rank) = rank.filter(better) {
            let known = !address.state.is_empty() || !address.postal_code.is_empty();
            let stated = || Stated::Set(context.sourced(address.clone(), row.path(), "identity.address"));
            home = Some((rank, if cleared { Some(Stated::Clear) } else { known.then(stated) }));
        }
        if !cleared && is_sent(&kind) {
            all.extend(whole(context, group, &row, &kind, address));
        }
    }
    let (home, cleared) = match home {
        Some((_, home)) => {
            let cleared = matches!(home, Some(Stated::Clear));
            (home, cleared)
        }
        None => (None, false),
    };
    let all = if all.is_empty() {
        cleared.then_some(Stated::Clear)
    } else {
        Some(Stated::Set(context.sourced(all, field.path(), "patient.address")))
    };
    Homes { home, all }
}

/// Rank of a temporary address. From here on they are no homes.
const TEMPORARY: u8 = 2;

/// How well a type of address (table 0190) tells where a person lives; none for those that do not.
fn rank(kind: &str) -> Option<u8> {
    match kind {
        "H" | "L" | "P" | "" => Some(0),
        "C" | "V" => Some(TEMPORARY),
        "M" | "SH" => Some(TEMPORARY + 1),
        "BA" | "BAD" | "B" | "O" | "BI" | "N" | "F" | "BDL" | "BR" | "RH" | "BIR" | "S" | "TM" | "PST" => None,
        _ => Some(1),
    }
}

/// Whether the type is one of a place where the person can be reached now: not bad, not of birth or origin.
fn is_sent(kind: &str) -> bool {
    !matches!(kind, "BA" | "BAD" | "N" | "F" | "BDL" | "BR" | "RH" | "BIR" | "S" | "TM" | "PST")
}

/// Whether the address is in force at the time of the message: it has begun (`XAD-13`, or the start of `XAD-12`) and has not ended
/// (`XAD-14`, or the end of `XAD-12`).
fn is_in_force(context: &Context<'_>, home: &Repetition<'_>) -> bool {
    let Some(sent) = &context.sent else { return true };
    let any = |component: usize, part: usize, test: &dyn Fn(&Moment) -> bool| {
        let values = [home.component(component).value(), home.component(12).subcomponent(part)];
        values.iter().any(|value| !value.is_absent() && Moment::parse(&value.text()).is_ok_and(|moment| test(&moment)))
    };
    !any(13, 1, &|start| start.is_after(sent)) && !any(14, 2, &|end| sent.is_after(end))
}

/// One address with everything in it. Text that could not be decoded is left out: no address is worth a submission.
fn whole(
    context: &Context<'_>,
    group: &Group<'_, '_>,
    row: &Repetition<'_>,
    kind: &str,
    known: Address,
) -> Option<PostalAddress> {
    let value = |value: crate::view::Value<'_>| {
        let text = context.text(&value).unwrap_or_default();
        if text.len() > MAX_IDENTIFIER_BYTES {
            context.too_long(&value);
            return String::new();
        }
        if text.contains('\u{fffd}') { String::new() } else { text }
    };
    let text = |number: usize| value(row.component(number).value());
    let street = text(1);
    let street = if street.is_empty() {
        let parts = [value(row.component(1).subcomponent(3)), value(row.component(1).subcomponent(2))];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    } else {
        street
    };
    let foreign = !is_domestic(row);
    let or_raw = |known: String, number: usize| if known.is_empty() && foreign { text(number) } else { known };
    let district = match text(9) {
        // PID-12 is the county of the first address only.
        county if county.is_empty() && row.path() == group.pid.field(11).repetition(1).path() => {
            value(group.pid.field(12).value())
        }
        county => county,
    };
    let date = |values: [crate::view::Value<'_>; 2]| {
        let found = values.iter().find_map(|value| Moment::parse(&value.text()).ok());
        found.map(|date| date.date()).unwrap_or_default()
    };
    let address = PostalAddress {
        kind: if matches!(kind, "M" | "SH") { "postal".to_owned() } else { String::new() },
        usage: usage(kind).to_owned(),
        lines: [street, text(2)].into_iter().filter(|line| !line.is_empty()).collect(),
        city: text(3),
        district,
        state: or_raw(known.state, 4),
        postal_code: or_raw(known.postal_code, 5),
        country: country(&text(6)),
        starts: date([row.component(13).value(), row.component(12).subcomponent(1)]),
        ends: date([row.component(14).value(), row.component(12).subcomponent(2)]),
    };
    let says = !address.lines.is_empty()
        || [&address.city, &address.state, &address.postal_code].iter().any(|part| !part.is_empty());
    says.then_some(address)
}

/// Table 0190 to FHIR (v2-to-FHIR guide 1.0.0). Legal and permanent addresses have no target there: they are homes.
fn usage(kind: &str) -> &'static str {
    match kind {
        "H" | "L" | "P" => "home",
        "B" | "O" => "work",
        "C" | "V" => "temp",
        "BI" => "billing",
        _ => "",
    }
}

/// The two or three letters of ISO 3166, or nothing.
fn country(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "UNITED STATES" | "UNITED STATES OF AMERICA" | "U.S.A." | "U.S." => "USA".to_owned(),
        code if matches!(code.len(), 2 | 3) && code.bytes().all(|letter| letter.is_ascii_uppercase()) => upper,
        _ => String::new(),
    }
}

fn is_domestic(home: &Repetition<'_>) -> bool {
    let text = home.component(6).value().text();
    matches!(country(&text).as_str(), "USA" | "US") || text.is_empty()
}

fn state(context: &Context<'_>, home: &Repetition<'_>) -> String {
    let value = home.component(4).value();
    let Some(text) = context.text(&value) else { return String::new() };
    let upper = text.to_uppercase();
    let states = &context.profile.identity.states;
    if let Some(code) = states.get(&upper) {
        return code.to_owned();
    }
    if states.values().any(|code| code == upper) {
        return upper;
    }
    if is_domestic(home) {
        let hint = "add the spelling to identity.states in the profile";
        context.warn("state-unknown", value.path(), "the state is not one of the United States' codes or names", hint);
    }
    String::new()
}

fn postal_code(context: &Context<'_>, home: &Repetition<'_>) -> String {
    let value = home.component(5).value();
    let Some(text) = context.text(&value) else { return String::new() };
    let digits: String = text.chars().filter(|letter| !matches!(letter, '-' | ' ')).collect();
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
            if is_domestic(home) {
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
