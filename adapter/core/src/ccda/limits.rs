//! What one document may hold. A document beyond any of the first five is refused with the code of the limit.

/// Elements inside one another: code `limit-depth`.
pub const MAX_DEPTH: usize = 200;
/// Elements outside narrative: code `limit-elements`.
pub const MAX_ELEMENTS: usize = 400_000;
/// Attributes of one element: code `limit-attributes`.
pub const MAX_ATTRIBUTES: usize = 64;
/// Attributes of a document outside narrative: code `limit-attributes`.
pub const MAX_ALL_ATTRIBUTES: usize = 1_000_000;
/// Namespace declarations in force at one place: code `limit-namespaces`.
pub const MAX_NAMESPACES: usize = 64;
/// Identifiers, names, addresses and contacts of the person; what is beyond is left out (`limit-rows`).
pub const MAX_REPEATS: usize = 200;
/// Entries of one kind that are looked at; what is beyond is left out (`limit-rows`).
pub const MAX_ENTRIES: usize = 5_000;
/// Levels of `entryRelationship` below an entry that are looked at.
pub const MAX_NESTING: usize = 8;
/// Kinds of sections and templates that are listed as ignored.
pub const MAX_LISTED: usize = 40;
