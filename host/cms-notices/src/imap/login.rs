//! How the program shows a mail server who it is: a password (`LOGIN`), or an access token (`XOAUTH2`, as Microsoft 365 and Google
//! have it).

use async_imap::Authenticator;
use async_trait::async_trait;
use bridge_types::Secret;
use std::sync::Arc;

/// The way in.
#[derive(Debug, Clone)]
pub enum Login {
    /// A password.
    Password(Secret),
    /// Access tokens, asked for at every connection.
    Token(Arc<dyn Tokens>),
}

/// Where access tokens come from.
#[async_trait]
pub trait Tokens: Send + Sync + std::fmt::Debug {
    /// A token that is good now; none where there is none. Why is the giver's to tell.
    async fn token(&self) -> Option<Secret>;
}

/// The exchange of `XOAUTH2`: user and token at once; a server that refuses them sends why, and waits for an empty line.
#[derive(Debug)]
pub(super) struct Bearer(Option<Secret>);

impl Bearer {
    pub(super) fn new(user: &str, token: &Secret) -> Self {
        Self(Some(Secret::new(format!("user={user}\u{1}auth=Bearer {}\u{1}\u{1}", token.expose()))))
    }
}

impl Authenticator for Bearer {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> Self::Response {
        self.0.take().map(|answer| answer.expose().to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_given_once_and_never_shown() {
        let mut bearer = Bearer::new("notices@clinic.example", &Secret::new("t0ken"));
        assert!(!format!("{bearer:?}").contains("t0ken"));
        assert_eq!(bearer.process(b""), "user=notices@clinic.example\u{1}auth=Bearer t0ken\u{1}\u{1}");
        assert_eq!(bearer.process(b"{\"status\":\"401\"}"), "");
    }
}
