//! A document as a tree, bounded in every direction while it is built.

mod build;
mod path;

pub(super) use build::{Fault, build};
use std::cell::Cell;
use std::ops::Range;

/// Position of an element.
pub(super) type Id = usize;

/// Namespaces that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    /// None.
    Bare,
    /// `urn:hl7-org:v3`
    V3,
    /// `urn:hl7-org:sdtc`
    Sdtc,
    /// `http://hl7.org/fhir`
    Fhir,
    /// Any other.
    Other,
}

/// One element.
#[derive(Debug)]
struct Element {
    space: Space,
    /// Position among the names.
    name: usize,
    parent: Option<Id>,
    first: Option<Id>,
    last: Option<Id>,
    next: Option<Id>,
    /// Among its siblings of the same name, from 1.
    ordinal: u32,
    /// Whether there is another of its name.
    repeated: bool,
    attributes: Range<usize>,
    text: String,
    /// Whether somebody looked at the text, for the account of a feed.
    seen: Cell<bool>,
}

/// One attribute.
#[derive(Debug)]
struct Attribute {
    /// Position among the names.
    name: usize,
    value: String,
    /// Whether somebody looked at it.
    seen: Cell<bool>,
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Each local name once.
    names: Vec<String>,
    elements: Vec<Element>,
    attributes: Vec<Attribute>,
    /// Whether the document is in no namespace at all.
    bare: bool,
    /// What sections are called in paths.
    labels: std::collections::BTreeMap<Id, String>,
}

impl Tree {
    /// The root.
    pub(super) fn root(&self) -> Node<'_> {
        Node { tree: self, id: 0 }
    }

    /// Names a section for paths.
    pub(super) fn label(&mut self, id: Id, label: String) {
        self.labels.insert(id, label);
    }

    /// The element at a position.
    pub(super) fn node(&self, id: Id) -> Node<'_> {
        Node { tree: self, id }
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    /// The namespace of CDA in this document.
    fn own_space(&self) -> Space {
        if self.bare { Space::Bare } else { Space::V3 }
    }

    fn at(&self, id: Id) -> Option<&Element> {
        self.elements.get(id)
    }

    fn name(&self, name: usize) -> &str {
        self.names.get(name).map_or("", String::as_str)
    }
}

/// An element with its tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'d> {
    tree: &'d Tree,
    pub(super) id: Id,
}

