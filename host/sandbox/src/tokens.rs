//! Access tokens that were given out.

use std::collections::{BTreeMap, VecDeque};

/// What a token allows.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) scopes: Vec<String>,
    /// Participants it may act for; empty: all.
    pub(crate) participants: Vec<String>,
    /// When it expires, in milliseconds of the sandbox's time.
    pub(crate) expires_at: i64,
}

/// The newest tokens.
pub(crate) struct Tokens {
    grants: BTreeMap<String, Grant>,
    order: VecDeque<String>,
    limit: usize,
}

impl Tokens {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { grants: BTreeMap::new(), order: VecDeque::new(), limit }
    }

    pub(crate) fn add(&mut self, token: String, grant: Grant) {
        while self.order.len() >= self.limit.max(1) {
            if let Some(oldest) = self.order.pop_front() {
                self.grants.remove(&oldest);
            }
        }
        self.order.push_back(token.clone());
        self.grants.insert(token, grant);
    }

    /// What the token allows, unless it is unknown or expired.
    pub(crate) fn grant(&self, token: &str, now: i64) -> Option<&Grant> {
        self.grants.get(token).filter(|grant| now < grant.expires_at)
    }

    /// Ends one token.
    pub(crate) fn expire(&mut self, token: &str) {
        if let Some(grant) = self.grants.get_mut(token) {
            grant.expires_at = i64::MIN;
        }
    }

    /// Ends all tokens.
    pub(crate) fn expire_all(&mut self) {
        self.grants.clear();
        self.order.clear();
    }
}

/// Characters of ids and tokens: lower case without those that are easily misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Random characters of the operating system's source: five bits each.
pub(crate) fn random_text(length: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0_u8; length];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).map(|c| char::from(*c))).collect())
}
