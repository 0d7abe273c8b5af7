//! Tokens: one for many, renewed in time, never a stampede.

use super::server::{Reaction, Server, grant, http, json, plain};
use super::{client, client_with, impatient, nobody, submit, submit_failure};
use crate::{AccessClient, FailureCause, Step, Submitted, TokenAuth, TokenReuse};
use bridge_types::{Disposition, contract::Operation};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const REFUSED: &str = r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#;

/// `client-1:s3cr3t%2B%2F+%7E`
const BASIC: &str = "Basic Y2xpZW50LTE6czNjcjN0JTJCJTJGKyU3RQ==";

fn accepted() -> Reaction {
    plain(202, &[("Content-Location", "/s/sub-1")])
}

#[tokio::test]
async fn basic_sends_id_and_secret_encoded_in_the_header_only() {
    let server = Server::start([]).await;
    let (client, _) = client_with(&server, |config| config.auth = TokenAuth::Basic);
    assert_eq!(client.authenticate().await.unwrap(), Duration::from_secs(300));
    let [request] = server.token_requests().try_into().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("authorization"), Some(BASIC));
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.body, "grant_type=client_credentials&scope=cdx%2F*.read+cdx%2Ffhir-resource.write");
}

#[tokio::test]
async fn form_sends_id_and_secret_in_the_body_only() {
    let server = Server::start([]).await;
    let (client, _) = client_with(&server, |config| {
        config.auth = TokenAuth::Form;
        config.scope = String::new();
    });
    client.authenticate().await.unwrap();
    let [request] = server.token_requests().try_into().unwrap();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "grant_type=client_credentials&client_id=client-1&client_secret=s3cr3t%2B%2F+%7E");
}

