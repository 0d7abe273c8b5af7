//! Delivery by HTTP POST (a webhook).
//!
//! | header | value |
//! |---|---|
//! | `webhook-id`, `Idempotency-Key` | the notice's id: the same at every attempt, so that a receiver knows what it has |
//! | `webhook-timestamp` | seconds since 1970 of this attempt |
//! | `webhook-signature` | `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; one for each secret, separated by blanks |
//! | `Content-Type` | `application/cloudevents+json`, `application/fhir+json` or `x-application/hl7-v2+er7` |
//!
//! The signature is that of Standard Webhooks (<https://www.standardwebhooks.com>), for which receivers find libraries.
//!
//! | answer | result |
//! |---|---|
//! | 2xx | delivered; in an HL7 v2 answer, `AE`, `AR`, `CE` and `CR` refuse |
//! | 408, 425, 429, 5xx; no connection, or nothing in time | retry, not before `Retry-After` |
//! | 3xx, 401, 403, 404, 405, 407, 410, 421 | the address or the credentials: an operator must act |
//! | other 4xx | refused |
//!
//! Redirects are not followed and proxies of the environment not used. At most 64 KiB of an answer are read.

mod route;
mod signature;
#[cfg(test)]
mod tests;

pub use route::{HttpOptions, HttpRoute};
pub use signature::{Secrets, SecretsError};
