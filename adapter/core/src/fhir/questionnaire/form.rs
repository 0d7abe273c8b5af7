//! Questionnaires that a feed holds: the codes of their items, and the ordinals of their options.

use super::super::codes;
use super::super::feed::Feed;
use super::super::json::Node;
use super::ordinal;
use crate::questionnaires::{LOINC, Token};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The Questionnaires of a feed.
#[derive(Debug, Default)]
pub(crate) struct Forms<'n> {
    /// By canonical.
    urls: BTreeMap<&'n str, usize>,
    /// What was looked into already: thousands of responses may be of one.
    known: RefCell<BTreeMap<usize, Rc<Form<'n>>>>,
}

impl<'n> Forms<'n> {
    /// Finds them.
    pub(crate) fn of(feed: &Feed<'n>) -> Self {
        let mut found = BTreeMap::new();
        for (position, resource) in feed.resources.iter().enumerate() {
            if resource.kind == "Questionnaire"
                && !resource.dropped
                && let Some(url) = resource.node.text("url")
            {
                found.insert(url, position);
            }
        }
        Self { urls: found, known: RefCell::default() }
    }

    /// The Questionnaire of a response: contained, or in the feed by its canonical.
    pub(super) fn find(&self, feed: &Feed<'n>, response: usize, canonical: &str) -> Option<Rc<Form<'n>>> {
        let position = match canonical.strip_prefix('#') {
            Some(id) => {
                // What a resource contains stands right behind it.
                let behind = feed.resources.iter().enumerate().skip(response + 1);
                let mut contained = behind.take_while(|(_, one)| one.container == Some(response));
                contained.find(|(_, one)| one.kind == "Questionnaire" && one.id == id)?.0
            }
            None => *self.urls.get(crate::questionnaires::without_version(canonical))?,
        };
        let node = feed.resources.get(position)?.node;
        let mut known = self.known.borrow_mut();
        Some(Rc::clone(known.entry(position).or_insert_with(|| Rc::new(Form::of(node)))))
    }
}

/// One Questionnaire.
#[derive(Debug)]
pub(super) struct Form<'n> {
    node: &'n Node<'n>,
    items: BTreeMap<&'n str, &'n Node<'n>>,
}

impl<'n> Form<'n> {
    fn of(node: &'n Node<'n>) -> Self {
        let mut items = BTreeMap::new();
        gather(node, &mut items);
        Self { node, items }
    }

    /// Its codes.
    pub(super) fn codes(&self) -> impl Iterator<Item = Token<'n>> + use<'n> {
        self.node.items("code").iter().filter_map(token)
    }

    /// The codes of an item.
    pub(super) fn item_codes(&self, link: &str) -> impl Iterator<Item = Token<'n>> + use<'n> {
        let codes = self.items.get(link).map(|item| item.items("code")).unwrap_or_default();
        codes.iter().filter_map(token)
    }

    /// The ordinal of an option of an item: the one with the code, or without codes the one with the words.
    pub(super) fn ordinal(&self, link: &str, coding: &Node<'_>) -> Option<String> {
        let options = self.items.get(link)?.items("answerOption");
        let same = |option: &&&Node<'_>| {
            let Some(known) = option.get("valueCoding") else { return false };
            match (coding.text("code"), known.text("code")) {
                (Some(code), Some(known_code)) => code == known_code && codes::system(coding) == codes::system(known),
                (None, None) => known.text("display").is_some_and(|words| Some(words) == coding.text("display")),
                _ => false,
            }
        };
        let option = options.iter().find(|option| same(&option))?;
        option.get("valueCoding").and_then(ordinal).or_else(|| ordinal(option))
    }
}

fn token<'n>(coding: &'n Node<'n>) -> Option<Token<'n>> {
    let code = coding.text("code")?;
    let system = codes::system(coding);
    Some(Token { code, system: if system == "2.16.840.1.113883.6.1" { LOINC } else { system } })
}

/// Collects the items by `linkId`. The depth is bounded by that of the JSON.
fn gather<'n>(node: &'n Node<'n>, found: &mut BTreeMap<&'n str, &'n Node<'n>>) {
    for item in node.items("item") {
        if let Some(link) = item.text("linkId") {
            found.entry(link).or_insert(item);
        }
        gather(item, found);
    }
}
