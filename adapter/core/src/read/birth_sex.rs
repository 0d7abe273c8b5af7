//! The sex at birth, from where it is meant: fields the site names, or an observation with LOINC 76689-9. Never `PID-8`,
//! which is administrative.

use super::context::{Context, Said};
use super::groups::Group;
use crate::facts::Stated;
use crate::view::Repetition;
use access_mappings::FieldPath;

/// LOINC code of the sex at birth.
const CODE: &str = "76689-9";

/// Reads it.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<String>> {
    configured(context, group).or_else(|| observed(context, group))
}

fn configured(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<String>> {
    // Loading the profile has checked the paths.
    let paths = context.profile.patient.birth_sex_fields.iter().filter_map(|path| path.parse::<FieldPath>().ok());
    for path in paths {
        for segment in group.segments().iter().filter(|segment| segment.name() == path.segment) {
            let field = segment.field(usize::from(path.field));
            let value = match (path.component, path.subcomponent) {
                (None, _) => field.value(),
                (Some(part), None) => field.component(usize::from(part)).value(),
                (Some(part), Some(inner)) => field.component(usize::from(part)).subcomponent(usize::from(inner)),
            };
            match context.plain(&value) {
                Said::Nothing => {}
                Said::Null => return Some(Stated::Clear),
                Said::Text(text) => return taken(context, &[&text], value.path(), "patient.birth_sex_fields"),
            }
        }
    }
    None
}

fn observed(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<String>> {
    let means = |row: &Repetition<'_>| [1, 4].iter().any(|number| row.component(*number).value().text() == CODE);
    let obx = group.all("OBX").find(|obx| obx.raw().contains(CODE) && means(&obx.field(3).repetition(1)))?;
    if matches!(obx.field(11).value().text().as_ref(), "D" | "W" | "X") {
        return None;
    }
    let field = obx.field(5);
    if field.is_null() {
        return Some(Stated::Clear);
    }
    let (code, words) = (field.component(1).value().text(), field.component(2).value().text());
    if code.is_empty() && words.is_empty() {
        return None;
    }
    taken(context, &[&code, &words], field.path(), "observation.76689-9")
}

fn taken(context: &Context<'_>, said: &[&str], path: String, rule: &str) -> Option<Stated<String>> {
    let table = &context.profile.patient.birth_sex;
    if let Some(sex) = said.iter().find_map(|text| table.get(&text.to_uppercase())) {
        return Some(Stated::Set(context.sourced(sex.to_owned(), path, rule)));
    }
    let hint = "add the sender's code to patient.birth_sex in the profile";
    context.warn("birth-sex-unmapped", path, "the code of the sex at birth is not known", hint);
    None
}
