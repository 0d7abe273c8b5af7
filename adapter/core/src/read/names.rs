//! The name on the Medicare card, as well as the feed knows it.
//!
//! CMS compares the name with its record, so it is taken as it stands: no change of case, no repair of spelling.

use super::context::Context;
use super::coverage::Cover;
use super::dates::Moment;
use super::groups::Group;
use super::insured::Insured;
use super::reliability;
use crate::facts::{Name, NameUse, Stated};
use crate::view::{Field, Repetition};
use access_mappings::PlanClass;

/// Suffixes that senders leave in the family name. `V` is none: it may be the name.
const SUFFIXES: [&str; 7] = ["JR", "JR.", "SR", "SR.", "II", "III", "IV"];
/// Titles that senders leave before the given name.
const TITLES: [&str; 13] =
    ["MR", "MR.", "MRS", "MRS.", "MS", "MS.", "MISS", "DR", "DR.", "PROF", "PROF.", "REV", "REV."];

/// The name, and what it is used for.
#[derive(Default)]
pub(super) struct Named {
    pub(super) name: Option<Stated<Name>>,
    pub(super) usage: Option<Stated<NameUse>>,
}

/// Reads the name: that of the insured where the plan is Original Medicare, the insured is stated to be the patient, and the name is
/// no shorter form of the patient's, not cut off, nor of a type that is never on the card; else the patient's.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) -> Named {
    if context.profile.identity.prefer_insured_name {
        let own = |cover: &&Cover<'_, '_>| {
            cover.class() == Some(PlanClass::OriginalMedicare) && cover.insured == Insured::Stated
        };
        for cover in covers.iter().filter(own) {
            let field = cover.in1.field(16);
            let of = |field: &Field<'_>| choose(context, field).map_or_else(|| plain(field), |name| plain_of(&name));
            let (insured, patient) = (of(&field), of(&group.pid.field(5)));
            if insured.0.is_empty() || insured.1.is_empty() {
                continue;
            }
            if insured != patient && !(patient.0.is_empty() && patient.1.is_empty()) {
                let message = "the insured, who is the patient, is called otherwise than the patient";
                context.inform("name-insured-differs", field.path(), message);
            }
            let is_cut = is_beginning(&insured.0, &patient.0)
                || is_beginning(&insured.1, &patient.1)
                || lacks_parts(context, &field, &group.pid.field(5))
                || choose(context, &field).is_some_and(|name| is_cut_by_ampersand(&name));
            if !is_cut && choose(context, &field).is_some() {
                return one(context, &field, "identity.prefer_insured_name");
            }
        }
    }
    if reliability::doubts(group, "AL") {
        let hint = "the name is taken again when PID-32 no longer says AL";
        context.warn("name-unreliable", "PID-32", "the sender says that the name is an alias; it was not taken", hint);
        return Named::default();
    }
    one(context, &group.pid.field(5), "identity.name")
}

/// Whether a word is the beginning of a longer one, as an initial is.
fn is_beginning(short: &str, long: &str) -> bool {
    short.len() < long.len() && long.starts_with(short)
}

/// Whether a name has no further given names or no suffix where the other one has.
fn lacks_parts(context: &Context<'_>, insured: &Field<'_>, patient: &Field<'_>) -> bool {
    let Some((insured, patient)) = choose(context, insured).zip(choose(context, patient)) else { return false };
    let has = |name: &Repetition<'_>, number: usize| !name.component(number).value().text().is_empty();
    [3, 4].into_iter().any(|number| has(&patient, number) && !has(&insured, number))
}

/// Family and first given name in a plain form for comparing: letters only, in upper case.
pub(super) fn plain(field: &Field<'_>) -> (String, String) {
    field.repetitions().find(|name| !name.is_absent()).map(|name| plain_of(&name)).unwrap_or_default()
}

/// The same of one name.
fn plain_of(name: &Repetition<'_>) -> (String, String) {
    let letters =
        |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_uppercase).collect();
    let (family, given) = (name.component(1).value().text(), name.component(2).value().text());
    match family.split_once(',') {
        Some((family, rest)) if given.is_empty() => {
            (letters(family), letters(rest.split_whitespace().next().unwrap_or_default()))
        }
        _ => (letters(&family), letters(given.split_whitespace().next().unwrap_or_default())),
    }
}

