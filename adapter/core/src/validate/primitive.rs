//! The lexical forms of FHIR primitives.

use super::json::Node;
use super::schema::Primitive;

/// Whether `node` is a JSON value of the right kind and form.
pub(super) fn fits(node: &Node, primitive: Primitive) -> bool {
    match (primitive, node) {
        (Primitive::Boolean, Node::Bool(_)) | (Primitive::Decimal, Node::Number { .. }) => true,
        (Primitive::Integer, Node::Number { whole, .. }) => *whole,
        (Primitive::Unsigned, Node::Number { value, whole }) => *whole && *value >= 0.0,
        (Primitive::Positive, Node::Number { value, whole }) => *whole && *value >= 1.0,
        (_, Node::Text(text)) => fits_text(text, primitive),
        _ => false,
    }
}

/// Whether a string has the form of the primitive.
fn fits_text(text: &str, primitive: Primitive) -> bool {
    match primitive {
        Primitive::Boolean | Primitive::Decimal | Primitive::Integer | Primitive::Unsigned | Primitive::Positive => {
            false
        }
        Primitive::Text => is_text(text),
        Primitive::Uri => !has_blank(text),
        Primitive::Code => is_code(text),
        Primitive::Id => is_id(text),
        Primitive::Date => Moment::read(text).is_some_and(|moment| moment != Moment::Instant),
        Primitive::DateTime => Moment::read(text).is_some(),
        Primitive::Instant => Moment::read(text) == Some(Moment::Instant),
        Primitive::Time => text.len() >= 8 && text.parse::<jiff::civil::Time>().is_ok(),
        Primitive::Base64 => text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' ' | b'\n' | b'\r')),
        Primitive::Xhtml => {
            let text = text.trim();
            text.starts_with("<div") && text.ends_with("</div>") && text.contains("http://www.w3.org/1999/xhtml")
        }
    }
}

/// At least one character that is not blank, and no control characters but tab and line ends.
fn is_text(text: &str) -> bool {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.bytes().any(|byte| byte != b' ');
    }
    text.chars().any(|c| !c.is_whitespace())
        && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// A token: no blanks at the ends, single blanks inside.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.split(' ').all(|word| !word.is_empty() && !has_blank(word))
}

/// Whether there is a blank of any kind.
fn has_blank(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().any(|byte| matches!(byte, b'\t'..=b'\r' | b' '))
    } else {
        text.chars().any(char::is_whitespace)
    }
}

/// A resource id.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `YYYY`
    Year,
    /// `YYYY-MM`
    Month,
    /// `YYYY-MM-DD`
    Day,
    /// Date, time and zone.
    Instant,
}

impl Moment {
    /// Reads a FHIR date or dateTime; none if it has another form or is no day of the calendar.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let number =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i16>().ok()).flatten();
        match text.len() {
            4 => number(text).filter(|year| *year > 0).map(|_| Self::Year),
            7 => {
                let day = format!("{text}-01").parse::<jiff::civil::Date>().ok()?;
                (day.year() > 0 && text.as_bytes().get(4) == Some(&b'-')).then_some(Self::Month)
            }
            10 => {
                let day = text.parse::<jiff::civil::Date>().ok()?;
                (day.year() > 0 && text.as_bytes().get(4) == Some(&b'-')).then_some(Self::Day)
            }
            _ => {
                let form = text.as_bytes();
                let separated =
                    form.get(10) == Some(&b'T') && form.get(13) == Some(&b':') && form.get(16) == Some(&b':');
                let is_placed = text.get(19..).is_some_and(is_fraction_and_offset);
                (separated && is_placed && text.parse::<jiff::Timestamp>().is_ok()).then_some(Self::Instant)
            }
        }
    }
}

/// Whether that follows the seconds of a FHIR dateTime: perhaps a fraction, then `Z` or hours and minutes, `-05:00`.
fn is_fraction_and_offset(text: &str) -> bool {
    let offset =
        text.strip_prefix('.').map_or(text, |rest| rest.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    let has_digits = !text.starts_with('.') || text.len() > offset.len() + 1;
    let is_east = |rest: &str| {
        let [one, two, b':', three, four] = rest.as_bytes() else { return false };
        [one, two, three, four].into_iter().all(u8::is_ascii_digit) && rest <= "14:00"
    };
    has_digits && (offset == "Z" || offset.strip_prefix(['+', '-']).is_some_and(is_east))
}

#[cfg(test)]
mod tests {
    use super::{Moment, Node, Primitive, fits};

    #[test]
    fn reads_dates_of_every_precision_and_no_impossible_day() {
        for (text, moment) in [
            ("1950", Moment::Year),
            ("1950-02", Moment::Month),
            ("2024-02-29", Moment::Day),
            ("2024-02-29T10:00:00Z", Moment::Instant),
            ("2024-02-29T10:00:00.5-06:00", Moment::Instant),
            ("2024-02-29T10:00:00+14:00", Moment::Instant),
        ] {
            assert_eq!(Moment::read(text), Some(moment), "{text}");
        }
        for text in [
            "",
            "0000",
            "195",
            "1950-13",
            "1950-2",
            "19500229",
            "2023-02-29",
            "1950/01/01",
            "2024-02-29T10:00:00",
            "2024-02-29T10:00:00+0000",
            "2024-02-29T10:00:00-05",
            "2024-02-29T10:00:00+15:00",
            "2024-02-29T10:00:00,5Z",
            "2024-02-29T10:00:00.Z",
            "2024-02-29T10:00:00Z[UTC]",
            "2024-02-29T10:00:00z",
            "2024-02-29T10:00Z",
            "2024-02-29t10:00:00Z",
            "20240229T100000Z",
            "01/02/1950",
            "١٩٥٠",
        ] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }

    #[test]
    fn tells_primitives_apart_by_kind_and_form() {
        let text = |text: &str| Node::Text(text.to_owned().into());
        assert!(fits(&Node::Bool(true), Primitive::Boolean));
        assert!(!fits(&text("true"), Primitive::Boolean));
        assert!(!fits(&Node::Bool(true), Primitive::Text));
        assert!(!fits(&text("  "), Primitive::Text));
        assert!(!fits(&text("a b"), Primitive::Uri));
        assert!(!fits(&text(" a"), Primitive::Code));
        assert!(!fits(&text("a_b"), Primitive::Id));
        assert!(!fits(&text("2024-02-29T10:00:00Z"), Primitive::Date));
        assert!(!fits(&Node::Number { value: 0.0, whole: true }, Primitive::Positive));
        assert!(!fits(&Node::Number { value: 1.0, whole: false }, Primitive::Integer));
    }
}
