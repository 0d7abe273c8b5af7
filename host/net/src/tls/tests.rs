//! Certificates made at run time, handshakes over real sockets.

use super::{ClientFiles, ClientTls, ServerFiles, ServerTls, TlsError};
use crate::Stream;
use crate::kit::Authority;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn trusting(ca: &Path) -> ClientFiles {
    ClientFiles { ca: Some(ca.to_owned()), identity: None }
}

/// One byte there and back; what the client's side says of a failure.
async fn talk(server: &ServerTls, client: &ClientTls) -> Result<bool, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut stream = Stream::accept(socket, Some(server)).await.ok()?;
        let byte = stream.read_u8().await.ok()?;
        stream.write_u8(byte).await.ok()?;
        stream.flush().await.ok()?;
        Some(stream.is_certified())
    };
    let asking = async {
        let socket = TcpStream::connect(address).await.unwrap();
        let mut stream =
            Stream::connect(socket, "localhost", Some(client)).await.map_err(|error| Stream::refusal(&error))?;
        let told = async {
            stream.write_u8(7).await?;
            stream.flush().await?;
            stream.read_u8().await
        };
        told.await.map_err(|error| Stream::refusal(&error))
    };
    let (certified, told) = tokio::join!(serving, asking);
    told.map(|byte| {
        assert_eq!(byte, 7);
        certified.unwrap()
    })
}

#[tokio::test]
async fn a_listener_is_believed_by_its_authority_only() {
    let (ours, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let server = ServerTls::new(ours.server(None).unwrap()).unwrap();
    let client = ClientTls::new(trusting(&ours.ca())).unwrap();
    assert_eq!(talk(&server, &client).await, Ok(false));
    let client = ClientTls::new(trusting(&other.ca())).unwrap();
    let told = talk(&server, &client).await.unwrap_err();
    assert!(told.contains("invalid peer certificate"), "{told}");
}

#[tokio::test]
async fn with_mutual_tls_only_those_who_show_a_certificate_are_let_in() {
    let (ours, engines, other) = (Authority::new().unwrap(), Authority::new().unwrap(), Authority::new().unwrap());
    let server = ServerTls::new(ours.server(Some(&engines)).unwrap()).unwrap();
    let files = |authority: Option<&Authority>| ours.client(authority).unwrap();
    assert_eq!(talk(&server, &ClientTls::new(files(Some(&engines))).unwrap()).await, Ok(true));
    for nobody in [None, Some(&other)] {
        talk(&server, &ClientTls::new(files(nobody)).unwrap()).await.unwrap_err();
    }
}

#[tokio::test]
async fn changed_files_are_taken_up_without_a_connection_lost_and_broken_ones_are_not() {
    let (before, after) = (Authority::new().unwrap(), Authority::new().unwrap());
    let files = before.server(None).unwrap();
    let server = Arc::new(ServerTls::new(files.clone()).unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let every = Duration::from_millis(20);
    let watching = tokio::spawn(Arc::clone(&server).watch("test".to_owned(), every, async {
        let _ = stopped.await;
    }));
    // A connection that is open all the while.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let old = ClientTls::new(trusting(&before.ca())).unwrap();
    let (near, far) = tokio::join!(
        async { Stream::accept(listener.accept().await.unwrap().0, Some(&server)).await.unwrap() },
        async { Stream::connect(TcpStream::connect(address).await.unwrap(), "localhost", Some(&old)).await.unwrap() },
    );
    // First half a change: the key of another certificate is not taken.
    let new = ClientTls::new(trusting(&after.ca())).unwrap();
    let fresh = after.server(None).unwrap();
    fs::copy(&fresh.key, &files.key).unwrap();
    tokio::time::sleep(every * 5).await;
    assert_eq!(talk(&server, &old).await, Ok(false));
    fs::copy(&fresh.certificate, &files.certificate).unwrap();
    tokio::time::timeout(Duration::from_secs(20), async {
        while talk(&server, &new).await.is_err() {
            tokio::time::sleep(every).await;
        }
    })
    .await
    .expect("the new certificate is in use");
    assert!(talk(&server, &old).await.is_err());
    let (mut near, mut far) = (near, far);
    far.write_u8(9).await.unwrap();
    far.flush().await.unwrap();
    assert_eq!(near.read_u8().await.unwrap(), 9);
    stop.send(()).unwrap();
    watching.await.unwrap();
}

#[test]
fn files_that_cannot_be_used_are_named_with_the_reason() {
    let (ours, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let good = ours.server(None).unwrap();
    let (_, stranger) = other.issue("other", "localhost").unwrap();
    let text = ours.path("text.pem");
    fs::write(&text, "no pem at all").unwrap();
    let refused = |files: ServerFiles| ServerTls::new(files).unwrap_err();
    let nowhere = ours.path("nowhere.pem");
    assert!(
        matches!(refused(ServerFiles { certificate: nowhere.clone(), ..good.clone() }), TlsError::Read { path, .. } if path == nowhere)
    );
    assert!(matches!(
        refused(ServerFiles { certificate: text.clone(), ..good.clone() }),
        TlsError::NoCertificate { .. }
    ));
    assert!(matches!(refused(ServerFiles { key: text.clone(), ..good.clone() }), TlsError::NoKey { .. }));
    assert!(matches!(refused(ServerFiles { key: stranger, ..good.clone() }), TlsError::Key { .. }));
    assert!(matches!(refused(ServerFiles { client_ca: Some(text.clone()), ..good }), TlsError::NoCertificate { .. }));
    assert!(matches!(ClientTls::new(trusting(&text)).unwrap_err(), TlsError::NoCertificate { .. }));
}
