//! Dovecot, run without privileges in a folder of its own on loopback ports.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// User and group that are nobody's, on Debian and elsewhere.
const NOBODY: u32 = 65534;

/// A running server with one mailbox.
pub(super) struct Dovecot {
    folder: TempDir,
    /// None while it is stopped.
    child: Option<Child>,
    /// Port for plain text.
    pub(super) plain: u16,
    /// Port for TLS.
    pub(super) tls: u16,
    /// The certificate that it shows, as PEM.
    pub(super) certificate: Vec<u8>,
    tokens: TokenInfo,
}

/// The token that is taken, for the user `clinic`.
pub(super) const TOKEN: &str = "t0ken-of-the-clinic";

/// What the server asks whether a token is good: an HTTP endpoint that ends with it.
struct TokenInfo {
    port: u16,
    stop: Arc<AtomicBool>,
}

impl TokenInfo {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                let mut first = String::new();
                BufReader::new(&mut stream).read_line(&mut first).unwrap();
                let is_good = first.starts_with(&format!("GET /?token={TOKEN} "));
                let (status, body) = if is_good {
                    ("200 OK", r#"{"email":"clinic","active":"yes"}"#)
                } else {
                    ("401 Unauthorized", "{}")
                };
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { port, stop }
    }
}

impl Drop for TokenInfo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn binary() -> Option<PathBuf> {
    ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/usr/bin/dovecot"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.is_file())
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Dovecot {
    /// Starts one; none where Dovecot is not installed, which is said with the test's name.
    pub(super) fn start(test: &str) -> Option<Self> {
        let Some(binary) = binary() else {
            bridge_net::kit::absent(test, "dovecot is not installed (Debian: dovecot-imapd)").unwrap();
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = made.cert.pem().into_bytes();
        fs::write(folder.path().join("cert.pem"), &certificate).unwrap();
        fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        for part in ["", "mail", "mail/new", "mail/cur", "mail/tmp", "run", "state", "home"] {
            fs::create_dir_all(folder.path().join(part)).unwrap();
        }
        let mut server = Self { folder, child: None, plain: 0, tls: 0, certificate, tokens: TokenInfo::start() };
        // A port that was free may be taken by the time it is used.
        for _ in 0..5 {
            (server.plain, server.tls) = (free_port(), free_port());
            server.child =
                Some(Self::spawn(&binary, server.folder.path(), server.plain, server.tls, server.tokens.port));
            if server.listens() {
                return Some(server);
            }
            server.stop();
        }
        panic!("dovecot does not start: {}", server.log());
    }

    fn spawn(binary: &Path, folder: &Path, plain: u16, tls: u16, tokens: u16) -> Child {
        let root = said("id", &["-u"]) == "0";
        let (user, group) = if root {
            ("nobody".to_owned(), "nogroup".to_owned())
        } else {
            (said("id", &["-un"]), said("id", &["-gn"]))
        };
        let (uid, gid) =
            if root { (NOBODY.to_string(), NOBODY.to_string()) } else { (said("id", &["-u"]), said("id", &["-g"])) };
        let here = folder.display();
        fs::write(
            folder.join("dovecot.conf"),
            format!(
                "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {here}/run\nstate_dir = {here}/state\nlog_path = {here}/log\n\
                 default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
                 mail_location = maildir:{here}/mail\nfirst_valid_uid = 1\nssl = yes\nssl_cert = <{here}/cert.pem\nssl_key = <{here}/key.pem\n\
                 disable_plaintext_auth = no\nauth_mechanisms = plain xoauth2\n\
                 passdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {here}/oauth2.conf\n}}\n\
                 passdb {{\n  driver = passwd-file\n  args = scheme=plain username_format=%u {here}/users\n}}\n\
                 userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={here}/home\n}}\n\
                 service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {plain}\n  }}\n  inet_listener imaps {{\n    port = {tls}\n    ssl = yes\n  }}\n}}\n\
                 service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n"
            ),
        )
        .unwrap();
        fs::write(
            folder.join("oauth2.conf"),
            format!(
                "tokeninfo_url = http://127.0.0.1:{tokens}/?token=\nusername_attribute = email\nactive_attribute = active\n\
                 active_value = yes\n"
            ),
        )
        .unwrap();
        fs::write(folder.join("users"), "clinic:pass word \"x\\\n").unwrap();
        let mut command = Command::new(binary);
        command
            .arg("-F")
            .arg("-c")
            .arg(folder.join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if root {
            own(folder);
            command.uid(NOBODY).gid(NOBODY);
        }
        command.process_group(0).spawn().unwrap()
    }

    /// Waits until both ports accept; false if it ends.
    fn listens(&mut self) -> bool {
        for _ in 0..1000 {
            if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            if [self.plain, self.tls].into_iter().all(|port| TcpStream::connect(("127.0.0.1", port)).is_ok()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Stops the server with every process of it: those that hold a connection would outlive it.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = child.wait();
    }

    /// Stops the server and starts it again on the same ports, with the same mailbox.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.child = Some(Self::spawn(&binary().unwrap(), self.folder.path(), self.plain, self.tls, self.tokens.port));
        assert!(self.listens(), "dovecot does not start again: {}", self.log());
    }

    /// Puts a mail into the mailbox.
    pub(super) fn deliver(&self, number: usize, text: &[u8]) {
        let name = format!("{}.M1P1.host", 1_790_000_000 + number);
        let unfinished = self.folder.path().join("mail/tmp").join(&name);
        fs::write(&unfinished, text).unwrap();
        fs::rename(unfinished, self.folder.path().join("mail/new").join(name)).unwrap();
    }

    /// The flags of the mails in a folder of the mailbox (`` for the inbox), by the order of delivery.
    pub(super) fn flags(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = ["new", "cur"]
            .into_iter()
            .flat_map(|part| {
                fs::read_dir(self.folder.path().join("mail").join(folder).join(part)).into_iter().flatten()
            })
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
            .into_iter()
            .map(|name| name.split_once(":2,").map_or(String::new(), |(_, flags)| flags.to_owned()))
            .collect()
    }
}

/// Gives a folder and what is in it to nobody.
fn own(path: &Path) {
    let _ = chown(path, Some(NOBODY), Some(NOBODY));
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        own(&entry.path());
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}
