//! The POST of an operation, from its token to the queue.

use crate::answer::result_parameters;
use crate::checks::{Question, check};
use crate::clock::{day_of, rfc3339};
use crate::keys::AcceptedKey;
use crate::operation::Operation;
use crate::outcome::{OutcomeIssue, operation_outcome};
use crate::refusal::{Missing, Refusal};
use crate::reply::Reply;
use crate::route::SUBMISSION_PARAMETER;
use crate::rules::{Case, Verdict, decide};
use crate::scenario::{ContentLocation, SubmitFault, is_participant};
use crate::server::BASE_PATH;
use crate::state::{Memory, State};
use crate::submissions::Submission;
use bytes::Bytes;
use serde_json::Value;

/// What is read from a request besides its body.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) authorization: Option<&'a str>,
    pub(crate) content_type: &'a str,
    pub(crate) prefer_async: bool,
    /// `entityId`, where it stands exactly once.
    pub(crate) entity: Option<&'a str>,
    /// `Host`, where it has the form of one.
    pub(crate) host: Option<&'a str>,
}

/// A body, and its JSON where it is any.
pub(crate) struct Payload {
    pub(crate) bytes: Bytes,
    pub(crate) json: Option<Value>,
}

/// Answers a submission.
pub(crate) fn submit(
    state: &State,
    operation: Operation,
    head: Head<'_>,
    payload: &Payload,
    fault: Option<&SubmitFault>,
) -> Reply {
    let entity = match admit(state, head) {
        Ok(entity) => entity,
        Err(reply) => return *reply,
    };
    match check(operation, entity, payload.json.as_ref(), &state.guide, state.wire.wording, &state.reporting) {
        Ok(question) => queue(state, &question, payload, head.host, fault).unwrap_or_else(Refusal::into_reply),
        Err(refusal) => refusal.into_reply(),
    }
}

/// Whether the token exists and is still good; what it allows.
pub(crate) fn authorize<'a>(
    state: &State,
    memory: &'a Memory,
    authorization: Option<&str>,
) -> Result<&'a crate::tokens::Grant, Box<Reply>> {
    authorization
        .and_then(bearer)
        .and_then(|token| memory.tokens.grant(token, state.clock.now()))
        .ok_or_else(|| Box::new(Reply::unauthorized(state.wire.bare_401)))
}

/// The token of an `Authorization` header.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Everything that is checked before the body is looked at.
fn admit<'a>(state: &State, head: Head<'a>) -> Result<&'a str, Box<Reply>> {
    let refuse = |refusal: Refusal| Err(Box::new(refusal.into_reply()));
    let memory = state.memory();
    let grant = authorize(state, &memory, head.authorization)?;
    if !state.wire.submit_scope.is_empty() && !grant.scopes.contains(&state.wire.submit_scope) {
        return refuse(Refusal::scope());
    }
    if !is_json(head.content_type) {
        return refuse(Refusal::media_type());
    }
    if state.wire.require_prefer && !head.prefer_async {
        return refuse(Refusal::missing(
            state.wire.wording,
            &[Missing::element("header Prefer: respond-async", "Prefer")],
        ));
    }
    let Some(entity) = head.entity.filter(|entity| is_participant(entity)) else {
        return refuse(Refusal::participant());
    };
    let allowed = |list: &[String]| list.is_empty() || list.iter().any(|known| known == entity);
    if !allowed(&state.programme.participants) || !allowed(&grant.participants) {
        return refuse(Refusal::inactive_participant());
    }
    Ok(entity)
}

