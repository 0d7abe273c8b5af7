//! A JetStream, and services that fetch from it.

use super::TEST;
use super::messages::Feeds;
use super::service::{FILE, Running};
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{self, Context, stream};
use bridge_net::kit::NatsServer;
use bridge_net::nats::{self, Credentials};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Messages that wait in the stream during a turn.
const AHEAD: u64 = 1_000;
/// How often the stream is filled up.
const PAUSE: Duration = Duration::from_millis(20);
/// Most waits of that length for a service to begin, or to finish.
const WAITS: usize = 3_000;
const DURABLE: &str = "bench";

/// A stream with the service that fetches from it.
struct Lane {
    consumer: PullConsumer,
    subject: String,
    published: u64,
    _service: Running,
}

/// The broker. Its server ends after the services.
pub(super) struct Broker {
    one: Lane,
    many: Lane,
    context: Context,
    runtime: Runtime,
    _server: NatsServer,
}

impl Broker {
    /// Starts one, and a service with one message in flight and one with several; none where it is not installed.
    pub(super) fn start(folder: &Path, many: usize) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(server) = NatsServer::start(TEST)? else { return Ok(None) };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let options = nats::Options {
            servers: vec![server.address()],
            tls: None,
            credentials: Credentials::None,
            name: DURABLE.to_owned(),
            limit: Duration::from_secs(10),
        };
        let context = runtime.block_on(async { nats::connect(&options).await.map(jetstream::new) })?;
        let lane = |in_flight| Lane::open(folder, &server.address(), &context, &runtime, in_flight);
        let (one, many) = (lane(1)?, lane(many)?);
        Ok(Some(Self { one, many, context, runtime, _server: server }))
    }

    /// Messages acknowledged to the broker each second, with so many in flight for so long.
    pub(super) fn rate(&mut self, feeds: &mut Feeds, in_flight: usize, time: Duration) -> Result<f64, Box<dyn Error>> {
        let lane = if in_flight == 1 { &mut self.one } else { &mut self.many };
        let mut messages = feeds.queues(in_flight).iter_mut().collect::<Vec<_>>();
        let mut next = || {
            messages.rotate_left(1);
            messages.first_mut().and_then(|queue| queue.pop_front()).unwrap_or_default()
        };
        self.runtime.block_on(lane.rate(&self.context, &mut next, time))
    }
}

impl Lane {
    fn open(
        folder: &Path,
        server: &str,
        context: &Context,
        runtime: &Runtime,
        in_flight: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let name = format!("ADT{in_flight}");
        let subject = format!("adt.{in_flight}");
        let wanted =
            stream::Config { name: name.clone(), subjects: vec![subject.clone()], ..stream::Config::default() };
        let stream = runtime.block_on(context.get_or_create_stream(wanted))?;
        let source = format!(
            "[nats]\nservers = ['{server}']\n[[source]]\nname = 'stream'\nkind = 'jetstream'\nstream = '{name}'\n\
             durable = '{DURABLE}'\nin_flight = {in_flight}\n"
        );
        let service = Running::start(&folder.join(&name), FILE, &source)?;
        let consumer = runtime.block_on(async {
            for _ in 0..WAITS {
                if let Ok(consumer) = stream.get_consumer(DURABLE).await {
                    return Ok(consumer);
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err("the service does not come to the broker")
        })?;
        Ok(Self { consumer, subject, published: 0, _service: service })
    }

    #[expect(clippy::disallowed_methods, reason = "a bench measures time")]
    async fn rate(
        &mut self,
        context: &Context,
        next: &mut impl FnMut() -> Vec<u8>,
        time: Duration,
    ) -> Result<f64, Box<dyn Error>> {
        let before = self.acknowledged().await?;
        let start = Instant::now();
        while start.elapsed() < time {
            let waiting = self.published.saturating_sub(self.acknowledged().await?);
            let mut sent = Vec::new();
            for _ in waiting..AHEAD {
                let frame = next();
                let message = frame.strip_prefix(b"\x0b").and_then(|rest| rest.strip_suffix(b"\x1c\r"));
                let message = message.ok_or("a frame has no ends")?.to_vec();
                sent.push(context.publish(self.subject.clone(), message.into()).await?);
            }
            for one in sent {
                one.await?;
                self.published += 1;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let acknowledged = self.acknowledged().await?.saturating_sub(before);
        let rate = f64::from(u32::try_from(acknowledged)?) / start.elapsed().as_secs_f64();
        // What is left must not disturb the next turn.
        for _ in 0..WAITS {
            if self.acknowledged().await? >= self.published {
                return Ok(rate);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err("the service does not finish what is in the stream".into())
    }

    /// Messages that were acknowledged so far.
    async fn acknowledged(&mut self) -> Result<u64, Box<dyn Error>> {
        Ok(self.consumer.info().await?.ack_floor.stream_sequence)
    }
}
