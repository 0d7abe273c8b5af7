//! Servers that say little, much, or the wrong thing.

use super::{options, source, with_token};
use crate::kit::Tray;
use crate::{ImapCause, ImapError, ImapOptions, MailSource, SourceError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A server that answers each command by its words; `{tag}` stands for the command's tag. What it has no answer for is `OK`.
struct Scripted {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

async fn scripted(greeting: &'static str, answers: &'static [(&'static str, &'static str)]) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let (reading, mut writing) = stream.into_split();
                let _ = writing.write_all(greeting.as_bytes()).await;
                let mut lines = BufReader::new(reading).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
                    kept.lock().unwrap().push(command.to_owned());
                    let known = answers.iter().find(|(words, _)| command.starts_with(words));
                    let text = known.map_or("{tag} OK done\r\n", |(_, text)| text).replace("{tag}", tag);
                    if text == "endless" {
                        let chatter = "* OK still here\r\n".repeat(1000);
                        while writing.write_all(chatter.as_bytes()).await.is_ok() {}
                    }
                    let _ = writing.write_all(text.as_bytes()).await;
                }
            });
        }
    });
    Scripted { port, heard }
}

const HELLO: &str = "* OK hello\r\n";
const ABLE: (&str, &str) = ("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n{tag} OK done\r\n");
const FOUND: (&str, &str) = ("UID SEARCH", "* SEARCH 7\r\n{tag} OK done\r\n");

