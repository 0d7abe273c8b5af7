//! Threads that each own one connection and take jobs from a common queue.
//!
//! A job is one transaction. One that lost a race (a unique index, a deadlock) is rolled back and run again, and so is one whose
//! connection turned out to be dead before its commit was sent: nothing of it had happened. When the connection breaks during the
//! commit, nobody knows; that is own trouble, told to the caller.

use super::clock::Time;
use super::failure::{Failure, Nature};
use super::line::Line;
use super::schema;
use super::settings::PostgresSettings;
use crate::relational::{Connection, Decision, Fault, Session, View};
use crate::{Backend, BackendFailure, LedgerError};
use bridge_types::Ids;
use bridge_types::failpoint::{Step, reached};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait; beyond that, callers wait.
const QUEUE: usize = 256;
/// How often a job is run again that lost a race.
const RACES: u32 = 12;
/// The wait after a lost race, times how often it was lost.
const PAUSE: Duration = Duration::from_millis(2);
const CONNECT: &str = "connect to the database";
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const BEGIN_WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// One transaction, and somebody who waits for it.
trait Job: Send {
    fn step(&self) -> &'static str;
    fn begin(&self) -> &'static str;
    /// Runs it inside its transaction; gives whether the changes stay.
    fn run(&mut self, session: &Session<'_>) -> Result<bool, Fault>;
    /// Tells whoever waits.
    fn answer(self: Box<Self>, failure: Option<LedgerError>);
}

struct Reading<T, F> {
    step: &'static str,
    look: F,
    waiting: oneshot::Sender<Result<T, LedgerError>>,
    result: Option<T>,
}

impl<T: Send, F: Fn(&View<'_>) -> Result<T, Fault> + Send> Job for Reading<T, F> {
    fn step(&self) -> &'static str {
        self.step
    }

    fn begin(&self) -> &'static str {
        BEGIN_READING
    }

    fn run(&mut self, session: &Session<'_>) -> Result<bool, Fault> {
        self.result = Some((self.look)(session)?);
        Ok(false)
    }

    fn answer(self: Box<Self>, failure: Option<LedgerError>) {
        // A caller that went away does not need the answer.
        let Self { waiting, result, .. } = *self;
        let _ = waiting.send(failure.map_or_else(|| result.ok_or(LedgerError::Closed), Err));
    }
}

struct Writing<T, F> {
    step: &'static str,
    work: F,
    waiting: oneshot::Sender<Result<T, LedgerError>>,
    result: Option<T>,
}

impl<T: Send, F: Fn(&Session<'_>) -> Result<Decision<T>, Fault> + Send> Job for Writing<T, F> {
    fn step(&self) -> &'static str {
        self.step
    }

    fn begin(&self) -> &'static str {
        BEGIN_WRITING
    }

    fn run(&mut self, session: &Session<'_>) -> Result<bool, Fault> {
        let (keep, result) = match (self.work)(session)? {
            Decision::Keep(result) => (true, result),
            Decision::Undo(result) => (false, result),
        };
        self.result = Some(result);
        Ok(keep)
    }

    fn answer(self: Box<Self>, failure: Option<LedgerError>) {
        let Self { waiting, result, .. } = *self;
        let _ = waiting.send(failure.map_or_else(|| result.ok_or(LedgerError::Closed), Err));
    }
}

type Queue = Arc<Mutex<mpsc::Receiver<Box<dyn Job>>>>;

/// The way to some threads.
pub(super) struct Pool {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Starts threads, the first of them with this connection; the others connect when they have something to do.
    pub(super) fn start(count: usize, first: Option<Line>, hand: &Hand) -> Result<Self, LedgerError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        let mut line = first;
        let threads = (0..count)
            .map(|_| {
                let (queue, hand) = (Arc::clone(&queue), Hand { line: line.take(), ..hand.clone() });
                std::thread::Builder::new().name("ledger".to_owned()).spawn(move || hand.serve(&queue))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| LedgerError::Unavailable {
                step: "start a thread",
                source: BackendFailure::of_system(Backend::Either, "no thread", &error),
            })?;
        Ok(Self { jobs: Some(jobs), threads })
    }

