//! Running other programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// Why a command of xtask failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A program could not be started.
    #[error("`{program}` could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program ended with an error.
    #[error("`{command}` failed with exit status {status}")]
    Status {
        /// The command line.
        command: String,
        /// Its exit status, -1 for a signal.
        status: i32,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The command line names something that is not there.
    #[error("{0}")]
    Usage(String),
    /// The component could not be encoded.
    #[error("the component could not be encoded: {0}")]
    Encode(String),
    /// The component is not what `wit/` says.
    #[error("the component is not what wit/ says: {0}")]
    World(String),
    /// The wasm target is missing and could not be added.
    #[error(
        "the target wasm32-unknown-unknown is not installed\nhint: run `rustup target add wasm32-unknown-unknown`, or install your distribution's package of the standard library for it"
    )]
    Target,
}

impl Failure {
    /// Exit code for the shell.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Status { status, .. } => u8::try_from(*status).map_or(ExitCode::FAILURE, ExitCode::from),
            Self::Usage(_) => ExitCode::from(crate::USAGE),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Prints one text to standard error.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stderr().lock();
    // Nothing sensible is left to do when standard error is gone.
    let _ = writeln!(out, "{text}");
}

/// Prints one text to standard output: what was asked for.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command to its end; its exit status must be 0.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|source| Failure::Start { program: line(command), source })?;
    ended(command, status)
}

/// Runs a command as [`run`] does, and shows what it says on standard error only where it fails.
pub(crate) fn run_silently(command: &mut Command) -> Result<(), Failure> {
    let output = command.stdout(Stdio::inherit()).stderr(Stdio::piped()).output();
    let output = output.map_err(|source| Failure::Start { program: line(command), source })?;
    if !output.status.success() {
        say(String::from_utf8_lossy(&output.stderr).trim_end());
    }
    ended(command, output.status)
}

/// Runs a command as [`run`] does, and shows each line of what it says to `see` as well.
pub(crate) fn follow(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), Failure> {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|source| Failure::Start { program: line(command), source })?;
    let (sender, lines) = std::sync::mpsc::channel();
    if let (Some(out), Some(errors)) = (child.stdout.take(), child.stderr.take()) {
        let other = sender.clone();
        std::thread::spawn(move || pass_on(out, std::io::stdout(), &sender));
        std::thread::spawn(move || pass_on(errors, std::io::stderr(), &other));
        // Ends when both streams have.
        lines.iter().for_each(|line: String| see(&line));
    }
    let status = child.wait().map_err(|source| Failure::Start { program: line(command), source })?;
    ended(command, status)
}

/// Writes what is read on, line by line, and tells each line.
fn pass_on(from: impl Read, mut to: impl Write, lines: &std::sync::mpsc::Sender<String>) {
    let mut from = BufReader::new(from);
    let mut bytes = Vec::new();
    while from.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
        let _ = to.write_all(&bytes);
        let _ = lines.send(String::from_utf8_lossy(&bytes).trim_end().to_owned());
        bytes.clear();
    }
}

fn ended(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::Status { command: line(command), status: status.code().unwrap_or(-1) })
}

fn line(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
