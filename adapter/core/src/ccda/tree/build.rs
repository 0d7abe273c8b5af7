//! Builds a tree from text, with every limit enforced on the way.
//!
//! The narrative of sections (`section/text`) is passed over: nothing is read from it. There are no entities but the five of
//! XML and character numbers, and a document type declaration is refused where it begins.

use super::{Attribute, Element, Id, Space, Tree};
use crate::ccda::limits::{MAX_ALL_ATTRIBUTES, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAMESPACES};
use crate::view::limits::MAX_VALUE_BYTES;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape::resolve_predefined_entity};
use std::cell::Cell;
use std::collections::BTreeMap;

/// Why a text is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::ccda) enum Fault {
    /// It is not well-formed.
    #[error("the document is not well-formed XML, at byte {0}")]
    Malformed(u64),
    /// It declares a document type.
    #[error("the document has a document type declaration")]
    Dtd,
    /// Too deep.
    #[error("more than {MAX_DEPTH} elements stand inside one another")]
    Depth,
    /// Too many elements.
    #[error("the document has more than {MAX_ELEMENTS} elements")]
    Elements,
    /// Too many attributes.
    #[error("an element has more than {MAX_ATTRIBUTES} attributes, or the document more than {MAX_ALL_ATTRIBUTES}")]
    Attributes,
    /// Too many namespaces.
    #[error("more than {MAX_NAMESPACES} namespaces are declared at one place")]
    Namespaces,
}

impl Fault {
    /// The stable code.
    pub(in crate::ccda) fn code(self) -> &'static str {
        match self {
            Self::Malformed(_) => "xml-malformed",
            Self::Dtd => "xml-dtd",
            Self::Depth => "limit-depth",
            Self::Elements => "limit-elements",
            Self::Attributes => "limit-attributes",
            Self::Namespaces => "limit-namespaces",
        }
    }
}

/// An element that is not closed yet.
struct Open {
    /// None inside narrative.
    id: Option<Id>,
    /// How many namespaces were declared before it.
    namespaces: usize,
    /// Children of each name: how many, and the first.
    names: BTreeMap<(Space, usize), (u32, Id)>,
}

struct Builder {
    tree: Tree,
    /// Where each name is among the names.
    known: BTreeMap<String, usize>,
    open: Vec<Open>,
    /// Prefixes in force.
    namespaces: Vec<(String, Space)>,
}

