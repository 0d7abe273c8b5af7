//! A mailbox of a real server.

use super::dovecot::{Dovecot, TOKEN};
use super::{options, source, with_token};
use crate::imap::tls_settings;
use crate::kit::Tray;
use crate::{ImapCause, ImapError, ImapOptions, Limits, Login, MailSource, SourceError};
use bridge_types::Secret;
use std::sync::Arc;

fn settings(server: &Dovecot) -> Option<Arc<rustls::ClientConfig>> {
    Some(tls_settings(Some(&server.certificate)).unwrap())
}

fn mail(number: usize, text: &str) -> String {
    format!("From: a@cms.example\r\nSubject: {number}\r\n\r\n{text}\r\n")
}

fn password(text: &'static str) -> Login {
    Login::Password(Secret::new(text))
}

/// What a failed round says.
fn failure(result: Result<bool, SourceError>) -> ImapError {
    match result {
        Err(SourceError::Imap(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn mails_are_fetched_once_over_tls_and_marked() {
    let Some(server) = Dovecot::start("mails_are_fetched_once_over_tls_and_marked") else { return };
    let mut source = source(options(server.tls, settings(&server)));
    let tray = Tray::default();
    assert!(!source.round(&tray).await.unwrap());
    server.deliver(1, mail(1, "first").as_bytes());
    server.deliver(2, mail(2, "unmatched").as_bytes());
    assert!(!source.round(&tray).await.unwrap());
    assert_eq!(tray.texts(), [mail(1, "first"), mail(2, "unmatched")]);
    assert_eq!(server.flags(""), ["S", "FS"]);
    let last = tray.last();
    assert_eq!((&*last.source, &*last.domains, last.cut), ("cms", &["cms.example".to_owned()][..], false));
    server.deliver(3, mail(3, "third").as_bytes());
    source.round(&tray).await.unwrap();
    source.round(&tray).await.unwrap();
    assert_eq!(tray.texts().len(), 3);
    assert_eq!(server.flags(""), ["S", "FS", "S"]);
}

#[tokio::test]
async fn a_server_lets_in_who_has_an_access_token() {
    let Some(server) = Dovecot::start("a_server_lets_in_who_has_an_access_token") else { return };
    let tray = Tray::default();
    server.deliver(1, mail(1, "first").as_bytes());
    let wrong = with_token(options(server.tls, settings(&server)), Some("another"));
    let refused = failure(source(wrong).round(&tray).await);
    assert_eq!(refused, ImapError { step: "log in with an access token", cause: ImapCause::Refused });
    assert!(tray.texts().is_empty());
    source(with_token(options(server.tls, settings(&server)), Some(TOKEN))).round(&tray).await.unwrap();
    assert_eq!(tray.texts(), [mail(1, "first")]);
    assert_eq!(server.flags(""), ["S"]);
}

#[tokio::test]
async fn mails_are_moved_where_that_is_configured() {
    let Some(server) = Dovecot::start("mails_are_moved_where_that_is_configured") else { return };
    let options = ImapOptions { move_to: Some("Taken mails".to_owned()), ..options(server.tls, settings(&server)) };
    let tray = Tray::default();
    server.deliver(1, mail(1, "first").as_bytes());
    server.deliver(2, mail(2, "unmatched").as_bytes());
    source(options.clone()).round(&tray).await.unwrap();
    assert_eq!((server.flags(""), server.flags(".Taken mails")), (vec![], vec!["S".to_owned(), "FS".to_owned()]));
    // The mailbox to move to is there by now.
    server.deliver(3, mail(3, "third").as_bytes());
    source(options).round(&tray).await.unwrap();
    assert_eq!((server.flags("").len(), server.flags(".Taken mails").len(), tray.texts().len()), (0, 3, 3));
}

#[tokio::test]
async fn what_could_not_be_stored_stays_unseen() {
    let Some(server) = Dovecot::start("what_could_not_be_stored_stays_unseen") else { return };
    let mut source = source(options(server.plain, None));
    let tray = Tray::default();
    server.deliver(1, mail(1, "first").as_bytes());
    server.deliver(2, mail(2, "second").as_bytes());
    tray.refuse(1);
    assert!(matches!(source.round(&tray).await, Err(SourceError::NotTaken(_))));
    assert!(server.flags("").iter().all(|flags| !flags.contains('S')), "{:?}", server.flags(""));
    source.round(&tray).await.unwrap();
    assert_eq!(tray.texts().len(), 2);
    assert_eq!(server.flags(""), ["S", "S"]);
}

#[tokio::test]
async fn a_server_that_was_started_again_is_connected_anew() {
    let Some(mut server) = Dovecot::start("a_server_that_was_started_again_is_connected_anew") else { return };
    let mut source = source(options(server.tls, settings(&server)));
    let tray = Tray::default();
    server.deliver(1, mail(1, "first").as_bytes());
    source.round(&tray).await.unwrap();
    server.restart();
    server.deliver(2, mail(2, "second").as_bytes());
    source.round(&tray).await.unwrap();
    assert_eq!(tray.texts().len(), 2);
    server.stop();
    assert!(matches!(failure(source.round(&tray).await).cause, ImapCause::Connection(_)));
    server.restart();
    server.deliver(3, mail(3, "third").as_bytes());
    source.round(&tray).await.unwrap();
    assert_eq!(tray.texts().len(), 3);
}

#[tokio::test]
async fn a_wrong_password_mailbox_or_certificate_is_told_apart() {
    let Some(server) = Dovecot::start("a_wrong_password_mailbox_or_certificate_is_told_apart") else { return };
    let good = options(server.tls, settings(&server));
    let tray = Tray::default();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem().into_bytes();
    for (options, step, cause) in [
        (ImapOptions { login: password("wrong"), ..good.clone() }, "log in", ImapCause::Refused),
        (ImapOptions { login: password("line\nend"), ..good.clone() }, "log in", ImapCause::Text),
        (ImapOptions { mailbox: "Nowhere".to_owned(), ..good.clone() }, "open the mailbox", ImapCause::Refused),
        (
            ImapOptions { tls: Some(tls_settings(Some(&other)).unwrap()), ..good.clone() },
            "protect the connection",
            ImapCause::Tls,
        ),
        (ImapOptions { host: "localhost".to_owned(), ..good }, "protect the connection", ImapCause::Tls),
    ] {
        assert_eq!(failure(source(options).round(&tray).await), ImapError { step, cause });
    }
}

#[tokio::test]
async fn a_large_mail_is_handed_over_by_its_beginning_and_the_next_one_whole() {
    let Some(server) = Dovecot::start("a_large_mail_is_handed_over_by_its_beginning_and_the_next_one_whole") else {
        return;
    };
    let mut source = source(options(server.plain, None));
    let tray = Tray::default();
    let mut large = mail(1, "").into_bytes();
    large.extend("0123456789abcdef\r\n".repeat(Limits::BYTES / 18 + 100).into_bytes());
    server.deliver(1, &large);
    source.round(&tray).await.unwrap();
    let last = tray.last();
    assert_eq!((last.bytes.expose().len(), last.cut), (Limits::BYTES, true));
    assert!(last.bytes.expose()[..] == large[..Limits::BYTES], "its beginning");
    server.deliver(2, mail(2, "second").as_bytes());
    source.round(&tray).await.unwrap();
    assert_eq!(tray.texts()[1], mail(2, "second"));
}

#[test]
fn certificates_that_cannot_be_read_are_refused() {
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(tls_settings(Some(pem.as_bytes())), Err(crate::TlsError::ExtraCa)), "{pem}");
    }
}
