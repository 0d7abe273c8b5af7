//! `POST /hl7v2`.

use super::service::{HttpDoor, without_body};
use crate::Received;
use crate::batch::feeds;
use bridge_net::http::{Answer, Outcome, Request, answer, empty};
use bridge_types::Phi;
use hyper::StatusCode;

/// What HL7 v2 is called over HTTP.
const OF_HL7: [&str; 4] = ["x-application/hl7-v2+er7", "application/hl7-v2", "application/hl7-v2+er7", "text/plain"];
const FORM: Outcome = Outcome::error(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "not-supported",
    "a message is the body itself, not a field of a form; send it as x-application/hl7-v2+er7 or text/plain",
);

pub(super) async fn take(door: &HttpDoor, request: Request) -> Result<Answer, Outcome> {
    let named = request.content_type();
    if named.starts_with("multipart/") || named == "application/x-www-form-urlencoded" {
        return Err(FORM);
    }
    let peer = request.peer;
    let body = request.read().await.map_err(without_body)?;
    let mut answers = Vec::new();
    for (position, bytes) in (1..).zip(feeds(Phi::new(body.to_vec()))) {
        let feed = Received { bytes, peer: Some(peer), source: door.source.clone(), position };
        let taken = door.intake.take(&feed).await.map_err(|_| Outcome::NOT_NOW)?;
        answers.extend(door.acknowledger.answer(feed.bytes.expose(), taken.decision()).into_iter().flatten());
    }
    if answers.is_empty() {
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    let kind = OF_HL7.into_iter().find(|kind| *kind == named).unwrap_or("x-application/hl7-v2+er7");
    Ok(answer(StatusCode::OK, kind, answers))
}
