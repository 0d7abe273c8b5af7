//! Arguments of commands on the ledger.

use crate::commands::deliveries::{Which, moment};
use bridge_types::Timestamp;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Where the configuration is.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgument {
    /// Configuration file.
    #[arg(long, value_name = "FILE", env = "ACCESS_BRIDGE_CONFIG", default_value = "access-bridge.toml")]
    pub config: PathBuf,
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

/// Whose records to list.
#[derive(Debug, Clone, Default, Args)]
pub struct About {
    /// Only about this person: chart id, MBI, or `authority|identifier`.
    #[arg(long, value_name = "PERSON")]
    pub person: Option<String>,
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
        /// Whose.
        #[command(flatten)]
        about: About,
        /// Only what a message of this control id (`MSH-10`) asked for.
        #[arg(long, value_name = "ID")]
        control_id: Option<String>,
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
        /// Which one; also by the id that CMS gave it.
        #[command(flatten)]
        one: One,
        /// Print the payload that was sent last, and nothing else; of what was not sent yet, what would be. Prints patient data.
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
    List {
        /// Paging and form.
        #[command(flatten)]
        listing: Listing,
        /// Whose.
        #[command(flatten)]
        about: About,
    },
    /// Shows one chart, by its id, an MBI or `authority|identifier`: standing by track, readings, and what is known. Prints patient data.
    Show {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// Print the stored document, for `convert --chart`.
        #[arg(long)]
        document: bool,
    },
}

/// Which refused feeds, of those that were not replayed.
#[derive(Debug, Clone, Args)]
#[group(id = "refused", required = true, multiple = true, args = ["id", "code", "since", "until"])]
pub struct Refused {
    /// All that were refused with this code.
    #[arg(long, value_name = "CODE", conflicts_with = "id")]
    pub code: Option<String>,
    /// Only what came since: a time (RFC 3339), or how long ago, such as "2h".
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "id")]
    pub since: Option<Timestamp>,
    /// Only what came before.
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "id")]
    pub until: Option<Timestamp>,
}

/// What to do with refused feeds.
#[derive(Debug, Subcommand)]
pub enum QuarantineAct {
    /// Lists refused feeds.
    List {
        /// Paging and form.
        #[command(flatten)]
        listing: Listing,
        /// Only with this code.
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
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
    /// Takes refused feeds in again, as if they came now: one by its id, or all that a code or a time names, the oldest first.
    Replay {
        /// The configuration, for its ledger.
        #[command(flatten)]
        config: ConfigArgument,
        /// Print JSON lines.
        #[arg(long)]
        json: bool,
        /// Id of one.
        id: Option<String>,
        /// Which ones.
        #[command(flatten)]
        which: Refused,
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
        /// Whose.
        #[command(flatten)]
        about: About,
        /// Only what a message of this control id (`MSH-10`) led to.
        #[arg(long, value_name = "ID")]
        control_id: Option<String>,
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

/// Which codes without a row, and what to do about them.
#[derive(Debug, Clone, Args)]
pub struct Unmapped {
    /// The configuration, for its ledger.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Print JSON lines.
    #[arg(long)]
    pub json: bool,
    /// Only of this sender: MSH-3 and MSH-4 with a comma between; an empty part means any.
    #[arg(long, value_name = "APPLICATION,FACILITY")]
    pub sender: Option<String>,
    /// Read the feeds that are kept once more, and take up the results whose codes have a row by now.
    #[arg(long)]
    pub take_up: bool,
    /// Only feeds that came since: a time (RFC 3339), or how long ago, such as "90d".
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "take_up")]
    pub since: Option<Timestamp>,
    /// Not this feed, by its id in the ledger. May be repeated.
    #[arg(long, value_name = "FEED", requires = "take_up")]
    pub except: Vec<String>,
}
