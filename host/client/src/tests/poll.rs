//! The status GET. Whatever happens, only an answer ends a submission.

use super::server::{Reaction, Server, http, json, plain};
use super::{client, client_with, impatient, nobody};
use crate::{AccessClient, Failure, FailureCause, Polled};
use bridge_types::{Disposition, contract::Operation};
use std::time::Duration;

const RETRY: Disposition = Disposition::Retry { after: None };
const RESULT: &str = r#"{"resourceType":"Parameters","parameter":[{"name":"result"}]}"#;
const OUTCOME: &str = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#;

async fn poll(server: &Server, client: &AccessClient) -> Polled {
    client.poll(&Operation::CheckEligibility, &server.status_url()).await
}

async fn poll_failure(server: &Server, client: &AccessClient) -> Failure {
    match poll(server, client).await {
        Polled::Failed(failure) => failure,
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[tokio::test]
async fn a_poll_is_a_get_with_the_token_and_without_a_body() {
    let server = Server::start([json(200, RESULT)]).await;
    let polled = poll(&server, &client(&server)).await;
    assert!(matches!(&polled, Polled::Answered(answer) if answer.status == 200 && answer.body.expose() == RESULT));
    let [request] = server.requests().try_into().unwrap();
    assert_eq!((request.method.as_str(), request.body.as_str()), ("GET", ""));
    assert_eq!(request.target, "/fhir/access/Patient/$submission-status/sub-123456");
    assert_eq!(request.header("authorization"), Some("Bearer tok-1"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!((request.header("prefer"), request.header("content-type")), (None, None));
}

#[tokio::test]
async fn a_202_is_pending_with_what_the_server_says_about_it() {
    let long = format!("50\t%é done {}", "x".repeat(400));
    let server = Server::start([
        plain(202, &[]),
        plain(202, &[("Retry-After", "12"), ("X-Progress", "2 of 3")]),
        plain(202, &[("X-Progress", &long)]),
    ])
    .await;
    let client = client(&server);
    assert_eq!(poll(&server, &client).await, Polled::Pending { retry_after: None, progress: None });
    assert_eq!(
        poll(&server, &client).await,
        Polled::Pending { retry_after: Some(Duration::from_secs(12)), progress: Some("2 of 3".to_owned()) }
    );
    match poll(&server, &client).await {
        Polled::Pending { progress: Some(progress), .. } => {
            assert!(progress.len() <= 200 && progress.starts_with("50% done x"), "{progress}");
            assert!(progress.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn polls_share_a_connection() {
    let server = Server::start([plain(202, &[]), plain(202, &[]), json(200, RESULT)]).await;
    let client = client(&server);
    for _ in 0..3 {
        poll(&server, &client).await;
    }
    assert!(server.requests().iter().all(|request| request.connection == 0));
}

#[tokio::test]
async fn a_401_while_polling_renews_the_token_and_goes_on() {
    let server = Server::start([plain(202, &[]), plain(401, &[]), json(200, RESULT)]).await;
    let client = client(&server);
    assert!(matches!(poll(&server, &client).await, Polled::Pending { .. }));
    assert!(matches!(poll(&server, &client).await, Polled::Answered(_)));
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["Bearer tok-1", "Bearer tok-1", "Bearer tok-2"]);
}

#[tokio::test]
async fn a_lasting_401_or_403_while_polling_needs_an_operator_and_does_not_end_the_submission() {
    let server = Server::start([plain(401, &[]), plain(401, &[]), json(403, OUTCOME), json(200, RESULT)]).await;
    let client = client(&server);
    let failure = poll_failure(&server, &client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Unauthorized));
    let failure = poll_failure(&server, &client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Forbidden));
    assert!(matches!(poll(&server, &client).await, Polled::Answered(_)));
}

#[tokio::test]
async fn a_429_while_polling_waits_as_told_and_does_not_end_the_submission() {
    let server = Server::start([plain(429, &[("Retry-After", "45")]), json(200, RESULT)]).await;
    let client = client(&server);
    let failure = poll_failure(&server, &client).await;
    assert_eq!(failure.disposition, Disposition::Retry { after: Some(Duration::from_secs(45)) });
    assert_eq!(failure.cause, FailureCause::Throttled);
    assert!(matches!(poll(&server, &client).await, Polled::Answered(_)));
}

#[tokio::test]
async fn server_errors_while_polling_are_tried_again_and_keep_their_body() {
    let page = "<html>Bad Gateway</html>";
    for (status, body, cause) in [
        (500, OUTCOME, FailureCause::ServerError),
        (500, page, FailureCause::Gateway),
        (502, page, FailureCause::Gateway),
        (503, page, FailureCause::Unavailable),
        (504, page, FailureCause::Gateway),
    ] {
        let server = Server::start([Reaction::Send(http(status, &[], body))]).await;
        let failure = poll_failure(&server, &client(&server)).await;
        assert_eq!((failure.disposition, &failure.cause), (RETRY, &cause), "{status} {body}");
        assert_eq!(failure.answer.unwrap().body.expose(), body);
    }
}

#[tokio::test]
async fn technical_failures_of_the_submission_are_answers() {
    let diagnostics = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"only here"}]}"#;
    for (status, body) in [(400, diagnostics), (404, OUTCOME), (410, OUTCOME), (200, OUTCOME)] {
        let server = Server::start([json(status, body)]).await;
        match poll(&server, &client(&server)).await {
            Polled::Answered(answer) => assert_eq!((answer.status, answer.body.expose().as_str()), (status, body)),
            other => panic!("{status}: {other:?}"),
        }
    }
}

/// A gateway's page under a status of refusal ended alignments that CMS made.
#[tokio::test]
async fn a_refusal_that_is_not_fhir_does_not_end_the_submission() {
    let gateway = r#"{"message":"Bad Request"}"#;
    for (status, body) in [(400, "<html>"), (404, gateway), (410, ""), (422, "<html>")] {
        let server = Server::start([json(status, body), json(200, RESULT)]).await;
        let client = client(&server);
        let failure = poll_failure(&server, &client).await;
        assert_eq!((failure.disposition, &failure.cause), (RETRY, &FailureCause::NotFhir), "{status}");
        assert_eq!(failure.status, Some(status));
        assert!(matches!(poll(&server, &client).await, Polled::Answered(_)));
    }
}

#[tokio::test]
async fn network_trouble_while_polling_is_tried_again() {
    let server = Server::start([
        Reaction::SendAndClose(String::new()),
        Reaction::SendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{".to_owned()),
        Reaction::Silence,
    ])
    .await;
    let (patient, (impatient, _)) = (client(&server), client_with(&server, impatient));
    for (client, cause) in
        [(&patient, FailureCause::Lost), (&patient, FailureCause::Lost), (&impatient, FailureCause::TimedOut)]
    {
        let failure = poll_failure(&server, client).await;
        assert_eq!((failure.disposition, failure.cause), (RETRY, cause));
    }
    let nobody = nobody().await;
    let (client, _) = client_with(&server, |config| config.base = nobody.clone());
    match client.poll(&Operation::Align, nobody.join("/s/sub-1").unwrap().as_str()).await {
        Polled::Failed(failure) => assert_eq!((failure.disposition, failure.cause), (RETRY, FailureCause::Connect)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_result_over_the_limit_is_not_taken_for_an_answer() {
    let server = Server::start([json(200, &"x".repeat(2000))]).await;
    let (client, _) = client_with(&server, |config| config.answer_limit = 1024);
    let failure = poll_failure(&server, &client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::AnswerTooLarge));
}

#[tokio::test]
async fn a_byte_order_mark_and_bad_utf8_do_not_lose_a_body() {
    let server = Server::start([json(200, &format!("\u{feff}{RESULT}"))]).await;
    assert!(
        matches!(poll(&server, &client(&server)).await, Polled::Answered(answer) if answer.body.expose() == RESULT)
    );
}

#[tokio::test]
async fn the_token_is_not_sent_to_a_foreign_origin() {
    let (server, foreign) = (Server::start([]).await, Server::start([json(200, RESULT)]).await);
    let client = client(&server);
    match client.poll(&Operation::Align, &foreign.status_url()).await {
        Polled::Failed(failure) => {
            assert_eq!((failure.disposition, &failure.cause), (Disposition::Operator, &FailureCause::ForeignStatusUrl));
            assert!(failure.to_string().contains("foreign status URL"), "{failure}");
            assert!(!failure.to_string().contains("sub-123456"), "{failure}");
        }
        other => panic!("{other:?}"),
    }
    assert!(foreign.requests().is_empty() && server.token_requests().is_empty());
}

#[tokio::test]
async fn a_foreign_origin_can_be_allowed() {
    let (server, other) = (Server::start([]).await, Server::start([json(200, RESULT)]).await);
    let (client, _) = client_with(&server, |config| config.allowed_origins = vec![other.url("")]);
    assert!(matches!(client.poll(&Operation::Align, &other.status_url()).await, Polled::Answered(_)));
    assert_eq!(other.requests()[0].header("authorization"), Some("Bearer tok-1"));
}

#[tokio::test]
async fn a_status_url_that_is_none_needs_an_operator() {
    let server = Server::start([]).await;
    for location in ["", "/relative", "no url"] {
        match client(&server).poll(&Operation::Align, location).await {
            Polled::Failed(failure) => assert_eq!(failure.cause, FailureCause::UnreadableStatusUrl),
            other => panic!("{other:?}"),
        }
    }
}
