//! A TCP proxy that makes bad weather.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Clear,
    /// Every connection is reset, those that stand and those that come.
    Resets,
    /// Connections are taken and kept, and nothing passes.
    Stalls,
    /// What clients send arrives; answers do not, and nobody is told (half open).
    SwallowsAnswers,
    /// What clients send arrives; the connection is reset in place of the answer.
    ResetsAnswers,
    /// Of so many transactions with a database one arrives and is committed, and the connection is reset in place of the answer.
    LosesCommits(usize),
    /// Whatever is sent arrives later by this.
    Late(Duration),
    /// Whatever is sent arrives in pieces of so many bytes.
    Pieces(usize),
}

/// The proxy; ends when it is dropped.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    weather: watch::Sender<Weather>,
    taken: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Starts one on a free port before a target.
    pub async fn before(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, seen) = watch::channel(Weather::Clear);
        let taken = Arc::new(AtomicUsize::new(0));
        let (count, commits) = (Arc::clone(&taken), Arc::default());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(carry(client, target.clone(), seen.clone(), Arc::clone(&commits)));
            }
        });
        Self { address, weather, taken, task }
    }

    /// Changes the weather, also for connections that stand.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Connections so far.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, target: String, mut weather: watch::Receiver<Weather>, commits: Arc<AtomicUsize>) {
    // However this ends, both ends see a reset unless one closed by itself.
    client.set_zero_linger().unwrap();
    if *weather.borrow() == Weather::Resets {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    server.set_zero_linger().unwrap();
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let doomed = AtomicBool::new(false);
    let there = pump(from_client, to_server, weather.clone(), Way::There { commits: &commits, doomed: &doomed });
    let back = pump(from_server, to_client, weather.clone(), Way::Back { doomed: &doomed });
    tokio::select! {
        _ = weather.wait_for(|weather| *weather == Weather::Resets) => {}
        _ = async { tokio::try_join!(there, back) } => {}
    }
}

/// The connection is to be reset.
struct Cut;

/// A direction. A connection is doomed when the answer to a commit is to be lost.
#[derive(Clone, Copy)]
enum Way<'a> {
    There { commits: &'a AtomicUsize, doomed: &'a AtomicBool },
    Back { doomed: &'a AtomicBool },
}

impl Way<'_> {
    /// Looks for a commit in what a client sends; whether the connection ends before these bytes.
    fn is_lost(self, bytes: &[u8], of: usize) -> bool {
        match self {
            Self::There { commits, doomed } => {
                let commit = bytes.windows(7).any(|word| word == b"COMMIT\0");
                if commit && (commits.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(of) {
                    doomed.store(true, Ordering::Relaxed);
                }
                false
            }
            Self::Back { doomed } => doomed.load(Ordering::Relaxed),
        }
    }
}

/// Carries one direction until it ends.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    way: Way<'_>,
) -> Result<(), Cut> {
    let answers = matches!(way, Way::Back { .. });
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let Ok(count) = from.read(&mut chunk).await else { return Err(Cut) };
        if count == 0 {
            let _ = to.shutdown().await;
            return Ok(());
        }
        let now = *weather.borrow_and_update();
        let bytes = &chunk[..count];
        let sent = match now {
            Weather::Clear => to.write_all(bytes).await,
            Weather::Resets => return Err(Cut),
            Weather::Stalls => {
                if weather.wait_for(|weather| *weather != Weather::Stalls).await.is_err() {
                    return Err(Cut);
                }
                to.write_all(bytes).await
            }
            Weather::SwallowsAnswers if answers => Ok(()),
            Weather::ResetsAnswers if answers => return Err(Cut),
            Weather::SwallowsAnswers | Weather::ResetsAnswers => to.write_all(bytes).await,
            Weather::LosesCommits(of) if way.is_lost(bytes, of) => return Err(Cut),
            Weather::LosesCommits(_) => to.write_all(bytes).await,
            Weather::Late(by) => {
                tokio::time::sleep(by).await;
                to.write_all(bytes).await
            }
            Weather::Pieces(size) => pieces(&mut to, bytes, size).await,
        };
        sent.map_err(|_| Cut)?;
    }
}

async fn pieces(to: &mut OwnedWriteHalf, bytes: &[u8], size: usize) -> std::io::Result<()> {
    for piece in bytes.chunks(size.max(1)) {
        to.write_all(piece).await?;
        // A packet of its own.
        tokio::task::yield_now().await;
    }
    Ok(())
}
