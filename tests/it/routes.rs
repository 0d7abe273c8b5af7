//! Notices to every kind of route: a dead one stops nobody else, what was given up stays listed, and everything can be sent again.

use kit::{Stage, fixture, until};
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_route_stops_no_other_and_what_it_missed_is_sent_again() {
    let mut stage = Stage::set("").await;
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let engine = stage.engine.address.to_string();
    stage.vary("ROUTE__0__ADDRESS", &dead.to_string());
    let folder = stage.folder().join("notices");
    std::fs::create_dir(&folder).unwrap();
    stage.configure(
        "[[route]]\nname = 'files'\nkind = 'folder'\npath = 'notices'\nformat = 'hl7v2'\nkinds = ['outcome']\n",
    );
    let program = stage.start().await;
    program.send(&fixture("a01-ckm.hl7")).await;
    program.send(&fixture("a04-msk.hl7")).await;
    until("both outcomes are files", || (files(&folder).len() == 2).then_some(())).await;
    let waiting = lines(&stage.run(&["notices", "list", "--route", "engine", "--state", "pending", "--json"]).out);
    assert!(waiting.len() >= 2, "{waiting:?}");
    assert!(waiting.iter().any(|one| one["failures"].as_u64().unwrap() > 0), "{waiting:?}");

    // Again by filter: only what the folder had, the oldest first.
    let before = files(&folder);
    for name in &before {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    let listed = stage.run(&["notices", "list", "--route", "files", "--state", "delivered"]);
    assert_eq!(listed.out.matches("delivered").count(), 2, "{}", listed.out);
    let none = stage.run(&["notices", "redeliver", "--route", "files", "--since", "1h", "--kind", "deadline"]);
    assert_eq!((none.code, none.out.trim()), (Some(0), "0 notices go to files again, the oldest first"));
    let again =
        stage.run(&["notices", "redeliver", "--route", "files", "--since", "1h", "--kind", "outcome", "--json"]);
    assert_eq!(lines(&again.out).len(), 2, "{}{}", again.out, again.err);
    until("they are there again, under the same names", || (files(&folder) == before).then_some(())).await;
    for wrong in [
        &["notices", "redeliver", "--route", "files"][..],
        &["notices", "redeliver", "--since", "1h"],
        &["notices", "redeliver", "some-id", "--route", "files", "--since", "1h"],
        &["notices", "redeliver", "--route", "nowhere", "--since", "1h"],
        &["notices", "list", "--state", "gone"],
    ] {
        let told = stage.run(wrong);
        assert_eq!(told.code, Some(2), "{wrong:?}: {}", told.err);
    }
    program.kill();

    // The engine is back: everything it missed comes, in order.
    stage.vary("ROUTE__0__ADDRESS", &engine);
    let _program = stage.start().await;
    stage.engine.notice("LKS000101", "eligible").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_route_that_was_renamed_is_told_and_handed_over() {
    let mut stage = Stage::set("").await;
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let engine = stage.engine.address.to_string();
    stage.vary("ROUTE__0__ADDRESS", &dead.to_string());
    let program = stage.start().await;
    program.send(&fixture("a01-ckm.hl7")).await;
    until("the outcome waits", || {
        let waiting = stage.run(&["notices", "list", "--route", "engine", "--state", "pending", "--json"]);
        waiting.out.contains("\"eligible\"").then_some(())
    })
    .await;
    program.kill();
    stage.vary("ROUTE__0__NAME", "other");
    stage.vary("ROUTE__0__ADDRESS", &engine);
    let program = stage.start().await;
    let log = program.log();
    assert!(log.contains("a route that is not configured") && log.contains("route=\"engine\""), "{log}");
    for wrong in [["other", "other"], ["engine", "nowhere"]] {
        let told = stage.run(&["notices", "move", "--from", wrong[0], "--to", wrong[1]]);
        assert_eq!(told.code, Some(2), "{}", told.err);
    }
    let moved = stage.run(&["notices", "move", "--from", "engine", "--to", "other"]);
    assert_eq!(moved.code, Some(0), "{}", moved.err);
    stage.engine.notice("LKS000101", "eligible").await;
}

/// A receiver that gives one status to everything, and keeps what it heard.
async fn receiver(status: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let noted = Arc::clone(&noted);
            tokio::spawn(async move {
                let mut request = Vec::new();
                let mut chunk = [0; 8192];
                while let Ok(count) = stream.read(&mut chunk).await {
                    if count == 0 {
                        return;
                    }
                    request.extend_from_slice(&chunk[..count]);
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let head = head.to_ascii_lowercase();
                    let length: usize =
                        head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
                    if body.len() >= length {
                        break;
                    }
                }
                noted.lock().unwrap().push(String::from_utf8(request).unwrap());
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (port, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_gets_signed_notices_of_its_filter_and_one_that_refuses_is_given_up_and_listed() {
    let mut stage = Stage::set("").await;
    let (takes, heard) = receiver("204 No Content").await;
    let (refuses, refused) = receiver("422 No").await;
    stage.vary("ROUTE_SECRET", "a-secret-that-nobody-guesses");
    stage.configure(&format!(
        "[[route]]\nname = 'hook'\nkind = 'http'\nurl = 'http://127.0.0.1:{takes}/in'\nformat = 'json'\ntracks = ['MSK']\nkinds = ['outcome']\n\
         [[route]]\nname = 'wall'\nkind = 'http'\nurl = 'http://127.0.0.1:{refuses}/in'\nformat = 'json'\nkinds = ['outcome']\non_reject = 'give-up'\n"
    ));
    let program = stage.start().await;
    program.send(&fixture("a01-ckm.hl7")).await;
    stage.engine.notice("LKS000101", "eligible").await;
    program.send(&fixture("a04-msk.hl7")).await;
    until("the notice about MSK is posted", || (!heard.lock().unwrap().is_empty()).then_some(())).await;
    let requests = heard.lock().unwrap().clone();
    assert_eq!(requests.len(), 1, "the track is a filter");
    assert!(
        requests[0].contains("webhook-signature: v1,") && requests[0].contains("\"track\":\"MSK\""),
        "{}",
        requests[0]
    );
    let dead = until("both are given up", || {
        let dead = lines(&stage.run(&["notices", "list", "--state", "dead", "--json"]).out);
        (dead.len() == 2).then_some(dead)
    })
    .await;
    assert!(
        dead.iter().all(|one| one["route"] == "wall" && one["note"] == "the destination answered status 422"),
        "{dead:?}"
    );
    assert_eq!(refused.lock().unwrap().len(), 2, "each was tried once");
    // Sent again on demand: one, by its id.
    let id = dead[0]["id"].as_str().unwrap();
    let again = stage.run(&["notices", "redeliver", id, "--route", "wall"]);
    assert_eq!((again.code, again.out.trim()), (Some(0), format!("{id} goes to wall again").as_str()), "{}", again.err);
    until("it is tried again", || (refused.lock().unwrap().len() == 3).then_some(())).await;
}
