//! A TCP load balancer: each connection goes to the next of some doors that takes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};

/// The balancer, gone when it is dropped.
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    doors: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Balancer {
    /// Starts one before some doors.
    pub async fn start(doors: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let doors = Arc::new(Mutex::new(doors));
        let task = tokio::spawn(serve(listener, Arc::clone(&doors)));
        Self { address, doors, task }
    }

    /// The doors from now on.
    pub fn set(&self, doors: Vec<String>) {
        *self.doors.lock().unwrap() = doors;
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, doors: Arc<Mutex<Vec<String>>>) {
    let mut turn = 0;
    while let Ok((mut client, _)) = listener.accept().await {
        turn += 1;
        let mut doors = doors.lock().unwrap().clone();
        if !doors.is_empty() {
            let first = turn % doors.len();
            doors.rotate_left(first);
        }
        tokio::spawn(async move {
            for door in doors {
                if let Ok(mut server) = TcpStream::connect(&door).await {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
            }
        });
    }
}
