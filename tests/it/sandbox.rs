//! The sandbox as a command: its time, its mails and its own calls.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The command, killed when it is dropped.
struct Sandbox {
    child: Child,
    address: String,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sandbox {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(kit::program());
        command.args(["sandbox", "--listen", "127.0.0.1:0"]).args(arguments).current_dir(folder);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = lines.find_map(|line| line.unwrap().strip_prefix("base_url  = \"http://").map(str::to_owned));
        let address = told.unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    /// Status and JSON of the answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json");
        stream.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }
}

#[test]
fn the_clock_starts_where_it_is_told_and_a_jump_brings_mails() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\n\
        alignments = [{ participant = \"ACCES12345\", track = \"BH\", days_ago = 50, submission = \"sub-1\" }]";
    std::fs::write(folder.path().join("scenario.toml"), scenario).unwrap();
    let sandbox = Sandbox::start(
        folder.path(),
        &["--scenario", "scenario.toml", "--clock", "2027-01-15T08:00:00Z", "--mail", "mails"],
    );
    let (status, told) = sandbox.ask("GET", "/admin/state", "");
    let now = told["now"].as_str().unwrap();
    assert_eq!((status, now.get(..10)), (200, Some("2027-01-15")), "{now}");
    let (status, moved) = sandbox.ask("POST", "/admin/clock", "{\"advance_days\": 20}");
    assert_eq!((status, &moved["notices"]), (200, &serde_json::json!(1)));
    let mail = folder.path().join("mails/20270126T000000Z-000001-unalignment.eml");
    let mail = std::fs::read_to_string(mail).unwrap();
    assert!(mail.contains("\r\nSubmission ID: sub-1\r\n") && mail.contains("\r\nDeadline Date: January 26, 2027\r\n"));
}

#[test]
fn a_time_that_is_none_and_a_folder_that_cannot_be_are_told() {
    let refused = kit::offline(&["sandbox", "--clock", "tomorrow"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("--clock tomorrow is no time\nhint: write it like 2027"), "{}", refused.err);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mails = file.join("mails").display().to_string();
    let refused = kit::offline(&["sandbox", "--listen", "127.0.0.1:0", "--mail", &mails]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("could not make the folder"), "{}", refused.err);
}
