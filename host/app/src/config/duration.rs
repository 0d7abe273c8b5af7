//! Times as people write them: "250ms", "5s", "10m", "2h", "30d".

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use std::fmt;
use std::time::Duration;

/// A time read from configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// Reads one; none if it is no time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        number.checked_mul(millis).map(|millis| Self(Duration::from_millis(millis)))
    }
}

const EXPECTED: &str = "a time such as \"250ms\", \"5s\", \"10m\", \"2h\" or \"30d\"";

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

/// Reads the text.
struct Written;

impl Visitor<'_> for Written {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
        Span::parse(text).ok_or_else(|| E::custom(format!("expected {EXPECTED}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Span;
    use std::time::Duration;

    #[test]
    fn reads_times_and_refuses_the_rest() {
        for (text, millis) in
            [("250ms", 250), ("5s", 5_000), ("10m", 600_000), ("2h", 7_200_000), ("30d", 2_592_000_000)]
        {
            assert_eq!(Span::parse(text).map(|span| span.0), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5", "s", "5 s", "-5s", "5w", "1.5s", "99999999999999999d"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
