//! The program as a child process.

use crate::{places, until};
use bridge_routes::mllp::{Timeouts, send_once};
use bridge_types::mllp::{Block, Decoder};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// `access-bridge run`, killed when it is dropped.
pub struct Program {
    child: Child,
    log: PathBuf,
    door: String,
}

/// A command that ended.
pub struct Finished {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard output as it came.
    pub bytes: Vec<u8>,
    /// Standard error.
    pub err: String,
}

/// What a listener answers to bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A message in a frame.
    Answer(String),
    /// The connection ended without one.
    Nothing,
}

impl Reply {
    /// `MSA-1`, or `none`.
    pub fn code(&self) -> &str {
        let Self::Answer(text) = self else { return "none" };
        let line = text.split('\r').find(|line| line.starts_with("MSA")).unwrap_or_default();
        line.split('|').nth(1).unwrap_or_default()
    }
}

pub(crate) fn command(config: &Path, variables: &[(String, String)], arguments: &[&str]) -> Command {
    wrapped(Command::new(places::program()), config, variables, arguments)
}

fn wrapped(mut command: Command, config: &Path, variables: &[(String, String)], arguments: &[&str]) -> Command {
    command.args(arguments).arg("--config").arg(config).envs(variables.iter().cloned()).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn finish(config: &Path, variables: &[(String, String)], arguments: &[&str]) -> Finished {
    let output = command(config, variables, arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Finished { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr), bytes: output.stdout }
}

/// Sends bytes as they are on a connection of their own, and waits for what comes back.
async fn talk(door: &str, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(door).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    let heard = async {
        while !answer.ends_with(b"\x1c\r") {
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return false,
                Ok(count) => answer.extend_from_slice(&chunk[..count]),
            }
        }
        true
    };
    let whole = tokio::time::timeout(Duration::from_secs(20), heard).await.expect("neither an answer nor an end");
    let text = String::from_utf8_lossy(&answer).trim_matches(['\u{b}', '\u{1c}', '\r']).to_owned();
    if whole { Reply::Answer(text) } else { Reply::Nothing }
}

/// Sends a payload as one frame on a connection of its own, and waits for what comes back.
pub async fn exchange(door: &str, payload: &[u8]) -> Reply {
    talk(door, &[b"\x0b", payload, b"\x1c\r"].concat()).await
}

/// Runs a command that needs no configuration to its end.
pub fn offline(arguments: &[&str]) -> Finished {
    let mut command = Command::new(places::program());
    command.args(arguments).current_dir(std::env::temp_dir()).stdin(Stdio::null());
    let output = command.env("XDG_CACHE_HOME", places::target().join("it-cache")).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Finished { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr), bytes: output.stdout }
}

impl Program {
    /// Starts the service; when this returns, it accepts feeds. `log` takes its standard error.
    pub(crate) async fn start(config: &Path, variables: &[(String, String)], log: PathBuf) -> Self {
        Self::spawn(command(config, variables, &["run"]), log).await
    }

    /// Starts the service so that a file that cannot grow is an error to it and not its end.
    #[cfg(target_os = "linux")]
    pub(crate) async fn start_in_shell(config: &Path, variables: &[(String, String)], log: PathBuf) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(places::program());
        Self::spawn(wrapped(shell, config, variables, &["run"]), log).await
    }

    /// Starts the service with an input, as `access-bridge run --stdin`.
    pub(crate) async fn start_with_input(
        config: &Path,
        variables: &[(String, String)],
        log: PathBuf,
        input: std::fs::File,
    ) -> Self {
        let mut command = command(config, variables, &["run", "--stdin"]);
        command.stdin(input);
        Self::spawn(command, log).await
    }

    async fn spawn(mut command: Command, log: PathBuf) -> Self {
        let file = std::fs::File::create(&log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let mut program = Self { child, log, door: String::new() };
        program.door = until("the service listens", || {
            let log = program.log();
            assert!(program.child.try_wait().unwrap().is_none(), "the service ended:\n{log}");
            let line = log.lines().find(|line| line.contains("listening for MLLP"))?.to_owned();
            let address = line.split("address=").nth(1)?.split_whitespace().next()?.to_owned();
            log.contains(" started ").then_some(address)
        })
        .await;
        program
    }

    /// Sends a feed and gives back `MSA-1`.
    pub async fn send(&self, feed: &[u8]) -> String {
        let times = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(20) };
        let answer = send_once(&self.door, feed, times).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let line = answer.split('\r').find(|line| line.starts_with("MSA")).unwrap();
        line.split('|').nth(1).unwrap().to_owned()
    }

    /// From now on no file of the service can be written beyond so many bytes, as on a full disk; `None` gives the space back.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let pid = self.child.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:")]).status().unwrap();
        assert!(done.success(), "prlimit failed");
    }

    /// Sends bytes as they are on a connection of their own, and waits for what comes back.
    pub async fn talk(&self, bytes: &[u8]) -> Reply {
        talk(&self.door, bytes).await
    }

    /// Sends bytes as they are on a connection of their own, and waits for so many answers.
    pub async fn converse(&self, bytes: &[u8], answers: usize) -> Vec<String> {
        let mut stream = TcpStream::connect(&self.door).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let (mut decoder, mut chunk, mut heard) = (Decoder::default(), [0; 4096], Vec::new());
        while heard.len() < answers {
            let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut chunk));
            let count = read.await.expect("an answer is missing").unwrap();
            let mut rest = &chunk[..count];
            while let Some(Block::Frame(answer)) = decoder.decode(&mut rest).unwrap() {
                heard.push(String::from_utf8(answer.into_inner()).unwrap());
            }
        }
        heard
    }

    /// Sends a payload as one frame.
    pub async fn exchange(&self, payload: &[u8]) -> Reply {
        exchange(&self.door, payload).await
    }

    /// Sends the beginning of something and goes away.
    pub async fn break_off(&self, bytes: &[u8]) {
        let mut stream = TcpStream::connect(&self.door).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it takes feeds over HTTP.
    pub fn web(&self) -> String {
        let log = self.log();
        let line = log.lines().find(|line| line.contains("listening for HTTP")).expect("an HTTP source");
        line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
    }

    /// Sends a request over HTTP; the status and the body of the answer.
    pub async fn post(&self, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.web()).await.unwrap();
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let mut answer = Vec::new();
        let reading = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer));
        reading.await.expect("an answer in time").unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Where it takes feeds.
    pub fn door(&self) -> &str {
        &self.door
    }

    /// What it wrote to standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it ends by itself; gives its exit code.
    pub async fn end(&mut self) -> Option<i32> {
        until("the service ends", || self.child.try_wait().unwrap()).await.code()
    }

    /// Ends it at once, without a chance to finish anything (`SIGKILL`).
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
