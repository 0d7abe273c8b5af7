//! One message.

use super::ViewError;
use super::names::Names;
use super::place::{Place, PlaceError, SINGLE};
use super::segment::Segment;
use super::text::Text;
use super::value::Value;
use super::watch::Watch;
use std::rc::Rc;

/// A message, as segments in their order.
#[derive(Debug)]
pub struct Message<'t> {
    segments: Vec<Segment<'t>>,
    names: Names,
}

impl<'t> Message<'t> {
    /// Views a text in normal form.
    ///
    /// # Errors
    /// Where there is no message.
    pub fn parse(text: &'t Text<'_>) -> Result<Self, ViewError> {
        Self::view(text, None)
    }

    /// Views a text as [`Message::parse`] does, and remembers which values were looked at: those whose content, text or
    /// decoded text was taken, or that were found to be `""`. Asking whether something is absent, and taking what is raw,
    /// is no look. See [`Message::touched`] and [`Value::is_touched`].
    ///
    /// # Errors
    /// As [`Message::parse`].
    pub fn watched(text: &'t Text<'_>) -> Result<Self, ViewError> {
        Self::view(text, Some(&Rc::default()))
    }

    fn view(text: &'t Text<'_>, watch: Option<&Rc<Watch>>) -> Result<Self, ViewError> {
        let (index, whole) = (text.index(), text.as_str());
        let mut segments: Vec<Segment<'t>> = Vec::with_capacity(index.spans.len());
        let mut names = Names::new();
        let mut doubled = false;
        let ends = index.spans.iter().skip(1).map(|span| span.first as usize).chain([index.fields.len()]);
        for (position, (span, end)) in index.spans.iter().zip(ends).enumerate() {
            let raw = span.of(whole);
            let Some((name, _)) = raw.as_bytes().split_first_chunk::<3>() else { continue };
            let is_single = SINGLE.iter().any(|single| single.as_bytes() == name);
            let added = names.add(*name, position);
            let number = u32::try_from(position).unwrap_or(u32::MAX);
            if let Some(previous) = added.previous.and_then(|previous| segments.get_mut(previous)) {
                previous.next = number;
                doubled |= is_single;
            }
            segments.push(Segment {
                raw,
                start: span.start as usize,
                marks: index.fields.get(span.first as usize..end).unwrap_or_default(),
                delimiters: text.delimiters(),
                watch: watch.cloned(),
                position: number,
                next: 0,
                occurrence: added.occurrence,
                shows_occurrence: !is_single,
                is_header: name == b"MSH",
            });
        }
        if segments.is_empty() {
            return Err(ViewError::NotHl7);
        }
        if doubled {
            for segment in &mut segments {
                if let Some((name, _)) = segment.raw.as_bytes().split_first_chunk::<3>() {
                    segment.shows_occurrence |= names.count(*name) > 1;
                }
            }
        }
        Ok(Self { segments, names })
    }

    /// Every segment, in order.
    #[must_use]
    pub fn all(&self) -> &[Segment<'t>] {
        &self.segments
    }

    /// The segments of a name, in order. Passes over the others without looking at them.
    pub fn segments(&self, name: &str) -> impl Iterator<Item = &Segment<'t>> {
        std::iter::successors(self.segment(name), |segment| match segment.next {
            0 => None,
            next => self.segments.get(next as usize),
        })
    }

    /// The first segment of a name.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<&Segment<'t>> {
        self.segments.get(self.names.first(name)?)
    }

    /// The value at a path such as `PID-3[2].1`. What the path leaves out is the first; a path that names no component
    /// means the field as a simple value. None where the segment does not occur.
    ///
    /// # Errors
    /// Where the path cannot be read.
    pub fn get(&self, path: &str) -> Result<Option<Value<'_>>, PlaceError> {
        self.at(&path.parse()?)
    }

    /// The value at a place, as [`Message::get`].
    ///
    /// # Errors
    /// Where the place is a whole segment.
    pub fn at(&self, place: &Place) -> Result<Option<Value<'_>>, PlaceError> {
        let number = place.field.ok_or(PlaceError::Number)?;
        let wanted = place.occurrence.unwrap_or(1);
        let Some(segment) = self.segments(&place.segment).nth(wanted.saturating_sub(1)) else { return Ok(None) };
        let field = segment.field(number);
        Ok(Some(match (place.repetition, place.component, place.subcomponent) {
            (None, None, _) => field.value(),
            (repetition, component, subcomponent) => {
                let component = field.repetition(repetition.unwrap_or(1)).component(component.unwrap_or(1));
                subcomponent.map_or_else(|| component.value(), |number| component.subcomponent(number))
            }
        }))
    }

    /// Every piece that is not blank, in order and down to subcomponents, `""` and the header's separators among them.
    /// Each has the shortest path that leads to it: `PID-7` where the field is a single value, `PID-3[2].1` where the
    /// component is one, else `PID-3[2].4.1`. [`Message::get`] finds the same value under that path.
    pub fn populated(&self) -> impl Iterator<Item = Value<'_>> {
        let fields = self.segments.iter().flat_map(Segment::fields);
        let repetitions = fields.flat_map(|field| field.repetitions());
        repetitions.flat_map(|repetition| repetition.components()).flat_map(|component| component.pieces())
    }

    /// The populated pieces that were looked at, in order. None in a message that is not [watched](Message::watched). The
    /// header's separators count as looked at.
    pub fn touched(&self) -> impl Iterator<Item = Value<'_>> {
        self.populated().filter(Value::is_touched)
    }

    /// Paths of the first `most` fields that hold a replacement character, which stands for bytes that could not be decoded.
    #[must_use]
    pub fn undecodable(&self, most: usize) -> Vec<String> {
        let damaged = self.segments.iter().filter(|segment| is_damaged(segment.raw));
        let fields = damaged.flat_map(Segment::fields).filter(|field| is_damaged(field.raw()));
        fields.take(most).map(|field| field.path()).collect()
    }
}

fn is_damaged(text: &str) -> bool {
    text.contains('\u{fffd}')
}
