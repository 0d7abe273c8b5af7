//! Configuration: the file as written ([`raw`]), overlaid by the environment, checked and resolved ([`Config`]).

mod advice;
pub(crate) mod check;
pub mod duration;
pub mod environment;
mod ledger;
mod login;
mod mail;
mod nats;
pub mod place;
pub mod raw;
mod routes;
mod secrets;
mod sources;

use bridge_client::{ClientConfig, Setting, TokenAuth, Url};
use bridge_types::Secret;
pub use environment::Environment;
pub use ledger::LedgerPlace;
pub use mail::Endpoint;
use place::Place;
pub use routes::Destination;
pub use sources::{Source, SourceSettings, Stream};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The commented example: every key with its default.
pub const EXAMPLE: &str = include_str!("config/example.toml");

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("configuration {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or has unknown or wrong keys.
    #[error("configuration {}{}: {message}", path.display(), after_path(*place))]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line and column.
        place: Option<Place>,
        /// The reason.
        message: String,
    },
    /// A variable of the environment fits no key, or its value does not fit the key.
    #[error("environment variable {name}: {why}")]
    Variable {
        /// The variable.
        name: String,
        /// Why.
        why: String,
    },
    /// A value that cannot work.
    #[error("configuration {}{}: {key}: {message}", path.display(), after_path(*place))]
    Value {
        /// The file.
        path: PathBuf,
        /// Line and column, where the key or its table stands in the file.
        place: Option<Place>,
        /// The key.
        key: String,
        /// What is wrong, and what to do.
        message: String,
    },
}

impl ConfigError {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Read { .. } => "name one with --config; `access-bridge config example` prints one to start from",
            Self::Parse { message, .. } | Self::Variable { why: message, .. } => {
                if let Some(meant) = meant(message) {
                    return format!("did you mean `{meant}`?");
                }
                "`access-bridge config example` prints every key with its default and meaning"
            }
            Self::Value { .. } => "mend it, then try `access-bridge check`",
        };
        hint.to_owned()
    }
}

/// The known word nearest to an unknown one, from what is told about it: "unknown field `a`, expected one of `b`, `c`".
fn meant(message: &str) -> Option<&str> {
    let mut words = message.strip_prefix("unknown ")?.split('`').skip(1).step_by(2);
    access_mappings::nearest(words.next()?, words)
}

fn after_path(place: Option<Place>) -> String {
    place.map(|place| format!(":{place}")).unwrap_or_default()
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
    text: String,
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
        let wrong = |error: toml::de::Error| ConfigError::Parse {
            path: path.to_owned(),
            place: error.span().map(|span| Place::of_offset(text, span.start)),
            message: error.message().trim_end().to_owned(),
        };
        // First as it stands, so that a mistake is told with its line.
        let mut table: toml::Table = text.parse().map_err(wrong)?;
        toml::from_str::<raw::File>(text).map_err(wrong)?;
        environment
            .overlay(&mut table)
            .map_err(|misfit| ConfigError::Variable { name: misfit.name, why: misfit.why })?;
        let file: raw::File = table.try_into().map_err(wrong)?;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let config =
            Self { path: path.to_owned(), file, folder, environment: environment.clone(), text: text.to_owned() };
        config.check()?;
        Ok(config)
    }

    /// A path of the configuration, relative to its folder.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
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
                    &self.access_key(participant, name),
                    format!("missing for participant {participant}; it comes with the registration"),
                )
            })
        };
        let url = |name: &str, text: String| {
            Url::parse(&text).map_err(|error| self.value(&self.access_key(participant, name), error.to_string()))
        };
        let base = url("base_url", need("base_url", pick(|keys| &keys.base_url))?)?;
        let token = url("token_url", need("token_url", pick(|keys| &keys.token_url))?)?;
        let file = pick(|keys| &keys.client_secret_file);
        let key = self.access_key(participant, "client_secret_file");
        let secret = self.secret(file.as_deref(), &key, "CLIENT_SECRET", participant)?;
        let secret = match secret {
            Some(secret) => secret,
            None if token.host_str().is_some_and(is_loopback_host) => "sandbox".to_owned(),
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
            let unread = |error| self.unread(&self.access_key(participant, "ca_file"), &path, &error);
            client.extra_ca_pem = Some(std::fs::read(&path).map_err(unread)?);
        }
        if let Some(proxy) = pick(|keys| &keys.proxy) {
            client.proxy = Some(url("proxy", proxy)?);
        }
        client.timeouts.connect = self.file.times.connect.0;
        client.timeouts.request = self.file.times.request.0;
        Ok(client)
    }

    pub(super) fn unread(&self, key: &str, path: &Path, error: &std::io::Error) -> ConfigError {
        self.value(key, format!("{}: {error}", path.display()))
    }

    /// Where a key of `[access]` counts from for a participant: its own table, if that has it.
    fn access_key(&self, participant: &str, key: &str) -> String {
        let own = format!("access.participants.{participant}.{key}");
        if self.environment.name_of(&own).is_some() {
            return own;
        }
        match Place::of_key(&self.text, &own)
            == Place::of_key(&self.text, &format!("access.participants.{participant}"))
        {
            true => format!("access.{key}"),
            false => own,
        }
    }

    /// What the client says of its settings, in the words of the file.
    #[must_use]
    pub fn client_error(&self, participant: &str, error: &bridge_client::ConfigError) -> ConfigError {
        let bridge_client::ConfigError::Setting { setting, why } = error else {
            return self.value("access", error.to_string());
        };
        if let Some(name) = self.secret_variable(participant).filter(|_| *setting == Setting::ClientSecret) {
            return ConfigError::Variable { name, why: why.to_string() };
        }
        let of_access = |key: &str| self.access_key(participant, key);
        let key = match setting {
            Setting::Base => of_access("base_url"),
            Setting::TokenUrl => of_access("token_url"),
            Setting::ClientId => of_access("client_id"),
            Setting::ClientSecret => of_access("client_secret_file"),
            Setting::Scope => of_access("scope"),
            Setting::AllowedOrigins => of_access("allowed_origins"),
            Setting::ExtraCa => of_access("ca_file"),
            Setting::Proxy => of_access("proxy"),
            Setting::ConnectLimit => "times.connect".to_owned(),
            Setting::RequestLimit => "times.request".to_owned(),
            // No key of the file sets it.
            Setting::AnswerLimit => "access".to_owned(),
        };
        self.value(&key, why.to_string())
    }

    /// The variable that gives a participant's client secret, where no file does.
    fn secret_variable(&self, participant: &str) -> Option<String> {
        let common = &self.file.access;
        let own = common.participants.get(participant);
        let file = own.and_then(|own| own.client_secret_file.as_ref()).or(common.client_secret_file.as_ref());
        if file.is_some() { None } else { self.variable_with("CLIENT_SECRET", participant) }
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

    /// How long a claim of a submission holds.
    #[must_use]
    pub fn lease(&self) -> Duration {
        // A worker's lease outlives its longest request.
        self.file.times.request.0.saturating_mul(2) + self.file.times.connect.0 + Duration::from_secs(30)
    }
}

