//! `access-bridge ledger`: a copy while the service runs, a look whether all is well, everything as lines of JSON, keeping to the
//! retention, and giving free space back.

use super::stored::wait;
use crate::cli::{ConfigArgument, LedgerAct};
use crate::config::{Config, Environment, LedgerPlace};
use crate::ledger::Stored;
use crate::output::{Done, Ending, Trouble, say, warn};
use bridge_ledger::{LedgerError, SqliteLedger};
use bridge_types::{RandomIds, SystemClock};
use serde_json::json;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Lines that may wait to be written.
const LINES: usize = 256;

/// Looks after the ledger.
///
/// # Errors
/// A ledger that cannot be used, or an act that its database does by itself.
pub fn ledger(act: LedgerAct) -> Done {
    match act {
        LedgerAct::Backup { config, file } => backup(&config, &file),
        LedgerAct::Verify { config, json } => verify(&config, json),
        LedgerAct::Export { config } => export(&config),
        LedgerAct::Prune { config } => prune(&config),
        LedgerAct::Vacuum { config } => vacuum(&config),
    }
}

fn backup(config: &ConfigArgument, to: &Path) -> Done {
    let (stored, ledger) = of_file(
        config,
        "use pg_dump, or pg_basebackup with an archive of the write-ahead log where not a minute may be lost",
    )?;
    let fail = |error: &LedgerError| match error {
        _ if to.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) => {
            Trouble::usage(format!("{}: the folder is not there", to.display())).hint("make it, or name another")
        }
        LedgerError::Invalid { .. } => {
            Trouble::usage(format!("{}: something stands there already", to.display())).hint("name a new file")
        }
        error => stored.trouble(error).hint(format!("look at {} and the space there", to.display())),
    };
    ledger.backup(to).map_err(|error| fail(&error))?;
    say(&format!("{}: copied, and looked through; it holds patient data", to.display()));
    Ok(Ending::Fine)
}

fn verify(config: &ConfigArgument, as_json: bool) -> Done {
    let (_, ledger) = super::stored::open(config)?;
    let violations = wait(ledger.verify())?;
    for violation in &violations {
        say(&if as_json {
            json!({ "rule": violation.rule, "rows": violation.rows }).to_string()
        } else {
            format!("does not hold in {} rows: {}", violation.rows, violation.rule)
        });
    }
    if violations.is_empty() {
        if !as_json {
            say("everything that must hold does");
        }
        return Ok(Ending::Fine);
    }
    warn("hint: stop the service, keep a copy, and compare with the last backup");
    Ok(Ending::Failed)
}

fn export(config: &ConfigArgument) -> Done {
    let (_, ledger) = super::stored::open(config)?;
    let (lines, mut taken) = mpsc::channel::<String>(LINES);
    let writer = std::thread::spawn(move || {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        while let Some(line) = taken.blocking_recv() {
            writeln!(out, "{line}")?;
        }
        out.flush()
    });
    let sent = wait(ledger.export(lines));
    let written = writer.join().map_err(|_| Trouble::failed("the lines could not be written"))?;
    // A reader that has seen enough is no trouble.
    if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        return Ok(Ending::Fine);
    }
    written.map_err(|error| Trouble::failed(format!("standard output: {}", error.kind())))?;
    sent?;
    Ok(Ending::Fine)
}

fn prune(config: &ConfigArgument) -> Done {
    let (config, ledger) = super::stored::open(config)?;
    let retention = config.retention();
    if retention.keeps_all() {
        return Err(Trouble::usage("everything is kept for ever").hint("set a time under [ledger.retention]"));
    }
    let pruned = wait(crate::retention::prune(ledger.as_ref(), retention))?;
    say(&format!(
        "feeds {}, quarantine {}, payloads {}, notices {}",
        pruned.feeds, pruned.quarantine, pruned.payloads, pruned.notices
    ));
    Ok(Ending::Fine)
}

fn vacuum(config: &ConfigArgument) -> Done {
    let (stored, ledger) =
        of_file(config, "PostgreSQL does this by itself (autovacuum); `VACUUM (ANALYZE)` in psql does it now")?;
    let before = size(&stored);
    ledger.vacuum().map_err(|error| {
        let trouble = stored.trouble(&error);
        if error == LedgerError::InUse { trouble.hint("stop the service for as long as this takes") } else { trouble }
    })?;
    say(&format!("{stored}: {before} bytes before, {} now", size(&stored)));
    Ok(Ending::Fine)
}

fn size(stored: &Stored) -> u64 {
    stored.file().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len())
}

/// The ledger of a configuration where it is a file; else what its database has for that.
fn of_file(config: &ConfigArgument, instead: &str) -> Result<(Stored, SqliteLedger), Trouble> {
    let config = Config::load(&config.config, &Environment::of_process())?;
    let stored = Stored::of(&config, Arc::new(SystemClock))?;
    match config.ledger()? {
        LedgerPlace::Database(_) => {
            Err(Trouble::usage(format!("ledger {stored}: this is for SQLite files")).hint(instead))
        }
        LedgerPlace::File(path) if !path.is_file() => {
            Err(Trouble::failed(format!("ledger {stored}: there is none yet")))
        }
        LedgerPlace::File(path) => {
            let ledger = SqliteLedger::open(&path, Arc::new(SystemClock), Arc::new(RandomIds))
                .map_err(|error| stored.trouble(&error))?;
            Ok((stored, ledger))
        }
    }
}
