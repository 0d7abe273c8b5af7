//! Exact decimals and fractions: scores are compared and computed without binary floats.

use std::cmp::Ordering;

/// Most digits of a decimal, before and behind the point together.
const MAX_DIGITS: usize = 15;

/// A decimal: `units` divided by ten to the power of `places`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    units: i128,
    places: u32,
}

impl Decimal {
    /// Reads a plain decimal as JSON and `NM` have it, of 15 digits at most; without an exponent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let count = whole.len() + fraction.len();
        if !plain(whole) || !plain(fraction) || count == 0 || count > MAX_DIGITS {
            return None;
        }
        let units: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { units: sign * units, places: u32::try_from(fraction.len()).ok()? })
    }

    /// The whole number it is.
    pub(super) fn whole(self) -> Option<i32> {
        let scale = power(self.places);
        (self.units % scale == 0).then(|| i32::try_from(self.units / scale).ok()).flatten()
    }

    /// Whether it lies between two whole numbers, which count.
    pub(super) fn is_within(self, [least, greatest]: [i32; 2]) -> bool {
        let scale = power(self.places);
        self.units >= i128::from(least) * scale && self.units <= i128::from(greatest) * scale
    }

    /// As JSON writes it: `07.50` is `7.50`, `+5` is `5`, `.5` is `0.5`.
    pub(super) fn shown(self) -> String {
        let sign = if self.units < 0 { "-" } else { "" };
        let (digits, places) = (self.units.unsigned_abs(), self.places);
        let scale = power(places).unsigned_abs();
        match usize::try_from(places) {
            Ok(width) if width > 0 => format!("{sign}{}.{:0width$}", digits / scale, digits % scale),
            _ => format!("{sign}{digits}"),
        }
    }
}

/// Ten to the power of `places`. Fifteen digits, multiplied by it and by any number of items, fit.
fn power(places: u32) -> i128 {
    10_i128.pow(places.min(18))
}

/// A fraction with a positive denominator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fraction {
    over: i128,
    under: i128,
}

impl Fraction {
    /// A fraction; none without a positive denominator.
    pub(super) fn new(over: i64, under: i64) -> Option<Self> {
        (under > 0).then_some(Self { over: i128::from(over), under: i128::from(under) })
    }

    /// Whether a decimal is this fraction, rounded to as many places as the decimal has: either way where it lies in the middle.
    pub(super) fn rounds_to(self, decimal: Decimal) -> bool {
        let scale = power(decimal.places);
        let off = (decimal.units * self.under - self.over * scale).abs();
        2 * off <= self.under
    }

    /// How it compares with a decimal.
    pub(super) fn compare(self, decimal: Decimal) -> Ordering {
        (self.over * power(decimal.places)).cmp(&(decimal.units * self.under))
    }

    /// As a decimal of at most two places, the half rounded away from zero, without zeros at its end.
    pub(super) fn shown(self) -> String {
        let hundreds = self.over.abs() * 200 + self.under;
        let units = hundreds / (2 * self.under);
        let sign = if self.over < 0 && units > 0 { "-" } else { "" };
        let (whole, rest) = (units / 100, units % 100);
        match rest {
            0 => format!("{sign}{whole}"),
            rest if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
            rest => format!("{sign}{whole}.{rest:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Fraction};
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn decimals_are_read_exactly_and_shown_as_json_has_them() {
        for (text, shown) in [
            ("38", "38"),
            ("50.012", "50.012"),
            ("7.0", "7.0"),
            ("+5", "5"),
            ("007.50", "7.50"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0.05", "-0.05"),
            ("-0", "0"),
        ] {
            assert_eq!(decimal(text).shown(), shown, "{text}");
        }
        for text in ["", "-", ".", "1e3", "1,5", "12 ", "0x1", "1.2.3", "١", "1234567890123456"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_and_ranges_do_not_depend_on_places() {
        assert_eq!(
            [decimal("3.00").whole(), decimal("3.01").whole(), decimal("-2").whole()],
            [Some(3), None, Some(-2)]
        );
        assert!(
            decimal("3.00").is_within([0, 3])
                && !decimal("3.01").is_within([0, 3])
                && !decimal("-0.1").is_within([0, 3])
        );
    }

    #[test]
    fn a_fraction_rounds_to_what_people_write() {
        let third = Fraction::new(3_400, 90).unwrap();
        for (text, same) in
            [("37.78", true), ("37.8", true), ("38", true), ("37.77", false), ("37", false), ("37.7778", true)]
        {
            assert_eq!(third.rounds_to(decimal(text)), same, "{text}");
        }
        assert_eq!(third.shown(), "37.78");
        for (over, under, shown) in
            [(100, 2, "50"), (1, 8, "0.13"), (5, 2, "2.5"), (-1, 8, "-0.13"), (-1, 1_000, "0"), (1, 20, "0.05")]
        {
            assert_eq!(Fraction::new(over, under).unwrap().shown(), shown);
        }
        assert!(Fraction::new(1, 0).is_none());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_it_rounds_to(over in -1_000_000_i64..1_000_000, under in 1_i64..10_000) {
            let fraction = Fraction::new(over, under).unwrap();
            prop_assert!(fraction.rounds_to(decimal(&fraction.shown())));
        }

        #[test]
        fn a_decimal_is_the_fraction_it_is_written_as(units in -1_000_000_000_i64..1_000_000_000, places in 0_u32..6) {
            let fraction = Fraction::new(units, 10_i64.pow(places)).unwrap();
            let written = Decimal { units: i128::from(units), places }.shown();
            prop_assert_eq!(fraction.compare(decimal(&written)), std::cmp::Ordering::Equal);
            prop_assert!(fraction.rounds_to(decimal(&written)));
        }

        #[test]
        fn any_text_is_read_or_not(text in ".{0,20}") {
            let _ = Decimal::parse(&text).map(Decimal::shown);
        }
    }
}
