//! What is read and sent of a person, and the zones of senders.

use super::Linter;
use crate::{
    FieldPath,
    heritage::HeritageCode,
    load::spelling::nearest,
    load::tree::{At, Node},
};
use jiff::tz::TimeZone;

impl Linter<'_> {
    pub(super) fn patient(&mut self) {
        let Some(patient) = self.root.find("patient") else { return };
        let rows = patient.find("senders").map_or(&[][..], Node::items);
        for codes in std::iter::once(patient).chain(rows) {
            self.heritage(codes, "race");
            self.heritage(codes, "ethnicity");
            for table in ["languages", "birth_sex", "sex"] {
                for (key, entry) in codes.find(table).into_iter().flat_map(Node::entries) {
                    self.person_code(entry.key_at, key);
                }
            }
            for (_, entry) in codes.find("languages").into_iter().flat_map(Node::entries) {
                if let Some(tag) = entry.node.text().filter(|tag| !is_language(tag)) {
                    let hint = Some("a BCP-47 tag, for example es or es-MX".to_owned());
                    self.error(entry.node.at, format!("`{tag}` is not a language"), hint);
                }
            }
        }
        for (at, path) in self.texts_at("patient.birth_sex_fields") {
            match path.parse::<FieldPath>() {
                Ok(found) if found.segment == "PID" && found.field == 8 => {
                    let hint = Some("PID-8 is the administrative sex; take a field of the sender's own".to_owned());
                    self.error(at, "the sex at birth is never taken from PID-8", hint);
                }
                Ok(_) => {}
                Err(error) => self.error(at, format!("`{path}` is not a path: {error}"), None),
            }
        }
    }

    pub(super) fn times(&mut self) {
        let Some(times) = self.root.find("times") else { return };
        let known = times.find("zones");
        for (name, entry) in known.into_iter().flat_map(Node::entries) {
            if entry.node.text().is_some_and(|rule| TimeZone::posix(rule).is_err()) {
                let hint = Some("for example EST5EDT,M3.2.0,M11.1.0".to_owned());
                self.error(entry.node.at, format!("zone `{name}` has no rule as POSIX writes it"), hint);
            }
        }
        let rows = times.find("senders").map_or(&[][..], Node::items);
        for zone in std::iter::once(times).chain(rows).filter_map(|row| row.find("zone")) {
            self.time_zone(zone);
        }
    }

    /// A name of `times.zones` or a rule. Empty says nothing.
    pub(super) fn time_zone(&mut self, zone: &Node) {
        let Some(text) = zone.text().filter(|text| !text.is_empty()) else { return };
        let known = self.root.find("times.zones");
        if known.and_then(|known| known.entry(text)).is_none() && TimeZone::posix(text).is_err() {
            let names = known.into_iter().flat_map(Node::entries).map(|(name, _)| name);
            let near = nearest(text, names).map(|near| format!("did you mean `{near}`?"));
            let usual = || "a name from times.zones, or a rule such as EST5EDT,M3.2.0,M11.1.0".to_owned();
            let hint = Some(near.unwrap_or_else(usual));
            self.error(zone.at, format!("`{text}` is not a time zone"), hint);
        }
    }

    /// A table of codes to the CDC system. Either field may hold codes of the other.
    fn heritage(&mut self, codes: &Node, table: &str) {
        for (key, entry) in codes.find(table).into_iter().flat_map(Node::entries) {
            self.person_code(entry.key_at, key);
            let Some(code) = entry.node.text() else { continue };
            if HeritageCode::of(code).is_none() {
                let hint = Some("a code of the CDC race and ethnicity system, UNK or ASKU".to_owned());
                self.error(entry.node.at, format!("`{code}` is no code of {table}"), hint);
            }
        }
    }

    fn person_code(&mut self, at: At, key: &str) {
        let upper = key.trim().to_uppercase();
        if upper.is_empty() {
            self.error(at, "an empty code", None);
        } else if upper != key {
            let message = format!("code `{key}` never matches: feeds are compared in upper case without outer blanks");
            self.error(at, message, Some(format!("write `{upper}`")));
        }
    }
}

/// Whether a text has the form of a BCP-47 tag: a language of two or three letters, then a script, a region or both.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    matches!(first.len(), 2 | 3)
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && letters(part))
}
