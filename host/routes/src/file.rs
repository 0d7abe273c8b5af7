//! Notices as files: one file that grows, or one file per notice in a folder that an engine watches.
//!
//! Growing file: one JSON document per line (see [`crate::lines`]), synced before a delivery counts. A line cut off by a
//! crash is closed with a line feed before the next one is written, so that it spoils no other line.
//!
//! Folder: `<control id>.hl7`, `.json` or `.fhir.json`. The text is written and synced under a hidden temporary name,
//! then linked to its final name, so a watcher only ever sees whole files. An existing file is never overwritten: if it
//! holds the same bytes the notice was delivered before, otherwise the next free of `-2`, `-3`, … is used.

mod storage;
#[cfg(test)]
mod tests;

use crate::{Cause, Delivered, DeliveryError, Outgoing, Route, lines};
use async_trait::async_trait;
use bridge_types::contract::Format;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Permissions of created files: they name patients, so the owner alone reads and writes.
const PERMISSIONS: u32 = 0o600;

/// How files are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileLayout {
    /// Every notice becomes a line of this file. It is created if it is not there; its folder must be.
    Lines(PathBuf),
    /// Every notice becomes a file in this folder, which must exist.
    Folder(PathBuf),
}

/// Delivers to files. Permissions of created files are 0600.
#[derive(Debug)]
pub struct FileRoute {
    layout: Arc<FileLayout>,
    /// One delivery at a time.
    turn: Mutex<()>,
}

impl FileRoute {
    /// A route to files.
    #[must_use]
    pub fn new(layout: FileLayout) -> Self {
        Self { layout: Arc::new(layout), turn: Mutex::new(()) }
    }
}

#[async_trait]
impl Route for FileRoute {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        let _turn = self.turn.lock().await;
        let layout = Arc::clone(&self.layout);
        let item = item.clone();
        let written = tokio::task::spawn_blocking(move || match layout.as_ref() {
            FileLayout::Lines(path) => storage::append(path, lines::render(&item).as_bytes()),
            FileLayout::Folder(folder) => {
                storage::create(folder, &stem(&item), extension(&item.format), item.text.expose().as_bytes())
            }
        });
        match written.await {
            Ok(Ok(())) => Ok(Delivered::new("stored")),
            Ok(Err(cause @ Cause::NameTaken)) => Err(DeliveryError::operator(cause)),
            Ok(Err(cause)) => Err(DeliveryError::retry(cause)),
            Err(error) => Err(DeliveryError::retry(Cause::Storage {
                step: "run the file operation",
                source: std::io::Error::other(error),
            })),
        }
    }
}

const fn extension(format: &Format) -> &'static str {
    match format {
        Format::Hl7v2 => "hl7",
        Format::Json => "json",
        Format::Fhir => "fhir.json",
        Format::Other(_) => "txt",
    }
}

/// The control id, or else the id, as a file name on any system.
fn stem(item: &Outgoing) -> String {
    let id = if item.control_id.is_empty() { &item.id } else { &item.control_id };
    let safe = |character: char| if character.is_ascii_alphanumeric() || character == '-' { character } else { '_' };
    let name: String = id.chars().take(100).map(safe).collect();
    if name.is_empty() { "notice".to_owned() } else { name }
}
