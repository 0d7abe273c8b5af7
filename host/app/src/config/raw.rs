//! The configuration file as it is written.

use super::duration::Span;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `example`, or the path of a site profile.
    pub profile: String,
    /// Folder of mapping data that goes before the built-in one.
    pub mappings: Option<String>,
    /// The ledger.
    pub ledger: Ledger,
    /// The CMS API.
    pub access: Access,
    /// Where feeds come in.
    #[serde(default)]
    pub source: Vec<Source>,
    /// The broker of JetStream sources and routes.
    pub nats: Option<Nats>,
    /// Where mails of CMS come in.
    #[serde(default)]
    pub mail: Vec<Mail>,
    /// Where messages of CMS come in.
    #[serde(default)]
    pub listener: Vec<Listener>,
    /// Where notices go.
    #[serde(default)]
    pub route: Vec<Route>,
    /// Notices.
    #[serde(default)]
    pub notices: Notices,
    /// Schedules and time limits.
    #[serde(default)]
    pub times: Times,
    /// Other limits.
    #[serde(default)]
    pub limits: Limits,
    /// The component.
    #[serde(default)]
    pub runtime: Runtime,
    /// Logging.
    #[serde(default)]
    pub log: Log,
}

/// `[ledger]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The SQLite file.
    pub path: Option<String>,
    /// The PostgreSQL database, in place of a file.
    pub url: Option<String>,
    /// File with the password for it.
    pub password_file: Option<String>,
    /// Further certificate authorities for it, as PEM.
    pub ca_file: Option<String>,
    /// Connections to it at once.
    pub connections: Option<usize>,
    /// How long content is kept.
    #[serde(default)]
    pub retention: Retention,
}

/// `[ledger.retention]`; what is unset is kept for ever.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Bytes of feeds.
    pub feeds: Option<Span>,
    /// Bytes of refused feeds and of parts of messages.
    pub quarantine: Option<Span>,
    /// What was sent for submissions that have ended.
    pub payloads: Option<Span>,
    /// Notices that every route has.
    pub notices: Option<Span>,
}

/// How credentials travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// HTTP Basic.
    Basic,
    /// Form fields.
    Form,
    /// Basic, then form.
    Auto,
}

/// The keys of `[access]`, all optional so that a participant's table may name some of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Up to but not including `/access`.
    pub base_url: Option<String>,
    /// Token endpoint.
    pub token_url: Option<String>,
    /// OAuth client id.
    pub client_id: Option<String>,
    /// File that holds the secret.
    pub client_secret_file: Option<String>,
    /// How credentials travel.
    pub auth: Option<Auth>,
    /// OAuth scope.
    pub scope: Option<String>,
    /// Further origins that may be polled.
    pub allowed_origins: Option<Vec<String>>,
    /// A certificate authority beside the system's.
    pub ca_file: Option<String>,
    /// An HTTP proxy.
    pub proxy: Option<String>,
    /// Settings of single participants; not inside such a table again.
    #[serde(default)]
    pub participants: BTreeMap<String, Access>,
}

/// What feeds come in through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// An MLLP listener.
    Mllp,
    /// An HTTP listener.
    Http,
    /// A folder that is watched.
    Folder,
    /// Standard input.
    Stdin,
    /// A stream of a NATS broker.
    Jetstream,
}

/// Certificate files of a client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    /// Authorities in place of the system's.
    pub ca: Option<String>,
    /// Our certificate.
    pub certificate: Option<String>,
    /// Its private key.
    pub key: Option<String>,
}

/// `[nats]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// Hosts and ports.
    pub servers: Vec<String>,
    /// TLS; unset is for loopback addresses.
    pub tls: Option<ClientTls>,
    /// User.
    pub user: Option<String>,
    /// File that holds the user's password.
    pub password_file: Option<String>,
    /// File that holds a token.
    pub token_file: Option<String>,
}

/// Certificate files of a listener.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// The certificate and those between it and its root.
    pub certificate: String,
    /// Its private key.
    pub key: String,
    /// Authorities of clients: only they are let in.
    pub client_ca: Option<String>,
}

/// Whether `MSH-15` and `MSH-16` are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acknowledge {
    /// Answer as the message asks.
    AsAsked,
    /// Always `AA`, `AE` or `AR`.
    Original,
}

