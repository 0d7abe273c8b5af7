//! Posts the messages of notices to one address, in their order.

use crate::dispatch::Tally;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

/// How often a message is tried.
const ATTEMPTS: u32 = 6;
/// Pause after the first attempt; doubled after each.
const PAUSE: Duration = Duration::from_millis(100);
/// Time for one attempt.
const TIME: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const MAX_ANSWER: usize = 64 << 10;

/// Where messages go.
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) token: Option<String>,
}

/// Posts what comes until the queue ends. A message that is refused six times is given up.
pub(crate) async fn post_all(target: Target, mut queue: mpsc::Receiver<Bytes>, tally: Arc<Tally>) {
    while let Some(body) = queue.recv().await {
        if post(&target, &body).await {
            Tally::count(&tally.posted);
        } else {
            tracing::warn!("notice given up as a message");
            Tally::count(&tally.post_failed);
        }
    }
}

async fn post(target: &Target, body: &Bytes) -> bool {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE * 2_u32.saturating_pow(attempt - 1)).await;
        }
        match tokio::time::timeout(TIME, try_post(target, body.clone())).await {
            Ok(Ok(status)) if (200..300).contains(&status) => return true,
            Ok(Ok(status)) => tracing::debug!(status, "message refused"),
            Ok(Err(_)) => tracing::debug!("message not delivered"),
            Err(_) => tracing::debug!("message not answered in time"),
        }
    }
    false
}

/// One attempt on a connection of its own; gives the status.
async fn try_post(target: &Target, body: Bytes) -> Result<u16, Box<dyn Error + Send + Sync>> {
    let host = target.url.host_str().unwrap_or_default();
    let port = target.url.port_or_known_default().unwrap_or(80);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(target.url.path().to_owned() + &target.url.query().map_or_else(String::new, |query| format!("?{query}")))
        .header(HOST, format!("{host}:{port}"))
        .header(CONTENT_TYPE, "application/fhir+json");
    if let Some(token) = &target.token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Full::new(body))?;
    // Driven beside the exchange, and gone with it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    // Read to its end, so that the other side sees an orderly close.
    let _ = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
    Ok(status)
}
