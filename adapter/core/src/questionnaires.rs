//! Questionnaires: answers and scores on their way from a feed to a report.

mod selection;

pub use selection::{Asked, Chosen, ChosenItem, ChosenScore, Form, Selection};
