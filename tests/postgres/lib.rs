//! A real PostgreSQL for tests: in a folder of its own, on a socket there and on a loopback port, stopped and removed when the process
//! that started it ends, however it ends.
//!
//! It is looked for in `/usr/lib/postgresql/*/bin` (Debian: postgresql) and on the `PATH`. PostgreSQL does not run as root; there the
//! user `postgres`, else `nobody`, runs it.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// User and group that are nobody's.
const NOBODY: u32 = 65534;
/// Where this is set, a test that would be skipped fails.
const REQUIRED: &str = "BRIDGE_REQUIRE_SERVERS";
/// Starts on a port that was free but may be taken by the time it is used.
const STARTS: usize = 5;

/// A server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// Who runs it, where this process is root.
    user: Option<(u32, u32)>,
    port: u16,
    databases: AtomicU32,
    /// Its end is the end of the server.
    _lifeline: ChildStdin,
}

/// The newest folder with PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = versions.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    named.into_iter().find(|folder| ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).is_file()))
}

/// The user who runs it, where this process is root.
fn user(folder: &Path) -> Option<(u32, u32)> {
    if fs::metadata(folder).expect("the folder is there").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let postgres = users.lines().find_map(|line| {
        let mut parts = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    Some(postgres.unwrap_or((NOBODY, NOBODY)))
}

impl Server {
    /// One that every test of this process shares; none where PostgreSQL is not installed, which is said with the test's name, or is
    /// a failure where `BRIDGE_REQUIRE_SERVERS` is set.
    pub fn shared(test: &str) -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let server = SERVER.get_or_init(Self::find).as_ref();
        if server.is_none() {
            skipped(test);
        }
        server
    }

    /// One of its own, for a test that stops it; else as [`Server::shared`].
    pub fn start(test: &str) -> Option<Self> {
        let server = Self::find();
        if server.is_none() {
            skipped(test);
        }
        server
    }

    fn find() -> Option<Self> {
        programs().map(|programs| {
            Self::make(programs, |server, data| {
                server.must(
                    "initdb",
                    &["-D", data, "-U", "bridge", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
                );
            })
        })
    }

    /// Starts a server whose folder of data is made by `fill`.
    fn make(programs: PathBuf, fill: impl FnOnce(&Self, &str)) -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().expect("a folder").keep();
        let user = user(&folder);
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("the folder is given away");
        }
        // Stops the server and removes its folder when the pipe ends: when this process does.
        let mut watch = Command::new("/bin/sh");
        watch
            .args(["-c", "read -r _; \"$1/pg_ctl\" -D \"$2/data\" -m immediate stop; rm -rf \"$2\"", "watch"])
            .arg(&programs)
            .arg(&folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to the terminal's group is not for it.
            .process_group(0);
        become_user(&mut watch, user);
        let lifeline = watch.spawn().expect("a shell").stdin.take().expect("a pipe");
        let mut server = Self { folder, programs, user, port: 0, databases: AtomicU32::new(0), _lifeline: lifeline };
        let data = server.folder.join("data");
        fill(&server, text(&data));
        let settings = format!(
            "unix_socket_directories = '{}'\nlisten_addresses = '127.0.0.1'\nmax_connections = 300\nshared_buffers = '32MB'\n",
            server.folder.display()
        );
        let file = data.join("postgresql.conf");
        let before = fs::read_to_string(&file).expect("its configuration");
        fs::write(file, before + &settings).expect("its configuration");
        for _ in 0..STARTS {
            server.port = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a port").port();
            if server.control(&["start"]).status.success() {
                return server;
            }
        }
        panic!("postgresql does not start: {}", fs::read_to_string(server.folder.join("log")).unwrap_or_default());
    }

    /// A standby of this server, and from now on no commit here returns before the standby has it. It takes no writes until it is
    /// promoted.
    pub fn standby(&self) -> Self {
        let port = self.port.to_string();
        let standby = Self::make(self.programs.clone(), |server, data| {
            let from = ["-h", text(&self.folder), "-p", &port, "-U", "bridge"];
            let how = ["-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync"];
            server.must("pg_basebackup", &[&from[..], &how[..]].concat());
        });
        self.psql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.psql("postgres", "SELECT pg_reload_conf()");
        standby
    }

    /// Makes a standby a server that takes writes.
    pub fn promote(&self) {
        assert!(self.control(&["promote"]).status.success());
    }

    /// The address of a database that is here, or, when this server has failed, on a standby.
    pub fn address_with(&self, standby: &Self, name: &str) -> String {
        format!("postgresql://bridge@127.0.0.1:{},127.0.0.1:{}/{name}", self.port, standby.port)
    }

    /// Its folder, where the socket is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new, empty database; gives its address on the socket.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        self.address(&name)
    }

    /// The address of a database on the socket.
    pub fn address(&self, name: &str) -> String {
        format!("postgresql://bridge@/{name}?host={}&port={}", self.folder.display(), self.port)
    }

    /// Runs statements in a database; gives what they print, columns separated by `|`.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let port = self.port.to_string();
        let output = self.must(
            "psql",
            &[
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                text(&self.folder),
                "-p",
                &port,
                "-U",
                "bridge",
                "-d",
                database,
                "-c",
                sql,
            ],
        );
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Switches TLS on with a certificate and its key, as PEM; connections on 127.0.0.1 must use it then.
    pub fn speak_tls(&self, certificate: &str, key: &str) {
        let data = self.folder.join("data");
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            fs::write(&path, text).expect("a file of the server");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a file of the server");
            if let Some((uid, gid)) = self.user {
                chown(&path, Some(uid), Some(gid)).expect("a file of the server");
            }
        }
        let rules = data.join("pg_hba.conf");
        fs::write(rules, "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n").expect("its rules");
        self.psql("postgres", "ALTER SYSTEM SET ssl = on");
        self.psql("postgres", "SELECT pg_reload_conf()");
    }

    /// Kills it as a crash would.
    pub fn crash(&self) {
        assert!(self.control(&["-m", "immediate", "stop"]).status.success());
    }

    /// Starts it again on the same socket and port.
    pub fn resume(&self) {
        assert!(self.control(&["start"]).status.success());
    }

    fn control(&self, arguments: &[&str]) -> Output {
        let (data, log) = (self.folder.join("data"), self.folder.join("log"));
        let options = format!("-p {}", self.port);
        let mut all = vec!["-D", text(&data), "-l", text(&log), "-s", "-w", "-o", &options];
        all.extend(arguments);
        self.run("pg_ctl", &all)
    }

    fn must(&self, program: &str, arguments: &[&str]) -> Output {
        let output = self.run(program, arguments);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir("/").env_remove("PGHOST").env_remove("PGPORT");
        become_user(&mut command, self.user);
        if program == "pg_ctl" {
            // The server keeps what it inherits, so that a pipe would never end.
            let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            return Output { status: status.expect("pg_ctl runs"), stdout: Vec::new(), stderr: Vec::new() };
        }
        command.output().expect("a program of PostgreSQL runs")
    }
}

/// Says that a test is passed over; where servers are required, it fails.
fn skipped(test: &str) {
    let what = "PostgreSQL is not installed (Debian: postgresql)";
    assert!(std::env::var_os(REQUIRED).is_none(), "{test}: {what}, and {REQUIRED} is set");
    // Past the capture of the test runner, which keeps what a test prints to itself where it passes.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {what}");
}

fn become_user(command: &mut Command, user: Option<(u32, u32)>) {
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
