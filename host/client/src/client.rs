//! The client: tokens, submit, poll.

use crate::address::{LocationFault, Origins, operation_url, place_name, status_url, submission_id};
use crate::classify::{Evidence, Verdict, judge_poll, judge_poll_trouble, judge_submit, judge_submit_trouble};
use crate::retry_after::read_retry_after;
use crate::token::{Need, Token, TokenFailure, TokenSource, sensitive};
use crate::transport::{Reply, Transport, Trouble, exchange};
use crate::{
    Answer, ClientConfig, ConfigError, Failure, FailureCause, Place, Polled, Step, SubmitConnection, Submitted,
    TokenReuse,
};
use access_contract::Operation;
use bridge_types::{Clock, Disposition, Phi};
use reqwest::header::{AUTHORIZATION, CONTENT_LOCATION, CONTENT_TYPE};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long an API may take to answer a probe.
const REACH_TIME: Duration = Duration::from_secs(10);

/// Access to one ACCESS API as one participant's client. Clones share connections and the token.
#[derive(Clone)]
pub struct AccessClient(Arc<Inner>);

struct Inner {
    base: Url,
    origins: Origins,
    transport: Transport,
    tokens: TokenSource,
    clock: Arc<dyn Clock>,
    token_reuse: TokenReuse,
    submit_connection: SubmitConnection,
    answer_limit: usize,
}

/// A token for one request. Nothing shows what it is.
pub struct Ticket(Token);

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket")
    }
}

/// How a request went, with a 401 dealt with.
enum Round {
    /// An answer, and what it allows; never [`Verdict::Unauthorized`].
    Replied(Reply, Verdict, Option<Duration>),
    /// None.
    Failed(Failure),
}

/// What is done to a URL, and how what comes back is judged.
struct Errand<'a> {
    step: Step,
    operation: &'a Operation,
    url: &'a Url,
    body: Option<&'a Phi<String>>,
}

