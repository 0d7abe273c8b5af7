//! The POST of an operation.

use super::server::{Reaction, Server, http, json, plain};
use super::{client, client_with, impatient, nobody, submit, submit_failure};
use crate::{FailureCause, Step, SubmitConnection, Submitted};
use bridge_types::{Disposition, Phi, contract::Operation};
use std::time::Duration;

const RETRY: Disposition = Disposition::Retry { after: None };
const OUTCOME: &str = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#;

fn location(submitted: &Submitted) -> (&str, &str) {
    match submitted {
        Submitted::Accepted { location, submission_id, .. } => (location, submission_id),
        other => panic!("expected acceptance, got {other:?}"),
    }
}

#[tokio::test]
async fn the_request_is_what_the_guide_and_the_live_api_ask_for() {
    let server = Server::start([plain(202, &[("Content-Location", "/s/sub-1")])]).await;
    let body = Phi::new(r#"{"resourceType":"Parameters","parameter":[]}"#.to_owned());
    let submitted = client(&server).submit(&Operation::CheckEligibility, "ACCES12345", &body).await;
    assert!(matches!(submitted, Submitted::Accepted { .. }));
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, "/fhir/access/Patient/$check-eligibility?entityId=ACCES12345");
    assert_eq!(request.body, *body.expose());
    for (name, value) in [
        ("authorization", "Bearer tok-1"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("prefer", "respond-async"),
        ("user-agent", concat!("access-bridge/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_eq!(request.header("accept-encoding"), None);
    assert_eq!(request.header("referer"), None);
}

#[tokio::test]
async fn an_absolute_content_location_is_kept_as_it_came() {
    let given = "https://API.example.org:443/fhir/access/Patient/$submission-status/sub-123456";
    let server =
        Server::start([plain(202, &[("Content-Location", given), ("Retry-After", "7"), ("X-Other", "1")])]).await;
    let submitted = submit(&client(&server)).await;
    assert_eq!(location(&submitted), (given, "sub-123456"));
    assert!(
        matches!(submitted, Submitted::Accepted { retry_after: Some(after), .. } if after == Duration::from_secs(7))
    );
}

#[tokio::test]
async fn a_relative_content_location_is_resolved_against_the_request_and_can_be_polled() {
    let server = Server::start([
        plain(202, &[("Content-Location", "$submission-status/sub-9")]),
        json(200, r#"{"resourceType":"Parameters"}"#),
    ])
    .await;
    let client = client(&server);
    let submitted = submit(&client).await;
    let expected: String = server.url("/fhir/access/Patient/$submission-status/sub-9").into();
    assert_eq!(location(&submitted), (expected.as_str(), "sub-9"));
    client.poll(&Operation::Align, &expected).await;
    assert_eq!(server.requests()[1].target, "/fhir/access/Patient/$submission-status/sub-9");
}

#[tokio::test]
async fn a_query_form_content_location_gives_its_id_and_is_followed_verbatim() {
    let path = "/fhir/access/Patient/$submission-status?submissionId=sub-7&entityId=ACCES12345";
    let server = Server::start([plain(202, &[("Content-Location", path)]), plain(202, &[])]).await;
    let client = client(&server);
    let submitted = submit(&client).await;
    let (url, id) = location(&submitted);
    assert_eq!(id, "sub-7");
    client.poll(&Operation::Align, url).await;
    assert_eq!(server.requests()[1].target, path);
}

#[tokio::test]
async fn a_202_without_content_location_is_neither_success_nor_repeatable() {
    for headers in [&[("Retry-After", "5")][..], &[("Content-Location", " ")], &[("Content-Location", "urn:uuid:1")]] {
        let server = Server::start([plain(202, headers)]).await;
        let submitted = submit(&client(&server)).await;
        assert!(matches!(submitted, Submitted::AcceptedWithoutLocation { .. }), "{submitted:?}");
    }
}

#[tokio::test]
async fn a_202_whose_connection_breaks_is_still_accepted() {
    let cut = "HTTP/1.1 202 Accepted\r\nContent-Location: /s/sub-1\r\nContent-Length: 10\r\n\r\n";
    let server = Server::start([Reaction::SendAndClose(cut.to_owned())]).await;
    assert_eq!(location(&submit(&client(&server)).await).1, "sub-1");
}

#[tokio::test]
async fn refusals_are_answers_with_their_whole_body() {
    let body = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"only here"},
        {"severity":"error","code":"required","diagnostics":"second"}]}"#;
    for status in [400, 403, 404, 413, 422] {
        let server = Server::start([json(status, body)]).await;
        match submit(&client(&server)).await {
            Submitted::Answered(answer) => {
                assert_eq!(
                    (answer.status, answer.content_type.as_str(), answer.whole),
                    (status, "application/json", true)
                );
                assert_eq!(answer.body.expose(), body);
            }
            other => panic!("{status}: {other:?}"),
        }
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_503_is_tried_again_when_the_server_says() {
    let server = Server::start([Reaction::Send(http(
        503,
        &[("Retry-After", "60"), ("Content-Type", "application/json")],
        OUTCOME,
    ))])
    .await;
    let failure = submit_failure(&client(&server)).await;
    let after = Some(Duration::from_secs(60));
    assert_eq!(failure.disposition, Disposition::Retry { after });
    assert_eq!((&failure.cause, failure.status, failure.retry_after), (&FailureCause::Unavailable, Some(503), after));
    assert_eq!(failure.answer.unwrap().body.expose(), OUTCOME);
    assert_eq!(server.requests().len(), 1, "one call sends one POST");
}

#[tokio::test]
async fn retry_after_is_honoured_as_a_date_too() {
    let date = "Wed, 01 Jul 2026 12:01:30 GMT";
    let server = Server::start([plain(429, &[("Retry-After", date)])]).await;
    let failure = submit_failure(&client(&server)).await;
    assert_eq!(failure.cause, FailureCause::Throttled);
    assert_eq!(failure.disposition, Disposition::Retry { after: Some(Duration::from_secs(90)) });
}

#[tokio::test]
async fn a_500_of_the_api_itself_queued_nothing() {
    let server = Server::start([json(500, OUTCOME)]).await;
    let failure = submit_failure(&client(&server)).await;
    assert_eq!((failure.disposition, failure.cause), (RETRY, FailureCause::ServerError));
}

#[tokio::test]
async fn an_html_error_of_a_gateway_leaves_it_uncertain() {
    let page = "<html><body><h1>500</h1></body></html>";
    for status in [500, 502, 504] {
        let server = Server::start([Reaction::Send(http(status, &[("Content-Type", "text/html")], page))]).await;
        let failure = submit_failure(&client(&server)).await;
        assert_eq!((failure.disposition, &failure.cause), (Disposition::Uncertain, &FailureCause::Gateway), "{status}");
        let answer = failure.answer.unwrap();
        assert_eq!((answer.content_type.as_str(), answer.body.expose().as_str()), ("text/html", page));
    }
}

#[tokio::test]
async fn a_connection_dropped_after_the_request_leaves_it_uncertain() {
    for reaction in [
        Reaction::SendAndClose(String::new()),
        Reaction::SendAndClose("HTTP/1.1 2".to_owned()),
        Reaction::SendAndClose("220 smtp.example.org ESMTP\r\n".to_owned()),
    ] {
        let server = Server::start([reaction]).await;
        let failure = submit_failure(&client(&server)).await;
        assert_eq!((failure.disposition, failure.cause), (Disposition::Uncertain, FailureCause::Lost));
        assert_eq!(server.requests().len(), 1, "it is not sent again");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_in_time_leaves_it_uncertain() {
    let server = Server::start([Reaction::Silence]).await;
    let (client, _) = client_with(&server, impatient);
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Uncertain, FailureCause::TimedOut));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_tried_again() {
    let (server, nobody) = (Server::start([]).await, nobody().await);
    let (client, _) = client_with(&server, |config| config.base = nobody);
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause, failure.status), (RETRY, FailureCause::Connect, None));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([]).await;
    let there: String = elsewhere.url("/x").into();
    let server = Server::start([plain(307, &[("Location", &there)])]).await;
    let failure = submit_failure(&client(&server)).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Redirected));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_repeated() {
    let server = Server::start([
        plain(401, &[("WWW-Authenticate", "Bearer error=\"invalid_token\"")]),
        plain(202, &[("Content-Location", "/s/sub-1")]),
    ])
    .await;
    assert!(matches!(submit(&client(&server)).await, Submitted::Accepted { .. }));
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["Bearer tok-1", "Bearer tok-2"]);
    assert_eq!(server.requests()[0].body, server.requests()[1].body);
}

#[tokio::test]
async fn a_second_401_is_final_and_needs_an_operator() {
    let server = Server::start([json(401, OUTCOME), json(401, OUTCOME)]).await;
    let failure = submit_failure(&client(&server)).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Unauthorized));
    assert_eq!((server.requests().len(), server.token_requests().len()), (2, 2));
    assert_eq!(failure.answer.unwrap().body.expose(), OUTCOME);
}

