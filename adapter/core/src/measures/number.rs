//! Decimals that are converted exactly, never by a binary float; they are rounded only as they are reported.

use access_mappings::{PlausibleRange, RangeRule, UnitConversion};
use rust_decimal::{Decimal, RoundingStrategy};

/// Longest decimal that is read, in letters; with any factor of the guide it still fits into 28 digits.
const MAX_LETTERS: usize = 18;

/// A number with the text it came as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: Decimal,
    /// As JSON has it: the digits of the feed, or those of the exact product.
    pub(super) text: String,
}

impl Number {
    /// Reads a decimal; none where it is none, or too long to be one that was measured.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_LETTERS {
            return None;
        }
        if let Ok(value) = Decimal::from_str_exact(text) {
            // JSON knows no sign before, no bare point and no zeros before the number.
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_json = digits.starts_with(|letter: char| letter.is_ascii_digit())
                && digits.ends_with(|letter: char| letter.is_ascii_digit())
                && (digits.starts_with("0.") || digits == "0" || !digits.starts_with('0'))
                && !digits.contains('_');
            let text = if is_json { text.to_owned() } else { value.to_string() };
            return Some(Self { value, text });
        }
        let value = Decimal::from_scientific(text).ok()?;
        Some(Self { value, text: value.normalize().to_string() })
    }

    /// In another unit, exactly; none where the product has more digits than can be kept.
    pub(super) fn convert(&self, conversion: &UnitConversion) -> Option<Self> {
        let factor = Decimal::from_str_exact(&conversion.factor).ok()?;
        let product = self.value.checked_mul(factor)?;
        if product.scale() != self.value.scale() + factor.scale() {
            return None;
        }
        let value = match conversion.offset.as_str() {
            "" => product,
            offset => product.checked_add(Decimal::from_str_exact(offset).ok()?)?,
        };
        Some(Self::written(value))
    }

    /// What becomes of it where it lies outside the range, whose ends belong to it. Bounds that are no decimals bound nothing.
    pub(super) fn beyond(&self, range: &PlausibleRange) -> Option<RangeRule> {
        let bound = |text: &str| Decimal::from_str_exact(text).ok();
        if bound(&range.low).is_some_and(|low| self.value < low) {
            return Some(range.below.unwrap_or(range.beyond));
        }
        bound(&range.high).is_some_and(|high| self.value > high).then_some(range.beyond)
    }

    /// Whether it is above nothing, as every measure of a living person is.
    pub(super) fn is_positive(&self) -> bool {
        self.value > Decimal::ZERO
    }

    /// As it is reported: with no more than so many decimals, half away from nothing.
    pub(super) fn rounded(&self, decimals: u8) -> String {
        if self.value.scale() <= u32::from(decimals) {
            return self.text.clone();
        }
        self.value.round_dp_with_strategy(u32::from(decimals), RoundingStrategy::MidpointAwayFromZero).to_string()
    }

    /// Kilograms over the square of metres, to one decimal, half away from nothing.
    pub(super) fn body_mass_index(weight: &Self, height_in_cm: &Self) -> Option<Self> {
        let metres = height_in_cm.value.checked_div(Decimal::ONE_HUNDRED)?;
        let quotient = weight.value.checked_div(metres.checked_mul(metres)?)?;
        let mut value = quotient.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
        value.rescale(1);
        Some(Self { text: value.to_string(), value })
    }

    fn written(value: Decimal) -> Self {
        let value = value.normalize();
        Self { text: value.to_string(), value }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;
    use access_mappings::{PlausibleRange, RangeRule, UnitConversion};

    const WARN: Option<RangeRule> = Some(RangeRule::Warn);
    const REFUSE: Option<RangeRule> = Some(RangeRule::Refuse);

    fn number(text: &str) -> Number {
        Number::read(text).unwrap()
    }

    fn by(factor: &str, offset: &str) -> UnitConversion {
        UnitConversion { from: "x".into(), factor: factor.into(), offset: offset.into(), only: Vec::new() }
    }

    #[test]
    fn numbers_keep_their_text() {
        for text in ["7.0", "0", "0.50", "-3", "120", "50.012"] {
            assert_eq!(number(text).text, text);
        }
        for (text, json) in [(".5", "0.5"), ("+3", "3"), ("007", "7"), ("1e2", "100"), ("1.50E1", "15")] {
            assert_eq!(number(text).text, json);
        }
        for text in ["", "7,0", "seven", "1.2.3", "--1", "0x10", "NaN", "1e999", "1234567890123456789"] {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }

    #[test]
    fn conversions_are_exact() {
        for (text, factor, offset, converted) in [
            ("187", "0.45359237", "", "84.82177319"),
            ("100.0", "0.45359237", "", "45.359237"),
            ("1", "0.028349523125", "", "0.028349523125"),
            ("37.5", "2.54", "", "95.25"),
            ("5.5", "30.48", "", "167.64"),
            ("48", "0.0915", "2.15", "6.542"),
            ("3.6", "38.67", "", "139.212"),
            ("85000", "0.001", "", "85"),
            ("0.1", "3", "", "0.3"),
        ] {
            assert_eq!(number(text).convert(&by(factor, offset)).unwrap().text, converted, "{text}");
        }
        // 0.1 + 0.2 in binary floats is no 0.3.
        assert_eq!(number("0.1").convert(&by("1", "0.2")).unwrap().text, "0.3");
    }

    #[test]
    fn what_is_reported_is_rounded_half_away_from_nothing() {
        for (text, decimals, rounded) in [
            ("84.82177319", 1, "84.8"),
            ("6.542", 1, "6.5"),
            ("6.55", 1, "6.6"),
            ("139.5", 0, "140"),
            ("6.96", 1, "7.0"),
            ("85", 1, "85"),
        ] {
            assert_eq!(number(text).rounded(decimals), rounded, "{text}");
        }
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it() {
        let mut range = PlausibleRange { low: "3".into(), high: "20.0".into(), beyond: RangeRule::Warn, below: None };
        for (text, beyond) in [("3", None), ("3.0", None), ("20", None), ("2.99", WARN), ("20.01", WARN)] {
            assert_eq!(number(text).beyond(&range), beyond, "{text}");
        }
        range.below = REFUSE;
        assert_eq!((number("2.99").beyond(&range), number("20.01").beyond(&range)), (REFUSE, WARN));
        assert!(number("0.1").is_positive() && !number("0.0").is_positive() && !number("-1").is_positive());
    }

    #[test]
    fn a_body_mass_index_has_one_decimal() {
        for (weight, height, index) in
            [("85", "175.8", "27.5"), ("81.5", "170", "28.2"), ("80", "200", "20.0"), ("84.82177319", "162.56", "32.1")]
        {
            let found = Number::body_mass_index(&number(weight), &number(height)).unwrap();
            assert_eq!(found.text, index);
        }
        assert_eq!(Number::body_mass_index(&number("80"), &number("0")), None);
    }
}
