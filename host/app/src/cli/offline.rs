//! Arguments of commands that need no ledger.

use clap::Args;
use std::path::PathBuf;

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
