//! Bearer tokens.

use bridge_types::{Secret, content_hash};
use hyper::header::{AUTHORIZATION, HeaderMap};
use std::fmt;
use subtle::ConstantTimeEq;

/// A token that requests must carry. Kept and compared as a digest, in constant time: neither its text nor its length shows.
#[derive(Clone)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// From its text.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(content_hash(secret.expose().as_bytes()))
    }

    /// Whether a request carries it: once, as `Authorization: Bearer`.
    #[must_use]
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (Some(given), None) = (given.next().and_then(|value| value.to_str().ok()), given.next()) else {
            return false;
        };
        let Some((scheme, token)) = given.split_once(' ') else { return false };
        let known = content_hash(token.trim().as_bytes());
        scheme.eq_ignore_ascii_case("bearer") && bool::from(known.as_bytes().ct_eq(self.0.as_bytes()))
    }
}
