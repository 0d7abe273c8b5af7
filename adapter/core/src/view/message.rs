//! One message.

use super::limits::{MAX_FIELDS, MAX_PARTS, MAX_REPETITIONS};
use super::place::{Place, PlaceError};
use super::segment::Segment;
use super::split::split;
use super::text::Text;
use super::value::{Repetition, Value};
use super::{Delimiters, ViewError};
use std::collections::BTreeMap;

/// A message, as segments in their order.
#[derive(Debug)]
pub struct Message<'t> {
    segments: Vec<Segment<'t>>,
}

impl<'t> Message<'t> {
    /// Views a text in normal form.
    ///
    /// # Errors
    /// Where it holds more than a message may hold.
    pub fn parse(text: &'t Text<'_>) -> Result<Self, ViewError> {
        let delimiters = text.delimiters();
        let mut segments: Vec<Segment<'t>> = Vec::new();
        let mut counts: BTreeMap<&'t str, usize> = BTreeMap::new();
        let mut parts = 0;
        for line in text.as_str().split('\r') {
            let occurrence = counts.entry(line.get(..3).unwrap_or_default()).or_default();
            *occurrence += 1;
            let segment = Segment::new(line, *occurrence, delimiters);
            parts += measure(&segment, delimiters)?;
            if parts > MAX_PARTS {
                return Err(ViewError::Parts);
            }
            segments.push(segment);
        }
        for segment in &mut segments {
            if counts.get(segment.name()).is_some_and(|count| *count > 1) {
                segment.show_occurrence();
            }
        }
        let header = segments.first().ok_or(ViewError::NotHl7)?;
        split(header.raw(), delimiters)?;
        Ok(Self { segments })
    }

    /// Every segment, in order.
    #[must_use]
    pub fn all(&self) -> &[Segment<'t>] {
        &self.segments
    }

    /// The segments of a name, in order.
    pub fn segments(&self, name: &str) -> impl Iterator<Item = &Segment<'t>> {
        self.segments.iter().filter(move |segment| segment.name() == name)
    }

    /// The first segment of a name.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<&Segment<'t>> {
        self.segments(name).next()
    }

    /// The value at a path such as `PID-3[2].1`. What the path leaves out is the first; a path that names no component
    /// means the field as a simple value. None where the segment does not occur.
    ///
    /// # Errors
    /// Where the path cannot be read.
    pub fn get(&self, path: &str) -> Result<Option<Value<'_>>, PlaceError> {
        let place: Place = path.parse()?;
        let number = place.field.ok_or(PlaceError::Number)?;
        let wanted = place.occurrence.unwrap_or(1);
        let Some(segment) = self.segments(&place.segment).nth(wanted.saturating_sub(1)) else { return Ok(None) };
        let field = segment.field(number);
        Ok(Some(match (place.repetition, place.component, place.subcomponent) {
            (None, None, _) => field.value(),
            (repetition, component, subcomponent) => {
                let repetition: Repetition<'_> = field.repetition(repetition.unwrap_or(1));
                let component = repetition.component(component.unwrap_or(1));
                subcomponent.map_or_else(|| component.value(), |number| component.subcomponent(number))
            }
        }))
    }

    /// Paths of the first `most` fields that hold a replacement character, which stands for bytes that could not be decoded.
    #[must_use]
    pub fn undecodable(&self, most: usize) -> Vec<String> {
        let mut paths = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.raw().contains('\u{fffd}')) {
            let header = usize::from(segment.name() == "MSH");
            let fields = segment.raw().split(segment.delimiters().field).enumerate();
            for (number, _) in fields.filter(|(_, field)| field.contains('\u{fffd}')) {
                if paths.len() == most {
                    return paths;
                }
                paths.push(format!("{}-{}", segment.path(), number + header));
            }
        }
        paths
    }
}

/// Counts the separators of a segment, against the limits.
fn measure(segment: &Segment<'_>, delimiters: &Delimiters) -> Result<usize, ViewError> {
    let (mut fields, mut repetitions, mut parts) = (0, 1, 0);
    for letter in segment.raw().chars() {
        if letter == delimiters.field {
            fields += 1;
            repetitions = 1;
        } else if letter == delimiters.repetition {
            repetitions += 1;
        } else if letter != delimiters.component && letter != delimiters.subcomponent {
            continue;
        }
        parts += 1;
        if fields > MAX_FIELDS {
            return Err(ViewError::Fields { path: segment.path() });
        }
        if repetitions > MAX_REPETITIONS {
            return Err(ViewError::Repetitions { path: format!("{}-{fields}", segment.path()) });
        }
    }
    Ok(parts)
}
