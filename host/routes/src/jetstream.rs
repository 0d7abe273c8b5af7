//! Delivery to a NATS JetStream stream.
//!
//! A notice is published with its id as `Nats-Msg-Id`, so that a repeated delivery within the stream's window is there once, and
//! counts as delivered when the stream has acknowledged it. A subject that no stream listens to needs an operator; a broker that is
//! away is tried again.

use crate::{Cause, Delivered, DeliveryError, Outgoing, Route};
use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::{self, Context};
use async_trait::async_trait;
use bridge_net::nats::{self, Renewals};
use bridge_types::contract::Format;
use tokio::sync::Mutex;

/// Delivers to one subject.
pub struct JetstreamRoute {
    options: nats::Options,
    subject: String,
    /// The connection, once there is one; the library keeps it up. One that was made with other certificates is not used again.
    context: Mutex<Option<(Renewals, Context)>>,
}

impl std::fmt::Debug for JetstreamRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JetstreamRoute").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl JetstreamRoute {
    /// A route to a subject. Connects when the first item is delivered.
    #[must_use]
    pub fn new(options: nats::Options, subject: impl Into<String>) -> Self {
        Self { options, subject: subject.into(), context: Mutex::new(None) }
    }

    async fn context(&self) -> Result<Context, DeliveryError> {
        let mut kept = self.context.lock().await;
        if let Some((renewals, context)) = kept.as_ref()
            && !renewals.are_there()
        {
            return Ok(context.clone());
        }
        *kept = None;
        let renewals = self.options.renewals();
        let client = nats::connect(&self.options)
            .await
            .map_err(|error| DeliveryError::retry(Cause::Broker { reason: error.to_string() }))?;
        let mut context = jetstream::new(client);
        context.set_timeout(self.options.limit);
        *kept = Some((renewals, context.clone()));
        Ok(context)
    }
}

const fn content_type(format: &Format) -> &'static str {
    match format {
        Format::Hl7v2 => "x-application/hl7-v2+er7",
        Format::Json => "application/cloudevents+json",
        Format::Fhir => "application/fhir+json",
        Format::Other(_) => "text/plain",
    }
}