/// `[[source]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name, for the history.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Address and port (`mllp`, `http`).
    pub listen: Option<String>,
    /// Its identity (`mllp`, `http`); unset speaks without TLS.
    pub tls: Option<ServerTls>,
    /// Whether `MSH-15` and `MSH-16` are followed (`mllp`, `http`).
    pub acknowledge: Option<Acknowledge>,
    /// File that holds the bearer token (`http`).
    pub token_file: Option<String>,
    /// Whether a proxy that speaks TLS stands in front (`http`).
    pub behind_proxy: Option<bool>,
    /// The folder (`folder`).
    pub path: Option<String>,
    /// How often it is looked at (`folder`).
    pub every: Option<Span>,
    /// How long a file must not have changed (`folder`).
    pub quiet: Option<Span>,
    /// Whether acknowledgements are written beside the files (`folder`).
    pub acks: Option<bool>,
    /// The stream (`jetstream`).
    pub stream: Option<String>,
    /// Only this subject of it (`jetstream`).
    pub subject: Option<String>,
    /// Name of the durable consumer (`jetstream`).
    pub durable: Option<String>,
    /// Where refused messages are published (`jetstream`).
    pub dead_subject: Option<String>,
    /// How long the server waits for an acknowledgement (`jetstream`).
    pub ack_wait: Option<Span>,
    /// Messages given out and not acknowledged (`jetstream`).
    pub in_flight: Option<u32>,
}

impl Source {
    /// Standard input.
    #[must_use]
    pub fn stdin() -> Self {
        Self {
            name: "stdin".to_owned(),
            kind: SourceKind::Stdin,
            listen: None,
            tls: None,
            acknowledge: None,
            token_file: None,
            behind_proxy: None,
            path: None,
            every: None,
            quiet: None,
            acks: None,
            stream: None,
            subject: None,
            durable: None,
            dead_subject: None,
            ack_wait: None,
            in_flight: None,
        }
    }
}

/// Where mails come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailKind {
    /// A folder of `.eml` files.
    Folder,
    /// A Maildir.
    Maildir,
    /// An mbox file.
    Mbox,
    /// A mailbox on a server.
    Imap,
}

/// `[[mail]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: MailKind,
    /// Where it is (`folder`, `maildir`, `mbox`).
    pub path: Option<String>,
    /// Domains that senders may have; empty takes all.
    #[serde(default)]
    pub from: Vec<String>,
    /// How often it is looked at.
    #[serde(default = "half_a_minute")]
    pub every: Span,
    /// Host and port (`imap`).
    pub server: Option<String>,
    /// User (`imap`).
    pub user: Option<String>,
    /// File that holds the password (`imap`).
    pub password_file: Option<String>,
    /// File that holds an access token in place of a password; read at every connection (`imap`).
    pub token_file: Option<String>,
    /// Where access tokens are asked for by client credentials (`imap`).
    pub token_url: Option<String>,
    /// Id of that client (`imap`).
    pub client_id: Option<String>,
    /// File that holds the secret of that client (`imap`).
    pub client_secret_file: Option<String>,
    /// What the token is for (`imap`).
    pub scope: Option<String>,
    /// Mailbox (`imap`); `INBOX` if unset.
    pub mailbox: Option<String>,
    /// Mailbox that mails are moved to (`imap`); unset marks them as seen.
    pub move_to: Option<String>,
    /// A certificate authority beside the system's (`imap`).
    pub ca_file: Option<String>,
    /// No TLS (`imap`); loopback only.
    #[serde(default)]
    pub plain: bool,
}

/// What a listener takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerKind {
    /// FHIR message Bundles of CMS.
    CmsMessages,
}

/// `[[listener]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: ListenerKind,
    /// Address and port.
    pub listen: String,
    /// File that holds the bearer token.
    pub token_file: Option<String>,
    /// Whether a proxy that speaks TLS stands in front; without one it listens on loopback only.
    #[serde(default)]
    pub behind_proxy: bool,
}

fn half_a_minute() -> Span {
    seconds(30)
}

/// How a notice is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `ORU^R01` with `ZAC`.
    Hl7v2,
    /// CloudEvents.
    Json,
    /// Bundle.
    Fhir,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteKind {
    /// An MLLP listener.
    Mllp,
    /// An HTTP address.
    Http,
    /// A subject of a NATS broker.
    Jetstream,
    /// One file, a line each.
    File,
    /// A folder, a file each.
    Folder,
    /// Standard output.
    Stdout,
}

/// What becomes of the connection after a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// It is kept.
    Kept,
    /// Each notice has its own.
    Each,
}

/// What is done with a notice that the destination refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// It is tried again, as often as `attempts` says.
    Retry,
    /// It is given up at once.
    GiveUp,
}

/// `[[route]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub kind: RouteKind,
    /// How notices are written down.
    pub format: Format,
    /// Address and port (`mllp`).
    pub address: Option<String>,
    /// Whether connections are kept (`mllp`).
    pub connection: Option<Connection>,
    /// File (`file`) or folder (`folder`).
    pub path: Option<String>,
    /// The address (`http`).
    pub url: Option<String>,
    /// File that holds the secrets that notices are signed with (`http`).
    pub secret_file: Option<String>,
    /// File that holds a bearer token (`http`).
    pub token_file: Option<String>,
    /// Whom to trust, and who we are (`mllp`, `http`).
    pub tls: Option<ClientTls>,
    /// The subject (`jetstream`).
    pub subject: Option<String>,
    /// Attempts before a notice is given up that is refused; `limits.delivery_attempts` if unset.
    pub attempts: Option<u32>,
    /// What follows a refusal that may be mended: AE, CE.
    pub on_error: Option<Refused>,
    /// What follows a refusal for good: AR, CR, an HTTP status of 400 to 499.
    pub on_reject: Option<Refused>,
    /// Only these kinds; empty takes all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Only these severities; empty takes all.
    #[serde(default)]
    pub severities: Vec<String>,
    /// Only these participants; empty takes all.
    #[serde(default)]
    pub participants: Vec<String>,
    /// Only these tracks; empty takes all.
    #[serde(default)]
    pub tracks: Vec<String>,
}