/// Reads the primary name of a field.
fn one(context: &Context<'_>, field: &Field<'_>, rule: &str) -> Named {
    let cleared = || Named { name: Some(Stated::Clear), usage: Some(Stated::Clear) };
    if field.is_null() {
        return cleared();
    }
    let Some(chosen) = choose(context, field) else {
        if field.repetitions().any(|name| !name.is_absent()) {
            let hint = "identity.not_primary_names in the profile lists the types that are left out";
            context.warn(
                "name-not-primary",
                field.path(),
                "none of the names is in force and of a type that the Medicare card has",
                hint,
            );
        }
        return Named::default();
    };
    if chosen.component(1).value().is_null() && chosen.component(2).value().is_null() {
        return cleared();
    }
    let path = chosen.path();
    if (1..=4).any(|number| chosen.component(number).value().is_truncated()) {
        let hint = "the sender must send the whole name; CMS compares it with its record";
        context.fail("name-truncated", path, "the sender says that it cut the name off, so it was not taken", hint);
        return Named::default();
    }
    if is_cut_by_ampersand(&chosen) {
        let hint = "the sender must escape an ampersand in a name (\\T\\); XPN-1.2 to 1.5 hold parts of the family name in XPN-1.1";
        let message = "a part of the name goes on behind an ampersand with what is no part of it, so it was not taken";
        context.fail("name-parts", path, message, hint);
        return Named::default();
    }
    let Some(name) = parts(context, &chosen) else { return Named::default() };
    let texts = || std::iter::once(&name.family).chain(&name.given).chain([&name.suffix]);
    if texts().any(|text| text.contains('\u{fffd}')) {
        let hint = "declare the character set in MSH-18, or set default_charset in the profile, and send again";
        context.fail(
            "undecodable-name",
            path,
            "the name holds bytes that could not be decoded, so it was not taken",
            hint,
        );
        return Named::default();
    }
    let is_undecoded = (1..=4).any(|number| chosen.component(number).value().decoded().unknown);
    if is_undecoded || texts().any(|text| text.chars().any(is_unseen)) {
        let hint = "look at what the sender puts into the name: line breaks, tabs, marks of direction, escape sequences of its own";
        let message = "the name holds an unknown escape sequence or a character that is not seen, so it was not taken";
        context.fail("name-characters", path, message, hint);
        return Named::default();
    }
    if is_test(context, &name) {
        let hint = "test patients are not submitted; identity.test_names in the profile lists their names";
        context.warn("test-patient", path, "the name is one of a test patient, so it was not taken", hint);
        return Named::default();
    }
    let usage = Stated::Set(context.sourced(usage(&chosen), path.as_str(), "patient.name-use"));
    Named { name: Some(Stated::Set(context.sourced(name, path, rule))), usage: Some(usage) }
}

/// Prefixes of family names, letters only. Those that are family names themselves are left out.
const PREFIXES: [&str; 30] = [
    "AL", "BIN", "D", "DA", "DAS", "DE", "DEL", "DELA", "DELAS", "DELLA", "DELOS", "DEN", "DER", "DES", "DI", "DOS",
    "EL", "LA", "T", "TE", "TEN", "TER", "VAN", "VANDE", "VANDEN", "VANDER", "VOM", "VON", "VONDER", "ZU",
];

/// Whether a bare ampersand cuts the name off: what stands behind it in the family name is a part of that (FN), and elsewhere nothing does.
fn is_cut_by_ampersand(name: &Repetition<'_>) -> bool {
    let letters =
        |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    (1..=4).any(|number| {
        let component = name.component(number);
        let whole: String = letters(&component.value().text());
        component.subcomponents().enumerate().skip(1).any(|(position, value)| {
            let text = value.text();
            let part: String = letters(&text);
            let is_part = || match position {
                _ if whole.contains(&part) => true,
                // Own prefix and the partner's need not be repeated in FN-1, and the partner's family name is another one.
                1 | 3 => PREFIXES.contains(&part.as_str()),
                4 => {
                    text.chars().all(|letter| letter.is_alphabetic() || matches!(letter, ' ' | '-' | '\'' | '’' | '.'))
                }
                _ => false,
            };
            !part.is_empty() && (number > 1 || !is_part())
        })
    })
}

/// Whether a character is none that is printed: a control character, or one that only changes how others are shown.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Table 0200 to FHIR (v2-to-FHIR guide 1.0.0), and the time the name is in force.
fn usage(name: &Repetition<'_>) -> NameUse {
    let usage = match name.component(7).value().text().to_ascii_uppercase().as_str() {
        "L" | "R" => "official",
        "D" => "usual",
        _ => "",
    };
    let date = |part: usize, of_range: usize| {
        let values = [name.component(part).value(), name.component(10).subcomponent(of_range)];
        let found = values.iter().find_map(|value| Moment::parse(&value.text()).ok());
        found.map(|date| date.date()).unwrap_or_default()
    };
    NameUse { usage: usage.to_owned(), starts: date(12, 1), ends: date(13, 2) }
}

