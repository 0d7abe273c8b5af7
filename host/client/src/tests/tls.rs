//! TLS 1.3 or nothing, and no certificate taken on trust.

use super::server::{Server, plain};
use super::{client_with, submit, submit_failure};
use crate::{FailureCause, Submitted, Url};
use bridge_types::Disposition;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server identity for a name, and its certificate as PEM.
fn identity(name: &str) -> (rustls::ServerConfig, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let settings = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (settings, made.cert.pem().into_bytes())
}

#[tokio::test]
async fn an_extra_ca_is_trusted() {
    let (settings, pem) = identity("127.0.0.1");
    let server = Server::start_tls(settings, [plain(202, &[("Content-Location", "/s/sub-1")])]).await;
    let (client, _) = client_with(&server, |config| config.extra_ca_pem = Some(pem));
    assert!(matches!(submit(&client).await, Submitted::Accepted { .. }));
}

#[tokio::test]
async fn an_unknown_or_misnamed_certificate_needs_an_operator_and_gets_nothing() {
    let (settings, _) = identity("127.0.0.1");
    let (misnamed, pem) = identity("other.example.org");
    let (_, unrelated) = identity("127.0.0.1");
    for (settings, trusted) in [(settings, unrelated), (misnamed, pem)] {
        let tokens = Server::start([]).await;
        let server = Server::start_tls(settings, []).await;
        let (client, _) = client_with(&tokens, |config| {
            config.base = server.url("/fhir");
            config.extra_ca_pem = Some(trusted);
        });
        let failure = submit_failure(&client).await;
        assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Tls));
        assert!(server.requests().is_empty());
    }
}

/// Whether a ClientHello offers a protocol version: looks into its `supported_versions` extension (RFC 8446 section 4.2.1).
fn offered_versions(hello: &[u8]) -> Vec<[u8; 2]> {
    // Record header 5, handshake header 4, legacy version 2, random 32.
    let mut at = 43;
    at += 1 + usize::from(hello[at]); // session id
    at += 2 + usize::from(u16::from_be_bytes([hello[at], hello[at + 1]])); // cipher suites
    at += 1 + usize::from(hello[at]); // compression
    at += 2; // length of the extensions
    while at + 4 <= hello.len() {
        let kind = u16::from_be_bytes([hello[at], hello[at + 1]]);
        let length = usize::from(u16::from_be_bytes([hello[at + 2], hello[at + 3]]));
        if kind == 43 {
            return hello[at + 5..at + 4 + length].chunks(2).map(|pair| [pair[0], pair[1]]).collect();
        }
        at += 4 + length;
    }
    Vec::new()
}

#[tokio::test]
async fn only_tls_1_3_is_offered_and_a_server_without_it_needs_an_operator() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("https://{}/fhir", listener.local_addr().unwrap())).unwrap();
    let old_server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut record = vec![0; 5];
        stream.read_exact(&mut record).await.unwrap();
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(5 + length, 0);
        stream.read_exact(&mut record[5..]).await.unwrap();
        // A fatal alert: protocol_version.
        stream.write_all(&[21, 3, 3, 0, 2, 2, 70]).await.unwrap();
        stream.shutdown().await.unwrap();
        record
    });
    let tokens = Server::start([]).await;
    let (client, _) = client_with(&tokens, |config| config.base = base);
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Tls));
    assert_eq!(offered_versions(&old_server.await.unwrap()), [[3, 4]]);
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("https://{}/fhir", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    let tokens = Server::start([]).await;
    let (client, _) = client_with(&tokens, |config| config.base = base);
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Retry { after: None }, FailureCause::Connect));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_needs_an_operator() {
    let server = Server::start([]).await;
    let plain_text = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("https://{}/fhir", plain_text.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain_text.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    });
    let (client, _) = client_with(&server, |config| config.base = base);
    let failure = submit_failure(&client).await;
    assert_eq!((failure.disposition, failure.cause), (Disposition::Operator, FailureCause::Tls));
}
