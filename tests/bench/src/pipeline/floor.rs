//! The least that a durable listener can do.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What is done with a message before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing.
    Answer,
    /// Appended to a file and made durable.
    Sync,
    /// The same for all messages that wait, at once.
    Grouped,
}

const ACK: &[u8] = b"\x0bMSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.5.1\rMSA|AA|1\r\x1c\r";

/// A message to be made durable, and whom to tell.
type Job = (Vec<u8>, Sender<()>);

/// A listener; ends when it is dropped.
pub(super) struct Floor {
    pub(super) address: SocketAddr,
    ends: Arc<AtomicBool>,
}

impl Floor {
    pub(super) fn start(work: Work, folder: &Path) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join("floor"))?;
        let (jobs, queue) = channel::<Job>();
        let writer = file.try_clone()?;
        std::thread::spawn(move || group(writer, &queue));
        let ends = Arc::new(AtomicBool::new(false));
        let (end, file) = (Arc::clone(&ends), Arc::new(Mutex::new(file)));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let (file, jobs) = (Arc::clone(&file), jobs.clone());
                std::thread::spawn(move || serve(stream, work, &file, &jobs));
            }
        });
        Ok(Self { address, ends })
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // Wakes the listener; its connections end with their senders.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(mut stream: TcpStream, work: Work, file: &Mutex<File>, jobs: &Sender<Job>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut message = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        message.extend_from_slice(&chunk[..count]);
        if !message.ends_with(b"\x1c\r") {
            continue;
        }
        match work {
            Work::Answer => message.clear(),
            Work::Sync => {
                let mut file = file.lock().ok()?;
                file.write_all(&message).ok()?;
                file.sync_data().ok()?;
                message.clear();
            }
            Work::Grouped => {
                let (done, wait) = channel();
                jobs.send((std::mem::take(&mut message), done)).ok()?;
                wait.recv().ok()?;
            }
        }
        stream.write_all(ACK).ok()?;
    }
}

fn group(mut file: File, queue: &Receiver<Job>) -> Option<()> {
    while let Ok(first) = queue.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(queue.try_iter()).collect();
        for (message, _) in &jobs {
            file.write_all(message).ok()?;
        }
        file.sync_data().ok()?;
        for (_, done) in jobs {
            let _ = done.send(());
        }
    }
    Some(())
}
