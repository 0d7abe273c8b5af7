//! Sources of the program over TLS: who is let in, and certificates that change while it runs.

use bridge_net::Stream;
use bridge_net::kit::Authority;
use bridge_net::tls::{ClientFiles, ClientTls, ServerFiles};
use bridge_types::mllp::encode;
use kit::{Program, Stage, fixture, until};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn table(files: &ServerFiles) -> String {
    let client_ca =
        files.client_ca.as_ref().map(|path| format!(", client_ca = '{}'", path.display())).unwrap_or_default();
    format!("tls = {{ certificate = '{}', key = '{}'{client_ca} }}\n", files.certificate.display(), files.key.display())
}

/// Sends bytes to a listener by its name, and gives back what comes until an end; an error where there is no agreement.
async fn tell(address: &str, files: ClientFiles, bytes: &[u8], end: &[u8]) -> std::io::Result<String> {
    let tls = ClientTls::new(files).unwrap();
    let told = async {
        let socket = TcpStream::connect(address).await?;
        let mut stream = Stream::connect(socket, "localhost", Some(&tls)).await?;
        stream.write_all(bytes).await?;
        stream.flush().await?;
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut chunk).await?;
            answer.extend_from_slice(&chunk[..count]);
            if count == 0 || (!end.is_empty() && answer.ends_with(end)) {
                return Ok(String::from_utf8_lossy(&answer).into_owned());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("an answer in time")
}

async fn post(program: &Program, files: ClientFiles, header: &str, body: &[u8]) -> std::io::Result<String> {
    let length = body.len();
    let head = format!(
        "POST /hl7v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n{header}Content-Length: {length}\r\n\r\n"
    );
    let heard = tell(&program.web(), files, &[head.as_bytes(), body].concat(), &[]).await?;
    if heard.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(heard) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_a_token_lets_feeds_in_by_http() {
    let (ours, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let stage = Stage::set("").await;
    let token = stage.folder().join("token");
    std::fs::write(&token, "a-long-token-of-the-site\n").unwrap();
    let tls = table(&ours.server(None).unwrap());
    stage.configure(&format!(
        "[[source]]\nname = 'web'\nkind = 'http'\nlisten = '127.0.0.1:0'\ntoken_file = '{}'\n{tls}",
        token.display()
    ));
    let program = stage.start().await;
    let feed = fixture("a01-ckm.hl7");
    let bearer = "Authorization: Bearer a-long-token-of-the-site\r\n";
    let heard = post(&program, ours.client(None).unwrap(), bearer, &feed).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 200 ") && heard.contains("\rMSA|CA|LKS000101\r"), "{heard}");
    let heard = post(&program, ours.client(None).unwrap(), "", &feed).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 401 "), "{heard}");
    // Who is not who the client expects gets nothing.
    post(&program, other.client(None).unwrap(), bearer, &feed).await.unwrap_err();
    stage.engine.notice("LKS000101", "eligible").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 1);
    assert!(!program.log().contains("a-long-token"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_mutual_tls_a_certificate_lets_feeds_in_by_http() {
    let (ours, engines, other) = (Authority::new().unwrap(), Authority::new().unwrap(), Authority::new().unwrap());
    let stage = Stage::set("").await;
    let tls = table(&ours.server(Some(&engines)).unwrap());
    stage.configure(&format!("[[source]]\nname = 'web'\nkind = 'http'\nlisten = '127.0.0.1:0'\n{tls}"));
    let program = stage.start().await;
    let feed = fixture("a01-ckm.hl7");
    for stranger in [None, Some(&other)] {
        post(&program, ours.client(stranger).unwrap(), "", &feed).await.unwrap_err();
    }
    let heard = post(&program, ours.client(Some(&engines)).unwrap(), "", &feed).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 200 ") && heard.contains("\rMSA|CA|LKS000101\r"), "{heard}");
    stage.engine.notice("LKS000101", "eligible").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sighup_new_certificates_are_shown_and_connections_go_on() {
    let (before, after) = (Authority::new().unwrap(), Authority::new().unwrap());
    let files = before.server(None).unwrap();
    let mut stage = Stage::set("").await;
    // The files are looked at when that is asked for, and not before.
    stage.vary("TIMES__CERTIFICATES", "24h");
    stage.configure(&format!("[[source]]\nname = 'safe'\nkind = 'mllp'\nlisten = '127.0.0.1:0'\n{}", table(&files)));
    let program = stage.start().await;
    let log = program.log();
    let line = log.lines().find(|line| line.contains("listening for MLLP") && line.contains("safe")).unwrap();
    let address = line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let frame = encode(&fixture("a01-ckm.hl7"));
    let heard = async |authority: &Authority| {
        tell(&address, authority.client(None).unwrap(), &frame, b"\x1c\r")
            .await
            .is_ok_and(|heard| heard.contains("|CA|"))
    };
    assert!(heard(&before).await && !heard(&after).await);
    let old = Arc::new(ClientTls::new(before.client(None).unwrap()).unwrap());
    let mut open = Stream::connect(TcpStream::connect(&address).await.unwrap(), "localhost", Some(&old)).await.unwrap();

    let fresh = after.server(None).unwrap();
    std::fs::copy(&fresh.certificate, &files.certificate).unwrap();
    std::fs::copy(&fresh.key, &files.key).unwrap();
    assert!(heard(&before).await);
    assert!(Command::new("kill").args(["-HUP", &program.id().to_string()]).status().unwrap().success());
    until("they are read", || program.log().contains("the certificates were read again").then_some(())).await;
    assert!(heard(&after).await && !heard(&before).await);
    open.write_all(&frame).await.unwrap();
    open.flush().await.unwrap();
    assert_eq!(open.read_u8().await.unwrap(), 0x0B);
}
