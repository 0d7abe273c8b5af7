//! The sources of a configuration.

use crate::config::raw::{self, MailKind};
use crate::config::{Config, Endpoint};
use crate::output::Trouble;
use crate::service::listen_hint;
use bridge_cms_notices::{
    FolderSource, HttpEndpoint, HttpLimits, ImapSource, MailSource, MaildirSource, MboxSource, Sink, Watch,
};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Sources that stand ready.
#[derive(Debug, Default)]
pub struct Stands {
    /// Those that are looked at again and again.
    pub watches: Vec<Watch>,
    /// Those that are bound.
    pub endpoints: Vec<Bound>,
}

/// An endpoint that is bound.
#[derive(Debug)]
pub struct Bound {
    endpoint: Endpoint,
    listener: TcpListener,
    /// The address it really has.
    pub address: SocketAddr,
}

impl Bound {
    /// Name of the endpoint.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.endpoint.name
    }

    /// Serves until `stop` resolves.
    pub async fn serve(self, sink: Arc<dyn Sink>, stop: impl Future<Output = ()>) {
        let name = self.endpoint.name.as_str().into();
        HttpEndpoint::new(name, &self.endpoint.token, HttpLimits::default(), sink).serve(self.listener, stop).await;
    }
}

/// The sources, looked at once so that what cannot work is told before anything starts. Mail servers are not asked: they may be down.
///
/// # Errors
/// What cannot be used, with its key.
pub async fn stands(config: &Config) -> Result<Stands, Trouble> {
    let watches = config.file.mail.iter().map(|mail| watch(config, mail)).collect::<Result<_, _>>()?;
    let mut endpoints = Vec::new();
    for endpoint in config.endpoints().map_err(Trouble::usage)? {
        let cannot = |error: std::io::Error| {
            Trouble::failed(format!("listener {}: cannot listen on {}: {error}", endpoint.name, endpoint.address))
                .hint(listen_hint(&error, "`listen` of this [[listener]]"))
        };
        let listener = TcpListener::bind(endpoint.address).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        endpoints.push(Bound { endpoint, listener, address });
    }
    Ok(Stands { watches, endpoints })
}

fn watch(config: &Config, mail: &raw::Mail) -> Result<Watch, Trouble> {
    let name: Arc<str> = mail.name.as_str().into();
    let domains: Arc<[String]> = mail.from.clone().into();
    let path = config.resolve(mail.path.as_deref().unwrap_or_default());
    let unusable = |error: std::io::Error| {
        Trouble::usage(format!("mail {}: {}: {error}", mail.name, path.display()))
            .hint("make it, writable for this program, or change `path` of this [[mail]]")
    };
    let own = Arc::clone(&name);
    let source: Box<dyn MailSource> = match mail.kind {
        MailKind::Folder => Box::new(FolderSource::new(&path, own, domains).map_err(unusable)?),
        MailKind::Maildir => Box::new(MaildirSource::new(&path, own, domains).map_err(unusable)?),
        MailKind::Mbox => Box::new(MboxSource::new(&path, own, domains).map_err(unusable)?),
        MailKind::Imap => Box::new(ImapSource::new(config.imap(mail).map_err(Trouble::usage)?)),
    };
    Ok(Watch { name, source, every: mail.every.0, longest: config.file.times.mail_longest.0 })
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, EXAMPLE, Environment};
    use std::path::Path;

    #[tokio::test]
    async fn an_address_that_cannot_be_had_is_told_with_its_own_hint() {
        let listener =
            "[[listener]]\nname = 'x'\nkind = 'cms-messages'\nlisten = '192.0.2.1:8470'\nbehind_proxy = true\n";
        let environment: Environment =
            [("ACCESS_BRIDGE_LISTENER_TOKEN".to_owned(), "0123456789abcdef".to_owned())].into_iter().collect();
        let config =
            Config::parse(Path::new("access-bridge.toml"), &format!("{EXAMPLE}\n{listener}"), &environment).unwrap();
        let trouble = super::stands(&config).await.unwrap_err();
        assert!(trouble.message.contains("listener x: cannot listen on 192.0.2.1:8470"), "{}", trouble.message);
        assert_eq!(
            trouble.hint.as_deref(),
            Some("this machine has no such address; change `listen` of this [[listener]]")
        );
    }
}
