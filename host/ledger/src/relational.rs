//! What every store of SQL does alike: the tables, what must always hold of them, and each method of the ledger as statements.
//!
//! # Layout
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
//! (intent, outcome, notice, provenance) are JSON text. Yes and no are 1 and 0.
//!
//! `due_at` of a submission is the one answer to "when is there something to do": now for `ready`, the retry time for
//! `waiting`, the poll time for `polling`, and the end of the lease while someone works on it. What waits for a person or for
//! another submission has none.
//!
//! `look_at` is when a chart is to be looked at without news (`charts`), or again after an ended submission (`submissions`). While
//! somebody does so it is the end of the lease, and `look_owner` says whose; a chart says by `look_leased` which of the two it is, since
//! its day may be far off.
//!
//! # Invariants
//!
//! 1. An answer is given after the commit that holds it is on disk. A method that fails left nothing, unless the connection to a
//!    server broke during the commit; whoever repeats such a call finds what it did.
//! 2. At most one open submission of a (participant, chart, track family, operation, matter) has the empty `slot`: a partial unique
//!    index. The matter of a report is its track, period and alignment; nothing else has one. The only other slots come from joining charts that both had one in flight.
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
//! 9. Of one chart, one submission at most is in the hands of a worker that sends, and within the family of a track none is sent
//!    while an older one is put off. Polls are independent of that, but for one thing: an alignment or unalignment is not sent while the
//!    other of its family waits for its answer, for an hour at most.
//! 10. A key leads to one living chart. A joined chart has no keys, and `joined_into` leads to the survivor in one step.
//! 11. The deliveries of a route are claimed from the head of its queue without gaps.
//! 12. A mail or message of CMS is stored once, by its content and by its identity; without a submission it has a reason.
//! 13. Whoever works on the ledger says so in a way that ends with its process ([`crate::Presence`]), and the leases of those who
//!     are gone are given back.
//! 14. Everything about one chart happens one after the other: SQLite has one writer, and on PostgreSQL a transaction holds the
//!     charts it is about before it reads them to write (`locks`). So the notices of one chart are in its order, too.
//! 15. A wait never outlasts a clock that was set back: what was changed in the future is put in the present, with its wait. Nor does a
//!     clock that jumps ahead take anything from a service that is at work: it does not claim what it holds, and on PostgreSQL the
//!     others do not while its lock is held.
//!

mod acts;
mod charts;
mod claims;
mod cms_notices;
mod commands;
mod deliveries;
mod endings;
mod entries;
mod export;
mod fault;
mod feeds;
mod followers;
mod health;
mod history;
mod inquiry;
mod intake;
mod leavings;
mod ledger;
mod listing;
mod locks;
mod looks;
mod merging;
mod notices;
mod progress;
mod quarantine;
mod retention;
mod session;
pub(crate) mod sql;
mod store;
mod taking;
mod unmapped;
mod verify;

#[cfg(test)]
pub(crate) use claims::ANSWER_TIME;
pub(crate) use fault::Fault;
pub(crate) use leavings::give_back;
pub(crate) use session::{Decision, Session, View};
pub(crate) use sql::{Connection, Value, params};
pub(crate) use store::Store;
