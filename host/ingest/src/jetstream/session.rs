//! One connection to the broker, for as long as it lasts.

use super::Options;
use super::consumer::{self, Unopened};
use crate::batch::feeds;
use crate::{Intake, Received, Source, SourceKind, Taken};
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::{self, AckKind, Context, Message};
use async_nats::{Client, HeaderMap};
use bridge_net::nats::{self, Renewals};
use bridge_types::Phi;
use bridge_types::contract::{Issue, Verdict};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long the server may be silent before the connection counts as broken.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long one request for messages waits.
const EXPIRES: Duration = Duration::from_secs(30);
/// Waits before a message that could not be stored is given out again, by how often it was.
const AGAIN: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// How it ended.
pub(super) enum Ended {
    Stopped,
    /// The certificates changed, and a new connection shows them.
    Renewed,
    /// What broke, in words.
    Broken(String),
}

pub(super) struct Session {
    client: Client,
    consumer: PullConsumer,
    renewals: Renewals,
    worker: Arc<Worker>,
    in_flight: usize,
}

/// What the work on one message needs.
struct Worker {
    source: Source,
    context: Context,
    dead_subject: Option<String>,
    intake: Arc<dyn Intake>,
}

/// Why a message is dead.
struct Dead {
    verdict: Verdict,
    issue: Option<Issue>,
}

impl Session {
    /// Connects, and finds or makes the consumer.
    pub(super) async fn open(options: &Options, intake: &Arc<dyn Intake>) -> Result<Self, Unopened> {
        let renewals = options.nats.renewals();
        let client = nats::connect(&options.nats).await.map_err(|error| Unopened::NotNow(error.to_string()))?;
        let context = jetstream::new(client.clone());
        let stream = context.get_stream(&options.stream).await.map_err(|error| {
            Unopened::NotNow(format!("the stream {} cannot be found: {}", options.stream, error.kind()))
        })?;
        let consumer = consumer::find(&stream, options).await?;
        let worker = Worker {
            source: Source::new(SourceKind::Jetstream, &options.name),
            context,
            dead_subject: options.dead_subject.clone(),
            intake: Arc::clone(intake),
        };
        Ok(Self { client, consumer, renewals, worker: Arc::new(worker), in_flight: options.in_flight.max(1) })
    }

    /// Takes messages until `stop` resolves or the connection breaks; those in hand are finished.
    pub(super) async fn run(mut self, stop: &mut (impl Future<Output = ()> + Unpin)) -> Ended {
        let asked = self
            .consumer
            .stream()
            .max_messages_per_batch(self.in_flight)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES)
            .messages()
            .await;
        let mut messages = match asked {
            Ok(messages) => messages,
            Err(error) => return Ended::Broken(error.kind().to_string()),
        };
        let mut in_hand: JoinSet<Result<(), String>> = JoinSet::new();
        let (mut broken, mut renewed) = (None, false);
        while broken.is_none() {
            let full = in_hand.len() >= self.in_flight;
            tokio::select! {
                biased;
                () = &mut *stop => break,
                () = self.renewals.renewed() => {
                    renewed = true;
                    break;
                }
                Some(done) = in_hand.join_next(), if !in_hand.is_empty() => broken = trouble(done),
                message = messages.next(), if !full => match message {
                    Some(Ok(message)) => {
                        let worker = Arc::clone(&self.worker);
                        in_hand.spawn(async move { worker.take(message).await });
                    }
                    Some(Err(error)) => broken = Some(error.kind().to_string()),
                    None => broken = Some("the subscription ended".to_owned()),
                },
            }
        }
        while let Some(done) = in_hand.join_next().await {
            broken = broken.or(trouble(done));
        }
        // Acknowledgements are on their way; they must be out before the connection goes.
        let _ = tokio::time::timeout(HEARTBEAT, self.client.flush()).await;
        let whole = if renewed { Ended::Renewed } else { Ended::Stopped };
        broken.map_or(whole, Ended::Broken)
    }
}

fn trouble(done: Result<Result<(), String>, tokio::task::JoinError>) -> Option<String> {
    match done {
        Ok(Ok(())) => None,
        Ok(Err(why)) => Some(why),
        Err(_) => Some("the work on a message broke down".to_owned()),
    }
}

impl Worker {
    /// Takes the feeds of one message, and answers the server.
    async fn take(&self, message: Message) -> Result<(), String> {
        let mut dead: Option<Dead> = None;
        for (position, bytes) in (1..).zip(feeds(Phi::new(message.payload.to_vec()))) {
            let feed = Received { bytes, peer: None, source: self.source.clone(), position };
            match self.intake.take(&feed).await {
                Ok(taken @ Taken::Refused { .. }) => dead = dead.or(Some(Dead::of(taken))),
                Ok(Taken::Stored | Taken::Known) => {}
                Err(_) => return self.give_back(&message).await,
            }
        }
        if let (Some(dead), Some(subject)) = (dead, &self.dead_subject)
            && !self.bury(&message, subject, &dead).await
        {
            return self.give_back(&message).await;
        }
        // Whether the server heard it does not matter: what comes again is known.
        message.ack().await.map_err(|_| "an acknowledgement could not be sent".to_owned())
    }

    async fn give_back(&self, message: &Message) -> Result<(), String> {
        let delivered = message.info().map_or(1, |info| info.delivered);
        let index = usize::try_from(delivered.saturating_sub(1)).unwrap_or(0).min(AGAIN.len() - 1);
        let after = AGAIN.get(index).copied();
        message.ack_with(AckKind::Nak(after)).await.map_err(|_| "a message could not be given back".to_owned())
    }

    /// Publishes a message to the dead subject. False: not now.
    async fn bury(&self, message: &Message, subject: &str, dead: &Dead) -> bool {
        let mut headers = HeaderMap::new();
        if let Ok(info) = message.info() {
            headers.insert(NATS_MESSAGE_ID, format!("dead-{}-{}", info.stream, info.stream_sequence).as_str());
            headers.insert("Access-Bridge-Sequence", info.stream_sequence.to_string().as_str());
        }
        headers.insert("Access-Bridge-Subject", message.subject.as_str());
        headers.insert("Access-Bridge-Verdict", if matches!(dead.verdict, Verdict::Reject) { "AR" } else { "AE" });
        if let Some(issue) = &dead.issue {
            headers.insert("Access-Bridge-Code", one_line(&issue.code).as_str());
            headers.insert("Access-Bridge-Location", one_line(&issue.location).as_str());
        }
        let sent = self.context.publish_with_headers(subject.to_owned(), headers, message.payload.clone()).await;
        let published = match sent {
            Ok(waiting) => waiting.await.map(|_| ()),
            Err(error) => Err(error),
        };
        let Err(error) = published else { return true };
        let source = self.source.name();
        if error.kind() == PublishErrorKind::StreamNotFound {
            tracing::error!(
                source,
                subject,
                "no stream listens to the dead subject; the refused feed is in quarantine only"
            );
            return true;
        }
        tracing::warn!(source, subject, why = %error.kind(), "a refused message could not be published; it is tried again");
        false
    }
}

impl Dead {
    fn of(taken: Taken) -> Self {
        let issue = taken.decided().cloned();
        let verdict = if let Taken::Refused { verdict, .. } = taken { verdict } else { Verdict::NeedsPerson };
        Self { verdict, issue }
    }
}

/// A header's value has no line ends.
fn one_line(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
