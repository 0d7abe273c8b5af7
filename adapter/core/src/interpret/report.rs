//! Traces what CMS says about a report back to measures and questionnaires, in our words.
//!
//! The expressions of CMS are not evaluated: their positions contradict the guide and their titles are abbreviated. Track and
//! measure follow from the codes and names they quote, else from the words of the text.

use crate::report::{source, title};
use access_contract::Issue;
use access_mappings::{CodeIn, Guide};

/// Most measures and questionnaires that are found in one issue.
const MAX_NAMED: usize = 16;

/// Says in each issue which measure or questionnaire it is about and where that comes from. Its code goes into `rule`, several
/// with commas; see [`named`].
pub(super) fn trace(guide: &Guide, issues: &mut [Issue]) {
    for issue in issues {
        let quoted = quoted(&issue.location);
        let mut codes = find(guide, &quoted);
        if codes.is_empty() {
            codes = find(guide, &words(guide, &issue.message));
        }
        let Some(first) = codes.first() else { continue };
        let names: Vec<&str> = codes.iter().map(|code| title(guide, code)).collect();
        let track = track(guide, &quoted).or_else(|| track(guide, &split(&issue.message)));
        let of = track.map(|track| format!(" of the {track} track")).unwrap_or_default();
        let names = names.join(", ");
        issue.message = match issue.code.as_str() {
            "required" | "incomplete" | "not-found" | "structure" => {
                format!("{names} is missing or incomplete in the report{of}. CMS says: {}", issue.message)
            }
            _ => format!("CMS objects to {names} in the report{of}: {}", issue.message),
        };
        let advice = source(guide, first);
        issue.hint = Some(match issue.hint.take() {
            Some(hint) => format!("{hint}; {advice}"),
            None => advice,
        });
        issue.rule = Some(codes.join(", "));
    }
}

/// The measures and questionnaires that an issue of [`trace`] is about, by title.
pub(crate) fn named(guide: &Guide, issue: &Issue) -> Vec<String> {
    let codes = issue.rule.as_deref().unwrap_or_default().split(", ");
    let known = codes.filter(|code| guide.measure(code).is_some() || guide.instrument(code).is_some());
    known.map(|code| title(guide, code).to_owned()).collect()
}

/// Codes of the measures and instruments that are meant by any of the tokens, in the order of the tokens. Where a track is named,
/// only its own are.
fn find(guide: &Guide, tokens: &[&str]) -> Vec<String> {
    let within = track(guide, tokens);
    let is_of = |tracks: &[String]| within.is_none_or(|track| tracks.iter().any(|known| known == track));
    let mut codes: Vec<String> = Vec::new();
    for token in tokens {
        let means = |code: &str, title: &str, section: &CodeIn| {
            section.code.eq_ignore_ascii_case(token)
                || code.eq_ignore_ascii_case(token)
                || title.eq_ignore_ascii_case(token)
        };
        let measure =
            guide.measures.iter().filter(|facts| !facts.tracks.is_empty() && is_of(&facts.tracks)).find(|facts| {
                let loinc = facts.accepts.iter().any(|accepted| accepted.loinc == *token);
                loinc || means(&facts.code, &facts.title, &facts.section)
            });
        let instrument = guide.instruments.iter().filter(|facts| is_of(&facts.tracks)).find(|facts| {
            let coded = facts.codes.iter().any(|known| known.code == *token);
            coded || means(&facts.code, &facts.title, &facts.section)
        });
        let code = measure.map(|facts| &facts.code).or_else(|| instrument.map(|facts| &facts.code));
        if let Some(code) = code.filter(|code| !codes.contains(code) && codes.len() < MAX_NAMED) {
            codes.push(code.clone());
        }
    }
    codes
}

/// The track that one of the tokens is.
fn track<'g>(guide: &'g Guide, tokens: &[&str]) -> Option<&'g str> {
    let found = tokens.iter().find_map(|token| guide.track(token));
    found.map(|track| track.code.as_str())
}

/// What stands in quotation marks.
fn quoted(expression: &str) -> Vec<&str> {
    let parts: Vec<&str> = expression.split(['\'', '"', '`']).collect();
    parts.iter().skip(1).step_by(2).map(|part| part.trim()).filter(|part| !part.is_empty()).collect()
}

/// The words of a text, letters, digits and dashes.
fn split(text: &str) -> Vec<&str> {
    let word = |c: char| !(c.is_alphanumeric() || c == '-');
    text.split(word).filter(|word| !word.is_empty()).collect()
}

/// The words of a text, and the titles of more than one word that it holds.
fn words<'t>(guide: &'t Guide, text: &'t str) -> Vec<&'t str> {
    let lower = text.to_lowercase();
    let titles = guide.measures.iter().map(|facts| facts.title.as_str());
    let titles = titles.chain(guide.instruments.iter().map(|facts| facts.title.as_str()));
    let long = titles.filter(|title| title.contains(' ') && lower.contains(&title.to_lowercase()));
    long.chain(split(text)).collect()
}
