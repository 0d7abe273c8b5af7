//! Arguments of the calendar and of reports.

use super::ConfigArgument;
use clap::Args;

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
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
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
