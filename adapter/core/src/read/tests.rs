//! Tests of the reading as a whole: messages in, facts and issues out.

mod arbitrary;
mod charsets;
mod coverage;
mod diagnoses;
mod fixtures;
mod gate;
mod identity;
mod inspect;
mod mbi;
mod merge;
mod observations;
mod problems;
mod requests;
mod rules;
mod sites;
mod sizes;
mod support;