    /// Reads in a transaction of its own.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (waiting, answer) = oneshot::channel();
        self.send(Box::new(Reading { step, look, waiting, result: None })).await?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }

    /// The same for a thread that may block.
    pub(super) fn glance<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (waiting, answer) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Closed)?;
        let job = Box::new(Reading { step, look, waiting, result: None });
        jobs.blocking_send(job).map_err(|_| LedgerError::Closed)?;
        answer.blocking_recv().map_err(|_| LedgerError::Closed)?
    }

    /// Writes in a transaction of its own.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl Fn(&Session<'_>) -> Result<Decision<T>, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (waiting, answer) = oneshot::channel();
        self.send(Box::new(Writing { step, work, waiting, result: None })).await?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }

    async fn send(&self, job: Box<dyn Job>) -> Result<(), LedgerError> {
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Closed)?;
        jobs.send(job).await.map_err(|_| LedgerError::Closed)
    }
}

impl Drop for Pool {
    /// Finishes what was queued and closes the connections.
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the ledger stopped unexpectedly");
            }
        }
    }
}

/// A thread's side.
pub(super) struct Hand {
    pub(super) settings: Arc<PostgresSettings>,
    pub(super) time: Time,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) line: Option<Line>,
}

impl Clone for Hand {
    /// The same without the connection.
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), time: self.time.clone(), ids: Arc::clone(&self.ids), line: None }
    }
}

impl Hand {
    fn serve(mut self, queue: &Queue) {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
            let Some(mut job) = next else { return };
            let failure = self.complete(job.as_mut()).err();
            job.answer(failure);
        }
    }

    /// Runs a job until it is committed or lost.
    fn complete(&mut self, job: &mut dyn Job) -> Result<(), LedgerError> {
        let mut races = 0;
        let mut fresh = self.line.is_none();
        loop {
            let line = self.line.take().map_or_else(|| self.connect(), Ok)?;
            let (stage, fault) = match self.attempt(&line, job) {
                Ok(()) => {
                    self.line = Some(line);
                    return Ok(());
                }
                Err(failed) => failed,
            };
            let nature = if let Fault::Postgres(failure) = &fault { Some(failure.nature) } else { None };
            match nature {
                Some(Nature::Race) if races < RACES && stage != Stage::Ending => {
                    races += 1;
                    tracing::debug!(step = job.step(), races, "others were faster; once more");
                    self.line = Some(line);
                    std::thread::sleep(PAUSE * races);
                }
                // It may have died long before this job; a connection made for it gets no second chance.
                Some(Nature::Lost) if !fresh && stage != Stage::Ending => fresh = true,
                Some(Nature::Lost) => return Err(fault.into_error(job.step())),
                _ => {
                    self.line = Some(line);
                    return Err(fault.into_error(job.step()));
                }
            }
        }
    }

    fn connect(&self) -> Result<Line, LedgerError> {
        let line = Line::open(&self.settings).map_err(|failure| failure.into_error(CONNECT))?;
        schema::require_current(&line)?;
        self.time.set(&line).map_err(|failure| failure.into_error(CONNECT))?;
        Ok(line)
    }

    /// One transaction. A connection that cannot roll back is lost, which rolls back.
    fn attempt(&self, line: &Line, job: &mut dyn Job) -> Result<(), (Stage, Fault)> {
        let failed = |stage| move |failure: Failure| (stage, Fault::Postgres(failure));
        line.begin(job.begin()).map_err(failed(Stage::Working))?;
        let session = Session::new(Connection::Postgres(line), self.time.now(), self.ids.as_ref());
        match job.run(&session) {
            Ok(true) => {
                reached(Step::CommitDue);
                line.batch("COMMIT").map_err(failed(Stage::Ending))?;
                reached(Step::Committed);
                Ok(())
            }
            Ok(false) => line.batch("ROLLBACK").map_err(failed(Stage::Working)),
            Err(fault) => match line.batch("ROLLBACK") {
                Ok(()) => Err((Stage::Working, fault)),
                Err(_) => Err((Stage::Working, Fault::Postgres(Failure::of(Nature::Lost, "connection lost")))),
            },
        }
    }
}

/// How far a transaction was when it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing of it stays.
    Working,
    /// The commit was sent.
    Ending,
}
