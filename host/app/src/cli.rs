//! The command line.

mod offline;
mod reports;
mod stored;

pub use offline::{Explain, Offline};
pub use reports::{Calendar, Report};
pub use stored::{
    About, Again, ChartsAct, CmsAct, ConfigArgument, LedgerAct, Listing, NoticesAct, One, QuarantineAct, Refused,
    SubmissionsAct, Unmapped,
};

use crate::commands;
use crate::output::{Done, Ending, Trouble, kept, note, warn};
use bridge_net::tls::ClientFiles;
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Joins hospital feeds to the CMS ACCESS API: HL7 v2 in, ACCESS operations out, statuses back into the pipeline.
#[derive(Debug, Parser)]
#[command(name = "access-bridge", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service.
    Run {
        #[command(flatten)]
        config: ConfigArgument,
        /// Takes feeds from standard input, too: `producer | access-bridge run --stdin`.
        #[arg(long)]
        stdin: bool,
    },
    /// Turns feeds into ACCESS payloads, offline: one JSON line per feed. Nothing leaves the machine.
    Convert {
        #[command(flatten)]
        offline: Offline,
        /// Print no payloads, and at the end throughput, time for each feed, counts and memory.
        #[arg(long)]
        stats: bool,
        /// Print the statistics as JSON.
        #[arg(long, requires = "stats")]
        json: bool,
    },
    /// Writes invented HL7 v2 messages, for tests of throughput; the same for the same seed. Nobody real is meant.
    Sample {
        /// How many.
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        count: u64,
        /// Another seed gives other people.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        seed: u64,
        /// What kinds of messages.
        #[arg(long, value_enum, default_value = "mixed")]
        kind: crate::sample::Kind,
    },
    /// Accounts for every populated field of a feed: source, rule and target side by side. Prints patient data.
    Explain(Explain),
    /// Checks the configuration and its profile, with file, line and a hint, and runs the profile's own cases.
    Check {
        /// Configuration to check; `access-bridge.toml` where it is there.
        #[arg(long, value_name = "FILE", env = "ACCESS_BRIDGE_CONFIG")]
        config: Option<PathBuf>,
        /// Profile to check, in place of the configuration's.
        #[arg(long, value_name = "FILE")]
        profile: Option<PathBuf>,
        /// Print the resolved profile as JSON: what the component is loaded with.
        #[arg(long)]
        resolved: bool,
        /// Print findings as JSON lines, and one with a summary.
        #[arg(long)]
        json: bool,
    },
    /// Checks payloads (JSON or NDJSON) against the ACCESS rules before anything is sent.
    Validate {
        /// Site profile, or `example`; that of `access-bridge.toml` where it is there, else the built-in example.
        #[arg(long, value_name = "FILE")]
        profile: Option<PathBuf>,
        /// Print issues as JSON lines.
        #[arg(long)]
        json: bool,
        /// Files; standard input if none or "-".
        files: Vec<PathBuf>,
    },
    /// Plays files to an MLLP listener, such as this program's own, and prints the answers.
    Send {
        /// Where to: host and port.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2575")]
        to: String,
        /// Over TLS: the authority of the listener's certificate, PEM.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// With --ca: our certificate and its key, for listeners that ask for one.
        #[arg(long, value_names = ["CERTIFICATE", "KEY"], num_args = 2, requires = "ca")]
        identity: Vec<PathBuf>,
        /// Print one JSON line for each message.
        #[arg(long)]
        json: bool,
        /// Files of messages, also batches, or folders of them; standard input if none or "-".
        files: Vec<PathBuf>,
    },
    /// Receives notices over MLLP as an engine would, answers AA and prints them. Prints patient data.
    Listen {
        /// Address to listen on.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2576", value_parser = address)]
        at: SocketAddr,
        /// End after so many messages.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
        count: Option<u64>,
    },
    /// Runs a local ACCESS API with today's wire.
    Sandbox {
        /// Address to listen on. Anything but loopback must be asked for here.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480", value_parser = address)]
        listen: SocketAddr,
        /// Beneficiaries, rules and faults; the built-in day if unset (`access-bridge config scenario` prints it).
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// Time it starts at (RFC 3339) and runs on from; the machine's if unset. `POST /admin/clock` moves it.
        #[arg(long, value_name = "TIME")]
        clock: Option<String>,
        /// Folder that gets an e-mail file for each notice CMS would send; the scenario's if unset.
        #[arg(long, value_name = "FOLDER")]
        mail: Option<PathBuf>,
    },
    /// Submissions: list, show, approve, cancel, retry, resume.
    Submissions {
        #[command(subcommand)]
        act: SubmissionsAct,
    },
    /// Charts: list, show.
    Charts {
        #[command(subcommand)]
        act: ChartsAct,
    },
    /// What is due when: reports, lock-ins, control groups, renewals; and what reports still need.
    Calendar(Calendar),
    /// Sends a report now, or shows what it would carry and what it lacks.
    Report(Report),
    /// Codes of senders that the profile has no row for, as the rows to add to it.
    Unmapped(Unmapped),
    /// Refused feeds: list, show, replay.
    Quarantine {
        #[command(subcommand)]
        act: QuarantineAct,
    },
    /// Notices and their deliveries: list, show, redeliver; what CMS told by itself: cms.
    Notices {
        #[command(subcommand)]
        act: NoticesAct,
    },
    /// The ledger itself: backup, verify, export, prune, vacuum.
    Ledger {
        #[command(subcommand)]
        act: LedgerAct,
    },
    /// Prints files to start from.
    Config {
        #[command(subcommand)]
        what: ConfigWhat,
    },
    /// A narrated day: sandbox, service and a played feed, in under a minute.
    Demo {
        /// Keep the demo's folder (ledger, traffic, notices) and say where it is.
        #[arg(long)]
        keep: bool,
    },
}

