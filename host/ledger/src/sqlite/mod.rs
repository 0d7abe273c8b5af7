//! The embedded store: one SQLite file in WAL mode.
//!
//! # On disk
//!
//! | table | row | found by |
//! |---|---|---|
//! | `feeds` | an accepted feed with its bytes | id; identity and content hash (unique); participant |
//! | `charts` | a beneficiary's document with its version | id; participant |
//! | `chart_keys` | a key of a living chart | participant and key (unique); chart |
//! | `entries` | a dated piece of a chart: a result, an answered questionnaire | chart and key (unique); chart, code and time |
//! | `submissions` | one operation on its way | id; due time; chart; participant; state; the CMS id |
//! | `payloads` | what one attempt sent | submission and attempt |
//! | `events` | one line of a submission's history | submission |
//! | `notices` | one notice | id; participant; kind; submission; chart |
//! | `deliveries` | one notice's way to one route | notice and route (unique); the route's queue |
//! | `quarantine` | a refused feed with its bytes | id; identity and content hash (unique); participant |
//! | `cms_notices` | a mail or message of CMS with its bytes | id; identity (unique); content hash (unique); submission; participant |
//! | `marks` | how far a source has been read | name (unique) |
//! | `unmapped` | a code of a sender without a row in the profile, counted | sender, table, code, system and unit (unique) |
//!
//! Every table but `entries` and the last two has `seq`, ascending with time, by which it is paged. Moments are milliseconds since 1970,
//! UTC. Documents
//! (intent, outcome, notice, provenance) are JSON text. `user_version` is the number of the last migration.
//!
//! `due_at` of a submission is the one answer to "when is there something to do": now for `ready`, the retry time for
//! `waiting`, the poll time for `polling`, and the end of the lease while someone works on it. What waits for a person or for
//! another submission has none.
//!
//! `look_at` is when a chart is to be looked at without news (`charts`), or again after an ended submission (`submissions`). While
//! somebody does so it is the end of the lease; a chart says by `look_leased` which of the two it is, since its day may be far off.
//!
//! # Invariants
//!
//! 1. An answer is given after the commit that holds it is on disk (`synchronous = FULL`). A method that fails left nothing.
//! 2. At most one open submission of a (participant, chart, track family, operation) has the empty `slot`: a partial unique
//!    index. The only other slots come from joining charts that both had one in flight.
//! 3. The location and the CMS id of a submission never change once set, and such a row is never deleted: triggers. For the
//!    same reason it is never sent again; a repetition is a new row with `retry_of`.
//! 4. A payload is on disk before it is sent: the only way into `sending` writes it in the same transaction, and each attempt
//!    has its own row.
//! 5. Every change of state follows [`crate::TRANSITIONS`] and adds a row to `events`, which is never changed: a trigger.
//! 6. A lease is recognised by its number, which counts up with every claim: whoever lost one cannot act on it, even under
//!    the same name. The one exception: the acceptance of a POST that outlived its lease is taken while nobody has decided
//!    what to do about that POST.
//! 7. `sending` always has a lease. When it runs out, the row is claimed as `sending` again, for its doubt to be settled.
//! 8. `blocked_by` is set only in state `waiting`, on an open submission, and makes no circles: it always pointed backwards in
//!    the list it came from.
//! 9. Of one chart, one submission at most is in the hands of a worker that sends. Polls are independent of that.
//! 10. A key leads to one living chart. A joined chart has no keys, and `joined_into` leads to the survivor in one step.
//! 11. The deliveries of a route are claimed from the head of its queue without gaps.
//! 12. A mail or message of CMS is stored once, by its content and by its identity; without a submission it has a reason.
//! 13. Processes that work on the file hold a shared lock of a file beside it ([`Presence`]), so that one that comes alone knows
//!     every lease to be left behind.
//! 14. A wait never outlasts a clock that was set back: what was changed in the future is put in the present, with its wait.
//!
//! # Failures
//!
//! One thread writes, one reads; other processes may do the same with the same file. What the disk or another process
//! causes is [`crate::Kind::Unavailable`]: the transaction is rolled back, everyone in it is told, and the connection is
//! opened anew where that may help, but never so that a file that vanished is replaced by an empty one. A damaged file, one
//! of another program or of a newer version is [`crate::Kind::Fatal`].

mod acts;
mod charts;
mod claims;
mod cms_notices;
mod commands;
mod connection;
mod deliveries;
mod endings;
mod entries;
mod failure;
mod feeds;
mod health;
mod history;
mod intake;
mod ledger;
mod listing;
mod looks;
mod merging;
mod notices;
mod presence;
mod progress;
mod quarantine;
mod reader;
mod schema;
mod session;
mod taking;
mod unmapped;
mod writer;

#[cfg(test)]
mod tests;

use crate::LedgerError;
use bridge_types::{Clock, Ids};
use connection::Place;
pub use presence::Presence;
use reader::Reader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use writer::Writer;

/// The embedded store. Dropping it finishes what was begun and closes the file.
#[derive(Debug)]
pub struct SqliteLedger {
    writer: Writer,
    reader: Reader,
    clock: Arc<dyn Clock>,
    path: PathBuf,
}

impl SqliteLedger {
    /// Opens the file, makes it (mode 0600) or migrates it as needed. Blocks meanwhile.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unavailable`] if the file cannot be made or opened, [`LedgerError::NewerSchema`],
    /// [`LedgerError::Damaged`] if it is not a ledger.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, LedgerError> {
        let place = Place::new(path);
        let connection = place.create()?;
        let reader = Reader::start(place.clone())?;
        let writer = Writer::start(place, connection, Arc::clone(&clock), ids)?;
        Ok(Self { writer, reader, clock, path: path.to_owned() })
    }
}
