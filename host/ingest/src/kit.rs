//! What takes feeds in tests: writes them down, and is in trouble when told.

use crate::ack::Acknowledger;
use crate::{Discard, Intake, NotKept, NotTaken, RawHeader, Received, Taken};
use async_trait::async_trait;
use bridge_types::contract::{Issue, Severity, Verdict};
use bridge_types::{SequentialIds, TestClock, Timestamp};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) fn acknowledger() -> Acknowledger {
    let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
    Acknowledger::new("ACCESS-BRIDGE", Arc::new(SequentialIds::default()), Arc::new(TestClock::at(noon)))
}

pub(crate) fn message(id: &str) -> String {
    format!("MSH|^~\\&|EHR|MERCY|BRIDGE|CARE|20261123||ADT^A01|{id}|P|2.5.1\rPID|1||4711\r")
}

/// Refuses what `BAD…` names (AE), `WORSE…` names (AR), and what is no feed at all; bytes that came before are known.
#[derive(Default)]
pub(crate) struct Tray {
    feeds: Mutex<Vec<Received>>,
    seen: Mutex<HashSet<Vec<u8>>>,
    kept: Mutex<Vec<(Vec<u8>, Discard)>>,
    troubles: AtomicU32,
    attempts: AtomicU32,
    /// After how many feeds none comes to an end, as when the process dies with one in hand.
    held_after: Mutex<Option<usize>>,
    pub(crate) broken: AtomicBool,
}

impl Tray {
    /// So many feeds cannot be stored.
    pub(crate) fn refuse_next(&self, count: u32) {
        self.troubles.store(count, Ordering::SeqCst);
    }

    /// After so many feeds none is taken, and whoever brings one waits.
    pub(crate) fn hold_after(&self, count: usize) {
        *self.held_after.lock().unwrap() = Some(count);
    }

    /// What comes from now on is taken.
    pub(crate) fn let_go(&self) {
        *self.held_after.lock().unwrap() = None;
    }

    /// How often a feed was brought.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::SeqCst)
    }

    /// Whether what is brought now stays in hand.
    fn is_held(&self) -> bool {
        self.held_after.lock().unwrap().is_some_and(|count| self.feeds.lock().unwrap().len() >= count)
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let feeds = self.feeds.lock().unwrap();
        feeds.iter().map(|feed| String::from_utf8_lossy(feed.bytes.expose()).into_owned()).collect()
    }

    /// What became no feed, and why.
    pub(crate) fn kept(&self) -> Vec<(Vec<u8>, Discard)> {
        self.kept.lock().unwrap().clone()
    }

    /// How many were not known before.
    pub(crate) fn effects(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn control_ids(&self) -> Vec<String> {
        self.feeds.lock().unwrap().iter().map(|feed| control_id(feed.bytes.expose())).collect()
    }

    pub(crate) fn positions(&self) -> Vec<u64> {
        self.feeds.lock().unwrap().iter().map(|feed| feed.position).collect()
    }

    pub(crate) fn sources(&self) -> Vec<String> {
        self.feeds.lock().unwrap().iter().map(|feed| feed.source.to_string()).collect()
    }
}

fn control_id(bytes: &[u8]) -> String {
    RawHeader::read(bytes).map_or_else(String::new, |header| String::from_utf8_lossy(header.field(10)).into_owned())
}

#[async_trait]
impl Intake for Tray {
    async fn take(&self, feed: &Received) -> Result<Taken, NotTaken> {
        let held = self.is_held();
        self.attempts.fetch_add(1, Ordering::SeqCst);
        if held {
            return std::future::pending().await;
        }
        if self.broken.load(Ordering::SeqCst)
            || self.troubles.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            return Err(NotTaken);
        }
        let bytes = feed.bytes.expose().clone();
        let id = control_id(&bytes);
        self.feeds.lock().unwrap().push(feed.clone());
        let readable = RawHeader::read(&bytes).is_some() || bytes.starts_with(b"{") || bytes.starts_with(b"<");
        let verdict = match id.as_str() {
            _ if !readable => Verdict::Reject,
            id if id.starts_with("WORSE") => Verdict::Reject,
            id if id.starts_with("BAD") => Verdict::NeedsPerson,
            _ if bytes.starts_with(b"{\"bad\"") => Verdict::NeedsPerson,
            _ => {
                let new = self.seen.lock().unwrap().insert(bytes);
                return Ok(if new { Taken::Stored } else { Taken::Known });
            }
        };
        let issue = Issue::new(Severity::Error, "not-usable", "PID-3", "the number is damaged").condition(101);
        Ok(Taken::Refused { verdict, issues: vec![issue], entry: "kept-1".to_owned() })
    }

    async fn keep(&self, feed: Received, why: Discard, refused: bool) -> Result<(), NotKept> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(NotKept);
        }
        assert!(refused);
        self.kept.lock().unwrap().push((feed.bytes.into_inner(), why));
        Ok(())
    }

    async fn is_ready(&self) -> bool {
        !self.broken.load(Ordering::SeqCst)
    }
}
