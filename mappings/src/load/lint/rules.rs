//! The rest of a profile: events, identifiers, words, codes, triggers, notices.

use super::{Linter, participants::is_state};
use crate::{
    FieldPath,
    document::SCHEMA,
    load::{
        spelling::nearest,
        tree::{At, Node},
    },
};
use std::collections::BTreeSet;

/// WHATWG labels a feed may be read with.
const CHARSETS: &[&str] = &[
    "utf-8",
    "us-ascii",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-15",
    "utf-16le",
    "utf-16be",
    "shift_jis",
    "iso-2022-jp",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "gbk",
    "big5",
    "macintosh",
];

/// Carriers that have a name; any other is a path.
const CARRIERS: &[&str] = &["pid3-medicare", "in2-medicare", "in1-insured-id", "in1-policy", "pid3-local"];

/// Lists that are compared with upper-case text.
const UPPER_LISTS: &[&str] = &[
    "coverage.advantage_words",
    "coverage.supplement_words",
    "coverage.drug_words",
    "coverage.medicaid_words",
    "coverage.insurer_words",
    "coverage.other_words",
    "coverage.commercial_codes",
    "coverage.medicare_words",
    "coverage.self_relationships",
    "diagnoses.icd10cm",
    "diagnoses.icd9",
];

impl Linter<'_> {
    pub(super) fn profile(&mut self) {
        if let Some(schema) = self.root.find("schema")
            && schema.number() != Some(i64::from(SCHEMA))
        {
            self.error(schema.at, format!("this version reads schema {SCHEMA}"), None);
        }
        if let Some(name) = self.root.find("name")
            && name.text().is_some_and(|text| text.trim().is_empty())
        {
            self.error(name.at, "the site needs a name", None);
        }
        let rows = self.root.find("charsets").map_or(&[][..], Node::items);
        let of_senders = rows.iter().filter_map(|row| row.find("charset"));
        for charset in self.root.find("default_charset").into_iter().chain(of_senders) {
            let Some(text) = charset.text().filter(|text| !CHARSETS.contains(text)) else { continue };
            let near = nearest(text, CHARSETS.iter().copied());
            let hint = near.map_or("a WHATWG label, for example windows-1252 or utf-8".into(), |near| {
                format!("did you mean `{near}`?")
            });
            self.error(charset.at, format!("`{text}` is not a character set"), Some(hint));
        }
        if let Some(training) = self.root.find("training")
            && training.text() == Some("submit")
        {
            self.warn(
                training.at,
                "training messages (MSH-11 T and D) are submitted",
                Some("for test systems only".into()),
            );
        }
        if let Some(include) = self.root.find("notices.include_mbi")
            && include.flag() == Some(true)
        {
            self.warn(include.at, "notices carry the MBI to every route", None);
        }
    }

    pub(super) fn events(&mut self) {
        let Some(events) = self.root.find("events") else { return };
        let mut screening = false;
        for (key, entry) in events.entries() {
            if !is_event(key) {
                let hint = Some("type, ^ and event, for example \"ADT^A01\", or \"ORM^*\" for all of a type".into());
                self.error(entry.key_at, format!("`{key}` is not an event"), hint);
            }
            if let Some(effect) = entry.node.find("effect")
                && key.ends_with("^*")
                && effect.text().is_some_and(|text| text != "ignore")
            {
                let hint = Some("list the events that matter one by one; ignore the others".into());
                self.error(effect.at, format!("`{key}` would give an effect to events nobody has looked at"), hint);
            }
            let screens = entry.node.find("screens").filter(|screens| screens.flag() == Some(true));
            screening |= screens.is_some();
            if let Some(screens) = screens
                && entry.node.find("effect").is_some_and(|effect| effect.text() != Some("snapshot"))
            {
                self.warn(screens.at, format!("`{key}` screens, but brings no snapshot to look at"), None);
            }
        }
        let mode = self.root.find("triggers.screen.mode");
        if let Some(mode) = mode.filter(|mode| !screening && mode.text() != Some("off")) {
            self.warn(
                mode.at,
                "no event screens, so the screen trigger never acts",
                Some("set `screens = true` on an event".into()),
            );
        }
    }

    pub(super) fn mbi(&mut self) {
        if let Some(carriers) = self.root.find("mbi.carriers")
            && carriers.items().is_empty()
        {
            self.error(carriers.at, "without a carrier no MBI is ever found", None);
        }
        let mut seen = BTreeSet::new();
        for (at, carrier) in self.texts_at("mbi.carriers") {
            if !seen.insert(carrier) {
                self.warn(at, format!("carrier `{carrier}` is there twice"), None);
            }
            if CARRIERS.contains(&carrier) {
                continue;
            }
            if let Err(error) = carrier.parse::<FieldPath>() {
                let near = nearest(carrier, CARRIERS.iter().copied());
                let hint =
                    near.map_or(format!("a path such as ZIN-4.1: {error}"), |near| format!("did you mean `{near}`?"));
                self.error(at, format!("`{carrier}` is neither a carrier nor a path"), Some(hint));
            }
        }
        self.flag_warning(
            "mbi.allow_placeholders",
            "sample numbers are submitted like real ones",
            "for the sandbox and tests only",
        );
        self.flag_warning(
            "mbi.from_other_plans",
            "member numbers of Medicare Advantage and supplement plans are taken when they look like an MBI",
            "a number of somebody else can look like one",
        );
    }

    pub(super) fn identity(&mut self) {
        for (path, what) in [("identity.sex", "sex"), ("identity.states", "state name")] {
            let Some(table) = self.root.find(path) else { continue };
            for (key, entry) in table.entries() {
                self.upper(entry.key_at, key, what);
                if path == "identity.states"
                    && let Some(code) = entry.node.text()
                    && !is_state(code)
                {
                    self.error(
                        entry.node.at,
                        format!("`{code}` is not a state"),
                        Some("two letters, for example IL".into()),
                    );
                }
            }
        }
        let lists = ["identity.death_dispositions", "identity.hospice_dispositions", "identity.long_term_dispositions"];
        for path in lists {
            for (at, code) in self.texts_at(path) {
                if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                    let hint = Some("with its leading zero, for example \"07\"".into());
                    self.error(at, format!("disposition `{code}` is not two digits"), hint);
                }
            }
        }
    }

    pub(super) fn coverage(&mut self) {
        for path in UPPER_LISTS {
            for (at, word) in self.texts_at(path) {
                self.upper(at, word, "word");
            }
        }
    }

    pub(super) fn diagnoses(&mut self) {
        let icd9: BTreeSet<&str> = self.texts_at("diagnoses.icd9").into_iter().map(|(_, text)| text).collect();
        for (at, spelling) in self.texts_at("diagnoses.icd10cm") {
            if icd9.contains(spelling) {
                self.error(at, format!("`{spelling}` cannot mean ICD-10-CM and ICD-9"), None);
            }
        }
    }

    pub(super) fn triggers(&mut self) {
        let Some(triggers) = self.root.find("triggers") else { return };
        for (name, entry) in triggers.entries() {
            let rule = &entry.node;
            // What a person asked for (enroll, leave) and what changes nothing (screen) may go out by itself.
            let consequence = match name {
                "relocate" | "exclude" => Some("ends an alignment"),
                "progress" => Some("ends an alignment and begins another"),
                _ => None,
            };
            if let Some(mode) = rule.find("mode").filter(|mode| mode.text() == Some("auto"))
                && let Some(consequence) = consequence
            {
                let hint = Some("\"hold\" lets a person approve it".into());
                self.warn(mode.at, format!("trigger `{name}` {consequence} without asking anybody"), hint);
            }
            for (key, owner) in [("fresh_days", "screen"), ("check_first", "enroll")] {
                if let Some(setting) = rule.entry(key).filter(|_| name != owner) {
                    let hint = Some(format!("it belongs in [triggers.{owner}]"));
                    self.warn(setting.key_at, format!("trigger `{name}` does not look at `{key}`"), hint);
                }
            }
        }
        let screen = triggers.find("screen");
        let active = screen.is_some_and(|rule| rule.find("mode").and_then(Node::text) != Some("off"));
        let days = screen.and_then(|rule| rule.find("fresh_days"));
        if let Some(screen) = screen.filter(|_| active && days.and_then(Node::number).unwrap_or(0) == 0) {
            let at = days.map_or(screen.at, |days| days.at);
            self.warn(
                at,
                "eligibility is asked again with every feed",
                Some("`fresh_days = 30` keeps an answer for 30 days".into()),
            );
        }
    }

    fn flag_warning(&mut self, path: &str, message: &str, hint: &str) {
        if let Some(flag) = self.root.find(path).filter(|flag| flag.flag() == Some(true)) {
            self.warn(flag.at, message, Some(hint.to_owned()));
        }
    }

    /// Lists and keys that are compared in upper case never match in lower case.
    fn upper(&mut self, at: At, text: &str, what: &str) {
        let upper = text.to_uppercase();
        if upper.trim().is_empty() {
            self.error(at, format!("an empty {what}"), None);
        } else if upper != text || upper.trim() != upper {
            let message =
                format!("{what} `{text}` never matches: feeds are compared in upper case without outer blanks");
            self.error(at, message, Some(format!("write `{}`", upper.trim())));
        }
    }
}

fn is_event(key: &str) -> bool {
    let part =
        |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let words = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    key.split_once('^').is_some_and(|(kind, event)| match kind {
        "FHIR" => event == "*" || words(event),
        "CCDA" | "CSV" => words(event),
        _ => part(kind) && (event == "*" || part(event)),
    })
}
