//! JSON text as a tree that keeps what FHIR needs kept: the order of members, and numbers as they were written.
//!
//! A general parser turns `7.0` into a float and takes the last of two members of one name. Here a number stays text, a
//! repeated name is refused, and size and nesting are bounded. Texts without escapes are borrowed.

use std::borrow::Cow;
use std::cell::Cell;

/// Deepest nesting of objects and arrays: code `json-too-deep`.
pub const MAX_DEPTH: usize = 96;
/// Members of one object; FHIR's largest type has fewer than 60: code `json-too-large`.
pub const MAX_MEMBERS: usize = 256;
/// Values of one text, of every kind: code `json-too-large`.
pub const MAX_VALUES: usize = 1_000_000;

/// Why a text cannot be used. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the text is nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// More members or values than are read.
    #[error("the text has more values than a patient's record has")]
    Size,
    /// One object has two members of one name.
    #[error("an object has two members of the same name, at line {0}, column {1}")]
    Repeated(usize, usize),
    /// Not JSON.
    #[error("the text is not JSON at line {0}, column {1}")]
    Syntax(usize, usize),
    /// Something follows the document.
    #[error("something follows the JSON document at line {0}, column {1}")]
    Trailing(usize, usize),
}

impl Fault {
    /// Its stable code.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Depth => "json-too-deep",
            Self::Size => "json-too-large",
            Self::Repeated(..) => "json-repeated-member",
            Self::Syntax(..) => "json-syntax",
            Self::Trailing(..) => "json-trailing",
        }
    }
}

/// Whether somebody looked at a value, for the account of a feed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Cell<bool>);

impl Seen {
    fn note(&self) {
        self.0.set(true);
    }

    /// Whether somebody did.
    pub(crate) fn is_set(&self) -> bool {
        self.0.get()
    }
}

