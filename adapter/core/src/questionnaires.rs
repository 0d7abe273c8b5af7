//! Questionnaires: answers and scores on their way from a feed to a report.
//!
//! 1. `known` finds the instrument and the item that a feed means, `answer` what an answer means, and `draft` puts both together;
//!    the readers of HL7 v2, FHIR and CSV differ only in where they find the rows;
//! 2. `store` makes entries of responses, under keys of their own, and joins later statements to earlier ones;
//! 3. `check` says what is wrong with a response, with `score` for the arithmetic, on exact decimals (`decimal`);
//! 4. `choose` picks the response of each instrument for a report.
//!
//! The wording of instruments belongs to their owners: it comes with the feed or from the site and is only passed on.

mod answer;
mod check;
mod choose;
mod decimal;
mod draft;
mod known;
mod score;
mod selection;
mod store;
#[cfg(test)]
mod tests;

pub use crate::asked::Asked;
pub(crate) use answer::Given;
pub use choose::select;
pub(crate) use draft::{Draft, MAX_RESPONSE_BYTES, MAX_RESPONSES, Mark, Row, Taken, weigh};
pub(crate) use known::{Found, Known, LOINC, Place, Token, without_version};
pub use selection::{Chosen, ChosenItem, ChosenScore, Form, Selection};
pub use store::{differs, entries, is_withdrawn, join, matters};
pub(crate) use store::{keys, taken_up};