impl AccessClient {
    /// Makes a client. Reads the system's trusted roots where any URL is https; connects to nothing.
    ///
    /// # Errors
    ///
    /// The first setting that makes no client, see [`ClientConfig::validate`]; or TLS that cannot be set up.
    pub fn new(config: ClientConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self(Arc::new(Inner {
            origins: Origins::new(&config.base, &config.allowed_origins),
            transport: Transport::new(&config)?,
            tokens: TokenSource::new(&config, Arc::clone(&clock)),
            clock,
            token_reuse: config.token_reuse,
            submit_connection: config.submit_connection,
            answer_limit: config.answer_limit,
            base: config.base,
        })))
    }

    /// Posts an operation for a participant (`ACCES#####`). The body is sent as it is.
    ///
    /// The future must be driven to its end: one that is dropped leaves it open whether the POST arrived, as
    /// [`Disposition::Uncertain`] does.
    pub async fn submit(&self, operation: &Operation, participant: &str, body: &Phi<String>) -> Submitted {
        match self.ticket(Step::Submit, operation).await {
            Ok(ticket) => self.submit_with(ticket, operation, participant, body).await,
            Err(failure) => Submitted::Failed(*failure),
        }
    }

    /// The token for one request, so that it can be decided once more whether to begin: obtaining it may take long, and nothing has
    /// been sent to the API yet. Harmless to drop.
    ///
    /// # Errors
    ///
    /// Where there is none; the failure is that of the request it was for.
    pub async fn ticket(&self, step: Step, operation: &Operation) -> Result<Ticket, Box<Failure>> {
        let need = match (step, self.0.token_reuse) {
            (Step::Submit, TokenReuse::FreshPerSubmit) => Need::Fresh,
            _ => Need::Any,
        };
        self.0.token(operation, need).await.map(Ticket).map_err(Box::new)
    }

    /// [`Self::submit`] with its token at hand.
    pub async fn submit_with(
        &self,
        ticket: Ticket,
        operation: &Operation,
        participant: &str,
        body: &Phi<String>,
    ) -> Submitted {
        let url = operation_url(&self.0.base, operation, participant);
        let errand = Errand { step: Step::Submit, operation, url: &url, body: Some(body) };
        match self.0.run(&errand, ticket.0).await {
            Round::Failed(failure) => Submitted::Failed(failure),
            Round::Replied(reply, Verdict::Accepted, retry_after) => {
                let location = reply.headers.get(CONTENT_LOCATION).and_then(|value| value.to_str().ok());
                match location.and_then(|text| status_url(&url, text)) {
                    Some(location) => {
                        Submitted::Accepted { submission_id: submission_id(&location), location, retry_after }
                    }
                    None => {
                        tracing::error!(%operation, host = %place_name(&url), "accepted without a status URL");
                        Submitted::AcceptedWithoutLocation { retry_after }
                    }
                }
            }
            Round::Replied(reply, Verdict::Failed(cause, disposition), retry_after) => {
                Submitted::Failed(errand.failure(cause, disposition, reply, retry_after))
            }
            Round::Replied(reply, _, _) => Submitted::Answered(answer(reply)),
        }
    }

    /// Asks for the status of a submission at the URL that [`Submitted::Accepted`] gave.
    pub async fn poll(&self, operation: &Operation, location: &str) -> Polled {
        if let Err((fault, url)) = self.0.origins.admit(location) {
            return Polled::Failed(refuse(operation, fault, url.as_ref()));
        }
        match self.ticket(Step::Poll, operation).await {
            Ok(ticket) => self.poll_with(ticket, operation, location).await,
            Err(failure) => Polled::Failed(*failure),
        }
    }

    /// [`Self::poll`] with its token at hand.
    pub async fn poll_with(&self, ticket: Ticket, operation: &Operation, location: &str) -> Polled {
        let url = match self.0.origins.admit(location) {
            Ok(url) => url,
            Err((fault, url)) => return Polled::Failed(refuse(operation, fault, url.as_ref())),
        };
        let errand = Errand { step: Step::Poll, operation, url: &url, body: None };
        match self.0.run(&errand, ticket.0).await {
            Round::Failed(failure) => Polled::Failed(failure),
            Round::Replied(reply, Verdict::Accepted, retry_after) => {
                Polled::Pending { retry_after, progress: reply.header_text("x-progress") }
            }
            Round::Replied(reply, Verdict::Failed(cause, disposition), retry_after) => {
                Polled::Failed(errand.failure(cause, disposition, reply, retry_after))
            }
            Round::Replied(reply, _, _) => Polled::Answered(answer(reply)),
        }
    }

    /// Host of the API, with its port where it is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> String {
        place_name(&self.0.base)
    }

    /// Whether the API answers at all: asks for the metadata of its base, without a token, within 10 seconds. Any answer will do
    /// that comes from it and not from a gateway before it. Changes nothing and names nobody.
    pub async fn reach(&self) -> bool {
        let mut url = self.0.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("metadata");
        }
        let request = self.0.transport.unpooled().get(url).timeout(REACH_TIME);
        match exchange(request, self.0.answer_limit).await {
            Ok(reply) => reply.status != 429 && !matches!(reply.status, 502..=504),
            Err(trouble) => {
                tracing::debug!(host = %place_name(&self.0.base), ?trouble, "no answer to a probe");
                false
            }
        }
    }

    /// Whether the token endpoint answers at all, within 10 seconds: asks for a new token. A refusal is an answer.
    pub async fn reach_tokens(&self) -> bool {
        let asked = self.0.tokens.obtain(self.0.transport.pooled(), Need::Fresh);
        match tokio::time::timeout(REACH_TIME, asked).await {
            Ok(Ok(_)) => true,
            Ok(Err(failure)) => failure.cause != FailureCause::TokenUnavailable,
            Err(_) => false,
        }
    }

    /// Obtains a token, or finds one with enough life left, and says how long it lives: a check of the credentials that
    /// submits nothing.
    ///
    /// # Errors
    ///
    /// Where the endpoint gives none.
    pub async fn authenticate(&self) -> Result<Duration, Box<Failure>> {
        match self.0.tokens.obtain(self.0.transport.pooled(), Need::Any).await {
            Ok(token) => Ok(token.remaining(self.0.clock.now())),
            Err(failure) => Err(Box::new(self.0.without_token(None, failure))),
        }
    }
}

impl Inner {
    /// Sends a request with a token; once more with a new one where it answers 401.
    async fn run(&self, errand: &Errand<'_>, token: Token) -> Round {
        let round = self.send(errand, &token).await;
        let Round::Replied(reply, Verdict::Unauthorized, _) = round else { return round };
        drop(reply);
        tracing::debug!(operation = %errand.operation, "access token refused, renewing it once");
        let renewed = match self.token(errand.operation, Need::NewerThan(token.serial())).await {
            Ok(renewed) => renewed,
            Err(failure) => return Round::Failed(failure),
        };
        match self.send(errand, &renewed).await {
            Round::Replied(reply, Verdict::Unauthorized, retry_after) => {
                let verdict = Verdict::Failed(FailureCause::Unauthorized, Disposition::Operator);
                Round::Replied(reply, verdict, retry_after)
            }
            round => round,
        }
    }

