//! The POST of an operation, from its token to the queue.

use crate::checks::{Question, check};
use crate::operation::Operation;
use crate::outcome::{OutcomeIssue, operation_outcome};
use crate::refusal::{Missing, Refusal};
use crate::reply::Reply;
use crate::route::SUBMISSION_PARAMETER;
use crate::rules::{Verdict, decide};
use crate::scenario::{ContentLocation, SubmitFault, is_participant};
use crate::server::BASE_PATH;
use crate::state::{Memory, State};
use crate::submissions::Submission;
use access_mappings::Guide;
use bytes::Bytes;
use serde_json::{Value, json};

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
    match check(operation, entity, payload.json.as_ref(), &state.guide, state.wire.wording) {
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
    let now = state.clock.now();
    let mut memory = state.memory();
    let person = memory
        .registry
        .meet(&question.patient.mbi, state.programme.unknown_mbi)
        .map_err(|_| Refusal::unavailable("The sandbox knows as many beneficiaries as it can"))?;
    let scripted = fault.and_then(|fault| fault.result.as_deref().map(|code| (code, fault)));
    let (status, answer) = match scripted {
        Some((code, fault)) => {
            let issues: Vec<OutcomeIssue> = fault.issues.iter().map(OutcomeIssue::from).collect();
            (200, result(state, question.operation, code, fault.text.as_deref(), &issues))
        }
        None => match decide(question, person, &state.guide, &state.programme, state.clock.today()) {
            Verdict::Result(code) => (200, result(state, question.operation, &code, None, &[])),
            Verdict::RefusePost => return Err(Refusal::attestation()),
            Verdict::RefusePoll => {
                let refusal = Refusal::attestation();
                (refusal.status, operation_outcome(&refusal.issues))
            }
        },
    };
    person.count(question.operation, &question.track);
    let (pending, delay) =
        person.record.as_ref().map_or((None, None), |record| (record.pending_polls, record.answer_delay_ms));
    let delay = i64::try_from(delay.unwrap_or(state.wire.answer_delay_ms)).unwrap_or(i64::MAX);
    let id = memory.submissions.add(Submission {
        operation: question.operation,
        mbi: question.patient.mbi.clone(),
        track: question.track.clone(),
        status,
        answer: Bytes::from(answer.to_string()),
        pending_polls: pending.unwrap_or(state.wire.pending_polls),
        ready_at: now.saturating_add(delay),
        payload: state.keep_payloads.then(|| payload.bytes.clone()),
    });
    let form = fault.and_then(|fault| fault.content_location).unwrap_or(state.wire.content_location);
    Ok(Reply::accepted(location(form, host.unwrap_or(&state.authority), &id)))
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

/// The Parameters of a result. A code the guide does not have goes out without a display.
fn result(state: &State, operation: Operation, code: &str, text: Option<&str>, issues: &[OutcomeIssue]) -> Value {
    let guide: &Guide = &state.guide;
    let facts = guide.result(operation.code(), code);
    let (profile, system) = guide
        .operation(operation.code())
        .map_or(("", ""), |facts| (facts.profile.as_str(), facts.result_system.as_str()));
    let coding = match facts {
        Some(facts) => json!({ "system": system, "code": code, "display": facts.display }),
        None => json!({ "system": system, "code": code }),
    };
    let text = text.or_else(|| facts.map(|facts| facts.meaning.as_str())).unwrap_or(code);
    let mut parameters = vec![json!({
        "name": "result",
        "valueCodeableConcept": { "coding": [coding], "text": text },
    })];
    if !issues.is_empty() {
        parameters.push(json!({ "name": "issues", "resource": operation_outcome(issues) }));
    }
    if !state.wire.result_meta {
        return json!({ "resourceType": "Parameters", "parameter": parameters });
    }
    // The profiles come in pairs; only the generic one has room for issues.
    let profile = if issues.is_empty() {
        profile.strip_suffix("-in").map_or_else(String::new, |stem| format!("{stem}-out"))
    } else {
        format!("{}/StructureDefinition/access-submission-status-out", guide.canonical)
    };
    json!({ "resourceType": "Parameters", "meta": { "profile": [profile] }, "parameter": parameters })
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
