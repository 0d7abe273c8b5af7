//! JSON text as a tree that keeps the order of members and refuses what a plain parser hides.
//!
//! A repeated member name is an error here: parsers disagree about which one counts, and the receiver's may not be ours.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// Longest text that is parsed, in bytes (4 MiB).
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Deepest nesting of objects and arrays that is parsed.
pub const MAX_DEPTH: usize = 48;

/// Most members of one object; FHIR's largest type has fewer than 60.
const MAX_MEMBERS: usize = 256;

/// Why a text is not usable as JSON. Never quotes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Longer than [`MAX_BYTES`].
    #[error("the text is longer than {MAX_BYTES} bytes")]
    Size,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the text is nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// One object has more members than [`MAX_MEMBERS`].
    #[error("an object has more than {MAX_MEMBERS} members, at line {line}, column {column}")]
    Members {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// One object has two members of the same name.
    #[error("an object ending near line {line}, column {column} has two members of the same name")]
    Repeated {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("the text is not JSON at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
}

impl Fault {
    /// Where it is, as `line:column`; empty where it is everywhere.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Size | Self::Depth => String::new(),
            Self::Members { line, column } | Self::Repeated { line, column } | Self::Syntax { line, column } => {
                format!("{line}:{column}")
            }
        }
    }

    /// Its stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Size | Self::Members { .. } => "json-too-large",
            Self::Depth => "json-too-deep",
            Self::Repeated { .. } => "json-repeated-member",
            Self::Syntax { .. } => "json-syntax",
        }
    }
}

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; whole tells whether it was written without fraction and exponent.
    Number {
        /// Its value.
        value: f64,
        /// Written as an integer.
        whole: bool,
    },
    /// A string.
    Text(Cow<'t, str>),
    /// An array.
    List(Vec<Node<'t>>),
    /// An object, in the order of the text.
    Object(Vec<(Cow<'t, str>, Node<'t>)>),
}

impl<'t> Node<'t> {
    /// Parses `text` within the limits of this module.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Fault> {
        if text.len() > MAX_BYTES {
            return Err(Fault::Size);
        }
        if depth(text) > MAX_DEPTH {
            return Err(Fault::Depth);
        }
        let wrong = Cell::new(None);
        let mut parser = serde_json::Deserializer::from_str(text);
        let parsed = Tree(&wrong).deserialize(&mut parser).and_then(|node| parser.end().map(|()| node));
        parsed.map_err(|error| {
            let (line, column) = (error.line(), error.column());
            match wrong.get() {
                Some(Wrong::Members) => Fault::Members { line, column },
                Some(Wrong::Repeated) => Fault::Repeated { line, column },
                None => Fault::Syntax { line, column },
            }
        })
    }

    /// The member of that name, if this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// The text of the member of that name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::text)
    }

    /// The items of the member of that name; none if it is absent or not an array.
    pub(crate) fn items_of(&self, name: &str) -> &[Self] {
        self.get(name).map_or(&[], Self::items)
    }

    /// The string, if this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The items, if this is an array; else none.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The members, if this is an object; else none.
    pub(crate) fn members(&self) -> &[(Cow<'t, str>, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }
}

/// Deepest nesting of brackets outside strings. Counted before parsing, so that a hostile text costs no stack.
fn depth(text: &str) -> usize {
    let (mut deepest, mut open, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What is wrong with an object that is JSON.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    Members,
    Repeated,
}

/// Builds a [`Node`]; where the parser is stopped, it is noted why.
#[derive(Clone, Copy)]
struct Tree<'c>(&'c Cell<Option<Wrong>>);

impl Tree<'_> {
    fn stop<E: Error>(self, wrong: Wrong) -> E {
        self.0.set(Some(wrong));
        E::custom("stopped")
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "no element that is checked needs more than 53 bits")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number { value: value as f64, whole: true })
    }

    #[expect(clippy::cast_precision_loss, reason = "no element that is checked needs more than 53 bits")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number { value: value as f64, whole: true })
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Number { value, whole: false })
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            // An object of a payload has few members; a hostile one with very many is cut off before this gets slow.
            if members.len() >= MAX_MEMBERS {
                return Err(self.stop(Wrong::Members));
            }
            if members.iter().any(|(earlier, _)| *earlier == name) {
                return Err(self.stop(Wrong::Repeated));
            }
            let value = map.next_value_seed(self)?;
            members.push((name, value));
        }
        Ok(Node::Object(members))
    }
}

/// The name of a member, taken from the text as it stands where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

#[cfg(test)]
mod tests {
    use super::{Fault, MAX_DEPTH, MAX_MEMBERS, Node};

    #[test]
    fn keeps_the_order_of_members() {
        let node = Node::parse(r#"{"z":1,"a":[true,null,"x",1.5]}"#).unwrap();
        assert_eq!(node.members().iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(node.items_of("a").len(), 4);
    }

    #[test]
    fn refuses_a_repeated_member_at_its_position() {
        let fault = Node::parse("{\"a\":1,\n\"a\":2}").unwrap_err();
        assert!(matches!(fault, Fault::Repeated { line: 2, .. }), "{fault:?}");
    }

    #[test]
    fn one_member_too_many_is_not_a_repeated_one() {
        let object = |members: usize| {
            let members: Vec<String> = (0..members).map(|number| format!("\"m{number}\":{number}")).collect();
            format!("{{\n{}}}", members.join(","))
        };
        assert_eq!(Node::parse(&object(MAX_MEMBERS)).unwrap().members().len(), MAX_MEMBERS);
        let fault = Node::parse(&object(MAX_MEMBERS + 1)).unwrap_err();
        assert!(matches!(fault, Fault::Members { line: 2, .. }), "{fault:?}");
        assert_eq!(fault.code(), "json-too-large");
    }

    #[test]
    fn tells_where_the_syntax_breaks_without_quoting_it() {
        let fault = Node::parse("{\"family\": \"SECRET\",\n ]").unwrap_err();
        assert_eq!(fault, Fault::Syntax { line: 2, column: 2 });
        assert_eq!((fault.place().as_str(), Fault::Depth.place().as_str()), ("2:2", ""));
        assert!(!fault.to_string().contains("SECRET"));
    }

    #[test]
    fn refuses_deep_nesting_but_not_brackets_in_strings() {
        let deep = format!("{}{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1));
        assert_eq!(Node::parse(&deep), Err(Fault::Depth));
        let quoted = format!("\"{}\\\"{}\"", "[".repeat(500), "{".repeat(500));
        assert!(Node::parse(&quoted).is_ok());
    }

    #[test]
    fn refuses_what_is_too_long_before_parsing_it() {
        assert_eq!(Node::parse(&" ".repeat(super::MAX_BYTES + 1)), Err(Fault::Size));
    }
}
