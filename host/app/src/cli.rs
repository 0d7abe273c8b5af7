//! The command line.

use crate::commands;
use crate::commands::deliveries::Which;
use crate::output::{Done, Trouble, warn};
use bridge_net::tls::ClientFiles;
use clap::{Args, Parser, Subcommand};
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
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2576")]
        at: SocketAddr,
        /// End after so many messages.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
        count: Option<u64>,
    },
    /// Runs a local ACCESS API with today's wire.
    Sandbox {
        /// Address to listen on. Anything but loopback must be asked for here.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480")]
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
    Unmapped {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
        /// Print JSON lines.
        #[arg(long)]
        json: bool,
        /// Only of this sender: MSH-3 and MSH-4 with a comma between; an empty part means any.
        #[arg(long, value_name = "APPLICATION,FACILITY")]
        sender: Option<String>,
    },
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

/// Where the configuration is.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgument {
    /// Configuration file.
    #[arg(long, value_name = "FILE", env = "ACCESS_BRIDGE_CONFIG", default_value = "access-bridge.toml")]
    pub config: PathBuf,
}

/// Arguments of the offline commands.
#[derive(Debug, Clone, Args)]
pub struct Offline {
    /// Site profile, or `example`; that of `access-bridge.toml` where it is there, else the built-in example.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// Chart to plan against (JSON, as `access-bridge charts show --document` prints it); none if unset.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// The present, RFC 3339; the clock's if unset.
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// Refuse feeds with any doubt about their form, and those with a populated field that nothing uses; exit code 3.
    #[arg(long)]
    pub strict: bool,
    /// End with a table of issue codes and counts on standard error even for one feed.
    #[arg(long)]
    pub summary: bool,
    /// Files of feeds, also batches, or folders of them; standard input if none or "-".
    pub files: Vec<PathBuf>,
}

/// What to explain, and how.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// Where the feeds are.
    #[command(flatten)]
    pub offline: Offline,
    /// Leave the values out.
    #[arg(long)]
    pub no_values: bool,
    /// Print one JSON line for each feed.
    #[arg(long, conflicts_with_all = ["html", "markdown"])]
    pub json: bool,
    /// Print one page of HTML that needs nothing else.
    #[arg(long)]
    pub html: bool,
    /// Explain an issue code.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["codes", "html", "files"])]
    pub code: Option<String>,
    /// List every issue code.
    #[arg(long, conflicts_with_all = ["html", "files"])]
    pub codes: bool,
    /// List them as a page of Markdown.
    #[arg(long, requires = "codes")]
    pub markdown: bool,
}

/// Paging and form of a list.
#[derive(Debug, Clone, Args)]
pub struct Listing {
    /// The configuration, for its ledger.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Print JSON lines.
    #[arg(long)]
    pub json: bool,
    /// At most this many, newest first.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub limit: u16,
    /// Continue after this cursor.
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    /// Only this participant's.
    #[arg(long, value_name = "ID")]
    pub participant: Option<String>,
}

/// Which dates to list, and how.
#[derive(Debug, Clone, Args)]
pub struct Calendar {
    /// The configuration, for its ledger and profile.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Print JSON lines.
    #[arg(long, conflicts_with = "ics")]
    pub json: bool,
    /// Print an iCalendar file (RFC 5545). It names charts, not people.
    #[arg(long)]
    pub ics: bool,
    /// Only this participant's.
    #[arg(long, value_name = "ID")]
    pub participant: Option<String>,
    /// Only of this track.
    #[arg(long, value_name = "TRACK")]
    pub track: Option<String>,
    /// Only what is due within so many days, and what is late.
    #[arg(long, value_name = "DAYS")]
    pub within: Option<u16>,
    /// Also what is done.
    #[arg(long)]
    pub all: bool,
    /// As it will be, or was, at that time: RFC 3339. The present if unset.
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// Whose: chart id, MBI, or `authority|identifier`. Everybody's if unset.
    pub person: Option<String>,
}

/// Which report.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// The configuration, for its ledger and profile.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Send nothing: show what would be sent, from where, and what is missing. Prints no values.
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: print the payload, and nothing else. Prints patient data.
    #[arg(long, requires = "dry_run")]
    pub payload: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Only this participant's charts.
    #[arg(long, value_name = "ID")]
    pub participant: Option<String>,
    /// The track: eCKM, CKM, MSK or BH.
    #[arg(long, value_name = "TRACK")]
    pub track: String,
    /// The report type; the one that is open if unset.
    #[arg(long = "type", value_name = "TYPE", value_parser = ["baseline", "quarterly", "end-of-period"])]
    pub kind: Option<String>,
    /// With --dry-run: as it will be, or was, at that time: RFC 3339. The present if unset.
    #[arg(long, value_name = "TIME", requires = "dry_run")]
    pub now: Option<String>,
    /// Whose: chart id, MBI, or `authority|identifier`.
    pub person: String,
}

/// One record.
#[derive(Debug, Clone, Args)]
pub struct One {
    /// The configuration, for its ledger.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Id of the record.
    pub id: String,
}

/// Which submissions to send again.
#[derive(Debug, Clone, Args)]
#[group(id = "which", required = true, multiple = false, args = ["id", "state"])]
pub struct Again {
    /// The configuration, for its ledger.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Id of one.
    pub id: Option<String>,
    /// Every one that waits for its next try: after credentials are mended, for example.
    #[arg(long, value_parser = ["waiting"])]
    pub state: Option<String>,
    /// Only this participant's.
    #[arg(long, value_name = "ID", requires = "state")]
    pub participant: Option<String>,
}

