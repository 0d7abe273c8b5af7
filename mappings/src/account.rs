//! What a line of `account.ignored` names: a segment, a field, a component, a subcomponent, or a range of the last of them.

use crate::path::FieldPathError;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Highest number that is accepted.
const HIGHEST: usize = 999;

/// One line: `NK1`, `PV1-3`, `PID-15.2`, `IN1-23..34`, `PID-3.6..11`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Segment id.
    pub segment: String,
    /// Field, component and subcomponent numbers, as far as they are stated.
    pub numbers: Vec<RangeInclusive<usize>>,
}

impl Pattern {
    /// Whether a place of this segment is meant: its field, component and subcomponent, 1 where a single value has none.
    #[must_use]
    pub fn names(&self, place: [usize; 3]) -> bool {
        self.numbers.iter().zip(place).all(|(wanted, found)| wanted.contains(&found))
    }
}

impl FromStr for Pattern {
    type Err = FieldPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (segment, rest) = text.split_once('-').map_or((text, None), |(segment, rest)| (segment, Some(rest)));
        let mut letters = segment.bytes();
        let starts_well = letters.next().is_some_and(|byte| byte.is_ascii_uppercase());
        if segment.len() != 3 || !starts_well || !letters.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            return Err(FieldPathError::Segment);
        }
        let mut numbers = Vec::new();
        if let Some(rest) = rest {
            let (single, last) = rest.split_once("..").map_or((rest, None), |(single, last)| (single, Some(last)));
            for part in single.split('.') {
                let number = number(part)?;
                numbers.push(number..=number);
            }
            if let (Some(last), Some(range)) = (last, numbers.last_mut()) {
                *range = *range.start()..=number(last)?;
                if range.is_empty() {
                    return Err(FieldPathError::Number);
                }
            }
        }
        if numbers.len() > 3 {
            return Err(FieldPathError::Depth);
        }
        Ok(Self { segment: segment.to_owned(), numbers })
    }
}

fn number(text: &str) -> Result<usize, FieldPathError> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && (1..=HIGHEST).contains(number)).ok_or(FieldPathError::Number)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn lines_name_segments_fields_components_and_ranges() {
        for (line, named, other) in [
            ("NK1", [30, 2, 2], None),
            ("PV1-3", [3, 4, 1], Some([4, 1, 1])),
            ("PID-15.2", [15, 2, 1], Some([15, 1, 1])),
            ("IN1-23..34", [34, 5, 1], Some([35, 1, 1])),
            ("PID-3.6..11", [3, 6, 2], Some([3, 5, 1])),
            ("PID-3.4.2..3", [3, 4, 3], Some([3, 4, 1])),
        ] {
            let pattern: Pattern = line.parse().unwrap();
            assert!(pattern.names(named), "{line}");
            assert!(other.is_none_or(|other| !pattern.names(other)), "{line}");
        }
        for wrong in [
            "",
            "NK",
            "nk1",
            "PV1-",
            "PV1-0",
            "IN1-34..23",
            "IN1-2..x",
            "IN1-2..3.4",
            "PID-3[2]",
            "PID-1.1.1.1",
            "PID-+1",
        ] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }
}