/// A look changes no value.
impl PartialEq for Seen {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool, Seen),
    /// A number, as it was written.
    Number(&'t str, Seen),
    /// A string.
    Text(Cow<'t, str>, Seen),
    /// An array.
    List(Vec<Node<'t>>),
    /// An object.
    Object(Vec<(Cow<'t, str>, Node<'t>)>),
}

impl<'t> Node<'t> {
    /// Parses a whole text.
    pub(super) fn parse(text: &'t str) -> Result<Self, Fault> {
        let mut parser = Parser { text, at: 0, values: 0 };
        parser.blanks();
        let parsed = parser.value(0).and_then(|node| {
            parser.blanks();
            if parser.at == text.len() { Ok(node) } else { Err(Wrong::Trailing) }
        });
        parsed.map_err(|wrong| {
            let (line, column) = parser.position();
            match wrong {
                Wrong::Depth => Fault::Depth,
                Wrong::Size => Fault::Size,
                Wrong::Repeated => Fault::Repeated(line, column),
                Wrong::Syntax => Fault::Syntax(line, column),
                Wrong::Trailing => Fault::Trailing(line, column),
            }
        })
    }

    /// The member of that name, unless it is `null`.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let found = self.members().iter().find(|(member, _)| member == name).map(|(_, value)| value);
        found.filter(|value| **value != Node::Null)
    }

    /// The text of the member of that name, without blanks around it; none where it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// The items of the member of that name. One that stands there without its array counts as the only one.
    pub(super) fn items(&self, name: &str) -> &[Self] {
        match self.get(name) {
            Some(Self::List(items)) => items,
            Some(single) => std::slice::from_ref(single),
            None => &[],
        }
    }

    /// The flag of that name.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        let Some(Self::Bool(flag, seen)) = self.get(name) else { return None };
        seen.note();
        Some(*flag)
    }

    /// The number of that name, as it was written.
    pub(super) fn number(&self, name: &str) -> Option<&str> {
        let Some(Self::Number(number, seen)) = self.get(name) else { return None };
        seen.note();
        Some(number)
    }

    /// The string, without blanks around it; none where it is empty.
    pub(super) fn as_text(&self) -> Option<&str> {
        let Self::Text(text, seen) = self else { return None };
        seen.note();
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    /// The members, if this is an object; else none.
    pub(super) fn members(&self) -> &[(Cow<'t, str>, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }
}

enum Wrong {
    Depth,
    Size,
    Repeated,
    Syntax,
    Trailing,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    values: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Line and column in bytes, from 1.
    fn position(&self) -> (usize, usize) {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        (line, self.at - start + 1)
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, Wrong> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(Wrong::Size);
        }
        match self.peek() {
            Some(b'{') if depth == MAX_DEPTH => Err(Wrong::Depth),
            Some(b'[') if depth == MAX_DEPTH => Err(Wrong::Depth),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string().map(|text| Node::Text(text, Seen::default())),
            Some(b't') => self.word("true", Node::Bool(true, Seen::default())),
            Some(b'f') => self.word("false", Node::Bool(false, Seen::default())),
            Some(b'n') => self.word("null", Node::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, node: Node<'t>) -> Result<Node<'t>, Wrong> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(Wrong::Syntax);
        }
        self.at += word.len();
        Ok(node)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Node<'t>, Wrong> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(Wrong::Syntax);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(Wrong::Syntax);
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(Wrong::Syntax);
            }
        }
        self.text.get(start..self.at).map(|number| Node::Number(number, Seen::default())).ok_or(Wrong::Syntax)
    }

    fn list(&mut self, depth: usize) -> Result<Node<'t>, Wrong> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::List(items));
        }
        loop {
            self.blanks();
            items.push(self.value(depth)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Node::List(items));
                }
                _ => return Err(Wrong::Syntax),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node<'t>, Wrong> {
        self.at += 1;
        let mut members: Vec<(Cow<'t, str>, Node<'t>)> = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(members));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            if members.len() == MAX_MEMBERS {
                return Err(Wrong::Size);
            }
            if members.iter().any(|(known, _)| *known == name) {
                return Err(Wrong::Repeated);
            }
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(Wrong::Syntax);
            }
            self.at += 1;
            self.blanks();
            let value = self.value(depth)?;
            members.push((name, value));
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Node::Object(members));
                }
                _ => return Err(Wrong::Syntax),
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Wrong> {
        if self.peek() != Some(b'"') {
            return Err(Wrong::Syntax);
        }
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            let plain = self.text.get(start..self.at).ok_or(Wrong::Syntax)?;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    self.at += 1;
                    let text = owned.get_or_insert_default();
                    text.push_str(plain);
                    let letter = self.escape()?;
                    text.push(letter);
                }
                _ => return Err(Wrong::Syntax),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let letter = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(Wrong::Syntax),
        };
        self.at += 1;
        Ok(letter)
    }

    fn code_point(&mut self) -> Result<char, Wrong> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(Wrong::Syntax);
        }
        self.word("\\u", Node::Null)?;
        let second = self.unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(Wrong::Syntax);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(Wrong::Syntax)
    }

    fn unit(&mut self) -> Result<u32, Wrong> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Wrong::Syntax)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Wrong::Syntax);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Wrong::Syntax)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, MAX_DEPTH, MAX_MEMBERS, Node};

    #[test]
    fn numbers_stay_as_they_were_written() {
        let node = Node::parse(r#"{"a":7.0,"b":-0,"c":1.20e-3,"d":12345678901234567890.10}"#).unwrap();
        for (name, text) in [("a", "7.0"), ("b", "-0"), ("c", "1.20e-3"), ("d", "12345678901234567890.10")] {
            assert_eq!(node.number(name), Some(text));
        }
        for text in ["01", "1.", ".5", "+1", "1e", "-", "NaN"] {
            assert!(matches!(Node::parse(text), Err(Fault::Syntax(..))), "{text}");
        }
    }

    #[test]
    fn texts_are_decoded_and_borrowed_where_they_can_be() {
        let node = Node::parse(r#"{"a":"plain é","b":"a\"\\\/\n\u00e9\ud83d\ude00"}"#).unwrap();
        assert_eq!(node.text("a"), Some("plain é"));
        assert_eq!(node.text("b"), Some("a\"\\/\né😀"));
        for text in [r#""\ud800""#, r#""\ude00""#, r#""\ud83dx""#, r#""\x""#, "\"\u{1}\"", r#""\u00g0""#, "\"a"] {
            assert!(matches!(Node::parse(text), Err(Fault::Syntax(..))), "{text}");
        }
    }

    #[test]
    fn a_repeated_member_and_what_follows_are_refused_where_they_stand() {
        assert_eq!(Node::parse("{\"a\":1,\n\"a\":2}"), Err(Fault::Repeated(2, 4)));
        assert_eq!(Node::parse("{} {}"), Err(Fault::Trailing(1, 4)));
        assert_eq!(Node::parse("{\"secret\": ]"), Err(Fault::Syntax(1, 12)));
        assert!(!Fault::Syntax(1, 12).to_string().contains("secret"));
    }

    #[test]
    fn nesting_and_members_are_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Node::parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(Node::parse(&nested(MAX_DEPTH + 1)), Err(Fault::Depth));
        assert_eq!(Node::parse(&"[".repeat(2_000_000)), Err(Fault::Depth));
        let members: Vec<String> = (0..=MAX_MEMBERS).map(|number| format!("\"{number}\":0")).collect();
        assert_eq!(Node::parse(&format!("{{{}}}", members.join(","))), Err(Fault::Size));
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let text = format!("[{}0]", "0,".repeat(super::MAX_VALUES));
        assert_eq!(Node::parse(&text), Err(Fault::Size));
    }
}