/// What to do with submissions.
#[derive(Debug, Subcommand)]
pub enum SubmissionsAct {
    /// Lists submissions.
    List {
        /// Paging and form.
        #[command(flatten)]
        listing: Listing,
        /// Only in this state; may be repeated.
        #[arg(long, value_name = "STATE")]
        state: Vec<String>,
        /// Only of this track.
        #[arg(long, value_name = "TRACK")]
        track: Option<String>,
        /// Only of this operation.
        #[arg(long, value_name = "OPERATION")]
        operation: Option<String>,
    },
    /// Shows one submission's whole story.
    Show {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// Print the payload that was sent last, and nothing else.
        #[arg(long)]
        payload: bool,
    },
    /// Lets a held submission go.
    Approve(One),
    /// Takes back what was not sent, or gives up what is in doubt.
    Cancel {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// Give up also what CMS has accepted, and may carry out all the same.
        #[arg(long)]
        give_up: bool,
    },
    /// Sends again what failed, was cancelled, or is in doubt; sends now what waits for its next try.
    Retry(Again),
    /// Asks for the result of one that CMS has accepted: again if it is in doubt or failed, now if it is polled.
    Resume(One),
}

/// What to do with charts.
#[derive(Debug, Subcommand)]
pub enum ChartsAct {
    /// Lists charts. Prints no names and no numbers of persons.
    List(Listing),
    /// Shows one chart: standing by track, and what is known. Prints patient data.
    Show {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// Print the stored document, for `convert --chart`.
        #[arg(long)]
        document: bool,
    },
}

/// What to do with refused feeds.
#[derive(Debug, Subcommand)]
pub enum QuarantineAct {
    /// Lists refused feeds.
    List {
        /// Paging and form.
        #[command(flatten)]
        listing: Listing,
        /// Also those that were replayed.
        #[arg(long)]
        all: bool,
    },
    /// Shows why one was refused; with --bytes prints the feed as it came. Prints patient data.
    Show {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// Print the feed's bytes, and nothing else.
        #[arg(long)]
        bytes: bool,
    },
    /// Takes a refused feed in again, as if it came now.
    Replay(One),
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerAct {
    /// Copies a SQLite ledger into a new file while the service runs; the copy is of one moment, and looked through. It holds patient data.
    Backup {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
        /// The new file.
        file: PathBuf,
    },
    /// Looks whether what must always hold does hold. Reads everything; the service may run.
    Verify {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
        /// Print JSON lines.
        #[arg(long)]
        json: bool,
    },
    /// Prints everything as JSON lines, of one moment, with every column. Prints patient data.
    Export {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Takes away what the policy of retention says; the service does so every hour.
    Prune {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Gives free space of a SQLite file back to the system. The service must be stopped.
    Vacuum {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
    },
}

/// What to do with notices.
#[derive(Debug, Subcommand)]
pub enum NoticesAct {
    /// Lists notices, or their deliveries where a route, a state, a kind or a time is named: `--state dead` shows what was given up.
    List {
        /// Paging and form.
        #[command(flatten)]
        listing: Listing,
        /// Which deliveries.
        #[command(flatten)]
        which: Which,
    },
    /// Shows one notice and its deliveries. Prints patient data.
    Show(One),
    /// Delivers again to a route: one notice by its id, or all that a state, a kind or a time names, the oldest first.
    Redeliver {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Id of the notice.
        id: Option<String>,
        /// Which deliveries; the route is needed.
        #[command(flatten)]
        which: Which,
    },
    /// Hands the notices that wait for a route which was renamed or taken away to another.
    Move {
        /// The configuration, for its ledger and its routes.
        #[command(flatten)]
        config: ConfigArgument,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// The route that is no longer configured.
        #[arg(long, value_name = "ROUTE")]
        from: String,
        /// A route of the configuration.
        #[arg(long, value_name = "ROUTE")]
        to: String,
    },
    /// Mails and messages of CMS: list, show, match.
    Cms {
        /// What to do.
        #[command(subcommand)]
        act: CmsAct,
    },
}

/// What to do with mails and messages of CMS.
#[derive(Debug, Subcommand)]
pub enum CmsAct {
    /// Lists them, matched or waiting.
    List {
        /// Paging and form.
        #[command(flatten)]
        listing: Listing,
        /// Only those that wait for a person.
        #[arg(long)]
        unmatched: bool,
    },
    /// Shows what was read from one; with --bytes prints it as it came.
    Show {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// Print the bytes, and nothing else.
        #[arg(long)]
        bytes: bool,
    },
    /// Matches one that waits to an alignment, with everything that follows from it.
    Match {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// The alignment's submission, by the id that `submissions list` shows; unset looks for it again by what the mail says.
        #[arg(long, value_name = "ID")]
        submission: Option<String>,
    },
}

/// Which file to print.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigWhat {
    /// The whole configuration, commented.
    Example,
    /// The built-in example site profile, commented.
    Profile,
    /// The sandbox's built-in scenario, commented.
    Scenario,
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    match carry_out(arguments.command) {
        Ok(ending) => ending.into(),
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
        Command::Unmapped { config, json, sender } => commands::unmapped::unmapped(&config, json, sender.as_deref()),
        Command::Quarantine { act } => commands::quarantine::act(act),
        Command::Notices { act } => commands::notices::act(act),
        Command::Ledger { act } => commands::ledger::ledger(act),
        Command::Config { what } => commands::config::print(what),
        Command::Demo { keep } => crate::demo::demo(keep),
    }
}
