//! Delivery over TLS.

use super::{Keeps, MllpRoute, Timeouts};
use crate::{Cause, Outgoing, Route};
use bridge_net::Stream;
use bridge_net::kit::Authority;
use bridge_net::tls::{ClientTls, ServerTls};
use bridge_types::contract::Format;
use bridge_types::mllp::{Block, Decoder, encode};
use bridge_types::{Disposition, Phi};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn item(id: &str) -> Outgoing {
    let text = format!("MSH|^~\\&|ACCESS-BRIDGE||OIE|H|20261123||ORU^R01^ORU_R01|{id}|P|2.5.1\rPID|1\r");
    Outgoing { id: id.into(), format: Format::Hl7v2, text: Phi::new(text), control_id: id.into() }
}

/// An engine that answers AA to everything; how many connections it had.
async fn engine(tls: Option<ServerTls>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let tls = Arc::new(tls);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (tls, count) = (Arc::clone(&tls), Arc::clone(&count));
            tokio::spawn(async move {
                let Ok(mut stream) = Stream::accept(socket, tls.as_ref().as_ref()).await else { return };
                count.fetch_add(1, Ordering::SeqCst);
                let mut decoder = Decoder::default();
                let mut chunk = [0; 1024];
                while let Ok(count) = stream.read(&mut chunk).await {
                    if count == 0 {
                        return;
                    }
                    let mut rest = &chunk[..count];
                    while let Ok(Some(Block::Frame(payload))) = decoder.decode(&mut rest) {
                        let text = String::from_utf8(payload.into_inner()).unwrap();
                        let id = text.split('|').nth(9).unwrap();
                        let answer = format!("MSH|^~\\&|OIE|H|X||1||ACK|x|P|2.5.1\rMSA|AA|{id}\r");
                        stream.write_all(&encode(answer.as_bytes())).await.unwrap();
                        stream.flush().await.unwrap();
                    }
                }
            });
        }
    });
    (port, connections)
}

#[tokio::test]
async fn notices_go_over_one_protected_connection_to_an_engine_that_is_trusted() {
    let (ours, theirs) = (Authority::new().unwrap(), Authority::new().unwrap());
    let (port, connections) = engine(Some(ServerTls::new(theirs.server(Some(&ours)).unwrap()).unwrap())).await;
    let address = format!("localhost:{port}");
    let trusting = Arc::new(ClientTls::new(theirs.client(Some(&ours)).unwrap()).unwrap());
    let route = MllpRoute::new(&address, Timeouts::default()).with_tls(trusting);
    for id in ["n1", "n2", "n3"] {
        assert_eq!(route.deliver(&item(id)).await.unwrap().receipt, "AA");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let mistrusting = Arc::new(ClientTls::new(ours.client(None).unwrap()).unwrap());
    let error =
        MllpRoute::new(&address, Timeouts::default()).with_tls(mistrusting).deliver(&item("n4")).await.unwrap_err();
    assert_eq!(error.disposition, Disposition::Operator);
    assert!(
        matches!(&error.cause, Cause::Unprotected { reason } if reason.contains("invalid peer certificate")),
        "{:?}",
        error.cause
    );
}

#[tokio::test]
async fn an_engine_that_takes_one_message_per_connection_gets_one() {
    let (port, connections) = engine(None).await;
    let route = MllpRoute::new(format!("127.0.0.1:{port}"), Timeouts::default()).keeping(Keeps::Nothing);
    for id in ["n1", "n2", "n3"] {
        assert_eq!(route.deliver(&item(id)).await.unwrap().receipt, "AA");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}
