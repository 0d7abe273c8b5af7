//! `[nats]`: the broker that JetStream sources and routes share.

use super::sources::client_files;
use super::{Config, ConfigError, raw};
use crate::config::check::is_host_and_port;
use bridge_net::nats::{Credentials, Options};
use bridge_types::Secret;

impl Config {
    /// Checks the table, without looking at the files it names. `user` is the key of whoever needs it.
    pub(super) fn check_nats(&self, user: &str) -> Result<(), ConfigError> {
        let Some(nats) = &self.file.nats else {
            return Err(self.value(user, "jetstream needs a table [nats] with the servers"));
        };
        if nats.servers.is_empty() || !nats.servers.iter().all(|server| is_host_and_port(server)) {
            return Err(self.value("nats.servers", "expected hosts and ports, such as [\"nats.example.org:4222\"]"));
        }
        if nats.tls.is_none() && !nats.servers.iter().all(|server| is_loopback(server)) {
            return Err(self.value(
                "nats.servers",
                "feeds would go over the network as they are: add tls = {} (or with your own ca), or use loopback addresses",
            ));
        }
        if nats.user.is_none() && nats.password_file.is_some() {
            return Err(self.value("nats.password_file", "belongs to a user"));
        }
        if nats.user.is_some() && nats.token_file.is_some() {
            return Err(self.value("nats.token_file", "either a token or a user"));
        }
        self.client_files("nats.tls", nats.tls.as_ref()).map(|_| ())
    }

    /// How to connect to the broker.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn nats(&self) -> Result<Options, ConfigError> {
        let nats = self.file.nats.as_ref().ok_or_else(|| self.value("nats", "there is no such table"))?;
        let tls = self.certificates("nats.tls", client_files(self, nats.tls.as_ref()))?;
        let secret = |file: &Option<String>, key: &str, variable: &str| {
            self.secret(file.as_deref(), key, variable, "").map(|found| found.map(Secret::new))
        };
        let credentials = match &nats.user {
            Some(user) => {
                let password =
                    secret(&nats.password_file, "nats.password_file", "NATS_PASSWORD")?.ok_or_else(|| {
                        self.value("nats.password_file", "no password: name a file, or set ACCESS_BRIDGE_NATS_PASSWORD")
                    })?;
                Credentials::User(user.clone(), password)
            }
            None => {
                secret(&nats.token_file, "nats.token_file", "NATS_TOKEN")?.map_or(Credentials::None, Credentials::Token)
            }
        };
        Ok(Options {
            servers: nats.servers.clone(),
            tls,
            credentials,
            name: "access-bridge".to_owned(),
            limit: self.file.times.delivery_response.0,
        })
    }

    /// The files of a client, where what is given belongs together.
    pub(super) fn client_files(
        &self,
        key: &str,
        tls: Option<&raw::ClientTls>,
    ) -> Result<Option<bridge_net::tls::ClientFiles>, ConfigError> {
        if tls.is_some_and(|tls| tls.certificate.is_some() != tls.key.is_some()) {
            return Err(self.value(key, "a certificate and its key are given together"));
        }
        Ok(client_files(self, tls))
    }
}

fn is_loopback(server: &str) -> bool {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    super::is_loopback_host(host)
}
