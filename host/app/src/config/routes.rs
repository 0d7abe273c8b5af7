//! What `[[route]]` tables must and must not have, and what follows from them.

use super::check::is_host_and_port;
use super::raw::{self, Format, RouteKind};
use super::{Config, ConfigError, check};
use access_contract::{NoticeKind, Severity};
use bridge_net::tls::ClientFiles;
use bridge_routes::http::Secrets;
use bridge_routes::mllp::Keeps;
use bridge_types::Secret;
use std::collections::BTreeSet;
use std::path::PathBuf;
use url::Url;

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An MLLP listener.
    Mllp {
        /// Host and port.
        address: String,
        /// Whom to trust, and who we are.
        tls: Option<ClientFiles>,
        /// What becomes of connections.
        keeps: Keeps,
    },
    /// An HTTP address.
    Http {
        /// The address.
        url: Url,
        /// Whom to trust, and who we are.
        tls: Option<ClientFiles>,
    },
    /// A subject of a broker.
    Jetstream {
        /// The subject.
        subject: String,
    },
    /// A file that grows.
    File(PathBuf),
    /// A folder.
    Folder(PathBuf),
    /// Standard output.
    Stdout,
}

impl Config {
    pub(super) fn check_routes(&self) -> Result<(), ConfigError> {
        let mut names = BTreeSet::new();
        for (index, route) in self.file.route.iter().enumerate() {
            let unfit = |key: &str, message: &str| Err(self.value(&format!("route.{index}.{key}"), message));
            if !names.insert(&route.name) {
                return unfit("name", "two routes have this name");
            }
            if let Some((key, kinds)) = misplaced(route) {
                return unfit(key, &format!("belongs to {kinds}"));
            }
            self.destination(index)?;
            if let Some(message) = misfit(route) {
                return unfit("format", message);
            }
            let (kinds, severities) = (NoticeKind::WORDS, Severity::WORDS);
            if let Some(kind) = route.kinds.iter().find(|kind| !kinds.contains(&kind.as_str())) {
                return unfit("kinds", &format!("\"{kind}\" is no kind of notice; one of {}", kinds.join(", ")));
            }
            if let Some(severity) = route.severities.iter().find(|severity| !severities.contains(&severity.as_str())) {
                return unfit(
                    "severities",
                    &format!("\"{severity}\" is no severity; one of {}", severities.join(", ")),
                );
            }
            for track in &route.tracks {
                if matches!(access_contract::Track::from(track.as_str()), access_contract::Track::Other(_)) {
                    return unfit("tracks", &format!("\"{track}\" is no track: eCKM, CKM, MSK or BH"));
                }
            }
            if route.attempts.is_some_and(|attempts| !(1..=1_000_000).contains(&attempts)) {
                return unfit("attempts", "must lie between 1 and 1000000");
            }
        }
        Ok(())
    }

