//! What one message may hold. A message beyond any of these is refused with the code of the limit.

/// Bytes of a message, 16 MiB: code `limit-bytes`.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Segments of a message: code `limit-segments`.
pub const MAX_SEGMENTS: usize = 20_000;

/// Fields of a segment: code `limit-fields`.
pub const MAX_FIELDS: usize = 1_000;

/// Repetitions of a field: code `limit-repetitions`.
pub const MAX_REPETITIONS: usize = 1_000;

/// Separators of a message, of every kind: code `limit-parts`. The index costs four bytes for each field.
pub const MAX_PARTS: usize = 400_000;

/// Bytes of a value that is taken from a message. A longer one is left out with a warning (`value-too-long`).
pub const MAX_VALUE_BYTES: usize = 4 * 1024;

/// Bytes of a value in the message header: code `limit-value`.
pub const MAX_HEADER_VALUE_BYTES: usize = 256;

/// Bytes of an identifier. A longer one is left out with a warning (`value-too-long`).
pub const MAX_IDENTIFIER_BYTES: usize = 256;

/// People a feed may speak of: code `limit-patients`.
pub const MAX_PATIENTS: usize = 100;

/// Identifiers, diagnoses, plans and requests of one person. What is beyond is left out with a warning (`limit-rows`).
pub const MAX_IDENTIFIERS: usize = 200;
/// See [`MAX_IDENTIFIERS`].
pub const MAX_DIAGNOSES: usize = 1_000;
/// See [`MAX_IDENTIFIERS`].
pub const MAX_PLANS: usize = 64;
/// See [`MAX_IDENTIFIERS`].
pub const MAX_REQUESTS: usize = 32;

/// Issues of one reading; the last one says that there were more.
pub const MAX_ISSUES: usize = 200;

/// Bytes of the patient segment that is kept for notices. A longer one is left out with a warning.
pub const MAX_PATIENT_BYTES: usize = 16 * 1024;

/// Ways to reach one person, and addresses. What is beyond is left out with a warning (`limit-rows`).
pub const MAX_TELECOMS: usize = 20;
/// See [`MAX_TELECOMS`].
pub const MAX_ADDRESSES: usize = 10;

/// Results of one person. What is beyond is left out with a warning (`limit-rows`).
pub const MAX_OBSERVATIONS: usize = 10_000;

/// Bytes that the results of one person may take as facts. What is beyond is left out with a warning (`limit-rows`).
pub const MAX_OBSERVATION_BYTES: usize = 5 * 1024 * 1024;

/// Letters of one result in words; the rest is cut off.
pub const MAX_OBSERVATION_LETTERS: usize = 1_000;