    /// A token that will do.
    async fn token(&self, operation: &Operation, need: Need) -> Result<Token, Failure> {
        let obtained = self.tokens.obtain(self.transport.pooled(), need).await;
        obtained.map_err(|failure| self.without_token(Some(operation), failure))
    }

    /// Sends a request once.
    async fn send(&self, errand: &Errand<'_>, token: &Token) -> Round {
        match self.request(errand, token) {
            Some(request) => match exchange(request, self.answer_limit).await {
                Ok(reply) => self.judge(errand, reply),
                Err(trouble) => Round::Failed(errand.trouble(trouble)),
            },
            None => Round::Failed(errand.trouble(Trouble::Unsendable)),
        }
    }

    fn request(&self, errand: &Errand<'_>, token: &Token) -> Option<reqwest::RequestBuilder> {
        let bearer = sensitive(&format!("Bearer {}", token.secret().expose()))?;
        let request = match errand.body {
            Some(body) => {
                let http = match self.submit_connection {
                    SubmitConnection::Fresh => self.transport.unpooled(),
                    SubmitConnection::Pooled => self.transport.pooled(),
                };
                http.post(errand.url.clone())
                    .header(CONTENT_TYPE, "application/json")
                    .header("prefer", "respond-async")
                    .body(body.expose().clone())
            }
            None => self.transport.pooled().get(errand.url.clone()),
        };
        Some(request.header(AUTHORIZATION, bearer))
    }

    fn judge(&self, errand: &Errand<'_>, reply: Reply) -> Round {
        let retry_after = read_retry_after(&reply.headers, self.clock.now());
        let evidence = Evidence::of(&reply, retry_after);
        let verdict = if errand.body.is_some() { judge_submit(&evidence) } else { judge_poll(&evidence) };
        tracing::debug!(
            operation = %errand.operation,
            host = %place_name(errand.url),
            step = ?errand.step,
            status = reply.status,
            "answer received"
        );
        Round::Replied(reply, verdict, retry_after)
    }

    fn without_token(&self, operation: Option<&Operation>, failure: TokenFailure) -> Failure {
        failure.at(self.tokens.url(), operation)
    }
}

impl Errand<'_> {
    fn place(&self) -> Place {
        Place { step: self.step, operation: Some(self.operation.clone()), host: place_name(self.url) }
    }

    fn trouble(&self, trouble: Trouble) -> Failure {
        let (cause, disposition) =
            if self.body.is_some() { judge_submit_trouble(trouble) } else { judge_poll_trouble(trouble) };
        tracing::debug!(operation = %self.operation, host = %place_name(self.url), step = ?self.step, %cause, "no answer");
        Failure { disposition, cause, place: self.place(), status: None, retry_after: None, answer: None }
    }

    fn failure(
        &self,
        cause: FailureCause,
        disposition: Disposition,
        reply: Reply,
        retry_after: Option<Duration>,
    ) -> Failure {
        let status = Some(reply.status);
        Failure { disposition, cause, place: self.place(), status, retry_after, answer: Some(answer(reply)) }
    }
}

/// A status URL that is not followed.
fn refuse(operation: &Operation, fault: LocationFault, url: Option<&Url>) -> Failure {
    let cause = match fault {
        LocationFault::Unreadable => FailureCause::UnreadableStatusUrl,
        LocationFault::Foreign => FailureCause::ForeignStatusUrl,
    };
    let host = url.map(place_name).filter(|host| !host.is_empty()).unwrap_or_else(|| "an unknown host".to_owned());
    tracing::error!(%operation, %cause, "status URL not followed");
    Failure {
        disposition: Disposition::Operator,
        cause,
        place: Place { step: Step::Poll, operation: Some(operation.clone()), host },
        status: None,
        retry_after: None,
        answer: None,
    }
}

fn answer(reply: Reply) -> Answer {
    Answer {
        status: reply.status,
        content_type: reply.content_type(),
        whole: reply.body_end == crate::transport::BodyEnd::Whole,
        body: Phi::new(reply.body),
    }
}

impl fmt::Debug for AccessClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessClient").field("host", &place_name(&self.0.base)).finish_non_exhaustive()
    }
}
