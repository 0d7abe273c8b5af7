//! A Questionnaire of the site that travels in a report, since nobody else could look it up.

use super::narrative::say;
use crate::render::answer::one_line;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;

/// Reads the JSON of the profile and gives it the id under which it stands in the Bundle, and words where it has none. Every other
/// member stays as it was written. None where it is no Questionnaire with a `url`.
pub(super) fn read(text: &str, id: &str, title: &str) -> Option<Box<RawValue>> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let find = |name: &str| members.iter().find(|(member, _)| member == name).map(|(_, value)| value.get());
    let word = |name: &str| find(name).and_then(|value| serde_json::from_str::<String>(value).ok());
    if word("resourceType").as_deref() != Some("Questionnaire") {
        return None;
    }
    word("url").filter(|url| !url.is_empty() && !url.contains('|'))?;
    let mut parts = vec![("resourceType", "\"Questionnaire\"".to_owned()), ("id", raw(id)?)];
    parts.extend(find("meta").map(|meta| ("meta", meta.to_owned())));
    let words = || serde_json::to_string(&say(&format!("Questionnaire: {title}."))).ok();
    parts.push(("text", find("text").map(str::to_owned).or_else(words)?));
    let kept = members.iter().filter(|(name, _)| !["resourceType", "id", "meta", "text"].contains(&name.as_str()));
    parts.extend(kept.map(|(name, value)| (name.as_str(), value.get().to_owned())));
    let mut json = String::from("{");
    for (number, (name, value)) in parts.iter().enumerate() {
        if number > 0 {
            json.push(',');
        }
        json.push_str(&raw(name)?);
        json.push(':');
        json.push_str(&one_line(value));
    }
    json.push('}');
    RawValue::from_string(json).ok()
}

/// A text as JSON.
fn raw(text: &str) -> Option<String> {
    to_raw_value(text).ok().map(|value| value.get().to_owned())
}

/// The members of an object as they were written, in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom("repeated member"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_sites_questionnaire_stays_as_it_was_written() {
        let text = "{ \"resourceType\": \"Questionnaire\",\n \"url\": \"https://clinic.example/q\", \"id\": \"own\",\n \
                    \"status\": \"active\", \"item\": [ {\"linkId\": \"a b\", \"x\": 1.50} ] }";
        let found = read(text, "q-1", "PHQ-9").unwrap();
        assert_eq!(
            found.get(),
            "{\"resourceType\":\"Questionnaire\",\"id\":\"q-1\",\"text\":{\"status\":\"generated\",\"div\":\"<div \
             xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p>Questionnaire: PHQ-9.</p></div>\"},\"url\":\"https://clinic.example/q\",\
             \"status\":\"active\",\"item\":[{\"linkId\":\"a b\",\"x\":1.50}]}"
        );
    }

    #[test]
    fn what_is_no_questionnaire_with_an_address_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            "{\"resourceType\":\"Patient\",\"url\":\"https://a.example\"}",
            "{\"resourceType\":\"Questionnaire\"}",
            "{\"resourceType\":\"Questionnaire\",\"url\":\"\"}",
            "{\"resourceType\":\"Questionnaire\",\"url\":\"https://a.example|1\"}",
            "{\"resourceType\":\"Questionnaire\",\"url\":\"https://a.example\",\"url\":\"https://b.example\"}",
        ] {
            assert!(read(text, "q", "q").is_none(), "{text}");
        }
    }
}