    /// Where a route leads, by its position in the file.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn destination(&self, index: usize) -> Result<Destination, ConfigError> {
        let key = |part: &str| format!("route.{index}.{part}");
        let Some(route) = self.file.route.get(index) else {
            return Err(self.value(&key("name"), "there is no such route"));
        };
        let need = |part: &str, given: &Option<String>, message: &str| {
            given.clone().ok_or_else(|| self.value(&key(part), message))
        };
        let path = || need("path", &route.path, "this kind of route needs a path").map(|path| self.resolve(&path));
        let tls = || self.client_files(&key("tls"), route.tls.as_ref());
        Ok(match route.kind {
            RouteKind::Mllp => {
                let address =
                    need("address", &route.address, "an mllp route needs an address, such as \"10.0.0.5:2576\"")?;
                if !is_host_and_port(&address) {
                    return Err(self.value(&key("address"), "expected a host and a port, such as \"10.0.0.5:2576\""));
                }
                let keeps = match route.connection {
                    Some(raw::Connection::Each) => Keeps::Nothing,
                    Some(raw::Connection::Kept) | None => Keeps::Open,
                };
                Destination::Mllp { address, tls: tls()?, keeps }
            }
            RouteKind::Http => {
                let text = need(
                    "url",
                    &route.url,
                    "an http route needs a url, such as \"https://engine.example.org/access\"",
                )?;
                let url = Url::parse(&text).map_err(|error| self.value(&key("url"), error.to_string()))?;
                let loopback = url.host_str().is_some_and(super::is_loopback_host);
                if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
                    return Err(self.value(&key("url"), "must be an https URL; http is for loopback addresses"));
                }
                if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
                    return Err(self.value(&key("url"), "must hold no credentials and no fragment; name a token_file"));
                }
                // The system's authorities, where nothing else is said.
                let tls = tls()?.or_else(|| (url.scheme() == "https").then(ClientFiles::default));
                Destination::Http { url, tls }
            }
            RouteKind::Jetstream => {
                self.check_nats(&key("kind"))?;
                let subject = need("subject", &route.subject, "a jetstream route needs a subject")?;
                if !is_subject(&subject, false) {
                    return Err(
                        self.value(&key("subject"), "expected a subject without wildcards, such as \"access.notices\"")
                    );
                }
                Destination::Jetstream { subject }
            }
            RouteKind::File => Destination::File(path()?),
            RouteKind::Folder => Destination::Folder(path()?),
            RouteKind::Stdout => Destination::Stdout,
        })
    }

    /// What an HTTP route signs with, by its position in the file.
    ///
    /// # Errors
    /// A file that cannot be read, or secrets that cannot be used.
    pub fn route_secrets(&self, index: usize) -> Result<Option<Secrets>, ConfigError> {
        let Some(route) = self.file.route.get(index) else { return Ok(None) };
        let key = format!("route.{index}.secret_file");
        let text = self.secret(route.secret_file.as_deref(), &key, "ROUTE_SECRET", &route.name)?;
        let read = |text| Secrets::read(&Secret::new(text)).map_err(|error| self.value(&key, error.to_string()));
        text.map(read).transpose()
    }

    /// The bearer token an HTTP route shows, by its position in the file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn route_token(&self, index: usize) -> Result<Option<Secret>, ConfigError> {
        let Some(route) = self.file.route.get(index) else { return Ok(None) };
        let key = format!("route.{index}.token_file");
        let token = self.secret(route.token_file.as_deref(), &key, "ROUTE_TOKEN", &route.name)?;
        Ok(token.map(|token| Secret::new(token.trim())))
    }

    /// Reads what the routes name: certificates and secrets.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn look_at_routes(&self) -> Result<(), ConfigError> {
        for index in 0..self.file.route.len() {
            match self.destination(index)? {
                Destination::Mllp { tls, .. } => {
                    self.certificates(&format!("route.{index}.tls"), tls)?;
                }
                Destination::Http { tls, .. } => {
                    self.certificates(&format!("route.{index}.tls"), tls)?;
                    self.route_secrets(index)?;
                    self.route_token(index)?;
                }
                Destination::Jetstream { .. } => {
                    self.nats()?;
                }
                Destination::Folder(path) if !path.is_dir() => {
                    let message =
                        format!("{}: there is no such folder; make it, writable for this program", path.display());
                    return Err(self.value(&format!("route.{index}.path"), message));
                }
                Destination::File(_) | Destination::Folder(_) | Destination::Stdout => {}
            }
        }
        Ok(())
    }
}

/// Whether a text can be a subject; wildcards only where they make sense.
pub(super) fn is_subject(text: &str, wildcards: bool) -> bool {
    let token = |token: &str| {
        !token.is_empty()
            && !token.contains(|letter: char| letter.is_whitespace() || letter.is_control())
            && (wildcards || !token.contains(['*', '>']))
    };
    text.len() <= 255 && text.split('.').all(token)
}

/// Why the format does not fit the kind.
fn misfit(route: &raw::Route) -> Option<&'static str> {
    match (route.kind, route.format) {
        (RouteKind::File | RouteKind::Stdout, Format::Hl7v2) => {
            Some("hl7v2 messages hold line ends: use kind = \"folder\" or \"mllp\", or another format")
        }
        (RouteKind::Mllp, Format::Json | Format::Fhir) => Some("an mllp route carries format = \"hl7v2\""),
        _ => None,
    }
}