#[async_trait]
impl Route for JetstreamRoute {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        let context = self.context().await?;
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, item.id.as_str());
        headers.insert("Content-Type", content_type(&item.format));
        let payload = item.text.expose().clone().into_bytes().into();
        let sent = context.publish_with_headers(self.subject.clone(), headers, payload).await;
        let acknowledged = match sent {
            Ok(waiting) => waiting.await,
            Err(error) => Err(error),
        };
        match acknowledged {
            Ok(told) => Ok(Delivered::new(&format!("{}:{}", told.stream, told.sequence))),
            Err(error) => {
                let cause = Cause::Broker { reason: error.kind().to_string() };
                Err(match error.kind() {
                    PublishErrorKind::StreamNotFound => DeliveryError::operator(cause),
                    PublishErrorKind::MaxPayloadExceeded => DeliveryError::reject(cause),
                    _ => DeliveryError::retry(cause),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JetstreamRoute;
    use crate::{Outgoing, Route};
    use async_nats::jetstream::{self, stream};
    use bridge_net::kit::{Authority, NatsServer};
    use bridge_net::nats::{self, Credentials};
    use bridge_net::tls::ClientTls;
    use bridge_types::contract::Format;
    use bridge_types::{Disposition, Phi};
    use std::fs;
    use std::sync::Arc;
    use std::time::Duration;

    fn item(id: &str) -> Outgoing {
        Outgoing { id: id.into(), format: Format::Json, text: Phi::new("{\"a\":1}".into()), control_id: id.into() }
    }

    fn options(server: &NatsServer) -> nats::Options {
        nats::Options {
            servers: vec![server.address()],
            tls: None,
            credentials: Credentials::None,
            name: "test".to_owned(),
            limit: Duration::from_secs(2),
        }
    }

    #[tokio::test]
    async fn a_notice_is_in_the_stream_once_however_often_it_is_delivered() {
        let Some(server) = NatsServer::start("a_notice_is_in_the_stream_once").unwrap() else { return };
        let context = jetstream::new(nats::connect(&options(&server)).await.unwrap());
        let route = JetstreamRoute::new(options(&server), "notices.a");
        let error = route.deliver(&item("n1")).await.unwrap_err();
        assert_eq!(error.disposition, Disposition::Operator, "{}", error.cause);
        let wanted = stream::Config {
            name: "NOTICES".to_owned(),
            subjects: vec!["notices.>".to_owned()],
            ..stream::Config::default()
        };
        let mut stream = context.create_stream(wanted).await.unwrap();
        for id in ["n1", "n1", "n2"] {
            let delivered = route.deliver(&item(id)).await.unwrap();
            assert!(delivered.receipt.starts_with("NOTICES:"), "{}", delivered.receipt);
        }
        assert_eq!(stream.info().await.unwrap().state.messages, 2);
        let last = stream.get_last_raw_message_by_subject("notices.a").await.unwrap();
        assert_eq!(last.payload, "{\"a\":1}");
        assert_eq!(last.headers.get("Nats-Msg-Id").unwrap().to_string(), "n2");
    }

    #[tokio::test]
    async fn a_broker_that_is_away_is_tried_again_on_the_same_route() {
        let Some(mut server) = NatsServer::start("a_broker_that_is_away_is_tried_again").unwrap() else { return };
        let context = jetstream::new(nats::connect(&options(&server)).await.unwrap());
        let wanted = stream::Config {
            name: "NOTICES".to_owned(),
            subjects: vec!["notices.a".to_owned()],
            ..stream::Config::default()
        };
        context.create_stream(wanted).await.unwrap();
        let route = JetstreamRoute::new(options(&server), "notices.a");
        route.deliver(&item("n1")).await.unwrap();
        server.end();
        let error = route.deliver(&item("n2")).await.unwrap_err();
        assert_eq!(error.disposition, Disposition::Retry { after: None });
        server.restart().unwrap();
        let again = async {
            while route.deliver(&item("n2")).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), again).await.expect("it is delivered");
    }

    /// The broker trusts another authority by then, so the connection of before cannot be made again.
    #[tokio::test]
    async fn renewed_certificates_are_shown_by_a_new_connection() {
        let (brokers, before, after) =
            (Authority::new().unwrap(), Authority::new().unwrap(), Authority::new().unwrap());
        let asking = brokers.server(Some(&before)).unwrap();
        let Some(mut server) = NatsServer::start_with("renewed_certificates", Some(asking)).unwrap() else { return };
        let files = brokers.client(Some(&before)).unwrap();
        let tls = Arc::new(ClientTls::new(files.clone()).unwrap());
        let options = nats::Options { servers: vec![server.named()], tls: Some(Arc::clone(&tls)), ..options(&server) };
        let context = jetstream::new(nats::connect(&options).await.unwrap());
        let wanted = stream::Config {
            name: "NOTICES".to_owned(),
            subjects: vec!["notices.a".to_owned()],
            ..stream::Config::default()
        };
        context.create_stream(wanted).await.unwrap();
        let route = JetstreamRoute::new(options, "notices.a");
        route.deliver(&item("n1")).await.unwrap();

        let (certificate, key) = brokers.client(Some(&after)).unwrap().identity.unwrap();
        let (old_certificate, old_key) = files.identity.unwrap();
        fs::copy(certificate, old_certificate).unwrap();
        fs::copy(key, old_key).unwrap();
        server.restart_with(brokers.server(Some(&after)).unwrap()).unwrap();
        assert!(route.deliver(&item("n2")).await.is_err());
        tls.reload().unwrap();
        let delivered = route.deliver(&item("n2")).await.unwrap();
        assert_eq!(delivered.receipt, "NOTICES:2");
    }
}
