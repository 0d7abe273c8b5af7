//! An IMAP mailbox that is looked at again and again.
//!
//! A mail that nobody has seen (`UNSEEN`) is fetched without marking it, handed over, and only then marked: as seen, and as flagged
//! where it waits for a person; or it is moved to another mailbox. The mailbox should be this program's own: what a person has read
//! before is passed over. A mail that the server lists and does not give out is told, passed over, and asked for again each time.
//!
//! One connection is kept between looks and made anew when it is gone. The connection is TLS (1.2 or 1.3) from its first byte and
//! the server's certificate is checked; plain text is for loopback addresses, in tests. Every step has a time limit, and what a
//! server may send in one is bounded. The program logs in with a password or an access token ([`Login`]).

mod login;
mod stream;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use crate::source::ROUND;
use crate::{Form, Incoming, Limits, MailSource, Sink, SourceError, Taken};
use async_imap::Session;
use async_imap::error::Error;
use async_trait::async_trait;
use bridge_types::Phi;
use futures_util::StreamExt;
use login::Bearer;
pub use login::{Login, Tokens};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stream::{Channel, Metered, channel};
pub use stream::{TlsError, tls_settings};

/// Bytes that a server may send in answer to a command that asks for no mail.
const CHATTER: usize = 1024 * 1024;
/// Bytes beyond a mail's own that an answer with it may have.
const AROUND: usize = 64 * 1024;

/// Where the mailbox is.
#[derive(Debug, Clone)]
pub struct ImapOptions {
    /// Name of the source, from configuration.
    pub name: Arc<str>,
    /// Domains that senders may have; empty takes all.
    pub domains: Arc<[String]>,
    /// Host name, which the certificate must bear.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected; unset is plain text, which callers allow for loopback addresses only.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// User.
    pub user: String,
    /// Password, or where access tokens come from.
    pub login: Login,
    /// The mailbox.
    pub mailbox: String,
    /// Where mails go that were taken; unset marks them as seen.
    pub move_to: Option<String>,
    /// Time limit of connecting, and of each step after it.
    pub step: Duration,
}

/// Why a look at a mailbox ended early. Texts of the server are left out: they may quote mails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {step}: {cause}")]
pub struct ImapError {
    /// What was tried.
    pub step: &'static str,
    /// Why.
    pub cause: ImapCause,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImapCause {
    /// The server cannot be reached, or the connection broke.
    #[error("the connection failed ({0})")]
    Connection(std::io::ErrorKind),
    /// The server's certificate is not trusted, or there is no protocol version in common.
    #[error("the connection is not safe; look at the certificate, `ca_file` and the host name")]
    Tls,
    /// The server said no.
    #[error("the server refused")]
    Refused,
    /// The server does not speak IMAP as it should, or sends too much.
    #[error("the server's answer cannot be used")]
    Answer,
    /// It took too long.
    #[error("it took too long")]
    Time,
    /// The configuration holds a character that no command can carry.
    #[error("user, password or mailbox holds a line end")]
    Text,
    /// Nobody gave an access token.
    #[error("there is no access token; look at `token_file`, or at `token_url`, `client_id`, the secret and `scope`")]
    Token,
}

type Stream = Metered<Box<dyn Channel>>;
type Client = async_imap::Client<Stream>;
type Open = Session<Stream>;

/// An IMAP mailbox.
#[derive(Debug)]
pub struct ImapSource {
    options: ImapOptions,
    session: Option<Connected>,
    /// Numbers of the mails that the server listed and did not give out, and whether that was told.
    withheld: BTreeMap<u32, bool>,
}

#[derive(Debug)]
struct Connected {
    session: Open,
    /// Whether the server moves mails itself.
    moves: bool,
    /// Whether single mails can be removed.
    expunges: bool,
}

impl ImapSource {
    /// A mailbox. Nothing is connected before the first round.
    #[must_use]
    pub const fn new(options: ImapOptions) -> Self {
        Self { options, session: None, withheld: BTreeMap::new() }
    }

