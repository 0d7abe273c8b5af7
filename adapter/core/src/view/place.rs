//! Where a value stands in a message.

use std::fmt;
use std::str::FromStr;

/// Segments that occur once; their paths carry no occurrence unless there are several all the same.
pub(super) const SINGLE: [&str; 8] = ["MSH", "EVN", "PID", "PD1", "PV1", "PV2", "MRG", "RF1"];

/// The address of a segment, field, repetition, component or subcomponent. All numbers begin at 1.
///
/// Prints as `PID-3[2].1`, `IN1[1]-49.1`, `DG1[3]`. The occurrence stands for segments that repeat by nature or in this
/// message, the repetition where the field repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Segment id.
    pub segment: String,
    /// Occurrence of the segment.
    pub occurrence: Option<usize>,
    /// Field number.
    pub field: Option<usize>,
    /// Repetition of the field.
    pub repetition: Option<usize>,
    /// Component number.
    pub component: Option<usize>,
    /// Subcomponent number.
    pub subcomponent: Option<usize>,
}

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The segment id is not three letters and digits.
    #[error("a path begins with a segment id of three upper-case letters and digits")]
    Segment,
    /// A number is missing, zero or not a number.
    #[error("occurrences, fields, repetitions and components are numbers from 1")]
    Number,
    /// Something follows that belongs to no path.
    #[error("a path ends with its subcomponent")]
    Depth,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segment)?;
        if let Some(occurrence) = self.occurrence {
            write!(f, "[{occurrence}]")?;
        }
        let Some(field) = self.field else { return Ok(()) };
        write!(f, "-{field}")?;
        if let Some(repetition) = self.repetition {
            write!(f, "[{repetition}]")?;
        }
        if let Some(component) = self.component {
            write!(f, ".{component}")?;
        }
        if let Some(subcomponent) = self.subcomponent {
            write!(f, ".{subcomponent}")?;
        }
        Ok(())
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (head, tail) = match text.split_once('-') {
            Some((head, tail)) => (head, Some(tail)),
            None => (text, None),
        };
        let (segment, occurrence) = indexed(head)?;
        let mut letters = segment.bytes();
        let starts_well = letters.next().is_some_and(|letter| letter.is_ascii_uppercase());
        if segment.len() != 3
            || !starts_well
            || !letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
        {
            return Err(PlaceError::Segment);
        }
        let mut place = Self {
            segment: segment.to_owned(),
            occurrence,
            field: None,
            repetition: None,
            component: None,
            subcomponent: None,
        };
        let Some(tail) = tail else { return Ok(place) };
        let mut parts = tail.split('.');
        let (field, repetition) = indexed(parts.next().unwrap_or_default())?;
        place.field = Some(number(field)?);
        place.repetition = repetition;
        place.component = parts.next().map(number).transpose()?;
        place.subcomponent = parts.next().map(number).transpose()?;
        if parts.next().is_some() {
            return Err(PlaceError::Depth);
        }
        Ok(place)
    }
}

/// Splits `PID[2]` into its parts.
fn indexed(text: &str) -> Result<(&str, Option<usize>), PlaceError> {
    match text.split_once('[') {
        None => Ok((text, None)),
        Some((name, index)) => Ok((name, Some(number(index.strip_suffix(']').ok_or(PlaceError::Number)?)?))),
    }
}

fn number(text: &str) -> Result<usize, PlaceError> {
    if text.is_empty() || text.len() > 6 || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(PlaceError::Number);
    }
    text.parse().ok().filter(|number| *number > 0).ok_or(PlaceError::Number)
}
