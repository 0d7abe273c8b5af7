//! That every reference of a document leads to one of its entries.

use super::Document;
use crate::validate::findings::Findings;
use crate::validate::json::Node;

/// Checks every `reference` of every entry.
pub(super) fn check(document: &Document<'_, '_>, findings: &mut Findings) {
    for (index, entry) in document.entries.iter().enumerate() {
        let Some(resource) = entry.get("resource") else { continue };
        let contained: Vec<&str> =
            resource.items_of("contained").iter().filter_map(|inner| inner.text_of("id")).collect();
        let walk = Walk { document, contained };
        walk.node(resource, &document.place(index), findings);
    }
}

struct Walk<'w, 'a, 't> {
    document: &'w Document<'a, 't>,
    /// Ids of what the resource contains.
    contained: Vec<&'w str>,
}

impl Walk<'_, '_, '_> {
    /// JSON is nested no deeper than it is parsed, so this ends.
    fn node(&self, node: &Node<'_>, at: &str, findings: &mut Findings) {
        match node {
            Node::Object(members) => {
                for (name, value) in members {
                    match value {
                        Node::Text(text) if name == "reference" => self.reference(text, at, findings),
                        Node::Object(_) | Node::List(_) => self.node(value, &format!("{at}.{name}"), findings),
                        _ => {}
                    }
                }
            }
            Node::List(items) => {
                for (index, item) in items.iter().enumerate().filter(|(_, item)| matches!(item, Node::Object(_))) {
                    self.node(item, &format!("{at}[{index}]"), findings);
                }
            }
            _ => {}
        }
    }

    fn reference(&self, text: &str, at: &str, findings: &mut Findings) {
        let leads = match text.strip_prefix('#') {
            Some(id) => id.is_empty() || self.contained.contains(&id),
            None => self.document.find(text).is_some(),
        };
        if !leads {
            let message = "this leads to nothing in the document";
            findings.error("reference-dangling", format!("{at}.reference"), message);
        }
    }
}
