//! What tests of connections stand on: certificates made at run time, and a NATS server where one is installed.

use crate::tls::{ClientFiles, ServerFiles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// An authority, with its files in a folder of its own.
pub struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes one.
    ///
    /// # Errors
    /// What the system or the library says.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let folder = TempDir::new()?;
        fs::write(folder.path().join("ca.pem"), issuer.pem())?;
        Ok(Self { folder, issuer })
    }

    /// A file in its folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its own certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// Issues a certificate for a host: its file, and that of its key.
    ///
    /// # Errors
    /// What the system or the library says.
    pub fn issue(&self, name: &str, host: &str) -> Result<(PathBuf, PathBuf), Box<dyn Error>> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![host.to_owned()])?.signed_by(&key, &self.issuer)?;
        let (one, two) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        fs::write(&two, key.serialize_pem())?;
        fs::write(&one, certificate.pem())?;
        Ok((one, two))
    }

    /// The files of a listener on this machine that lets in whom another authority vouches for.
    ///
    /// # Errors
    /// What the system or the library says.
    pub fn server(&self, clients: Option<&Self>) -> Result<ServerFiles, Box<dyn Error>> {
        let (certificate, key) = self.issue("server", "localhost")?;
        Ok(ServerFiles { certificate, key, client_ca: clients.map(Self::ca) })
    }

    /// The files of a client that trusts this authority, and shows a certificate of another.
    ///
    /// # Errors
    /// What the system or the library says.
    pub fn client(&self, vouching: Option<&Self>) -> Result<ClientFiles, Box<dyn Error>> {
        let identity = vouching.map(|authority| authority.issue("client", "engine")).transpose()?;
        Ok(ClientFiles { ca: Some(self.ca()), identity })
    }
}

/// Where this is set, a test that would be skipped for want of a server fails.
const REQUIRED: &str = "BRIDGE_REQUIRE_SERVERS";

/// Says, with the test's name, that a server is not there.
///
/// # Errors
/// Where `BRIDGE_REQUIRE_SERVERS` is set: the test must not pass without having tested anything.
pub fn absent(test: &str, what: &str) -> Result<(), Box<dyn Error>> {
    passed_over(test, what, std::env::var_os(REQUIRED).is_some(), &mut std::io::stderr())
}

fn passed_over(test: &str, what: &str, required: bool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    if required {
        return Err(format!("{test}: {what}, and {REQUIRED} is set").into());
    }
    // Not a log of the product: the test's own words.
    writeln!(out, "skipped: {test}: {what}")?;
    Ok(())
}

/// A NATS server with JetStream, in a folder of its own on a loopback port; it ends when it is dropped.
#[derive(Debug)]
pub struct NatsServer {
    folder: TempDir,
    child: Child,
    port: u16,
    tls: Option<ServerFiles>,
}

impl NatsServer {
    /// Starts one; none where it is not installed, which is said with the test's name.
    ///
    /// # Errors
    /// One that does not start, and as [`absent`].
    pub fn start(test: &str) -> Result<Option<Self>, Box<dyn Error>> {
        Self::start_with(test, None)
    }

    /// The same with TLS, for whom the authority of the files lets in.
    ///
    /// # Errors
    /// One that does not start.
    pub fn start_with(test: &str, tls: Option<ServerFiles>) -> Result<Option<Self>, Box<dyn Error>> {
        let found = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]
            .map(Path::new)
            .into_iter()
            .find(|path| path.is_file());
        let Some(binary) = found else {
            absent(test, "nats-server is not installed (Debian: nats-server)")?;
            return Ok(None);
        };
        let folder = TempDir::new()?;
        let (child, port) = Self::spawn(binary, folder.path(), "-1", tls.as_ref())?;
        Ok(Some(Self { folder, child, port, tls }))
    }

    fn spawn(
        binary: &Path,
        folder: &Path,
        port: &str,
        tls: Option<&ServerFiles>,
    ) -> Result<(Child, u16), Box<dyn Error>> {
        let mut command = Command::new(binary);
        if let Some(tls) = tls {
            command.arg("--tls").arg("--tlscert").arg(&tls.certificate).arg("--tlskey").arg(&tls.key);
            if let Some(ca) = &tls.client_ca {
                command.arg("--tlsverify").arg("--tlscacert").arg(ca);
            }
        }
        let mut child = command
            .args(["-js", "-a", "127.0.0.1", "-p", port, "-sd"])
            .arg(folder.join("store"))
            .arg("--ports_file_dir")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let ports = folder.join(format!("nats-server_{}.ports", child.id()));
        // Half a minute.
        for _ in 0..3000 {
            let text = fs::read_to_string(&ports).unwrap_or_default();
            let port = text.split("127.0.0.1:").nth(1).and_then(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            });
            if let Some(port) = port {
                return Ok((child, port));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        Err("nats-server does not start".into())
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The same by the name that certificates have.
    #[must_use]
    pub fn named(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Starts it again with other certificates.
    ///
    /// # Errors
    /// One that does not start.
    pub fn restart_with(&mut self, tls: ServerFiles) -> Result<(), Box<dyn Error>> {
        self.tls = Some(tls);
        self.restart()
    }

    /// Ends it at once and starts it again on the same port and store.
    ///
    /// # Errors
    /// One that does not start.
    pub fn restart(&mut self) -> Result<(), Box<dyn Error>> {
        self.end();
        let binary = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
        let binary = binary.map(Path::new).into_iter().find(|path| path.is_file()).ok_or("it is gone")?;
        (self.child, self.port) = Self::spawn(binary, self.folder.path(), &self.port.to_string(), self.tls.as_ref())?;
        Ok(())
    }

    /// Ends it at once.
    pub fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::passed_over;

    #[test]
    fn a_test_without_its_server_fails_where_servers_are_required() {
        let mut said = Vec::new();
        assert!(passed_over("this", "nothing is installed", false, &mut said).is_ok());
        assert_eq!(said, b"skipped: this: nothing is installed\n");
        let failure = passed_over("this", "nothing is installed", true, &mut said).unwrap_err().to_string();
        assert_eq!(failure, "this: nothing is installed, and BRIDGE_REQUIRE_SERVERS is set");
    }
}
