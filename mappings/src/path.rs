//! The address of a value in a segment, as profiles write it: `ZIN-4.1`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Highest field, component or subcomponent number that is accepted.
const HIGHEST: u16 = 999;

/// A field, component or subcomponent of a segment. Every occurrence of the segment and every repetition is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath {
    /// Segment id, three upper-case letters or digits.
    pub segment: String,
    /// Field number, from 1.
    pub field: u16,
    /// Component number, from 1; unset means the first.
    pub component: Option<u16>,
    /// Subcomponent number, from 1; unset means the first.
    pub subcomponent: Option<u16>,
}

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldPathError {
    /// There is no dash between segment and field.
    #[error("a dash must stand between segment and field")]
    Dash,
    /// The segment id is not three upper-case letters and digits.
    #[error("a segment id is a letter and two letters or digits, in upper case")]
    Segment,
    /// A number is missing, zero, too high or not a number.
    #[error("fields, components and subcomponents are numbers from 1 to {HIGHEST}")]
    Number,
    /// More than three numbers.
    #[error("nothing is deeper than a subcomponent")]
    Depth,
}

impl FromStr for FieldPath {
    type Err = FieldPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (segment, numbers) = text.split_once('-').ok_or(FieldPathError::Dash)?;
        let mut letters = segment.bytes();
        let starts_well = letters.next().is_some_and(|byte| byte.is_ascii_uppercase());
        if segment.len() != 3 || !starts_well || !letters.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            return Err(FieldPathError::Segment);
        }
        let mut numbers = numbers.split('.').map(number);
        let field = numbers.next().unwrap_or(Err(FieldPathError::Number))?;
        let component = numbers.next().transpose()?;
        let subcomponent = numbers.next().transpose()?;
        if numbers.next().is_some() {
            return Err(FieldPathError::Depth);
        }
        Ok(Self { segment: segment.to_owned(), field, component, subcomponent })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.segment, self.field)?;
        for part in [self.component, self.subcomponent].into_iter().flatten() {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for FieldPath {
    type Error = FieldPathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

/// A number from 1 without leading zeros or signs.
fn number(text: &str) -> Result<u16, FieldPathError> {
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FieldPathError::Number);
    }
    text.parse().ok().filter(|number| *number <= HIGHEST).ok_or(FieldPathError::Number)
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, FieldPathError};

    #[test]
    fn reads_segment_field_component_and_subcomponent() {
        let path: FieldPath = "ZIN-4.1.2".parse().unwrap();
        assert_eq!(
            (path.segment.as_str(), path.field, path.component, path.subcomponent),
            ("ZIN", 4, Some(1), Some(2))
        );
        let path: FieldPath = "PV1-19".parse().unwrap();
        assert_eq!((path.segment.as_str(), path.field, path.component, path.subcomponent), ("PV1", 19, None, None));
    }

    #[test]
    fn names_what_is_wrong_with_a_path() {
        for (text, error) in [
            ("", FieldPathError::Dash),
            ("ZIN4", FieldPathError::Dash),
            ("ZIN.4", FieldPathError::Dash),
            ("zin-4", FieldPathError::Segment),
            ("1IN-4", FieldPathError::Segment),
            ("ZINX-4", FieldPathError::Segment),
            ("ZÄ-4", FieldPathError::Segment),
            ("ZIN-", FieldPathError::Number),
            ("ZIN-0", FieldPathError::Number),
            ("ZIN-04", FieldPathError::Number),
            ("ZIN-+4", FieldPathError::Number),
            ("ZIN-1000", FieldPathError::Number),
            ("ZIN-4.x", FieldPathError::Number),
            ("ZIN-4.1.1.1", FieldPathError::Depth),
        ] {
            assert_eq!(text.parse::<FieldPath>(), Err(error), "{text}");
        }
    }
}
