//! Splitting a segment into its parts. The one place that knows the parser crate.
//!
//! The crate's error text quotes the message, so only its position is kept.

use super::{Delimiters, ViewError};
use hl7_parser::message::Separators;
use hl7_parser::parser::{ParseError, parse_msh, parse_segment_with_separators};

/// A field, split.
pub(super) type FieldParts<'t> = hl7_parser::message::Field<'t>;
/// A repetition, split.
pub(super) type RepetitionParts<'t> = hl7_parser::message::Repeat<'t>;
/// A component, split.
pub(super) type ComponentParts<'t> = hl7_parser::message::Component<'t>;

/// Splits one segment in normal form. Field 1 comes first, also for `MSH`.
pub(super) fn split<'t>(line: &'t str, delimiters: &Delimiters) -> Result<Vec<FieldParts<'t>>, ViewError> {
    let parsed = if line.starts_with("MSH") {
        parse_msh(line).map(|(_, segment)| segment)
    } else {
        let separators = Separators {
            field: delimiters.field,
            component: delimiters.component,
            subcomponent: delimiters.subcomponent,
            repetition: delimiters.repetition,
            escape: delimiters.escape,
            lenient_newlines: false,
        };
        parse_segment_with_separators(line, separators)
    };
    parsed.map(|segment| segment.fields).map_err(|error| ViewError::Split {
        position: match error {
            ParseError::FailedToParse { position, .. } => position,
            ParseError::IncompleteInput(_) => line.len(),
        },
    })
}