    /// The connection: the one at hand where it still lives, else a new one.
    async fn connected(&mut self) -> Result<Connected, ImapError> {
        if let Some(mut known) = self.session.take() {
            allow(&mut known.session, CHATTER);
            let alive = self.step("greet the server", known.session.noop()).await;
            if alive.is_ok() {
                return Ok(known);
            }
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<Connected, ImapError> {
        let options = &self.options;
        let step = options.step;
        let stream = tokio::time::timeout(step, channel(options)).await.map_err(|_| late("connect"))??;
        let mut client = Client::new(Metered::new(stream, CHATTER));
        let greeting = self.step("hear the greeting", async { Ok(client.read_response().await?) }).await?;
        if greeting.is_none() {
            return Err(ImapError { step: "hear the greeting", cause: ImapCause::Answer });
        }
        let mut session = self.log_in(client).await?;
        let abilities = self.step("ask for capabilities", session.capabilities()).await?;
        let (moves, expunges) = (abilities.has_str("MOVE"), abilities.has_str("UIDPLUS"));
        if let Some(target) = &options.move_to {
            // It is there already, mostly; where it is not and cannot be made, moving says so.
            let made = self.step("make the mailbox to move to", session.create(target)).await;
            if let Err(error) = made
                && error.cause != ImapCause::Refused
            {
                return Err(error);
            }
        }
        self.step("open the mailbox", session.select(&options.mailbox)).await?;
        Ok(Connected { session, moves, expunges })
    }

    async fn log_in(&self, client: Client) -> Result<Open, ImapError> {
        let ImapOptions { user, login, step, .. } = &self.options;
        match login {
            Login::Password(password) => {
                let login = client.login(user, password.expose());
                self.step("log in", async { login.await.map_err(|(error, _)| error) }).await
            }
            Login::Token(tokens) => {
                const STEP: &str = "get an access token";
                let token = tokio::time::timeout(*step, tokens.token()).await.map_err(|_| late(STEP))?;
                let token = token.ok_or(ImapError { step: STEP, cause: ImapCause::Token })?;
                let login = client.authenticate("XOAUTH2", Bearer::new(user, &token));
                self.step("log in with an access token", async { login.await.map_err(|(error, _)| error) }).await
            }
        }
    }

    /// Hands over what nobody has seen.
    async fn look(&mut self, connected: &mut Connected, sink: &dyn Sink) -> Result<bool, SourceError> {
        allow(&mut connected.session, CHATTER);
        let unseen = self.step("search the mailbox", connected.session.uid_search("UNSEEN UNDELETED")).await?;
        self.withheld.retain(|uid, _| unseen.contains(uid));
        // What was withheld before comes last, so that it takes nobody's place.
        let (mut waiting, withheld): (Vec<u32>, Vec<u32>) =
            unseen.into_iter().partition(|uid| !self.withheld.contains_key(uid));
        waiting.sort_unstable();
        let more = waiting.len() > ROUND;
        for uid in waiting.into_iter().chain(withheld).take(ROUND) {
            let Some((bytes, cut)) = self.fetch(&mut connected.session, uid).await? else {
                self.withhold(uid);
                continue;
            };
            self.withheld.remove(&uid);
            let incoming = Incoming {
                bytes: Phi::new(bytes),
                cut,
                form: Form::Mail,
                source: Arc::clone(&self.options.name),
                domains: Arc::clone(&self.options.domains),
            };
            let taken = sink.take(incoming).await?;
            self.settle(connected, uid, taken).await?;
        }
        Ok(more)
    }

    /// Notes a mail that did not come. Once, it may have gone away since it was listed; twice it is told.
    fn withhold(&mut self, uid: u32) {
        match self.withheld.get_mut(&uid) {
            None => {
                self.withheld.insert(uid, false);
            }
            Some(told) if !*told => {
                *told = true;
                let source = &*self.options.name;
                tracing::error!(
                    source,
                    "the mail server lists a mail of CMS and does not give it out; look at the mailbox"
                );
            }
            Some(_) => {}
        }
    }

    /// A mail, or its beginning; none where it is gone or withheld.
    async fn fetch(&self, session: &mut Open, uid: u32) -> Result<Option<(Vec<u8>, bool)>, ImapError> {
        allow(session, Limits::BYTES.saturating_add(AROUND));
        let query = format!("(UID BODY.PEEK[]<0.{}>)", Limits::BYTES.saturating_add(1));
        let mails = self.step("fetch a mail", session.uid_fetch(uid.to_string(), query)).await?;
        let all = async {
            let mut mails = mails;
            let mut bytes = None;
            while let Some(mail) = mails.next().await {
                let mail = mail?;
                if mail.uid == Some(uid) && bytes.is_none() {
                    bytes = mail.body().map(<[u8]>::to_vec);
                }
            }
            Ok(bytes)
        };
        let bytes = self.step("fetch a mail", all).await?;
        Ok(bytes.map(|mut bytes| {
            let cut = bytes.len() > Limits::BYTES;
            bytes.truncate(Limits::BYTES);
            (bytes, cut)
        }))
    }

    /// Marks a mail, or moves it.
    async fn settle(&self, connected: &mut Connected, uid: u32, taken: Taken) -> Result<(), ImapError> {
        let session = &mut connected.session;
        let uid = uid.to_string();
        allow(session, CHATTER);
        let flags = if taken == Taken::Unmatched { "(\\Seen \\Flagged)" } else { "(\\Seen)" };
        self.store(session, &uid, flags).await?;
        let Some(target) = &self.options.move_to else { return Ok(()) };
        if connected.moves {
            return self.step("move a mail", session.uid_mv(&uid, target)).await;
        }
        self.step("copy a mail", session.uid_copy(&uid, target)).await?;
        self.store(session, &uid, "(\\Deleted)").await?;
        if connected.expunges {
            let removed = session.run_command_and_check_ok(format!("UID EXPUNGE {uid}"));
            self.step("remove a mail", removed).await?;
        }
        Ok(())
    }

    async fn store(&self, session: &mut Open, uid: &str, flags: &str) -> Result<(), ImapError> {
        let marked = self.step("mark a mail", session.uid_store(uid, format!("+FLAGS.SILENT {flags}"))).await?;
        let all = async {
            let mut marked = std::pin::pin!(marked);
            while let Some(one) = marked.next().await {
                one?;
            }
            Ok(())
        };
        self.step("mark a mail", all).await
    }

    /// One step within its time.
    async fn step<T>(&self, step: &'static str, work: impl Future<Output = Result<T, Error>>) -> Result<T, ImapError> {
        let done = tokio::time::timeout(self.options.step, work).await.map_err(|_| late(step))?;
        done.map_err(|error| ImapError { step, cause: cause(&error) })
    }
}

const fn late(step: &'static str) -> ImapError {
    ImapError { step, cause: ImapCause::Time }
}

/// What a server may send until the next command.
fn allow(session: &mut Open, bytes: usize) {
    session.get_mut().allow(bytes);
}

/// The kind of a failure, without its text.
fn cause(error: &Error) -> ImapCause {
    match error {
        Error::Io(error) if error.kind() == std::io::ErrorKind::Other => ImapCause::Answer,
        Error::Io(error) => ImapCause::Connection(error.kind()),
        Error::No(_) | Error::Append => ImapCause::Refused,
        Error::ConnectionLost => ImapCause::Connection(std::io::ErrorKind::ConnectionAborted),
        Error::Validate(_) => ImapCause::Text,
        // Also what a later version of the library adds.
        _ => ImapCause::Answer,
    }
}

#[async_trait]
impl MailSource for ImapSource {
    async fn round(&mut self, sink: &dyn Sink) -> Result<bool, SourceError> {
        let mut connected = self.connected().await?;
        let more = self.look(&mut connected, sink).await?;
        // After any failure the connection is left behind: nobody knows what is still to come on it.
        self.session = Some(connected);
        Ok(more)
    }
}
