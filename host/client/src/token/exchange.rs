//! The exchange with the token endpoint: one request, or two while the way to authenticate is being found out.

use super::grant::{Grant, read_error, read_grant};
use super::{State, TokenFailure, TokenSource};
use crate::classify::judge_poll_trouble;
use crate::retry_after::read_retry_after;
use crate::transport::{BodyEnd, Reply, Trouble, exchange};
use crate::{FailureCause, TokenAuth};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bridge_types::Disposition;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use std::time::Duration;
use url::form_urlencoded;

/// Most bytes of a token answer that are read.
const ANSWER_LIMIT: usize = 64 << 10;

/// A way to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Basic,
    Form,
}

impl TokenSource {
    /// Asks the endpoint, by the method that is configured or that worked last; `Auto` goes on to the other one where the
    /// answer is about authentication.
    pub(super) async fn ask(&self, http: &reqwest::Client, state: &mut State) -> Result<Grant, TokenFailure> {
        let (first, second) = match (self.auth, state.worked) {
            (TokenAuth::Basic, _) => (Method::Basic, None),
            (TokenAuth::Form, _) => (Method::Form, None),
            (TokenAuth::Auto, Some(Method::Form)) => (Method::Form, Some(Method::Basic)),
            (TokenAuth::Auto, _) => (Method::Basic, Some(Method::Form)),
        };
        let mut used = first;
        let mut result = self.ask_by(http, first).await;
        if let (Err(failure), Some(second)) = (&result, second)
            && is_about_authentication(failure)
        {
            used = second;
            result = self.ask_by(http, second).await;
        }
        if result.is_ok() {
            state.worked = Some(used);
        }
        result
    }

    async fn ask_by(&self, http: &reqwest::Client, method: Method) -> Result<Grant, TokenFailure> {
        let mut request = http.post(self.url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if method == Method::Basic {
            request = request.header(AUTHORIZATION, self.basic()?);
        }
        let reply = exchange(request.body(self.form(method)), ANSWER_LIMIT).await.map_err(no_answer)?;
        self.read(&reply)
    }

    fn form(&self, method: Method) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if method == Method::Form {
            form.append_pair("client_id", &self.client_id).append_pair("client_secret", self.client_secret.expose());
        }
        if !self.scope.is_empty() {
            form.append_pair("scope", &self.scope);
        }
        form.finish()
    }

    /// `Basic`, with id and secret form-encoded before they are joined.
    fn basic(&self) -> Result<HeaderValue, TokenFailure> {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.client_id), encode(self.client_secret.expose()));
        sensitive(&format!("Basic {}", STANDARD.encode(pair)))
            .ok_or_else(|| TokenFailure::without_answer(FailureCause::Unsendable, Disposition::Operator))
    }

    fn read(&self, reply: &Reply) -> Result<Grant, TokenFailure> {
        let retry_after = read_retry_after(&reply.headers, self.clock.now());
        let (cause, disposition) = match reply.status {
            200 if matches!(reply.body_end, BodyEnd::Lost | BodyEnd::TimedOut) => unavailable(retry_after),
            200 => match read_grant(&reply.body) {
                Some(grant) => return Ok(grant),
                None => (FailureCause::TokenUnusable, Disposition::Operator),
            },
            408 | 425 | 429 | 500..=599 => unavailable(retry_after),
            400..=499 => (FailureCause::TokenRefused { error: read_error(&reply.body) }, Disposition::Operator),
            _ => (FailureCause::TokenUnusable, Disposition::Operator),
        };
        Err(TokenFailure { cause, disposition, status: Some(reply.status), retry_after })
    }
}

impl TokenFailure {
    const fn without_answer(cause: FailureCause, disposition: Disposition) -> Self {
        Self { cause, disposition, status: None, retry_after: None }
    }
}

/// A header value that HTTP libraries keep out of their own output.
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

const fn unavailable(after: Option<Duration>) -> (FailureCause, Disposition) {
    (FailureCause::TokenUnavailable, Disposition::Retry { after })
}

/// Asking for a token twice does no harm, so every lack of an answer that may pass is a reason to try again.
fn no_answer(trouble: Trouble) -> TokenFailure {
    match judge_poll_trouble(trouble) {
        (_, retry @ Disposition::Retry { .. }) => TokenFailure::without_answer(FailureCause::TokenUnavailable, retry),
        (cause, disposition) => TokenFailure::without_answer(cause, disposition),
    }
}

/// Whether the other way to authenticate may work.
fn is_about_authentication(failure: &TokenFailure) -> bool {
    let FailureCause::TokenRefused { error } = &failure.cause else { return false };
    match failure.status {
        Some(401) => true,
        Some(400) => matches!(error.as_deref(), Some("invalid_client" | "invalid_request")),
        _ => false,
    }
}
