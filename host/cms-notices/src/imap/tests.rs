//! A real server (Dovecot, where it is installed) and scripted ones that misbehave.

mod dovecot;
mod mailbox;
mod misbehaving;

use super::{ImapOptions, ImapSource, Login, Tokens};
use async_trait::async_trait;
use bridge_types::Secret;
use std::sync::Arc;
use std::time::Duration;

/// A source on a server of this machine.
fn options(port: u16, tls: Option<Arc<rustls::ClientConfig>>) -> ImapOptions {
    ImapOptions {
        name: "cms".into(),
        domains: ["cms.example".to_owned()].into(),
        host: "127.0.0.1".to_owned(),
        port,
        tls,
        user: "clinic".to_owned(),
        login: Login::Password(Secret::new("pass word \"x\\")),
        mailbox: "INBOX".to_owned(),
        move_to: None,
        step: Duration::from_secs(20),
    }
}

/// A giver of one token, or of none.
#[derive(Debug)]
struct Given(Option<&'static str>);

#[async_trait]
impl Tokens for Given {
    async fn token(&self) -> Option<Secret> {
        self.0.map(Secret::new)
    }
}

fn with_token(options: ImapOptions, token: Option<&'static str>) -> ImapOptions {
    ImapOptions { login: Login::Token(Arc::new(Given(token))), ..options }
}

fn source(options: ImapOptions) -> ImapSource {
    ImapSource::new(options)
}
