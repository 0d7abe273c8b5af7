//! Behaviour against a real socket: every fault the API, or something in front of it, was seen to have.

mod leaks;
mod poll;
mod server;
mod submit;
mod tls;
mod token;

use crate::{AccessClient, ClientConfig, Submitted, Timeouts, Url};
use bridge_types::{Phi, Secret, TestClock, Timestamp, contract::Operation};
use server::Server;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const PARTICIPANT: &str = "ACCES12345";

/// A client of a server, and the clock it goes by.
pub(crate) fn client_with(server: &Server, change: impl FnOnce(&mut ClientConfig)) -> (AccessClient, TestClock) {
    let mut config =
        ClientConfig::new(server.url("/fhir"), server.url("/token"), "client-1", Secret::new("s3cr3t+/ ~"));
    change(&mut config);
    let clock = TestClock::at(Timestamp::parse("2026-07-01T12:00:00Z").unwrap());
    (AccessClient::new(config, Arc::new(clock.clone())).unwrap(), clock)
}

pub(crate) fn client(server: &Server) -> AccessClient {
    client_with(server, |_| {}).0
}

/// Limits short enough for a test that waits for one.
pub(crate) fn impatient(config: &mut ClientConfig) {
    config.timeouts = Timeouts { connect: Duration::from_millis(900), request: Duration::from_secs(1) };
}

/// An address nobody listens at.
pub(crate) async fn nobody() -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    Url::parse(&format!("http://{}/fhir", listener.local_addr().unwrap())).unwrap()
}

pub(crate) async fn submit(client: &AccessClient) -> Submitted {
    let body = Phi::new(r#"{"resourceType":"Parameters"}"#.to_owned());
    client.submit(&Operation::Align, PARTICIPANT, &body).await
}

/// The failure of a submit that must have failed.
pub(crate) async fn submit_failure(client: &AccessClient) -> crate::Failure {
    match submit(client).await {
        Submitted::Failed(failure) => failure,
        other => panic!("expected a failure, got {other:?}"),
    }
}