/// An address to listen on.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:2576".to_owned())
}

/// Which file to print.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigWhat {
    /// The whole configuration, commented.
    Example,
    /// The built-in example site profile, commented.
    Profile,
    /// The layer below every site profile: every key of a profile with its default and meaning.
    Base,
    /// The sandbox's built-in scenario, commented.
    Scenario,
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            note(error.print());
            return kept(if error.use_stderr() { Ending::Usage } else { Ending::Fine }).into();
        }
    };
    match carry_out(arguments.command) {
        Ok(ending) => kept(ending).into(),
        Err(Trouble { ending, message, hint }) => {
            warn(&format!("access-bridge: {message}"));
            if let Some(hint) = hint {
                warn(&format!("hint: {hint}"));
            }
            ending.into()
        }
    }
}

fn carry_out(command: Command) -> Done {
    match command {
        Command::Run { config, stdin } => commands::run::run(&config.config, stdin),
        Command::Convert { offline, stats: true, json } => commands::stats::stats(&offline, json),
        Command::Convert { offline, .. } => commands::convert::convert(&offline),
        Command::Sample { count, seed, kind } => commands::sample::sample(count, seed, kind),
        Command::Explain(arguments) => commands::explain::explain(&arguments),
        Command::Check { config, profile, resolved, json } => {
            let (config, profile) = (config.as_deref(), profile.as_deref());
            commands::check::check(commands::check::What { config, profile, resolved, json })
        }
        Command::Validate { profile, json, files } => commands::validate::validate(profile.as_deref(), json, &files),
        Command::Send { to, ca, identity, json, files } => {
            let mut identity = identity.into_iter();
            let tls = ca.map(|ca| ClientFiles { ca: Some(ca), identity: identity.next().zip(identity.next()) });
            commands::send::send(&to, tls, json, &files)
        }
        Command::Listen { at, count } => commands::listen::listen(at, count),
        Command::Sandbox { listen, scenario, clock, mail } => {
            commands::sandbox::sandbox(listen, scenario.as_deref(), clock.as_deref(), mail)
        }
        Command::Submissions { act } => commands::submissions::act(act),
        Command::Charts { act } => commands::charts::act(act),
        Command::Calendar(arguments) => commands::calendar::calendar(&arguments),
        Command::Report(arguments) => commands::report::report(&arguments),
        Command::Unmapped(arguments) if arguments.take_up => commands::take_up::take_up(&arguments),
        Command::Unmapped(arguments) => commands::unmapped::unmapped(&arguments),
        Command::Quarantine { act } => commands::quarantine::act(act),
        Command::Notices { act } => commands::notices::act(act),
        Command::Ledger { act } => commands::ledger::ledger(act),
        Command::Config { what } => commands::config::print(what),
        Command::Demo { keep } => crate::demo::demo(keep),
    }
}