/// Builds the tree.
pub(in crate::ccda) fn build(text: &str) -> Result<Tree, Fault> {
    let mut reader = Reader::from_str(text);
    let mut builder =
        Builder { tree: Tree::default(), known: BTreeMap::new(), open: Vec::new(), namespaces: Vec::new() };
    loop {
        let event = reader.read_event().map_err(|_| Fault::Malformed(reader.error_position()))?;
        let malformed = || Fault::Malformed(reader.buffer_position());
        match event {
            Event::Start(start) => builder.start(&start, malformed())?,
            Event::Empty(start) => {
                builder.start(&start, malformed())?;
                builder.end();
            }
            Event::End(_) => builder.end(),
            Event::Text(piece) => builder.text(&piece, malformed())?,
            Event::CData(piece) => builder.text(&piece, malformed())?,
            Event::GeneralRef(reference) => {
                let letter = reference.resolve_char_ref().map_err(|_| malformed())?;
                match letter {
                    Some(letter) => builder.text(letter.encode_utf8(&mut [0; 4]), malformed())?,
                    None => {
                        let piece = resolve_predefined_entity(&reference).ok_or_else(malformed)?;
                        builder.text(piece, malformed())?;
                    }
                }
            }
            Event::DocType(_) => return Err(Fault::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if builder.open.is_empty() && !builder.tree.elements.is_empty() => break,
            Event::Eof => return Err(malformed()),
        }
    }
    builder.tree.bare = builder.tree.elements.first().is_some_and(|root| root.space == Space::Bare);
    Ok(builder.tree)
}

impl Builder {
    fn start(&mut self, start: &BytesStart<'_>, malformed: Fault) -> Result<(), Fault> {
        if self.open.len() == MAX_DEPTH {
            return Err(Fault::Depth);
        }
        if self.open.is_empty() && !self.tree.elements.is_empty() {
            return Err(malformed);
        }
        if self.open.last().is_some_and(|parent| parent.id.is_none()) {
            self.open.push(Open { id: None, namespaces: self.namespaces.len(), names: BTreeMap::new() });
            return Ok(());
        }
        let namespaces = self.namespaces.len();
        let attributes = self.attributes(start, malformed)?;
        let name = start.name().into_inner();
        let (prefix, name) = name.split_once(':').unwrap_or(("", name));
        let space = self.space(prefix);
        let parent = self.open.last().and_then(|parent| parent.id);
        let narrative = name == "text"
            && parent
                .and_then(|parent| self.tree.at(parent))
                .is_some_and(|parent| self.tree.name(parent.name) == "section");
        if narrative {
            self.tree.attributes.truncate(attributes.start);
            self.open.push(Open { id: None, namespaces, names: BTreeMap::new() });
            return Ok(());
        }
        let id = self.tree.elements.len();
        if id == MAX_ELEMENTS {
            return Err(Fault::Elements);
        }
        let name = self.intern(name);
        let ordinal = self.place(parent, id, space, name);
        self.tree.elements.push(Element {
            space,
            name,
            parent,
            first: None,
            last: None,
            next: None,
            ordinal,
            repeated: ordinal > 1,
            attributes,
            text: String::new(),
            seen: Cell::new(false),
        });
        self.open.push(Open { id: Some(id), namespaces, names: BTreeMap::new() });
        Ok(())
    }

    /// Hangs an element under its parent; its number among those of its name.
    fn place(&mut self, parent: Option<Id>, id: Id, space: Space, name: usize) -> u32 {
        let (Some(parent), Some(open)) = (parent, self.open.last_mut()) else { return 1 };
        let (count, first) = open.names.entry((space, name)).or_insert((0, id));
        *count += 1;
        let (count, first) = (*count, *first);
        if count == 2
            && let Some(first) = self.tree.elements.get_mut(first)
        {
            first.repeated = true;
        }
        let before = self.tree.elements.get_mut(parent).and_then(|parent| {
            parent.first.get_or_insert(id);
            parent.last.replace(id)
        });
        if let Some(before) = before.and_then(|before| self.tree.elements.get_mut(before)) {
            before.next = Some(id);
        }
        count
    }

    /// Keeps the attributes without a namespace and `xsi:type`, and takes note of namespaces.
    fn attributes(&mut self, start: &BytesStart<'_>, malformed: Fault) -> Result<std::ops::Range<usize>, Fault> {
        let from = self.tree.attributes.len();
        for (count, attribute) in start.attributes().with_checks(false).enumerate() {
            if count == MAX_ATTRIBUTES || self.tree.attributes.len() == MAX_ALL_ATTRIBUTES {
                return Err(Fault::Attributes);
            }
            let attribute = attribute.map_err(|_| malformed)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| malformed)?;
            let key = attribute.key.into_inner();
            let declared = if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
            if let Some(prefix) = declared {
                if self.namespaces.len() == MAX_NAMESPACES {
                    return Err(Fault::Namespaces);
                }
                self.namespaces.push((prefix.to_owned(), space_of(&value)));
                continue;
            }
            let name = match key.split_once(':') {
                None => key,
                Some((_, "type")) => "type",
                Some(_) => continue,
            };
            let name = self.intern(name);
            if self.tree.attributes.iter().skip(from).any(|known| known.name == name) {
                return Err(malformed);
            }
            self.tree.attributes.push(Attribute { name, value: cut(&value).to_owned(), seen: Cell::new(false) });
        }
        Ok(from..self.tree.attributes.len())
    }

    /// The position of a name among the names.
    fn intern(&mut self, name: &str) -> usize {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let position = self.tree.names.len();
        self.tree.names.push(name.to_owned());
        self.known.insert(name.to_owned(), position);
        position
    }

    fn space(&self, prefix: &str) -> Space {
        let found = self.namespaces.iter().rev().find(|(known, _)| known == prefix).map(|(_, space)| *space);
        found.unwrap_or(if prefix.is_empty() { Space::Bare } else { Space::Other })
    }

    fn text(&mut self, piece: &str, malformed: Fault) -> Result<(), Fault> {
        let Some(open) = self.open.last() else {
            let blank = piece.chars().all(|letter| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\0'));
            return if blank { Ok(()) } else { Err(malformed) };
        };
        if let Some(element) = open.id.and_then(|id| self.tree.elements.get_mut(id))
            && element.text.len() <= MAX_VALUE_BYTES
        {
            element.text.push_str(cut(piece));
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.namespaces.truncate(open.namespaces);
        }
    }
}

/// A little more than a value may have, so that one that is too long is still seen to be.
fn cut(text: &str) -> &str {
    match text.char_indices().find(|(at, _)| *at > MAX_VALUE_BYTES) {
        Some((at, _)) => text.get(..at).unwrap_or_default(),
        None => text,
    }
}

fn space_of(uri: &str) -> Space {
    match uri {
        "" => Space::Bare,
        "urn:hl7-org:v3" => Space::V3,
        "urn:hl7-org:sdtc" => Space::Sdtc,
        "http://hl7.org/fhir" => Space::Fhir,
        _ => Space::Other,
    }
}
