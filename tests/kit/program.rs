//! The program as a child process.

use crate::{places, until};
use bridge_routes::mllp::{Timeouts, send_once};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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
    /// Standard error.
    pub err: String,
}

fn command(config: &Path, variables: &[(String, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(places::program());
    command.args(arguments).arg("--config").arg(config).envs(variables.iter().cloned()).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn finish(config: &Path, variables: &[(String, String)], arguments: &[&str]) -> Finished {
    let output = command(config, variables, arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Finished { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

impl Program {
    /// Starts the service; when this returns, it accepts feeds. `log` takes its standard error.
    pub(crate) async fn start(config: &Path, variables: &[(String, String)], log: PathBuf) -> Self {
        let file = std::fs::File::create(&log).unwrap();
        let child = command(config, variables, &["run"]).stdout(Stdio::null()).stderr(file).spawn().unwrap();
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

    /// What it wrote to standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
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