/// Decides the result and keeps it until it is asked for.
fn queue(
    state: &State,
    question: &Question,
    payload: &Payload,
    host: Option<&str>,
    fault: Option<&SubmitFault>,
) -> Result<Reply, Refusal> {
    let (mut memory, now) = state.settled();
    let today = day_of(now);
    let Memory { registry, submissions, keys, outbox, taken, .. } = &mut *memory;
    let person = registry
        .meet(&question.patient.mbi, state.programme.unknown_mbi)
        .map_err(|_| Refusal::unavailable("The sandbox knows as many beneficiaries as it can"))?;
    let id = submissions.next_id();
    let bundle = question.report.as_ref().and_then(|report| report.bundle.as_deref());
    let scripted = fault.and_then(|fault| fault.result.as_deref().map(|code| (code, fault)));
    let verdict = match scripted {
        Some((code, _)) => Verdict::Result(code.to_owned()),
        None => {
            let (guide, programme, calendar) = (&state.guide, &state.programme, state.calendar());
            let bundle = bundle.map(|bundle| keys.fingerprint(&format!("{}|{bundle}", question.participant)));
            let bundle = bundle.as_deref().unwrap_or_default();
            decide(question, person, &mut Case { guide, programme, calendar, now, today, id: &id, bundle, taken })
        }
    };
    let operation = question.operation;
    let (status, result, answer) = match verdict {
        Verdict::Result(code) => {
            let issues: Vec<OutcomeIssue> =
                scripted.iter().flat_map(|(_, fault)| &fault.issues).map(OutcomeIssue::from).collect();
            let text = scripted.and_then(|(_, fault)| fault.text.as_deref());
            let answer = result_parameters(state, operation, &code, text, &issues);
            (200, code, answer)
        }
        Verdict::Incomplete(issues) => {
            let code = "incomplete-data".to_owned();
            let answer = result_parameters(state, operation, &code, None, &issues);
            (200, code, answer)
        }
        Verdict::FailPost(refusal) => return Err(refusal),
        Verdict::FailPoll(refusal) => (refusal.status, refusal.status.to_string(), operation_outcome(&refusal.issues)),
    };
    person.count(operation, &question.track);
    if result.ends_with("-control-group") {
        person.wait(&question.participant, &id, today);
    }
    state.calendar().settle(person, today);
    outbox.add(std::mem::take(&mut person.news));
    let (pending, delay) =
        person.record.as_ref().map_or((None, None), |record| (record.pending_polls, record.answer_delay_ms));
    let delay = i64::try_from(delay.unwrap_or(state.wire.answer_delay_ms)).unwrap_or(i64::MAX);
    let mbi = &question.patient.mbi;
    let key = AcceptedKey {
        at: rfc3339(now),
        participant: question.participant.clone(),
        beneficiary: keys.fingerprint(mbi),
        family: state.guide.track(&question.track).map_or_else(String::new, |track| track.family.clone()),
        operation: operation.code().to_owned(),
        bundle: bundle.map(|bundle| keys.shown(bundle, mbi)),
        result,
    };
    keys.add(operation, key);
    let form = fault.and_then(|fault| fault.content_location).unwrap_or(state.wire.content_location);
    let reply = Reply::accepted(location(form, host.unwrap_or(&state.authority), &id));
    submissions.add(
        id,
        Submission {
            operation,
            mbi: mbi.clone(),
            track: question.track.clone(),
            status,
            answer: Bytes::from(answer.to_string()),
            pending_polls: pending.unwrap_or(state.wire.pending_polls),
            ready_at: now.saturating_add(delay),
            payload: state.keep_payloads.then(|| payload.bytes.clone()),
        },
    );
    drop(memory);
    state.deliver();
    Ok(reply)
}

/// The status URL in the form that is asked for.
fn location(form: ContentLocation, authority: &str, id: &str) -> Option<String> {
    let path = format!("{BASE_PATH}/access/Patient/$submission-status");
    match form {
        ContentLocation::Absolute => Some(format!("http://{authority}{path}/{id}")),
        ContentLocation::Relative => Some(format!("{path}/{id}")),
        ContentLocation::Query => Some(format!("http://{authority}{path}?{SUBMISSION_PARAMETER}={id}")),
        // The discard port: nobody serves a status there.
        ContentLocation::OtherOrigin => Some(format!("http://127.0.0.1:9{path}/{id}")),
        ContentLocation::Missing => None,
    }
}

pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
