//! What `[[source]]` tables must and must not have, and what follows from them.

use super::raw::{self, SourceKind};
use super::routes::is_subject;
use super::secrets::variable_of;
use super::{Config, ConfigError, check};
use bridge_ingest::ack::Mode;
use bridge_net::tls::{ClientFiles, FromFiles, Reloading, ServerFiles};
use bridge_types::Secret;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Characters of a token that cannot be guessed.
const TOKEN: usize = 16;
/// A folder is not looked at more often than this.
const SHORTEST: Duration = Duration::from_millis(20);
/// How often a folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How long a broker waits for an acknowledgement.
const ACK_WAIT: Duration = Duration::from_secs(60);
/// How long a file must not have changed.
const QUIET: Duration = Duration::from_secs(2);

/// A source that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its position in the file, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// What feeds come in through.
    pub settings: SourceSettings,
}

/// What feeds come in through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSettings {
    /// An MLLP listener.
    Mllp {
        /// Where it listens.
        listen: SocketAddr,
        /// Its identity.
        tls: Option<ServerFiles>,
        /// Whether `MSH-15` and `MSH-16` are followed.
        mode: Mode,
    },
    /// An HTTP listener.
    Http {
        /// Where it listens.
        listen: SocketAddr,
        /// Its identity.
        tls: Option<ServerFiles>,
        /// Whether `MSH-15` and `MSH-16` are followed.
        mode: Mode,
    },
    /// A watched folder.
    Folder {
        /// Where it is.
        path: PathBuf,
        /// How often it is looked at.
        every: Duration,
        /// How long a file must not have changed.
        quiet: Duration,
        /// Whether acknowledgements are written beside the files.
        acks: bool,
    },
    /// Standard input.
    Stdin,
    /// A stream of a broker.
    Jetstream(Stream),
}

/// How a stream is consumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The stream.
    pub stream: String,
    /// Only this subject of it.
    pub subject: Option<String>,
    /// Name of the durable consumer.
    pub durable: String,
    /// Where refused messages are published.
    pub dead_subject: Option<String>,
    /// How long the server waits for an acknowledgement.
    pub ack_wait: Duration,
    /// Messages given out and not acknowledged.
    pub in_flight: usize,
}

/// The files of a client that a table names.
pub(super) fn client_files(config: &Config, tls: Option<&raw::ClientTls>) -> Option<ClientFiles> {
    let tls = tls?;
    let path = |path: &String| config.resolve(path);
    let identity = tls.certificate.as_ref().zip(tls.key.as_ref());
    Some(ClientFiles { ca: tls.ca.as_ref().map(path), identity: identity.map(|(one, two)| (path(one), path(two))) })
}

