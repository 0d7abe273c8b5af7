//! The reader: a thread with a read-only connection, so that lists and look-ups never wait for a commit.

use super::connection::Place;
use super::failure::spoils;
use crate::relational::{Connection as Bare, Fault, View};
use crate::{Backend, BackendFailure, LedgerError};
use rusqlite::Connection;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Questions that may wait; beyond that, callers wait.
const QUEUE: usize = 256;

/// A question; gives whether the connection is spoiled.
type Question = Box<dyn FnOnce(Result<&Connection, LedgerError>) -> bool + Send>;

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Reader {
    questions: Option<mpsc::Sender<Question>>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts the thread.
    pub(super) fn start(place: Place) -> Result<Self, LedgerError> {
        let connection = place.reader()?;
        let (questions, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("ledger-reader".to_owned())
            .spawn(move || serve(&place, connection, queue))
            .map_err(|error| {
                let source = BackendFailure::of_system(Backend::Either, "no thread", &error);
                LedgerError::Unavailable { step: "start the reader", source }
            })?;
        Ok(Self { questions: Some(questions), thread: Some(thread) })
    }

    /// Asks, in one snapshot of the file.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl FnOnce(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (sender, answer) = oneshot::channel();
        let question: Question = Box::new(move |connection| {
            let (spoiled, result) = match connection {
                Err(error) => (false, Err(error)),
                Ok(connection) => match snapshot(connection, look) {
                    Ok(value) => (false, Ok(value)),
                    Err(fault) => (spoils(&fault), Err(fault.into_error(step))),
                },
            };
            let _ = sender.send(result);
            spoiled
        });
        let questions = self.questions.as_ref().ok_or(LedgerError::Closed)?;
        questions.send(question).await.map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.questions = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's reader stopped unexpectedly");
        }
    }
}

fn serve(place: &Place, connection: Connection, mut queue: mpsc::Receiver<Question>) {
    let mut connection = Some(connection);
    while let Some(question) = queue.blocking_recv() {
        match connection.take().map_or_else(|| place.reader(), Ok) {
            Err(error) => {
                question(Err(error));
            }
            Ok(open) => {
                if !question(Ok(&open)) {
                    connection = Some(open);
                }
            }
        }
    }
}

/// Reads everything from the same moment.
pub(super) fn snapshot<T>(
    connection: &Connection,
    look: impl FnOnce(&View<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let transaction = connection.unchecked_transaction()?;
    let value = look(&View::new(Bare::Sqlite(&transaction)))?;
    transaction.finish()?;
    Ok(value)
}
