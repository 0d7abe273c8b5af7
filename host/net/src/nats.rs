//! Connections to NATS.
//!
//! A connection that breaks is made again by the library, for ever; what waits for an answer meanwhile runs into its time limit. It is
//! made with the certificates of its beginning: whoever keeps one looks at its [`Renewals`], and connects anew when they changed.

use crate::tls::ClientTls;
use async_nats::{Client, ConnectOptions};
use bridge_types::Secret;
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Who we are to the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody, or whom our certificate names.
    None,
    /// A token.
    Token(Secret),
    /// A user and a password.
    User(String, Secret),
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// `host:port` of each server; any one will do.
    pub servers: Vec<String>,
    /// TLS, and our identity; none speaks without.
    pub tls: Option<Arc<ClientTls>>,
    /// Who we are.
    pub credentials: Credentials,
    /// What the servers show us as.
    pub name: String,
    /// Time to get a connection, and for every answer.
    pub limit: Duration,
}

impl Options {
    /// Tells whether the certificates changed from now on; to be asked for before [`connect`].
    #[must_use]
    pub fn renewals(&self) -> Renewals {
        Renewals(self.tls.as_ref().map(|tls| tls.changes()))
    }
}

/// Whether the certificates changed that a connection was made with.
#[derive(Debug)]
pub struct Renewals(Option<watch::Receiver<Arc<ClientConfig>>>);

impl Renewals {
    /// Whether they did.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.0.as_ref().is_some_and(|changes| changes.has_changed().unwrap_or(false))
    }

    /// Resolves when they do.
    pub async fn renewed(&mut self) {
        if let Some(changes) = &mut self.0
            && changes.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// No connection.
#[derive(Debug, thiserror::Error)]
#[error("no connection to nats: {reason}")]
pub struct NotConnected {
    /// What the library says of it: the step, and no value.
    pub reason: String,
}

/// Connects.
///
/// # Errors
/// [`NotConnected`]
pub async fn connect(options: &Options) -> Result<Client, NotConnected> {
    let mut connecting = ConnectOptions::new()
        .name(&options.name)
        .connection_timeout(options.limit)
        .request_timeout(Some(options.limit));
    if let Some(tls) = &options.tls {
        connecting = connecting.require_tls(true).tls_client_config(ClientConfig::clone(&tls.current()));
    }
    connecting = match &options.credentials {
        Credentials::None => connecting,
        Credentials::Token(token) => connecting.token(token.expose().to_owned()),
        Credentials::User(user, password) => connecting.user_and_password(user.clone(), password.expose().to_owned()),
    };
    let servers: Vec<String> = options.servers.iter().map(|server| format!("nats://{server}")).collect();
    let connected = tokio::time::timeout(options.limit, connecting.connect(servers)).await;
    match connected {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(error)) => Err(NotConnected { reason: error.kind().to_string() }),
        Err(_) => Err(NotConnected { reason: "none in time".to_owned() }),
    }
}
