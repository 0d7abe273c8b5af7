//! A sink for tests: keeps what it takes, knows it again, and refuses as told.

use crate::{Incoming, NotTaken, Sink, Taken};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Takes everything. Mails that hold `unmatched` are not matched.
#[derive(Debug, Default)]
pub(crate) struct Tray {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    taken: Vec<Incoming>,
    marks: BTreeMap<String, String>,
    refusals: usize,
}

impl Tray {
    /// Refuses the next so many.
    pub(crate) fn refuse(&self, number: usize) {
        self.inner.lock().unwrap().refusals = number;
    }

    /// The texts of what was taken, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner.taken.iter().map(|one| String::from_utf8_lossy(one.bytes.expose()).into_owned()).collect()
    }

    /// What was taken last.
    pub(crate) fn last(&self) -> Incoming {
        self.inner.lock().unwrap().taken.last().unwrap().clone()
    }
}

#[async_trait]
impl Sink for Tray {
    async fn take(&self, incoming: Incoming) -> Result<Taken, NotTaken> {
        let mut inner = self.inner.lock().unwrap();
        if inner.refusals > 0 {
            inner.refusals -= 1;
            return Err(NotTaken);
        }
        let known = inner.taken.iter().any(|one| one.bytes == incoming.bytes);
        let unmatched = String::from_utf8_lossy(incoming.bytes.expose()).contains("unmatched");
        if known {
            return Ok(Taken::Known);
        }
        inner.taken.push(incoming);
        Ok(if unmatched { Taken::Unmatched } else { Taken::Matched })
    }

    async fn mark(&self, source: &str) -> Result<Option<String>, NotTaken> {
        Ok(self.inner.lock().unwrap().marks.get(source).cloned())
    }

    async fn set_mark(&self, source: &str, mark: &str) -> Result<(), NotTaken> {
        self.inner.lock().unwrap().marks.insert(source.to_owned(), mark.to_owned());
        Ok(())
    }
}
