//! An answered questionnaire as the QuestionnaireResponse that is sent.

use super::decimal::Decimal;
use super::document::{Answer, Choice, Item, Ordinal, QuestionnaireResponse};
use super::narrative::say;
use crate::compose::patient;
use crate::compose::payload::{Meta, Reference};
use crate::compose::trail::Trail;
use crate::facts::Origin;
use crate::questionnaires::{Chosen, ChosenItem, ChosenScore, Form};
use std::borrow::Cow;

/// Extension that carries the ordinal of a choice.
const ORDINAL: &str = "http://hl7.org/fhir/StructureDefinition/ordinalValue";

/// Makes the response that stands at `at` (FHIRPath) and is called `id`; `canonical` is that of its Questionnaire. None, with the
/// problem noted, where it cannot be written.
pub(super) fn build<'a>(
    found: &'a Chosen<'_>,
    canonical: Cow<'a, str>,
    profile: &'a str,
    id: String,
    at: &str,
    trail: &mut Trail,
) -> Option<QuestionnaireResponse<'a>> {
    let code = &found.instrument.code;
    if canonical.is_empty() {
        trail.refuse(
            "report-canonical-missing",
            format!("{at}.questionnaire"),
            &format!("nobody says which questionnaire the answers to {} belong to", found.instrument.title),
            &format!("set its canonical under `reports.canonicals.\"{code}\"` in the profile"),
        );
        return None;
    }
    if canonical == found.canonical {
        trail.read(format!("{at}.questionnaire"), &found.from);
    } else {
        trail.configured(format!("{at}.questionnaire"), "reports.questionnaires");
    }
    trail.read(format!("{at}.status"), &found.from);
    trail.read(format!("{at}.authored"), &found.from);
    let mut item = Vec::with_capacity(found.items.len() + found.scores.len());
    for answered in &found.items {
        let at = format!("{at}.item[{}]", item.len());
        item.push(build_item(answered, found, &at, trail)?);
    }
    for score in &found.scores {
        let at = format!("{at}.item[{}]", item.len());
        item.push(build_score(score, found, &at, trail)?);
    }
    let person = || Reference { reference: format!("Patient/{}", patient::ID) };
    let day = found.authored.get(..10).unwrap_or(&found.authored);
    Some(QuestionnaireResponse {
        resource_type: "QuestionnaireResponse",
        id,
        meta: Meta::of(profile),
        text: say(&format!("{}, answered {day}.", found.instrument.title)),
        questionnaire: canonical,
        status: &found.status,
        subject: person(),
        authored: &found.authored,
        author: person(),
        item,
    })
}

fn build_item<'a>(answered: &'a ChosenItem, found: &Chosen<'_>, at: &str, trail: &mut Trail) -> Option<Item<'a>> {
    let number = match answered.form {
        Form::Integer => Decimal::whole(&answered.value),
        Form::Coded | Form::Decimal => Decimal::of(&answered.value),
    };
    let member = match answered.form {
        Form::Integer => "valueInteger",
        Form::Decimal => "valueDecimal",
        Form::Coded => "valueCoding",
    };
    let at = format!("{at}.answer[0].{member}");
    let value = number.or_else(|| unwritable(found, &answered.from, &at, trail))?;
    let answer = match answered.form {
        Form::Integer => Answer::Integer(value),
        Form::Decimal => Answer::Decimal(value),
        Form::Coded => Answer::Coding(Choice {
            extension: [Ordinal { url: ORDINAL, value_decimal: value }],
            system: if answered.code.is_empty() { "" } else { &answered.system },
            code: &answered.code,
            display: &answered.display,
        }),
    };
    trail.read(at, &answered.from);
    Some(Item { link_id: &answered.link, text: &answered.text, answer: [answer] })
}

/// Scores have no text.
fn build_score<'a>(score: &'a ChosenScore, found: &Chosen<'_>, at: &str, trail: &mut Trail) -> Option<Item<'a>> {
    let at = format!("{at}.answer[0].valueDecimal");
    let value = Decimal::of(&score.value).or_else(|| unwritable(found, &score.from, &at, trail))?;
    if score.computed {
        trail.note(at, &found.from.path, &found.from.feed, "guide.instruments.scores");
    } else {
        trail.read(at, &score.from);
    }
    Some(Item { link_id: &score.link, text: "", answer: [Answer::Decimal(value)] })
}

fn unwritable(found: &Chosen<'_>, from: &Origin, at: &str, trail: &mut Trail) -> Option<Decimal> {
    let message = format!("an answer or score of {} is not a number that FHIR can carry", found.instrument.title);
    let hint = format!("look at {} of the feed that brought it", from.path);
    trail.refuse("report-value-unwritable", at, &message, &hint);
    None
}