#[tokio::test]
async fn auto_goes_from_basic_to_form_and_remembers_what_worked() {
    for refusal in
        [json(401, REFUSED), json(400, REFUSED), json(400, r#"{"error":"invalid_request"}"#), plain(401, &[])]
    {
        let server = Server::with_tokens([refusal], []).await;
        let (client, clock) = client_with(&server, |_| {});
        client.authenticate().await.unwrap();
        clock.advance(Duration::from_secs(300));
        client.authenticate().await.unwrap();
        let methods: Vec<_> =
            server.token_requests().iter().map(|request| request.header("authorization").is_some()).collect();
        assert_eq!(methods, [true, false, false]);
    }
}

#[tokio::test]
async fn auto_does_not_go_on_where_the_answer_is_not_about_authentication() {
    for refusal in [json(400, r#"{"error":"invalid_scope"}"#), json(403, ""), json(503, ""), json(200, "{}")] {
        let server = Server::with_tokens([refusal], []).await;
        assert!(client(&server).authenticate().await.is_err());
        assert_eq!(server.token_requests().len(), 1);
    }
}

#[tokio::test]
async fn refused_credentials_need_an_operator_and_name_the_error_code_only() {
    let server = Server::with_tokens([json(401, REFUSED), json(401, REFUSED)], []).await;
    let failure = submit_failure(&client(&server)).await;
    assert_eq!(failure.disposition, Disposition::Operator);
    assert_eq!(failure.cause, FailureCause::TokenRefused { error: Some("invalid_client".to_owned()) });
    assert_eq!((failure.place.step, failure.status, &failure.answer), (Step::Token, Some(401), &None));
    assert_eq!(
        failure.to_string(),
        format!(
            "token for align at {}: the token endpoint refused the request (invalid_client) (status 401)",
            server.host()
        )
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again_at_once() {
    let server = Server::with_tokens([json(401, REFUSED), json(401, REFUSED)], [accepted()]).await;
    let (client, clock) = client_with(&server, |_| {});
    for _ in 0..20 {
        assert_eq!(submit_failure(&client).await.disposition, Disposition::Operator);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(server.token_requests().len(), 2, "Basic and form once each, then a pause");
    clock.advance(Duration::from_secs(10));
    assert!(matches!(submit(&client).await, Submitted::Accepted { .. }));
}

#[tokio::test]
async fn an_overloaded_token_endpoint_is_asked_again_when_it_says() {
    let server = Server::with_tokens([plain(429, &[("Retry-After", "40")])], [accepted()]).await;
    let (client, clock) = client_with(&server, |_| {});
    let retry = |seconds| Disposition::Retry { after: Some(Duration::from_secs(seconds)) };
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause), (retry(40), FailureCause::TokenUnavailable));
    clock.advance(Duration::from_secs(15));
    assert_eq!(submit_failure(&client).await.disposition, retry(25));
    assert_eq!(server.token_requests().len(), 1);
    clock.advance(Duration::from_secs(25));
    assert!(matches!(submit(&client).await, Submitted::Accepted { .. }));
}

#[tokio::test]
async fn an_unreachable_or_silent_token_endpoint_means_nothing_was_sent() {
    let server = Server::with_tokens(
        [Reaction::Silence, Reaction::SendAndClose(String::new()), json(500, "<html>"), plain(503, &[])],
        [accepted()],
    )
    .await;
    let (client, (impatient, _)) = (client(&server), client_with(&server, impatient));
    for client in [&impatient, &client, &client, &client] {
        let failure = submit_failure(client).await;
        assert_eq!(failure.disposition, Disposition::Retry { after: None });
        assert_eq!(failure.cause, FailureCause::TokenUnavailable);
    }
    assert!(server.requests().is_empty());
    assert!(matches!(submit(&client).await, Submitted::Accepted { .. }));
    let nobody = nobody().await;
    let (client, _) = client_with(&server, |config| config.token_url = nobody);
    assert_eq!(submit_failure(&client).await.cause, FailureCause::TokenUnavailable);
}

#[tokio::test]
async fn an_answer_without_a_bearer_token_needs_an_operator() {
    for answer in
        [json(200, "{}"), json(200, "<html>"), json(200, &"x".repeat(1 << 20)), plain(302, &[("Location", "/x")])]
    {
        let server = Server::with_tokens([answer], []).await;
        let failure = submit_failure(&client(&server)).await;
        assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::TokenUnusable));
    }
}

/// Starts this many submits; when it returns, each waits for a token or for an answer.
async fn start_submits(client: &AccessClient, count: usize) -> JoinSet<Submitted> {
    let started = Arc::new(AtomicUsize::new(0));
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let (client, started) = (client.clone(), Arc::clone(&started));
        calls.spawn(async move {
            // The test's only thread goes on from here into `submit`, up to the first point where that has to wait.
            started.fetch_add(1, Ordering::Relaxed);
            submit(&client).await
        });
    }
    while started.load(Ordering::Relaxed) < count {
        tokio::task::yield_now().await;
    }
    calls
}

#[tokio::test]
async fn two_hundred_calls_at_once_ask_for_one_token() {
    let gate = Arc::new(Semaphore::new(0));
    let answer = http(200, &[], &grant(1, 300));
    let tokens = [Reaction::WhenPermitted(Arc::clone(&gate), answer)];
    let server = Server::with_tokens(tokens, (0..200).map(|_| accepted())).await;
    let calls = start_submits(&client(&server), 200).await;
    gate.add_permits(1);
    let results = calls.join_all().await;
    assert!(results.iter().all(|result| matches!(result, Submitted::Accepted { .. })));
    assert_eq!((server.token_requests().len(), server.requests().len()), (1, 200));
}

#[tokio::test]
async fn two_hundred_calls_at_once_share_one_token_that_expires_at_once() {
    let gate = Arc::new(Semaphore::new(0));
    let answer = http(200, &[], &grant(1, 0));
    let tokens = [Reaction::WhenPermitted(Arc::clone(&gate), answer)];
    let server = Server::with_tokens(tokens, (0..200).map(|_| accepted())).await;
    let calls = start_submits(&client(&server), 200).await;
    gate.add_permits(1);
    calls.join_all().await;
    assert_eq!(server.token_requests().len(), 1);
}

#[tokio::test]
async fn two_hundred_calls_at_once_share_one_failure() {
    let gate = Arc::new(Semaphore::new(0));
    let tokens = [Reaction::WhenPermitted(Arc::clone(&gate), http(503, &[], ""))];
    let server = Server::with_tokens(tokens, []).await;
    let calls = start_submits(&client(&server), 200).await;
    gate.add_permits(1);
    for result in calls.join_all().await {
        assert!(matches!(result, Submitted::Failed(failure) if failure.cause == FailureCause::TokenUnavailable));
    }
    assert_eq!(server.token_requests().len(), 1);
}

#[tokio::test]
async fn fifty_refused_calls_renew_the_token_once() {
    let server = Server::start((0..50).map(|_| accepted())).await;
    let client = client(&server);
    client.authenticate().await.unwrap();
    server.refuse("Bearer tok-1");
    let results = start_submits(&client, 50).await.join_all().await;
    assert!(results.iter().all(|result| matches!(result, Submitted::Accepted { .. })), "{results:?}");
    assert_eq!(server.token_requests().len(), 2, "the first one and one renewal");
}

#[tokio::test]
async fn fresh_tokens_are_shared_by_submits_that_wait_at_the_same_time() {
    let gate = Arc::new(Semaphore::new(0));
    let tokens = [Reaction::WhenPermitted(Arc::clone(&gate), http(200, &[], &grant(1, 300)))];
    let server = Server::with_tokens(tokens, (0..21).map(|_| accepted())).await;
    let (client, _) = client_with(&server, |config| config.token_reuse = TokenReuse::FreshPerSubmit);
    let calls = start_submits(&client, 20).await;
    gate.add_permits(1);
    calls.join_all().await;
    assert_eq!(server.token_requests().len(), 1);
    submit(&client).await;
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_token_is_used_again_while_enough_is_left_and_renewed_before_it_expires() {
    let server = Server::start((0..4).map(|_| accepted())).await;
    let (client, clock) = client_with(&server, |_| {});
    for wait in [0, 100, 140, 1] {
        clock.advance(Duration::from_secs(wait));
        submit(&client).await;
    }
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["Bearer tok-1", "Bearer tok-1", "Bearer tok-1", "Bearer tok-2"]);
}

#[tokio::test]
async fn a_fresh_token_per_submit_can_be_configured_and_polls_still_share() {
    let server = Server::start([accepted(), accepted(), plain(202, &[]), plain(202, &[])]).await;
    let (client, _) = client_with(&server, |config| config.token_reuse = TokenReuse::FreshPerSubmit);
    submit(&client).await;
    submit(&client).await;
    for _ in 0..2 {
        client.poll(&Operation::Align, &server.status_url()).await;
    }
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["Bearer tok-1", "Bearer tok-2", "Bearer tok-2", "Bearer tok-2"]);
}

#[tokio::test]
async fn a_token_without_a_life_gets_the_usual_one_and_one_with_none_serves_once() {
    let server = Server::with_tokens([json(200, r#"{"access_token":"tok-1"}"#), json(200, &grant(2, 0))], []).await;
    let (client, clock) = client_with(&server, |_| {});
    assert_eq!(client.authenticate().await.unwrap(), Duration::from_secs(300));
    clock.advance(Duration::from_secs(300));
    assert_eq!(client.authenticate().await.unwrap(), Duration::ZERO);
    client.authenticate().await.unwrap();
    assert_eq!(server.token_requests().len(), 3);
}

#[tokio::test]
async fn a_caller_that_gives_up_leaves_the_way_free() {
    let server = Server::with_tokens([Reaction::Silence], [accepted()]).await;
    let client = client(&server);
    let call = tokio::spawn({
        let client = client.clone();
        async move { submit(&client).await }
    });
    server.has_read(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert!(matches!(submit(&client).await, Submitted::Accepted { .. }));
}
