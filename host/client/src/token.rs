//! OAuth 2.0 client credentials: one token for many callers.
//!
//! Invariants of [`TokenSource`]:
//! - At most one exchange with the token endpoint is under way. Callers that arrive meanwhile share what it brings, a token or
//!   a failure; a thousand callers make one request.
//! - A token is used again until less is left than 60 seconds or a fifth of its life, whichever is shorter, counted from
//!   before the request was sent. A clock that was set back ends it.
//! - A refusal is remembered for 30 seconds and `Retry-After` for as long as it says, without asking again: wrong credentials
//!   on a busy host must not lock the account.
//! - A caller that is dropped while it asks leaves nothing behind; the next one asks.

mod exchange;
mod grant;

use crate::address::place_name;
use crate::{ClientConfig, Failure, FailureCause, Place, Step, TokenAuth};
use access_contract::Operation;
use bridge_types::{Clock, Disposition, Secret, Timestamp};
use exchange::Method;
pub(crate) use exchange::sensitive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;

/// How long a refusal is believed without asking again.
const REFUSAL_HOLD: Duration = Duration::from_secs(30);

/// A bearer token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    secret: Secret,
    /// The exchange that brought it; later ones have higher numbers.
    serial: u64,
    asked: Timestamp,
    life: Duration,
}

/// Which token will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Any with enough life left.
    Any,
    /// One that was issued after this was asked for.
    Fresh,
    /// One newer than the token with this serial, which the API refused.
    NewerThan(u64),
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenFailure {
    pub(crate) cause: FailureCause,
    pub(crate) disposition: Disposition,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<Duration>,
}

impl TokenFailure {
    /// As a failure of the endpoint, on the way to an operation where there is one.
    pub(crate) fn at(self, endpoint: &Url, operation: Option<&Operation>) -> Failure {
        Failure {
            disposition: self.disposition,
            cause: self.cause,
            place: Place { step: Step::Token, operation: operation.cloned(), host: place_name(endpoint) },
            status: self.status,
            retry_after: self.retry_after,
            answer: None,
        }
    }
}

/// Obtains tokens of one client at one endpoint.
pub(crate) struct TokenSource {
    url: Url,
    auth: TokenAuth,
    client_id: String,
    client_secret: Secret,
    scope: String,
    clock: Arc<dyn Clock>,
    /// Exchanges ended so far; written only while `state` is locked.
    ended: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    trouble: Option<Trouble>,
    worked: Option<Method>,
}

/// The last exchange's failure.
struct Trouble {
    serial: u64,
    failure: TokenFailure,
    since: Timestamp,
    hold: Duration,
}

impl Token {
    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) const fn serial(&self) -> u64 {
        self.serial
    }

    /// Life left.
    pub(crate) fn remaining(&self, now: Timestamp) -> Duration {
        if now < self.asked { Duration::ZERO } else { now.until(self.asked.plus(self.life)) }
    }

    fn has_enough_left(&self, now: Timestamp) -> bool {
        let reserve = Duration::from_secs(60).min(self.life / 5);
        let remaining = self.remaining(now);
        !remaining.is_zero() && remaining >= reserve
    }
}

impl Trouble {
    /// How long it is still believed.
    fn held(&self, now: Timestamp) -> Duration {
        if now < self.since { Duration::ZERO } else { now.until(self.since.plus(self.hold)) }
    }

    /// The failure as it stands now: a time to wait shrinks while time passes.
    fn report(&self, now: Timestamp) -> TokenFailure {
        let mut failure = self.failure.clone();
        failure.retry_after = failure.retry_after.map(|after| after.min(self.held(now)));
        if let Disposition::Retry { after } = &mut failure.disposition {
            *after = failure.retry_after;
        }
        failure
    }
}

impl TokenSource {
    pub(crate) fn new(config: &ClientConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            url: config.token_url.clone(),
            auth: config.auth,
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            scope: config.scope.clone(),
            clock,
            ended: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// A token that will do, from memory or from the endpoint.
    pub(crate) async fn obtain(&self, http: &reqwest::Client, need: Need) -> Result<Token, TokenFailure> {
        let seen = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(token) = state.usable(need, seen, now) {
            return Ok(token);
        }
        if let Some(trouble) = &state.trouble
            && (trouble.serial > seen || !trouble.held(now).is_zero())
        {
            return Err(trouble.report(now));
        }
        let result = self.ask(http, &mut state).await;
        let serial = self.ended.load(Ordering::Acquire) + 1;
        self.ended.store(serial, Ordering::Release);
        match result {
            Ok(grant) => {
                let token = Token { secret: grant.secret, serial, asked: now, life: grant.life };
                tracing::debug!(life_seconds = token.life.as_secs(), "access token obtained");
                state.trouble = None;
                state.token = Some(token.clone());
                Ok(token)
            }
            Err(failure) => {
                tracing::warn!(cause = %failure.cause, status = failure.status, "no access token");
                let hold = match failure.disposition {
                    Disposition::Retry { after } => after.unwrap_or_default(),
                    _ => failure.retry_after.unwrap_or_default().max(REFUSAL_HOLD),
                };
                let since = self.clock.now();
                state.trouble = Some(Trouble { serial, failure: failure.clone(), since, hold });
                Err(failure)
            }
        }
    }
}

impl State {
    /// The remembered token, if it will do. One that the API refused is forgotten.
    fn usable(&mut self, need: Need, seen: u64, now: Timestamp) -> Option<Token> {
        let token = self.token.as_ref()?;
        let since_asked = token.serial > seen;
        let usable = match need {
            Need::Any => since_asked || token.has_enough_left(now),
            Need::Fresh => since_asked,
            Need::NewerThan(refused) if token.serial <= refused => {
                self.token = None;
                return None;
            }
            Need::NewerThan(_) => since_asked || token.has_enough_left(now),
        };
        usable.then(|| token.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(life: u64) -> Token {
        Token { secret: Secret::new("t"), serial: 1, asked: Timestamp::from_millis(0), life: Duration::from_secs(life) }
    }

    #[test]
    fn a_token_is_kept_until_the_shorter_of_a_minute_and_a_fifth_is_left() {
        for (life, last_good) in [(300, 240), (3600, 3540), (100, 80), (10, 8)] {
            let token = token(life);
            assert!(token.has_enough_left(Timestamp::from_millis(last_good * 1000)), "{life}");
            assert!(!token.has_enough_left(Timestamp::from_millis(last_good * 1000 + 1)), "{life}");
        }
    }

    #[test]
    fn a_clock_set_back_ends_a_token_and_no_life_is_never_enough() {
        assert!(!token(300).has_enough_left(Timestamp::from_millis(-1)));
        assert!(!token(0).has_enough_left(Timestamp::from_millis(0)));
    }
}
