//! What a configuration must be beyond its form: names that are not taken twice, routes that lead somewhere, times and numbers
//! that can work. Whatever is wrong is told before anything is started, with its place.

use super::place::Place;
use super::{Config, ConfigError, raw};
use crate::delivery;
use crate::outbox::Schedules;
use bridge_client::ScheduleError;
use bridge_ledger::Bounds;
use std::net::SocketAddr;
use std::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A key, whether it is given, the kinds that have a use for it, and what they are called together.
pub(super) type Use<'a, Kind> = (&'static str, bool, &'a [Kind], &'static str);

/// A key that is given although the kind has no use for it, and what the kinds are called that have.
pub(super) fn misplaced<Kind: PartialEq>(kind: &Kind, keys: &[Use<'_, Kind>]) -> Option<(&'static str, &'static str)> {
    let misplaced = keys.iter().find(|(_, given, kinds, _)| *given && !kinds.contains(kind));
    misplaced.map(|(key, _, _, words)| (*key, *words))
}

impl Config {
    /// A value that cannot work, by the path of its key. Where the environment gave it, the variable is named: the line of the file
    /// may be right.
    pub(super) fn value(&self, path: &str, message: impl Into<String>) -> ConfigError {
        if let Some(name) = self.environment.name_of(path) {
            return ConfigError::Variable { name, why: message.into() };
        }
        ConfigError::Value {
            path: self.path.clone(),
            place: Place::of_key(&self.text, path),
            key: self.named(path),
            message: message.into(),
        }
    }

    /// The path of a key with sources, routes, mail sources and listeners by their names: `route engine: kind`.
    fn named(&self, path: &str) -> String {
        let mut parts = path.splitn(3, '.');
        let (Some(list), Some(index), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return path.to_owned();
        };
        let index: Option<usize> = index.parse().ok();
        let name = match (list, index) {
            ("source", Some(index)) => self.file.source.get(index).map(|source| &source.name),
            ("route", Some(index)) => self.file.route.get(index).map(|route| &route.name),
            ("mail", Some(index)) => self.file.mail.get(index).map(|mail| &mail.name),
            ("listener", Some(index)) => self.file.listener.get(index).map(|listener| &listener.name),
            _ => None,
        };
        name.map_or_else(|| path.to_owned(), |name| format!("{list} {name}: {key}"))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.sources()?;
        self.check_routes()?;
        self.check_mail()?;
        self.check_ledger()?;
        if !matches!(self.file.log.format.as_str(), "text" | "json") {
            return Err(self.value("log.format", "\"text\" or \"json\""));
        }
        if !matches!(self.file.log.level.as_str(), "error" | "warn" | "info" | "debug") {
            return Err(self.value("log.level", "\"error\", \"warn\", \"info\" or \"debug\""));
        }
        self.check_schedules()?;
        self.check_ranges()
    }

    /// An address to listen on, by the path of its key.
    pub(super) fn address(&self, path: &str, text: &str) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| self.value(path, "expected an IP address and a port, such as \"127.0.0.1:2575\""))
    }

    /// Schedules of polls, repetitions and deliveries.
    fn check_schedules(&self) -> Result<(), ConfigError> {
        let times = &self.file.times;
        let told = |prefix: &str, error: &ScheduleError| {
            let key = |setting: &str| format!("times.{prefix}_{}", setting.replace('-', "_"));
            match error {
                ScheduleError::OutOfRange { setting } => {
                    self.value(&key(setting), "must lie between \"1s\" and \"24h\"")
                }
                ScheduleError::Inverted { upper, lower } => {
                    self.value(&key(upper), format!("must not be less than {}", key(lower)))
                }
                ScheduleError::Percentage { .. } => self.value("times", error.to_string()),
            }
        };
        Schedules::poll(times).map_err(|error| told("poll", &error))?;
        Schedules::retry(times).map_err(|error| told("retry", &error))?;
        delivery::backoff(times).map_err(|error| told("delivery", &error))?;
        for (key, span) in [("outage_probe", times.outage_probe), ("outage_probe_max", times.outage_probe_max)] {
            if !(SECOND..=DAY).contains(&span.0) {
                return Err(self.value(&format!("times.{key}"), "must lie between \"1s\" and \"24h\""));
            }
        }
        Schedules::outage(times)
            .map_err(|_| self.value("times.outage_probe_max", "must not be less than times.outage_probe"))?;
        Ok(())
    }

    /// Times and numbers with which nothing would work, or nothing would ever end.
    fn check_ranges(&self) -> Result<(), ConfigError> {
        let raw::File { times, limits, runtime, .. } = &self.file;
        let spans = [
            ("times.operator_wait", times.operator_wait, SECOND, DAY),
            ("times.request", times.request, SECOND, HOUR),
            ("times.connect", times.connect, 100 * MILLISECOND, HOUR),
            ("times.delivery_response", times.delivery_response, 100 * MILLISECOND, HOUR),
            ("times.frame", times.frame, 100 * MILLISECOND, HOUR),
            ("times.idle", times.idle, MINUTE, 365 * DAY),
            ("times.look", times.look, 10 * MILLISECOND, MINUTE),
            ("times.profile", times.profile, 10 * MILLISECOND, DAY),
            ("times.certificates", times.certificates, 10 * MILLISECOND, DAY),
            ("runtime.time", runtime.time, 100 * MILLISECOND, HOUR),
        ];
        for (key, span, least, most) in spans {
            if !(least..=most).contains(&span.0) {
                return Err(self.value(key, format!("must lie between {least:?} and {} s", most.as_secs())));
            }
        }
        if limits.frame_bytes > Bounds::FEED_BYTES {
            let most = Bounds::FEED_BYTES;
            return Err(self.value("limits.frame_bytes", format!("at most {most}: the ledger keeps no larger feed")));
        }
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let numbers = [
            ("limits.frame_bytes", limits.frame_bytes, 1024, Bounds::FEED_BYTES),
            ("limits.connections", limits.connections, 1, 65_536),
            ("limits.connections_per_peer", limits.of_one_peer(), 1, 65_536),
            ("limits.requests", limits.requests, 1, 1024),
            ("limits.delivery_attempts", count(limits.delivery_attempts), 1, 1_000_000),
            ("limits.send_attempts", count(limits.send_attempts), 1, 1_000_000),
            ("limits.outage_after", count(limits.outage_after), 1, 1_000_000),
            ("runtime.memory_mib", runtime.memory_mib, 16, 4096),
            ("runtime.instances", count(runtime.instances), 1, 1024),
            ("runtime.reuse", count(runtime.reuse), 1, 1_000_000_000),
        ];
        for (key, number, least, most) in numbers {
            if !(least..=most).contains(&number) {
                return Err(self.value(key, format!("must lie between {least} and {most}")));
            }
        }
        if limits.listener_bytes < limits.frame_bytes {
            return Err(self.value("limits.listener_bytes", "must not be less than limits.frame_bytes"));
        }
        Ok(())
    }
}