#[tokio::test]
async fn a_huge_body_is_cut_at_the_limit() {
    let server = Server::start([json(400, &"é".repeat(1 << 20))]).await;
    let (client, _) = client_with(&server, |config| config.answer_limit = 1025);
    match submit(&client).await {
        Submitted::Answered(answer) => {
            assert!(!answer.whole);
            // 512 two-byte characters and a half one, which is replaced.
            assert_eq!(answer.body.expose().chars().count(), 513);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let chunk = format!("{:x}\r\n{}\r\n", 4096, "a".repeat(4096));
    let head = "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = Server::start([Reaction::Send(format!("{head}{}", chunk.repeat(600)))]).await;
    match submit(&client(&server)).await {
        Submitted::Answered(answer) => assert_eq!((answer.body.expose().len(), answer.whole), (1 << 20, false)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_post_has_its_own_connection_unless_configured() {
    let accepted = || plain(202, &[("Content-Location", "/s/sub-1")]);
    for (connection, distinct) in [(SubmitConnection::Fresh, 3), (SubmitConnection::Pooled, 1)] {
        let server = Server::start([accepted(), accepted(), accepted()]).await;
        let (client, _) = client_with(&server, |config| config.submit_connection = connection);
        for _ in 0..3 {
            submit(&client).await;
        }
        let used: std::collections::BTreeSet<_> = server.requests().iter().map(|request| request.connection).collect();
        assert_eq!(used.len(), distinct, "{connection:?}");
    }
}

#[tokio::test]
async fn a_failure_says_what_happened_where_and_what_to_do() {
    let server = Server::start([Reaction::SendAndClose(String::new())]).await;
    let failure = submit_failure(&client(&server)).await;
    assert_eq!(failure.place.step, Step::Submit);
    assert_eq!(
        format!("{failure:#}"),
        format!(
            "align at {}: the connection was lost before a whole answer came; it may have been accepted: look for it at CMS \
             before sending it again",
            server.host()
        )
    );
}

#[tokio::test]
async fn a_configured_proxy_is_not_used_for_loopback() {
    let server = Server::start([plain(202, &[("Content-Location", "/s/sub-1")])]).await;
    let proxy = Server::start([]).await;
    let (client, _) = client_with(&server, |config| config.proxy = Some(proxy.url("")));
    assert!(matches!(submit(&client).await, Submitted::Accepted { .. }));
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn a_configured_proxy_is_asked_for_a_tunnel_and_sees_no_token() {
    let token_server = Server::start([]).await;
    let proxy = Server::start([plain(502, &[])]).await;
    let (client, _) = client_with(&token_server, |config| {
        config.base = crate::Url::parse("https://api.example.org/fhir").unwrap();
        config.proxy = Some(proxy.url(""));
    });
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause), (RETRY, FailureCause::Connect));
    let [request] = proxy.requests().try_into().unwrap();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("CONNECT", "api.example.org:443"));
    assert_eq!(request.header("authorization"), None);
}