impl Config {
    /// The sources, without looking at the files they name.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn sources(&self) -> Result<Vec<Source>, ConfigError> {
        let mut names = BTreeSet::new();
        let mut stdin = 0;
        let mut sources = Vec::new();
        for (index, source) in self.file.source.iter().enumerate() {
            let key = |part: &str| format!("source.{index}.{part}");
            if source.name.is_empty() || source.name.len() > 64 {
                return Err(self.value(&key("name"), "1 to 64 characters"));
            }
            if !names.insert(&source.name) {
                return Err(self.value(&key("name"), "two sources have this name"));
            }
            stdin += usize::from(source.kind == SourceKind::Stdin);
            if stdin > 1 {
                return Err(self.value(&key("kind"), "there is one standard input only"));
            }
            if let Some((part, kinds)) = misplaced(source) {
                return Err(self.value(&key(part), format!("belongs to {kinds}")));
            }
            sources.push(Source { index, name: source.name.clone(), settings: self.settings(index, source)? });
        }
        Ok(sources)
    }

    fn settings(&self, index: usize, source: &raw::Source) -> Result<SourceSettings, ConfigError> {
        let key = |part: &str| format!("source.{index}.{part}");
        let listen = || {
            let text = source
                .listen
                .as_deref()
                .ok_or_else(|| self.value(&key("listen"), "this kind of source needs an address to listen on"))?;
            self.address(&key("listen"), text)
        };
        let tls = source.tls.as_ref().map(|tls| ServerFiles {
            certificate: self.resolve(&tls.certificate),
            key: self.resolve(&tls.key),
            client_ca: tls.client_ca.as_deref().map(|path| self.resolve(path)),
        });
        let mode = match source.acknowledge {
            Some(raw::Acknowledge::Original) => Mode::Original,
            Some(raw::Acknowledge::AsAsked) | None => Mode::AsAsked,
        };
        match source.kind {
            SourceKind::Mllp => Ok(SourceSettings::Mllp { listen: listen()?, tls, mode }),
            SourceKind::Http => {
                let listen = listen()?;
                self.check_access(index, source, listen)?;
                Ok(SourceSettings::Http { listen, tls, mode })
            }
            SourceKind::Folder => {
                let path =
                    source.path.as_deref().ok_or_else(|| self.value(&key("path"), "a folder source needs a path"))?;
                let every = source.every.map_or(EVERY, |span| span.0);
                if every < SHORTEST {
                    return Err(self.value(&key("every"), "at least \"20ms\""));
                }
                let quiet = source.quiet.map_or(QUIET, |span| span.0);
                Ok(SourceSettings::Folder {
                    path: self.resolve(path),
                    every,
                    quiet,
                    acks: source.acks.unwrap_or(false),
                })
            }
            SourceKind::Stdin => Ok(SourceSettings::Stdin),
            SourceKind::Jetstream => self.stream(index, source).map(SourceSettings::Jetstream),
        }
    }

    fn stream(&self, index: usize, source: &raw::Source) -> Result<Stream, ConfigError> {
        let key = |part: &str| format!("source.{index}.{part}");
        self.check_nats(&key("kind"))?;
        let name = |part: &str, text: Option<&String>, default: Option<&str>| {
            let text = text.map(String::as_str).or(default);
            let text = text.ok_or_else(|| self.value(&key(part), "a jetstream source needs the name of a stream"))?;
            let fits = !text.is_empty() && text.len() <= 255 && !text.contains(['.', '*', '>', '/', '\\', ' ', '\t']);
            if fits {
                Ok(text.to_owned())
            } else {
                Err(self.value(&key(part), "a name without dots, blanks and wildcards"))
            }
        };
        for (part, subject, wildcards) in
            [("subject", &source.subject, true), ("dead_subject", &source.dead_subject, false)]
        {
            if subject.as_ref().is_some_and(|subject| !is_subject(subject, wildcards)) {
                return Err(self.value(&key(part), "expected a subject, such as \"adt.in\""));
            }
        }
        let ack_wait = source.ack_wait.map_or(ACK_WAIT, |span| span.0);
        if !(Duration::from_secs(1)..=Duration::from_secs(3600)).contains(&ack_wait) {
            return Err(self.value(&key("ack_wait"), "must lie between \"1s\" and \"1h\""));
        }
        let in_flight = source.in_flight.unwrap_or(1);
        if !(1..=1024).contains(&in_flight) {
            return Err(self.value(&key("in_flight"), "must lie between 1 and 1024"));
        }
        Ok(Stream {
            stream: name("stream", source.stream.as_ref(), None)?,
            subject: source.subject.clone(),
            durable: name("durable", source.durable.as_ref(), Some("access-bridge"))?,
            dead_subject: source.dead_subject.clone(),
            ack_wait,
            in_flight: usize::try_from(in_flight).unwrap_or(1),
        })
    }

    /// Who may send over HTTP must be decided by something, and nothing secret goes over the network as it is.
    fn check_access(&self, index: usize, source: &raw::Source, listen: SocketAddr) -> Result<(), ConfigError> {
        let key = |part: &str| format!("source.{index}.{part}");
        let has_token = source.token_file.is_some() || self.has_secret("SOURCE_TOKEN", &source.name);
        let tells_apart = has_token || source.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        if !listen.ip().is_loopback() && !tells_apart {
            let variable = variable_of(&source.name);
            return Err(self.value(
                &key("listen"),
                format!("anybody could send here: name a token_file (or set ACCESS_BRIDGE_SOURCE_TOKEN_{variable}), or a client_ca under tls, or use a loopback address"),
            ));
        }
        if !listen.ip().is_loopback() && source.tls.is_none() && !source.behind_proxy.unwrap_or(false) {
            return Err(self.value(
                &key("listen"),
                "without tls the token could be read on the way: name a certificate and a key under tls, or put a proxy that speaks it in front and say so with behind_proxy = true",
            ));
        }
        Ok(())
    }

    /// The bearer token of an HTTP source, by its position in the file; none where nothing names one.
    ///
    /// # Errors
    /// A file that cannot be read, or a token that can be guessed.
    pub fn source_token(&self, index: usize) -> Result<Option<Secret>, ConfigError> {
        let Some(source) = self.file.source.get(index) else { return Ok(None) };
        let key = format!("source.{index}.token_file");
        let Some(token) = self.secret(source.token_file.as_deref(), &key, "SOURCE_TOKEN", &source.name)? else {
            return Ok(None);
        };
        if token.trim().len() < TOKEN {
            return Err(self.value(&key, format!("a token has at least {TOKEN} characters")));
        }
        Ok(Some(Secret::new(token.trim())))
    }

    /// Reads what the sources name: certificates, and that their folders are there.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn look_at_sources(&self) -> Result<(), ConfigError> {
        for source in self.sources()? {
            let key = |part: &str| format!("source.{}.{part}", source.index);
            match source.settings {
                SourceSettings::Mllp { tls, .. } => {
                    self.certificates(&key("tls"), tls)?;
                }
                SourceSettings::Http { tls, .. } => {
                    self.certificates(&key("tls"), tls)?;
                    self.source_token(source.index)?;
                }
                SourceSettings::Folder { path, .. } if !path.is_dir() => {
                    return Err(self.value(
                        &key("path"),
                        format!("{}: there is no such folder; make it, writable for this program", path.display()),
                    ));
                }
                SourceSettings::Jetstream(_) => {
                    self.nats()?;
                }
                SourceSettings::Folder { .. } | SourceSettings::Stdin => {}
            }
        }
        Ok(())
    }

    /// Reads certificate files that a table names; `key` is the path of its key.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn certificates<F: FromFiles>(
        &self,
        key: &str,
        files: Option<F>,
    ) -> Result<Option<Arc<Reloading<F>>>, ConfigError> {
        let read = |files| Reloading::new(files).map(Arc::new);
        files.map(read).transpose().map_err(|error| self.value(key, error.to_string()))
    }
}

