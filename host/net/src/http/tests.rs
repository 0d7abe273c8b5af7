//! Bodies over real sockets.

use super::{Answer, Limits, Options, Outcome, Request, Service, empty, serve};
use async_trait::async_trait;
use hyper::StatusCode;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

/// Has each body in hand until it is let go.
struct Slow {
    came: Notify,
    go: Semaphore,
}

#[async_trait]
impl Service for Slow {
    async fn answer(&self, request: Request) -> Answer {
        let Ok(_body) = request.read().await else { return Outcome::TOO_SLOW.answer() };
        self.came.notify_one();
        self.go.acquire().await.unwrap().forget();
        empty(StatusCode::OK)
    }
}

async fn post(address: SocketAddr, bytes: usize) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // Of a body that is not read an end may come before all is written.
    let _ = stream.write_all(&vec![b'x'; bytes]).await;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    String::from_utf8_lossy(&status[9..]).into_owned()
}

#[tokio::test]
async fn bodies_together_hold_no_more_than_the_budget_and_all_are_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let slow = Arc::new(Slow { came: Notify::new(), go: Semaphore::new(0) });
    let limits = Limits { body: 200_000, memory: 200_000, time: Duration::from_millis(300), ..Limits::default() };
    let options = Options { name: "web".into(), limits, tls: None };
    tokio::spawn(serve(listener, options, slow.clone(), std::future::pending()));
    let first = tokio::spawn(post(address, 150_000));
    slow.came.notified().await;
    // There is no room for a second one, but for a small one.
    assert_eq!(post(address, 150_000).await, "408");
    let small = tokio::spawn(post(address, 1000));
    slow.came.notified().await;
    slow.go.add_permits(2);
    assert_eq!((first.await.unwrap(), small.await.unwrap()), ("200".to_owned(), "200".to_owned()));
    slow.go.add_permits(1);
    assert_eq!(post(address, 200_000).await, "200");
}
