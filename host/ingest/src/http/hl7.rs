//! `POST /hl7v2`.

use super::service::HttpDoor;
use crate::Received;
use crate::ack::Decision;
use crate::batch::feeds;
use bridge_net::http::{Answer, Outcome, answer, empty};
use bridge_types::contract::Issue;
use hyper::StatusCode;

/// What HL7 v2 is called over HTTP.
const OF_HL7: [&str; 4] = ["x-application/hl7-v2+er7", "application/hl7-v2", "application/hl7-v2+er7", "text/plain"];

/// Takes what a body holds.
pub(super) async fn take(door: &HttpDoor, named: &str, came: Received) -> Result<Answer, Outcome> {
    let mut answers = Vec::new();
    let Received { bytes, peer, source, .. } = came;
    for (position, bytes) in (1..).zip(feeds(bytes)) {
        let feed = Received { bytes, peer, source: source.clone(), position };
        let taken = door.intake.take(&feed).await.map_err(|_| Outcome::NOT_NOW)?;
        answers.extend(door.acknowledger.answer(feed.bytes.expose(), taken.decision()).into_iter().flatten());
    }
    Ok(of_hl7(named, answers))
}

/// The answer to a body that is refused as a whole.
pub(super) fn refuse(door: &HttpDoor, named: &str, came: &Received, issue: Issue) -> Answer {
    let answer = door.acknowledger.answer(came.bytes.expose(), Decision::Rejected(&[issue]));
    of_hl7(named, answer.unwrap_or_default())
}

fn of_hl7(named: &str, answers: Vec<u8>) -> Answer {
    if answers.is_empty() {
        return empty(StatusCode::NO_CONTENT);
    }
    let kind = OF_HL7.into_iter().find(|kind| *kind == named).unwrap_or("x-application/hl7-v2+er7");
    answer(StatusCode::OK, kind, answers)
}
