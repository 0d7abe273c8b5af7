//! Where the server is, and how it is reached.

use super::failure::Failure;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a server may leave what was sent unacknowledged.
const SILENCE: Duration = Duration::from_secs(15);
/// How long one host of several may take to answer.
const CONNECT: Duration = Duration::from_secs(4);
/// Connections of one service at once, if nothing else is said.
const CONNECTIONS: usize = 8;

/// What of the settings cannot work. None of it carries a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It cannot be read.
    #[error("this is no PostgreSQL address: postgresql://USER@HOST:PORT/DATABASE, options behind ?")]
    Url,
    /// A password stands in it.
    #[error("a password stands in the address; keep it in a file or in the environment")]
    PasswordInUrl,
    /// No host stands in it.
    #[error("no host stands in the address; a socket is named as postgresql:///DATABASE?host=/run/postgresql")]
    NoHost,
    /// TLS is switched off for a host that is not this one.
    #[error("only a loopback address or a socket can be used without TLS")]
    Plain,
    /// The extra certificates cannot be read.
    #[error("this is no certificate authority as PEM")]
    ExtraCa,
    /// There are no certificates to trust.
    #[error("the system has no certificate authorities; name one")]
    NoRoots,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls,
}

/// Where the server is, and how it is reached. `Debug` and `Display` show hosts and database only.
#[derive(Clone)]
pub struct PostgresSettings {
    config: Config,
    tls: Option<Arc<ClientConfig>>,
    connections: usize,
}

impl std::fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresSettings({self})")
    }
}

impl std::fmt::Display for PostgresSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("postgresql://")?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(index).or_else(|| ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl PostgresSettings {
    /// Reads `postgresql://USER@HOST:PORT/DATABASE`, several hosts separated by commas, and options as libpq knows them. Whatever is not
    /// on this machine is reached by TLS 1.3 with certificates validated, by the system's authorities and those in `extra_ca` (PEM).
    ///
    /// # Errors
    /// What cannot work.
    pub fn new(url: &str, password: Option<&str>, extra_ca: Option<&[u8]>) -> Result<Self, SettingsError> {
        let mut config: Config = url.parse().map_err(|_| SettingsError::Url)?;
        if config.get_password().is_some() {
            return Err(SettingsError::PasswordInUrl);
        }
        if let Some(password) = password {
            config.password(password);
        }
        if config.get_hosts().is_empty() {
            return Err(SettingsError::NoHost);
        }
        let far = !config.get_hosts().iter().all(is_here)
            || config.get_hostaddrs().iter().any(|address| !address.is_loopback());
        let tls = match (far, config.get_ssl_mode()) {
            (true, SslMode::Disable) => return Err(SettingsError::Plain),
            (false, SslMode::Disable | SslMode::Prefer) => {
                config.ssl_mode(SslMode::Disable);
                None
            }
            _ => {
                config.ssl_mode(SslMode::Require);
                Some(Arc::new(tls(extra_ca)?))
            }
        };
        if config.get_application_name().is_none() {
            config.application_name("access-bridge");
        }
        // Of several hosts, the one that takes writes.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        Ok(Self { config, tls, connections: CONNECTIONS })
    }

    /// The same with another number of connections, at least two: some write, some read.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections.clamp(2, 64);
        self
    }

    /// Connections that read, and connections that write.
    pub(super) const fn shares(&self) -> (usize, usize) {
        let readers = if self.connections < 8 { 1 } else { self.connections / 4 };
        (readers, self.connections.saturating_sub(readers))
    }

    /// Connects; the connection is driven by the runtime this is called on.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        match &self.tls {
            None => {
                let (client, connection) =
                    self.config.connect(NoTls).await.map_err(|error| Failure::opening(&error))?;
                // Its end is seen by whoever asks next.
                tokio::spawn(async move { drop(connection.await) });
                Ok(client)
            }
            Some(tls) => {
                let tls = MakeRustlsConnect::new(ClientConfig::clone(tls));
                let (client, connection) = self.config.connect(tls).await.map_err(|error| Failure::opening(&error))?;
                tokio::spawn(async move { drop(connection.await) });
                Ok(client)
            }
        }
    }
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn tls(extra_ca: Option<&[u8]>) -> Result<ClientConfig, SettingsError> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = extra_ca {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| SettingsError::ExtraCa)?;
            roots.add(certificate).map_err(|_| SettingsError::ExtraCa)?;
        }
        if roots.is_empty() {
            return Err(SettingsError::ExtraCa);
        }
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(SettingsError::NoRoots);
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| SettingsError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_hosts_need_tls_and_near_ones_do_not() {
        for url in
            ["postgresql://u@127.0.0.1:5433/a", "postgresql://u@localhost/a", "postgresql:///a?host=/run/postgresql"]
        {
            assert!(PostgresSettings::new(url, None, None).unwrap().tls.is_none(), "{url}");
        }
        for url in [
            "postgresql://u@db.example.org/a",
            "postgresql://u@127.0.0.1,10.0.0.1/a",
            "postgresql://u@localhost/a?hostaddr=10.0.0.1",
        ] {
            let settings = PostgresSettings::new(url, None, None).unwrap();
            assert!(settings.tls.is_some() && settings.config.get_ssl_mode() == SslMode::Require, "{url}");
            let plain = format!("{url}{}sslmode=disable", if url.contains('?') { "&" } else { "?" });
            assert_eq!(PostgresSettings::new(&plain, None, None).unwrap_err(), SettingsError::Plain, "{url}");
        }
    }

    #[test]
    fn a_password_is_neither_taken_from_the_address_nor_shown() {
        let error = PostgresSettings::new("postgresql://u:geheim@localhost/a", None, None).unwrap_err();
        assert_eq!(error, SettingsError::PasswordInUrl);
        let settings = PostgresSettings::new("postgresql://user@localhost:5433/bridge", Some("geheim"), None).unwrap();
        assert_eq!(settings.to_string(), "postgresql://localhost:5433/bridge");
        assert_eq!(format!("{settings:?}"), "PostgresSettings(postgresql://localhost:5433/bridge)");
        assert_eq!(PostgresSettings::new("mysql://geheim", None, None).unwrap_err(), SettingsError::Url);
        assert_eq!(PostgresSettings::new("postgresql:///a", None, None).unwrap_err(), SettingsError::NoHost);
    }
}
