//! The sources of a configuration.

use crate::config::raw::MailKind;
use crate::config::{Config, raw};
use crate::output::Trouble;
use bridge_cms_notices::{FolderSource, MailSource, Sink, Watch};
use std::sync::Arc;

/// A source that stands ready.
#[derive(Debug)]
pub struct Stand(Watch);

impl Stand {
    /// Name of the source.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.name.to_string()
    }

    /// Works until `stop` resolves.
    pub async fn run(self, sink: Arc<dyn Sink>, stop: impl Future<Output = ()> + Send + 'static) {
        self.0.run(sink, stop).await;
    }
}

/// The mail sources, looked at once so that what cannot work is told before anything starts.
///
/// # Errors
/// What cannot be used, with its key.
pub fn stands(config: &Config) -> Result<Vec<Stand>, Trouble> {
    config.file.mail.iter().map(|mail| stand(config, mail)).collect()
}

fn stand(config: &Config, mail: &raw::Mail) -> Result<Stand, Trouble> {
    let name: Arc<str> = mail.name.as_str().into();
    let domains: Arc<[String]> = mail.from.clone().into();
    let path = config.resolve(mail.path.as_deref().unwrap_or_default());
    let unusable = |error: std::io::Error| {
        Trouble::usage(format!("mail {name}: {}: {error}", path.display()))
            .hint("make it, writable for this program, or change `path` of this [[mail]]")
    };
    let source: Box<dyn MailSource> = match mail.kind {
        MailKind::Folder => Box::new(FolderSource::new(&path, Arc::clone(&name), domains).map_err(unusable)?),
    };
    Ok(Stand(Watch { name, source, every: mail.every.0, longest: config.file.times.mail_longest.0 }))
}
