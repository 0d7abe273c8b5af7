//! A scripted HTTP/1.1 server: answers with the bytes it is given and keeps what it was asked.

use crate::Url;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// What the server does once it has read a request.
#[derive(Clone)]
pub(crate) enum Reaction {
    /// Sends these bytes and keeps the connection.
    Send(String),
    /// Sends these bytes and closes the connection.
    SendAndClose(String),
    /// Says nothing more.
    Silence,
    /// Waits for a permit, then sends these bytes.
    WhenPermitted(Arc<Semaphore>, String),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The connection it came on, counted from 0.
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

struct Shared {
    tokens: Mutex<VecDeque<Reaction>>,
    answers: Mutex<VecDeque<Reaction>>,
    requests: Mutex<Vec<Request>>,
    refused: Mutex<Option<&'static str>>,
    count: watch::Sender<usize>,
}

/// The server. Requests to `/token` take the next token answer, or a usual one where none is left; all others take the next
/// answer, or 599 where none is left.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
}

/// An answer's bytes.
pub(crate) fn http(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} Reason\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}")
}

pub(crate) fn json(status: u16, body: &str) -> Reaction {
    Reaction::Send(http(status, &[("Content-Type", "application/json")], body))
}

pub(crate) fn plain(status: u16, headers: &[(&str, &str)]) -> Reaction {
    Reaction::Send(http(status, headers, ""))
}

impl Server {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Reaction>) -> Self {
        Self::with_tokens([], answers).await
    }

    pub(crate) async fn with_tokens(
        tokens: impl IntoIterator<Item = Reaction>,
        answers: impl IntoIterator<Item = Reaction>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self::new(&listener, "http", tokens, answers);
        let shared = Arc::clone(&server.shared);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(serve(stream, connection, Arc::clone(&shared)));
            }
        });
        server
    }

    pub(crate) async fn start_tls(
        settings: tokio_rustls::rustls::ServerConfig,
        answers: impl IntoIterator<Item = Reaction>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self::new(&listener, "https", [], answers);
        let shared = Arc::clone(&server.shared);
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(settings));
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, connection, shared).await;
                    }
                });
            }
        });
        server
    }

    fn new(
        listener: &TcpListener,
        scheme: &'static str,
        tokens: impl IntoIterator<Item = Reaction>,
        answers: impl IntoIterator<Item = Reaction>,
    ) -> Self {
        let shared = Shared {
            tokens: Mutex::new(tokens.into_iter().collect()),
            answers: Mutex::new(answers.into_iter().collect()),
            requests: Mutex::default(),
            refused: Mutex::default(),
            count: watch::Sender::new(0),
        };
        Self { address: listener.local_addr().unwrap(), scheme, shared: Arc::new(shared) }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}://{}{path}", self.scheme, self.address)).unwrap()
    }

    /// Answers 401 to whatever comes with this `Authorization`, whatever the script says.
    pub(crate) fn refuse(&self, authorization: &'static str) {
        *self.shared.refused.lock().unwrap() = Some(authorization);
    }

    /// Host and port, as failures name it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// A status URL on this server.
    pub(crate) fn status_url(&self) -> String {
        self.url("/fhir/access/Patient/$submission-status/sub-123456").into()
    }

    /// Requests to anything but the token endpoint.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.all().into_iter().filter(|request| request.target != "/token").collect()
    }

    pub(crate) fn token_requests(&self) -> Vec<Request> {
        self.all().into_iter().filter(|request| request.target == "/token").collect()
    }

    fn all(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Waits until this many requests of either kind have been read.
    pub(crate) async fn has_read(&self, count: usize) {
        let _ = self.shared.count.subscribe().wait_for(|read| *read >= count).await.unwrap();
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, connection: usize, shared: Arc<Shared>) {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer, connection).await {
        let number = {
            let mut requests = shared.requests.lock().unwrap();
            let tokens = requests.iter().filter(|request| request.target == "/token").count();
            requests.push(request.clone());
            tokens + 1
        };
        let reaction = if request.target == "/token" {
            let next = shared.tokens.lock().unwrap().pop_front();
            next.unwrap_or_else(|| json(200, &grant(number, 300)))
        } else if request.header("authorization").is_some_and(|given| *shared.refused.lock().unwrap() == Some(given)) {
            plain(401, &[])
        } else {
            let next = shared.answers.lock().unwrap().pop_front();
            next.unwrap_or_else(|| plain(599, &[]))
        };
        shared.count.send_modify(|count| *count += 1);
        let (bytes, close) = match reaction {
            Reaction::Send(bytes) => (bytes, false),
            Reaction::SendAndClose(bytes) => (bytes, true),
            Reaction::Silence => {
                // Until the client gives up.
                let _ = stream.read(&mut [0; 1]).await;
                return;
            }
            Reaction::WhenPermitted(permits, bytes) => {
                permits.acquire().await.unwrap().forget();
                (bytes, false)
            }
        };
        if stream.write_all(bytes.as_bytes()).await.is_err() || close {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

/// A token answer. The token's name tells which request brought it.
pub(crate) fn grant(number: usize, life: u64) -> String {
    format!(r#"{{"access_token":"tok-{number}","token_type":"Bearer","expires_in":{life},"scope":"x"}}"#)
}

async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    connection: usize,
) -> Option<Request> {
    loop {
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            let mut first = lines.next().unwrap().split(' ');
            let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
            let headers: Vec<_> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8(buffer[end + 4..end + 4 + length].to_vec()).unwrap();
                buffer.drain(..end + 4 + length);
                return Some(Request { connection, method, target, headers, body });
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