/// Whether a host is this machine, by its name alone: 127.0.0.0/8, `::1` (in brackets or not), localhost.
fn is_loopback_host(host: &str) -> bool {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
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
        assert_eq!(config.ledger().unwrap().to_string(), "site/access-bridge.sqlite");
        assert_eq!(config.sources().unwrap().len(), 1);
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
        // A ledger is one or the other.
        let all = all.replace("path = \"access-bridge.sqlite\"\n", "");
        let config = parse(&all).unwrap();
        // Each kind of mail source is shown once.
        let kinds: Vec<super::raw::MailKind> = config.file.mail.iter().map(|mail| mail.kind).collect();
        assert_eq!(kinds.len(), 4);
        assert_eq!(config.file.listener.len(), 1);
        // And so is each kind of source.
        let mut kinds: Vec<String> = config.file.source.iter().map(|source| format!("{:?}", source.kind)).collect();
        kinds.sort();
        assert_eq!(kinds, ["Folder", "Http", "Jetstream", "Mllp", "Stdin"]);
        let mut kinds: Vec<String> = config.file.route.iter().map(|route| format!("{:?}", route.kind)).collect();
        kinds.sort();
        assert_eq!(kinds, ["File", "Folder", "Http", "Jetstream", "Mllp", "Stdout"]);
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let wrong = EXAMPLE.replace("[ledger]\n", "[ledger]\nfile = \"x\"\n");
        let error = parse(&wrong).unwrap_err();
        assert!(error.contains("access-bridge.toml:19:1: unknown field `file`"), "{error}");
        let wrong = EXAMPLE.replace("[ledger]", "[ledgr]");
        let error = Config::parse(Path::new("a.toml"), &wrong, &Environment::default()).unwrap_err();
        assert!(error.to_string().starts_with("configuration a.toml:18:2: unknown field `ledgr`"), "{error}");
        assert_eq!(error.hint(), "did you mean `ledger`?");
        let error = parse(&EXAMPLE.replace("127.0.0.1:2575", "localhost")).unwrap_err();
        assert!(error.contains("access-bridge.toml:74:10: source adt: listen"), "{error}");
        let error = parse(&EXAMPLE.replace("poll_first = \"5s\"", "poll_first = \"5\"")).unwrap_err();
        assert!(error.contains("expected a time"), "{error}");
        let error = parse(&EXAMPLE.replace("frame_bytes = 16777216", "frame_bytes = 16777217")).unwrap_err();
        assert!(error.contains("limits.frame_bytes: at most 16777216"), "{error}");
    }

    /// The line of the file was blamed, which was right.
    #[test]
    fn what_the_environment_has_wrong_is_told_with_its_variable() {
        let file = format!("{EXAMPLE}\n[access.participants.ACCES12345]\nscope = \"x\"\n");
        let told = |name: &str, value: &str| {
            let environment = [(format!("ACCESS_BRIDGE_{name}"), value.to_owned())].into_iter().collect();
            let config = match Config::parse(Path::new("site/access-bridge.toml"), &file, &environment) {
                Ok(config) => config,
                Err(error) => return error.to_string(),
            };
            let client = config.client("ACCES12345");
            client
                .map(|client| config.client_error("ACCES12345", &client.validate().unwrap_err()))
                .unwrap_or_else(|error| error)
                .to_string()
        };
        for (name, value, why) in [
            ("ACCESS__BASE_URL", "http://example.org/fhir", "must be an https URL"),
            ("ACCESS__TOKEN_URL", "::", "relative URL without a base"),
            ("ACCESS__PARTICIPANTS__ACCES12345__CLIENT_ID", "", "must be 1 to "),
            ("CLIENT_SECRET_ACCES12345", "a\tb", "must be 1 to "),
            ("TIMES__LOOK", "2m", "must lie between "),
            ("LIMITS__FRAME_BYTES", "16777217", "at most 16777216"),
            ("SOURCE__0__LISTEN", "localhost", "expected an IP address and a port"),
        ] {
            let error = told(name, value);
            let expected = format!("environment variable ACCESS_BRIDGE_{name}: ");
            assert!(error.starts_with(&expected) && error.contains(why) && !error.contains(".toml"), "{error}");
        }
    }

    #[test]
    fn an_api_elsewhere_needs_a_secret_and_tls() {
        let far = EXAMPLE.replace("http://127.0.0.1:8480", "https://api.example.org");
        let error = parse(&far).unwrap().client("ACCES12345").unwrap_err().to_string();
        assert!(error.contains("ACCESS_BRIDGE_CLIENT_SECRET"), "{error}");
    }

    #[test]
    fn a_sandbox_on_this_machine_needs_no_secret_however_its_host_is_written() {
        let secret = |host: &str| {
            let client = parse(&EXAMPLE.replace("127.0.0.1:8480", host)).unwrap().client("ACCES12345");
            client.map(|client| client.client_secret.expose().to_owned()).map_err(|error| error.to_string())
        };
        for here in ["127.0.0.1:8480", "127.8.9.10:8480", "[::1]:8480", "localhost:8480", "LOCALHOST"] {
            assert_eq!(secret(here).as_deref(), Ok("sandbox"), "{here}");
        }
        for elsewhere in ["128.0.0.1:8480", "[::2]:8480", "localhost.example.org", "127.0.0.1.example.org"] {
            assert!(secret(elsewhere).unwrap_err().contains("ACCESS_BRIDGE_CLIENT_SECRET"), "{elsewhere}");
        }
    }

    #[test]
    fn what_is_wrong_with_access_is_told_with_its_place_and_in_the_words_of_the_file() {
        let told = |text: &str| {
            let config = parse(text).unwrap();
            let client = config.client("ACCES12345");
            let error = client.map(|client| config.client_error("ACCES12345", &client.validate().unwrap_err()));
            error.unwrap_or_else(|error| error).to_string()
        };
        let far = EXAMPLE.replace("base_url = \"http://127.0.0.1:8480", "base_url = \"http://api.example.org");
        assert!(told(&far).contains("toml:49:12: access.base_url: must be an https URL"), "{}", told(&far));
        let own = format!("{EXAMPLE}\n[access.participants.ACCES12345]\nclient_id = \"\"\n");
        assert!(told(&own).contains(": access.participants.ACCES12345.client_id: must be 1 to "), "{}", told(&own));
        let own = format!("{EXAMPLE}\n[access.participants.ACCES12345]\nclient_secret_file = \"nowhere\"\n");
        assert!(told(&own).contains("client_secret_file: site/nowhere: No such file"), "{}", told(&own));
        let folder = tempfile::tempdir().unwrap();
        let with_secret = |text: &str| {
            let path = folder.path().join("empty");
            std::fs::write(&path, text).unwrap();
            let key = format!("client_secret_file = \"{}\"", path.display());
            EXAMPLE.replace("#client_secret_file = \"client-secret\"", &key)
        };
        let tab = with_secret("a\tb");
        assert!(told(&tab).contains(": access.client_secret_file: must be 1 to "), "{}", told(&tab));
        let late = EXAMPLE.replace("request = \"60s\"", "request = \"20m\"");
        assert!(told(&late).contains(": times.request: must be more than 0"), "{}", told(&late));
        let empty = with_secret("\n");
        assert!(
            told(&empty).contains(": access.client_secret_file: ") && told(&empty).ends_with("empty is empty"),
            "{}",
            told(&empty)
        );
    }
}