/// Whether a text names a host and a port. Whether the host is there is found out when it is needed.
pub(crate) fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    !host.is_empty()
        && (bracketed || !host.contains(':'))
        && !host.contains([' ', '/'])
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, EXAMPLE, Environment};
    use std::path::Path;

    /// What is told about the example with one line changed.
    fn told(from: &str, to: &str) -> String {
        assert!(EXAMPLE.contains(from), "{from}");
        let text = EXAMPLE.replace(from, to);
        let parsed = Config::parse(Path::new("access-bridge.toml"), &text, &Environment::default());
        parsed.map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    /// Each was taken once: requests that end at once, an outbox that never rests, a listener that takes nobody.
    #[test]
    fn times_and_numbers_with_which_nothing_works_are_told_with_their_place() {
        for (from, to, wanted) in [
            ("request = \"60s\"", "request = \"0s\"", "times.request: must lie between 1s and 3600 s"),
            ("look = \"500ms\"", "look = \"0ms\"", "times.look: must lie between 10ms and 60 s"),
            ("frame = \"30s\"", "frame = \"2h\"", "times.frame: must lie between 100ms and 3600 s"),
            ("poll_first = \"5s\"", "poll_first = \"0s\"", "times.poll_first: must lie between \"1s\" and \"24h\""),
            (
                "poll_interval_max = \"30s\"",
                "poll_interval_max = \"2s\"",
                "times.poll_interval_max: must not be less than times.poll_interval",
            ),
            ("retry_max = \"15m\"", "retry_max = \"1s\"", "times.retry_max: must not be less than times.retry_base"),
            ("delivery_max = \"5m\"", "delivery_max = \"48h\"", "times.delivery_max: must lie between"),
            ("connections = 256", "connections = 0", "limits.connections: must lie between 1 and 65536"),
            (
                "#connections_per_peer = 128",
                "connections_per_peer = 0",
                "limits.connections_per_peer: must lie between 1",
            ),
            (
                "listener_bytes = 268435456",
                "listener_bytes = 16777215",
                "limits.listener_bytes: must not be less than limits.frame_bytes",
            ),
            ("idle = \"24h\"", "idle = \"1s\"", "times.idle: must lie between 60s and 31536000 s"),
            ("requests = 16", "requests = 0", "limits.requests: must lie between 1 and 1024"),
            ("send_attempts = 200", "send_attempts = 0", "limits.send_attempts: must lie between 1 and 1000000"),
            ("outage_after = 5", "outage_after = 0", "limits.outage_after: must lie between 1 and 1000000"),
            ("outage_probe = \"10s\"", "outage_probe = \"0s\"", "times.outage_probe: must lie between"),
            (
                "outage_probe_max = \"5m\"",
                "outage_probe_max = \"5s\"",
                "times.outage_probe_max: must not be less than times.outage_probe",
            ),
            ("memory_mib = 512", "memory_mib = 1", "runtime.memory_mib: must lie between 16 and 4096"),
            ("instances = 8", "instances = 0", "runtime.instances: must lie between 1 and 1024"),
        ] {
            let line = 1 + EXAMPLE.split(from).next().unwrap_or_default().matches('\n').count();
            let error = told(from, to);
            assert!(error.starts_with(&format!("configuration access-bridge.toml:{line}:")), "{error}");
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn routes_that_lead_nowhere_and_names_taken_twice_are_told_with_their_place() {
        let line = |text: &str| 1 + EXAMPLE.split(text).next().unwrap_or_default().matches('\n').count();
        for (from, to, stands, wanted) in [
            (
                "address = \"127.0.0.1:2576\"\n",
                "",
                "[[route]]",
                "1: route engine: address: an mllp route needs an address",
            ),
            (
                "address = \"127.0.0.1:2576\"",
                "address = \"engine\"",
                "address = \"127.0.0.1:2576\"",
                "11: route engine: address: expected a host and a port",
            ),
            (
                "format = \"hl7v2\"",
                "format = \"json\"",
                "format = \"hl7v2\"",
                "10: route engine: format: an mllp route carries",
            ),
            (
                "name = \"journal\"",
                "name = \"engine\"",
                "name = \"journal\"",
                "8: route engine: name: two routes have this name",
            ),
            (
                "kinds = []",
                "kinds = [\"outcomes\"]",
                "kinds = []",
                "9: route journal: kinds: \"outcomes\" is no kind of notice; one of outcome, held-for-approval,",
            ),
        ] {
            let error = told(from, to);
            assert!(error.contains(&format!("{}:{wanted}", line(stands))), "{error}");
        }
        let twice =
            "[[source]]\nname = \"adt\"\nkind = \"mllp\"\nlisten = \"127.0.0.1:2577\"\n\n[[source]]\nname = \"adt\"";
        let error = told("[[source]]\nname = \"adt\"", twice);
        assert!(error.contains(": source adt: name: two sources have this name"), "{error}");
    }

    #[test]
    fn a_host_and_a_port_are_told_from_other_texts() {
        for good in ["10.0.0.5:2576", "engine:1", "engine.example.org:65535", "[::1]:2576"] {
            assert!(super::is_host_and_port(good), "{good}");
        }
        for bad in
            ["", "engine", ":2576", "engine:", "engine:0", "engine:65536", "::1:2576", "http://engine:80", "a b:1"]
        {
            assert!(!super::is_host_and_port(bad), "{bad}");
        }
    }
}