impl<'d> Node<'d> {
    fn element(&self) -> Option<&'d Element> {
        self.tree.at(self.id)
    }

    /// Its local name.
    pub(super) fn name(&self) -> &'d str {
        self.element().map_or("", |element| self.tree.name(element.name))
    }

    /// Its namespace.
    pub(super) fn space(&self) -> Space {
        self.element().map_or(Space::Other, |element| element.space)
    }

    /// The text directly in it, blanks and line breaks made single blanks.
    pub(super) fn text(&self) -> String {
        let Some(element) = self.element() else { return String::new() };
        element.seen.set(true);
        plain(&element.text)
    }

    /// An attribute without a namespace (`xsi:type` is `type`). None where it is empty.
    #[inline(never)]
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let range = self.element()?.attributes.clone();
        let attributes = self.tree.attributes.get(range)?;
        let attribute = attributes.iter().find(|attribute| self.tree.name(attribute.name) == name)?;
        attribute.seen.set(true);
        let value = plain(&attribute.value);
        (!value.is_empty()).then_some(value)
    }

    /// Whether the attribute has this value.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.attribute(name).is_some_and(|found| found == value)
    }

    /// The flag that the attribute holds, in either spelling of XML.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.attribute(name)?.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Whether it is said not to be so.
    pub(super) fn is_negated(&self) -> bool {
        self.flag("negationInd") == Some(true)
    }

    /// Whether a null flavour stands in place of its content.
    pub(super) fn is_null(&self) -> bool {
        self.attribute("nullFlavor").is_some()
    }

    /// The children of a name of CDA, without those that are null.
    pub(super) fn children(&self, name: &'static str) -> Children<'d> {
        self.of_space(name, self.tree.own_space(), false)
    }

    /// The children of a name of CDA, null or not.
    pub(super) fn raw_children(&self, name: &'static str) -> Children<'d> {
        self.of_space(name, self.tree.own_space(), true)
    }

    /// The children of a name of the SDTC extensions, without those that are null.
    pub(super) fn extensions(&self, name: &'static str) -> Children<'d> {
        self.of_space(name, Space::Sdtc, false)
    }

    /// The children of a name of the SDTC extensions, null or not.
    pub(super) fn raw_extensions(&self, name: &'static str) -> Children<'d> {
        self.of_space(name, Space::Sdtc, true)
    }

    fn of_space(&self, name: &'static str, space: Space, null: bool) -> Children<'d> {
        let next = self.element().and_then(|element| element.first);
        Children { tree: self.tree, next, name, space, null }
    }

    /// The first child of a name that is not null.
    pub(super) fn child(&self, name: &'static str) -> Option<Node<'d>> {
        self.children(name).next()
    }

    /// The first element at the end of a path of names.
    #[inline(never)]
    pub(super) fn find(&self, path: &[&'static str]) -> Option<Node<'d>> {
        path.iter().try_fold(*self, |node, name| node.child(name))
    }

    /// An attribute of the first child of a name.
    #[inline(never)]
    pub(super) fn of(&self, name: &'static str, attribute: &str) -> Option<String> {
        self.child(name)?.attribute(attribute)
    }

    /// Whether it follows a template.
    pub(super) fn follows(&self, template: &str) -> bool {
        self.children("templateId").any(|id| id.has("root", template))
    }

    /// Its attributes that are not blank, with whether somebody looked at them. Looks at none.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'d str, &'d str, bool)> + use<'d> {
        let tree = self.tree;
        let range = self.element().map(|element| element.attributes.clone()).unwrap_or_default();
        let all = tree.attributes.get(range).unwrap_or_default().iter();
        all.filter(|attribute| !attribute.value.trim().is_empty())
            .map(move |attribute| (tree.name(attribute.name), attribute.value.as_str(), attribute.seen.get()))
    }

    /// Its own text, if it is not blank, with whether somebody looked at it. Does not look.
    pub(super) fn own_text(&self) -> Option<(&'d str, bool)> {
        let element = self.element().filter(|element| !element.text.trim().is_empty())?;
        Some((element.text.trim(), element.seen.get()))
    }

    /// The names from the root on.
    pub(super) fn steps(&self) -> Vec<String> {
        path::steps(self.tree, self.id)
    }

    /// Where it stands.
    pub(super) fn path(&self) -> String {
        path::of(self.tree, self.id)
    }
}

/// Children of one name.
#[derive(Debug, Clone)]
pub(super) struct Children<'d> {
    tree: &'d Tree,
    next: Option<Id>,
    name: &'static str,
    space: Space,
    /// Whether those that are null count.
    null: bool,
}

impl<'d> Iterator for Children<'d> {
    type Item = Node<'d>;

    // Called from everywhere: inlined each time it would only add to the component's size.
    #[inline(never)]
    fn next(&mut self) -> Option<Node<'d>> {
        loop {
            let node = Node { tree: self.tree, id: self.next? };
            let element = node.element()?;
            self.next = element.next;
            let wanted = element.space == self.space && self.tree.name(element.name) == self.name;
            if wanted && (self.null || !node.is_null()) {
                return Some(node);
            }
        }
    }
}

/// Control characters as blanks, runs of blanks as one. What HL7 v2 writes for "delete" is no text here.
fn plain(text: &str) -> String {
    let words =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    let text = words.collect::<Vec<_>>().join(" ");
    if text == "\"\"" { String::new() } else { text }
}
