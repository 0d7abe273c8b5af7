//! Consumers that were made otherwise, and certificates that change, on a real server.

use super::Options;
use super::consumer::Unopened;
use super::session::{Ended, Session};
use super::tests::{context, context_with, options, publish, start, until};
use crate::Intake;
use crate::kit::{Tray, message};
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, PushConsumer, pull, push};
use bridge_net::kit::{Authority, NatsServer};
use bridge_net::nats;
use bridge_net::tls::ClientTls;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

fn made(options: &Options) -> pull::Config {
    pull::Config {
        durable_name: Some(options.durable.clone()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_secs(60),
        max_ack_pending: 8,
        filter_subject: options.subject.clone().unwrap(),
        description: Some("of the site".to_owned()),
        ..pull::Config::default()
    }
}

async fn has(context: &Context) -> pull::Config {
    let stream = context.get_stream("ADT").await.unwrap();
    let consumer: PullConsumer = stream.get_consumer("access-bridge").await.unwrap();
    let has = consumer.cached_info().config.clone();
    async_nats::jetstream::consumer::FromConsumer::try_from_consumer_config(has).unwrap()
}

async fn opened(options: &Options) -> Result<(), Unopened> {
    let intake: Arc<dyn Intake> = Arc::new(Tray::default());
    Session::open(options, &intake).await.map(|_| ())
}

/// With eight in flight the order of the stream is lost, and the configuration says one.
#[tokio::test]
async fn a_consumer_that_was_made_with_other_settings_is_given_those_of_the_configuration() {
    let Some(server) = NatsServer::start("a_consumer_that_was_made_with_other_settings").unwrap() else { return };
    let context = context(&server).await;
    let options = Options { ack_wait: Duration::from_secs(20), ..options(&server) };
    let stream = context.get_stream("ADT").await.unwrap();
    let others = [
        made(&options),
        pull::Config { max_deliver: 3, backoff: vec![Duration::from_secs(1)], ..made(&options) },
        pull::Config { headers_only: true, filter_subject: "adt.>".to_owned(), ..made(&options) },
    ];
    for other in others {
        stream.create_consumer(other).await.unwrap();
        opened(&options).await.unwrap();
        let has = has(&context).await;
        assert_eq!((has.max_ack_pending, has.ack_wait), (1, Duration::from_secs(20)));
        assert_eq!((has.max_deliver, has.backoff, has.headers_only), (-1, vec![], false));
        assert_eq!(has.filter_subject, "adt.in.>");
        // What the configuration says nothing of stays.
        assert_eq!(has.description.as_deref(), Some("of the site"));
        stream.delete_consumer("access-bridge").await.unwrap();
    }
    // A change of the configuration is taken up as well.
    opened(&options).await.unwrap();
    opened(&Options { in_flight: 4, ..options }).await.unwrap();
    assert_eq!(has(&context).await.max_ack_pending, 4);
}

#[tokio::test]
async fn a_consumer_whose_settings_cannot_be_changed_is_refused_with_what_to_do() {
    let Some(server) = NatsServer::start("a_consumer_whose_settings_cannot_be_changed").unwrap() else { return };
    let context = context(&server).await;
    let options = options(&server);
    let stream = context.get_stream("ADT").await.unwrap();
    let refused = async |told: &str| {
        let Err(Unopened::Refused(why)) = opened(&options).await else { panic!("it is consumed: {told}") };
        assert!(why.contains(told) && why.contains("nats consumer rm ADT access-bridge"), "{why}");
        stream.delete_consumer("access-bridge").await.unwrap();
    };
    let all = pull::Config { ack_policy: AckPolicy::All, ..made(&options) };
    stream.create_consumer(all).await.unwrap();
    refused("does not have every message acknowledged").await;
    let pushes = push::Config {
        durable_name: Some("access-bridge".to_owned()),
        deliver_subject: "elsewhere".to_owned(),
        ..push::Config::default()
    };
    let _: PushConsumer = stream.create_consumer(pushes).await.unwrap();
    refused("pushes its messages").await;
    opened(&options).await.unwrap();
}

/// The library would make the connection again with the certificates of its beginning.
#[tokio::test]
async fn where_the_certificates_are_read_again_a_session_ends_without_a_break() {
    let authority = Authority::new().unwrap();
    let asking = authority.server(Some(&authority)).unwrap();
    let Some(server) = NatsServer::start_with("where_the_certificates_are_read_again", Some(asking)).unwrap() else {
        return;
    };
    let tls = Arc::new(ClientTls::new(authority.client(Some(&authority)).unwrap()).unwrap());
    let plain = options(&server);
    let nats = nats::Options { servers: vec![server.named()], tls: Some(Arc::clone(&tls)), ..plain.nats.clone() };
    let options = Options { nats: nats.clone(), ..plain };
    context_with(&nats).await;
    let intake: Arc<dyn Intake> = Arc::new(Tray::default());
    let Ok(session) = Session::open(&options, &intake).await else { panic!("no session") };
    tls.reload().unwrap();
    let mut never = Box::pin(std::future::pending::<()>());
    let ended = tokio::time::timeout(Duration::from_secs(30), session.run(&mut never)).await.expect("it ends");
    assert!(matches!(ended, Ended::Renewed));
}

/// The broker trusts another authority by then, so the connection of before cannot be made again.
#[tokio::test]
async fn renewed_certificates_are_shown_by_a_new_connection() {
    let (brokers, before, after) = (Authority::new().unwrap(), Authority::new().unwrap(), Authority::new().unwrap());
    let asking = brokers.server(Some(&before)).unwrap();
    let Some(mut server) = NatsServer::start_with("renewed_certificates_are_shown", Some(asking)).unwrap() else {
        return;
    };
    let files = brokers.client(Some(&before)).unwrap();
    let tls = Arc::new(ClientTls::new(files.clone()).unwrap());
    let plain = options(&server);
    let nats = nats::Options { servers: vec![server.named()], tls: Some(Arc::clone(&tls)), ..plain.nats.clone() };
    let options = Options { nats: nats.clone(), ..plain };
    publish(&context_with(&nats).await, message("1")).await;
    let tray = Arc::new(Tray::default());
    let (stop, running) = start(options, &tray);
    until("the first is taken", || tray.effects() == 1).await;

    let (certificate, key) = brokers.client(Some(&after)).unwrap().identity.unwrap();
    let (old_certificate, old_key) = files.identity.unwrap();
    fs::copy(certificate, old_certificate).unwrap();
    fs::copy(key, old_key).unwrap();
    server.restart_with(brokers.server(Some(&after)).unwrap()).unwrap();
    tls.reload().unwrap();
    publish(&context_with(&nats).await, message("2")).await;
    until("the second is taken", || tray.effects() == 2).await;
    stop.send(()).unwrap();
    running.await.unwrap();
}
