//! Configuration: the file as written ([`raw`]), overlaid by the environment, checked and resolved ([`Config`]).

pub mod duration;
pub mod environment;
mod mail;
pub mod raw;
mod secrets;

use bridge_client::{ClientConfig, TokenAuth, Url};
use bridge_ledger::Bounds;
use bridge_types::Secret;
pub use environment::Environment;
pub use mail::Endpoint;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The commented example: every key with its default.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("configuration {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or has unknown or wrong keys.
    #[error("configuration {path}: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        message: String,
    },
    /// A variable of the environment fits no key.
    #[error("environment variable {name} fits no key of the configuration")]
    Variable {
        /// The variable.
        name: String,
    },
    /// A value that cannot work.
    #[error("configuration {path}: {key}: {message}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong, and what to do.
        message: String,
    },
}

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it stands.
    pub path: PathBuf,
    /// Everything that needs no resolving.
    pub file: raw::File,
    /// Folder that paths are relative to.
    pub folder: PathBuf,
    environment: Environment,
}

impl Config {
    /// Reads a file and the environment.
    ///
    /// # Errors
    /// Whatever cannot be used, with its place.
    pub fn load(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(path, &text, environment)
    }

    /// The same from a text; `path` names it and is what other paths are relative to.
    ///
    /// # Errors
    /// Whatever cannot be used, with its place.
    pub fn parse(path: &Path, text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        let wrong = |message: String| ConfigError::Parse { path: path.to_owned(), message };
        // First as it stands, so that a mistake is told with its line.
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(located(text, &error)))?;
        toml::from_str::<raw::File>(text).map_err(|error| wrong(located(text, &error)))?;
        environment.overlay(&mut table).map_err(|name| ConfigError::Variable { name })?;
        let file: raw::File = table.try_into().map_err(|error: toml::de::Error| {
            wrong(format!("with the environment's variables: {}", error.message()))
        })?;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let config = Self { path: path.to_owned(), file, folder, environment: environment.clone() };
        config.check()?;
        Ok(config)
    }

    /// A path of the configuration, relative to its folder.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The ledger's file.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.resolve(&self.file.ledger.path)
    }

    fn value(&self, key: &str, message: impl Into<String>) -> ConfigError {
        ConfigError::Value { path: self.path.clone(), key: key.to_owned(), message: message.into() }
    }

    fn check(&self) -> Result<(), ConfigError> {
        for raw::Source::Mllp { name, listen } in &self.file.source {
            self.address(&format!("source {name}: listen"), listen)?;
        }
        let mut names = std::collections::BTreeSet::new();
        for route in &self.file.route {
            let key = |part: &str| format!("route {}: {part}", route.name);
            if !names.insert(&route.name) {
                return Err(self.value(&key("name"), "two routes have this name"));
            }
            match (route.kind, &route.address, &route.path) {
                (raw::RouteKind::Mllp, Some(_), None)
                | (raw::RouteKind::File | raw::RouteKind::Folder, None, Some(_))
                | (raw::RouteKind::Stdout, None, None) => {}
                (raw::RouteKind::Mllp, None, _) => {
                    return Err(
                        self.value(&key("address"), "an mllp route needs an address, such as \"10.0.0.5:2576\"")
                    );
                }
                (raw::RouteKind::File | raw::RouteKind::Folder, _, None) => {
                    return Err(self.value(&key("path"), "this kind of route needs a path"));
                }
                _ => return Err(self.value(&key("kind"), "address belongs to mllp, path to file and folder")),
            }
            if route.format == raw::Format::Hl7v2 && matches!(route.kind, raw::RouteKind::File | raw::RouteKind::Stdout)
            {
                return Err(self.value(
                    &key("format"),
                    "hl7v2 messages hold line ends: use kind = \"folder\" or \"mllp\", or another format",
                ));
            }
            if route.kind == raw::RouteKind::Mllp && route.format != raw::Format::Hl7v2 {
                return Err(self.value(&key("format"), "an mllp route carries format = \"hl7v2\""));
            }
            for kind in &route.kinds {
                if matches!(access_contract::NoticeKind::from(kind.as_str()), access_contract::NoticeKind::Other(_)) {
                    return Err(self.value(&key("kinds"), format!("\"{kind}\" is no kind of notice")));
                }
            }
            for severity in &route.severities {
                if matches!(access_contract::Severity::from(severity.as_str()), access_contract::Severity::Other(_)) {
                    return Err(self.value(&key("severities"), format!("\"{severity}\" is no severity")));
                }
            }
        }
        self.check_mail()?;
        if !matches!(self.file.log.format.as_str(), "text" | "json") {
            return Err(self.value("log.format", "\"text\" or \"json\""));
        }
        if !matches!(self.file.log.level.as_str(), "error" | "warn" | "info" | "debug") {
            return Err(self.value("log.level", "\"error\", \"warn\", \"info\" or \"debug\""));
        }
        if self.file.limits.frame_bytes > Bounds::FEED_BYTES {
            let most = Bounds::FEED_BYTES;
            return Err(self.value("limits.frame_bytes", format!("at most {most}: the ledger keeps no larger feed")));
        }
        Ok(())
    }

    fn address(&self, key: &str, text: &str) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| self.value(key, "expected an IP address and a port, such as \"127.0.0.1:2575\""))
    }

    /// The listeners: name and address.
    ///
    /// # Errors
    /// An address that is none.
    pub fn listeners(&self) -> Result<Vec<(String, SocketAddr)>, ConfigError> {
        self.file
            .source
            .iter()
            .map(|raw::Source::Mllp { name, listen }| {
                Ok((name.clone(), self.address(&format!("source {name}: listen"), listen)?))
            })
            .collect()
    }

    /// The client's settings for one participant.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn client(&self, participant: &str) -> Result<ClientConfig, ConfigError> {
        let common = &self.file.access;
        let own = common.participants.get(participant);
        let pick = |key: fn(&raw::Access) -> &Option<String>| {
            own.and_then(|own| key(own).clone()).or_else(|| key(common).clone())
        };
        let need = |name: &str, found: Option<String>| {
            found.ok_or_else(|| {
                self.value(
                    &format!("access.{name}"),
                    format!("missing for participant {participant}; it comes with the registration"),
                )
            })
        };
        let url = |name: &str, text: String| {
            Url::parse(&text).map_err(|error| self.value(&format!("access.{name}"), error.to_string()))
        };
        let base = url("base_url", need("base_url", pick(|keys| &keys.base_url))?)?;
        let token = url("token_url", need("token_url", pick(|keys| &keys.token_url))?)?;
        let file = pick(|keys| &keys.client_secret_file);
        let secret = self.secret(file.as_deref(), "CLIENT_SECRET", participant)?;
        let secret = match secret {
            Some(secret) => secret,
            None if is_loopback(&token) => "sandbox".to_owned(),
            None => {
                return Err(self
                    .value("access.client_secret_file", "no secret: name a file, or set ACCESS_BRIDGE_CLIENT_SECRET"));
            }
        };
        let mut client =
            ClientConfig::new(base, token, need("client_id", pick(|keys| &keys.client_id))?, Secret::new(secret));
        client.auth = match own.and_then(|own| own.auth).or(common.auth).unwrap_or(raw::Auth::Auto) {
            raw::Auth::Basic => TokenAuth::Basic,
            raw::Auth::Form => TokenAuth::Form,
            raw::Auth::Auto => TokenAuth::Auto,
        };
        if let Some(scope) = pick(|keys| &keys.scope) {
            client.scope = scope;
        }
        if let Some(origins) =
            own.and_then(|own| own.allowed_origins.clone()).or_else(|| common.allowed_origins.clone())
        {
            client.allowed_origins =
                origins.into_iter().map(|origin| url("allowed_origins", origin)).collect::<Result<_, _>>()?;
        }
        if let Some(file) = pick(|keys| &keys.ca_file) {
            let path = self.resolve(&file);
            client.extra_ca_pem = Some(std::fs::read(&path).map_err(|source| ConfigError::Read { path, source })?);
        }
        if let Some(proxy) = pick(|keys| &keys.proxy) {
            client.proxy = Some(url("proxy", proxy)?);
        }
        client.timeouts.connect = self.file.times.connect.0;
        client.timeouts.request = self.file.times.request.0;
        Ok(client)
    }

    /// Clients' settings for every participant.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn clients(&self, participants: &[String]) -> Result<BTreeMap<String, ClientConfig>, ConfigError> {
        for named in self.file.access.participants.keys() {
            if !participants.contains(named) {
                return Err(self.value(&format!("access.participants.{named}"), "the profile has no such participant"));
            }
        }
        participants.iter().map(|id| Ok((id.clone(), self.client(id)?))).collect()
    }

    /// A time of the table.
    #[must_use]
    pub fn lease(&self) -> Duration {
        // A worker's lease outlives its longest request.
        self.file.times.request.0.saturating_mul(2) + self.file.times.connect.0 + Duration::from_secs(30)
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Line, column and reason, without the file's text.
fn located(text: &str, error: &toml::de::Error) -> String {
    let Some(span) = error.span() else { return error.message().to_owned() };
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {}", error.message())
}

#[cfg(test)]
mod tests {
    use super::{Config, EXAMPLE, Environment};
    use std::path::Path;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("site/access-bridge.toml"), text, &Environment::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_example_is_a_working_configuration_and_holds_the_defaults() {
        let config = parse(EXAMPLE).unwrap();
        assert_eq!(config.ledger(), Path::new("site/access-bridge.sqlite"));
        assert_eq!(config.listeners().unwrap().len(), 1);
        config.client("ACCES12345").unwrap();
        let defaults = super::raw::Times::default();
        let written = &config.file.times;
        assert_eq!(format!("{defaults:?}"), format!("{written:?}"));
        assert_eq!(format!("{:?}", super::raw::Limits::default()), format!("{:?}", config.file.limits));
        assert_eq!(format!("{:?}", super::raw::Runtime::default()), format!("{:?}", config.file.runtime));
        assert_eq!(format!("{:?}", super::raw::Log::default()), format!("{:?}", config.file.log));
        assert_eq!(format!("{:?}", super::raw::Notices::default()), format!("{:?}", config.file.notices));
    }

    #[test]
    fn what_is_commented_out_in_the_example_is_known_too() {
        let all: String = EXAMPLE
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest)
                    if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[')
                        && (rest.contains('=') || rest.starts_with('[')) =>
                {
                    format!("{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        assert!(all.contains("\nca_file ="));
        let config = parse(&all).unwrap();
        // Each kind of mail source is shown once.
        let kinds: Vec<super::raw::MailKind> = config.file.mail.iter().map(|mail| mail.kind).collect();
        assert_eq!(kinds.len(), 4);
        assert_eq!(config.file.listener.len(), 1);
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let wrong = EXAMPLE.replace("[ledger]\n", "[ledger]\nfile = \"x\"\n");
        let error = parse(&wrong).unwrap_err();
        assert!(error.contains("unknown field `file`") && error.contains("line "), "{error}");
        let error = parse(&EXAMPLE.replace("127.0.0.1:2575", "localhost")).unwrap_err();
        assert!(error.contains("source adt: listen"), "{error}");
        let error = parse(&EXAMPLE.replace("poll_first = \"5s\"", "poll_first = \"5\"")).unwrap_err();
        assert!(error.contains("expected a time"), "{error}");
        let error = parse(&EXAMPLE.replace("frame_bytes = 16777216", "frame_bytes = 16777217")).unwrap_err();
        assert!(error.contains("limits.frame_bytes: at most 16777216"), "{error}");
    }

    #[test]
    fn an_api_elsewhere_needs_a_secret_and_tls() {
        let far = EXAMPLE.replace("http://127.0.0.1:8480", "https://api.example.org");
        let error = parse(&far).unwrap().client("ACCES12345").unwrap_err().to_string();
        assert!(error.contains("ACCESS_BRIDGE_CLIENT_SECRET"), "{error}");
    }
}
