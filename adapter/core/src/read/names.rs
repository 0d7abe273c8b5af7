//! The name on the Medicare card, as well as the feed knows it.
//!
//! CMS compares the name with its record, so it is taken as it stands: no change of case, no repair of spelling.

use super::context::Context;
use super::coverage::Cover;
use super::groups::Group;
use super::insured::Insured;
use crate::facts::{Name, Stated};
use crate::view::{Field, Repetition};
use access_mappings::PlanClass;

/// Suffixes that senders leave in the family name.
const SUFFIXES: [&str; 8] = ["JR", "JR.", "SR", "SR.", "II", "III", "IV", "V"];

/// Reads the name: that of the insured where the plan is Original Medicare and the insured is stated to be the patient,
/// else the patient's.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) -> Option<Stated<Name>> {
    if context.profile.identity.prefer_insured_name {
        let own = |cover: &&Cover<'_, '_>| {
            cover.class() == Some(PlanClass::OriginalMedicare) && cover.insured == Insured::Stated
        };
        for cover in covers.iter().filter(own) {
            let field = cover.in1.field(16);
            let (family, given) = plain(&field);
            if !family.is_empty() && !given.is_empty() {
                return one(context, &field, "identity.prefer_insured_name");
            }
        }
    }
    let flagged =
        group.pid.field(32).repetitions().any(|flag| flag.component(1).value().text().eq_ignore_ascii_case("AL"));
    if flagged {
        let hint = "the name is taken again when PID-32 no longer says AL";
        context.warn("name-unreliable", "PID-32", "the sender says that the name is an alias; it was not taken", hint);
        return None;
    }
    one(context, &group.pid.field(5), "identity.name")
}

/// Family and first given name in a plain form for comparing: letters only, in upper case.
pub(super) fn plain(field: &Field<'_>) -> (String, String) {
    let Some(name) = field.repetitions().find(|name| !name.is_absent()) else { return Default::default() };
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
fn one(context: &Context<'_>, field: &Field<'_>, rule: &str) -> Option<Stated<Name>> {
    if field.is_null() {
        return Some(Stated::Clear);
    }
    let Some(chosen) = choose(context, field) else {
        if field.repetitions().any(|name| !name.is_absent()) {
            let hint = "identity.not_primary_names in the profile lists the types that are left out";
            context.warn(
                "name-not-primary",
                field.path(),
                "none of the names is of a type that the Medicare card has",
                hint,
            );
        }
        return None;
    };
    if chosen.component(1).value().is_null() && chosen.component(2).value().is_null() {
        return Some(Stated::Clear);
    }
    let path = chosen.path();
    let name = parts(context, &chosen)?;
    let texts = || std::iter::once(&name.family).chain(&name.given).chain([&name.suffix]);
    if texts().any(|text| text.contains('\u{fffd}')) {
        let hint = "declare the character set in MSH-18, or set default_charset in the profile, and send again";
        context.fail(
            "undecodable-name",
            path,
            "the name holds bytes that could not be decoded, so it was not taken",
            hint,
        );
        return None;
    }
    if is_test(context, &name) {
        let hint = "test patients are not submitted; identity.test_names in the profile lists their names";
        context.fail("test-patient", path, "the name is one of a test patient, so it was not taken", hint);
        return None;
    }
    Some(Stated::Set(context.sourced(name, path, rule)))
}

/// The first legal name, else the first without a type, else the first of a type that can be primary.
fn choose<'m>(context: &Context<'_>, field: &Field<'m>) -> Option<Repetition<'m>> {
    let names: Vec<(Repetition<'m>, String)> = field
        .repetitions()
        .filter(|name| !name.is_absent())
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
    let last = name.family.split_whitespace().last().unwrap_or_default();
    if name.suffix.is_empty()
        && last.len() < name.family.len()
        && SUFFIXES.iter().any(|suffix| suffix.eq_ignore_ascii_case(last))
    {
        context.inform(
            "name-suffix-in-family",
            chosen.path(),
            "the family name ends with a suffix; it was left as it is",
        );
    }
    (!name.family.is_empty() || !name.given.is_empty()).then_some(name)
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
