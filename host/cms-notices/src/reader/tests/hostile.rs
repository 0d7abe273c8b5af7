//! Bytes that mean harm, or none at all.

use super::{incoming, mail, problem, reader, usual};
use crate::{Form, Incoming, Limits, Problem};
use bridge_types::Phi;
use proptest::prelude::*;

#[test]
fn what_is_no_mail_is_told() {
    for bytes in [&b""[..], b"\n", b"\r\n\r\nSubmission ID: s-1\r\n", b"From somebody\n"] {
        let reading = reader().read(&incoming(bytes, Form::Mail));
        assert_eq!(problem(&reading), Some(Problem::MailUnreadable), "{bytes:?}");
        assert_eq!(reading.identity, reading.content_hash);
    }
    for bytes in [&b"\x00\xff\xfe\x80"[..], b"no headers at all", b"a:\n\n", &[0; 4096]] {
        let reading = reader().read(&incoming(bytes, Form::Mail));
        assert!(reading.problem.is_some(), "{bytes:?}");
    }
}

#[test]
fn a_mail_that_is_too_large_is_told_and_not_read() {
    let text = usual("", "Aligned");
    let cut = Incoming { cut: true, ..incoming(text.as_bytes(), Form::Mail) };
    assert_eq!(problem(&reader().read(&cut)), Some(Problem::TooLarge));
    let large = vec![b'x'; Limits::BYTES + 1];
    assert_eq!(problem(&reader().read(&incoming(&large, Form::Message))), Some(Problem::TooLarge));
}

#[test]
fn nesting_of_any_kind_is_bounded() {
    // Mails inside mails, hundreds of thousands deep: a parser that recurses would end the process.
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(300_000) + "x";
    // Multiparts inside multiparts.
    let opening = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    let multiparts: String = (0..2000).map(opening).collect();
    // Digests, whose parts are mails without saying so.
    let digests: String =
        (0..2000).map(|n| format!("Content-Type: multipart/digest; boundary=d{n}\r\n\r\n--d{n}\r\n\r\n")).collect();
    for text in [mails, multiparts, digests] {
        assert!(problem(&mail(&text)).is_some());
    }
    let deep = Limits::DEPTH + 2;
    let inside = "Content-Type: message/rfc822\r\n\r\n".repeat(deep) + "Subject: x\r\n\r\nSubmission ID: s-1\r\n";
    assert_eq!(problem(&mail(&inside)), Some(Problem::TooComplex));
    let allowed =
        "Content-Type: message/rfc822\r\n\r\n".repeat(Limits::DEPTH) + "Subject: x\r\n\r\nSubmission ID: s-1\r\n";
    assert_eq!(problem(&mail(&allowed)), None);
}

#[test]
fn parts_and_lines_are_bounded() {
    let parts = |number: usize| {
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(number))
    };
    assert_eq!(problem(&mail(&parts(Limits::PARTS + 1))), Some(Problem::TooComplex));
    assert_eq!(problem(&mail(&parts(2_000_000))), Some(Problem::TooComplex));
    let headers = "a:\n".repeat(Limits::LINES + 1);
    assert_eq!(problem(&mail(&headers)), Some(Problem::TooComplex));
}

#[test]
fn what_a_reading_shows_holds_nothing_of_the_text() {
    let text = usual("X-Secret: Roe\r\n", "Aligned") + "Jane Roe, 1EG4TE5MK73\r\n";
    let incoming = Incoming { bytes: Phi::new(text.into_bytes()), ..incoming(b"", Form::Mail) };
    let shown = format!("{incoming:?} {:?}", reader().read(&incoming));
    assert!(!shown.contains("Roe") && !shown.contains("1EG4"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = reader().read(&incoming(&bytes, Form::Mail));
        let _ = reader().read(&incoming(&bytes, Form::Message));
    }

    /// Pieces of mails in any order.
    #[test]
    fn any_mail_like_text_is_survived(text in "(From: a@b\\.c|Content-Type: |multipart/mixed; boundary=x|text/html|message/rfc822|\\r\\n|--x|--|Content-Transfer-Encoding: |base64|quoted-printable|=\\?utf-8\\?B\\?|\\?=|=C3|<p>|Submission ID:| s-1|;|\"|\\PC){0,80}") {
        let _ = mail(&text);
    }

    /// A good mail with some bytes changed, cut or doubled is read or told, never more.
    #[test]
    fn a_damaged_mail_is_survived(at in 0_usize..600, byte in any::<u8>(), cut in 0_usize..600) {
        let mut bytes = usual("Content-Type: multipart/mixed; boundary=\"=_x\"\r\n", "Aligned").into_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length - cut % length);
        let _ = reader().read(&incoming(&bytes, Form::Mail));
    }
}
