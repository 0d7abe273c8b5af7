//! Every habit of framing, over a socket.

use super::kit::{End, Server, framed, message};
use crate::mllp::{Discard, Limits};
use bridge_types::mllp::encode;
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn every_framing_habit_is_answered() {
    let server = Server::start(Limits::default()).await;
    let without_final_return = |id: &str| {
        let mut bytes = framed(id);
        bytes.pop();
        bytes
    };
    let habits = [
        framed("plain"),
        without_final_return("no-final-cr"),
        [b"\r\n\0\0".as_slice(), &framed("after-line-ends")].concat(),
        [b"\x0B".as_slice(), &framed("two-starts")].concat(),
        [b"\x06 \x05".as_slice(), &framed("after-keep-alive")].concat(),
        encode(message("no-last-cr").strip_suffix(b"\r").unwrap()),
        encode(&String::from_utf8(message("line-feeds")).unwrap().replace('\r', "\r\n").into_bytes()),
        encode(&[b"\xEF\xBB\xBF".as_slice(), &message("marked")].concat()),
    ];
    let ids = [
        "plain",
        "no-final-cr",
        "after-line-ends",
        "two-starts",
        "after-keep-alive",
        "no-last-cr",
        "line-feeds",
        "marked",
    ];
    let mut client = server.connect().await;
    for (bytes, id) in habits.iter().zip(ids) {
        client.send(bytes).await;
        assert_eq!(client.answer().await, format!("AA {id}"));
    }
    // All of them in one write, answered in order.
    client.send(&habits.concat()).await;
    for id in ids {
        assert_eq!(client.answer().await, format!("AA {id}"));
    }
    assert!(server.recorder.discarded().is_empty());
    assert_eq!(server.counters.messages(), 16);
    assert_eq!(server.counters.answers(), 16);
}

#[tokio::test]
async fn one_block_may_come_in_many_writes() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.0.set_nodelay(true).unwrap();
    for byte in framed("drip") {
        client.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.answer().await, "AA drip");
    assert_eq!(server.recorder.payloads(), [message("drip")]);
}

#[tokio::test]
async fn a_batch_in_one_frame_gets_one_answer_with_one_for_each_message() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    let batch = [
        b"FHS|^~\\&\rBHS|^~\\&|EHR|MERCY|BRIDGE|CARE|2026||||B77\r".as_slice(),
        &message("one"),
        &message("BAD2"),
        &message("three"),
        b"BTS|9\rFTS|1\r",
    ]
    .concat();
    client.send(&encode(&batch)).await;
    let text = client.text().await;
    let told: Vec<&str> = text.split('\r').filter(|line| !line.starts_with("MSH")).collect();
    assert_eq!(told.len(), 7, "{told:?}");
    assert!(told[0].starts_with("BHS|^~\\&|BRIDGE|CARE|EHR|MERCY|2026") && told[0].ends_with("|B77"), "{told:?}");
    assert_eq!((told[1], told[2], told[4]), ("MSA|AA|one", "MSA|AE|BAD2|the number is damaged", "MSA|AA|three"));
    assert!(told[3].starts_with("ERR|PID^1^3"), "{told:?}");
    assert!(told[5].contains("|W|batch-envelope|") && told[5].contains("BTS-1 states 9 messages, found 3"), "{told:?}");
    assert_eq!(told[6], "BTS|3");

    assert_eq!(server.recorder.positions(), [1, 2, 3]);
    client.send(&framed("next")).await;
    assert_eq!(client.answer().await, "AA next");
}

/// Three answers came for the one that the sender waited for, or one that hid the refusal.
#[tokio::test]
async fn messages_in_one_frame_get_the_worst_verdict_and_who_was_refused() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for (ids, code) in [(["a", "b", "c"], "AA"), (["a", "BAD2", "c"], "AE"), (["BAD1", "WORSE2", "c"], "AR")] {
        client.send(&encode(&ids.map(message).concat())).await;
        let text = client.text().await;
        let told: Vec<&str> =
            text.split('\r').filter(|line| line.starts_with("MSA") || line.starts_with("ERR")).collect();
        assert!(told[0].starts_with(&format!("MSA|{code}|{}", ids[0])), "{told:?}");
        let refused: Vec<usize> = (0..3).filter(|index| ids[*index].len() > 1).collect();
        assert_eq!(told.len(), 1 + refused.len(), "{told:?}");
        for (error, index) in told[1..].iter().zip(refused) {
            assert!(
                error.contains(&format!("message {} of 3 in the frame, control id {}", index + 1, ids[index])),
                "{error}"
            );
        }
    }
    // One that cannot be stored resets: the sender sends all again.
    client.send(&encode(&["a", "RESET"].map(message).concat())).await;
    assert_eq!(client.end().await, End::Reset);
}

#[tokio::test]
async fn what_is_not_hl7_is_answered_once_and_the_connection_goes_on() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for payload in [&b"undefined"[..], b"", b"\r\n", b"{\"resourceType\":\"Patient\"}"] {
        client.send(&encode(payload)).await;
        assert_eq!(client.answer().await, "AR |The message cannot be accepted.");
    }
    client.send(&framed("next")).await;
    assert_eq!(client.answer().await, "AA next");
}

#[tokio::test]
async fn text_outside_of_frames_and_messages_is_kept_but_not_answered() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"hello\r\n").await;
    client.send(&encode(&[b"a note\r".as_slice(), &message("one")].concat())).await;
    assert_eq!(client.answer().await, "AA one");
    assert_eq!(
        server.recorder.discarded(),
        [("hello\r\n".to_owned(), Discard::Stray), ("a note\r".to_owned(), Discard::Stray)]
    );
}

#[tokio::test]
async fn a_message_that_the_next_one_breaks_off_is_kept_and_not_acknowledged() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"\x0BMSH|^~\\&|broken").await;
    client.send(&framed("whole")).await;
    assert_eq!(client.answer().await, "AA whole");
    assert_eq!(server.recorder.discarded(), [("MSH|^~\\&|broken".to_owned(), Discard::Interrupted)]);
}

#[tokio::test]
async fn a_message_cut_off_by_the_end_is_kept_and_not_acknowledged() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"\x0BMSH|^~\\&|cut off").await;
    client.0.shutdown().await.unwrap();
    assert_eq!(client.end().await, End::Fin);
    server.arrival().await;
    assert_eq!(server.recorder.discarded(), [("MSH|^~\\&|cut off".to_owned(), Discard::Interrupted)]);
    assert!(server.recorder.control_ids().is_empty());
}