/// Whether a name is in force when the message is sent (`XPN-10`, `XPN-12`, `XPN-13`).
fn is_in_force(context: &Context<'_>, name: &Repetition<'_>) -> bool {
    let Some(sent) = &context.sent else { return true };
    let used = usage(name);
    let ended = Moment::parse(&used.ends).is_ok_and(|ends| sent.is_after(&ends));
    let to_come = Moment::parse(&used.starts).is_ok_and(|starts| starts.is_after(sent));
    !ended && !to_come
}

/// The first legal name, else the first without a type, else the first of a type that can be primary.
pub(super) fn choose<'m>(context: &Context<'_>, field: &Field<'m>) -> Option<Repetition<'m>> {
    let names: Vec<(Repetition<'m>, String)> = field
        .repetitions()
        .filter(|name| !name.is_absent() && is_in_force(context, name))
        .map(|name| (name, name.component(7).value().text().to_ascii_uppercase()))
        .collect();
    let refused = |kind: &String| context.profile.identity.not_primary_names.contains(kind);
    let first = |wanted: &dyn Fn(&String) -> bool| names.iter().find(|(_, kind)| wanted(kind)).map(|(name, _)| *name);
    first(&|kind| kind == "L").or_else(|| first(&|kind| kind.is_empty())).or_else(|| first(&|kind| !refused(kind)))
}

fn parts(context: &Context<'_>, chosen: &Repetition<'_>) -> Option<Name> {
    let text = |number: usize| context.text(&chosen.component(number).value());
    let (family, first, further, suffix) = (text(1), text(2), text(3), text(4));
    let mut name = Name {
        family: family.unwrap_or_default(),
        given: first.into_iter().chain(further).collect(),
        suffix: suffix.unwrap_or_default(),
    };
    if name.given.is_empty()
        && let Some((family, given)) = name.family.clone().split_once(',')
    {
        let hint = "the sender should put family and given name into components of their own";
        context.warn(
            "name-in-one-part",
            chosen.path(),
            "the whole name stands in the family name; it was split at the comma",
            hint,
        );
        name.family = family.trim().to_owned();
        name.given = given
            .trim()
            .splitn(2, char::is_whitespace)
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect();
    }
    split_suffix(context, chosen, &mut name);
    split_title(context, chosen, &mut name);
    (!name.family.is_empty() || !name.given.is_empty()).then_some(name)
}

/// Puts a suffix that ends the family name where it belongs. Spelling and case stay as they are.
fn split_suffix(context: &Context<'_>, chosen: &Repetition<'_>, name: &mut Name) {
    let Some((family, last)) = name.family.rsplit_once([' ', ',']) else { return };
    let family = family.trim_end_matches([' ', ',']).trim_end();
    if family.is_empty() || !SUFFIXES.iter().any(|suffix| suffix.eq_ignore_ascii_case(last)) {
        return;
    }
    if name.suffix.is_empty() {
        last.clone_into(&mut name.suffix);
    } else if !name.suffix.trim_end_matches('.').eq_ignore_ascii_case(last.trim_end_matches('.')) {
        return;
    }
    name.family = family.to_owned();
    let hint = "the sender should put it into the fourth component of the name";
    context.warn(
        "name-suffix-in-family",
        chosen.path(),
        "the family name ended with a suffix, which was taken as one",
        hint,
    );
}

/// Drops a title before the given name.
fn split_title(context: &Context<'_>, chosen: &Repetition<'_>, name: &mut Name) {
    let Some(first) = name.given.first_mut() else { return };
    let Some((title, rest)) = first.split_once(char::is_whitespace) else { return };
    if TITLES.iter().any(|known| known.eq_ignore_ascii_case(title)) && !rest.trim().is_empty() {
        *first = rest.trim().to_owned();
        let hint = "the sender should put it into the fifth component of the name";
        context.warn(
            "name-title-in-given",
            chosen.path(),
            "the given name began with a title, which was left out",
            hint,
        );
    }
}

/// Whether a part of the name, or both together, is in the list of test names.
fn is_test(context: &Context<'_>, name: &Name) -> bool {
    let upper = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let family = upper(&name.family);
    let given = upper(name.given.first().map_or("", String::as_str));
    let forms = [
        family.clone(),
        given.clone(),
        format!("{family} {given}"),
        format!("{given} {family}"),
        format!("{family}^{given}"),
    ];
    context.profile.identity.test_names.iter().any(|listed| {
        let listed = listed.to_uppercase();
        forms.contains(&listed)
            || [&family, &given].iter().any(|part| part.strip_prefix(&listed).is_some_and(|rest| rest.starts_with(' ')))
    })
}
