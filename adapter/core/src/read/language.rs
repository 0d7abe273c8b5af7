//! The language the person speaks (`PID-15`), as a BCP-47 tag.

use super::context::{Context, Said};
use super::groups::Group;
use crate::facts::Stated;
use access_contract::UnmappedCode;

/// Reads it. Table 0296 has no codes of its own, so feeds send ISO 639 codes and words.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<String>> {
    let field = group.pid.field(15);
    if field.is_null() {
        return Some(Stated::Clear);
    }
    let row = field.repetitions().find(|row| !row.is_absent())?;
    let text = |number: usize| match context.plain(&row.component(number).value()) {
        Said::Text(text) => text,
        Said::Nothing | Said::Null => String::new(),
    };
    let said = [text(1), text(4), text(2), text(5)];
    let tag = said.iter().filter(|text| !text.is_empty()).find_map(|text| tag_of(context, text));
    if let Some(tag) = tag {
        return Some(Stated::Set(context.sourced(tag, row.path(), "patient.languages")));
    }
    let [code, _, words, _] = said;
    let filler = context.is_filler(&code) || (code.is_empty() && context.is_filler(&words));
    let said = !code.is_empty() || !words.is_empty();
    if said && !filler {
        let hint = "add the sender's code to patient.languages in the profile";
        context.warn("language-unmapped", row.path(), "the language is in no code that is known", hint);
        context.note_unmapped(UnmappedCode {
            table: "languages".to_owned(),
            code: if code.is_empty() { words.clone() } else { code },
            display: words,
            system: text(3),
            unit: String::new(),
        });
    }
    None
}

fn tag_of(context: &Context<'_>, text: &str) -> Option<String> {
    let upper = text.to_uppercase();
    let own = context.codes.and_then(|codes| codes.languages.get(&upper));
    if let Some(tag) = own.or_else(|| context.profile.patient.languages.get(&upper)) {
        return Some(tag.to_owned());
    }
    let (language, region) = match upper.split_once(['-', '_']) {
        Some((language, region)) => (language, Some(region)),
        None => (upper.as_str(), None),
    };
    let letters = |text: &str| text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic());
    if !letters(language) || region.is_some_and(|region| !letters(region)) {
        return None;
    }
    let tag = language.to_lowercase();
    let known = matches!(tag.as_str(), "en" | "es") || context.profile.patient.languages.values().any(|one| one == tag);
    known.then(|| region.map_or(tag.clone(), |region| format!("{tag}-{region}")))
}
