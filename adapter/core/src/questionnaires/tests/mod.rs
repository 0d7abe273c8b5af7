//! Questionnaires from end to end.
