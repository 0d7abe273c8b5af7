//! Invented documents, read as any feed is.

mod facts;
mod hostile;
mod support;
