//! Codes of the CDC race and ethnicity code system (`urn:oid:2.16.840.1.113883.6.238`), as US Core uses them.
//!
//! The system numbers its concepts in blocks, one for each category of the OMB, so the category of a finer group follows
//! from its number. The digit after the dash is a check digit (mod 10), which tells a code of this system from other
//! numbers.

/// The system of the codes.
pub const SYSTEM: &str = "urn:oid:2.16.840.1.113883.6.238";

/// The system of `UNK` and `ASKU`.
pub const NULL_FLAVOR: &str = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeritageCode {
    /// One of the five race categories of the OMB.
    RaceCategory,
    /// A finer group of the race category with this code; empty for other races (`2131-1`), which have no category.
    Race(&'static str),
    /// `2135-2` or `2186-5`.
    EthnicityCategory,
    /// A finer group of `2135-2`.
    Ethnicity(&'static str),
    /// `UNK` or `ASKU`, which stand for either kind.
    Unknown,
}

/// First and last number of each block of races, with the category.
const RACES: [(u32, u32, &str); 6] = [
    (1004, 2026, "1002-5"),
    (2029, 2053, "2028-9"),
    (2056, 2075, "2054-5"),
    (2078, 2105, "2076-8"),
    (2108, 2130, "2106-3"),
    (2500, 2500, "2076-8"),
];

/// The words of the categories, and of what has none.
const DISPLAYS: [(&str, &str); 10] = [
    ("1002-5", "American Indian or Alaska Native"),
    ("2028-9", "Asian"),
    ("2054-5", "Black or African American"),
    ("2076-8", "Native Hawaiian or Other Pacific Islander"),
    ("2106-3", "White"),
    ("2131-1", "Other Race"),
    ("2135-2", "Hispanic or Latino"),
    ("2186-5", "Not Hispanic or Latino"),
    ("UNK", "Unknown"),
    ("ASKU", "Asked but unknown"),
];

impl HeritageCode {
    /// What a code stands for; none if the system has no such code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        match code {
            "1002-5" | "2028-9" | "2054-5" | "2076-8" | "2106-3" => return Some(Self::RaceCategory),
            "2131-1" => return Some(Self::Race("")),
            "2135-2" | "2186-5" => return Some(Self::EthnicityCategory),
            "UNK" | "ASKU" => return Some(Self::Unknown),
            _ => {}
        }
        let (digits, check) = code.split_once('-')?;
        if digits.len() != 4 || !has_check_digit(digits, check) {
            return None;
        }
        let number: u32 = digits.parse().ok()?;
        if (2137..=2185).contains(&number) {
            return Some(Self::Ethnicity("2135-2"));
        }
        let block = RACES.iter().find(|(first, last, _)| (*first..=*last).contains(&number))?;
        Some(Self::Race(block.2))
    }

    /// Whether it says something about race.
    #[must_use]
    pub fn is_race(self) -> bool {
        matches!(self, Self::RaceCategory | Self::Race(_))
    }

    /// Whether it says something about ethnicity.
    #[must_use]
    pub fn is_ethnicity(self) -> bool {
        matches!(self, Self::EthnicityCategory | Self::Ethnicity(_))
    }
}

/// The system that a code belongs to.
#[must_use]
pub fn system_of(code: &str) -> &'static str {
    if matches!(code, "UNK" | "ASKU") { NULL_FLAVOR } else { SYSTEM }
}

/// Words for a category, a null flavour, or other races.
#[must_use]
pub fn display(code: &str) -> Option<&'static str> {
    DISPLAYS.iter().find(|(known, _)| *known == code).map(|(_, words)| *words)
}

/// Whether `check` is the mod 10 check digit of `digits`, as this system and LOINC have it.
#[must_use]
pub fn has_check_digit(digits: &str, check: &str) -> bool {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(digits) || !plain(check) || check.len() != 1 || digits.len() > 9 {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, byte)| {
            let digit = u32::from(byte - b'0');
            match position % 2 {
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    check.bytes().next() == u8::try_from((10 - sum % 10) % 10).ok().map(|digit| b'0' + digit)
}

#[cfg(test)]
mod tests {
    use super::{HeritageCode, has_check_digit};

    #[test]
    fn a_code_tells_its_category() {
        for (code, meant) in [
            ("2106-3", Some(HeritageCode::RaceCategory)),
            ("2029-7", Some(HeritageCode::Race("2028-9"))),
            ("1586-7", Some(HeritageCode::Race("1002-5"))),
            ("2058-6", Some(HeritageCode::Race("2054-5"))),
            ("2079-2", Some(HeritageCode::Race("2076-8"))),
            ("2500-7", Some(HeritageCode::Race("2076-8"))),
            ("2118-8", Some(HeritageCode::Race("2106-3"))),
            ("2131-1", Some(HeritageCode::Race(""))),
            ("2186-5", Some(HeritageCode::EthnicityCategory)),
            ("2180-8", Some(HeritageCode::Ethnicity("2135-2"))),
            ("UNK", Some(HeritageCode::Unknown)),
            ("2106-4", None),
            ("2029", None),
            ("W", None),
            ("4548-4", None),
            ("", None),
        ] {
            assert_eq!(HeritageCode::of(code), meant, "{code}");
        }
    }

    #[test]
    fn the_check_digit_is_that_of_loinc() {
        for (digits, check) in [("4548", "4"), ("8480", "6"), ("8462", "4"), ("85354", "9"), ("29463", "7")] {
            assert!(has_check_digit(digits, check), "{digits}-{check}");
        }
        for (digits, check) in [("4548", "5"), ("4584", "4"), ("", "0"), ("4548", ""), ("45a8", "4"), ("4548", "44")] {
            assert!(!has_check_digit(digits, check), "{digits}-{check}");
        }
    }
}
