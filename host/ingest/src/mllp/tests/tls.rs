//! The same over TLS.

use super::kit::{SOON, Server, framed, message};
use crate::mllp::Limits;
use bridge_net::Stream;
use bridge_net::kit::Authority;
use bridge_net::tls::{ClientTls, ServerTls};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn connect(server: &Server, tls: &ClientTls) -> std::io::Result<Stream> {
    Stream::connect(TcpStream::connect(server.address).await?, "localhost", Some(tls)).await
}

/// Sends a message; its acknowledgement, or how the connection ended.
async fn exchange(stream: &mut Stream, id: &str) -> Result<String, std::io::ErrorKind> {
    let talk = async {
        stream.write_all(&framed(id)).await?;
        stream.flush().await?;
        let mut frame = Vec::new();
        while !frame.ends_with(b"\x1C\r") {
            frame.push(stream.read_u8().await?);
        }
        Ok::<_, std::io::Error>(String::from_utf8(frame).unwrap())
    };
    let text = tokio::time::timeout(SOON, talk).await.expect("an answer or an end").map_err(|error| error.kind())?;
    Ok(text.split("\rMSA|").nth(1).unwrap().split('\r').next().unwrap().to_owned())
}

#[tokio::test]
async fn mutual_tls_lets_in_who_shows_a_certificate_and_resets_the_others() {
    let (ours, engines) = (Authority::new().unwrap(), Authority::new().unwrap());
    let tls = Arc::new(ServerTls::new(ours.server(Some(&engines)).unwrap()).unwrap());
    let server = Server::start_with(Limits::default(), Some(tls)).await;
    let engine = ClientTls::new(ours.client(Some(&engines)).unwrap()).unwrap();
    let mut stream = connect(&server, &engine).await.unwrap();
    assert_eq!(exchange(&mut stream, "A1").await.unwrap(), "AA|A1");
    assert_eq!(exchange(&mut stream, "A2").await.unwrap(), "AA|A2");
    let stranger = ClientTls::new(ours.client(None).unwrap()).unwrap();
    // With TLS 1.3 the client is through before the listener has looked at its certificate.
    if let Ok(mut stream) = connect(&server, &stranger).await {
        exchange(&mut stream, "B1").await.unwrap_err();
    }
    // Whoever speaks plainly is reset, too, and nothing is taken for a message.
    let mut plain = server.connect().await;
    plain.send(&framed("C1")).await;
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(SOON, plain.0.read_to_end(&mut rest)).await.expect("the connection ends");
    assert_eq!(server.recorder.control_ids(), ["A1", "A2"]);
    assert!(server.recorder.discarded().is_empty());
}

#[tokio::test]
async fn own_trouble_resets_a_protected_connection_without_an_answer() {
    let ours = Authority::new().unwrap();
    let tls = Arc::new(ServerTls::new(ours.server(None).unwrap()).unwrap());
    let server = Server::start_with(Limits::default(), Some(tls)).await;
    let client = ClientTls::new(ours.client(None).unwrap()).unwrap();
    let mut stream = connect(&server, &client).await.unwrap();
    let kind = exchange(&mut stream, "RESET1").await.unwrap_err();
    assert_eq!(kind, std::io::ErrorKind::ConnectionReset);
    let mut stream = connect(&server, &client).await.unwrap();
    assert_eq!(exchange(&mut stream, "A1").await.unwrap(), "AA|A1");
    // A frame that breaks off is kept, as without TLS.
    stream.write_all(&framed("HALF")[..40]).await.unwrap();
    stream.shutdown().await.unwrap();
    let discarded = loop {
        // One permit stands for any number of arrivals.
        server.arrival().await;
        let discarded = server.recorder.discarded();
        if !discarded.is_empty() {
            break discarded;
        }
    };
    assert_eq!(discarded.len(), 1);
    assert!(message("HALF").starts_with(discarded[0].0.as_bytes()));
}

#[tokio::test]
async fn who_never_finishes_the_handshake_is_let_go() {
    let ours = Authority::new().unwrap();
    let tls = Arc::new(ServerTls::new(ours.server(None).unwrap()).unwrap());
    let limits = Limits { frame_time: Duration::from_millis(100), connections: 1, ..Limits::default() };
    let server = Server::start_with(limits, Some(tls)).await;
    let mut silent = server.connect().await;
    silent.send(&[0x16, 0x03]).await;
    silent.end().await;
    let client = ClientTls::new(ours.client(None).unwrap()).unwrap();
    let mut stream = connect(&server, &client).await.unwrap();
    assert_eq!(exchange(&mut stream, "A1").await.unwrap(), "AA|A1");
}

#[tokio::test]
async fn a_stop_answers_the_message_in_hand_and_then_resets() {
    let ours = Authority::new().unwrap();
    let tls = Arc::new(ServerTls::new(ours.server(None).unwrap()).unwrap());
    let server = Server::start_with(Limits::default(), Some(tls)).await;
    let client = ClientTls::new(ours.client(None).unwrap()).unwrap();
    let mut stream = connect(&server, &client).await.unwrap();
    let hand = tokio::spawn(async move {
        let answer = exchange(&mut stream, "WAIT1").await;
        (answer, exchange(&mut stream, "A2").await)
    });
    server.arrival().await;
    server.begin_stop();
    server.recorder.permits.add_permits(1);
    let (answer, after) = hand.await.unwrap();
    assert_eq!(answer.unwrap(), "AA|WAIT1");
    assert!(after.is_err());
    server.ended().await;
}