/// `[notices]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notices {
    /// `MSH-3` of HL7 v2 notices.
    pub sender: String,
}

impl Default for Notices {
    fn default() -> Self {
        Self { sender: "ACCESS-BRIDGE".to_owned() }
    }
}

/// A table whose keys are all optional, with the defaults beside the names.
macro_rules! settings {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty = $default:expr,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[$field_meta])* pub $field: $kind,)+ }

        impl Default for $name {
            fn default() -> Self { Self { $($field: $default,)+ } }
        }
    };
}

const fn seconds(seconds: u64) -> Span {
    Span(Duration::from_secs(seconds))
}

settings! {
    /// `[times]`
    Times {
        /// First poll.
        poll_first: Span = seconds(5),
        /// Later polls.
        poll_interval: Span = seconds(15),
        /// Longest wait between polls.
        poll_interval_max: Span = seconds(30),
        /// After this, polling is slow and a person is told.
        poll_overall: Span = seconds(300),
        /// Slow polling.
        poll_slow: Span = seconds(60),
        /// Slowest polling.
        poll_slow_max: Span = seconds(900),
        /// First wait before sending again.
        retry_base: Span = seconds(5),
        /// Longest wait before sending again.
        retry_max: Span = seconds(900),
        /// Wait where a person must act.
        operator_wait: Span = seconds(900),
        /// First wait before an API is probed that is away.
        outage_probe: Span = seconds(10),
        /// Longest wait before it is probed.
        outage_probe_max: Span = seconds(300),
        /// One HTTP request.
        request: Span = seconds(60),
        /// Connecting.
        connect: Span = seconds(10),
        /// First wait before delivering again.
        delivery_base: Span = seconds(1),
        /// Longest wait before delivering again.
        delivery_max: Span = seconds(300),
        /// Waiting for the acknowledgement of a notice.
        delivery_response: Span = seconds(30),
        /// A started MLLP frame must be complete.
        frame: Span = seconds(30),
        /// Silence after which an MLLP connection is reset.
        idle: Span = seconds(24 * 3600),
        /// Looking at the ledger for what others did.
        look: Span = Span(Duration::from_millis(500)),
        /// Looking at the profile's files for changes.
        profile: Span = seconds(2),
        /// Looking at certificate files for changes.
        certificates: Span = seconds(10),
        /// Longest wait before a mail source is looked at again that could not be read.
        mail_longest: Span = seconds(300),
    }
}

settings! {
    /// `[limits]`
    Limits {
        /// Bytes of one MLLP frame.
        frame_bytes: usize = 16 << 20,
        /// Connections at once, per source.
        connections: usize = 256,
        /// MLLP connections of one address at once; none is half of all.
        connections_per_peer: Option<usize> = None,
        /// Bytes of frames and bodies in hand at once, per source.
        listener_bytes: usize = 256 << 20,
        /// Requests to CMS at once.
        requests: usize = 16,
        /// Attempts before a notice is given up for a route that refuses it.
        delivery_attempts: u32 = 10,
        /// Attempts before a submission that cannot be sent is given up.
        send_attempts: u32 = 200,
        /// Failures in a row after which an API counts as away.
        outage_after: u32 = 5,
    }
}

impl Limits {
    /// MLLP connections of one address at once.
    #[must_use]
    pub fn of_one_peer(&self) -> usize {
        self.connections_per_peer.unwrap_or_else(|| self.connections.div_ceil(2))
    }
}

settings! {
    /// `[runtime]`
    Runtime {
        /// A component in place of the built-in one.
        component: Option<String> = None,
        /// Folder of compiled code; none compiles at every start.
        cache: Option<String> = Some(".access-bridge-cache".to_owned()),
        /// Memory of one instance.
        memory_mib: usize = 512,
        /// Time of one call.
        time: Span = seconds(10),
        /// Instances at once.
        instances: u32 = 8,
        /// Calls before an instance is replaced.
        reuse: u32 = 1_000,
    }
}

settings! {
    /// `[log]`
    Log {
        /// `text` or `json`.
        format: String = "text".to_owned(),
        /// `error`, `warn`, `info`, `debug`.
        level: String = "info".to_owned(),
    }
}
