//! A view of one HL7 v2 message: segments, fields, repetitions, components and subcomponents, each with its path.
//!
//! Reading goes in two steps. [`Text`] brings what came over the wire into one normal form: `MSH` first, segments ended by
//! a carriage return, four encoding characters; one pass over its bytes finds out whether it is in that form and indexes
//! segments and fields. [`Message`] then gives access to it. What is inside a field is found when it is asked for, and
//! escapes are decoded when a value is taken, once and after splitting. A message in normal form is never copied.
//!
//! Every value knows its [`Place`], which prints as a path such as `PID-3[2].1` or `IN1[1]-49.1`, and tells nothing at all
//! ([`Content::Absent`]) from a deletion ([`Content::Null`], two double quotes) from text. [`Message::watched`] remembers
//! which values were looked at.

mod delimiters;
mod escape;
mod fault;
mod field;
mod index;
pub mod limits;
mod message;
mod names;
mod normal;
mod place;
mod segment;
mod split;
mod text;
mod value;
mod watch;

pub use delimiters::Delimiters;
pub(crate) use escape::encode_into;
pub use escape::{Decoded, encode};
pub use fault::ViewError;
pub use field::{Component, Field, Repetition};
pub use message::Message;
pub use place::{Place, PlaceError};
pub use segment::Segment;
pub use text::Text;
pub use value::{Content, Value};

#[cfg(test)]
mod tests;