async fn fails(server: &Scripted) -> ImapError {
    let options = ImapOptions { step: Duration::from_millis(500), ..options(server.port, None) };
    let tray = Tray::default();
    match source(options).round(&tray).await {
        Err(SourceError::Imap(error)) => {
            assert!(tray.texts().is_empty());
            error
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_without_moving_is_told_to_copy_and_remove() {
    let mail = "* 1 FETCH (UID 7 BODY[]<0> {5}\r\nmail\n)\r\n{tag} OK done\r\n";
    let server = scripted(
        HELLO,
        Box::leak(Box::new([ABLE, FOUND, ("UID FETCH", mail), ("CREATE", "{tag} NO it is there\r\n")])),
    )
    .await;
    let tray = Tray::default();
    let options = ImapOptions { move_to: Some("Done".to_owned()), ..options(server.port, None) };
    source(options).round(&tray).await.unwrap();
    assert_eq!(tray.texts(), ["mail\n"]);
    let heard = server.heard.lock().unwrap().clone();
    let from = heard.iter().position(|command| command.starts_with("UID FETCH")).unwrap();
    assert_eq!(
        heard[from..],
        [
            "UID FETCH 7 (UID BODY.PEEK[]<0.26214401>)",
            "UID STORE 7 +FLAGS.SILENT (\\Seen)",
            "UID COPY 7 \"Done\"",
            "UID STORE 7 +FLAGS.SILENT (\\Deleted)",
            "UID EXPUNGE 7",
        ]
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = scripted("", &[]).await;
    assert_eq!(fails(&silent).await, ImapError { step: "hear the greeting", cause: ImapCause::Time });
    let slow = scripted(HELLO, &[("UID SEARCH", "")]).await;
    assert_eq!(fails(&slow).await, ImapError { step: "search the mailbox", cause: ImapCause::Time });
}

#[tokio::test]
async fn a_server_that_never_stops_talking_is_given_up() {
    for step in ["LOGIN", "UID SEARCH", "UID FETCH"] {
        let answers = Box::leak(Box::new([(step, "endless"), FOUND, ABLE]));
        let error = fails(&scripted(HELLO, answers).await).await;
        assert!(matches!(error.cause, ImapCause::Answer | ImapCause::Time), "{error}");
    }
}

#[tokio::test]
async fn a_mail_larger_than_was_asked_for_is_not_held() {
    let huge = "* 1 FETCH (UID 7 BODY[]<0> {400000000}\r\nmail";
    let server = scripted(HELLO, Box::leak(Box::new([ABLE, FOUND, ("UID FETCH", huge)]))).await;
    assert_eq!(fails(&server).await, ImapError { step: "fetch a mail", cause: ImapCause::Time });
    let beyond = "* 1 FETCH (UID 7 BODY[]<0> {4000000000}\r\nmail";
    let server = scripted(HELLO, Box::leak(Box::new([ABLE, FOUND, ("UID FETCH", beyond)]))).await;
    let error = fails(&server).await;
    assert_eq!(error.step, "fetch a mail");
}

#[tokio::test]
async fn no_text_of_a_server_is_repeated() {
    for answers in [
        [("LOGIN", "{tag} NO Jane Roe is unknown\r\n"), ABLE],
        [("SELECT", "{tag} BAD Jane Roe\r\n"), ABLE],
        [("UID SEARCH", "Jane Roe \u{7f} is no answer\r\n"), ABLE],
    ] {
        let server = scripted(HELLO, Box::leak(Box::new(answers))).await;
        let error = fails(&server).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("Roe"), "{shown}");
    }
}

/// Microsoft 365 and Google send the reason of a refusal as a challenge, which is answered by an empty line.
#[tokio::test]
async fn a_token_that_is_refused_ends_the_exchange_and_nothing_of_it_is_repeated() {
    let reason = "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        writing.write_all(HELLO.as_bytes()).await.unwrap();
        let first = lines.next_line().await.unwrap().unwrap();
        let tag = first.split(' ').next().unwrap().to_owned();
        writing.write_all(b"+ \r\n").await.unwrap();
        let second = lines.next_line().await.unwrap().unwrap();
        writing.write_all(reason.as_bytes()).await.unwrap();
        let third = lines.next_line().await.unwrap().unwrap();
        writing.write_all(format!("{tag} NO AUTHENTICATE failed for Jane Roe\r\n").as_bytes()).await.unwrap();
        [first, second, third]
    });
    let options = with_token(options(port, None), Some("t0ken"));
    let Err(SourceError::Imap(error)) = source(options).round(&Tray::default()).await else { panic!("it was let in") };
    assert_eq!(error, ImapError { step: "log in with an access token", cause: ImapCause::Refused });
    let [first, second, third] = heard.await.unwrap();
    assert!(first.ends_with(" AUTHENTICATE XOAUTH2"), "{first}");
    // user=clinic, ^A, auth=Bearer t0ken, ^A, ^A
    assert_eq!((second.as_str(), third.as_str()), ("dXNlcj1jbGluaWMBYXV0aD1CZWFyZXIgdDBrZW4BAQ==", ""));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let server = scripted(HELLO, Box::leak(Box::new([ABLE, FOUND]))).await;
    let options = with_token(options(server.port, None), None);
    let Err(SourceError::Imap(error)) = source(options).round(&Tray::default()).await else { panic!("it was let in") };
    assert_eq!(error.cause, ImapCause::Token);
    assert!(server.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_mail_that_went_away_is_passed_over() {
    let server = scripted(HELLO, Box::leak(Box::new([ABLE, FOUND]))).await;
    let tray = Tray::default();
    assert!(!source(options(server.port, None)).round(&tray).await.unwrap());
    assert!(tray.texts().is_empty());
}

/// A hundred mails that a server did not give out were asked for again without a pause, and nothing behind them was.
#[tokio::test]
async fn mails_that_are_withheld_hold_nobody_up() {
    let found: String = (1..=101).map(|uid| format!(" {uid}")).collect();
    let found: &'static str = format!("* SEARCH{found}\r\n{{tag}} OK done\r\n").leak();
    let mail = "* 1 FETCH (UID 101 BODY[]<0> {5}\r\nmail\n)\r\n{tag} OK done\r\n";
    for refusal in ["* 1 FETCH (UID 7 BODY[]<0> NIL)\r\n{tag} OK done\r\n", "{tag} NO not now\r\n"] {
        let answers = [ABLE, ("UID SEARCH", found), ("UID FETCH 101", mail), ("UID FETCH", refusal)];
        let server = scripted(HELLO, Box::leak(Box::new(answers))).await;
        let (tray, mut source) = (Tray::default(), source(options(server.port, None)));
        assert!(source.round(&tray).await.unwrap(), "one is left");
        assert!(tray.texts().is_empty() && source.withheld.len() == 100 && source.withheld.values().all(|told| !told));
        assert!(!source.round(&tray).await.unwrap(), "it pauses");
        assert_eq!(tray.texts(), ["mail\n"]);
        assert_eq!(source.withheld.values().filter(|told| **told).count(), 99);
    }
}