/// A key that the source's kind has no use for, and the kinds that have.
fn misplaced(source: &raw::Source) -> Option<(&'static str, &'static str)> {
    use SourceKind::{Folder, Http, Jetstream, Mllp};
    let listeners: &[SourceKind] = &[Mllp, Http];
    let keys: [check::Use<'_, SourceKind>; 15] = [
        ("listen", source.listen.is_some(), listeners, "mllp and http"),
        ("tls", source.tls.is_some(), listeners, "mllp and http"),
        ("acknowledge", source.acknowledge.is_some(), listeners, "mllp and http"),
        ("token_file", source.token_file.is_some(), &[Http], "http"),
        ("behind_proxy", source.behind_proxy.is_some(), &[Http], "http"),
        ("path", source.path.is_some(), &[Folder], "folder"),
        ("every", source.every.is_some(), &[Folder], "folder"),
        ("quiet", source.quiet.is_some(), &[Folder], "folder"),
        ("acks", source.acks.is_some(), &[Folder], "folder"),
        ("stream", source.stream.is_some(), &[Jetstream], "jetstream"),
        ("subject", source.subject.is_some(), &[Jetstream], "jetstream"),
        ("durable", source.durable.is_some(), &[Jetstream], "jetstream"),
        ("dead_subject", source.dead_subject.is_some(), &[Jetstream], "jetstream"),
        ("ack_wait", source.ack_wait.is_some(), &[Jetstream], "jetstream"),
        ("in_flight", source.in_flight.is_some(), &[Jetstream], "jetstream"),
    ];
    check::misplaced(&source.kind, &keys)
}

