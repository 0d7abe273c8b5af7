//! The durable consumer: found or made, and brought to what the configuration says.
//!
//! A consumer stays as it was made, and whoever made it may have wanted something else. What the source promises depends on it: the
//! order on how many messages are given out, and that none is lost on how often and how they are. So it is compared each time. What the
//! server lets be changed is changed; with the rest the source is not begun.

use super::Options;
use async_nats::jetstream::consumer::{AckPolicy, Config, FromConsumer, PullConsumer, pull};
use async_nats::jetstream::stream::{ConsumerErrorKind, Stream};

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unopened {
    /// It may work later; in words.
    NotNow(String),
    /// Somebody has to change something; in words, with what.
    Refused(String),
}

/// Finds the consumer, or makes it.
pub(super) async fn find(stream: &Stream, options: &Options) -> Result<PullConsumer, Unopened> {
    let found = stream.get_or_create_consumer(&options.durable, wanted(options)).await;
    let found = found.map_err(|error| match error.kind() {
        ConsumerErrorKind::InvalidConsumerType => refused(options, "pushes its messages to a subject"),
        kind => Unopened::NotNow(format!("the consumer {} cannot be made: {kind}", options.durable)),
    })?;
    let has = &found.cached_info().config;
    if has.ack_policy != AckPolicy::Explicit {
        return Err(refused(options, "does not have every message acknowledged by itself"));
    }
    if fits(has, options) {
        return Ok(found);
    }
    let changed = stream.create_consumer(changed(has, options)?).await.map_err(|error| match error.kind() {
        ConsumerErrorKind::JetStream(error) => {
            refused(options, &format!("has other settings that cannot be changed ({})", error.error_code().0))
        }
        kind => Unopened::NotNow(format!("the consumer {} cannot be changed: {kind}", options.durable)),
    })?;
    if !fits(&changed.cached_info().config, options) {
        return Err(refused(options, "keeps other settings than were asked for"));
    }
    tracing::warn!(
        source = options.name,
        consumer = options.durable,
        "the consumer had other settings, and has those of the configuration now"
    );
    Ok(changed)
}

fn refused(options: &Options, what: &str) -> Unopened {
    Unopened::Refused(format!(
        "the consumer {durable} {what}; name another `durable`, or delete it (nats consumer rm {stream} {durable})",
        durable = options.durable,
        stream = options.stream,
    ))
}

/// The consumer as it is made.
fn wanted(options: &Options) -> pull::Config {
    pull::Config {
        durable_name: Some(options.durable.clone()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: options.ack_wait,
        filter_subject: options.subject.clone().unwrap_or_default(),
        max_ack_pending: in_flight(options),
        ..pull::Config::default()
    }
}

fn in_flight(options: &Options) -> i64 {
    i64::try_from(options.in_flight.max(1)).unwrap_or(i64::MAX)
}

/// Whether a consumer gives out what the configuration says, as it says, as often as is needed.
fn fits(has: &Config, options: &Options) -> bool {
    has.ack_wait == options.ack_wait
        && has.max_ack_pending == in_flight(options)
        && has.filter_subject == options.subject.clone().unwrap_or_default()
        && has.max_deliver <= 0
        && has.backoff.is_empty()
        && !has.headers_only
}

/// The same consumer with the settings of the configuration; what it says nothing of stays.
fn changed(has: &Config, options: &Options) -> Result<pull::Config, Unopened> {
    let has = pull::Config::try_from_consumer_config(has.clone())
        .map_err(|_| refused(options, "pushes its messages to a subject"))?;
    Ok(pull::Config {
        ack_wait: options.ack_wait,
        max_ack_pending: in_flight(options),
        filter_subject: options.subject.clone().unwrap_or_default(),
        max_deliver: -1,
        backoff: Vec::new(),
        headers_only: false,
        ..has
    })
}