/// A key that the route's kind has no use for, and the kinds that have.
fn misplaced(route: &raw::Route) -> Option<(&'static str, &'static str)> {
    use RouteKind::{File, Folder, Http, Jetstream, Mllp};
    let keys: [check::Use<'_, RouteKind>; 8] = [
        ("address", route.address.is_some(), &[Mllp], "mllp"),
        ("connection", route.connection.is_some(), &[Mllp], "mllp"),
        ("path", route.path.is_some(), &[File, Folder], "file and folder"),
        ("url", route.url.is_some(), &[Http], "http"),
        ("secret_file", route.secret_file.is_some(), &[Http], "http"),
        ("token_file", route.token_file.is_some(), &[Http], "http"),
        ("tls", route.tls.is_some(), &[Mllp, Http], "mllp and http; for jetstream it stands under [nats]"),
        ("subject", route.subject.is_some(), &[Jetstream], "jetstream"),
    ];
    check::misplaced(&route.kind, &keys)
}

#[cfg(test)]
mod tests {
    use super::Destination;
    use crate::config::{Config, EXAMPLE, Environment};
    use std::path::Path;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let environment: Environment =
            variables.iter().map(|(name, value)| (format!("ACCESS_BRIDGE_{name}"), (*value).to_owned())).collect();
        let text = format!("{EXAMPLE}\n[[route]]\nname = 'x'\n{text}");
        Config::parse(Path::new("site/access-bridge.toml"), &text, &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_route_cannot_be_is_told_with_its_place_and_key() {
        for (text, told) in [
            ("kind = 'http'\nformat = 'json'", "route x: url: an http route needs a url"),
            ("kind = 'http'\nformat = 'json'\nurl = 'http://engine/a'", "route x: url: must be an https URL"),
            ("kind = 'http'\nformat = 'json'\nurl = 'https://u:p@engine/a'", "route x: url: must hold no credentials"),
            (
                "kind = 'http'\nformat = 'json'\nurl = 'https://engine/a'\naddress = 'a:1'",
                "route x: address: belongs to mllp",
            ),
            (
                "kind = 'mllp'\nformat = 'hl7v2'\naddress = 'a:1'\ntls = { key = 'k' }",
                "route x: tls: a certificate and its key",
            ),
            ("kind = 'stdout'\nformat = 'json'\ntls = {}", "route x: tls: belongs to mllp and http"),
            ("kind = 'stdout'\nformat = 'json'\ntracks = ['ckm']", "route x: tracks: \"ckm\" is no track"),
            ("kind = 'stdout'\nformat = 'json'\nattempts = 0", "route x: attempts: must lie between"),
            ("kind = 'jetstream'\nformat = 'json'\nsubject = 'a'", "route x: kind: jetstream needs a table [nats]"),
            (
                "kind = 'jetstream'\nformat = 'json'\nsubject = 'a.>'\n[nats]\nservers = ['127.0.0.1:4222']",
                "route x: subject: expected a subject without wildcards",
            ),
            (
                "kind = 'jetstream'\nformat = 'json'\nsubject = 'a'\n[nats]\nservers = ['far:4222']",
                "nats.servers: feeds would go over the network",
            ),
            (
                "kind = 'jetstream'\nformat = 'json'\nsubject = 'a'\n[nats]\nservers = []",
                "nats.servers: expected hosts and ports",
            ),
            ("kind = 'http'\nformat = 'json'\nurll = 'x'", "unknown field `urll`"),
        ] {
            let error = parse(text, &[]).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
            assert!(error.contains("access-bridge.toml:"), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_come_from_files_or_the_environment_and_are_looked_at() {
        let text = "kind = 'http'\nformat = 'json'\nurl = 'https://engine.example.org/a'\n";
        let config = parse(text, &[("ROUTE_SECRET_X", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]).unwrap();
        let index = config.file.route.len() - 1;
        assert!(config.route_secrets(index).unwrap().is_some() && config.route_token(index).unwrap().is_none());
        let Destination::Http { tls: Some(_), .. } = config.destination(index).unwrap() else { panic!("no TLS") };
        let config = parse(text, &[("ROUTE_SECRET", "short")]).unwrap();
        let error = config.look_at_routes().unwrap_err().to_string();
        assert!(error.contains("route x: secret_file: a secret has 16 to 512 bytes"), "{error}");
        let nats = "kind = 'jetstream'\nformat = 'json'\nsubject = 'a'\n[nats]\nservers = ['far:4222']\ntls = {}\nuser = 'u'\n";
        let error = parse(nats, &[]).unwrap().nats().unwrap_err().to_string();
        assert!(error.contains("ACCESS_BRIDGE_NATS_PASSWORD"), "{error}");
        assert!(parse(nats, &[("NATS_PASSWORD", "p")]).unwrap().nats().is_ok());
    }
}
