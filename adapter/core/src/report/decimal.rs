//! Decimals as JSON numbers that keep their text: `7.0` stays `7.0`, and nothing passes through a binary float.

use serde::Serialize;
use serde_json::value::RawValue;

/// Longest decimal that is written, in bytes.
const MAX_BYTES: usize = 32;

/// A number as it was written.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Decimal(Box<RawValue>);

impl Decimal {
    /// Takes a text that is a FHIR decimal (`-?(0|[1-9][0-9]*)(.[0-9]+)?`); none where it is anything else.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES || !is_decimal(text) {
            return None;
        }
        RawValue::from_string(text.to_owned()).ok().map(Self)
    }

    /// Takes a text that is a whole number.
    pub(super) fn whole(text: &str) -> Option<Self> {
        if text.contains('.') { None } else { Self::of(text) }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn a_decimal_is_written_as_it_came() {
        for text in ["0", "-1", "7.0", "50.012", "36.80", "0.1", "12345678901234567890.10"] {
            assert_eq!(serde_json::to_string(&Decimal::of(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_decimal_of_fhir_is_not_written() {
        for text in ["", "-", "+1", "01", ".5", "5.", "1,5", "1e5", "1 ", "NaN", "1.2.3", "١", "\"1\"", "1,\"x\":2"] {
            assert!(Decimal::of(text).is_none(), "{text}");
        }
        assert!(Decimal::of(&"1".repeat(33)).is_none());
        assert!(Decimal::whole("6").is_some() && Decimal::whole("6.0").is_none());
    }
}
