//! The one writer of this process: a thread that owns the connection and commits in groups.
//!
//! Jobs wait in a bounded queue. The thread takes every job that waits (up to a limit), runs each in a savepoint of one
//! immediate transaction, commits once, and only then answers them all: one `fdatasync` serves the group, and nothing is
//! acknowledged that is not on disk. A job that fails takes back its own savepoint only; a commit that fails fails all. A job alone
//! needs no savepoint: the transaction is its own.

use super::connection::Place;
use super::failure::{spoils, translate};
use crate::relational::{Connection as Bare, Decision, Fault, Session};
use crate::{Backend, BackendFailure, LedgerError};
use bridge_types::failpoint::{Step, reached};
use bridge_types::{Clock, Ids};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait; beyond that, callers wait.
const QUEUE: usize = 256;
/// Jobs in one transaction.
const GROUP: usize = 64;
const COMMIT: &str = "commit";

/// What a job leaves behind: whether its changes stay, and how to answer once the commit is known.
struct Answer {
    keep: bool,
    spoils: bool,
    send: Box<dyn FnOnce(Option<LedgerError>) + Send>,
}

/// What to do in a transaction, or with the news that there is none.
type Work = Box<dyn FnOnce(Result<&Session<'_>, LedgerError>) -> Answer + Send>;

/// Something to do in a transaction.
struct Job {
    step: &'static str,
    work: Work,
}

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    commits: Arc<AtomicU64>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("step", &self.step).finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        place: Place,
        connection: Connection,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, LedgerError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let hand = Hand { place, connection: Some(connection), clock, ids, commits: Arc::clone(&commits) };
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || hand.serve(queue))
            .map_err(|error| {
                let source = BackendFailure::of_system(Backend::Either, "no thread", &error);
                LedgerError::Unavailable { step: "start the writer", source }
            })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), commits })
    }

    /// Runs one job and waits until it is durable.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl FnOnce(&Session<'_>) -> Result<Decision<T>, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (sender, answer) = oneshot::channel();
        let work = Box::new(move |session: Result<&Session<'_>, LedgerError>| {
            let (keep, spoils, result) = match session {
                Err(error) => (false, false, Err(error)),
                Ok(session) => match work(session) {
                    Ok(Decision::Keep(value)) => (true, false, Ok(value)),
                    Ok(Decision::Undo(value)) => (false, false, Ok(value)),
                    Err(fault) => (false, spoils(&fault), Err(fault.into_error(step))),
                },
            };
            let send = Box::new(move |failure: Option<LedgerError>| {
                // A caller that went away does not need the answer.
                let _ = sender.send(result.and_then(|value| failure.map_or(Ok(value), Err)));
            });
            Answer { keep, spoils, send }
        });
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Closed)?;
        jobs.send(Job { step, work }).await.map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }

    /// Transactions committed so far.
    #[cfg(test)]
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    /// Finishes what was queued and closes the file.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(commits = self.commits.load(Ordering::Relaxed), "the ledger's writer stopped unexpectedly");
        }
    }
}

/// The thread's side.
struct Hand {
    place: Place,
    connection: Option<Connection>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    commits: Arc<AtomicU64>,
}

impl Hand {
    fn serve(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut crowded = false;
        while let Some(first) = queue.blocking_recv() {
            let mut group = VecDeque::from([first]);
            // Several callers at once: whoever is about to hand over a job may do so first, where there are fewer processors than
            // callers. Larger groups write common pages once. Nobody waits where a processor is idle.
            if crowded {
                std::thread::yield_now();
            }
            while group.len() < GROUP
                && let Ok(job) = queue.try_recv()
            {
                group.push_back(job);
            }
            crowded = group.len() > 1;
            while !group.is_empty() {
                self.transact(&mut group);
            }
        }
    }

    /// Runs jobs of the group until all are committed or the transaction is lost; what is left starts a new one.
    fn transact(&mut self, group: &mut VecDeque<Job>) {
        let connection = match self.connection.take().map_or_else(|| self.place.reopen(), Ok) {
            Ok(connection) => connection,
            Err(error) => {
                for job in group.drain(..) {
                    ((job.work)(Err(error.clone())).send)(None);
                }
                return;
            }
        };
        let mut answers = Vec::with_capacity(group.len());
        let spoiled = match self.run_all(&connection, group, &mut answers) {
            Ok(spoiled) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                for answer in answers {
                    (answer.send)(None);
                }
                spoiled
            }
            Err(fault) => {
                let spoiled = spoils(&fault);
                let error = fault.into_error(COMMIT);
                tracing::debug!(error = %error, jobs = answers.len(), "a transaction was not committed");
                if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
                    // A connection that cannot roll back is dropped, which rolls back.
                    self.fail(answers, &error);
                    return;
                }
                if answers.is_empty() {
                    // It did not even begin: whoever waits is told, instead of trying for each of them.
                    for job in group.drain(..) {
                        answers.push((job.work)(Err(error.clone())));
                    }
                }
                self.fail(answers, &error);
                spoiled
            }
        };
        if !spoiled {
            self.connection = Some(connection);
        }
    }

    fn fail(&self, answers: Vec<Answer>, error: &LedgerError) {
        for answer in answers {
            (answer.send)(Some(error.clone()));
        }
    }

    /// One transaction. Gives whether some job found the connection spoiled.
    fn run_all(
        &self,
        connection: &Connection,
        group: &mut VecDeque<Job>,
        answers: &mut Vec<Answer>,
    ) -> Result<bool, Fault> {
        let run = |sql| connection.prepare_cached(sql)?.execute([]);
        run("BEGIN IMMEDIATE")?;
        let mut spoiled = false;
        let alone = group.len() == 1;
        while let Some(job) = group.pop_front() {
            if !alone && let Err(error) = run("SAVEPOINT job") {
                answers.push((job.work)(Err(translate(&error, job.step))));
                return Err(error.into());
            }
            let session = Session::new(Bare::Sqlite(connection), self.clock.now(), self.ids.as_ref());
            let answer = (job.work)(Ok(&session));
            let keep = answer.keep;
            spoiled |= answer.spoils;
            answers.push(answer);
            if connection.is_autocommit() {
                // SQLite gave the whole transaction up, with every job so far.
                return Err(LedgerError::Unavailable {
                    step: job.step,
                    source: BackendFailure::named(Backend::File, "transaction given up by the engine"),
                }
                .into());
            }
            if alone && !keep {
                run("ROLLBACK")?;
                return Ok(spoiled);
            }
            if !alone {
                if !keep {
                    run("ROLLBACK TO job")?;
                }
                run("RELEASE job")?;
            }
        }
        reached(Step::CommitDue);
        run("COMMIT")?;
        reached(Step::Committed);
        Ok(spoiled)
    }
}
