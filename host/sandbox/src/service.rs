//! One request from its head to its answer: route, faults, then whatever serves it.

use crate::admin;
use crate::body::ResponseBody;
use crate::checks::{glimpse_mbi, glimpse_track};
use crate::clock::rfc3339;
use crate::faults::Sighting;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::route::{Route, single};
use crate::scenario::{Act, Fault, Phase, is_participant};
use crate::state::State;
use crate::submit::{Head, Payload, authorize, bearer, submit};
use crate::token;
use crate::traffic::RequestEntry;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use std::net::SocketAddr;
use tokio::time::Instant;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped by a scripted fault")]
pub(crate) struct Dropped;

/// Serves one request.
pub(crate) async fn serve(
    state: &State,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Dropped> {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let route = Route::of(parts.uri.path(), parts.uri.query());
    let entity = single(parts.uri.query(), "entityId");
    let mut entry = RequestEntry {
        at: rfc3339(state.clock.now()),
        method: method(&parts.method).to_owned(),
        path: route.logged(),
        status: None,
        operation: None,
        track: None,
        participant: entity.clone().filter(|entity| is_participant(entity)),
        fault: false,
        prefer_async: prefers_async(&parts),
        milliseconds: 0,
    };
    let reply = match read(state, body).await {
        Ok(bytes) if matches!(route, Route::Admin(_)) => {
            Some(admin::answer(state, peer, &route, &parts.method, header(&parts, &CONTENT_TYPE), &bytes))
        }
        Ok(bytes) => answer(state, &parts, &route, entity.as_deref(), bytes, &mut entry).await,
        Err(refusal) => Some(refusal.into_reply()),
    };
    entry.status = reply.as_ref().map(|reply| reply.status);
    entry.milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    state.record(entry);
    reply.map(Reply::into_response).ok_or(Dropped)
}

/// The answer, or none where the connection is to be dropped.
async fn answer(
    state: &State,
    parts: &Parts,
    route: &Route,
    entity: Option<&str>,
    bytes: Bytes,
    entry: &mut RequestEntry,
) -> Option<Reply> {
    let head = Head {
        authorization: header(parts, &AUTHORIZATION),
        content_type: header(parts, &CONTENT_TYPE).unwrap_or_default(),
        prefer_async: entry.prefer_async,
        entity,
        host: header(parts, &HOST).filter(|host| is_authority(host)),
    };
    let payload = match route {
        Route::Operation(_) => Payload { json: serde_json::from_slice(&bytes).ok(), bytes },
        _ => Payload { json: None, bytes },
    };
    let fault = due_fault(state, route, &parts.method, &payload, entry);
    let Some(fault) = fault else {
        return Some(usual(state, route, &parts.method, head, &payload, None));
    };
    entry.fault = true;
    if let Some(delay) = fault.delay {
        tokio::time::sleep(delay).await;
    }
    let mut reply = match &fault.act {
        Act::Pass => usual(state, route, &parts.method, head, &payload, None),
        Act::ExpireToken => {
            if let Some(token) = head.authorization.and_then(bearer) {
                state.memory().tokens.expire(token);
            }
            usual(state, route, &parts.method, head, &payload, None)
        }
        Act::Drop { accept: false } => return None,
        Act::Drop { accept: true } => {
            usual(state, route, &parts.method, head, &payload, None);
            return None;
        }
        Act::Reply(scripted) => {
            let reply = Reply::scripted(scripted, fault.filter.phase);
            if scripted.accept {
                let usual = usual(state, route, &parts.method, head, &payload, None);
                // What was refused was not accepted: then the refusal is the answer.
                if usual.status == 202 { reply } else { usual }
            } else {
                reply
            }
        }
        Act::Submit(scripted) => usual(state, route, &parts.method, head, &payload, Some(scripted)),
    };
    reply.pace.pause = fault.trickle;
    Some(reply)
}

/// The fault that is due for the request. Also tells the log what the request is about.
fn due_fault(
    state: &State,
    route: &Route,
    method: &Method,
    payload: &Payload,
    entry: &mut RequestEntry,
) -> Option<Fault> {
    let mut memory = state.memory();
    match route {
        Route::Token if method == Method::POST => {
            memory.faults.take(Sighting { phase: Phase::Token, mbi: None, operation: None, track: None })
        }
        Route::Operation(operation) if method == Method::POST => {
            let json = payload.json.as_ref();
            let track = json.and_then(glimpse_track);
            entry.operation = Some(operation.code().to_owned());
            entry.track = track.filter(|track| state.guide.track(track).is_some()).map(str::to_owned);
            let mbi = json.and_then(|json| glimpse_mbi(json, &state.guide));
            memory.faults.take(Sighting { phase: Phase::Submit, mbi, operation: Some(*operation), track })
        }
        Route::Status(id) if method == Method::GET => {
            let crate::state::Memory { submissions, faults, .. } = &mut *memory;
            let submission = submissions.get(id);
            entry.operation = submission.map(|submission| submission.operation.code().to_owned());
            entry.track = submission.map(|submission| submission.track.clone());
            faults.take(Sighting {
                phase: Phase::Poll,
                mbi: submission.map(|submission| submission.mbi.as_str()),
                operation: submission.map(|submission| submission.operation),
                track: submission.map(|submission| submission.track.as_str()),
            })
        }
        _ => None,
    }
}

/// The answer without a fault, or with one that only changes how a submission is accepted.
fn usual(
    state: &State,
    route: &Route,
    method: &Method,
    head: Head<'_>,
    payload: &Payload,
    fault: Option<&crate::scenario::SubmitFault>,
) -> Reply {
    match route {
        Route::Token if method == Method::POST => {
            token::issue(state, head.authorization, head.content_type, &payload.bytes)
        }
        Route::Operation(operation) if method == Method::POST => submit(state, *operation, head, payload, fault),
        Route::Status(id) if method == Method::GET => status(state, id, head),
        Route::Token | Route::Operation(_) => Refusal::method("POST"),
        Route::Status(_) => Refusal::method("GET"),
        Route::Admin(_) | Route::Unknown => Refusal::no_such_path().into_reply(),
    }
}

/// The status of a submission.
fn status(state: &State, id: &str, head: Head<'_>) -> Reply {
    let now = state.clock.now();
    let mut memory = state.memory();
    let grant = match authorize(state, &memory, head.authorization) {
        Ok(grant) => grant,
        Err(reply) => return *reply,
    };
    if !state.wire.poll_scope.is_empty() && !grant.scopes.contains(&state.wire.poll_scope) {
        return Refusal::scope().into_reply();
    }
    let Some(submission) = memory.submissions.get_mut(id) else {
        return Refusal::no_such_submission(id).into_reply();
    };
    if submission.pending_polls > 0 || now < submission.ready_at {
        submission.pending_polls = submission.pending_polls.saturating_sub(1);
        return Reply::pending(state.wire.progress, state.wire.poll_retry_after);
    }
    let reply = Reply { body: submission.answer.clone(), ..Reply::empty(submission.status) };
    reply.with(CONTENT_TYPE, "application/json")
}

/// The whole body, within its limits.
async fn read(state: &State, body: Incoming) -> Result<Bytes, Refusal> {
    let collected =
        tokio::time::timeout(state.limits.body, Limited::new(body, state.limits.body_bytes).collect()).await;
    match collected {
        Err(_) => Err(Refusal::timeout()),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::too_large()),
        Ok(Err(_)) => Err(Refusal::structure("The body broke off")),
    }
}

fn header<'a>(parts: &'a Parts, name: &hyper::header::HeaderName) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

fn prefers_async(parts: &Parts) -> bool {
    parts
        .headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"))
}

/// A host and a port in plain characters: it is repeated in `Content-Location`.
fn is_authority(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
}

/// A method by name; extension methods could be any text.
fn method(method: &Method) -> &'static str {
    const KNOWN: [(Method, &str); 7] = [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::DELETE, "DELETE"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::PATCH, "PATCH"),
    ];
    KNOWN.iter().find(|(known, _)| known == method).map_or("other", |(_, name)| name)
}
