//! The token endpoint: OAuth 2.0 client credentials, by HTTP Basic or form fields.

use crate::reply::Reply;
use crate::scenario::{Client, TokenAuth};
use crate::state::State;
use crate::tokens::{Grant, random_text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::CACHE_CONTROL;
use serde_json::json;
use std::borrow::Cow;

/// Characters of a token.
const TOKEN_LENGTH: usize = 43;

/// What the request names: the ways its id and secret can be read. Not `Debug`: it holds a secret.
struct Credentials(Vec<(String, String)>);

/// Answers a token request.
pub(crate) fn issue(state: &State, authorization: Option<&str>, content_type: &str, body: &[u8]) -> Reply {
    grant(state, authorization, content_type, body).unwrap_or_else(|refusal| *refusal)
}

fn grant(state: &State, authorization: Option<&str>, content_type: &str, body: &[u8]) -> Result<Reply, Box<Reply>> {
    let refuse = |status, error, description| Err(Box::new(Reply::token_error(status, error, description)));
    if !is_form(content_type) {
        return refuse(400, "invalid_request", "The body must be application/x-www-form-urlencoded");
    }
    let form: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(body).collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    for name in ["grant_type", "client_id", "client_secret", "scope"] {
        if form.iter().filter(|(key, _)| key == name).count() > 1 {
            return refuse(400, "invalid_request", "A parameter must not repeat");
        }
    }
    match field("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return refuse(400, "unsupported_grant_type", "Only client_credentials is supported"),
        None => return refuse(400, "invalid_request", "grant_type is required"),
    }
    let basic = authorization.and_then(basic_credentials);
    let in_form = match (field("client_id"), field("client_secret")) {
        (Some(id), Some(secret)) => Some(Credentials(vec![(id.to_owned(), secret.to_owned())])),
        _ => None,
    };
    if basic.is_some() && in_form.is_some() {
        return refuse(400, "invalid_request", "Only one way of client authentication may be used");
    }
    let credentials = match state.wire.token_auth {
        TokenAuth::Basic => basic,
        TokenAuth::Form => in_form,
        TokenAuth::Both => basic.or(in_form),
    };
    let Some(client) = credentials.and_then(|credentials| authenticate(state, &credentials)) else {
        return refuse(401, "invalid_client", "Client authentication failed");
    };
    let asked: Vec<String> = field("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if asked.iter().any(|scope| !client.scopes.contains(scope)) {
        return refuse(400, "invalid_scope", "A requested scope is unknown or not allowed");
    }
    let scopes = if asked.is_empty() { client.scopes } else { asked };
    let Ok(token) = random_text(TOKEN_LENGTH) else {
        return refuse(500, "server_error", "No random numbers are available");
    };
    let answer = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": state.wire.token_seconds,
        "scope": scopes.join(" "),
    });
    let expires_at = state.clock.now().saturating_add(i64::from(state.wire.token_seconds) * 1_000);
    state.memory().tokens.add(token, Grant { scopes, participants: client.participants, expires_at });
    Ok(Reply::json(200, &answer).with(CACHE_CONTROL, "no-store"))
}

/// What a client that proved itself may have.
struct Allowed {
    scopes: Vec<String>,
    participants: Vec<String>,
}

fn authenticate(state: &State, credentials: &Credentials) -> Option<Allowed> {
    let Credentials(readings) = credentials;
    if state.clients.is_empty() {
        let open = readings.iter().any(|(id, secret)| !id.is_empty() && !secret.is_empty());
        return open.then(|| Allowed { scopes: state.wire.scopes.clone(), participants: Vec::new() });
    }
    let named = |client: &&Client| readings.iter().any(|(id, secret)| client.id == *id && client.secret == *secret);
    let client = state.clients.iter().find(named)?;
    Some(Allowed {
        scopes: client.scopes.clone().unwrap_or_else(|| state.wire.scopes.clone()),
        participants: client.participants.clone(),
    })
}

/// Id and secret of HTTP Basic: form-encoded, as RFC 6749 section 2.3.1 has it, or bare, as many clients send them.
fn basic_credentials(authorization: &str) -> Option<Credentials> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(Credentials(vec![(decoded(id), decoded(secret)), (id.to_owned(), secret.to_owned())]))
}

/// Undoes the form encoding of one value.
fn decoded(value: &str) -> String {
    // As the value of a nameless pair; an encoded one has no `&`, which would end it.
    let pair = format!("={value}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
