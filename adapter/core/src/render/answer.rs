//! The answer of CMS inside a Bundle.

use crate::number::masked;
use crate::validate::json::Node;
use serde_json::value::RawValue;

/// The answer as a resource: none where it is not a `Parameters` or an OperationOutcome that a reader can take (at most
/// 4 MiB and 48 levels, no member twice). What has the form of a Medicare number is left out unless notices carry it (`shows`).
pub(super) fn resource(answer: &str, shows: bool) -> Option<Box<RawValue>> {
    let text = answer.trim_start_matches('\u{feff}').trim();
    let node = Node::parse(text).ok()?;
    matches!(node.text_of("resourceType"), Some("Parameters" | "OperationOutcome")).then_some(())?;
    let line = one_line(text);
    RawValue::from_string(if shows { line } else { masked(&line, &[]) }).ok()
}

/// JSON without white space between its tokens: a Bundle is one line. Every token stays as it was written.
pub(crate) fn one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for character in json.chars() {
        if quoted {
            line.push(character);
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if !matches!(character, ' ' | '\t' | '\n' | '\r') {
            line.push(character);
            quoted = character == '"';
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{one_line, resource};

    #[test]
    fn keeps_every_token_and_drops_what_stands_between() {
        let text = "{ \"a b\" : \"x \\\" \\\\\" ,\r\n\t\"n\" : 1.50 , \"l\" : [ true , null ] }";
        assert_eq!(one_line(text), r#"{"a b":"x \" \\","n":1.50,"l":[true,null]}"#);
    }

    #[test]
    fn a_medicare_number_in_an_answer_is_shown_only_where_notices_carry_it() {
        let text = r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no match for 1EG4-TE5-MK73"}]}"#;
        assert_eq!(resource(text, true).unwrap().get(), text);
        let masked = resource(text, false).unwrap();
        assert_eq!(masked.get(), text.replace("1EG4-TE5-MK73", "[MBI withheld]"));
    }

    #[test]
    fn takes_results_and_outcomes_only() {
        assert!(resource("\u{feff} {\"resourceType\":\"Parameters\"}\n", true).is_some());
        assert!(resource("{\"resourceType\":\"OperationOutcome\"}", false).is_some());
        for text in ["", "<html>", "[]", "{}", "{\"resourceType\":\"Patient\"}", "{\"resourceType\":\"Parameters\"} x"]
        {
            assert!(resource(text, true).is_none(), "{text}");
        }
    }
}