#[cfg(test)]
mod tests {
    use super::SourceSettings;
    use crate::config::{Config, EXAMPLE, Environment};
    use std::path::Path;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let environment: Environment =
            variables.iter().map(|(name, value)| (format!("ACCESS_BRIDGE_{name}"), (*value).to_owned())).collect();
        Config::parse(
            Path::new("site/access-bridge.toml"),
            &format!("{EXAMPLE}\n[[source]]\nname = 'x'\n{text}"),
            &environment,
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_source_cannot_be_is_told_with_its_place_and_key() {
        for (text, told) in [
            ("kind = 'mllp'", "source x: listen: this kind of source needs an address"),
            ("kind = 'mllp'\nlisten = 'here:1'", "source x: listen: expected an IP address"),
            ("kind = 'mllp'\nlisten = '127.0.0.1:1'\npath = 'a'", "source x: path: belongs to folder"),
            ("kind = 'mllp'\nlisten = '127.0.0.1:1'\ntoken_file = 'a'", "source x: token_file: belongs to http"),
            ("kind = 'folder'", "source x: path: a folder source needs a path"),
            ("kind = 'folder'\npath = 'a'\nlisten = '127.0.0.1:1'", "source x: listen: belongs to mllp and http"),
            ("kind = 'folder'\npath = 'a'\nevery = '1ms'", "source x: every: at least"),
            ("kind = 'stdin'\nquiet = '1s'", "source x: quiet: belongs to folder"),
            ("kind = 'stdin'\n[[source]]\nname = 'y'\nkind = 'stdin'", "source y: kind: there is one standard input"),
            ("kind = 'stdin'\n[[source]]\nname = 'x'\nkind = 'stdin'", "source x: name: two sources have this name"),
            (
                "kind = 'http'\nlisten = '0.0.0.0:1'",
                "source x: listen: anybody could send here: name a token_file (or set ACCESS_BRIDGE_SOURCE_TOKEN_X)",
            ),
            ("kind = 'http'\nlisten = '127.0.0.1:1'\ntls = { certificate = 'a' }", "missing field `key`"),
            ("kind = 'http'\nlisten = '127.0.0.1:1'\ntls = { certificate = 'a', kee = 'b' }", "unknown field `kee`"),
            ("kind = 'jetstream'\nstream = 'A'", "source x: kind: jetstream needs a table [nats]"),
            ("kind = 'jetstream'\n[nats]\nservers = ['localhost:4222']", "source x: stream: a jetstream source needs"),
            (
                "kind = 'jetstream'\nstream = 'a.b'\n[nats]\nservers = ['localhost:4222']",
                "source x: stream: a name without dots",
            ),
            (
                "kind = 'jetstream'\nstream = 'A'\nin_flight = 0\n[nats]\nservers = ['[::1]:4222']",
                "source x: in_flight: must lie",
            ),
            ("kind = 'kafka'", "unknown variant `kafka`"),
            ("kind = 'http'\nlissen = '127.0.0.1:1'", "unknown field `lissen`"),
        ] {
            let error = parse(text, &[]).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
            assert!(error.contains("access-bridge.toml:"), "{text}: {error}");
        }
        let last = EXAMPLE.matches('\n').count() + 5;
        let error = parse("kind = 'http'\nlissen = '127.0.0.1:1'", &[]).unwrap_err();
        assert!(error.contains(&format!("access-bridge.toml:{last}:1: unknown field")), "{error}");
    }

    #[test]
    fn who_may_send_over_http_is_decided_before_it_is_reached_from_elsewhere() {
        let token = ("SOURCE_TOKEN_X", "0123456789abcdef");
        let far = "kind = 'http'\nlisten = '0.0.0.0:1'\n";
        let error = parse(far, &[token]).unwrap_err();
        assert!(error.contains("without tls the token could be read"), "{error}");
        let short = parse("kind = 'http'\nlisten = '127.0.0.1:1'", &[("SOURCE_TOKEN", "short")]).unwrap();
        let error = short.look_at_sources().unwrap_err().to_string();
        assert!(error.contains("a token has at least 16 characters"), "{error}");
        let tls = format!("{far}tls = {{ certificate = 'a.pem', key = 'a.key', client_ca = 'ca.pem' }}");
        let config = parse(&tls, &[]).unwrap();
        let SourceSettings::Http { tls: Some(files), .. } = &config.sources().unwrap()[1].settings else {
            panic!("no TLS")
        };
        assert_eq!(files.client_ca.as_deref(), Some(Path::new("site/ca.pem")));
        let error = config.certificates("source.1.tls", Some(files.clone())).unwrap_err().to_string();
        assert!(error.contains("source x: tls: site/ca.pem: No such file"), "{error}");
        let config = parse(&format!("{far}behind_proxy = true"), &[token]).unwrap();
        assert_eq!(config.source_token(1).unwrap().unwrap().expose(), "0123456789abcdef");
        parse("kind = 'http'\nlisten = '[::1]:1'", &[]).unwrap();
    }
}
