//! The service as a process that is going to be killed.

use super::Death;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// Lines of the log that are kept to be shown.
const KEPT: usize = 60;

/// What the service says of itself.
#[derive(Debug)]
pub(super) enum Saying {
    /// It takes feeds at this address.
    Listens(String),
    /// It came to the step and stands still.
    AtStep,
    /// It is gone.
    Gone,
}

/// The process; killed when it is dropped.
pub(super) struct Victim {
    child: Child,
    sayings: mpsc::UnboundedReceiver<Saying>,
    log: Arc<Mutex<VecDeque<String>>>,
}

impl Victim {
    /// Starts it.
    pub(super) fn start(mut command: Command, death: Option<Death>) -> Self {
        if let Some(Death::At(step, time)) = death {
            command.env("BRIDGE_FAILPOINT", format!("{}:{time}", step.as_str()));
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (tell, sayings) = mpsc::unbounded_channel();
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if line.starts_with("failpoint ") {
                    let _ = tell.send(Saying::AtStep);
                } else if line.contains("listening for MLLP") {
                    let address = line.split("address=").nth(1).and_then(|rest| rest.split_whitespace().next());
                    let _ = tell.send(Saying::Listens(address.unwrap_or_default().to_owned()));
                }
                let mut kept = kept.lock().unwrap();
                kept.push_back(line);
                if kept.len() > KEPT {
                    kept.pop_front();
                }
            }
            let _ = tell.send(Saying::Gone);
        });
        Self { child, sayings, log }
    }

    /// The next thing it says.
    pub(super) async fn next(&mut self) -> Saying {
        self.sayings.recv().await.unwrap_or(Saying::Gone)
    }

    /// The end of its log.
    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap().iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// Kills it (`SIGKILL`).
    pub(super) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.end();
    }
}
