//! Feeds over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `POST /hl7v2`: a message, or a batch of them | 200 and the acknowledgement of each, one after the other, in the order of the messages; 204 where the sender asked for none |
//! | `POST /fhir`: a resource, a Bundle, or NDJSON | 200 and an OperationOutcome where all were stored; 202 where some are in quarantine, with the reasons |
//! | own trouble | 503 with `Retry-After`: nothing is lost, send it again |
//! | more than the limit; compressed, or a form | 200 and an AR, or 202 and an OperationOutcome; what came of it is in quarantine |
//! | without the token; from a web page; another path or method | 401; 403; 404, 405 |
//! | too slow, broken off: it did not arrive | 408, 400 |
//! | `GET /livez`, `GET /readyz` | 200, or 503 where nothing can be stored now; no token is needed |
//!
//! A status below 400 says: it is kept here, do not send it again, and the body says what became of it. Engines (OIE, Mirth Connect)
//! repeat everything from 400 on for ever and hold their queue, so a message that will never be accepted is not answered with one.
//! What a body holds is told by its content, not by the type that it is given: documents come as `text/plain` and without a type, too.
//! When several messages come in one body and our trouble begins in the middle, the whole is asked for again: those that were
//! stored are known by then.
//!
//! The answer's content type is the request's where that is one of HL7 v2, else `x-application/hl7-v2+er7`. OIE takes
//! `application/hl7-v2` for binary: its senders should use `text/plain` or `x-application/hl7-v2+er7`.

mod fhir;
mod hl7;
mod service;
#[cfg(test)]
mod tests;

pub use service::HttpDoor;
