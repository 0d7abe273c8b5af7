//! What a site says of questionnaires: it must name instruments, questions and answer lists of the guide.

use super::Linter;
use crate::guide::Guide;
use crate::instruments::{InstrumentFacts, is_loinc};
use crate::load::{spelling::suggest, tree::Node};
use std::collections::BTreeMap;

impl<'a> Linter<'a> {
    /// `[reports]`, as far as it is about questionnaires.
    pub(super) fn reported_questionnaires(&mut self) {
        let (Some(guide), Some(reports)) = (self.guide, self.root.find("reports")) else { return };
        for table in ["canonicals", "may_miss", "questions"] {
            for (name, entry) in reports.find(table).into_iter().flat_map(Node::entries) {
                let Some(instrument) = guide.instrument(name) else {
                    let hint = suggest(name, guide.instruments.iter().map(|known| known.code.as_str()));
                    self.error(entry.key_at, format!("the guide has no instrument `{name}`"), hint);
                    continue;
                };
                match table {
                    "may_miss" => self.misses(instrument, &entry.node),
                    "questions" => {
                        for (link, question) in entry.node.entries().filter(|(link, _)| instrument.item(link).is_none())
                        {
                            self.error(question.key_at, unknown_link(link, name), links(instrument));
                        }
                    }
                    _ => {}
                }
            }
        }
        for (name, entry) in reports.find("answers").into_iter().flat_map(Node::entries) {
            if !is_question(guide, name) && guide.answer_list(name).is_none() {
                let hint = "an answer list, or instrument/linkId: LL358-3, ODI/odi-1";
                self.error(entry.key_at, format!("the guide has no answers `{name}`"), Some(hint.into()));
            }
            for (ordinal, answer) in entry.node.entries().filter(|(ordinal, _)| ordinal.parse::<i32>().is_err()) {
                self.error(answer.key_at, format!("`{ordinal}` is no ordinal"), Some("a whole number".into()));
            }
        }
    }

    fn misses(&mut self, instrument: &InstrumentFacts, node: &Node) {
        let counting = instrument.items.iter().filter(|item| !item.optional).count();
        if node.number().is_some_and(|number| usize::try_from(number).is_ok_and(|number| number >= counting)) {
            self.error(node.at, format!("only {counting} items of `{}` count", instrument.code), None);
        }
    }

    /// `codes.questionnaires` and `codes.answers`, of the site or of a sender.
    pub(super) fn questionnaire_codes(&mut self, codes: &'a Node) {
        let Some(guide) = self.guide else { return };
        if let Some(rows) = codes.find("questionnaires") {
            self.rows(rows, rows.items().len());
            let mut seen = BTreeMap::new();
            for row in rows.items() {
                let part = |key: &str| row.find(key).and_then(Node::text);
                let (Some(code), Some(name)) = (row.find("code"), row.find("instrument")) else { continue };
                let of = part("link").map(|_| part("instrument"));
                if seen.insert((code.text(), part("system"), of), ()).is_some() {
                    self.error(code.at, "another row has the same code and system", None);
                }
                let text = name.text().unwrap_or_default();
                let Some(instrument) = guide.instrument(text) else {
                    let hint = suggest(text, guide.instruments.iter().map(|known| known.code.as_str()));
                    self.error(name.at, format!("the guide has no instrument `{text}`"), hint);
                    continue;
                };
                if let Some(link) = row.find("link")
                    && let Some(text) = link.text()
                    && instrument.item(text).is_none()
                    && instrument.score(text).is_none()
                {
                    self.error(link.at, unknown_link(text, &instrument.code), links(instrument));
                }
            }
        }
        if let Some(rows) = codes.find("answers") {
            self.rows(rows, rows.items().len());
            let mut seen = BTreeMap::new();
            for row in rows.items() {
                let of = row.find("of");
                if let Some(code) = row.find("code")
                    && seen.insert((code.text(), of.and_then(Node::text)), ()).is_some()
                {
                    self.error(code.at, "another row has the same code for the same question", None);
                }
                if let Some(of) = of
                    && let Some(text) = of.text()
                    && guide.answer_list(text).is_none()
                    && !guide.instruments.iter().any(|instrument| instrument.item(text).is_some())
                    && !is_of_bank(guide, text)
                {
                    let hint = "an answer list or a linkId: LL358-3, odi-1";
                    self.error(of.at, format!("the guide has neither list nor question `{text}`"), Some(hint.into()));
                }
            }
        }
    }
}

/// Whether a text is `ODI/odi-1`.
fn is_question(guide: &Guide, text: &str) -> bool {
    let split = text.split_once('/');
    split.is_some_and(|(name, link)| guide.instrument(name).is_some_and(|instrument| instrument.item(link).is_some()))
}

/// Whether a text is the `linkId` of an item of an adaptive bank that the guide does not list: `/61640-9`.
fn is_of_bank(guide: &Guide, text: &str) -> bool {
    guide.instruments.iter().any(|instrument| instrument.adaptive) && text.strip_prefix('/').is_some_and(is_loinc)
}

fn unknown_link(link: &str, instrument: &str) -> String {
    format!("instrument `{instrument}` has no item `{link}`")
}

fn links(instrument: &InstrumentFacts) -> Option<String> {
    let first = instrument.items.first()?;
    let last = instrument.items.last()?;
    Some(format!("its items are `{}` to `{}`", first.link, last.link))
}
