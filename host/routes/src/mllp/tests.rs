//! Delivery to listeners with every habit, on real sockets.

use super::{MllpRoute, Timeouts, send_once};
use crate::{Cause, DeliveryError, Outgoing, Route};
use bridge_types::contract::Format;
use bridge_types::mllp::{Block, Decoder, encode};
use bridge_types::{Disposition, Phi};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a listener does with one message.
#[derive(Clone)]
enum Step {
    /// Writes these payloads, each in a frame.
    Frames(Vec<String>),
    /// Writes these payloads, then closes.
    FramesThenClose(Vec<String>),
    /// Writes raw bytes, then closes.
    Raw(&'static [u8]),
    /// Writes nothing and keeps the connection.
    Nothing,
    /// Closes with FIN.
    Close,
    /// Closes with RST.
    Reset,
}

fn acknowledge(code: &str, id: &str) -> String {
    format!("MSH|^~\\&|OIE|H|ACCESS-BRIDGE||20261123||ACK|x|P|2.5.1\rMSA|{code}|{id}\r")
}

/// `AA` to `n1` and so on.
fn accepted(id: &str) -> Step {
    Step::Frames(vec![acknowledge("AA", id)])
}

#[derive(Default)]
struct Log {
    connections: usize,
    messages: Vec<String>,
}

/// A listener that goes through `steps`, one per message, over however many connections it takes.
async fn listener(steps: Vec<Step>) -> (SocketAddr, Arc<Mutex<Log>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Arc::new(Mutex::new(Log::default()));
    let steps = Arc::new(Mutex::new(steps.into_iter()));
    let shared = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().unwrap().connections += 1;
            tokio::spawn(converse(stream, Arc::clone(&steps), Arc::clone(&shared)));
        }
    });
    (address, log)
}

async fn converse(mut stream: TcpStream, steps: Arc<Mutex<std::vec::IntoIter<Step>>>, log: Arc<Mutex<Log>>) {
    let mut decoder = Decoder::default();
    let mut chunk = [0; 1024];
    while let Ok(count) = stream.read(&mut chunk).await {
        if count == 0 {
            return;
        }
        let mut rest = &chunk[..count];
        while let Ok(Some(block)) = decoder.decode(&mut rest) {
            let Block::Frame(payload) = block else { panic!("not a frame") };
            log.lock().unwrap().messages.push(String::from_utf8(payload.into_inner()).unwrap());
            let step = steps.lock().unwrap().next().expect("a step for every message");
            match step {
                Step::Frames(answers) => {
                    for answer in answers {
                        stream.write_all(&encode(answer.as_bytes())).await.unwrap();
                    }
                }
                Step::FramesThenClose(answers) => {
                    for answer in answers {
                        stream.write_all(&encode(answer.as_bytes())).await.unwrap();
                    }
                    return;
                }
                Step::Raw(bytes) => {
                    stream.write_all(bytes).await.unwrap();
                    return;
                }
                Step::Nothing => {}
                Step::Close => return,
                Step::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
            }
        }
    }
}

fn item(id: &str) -> Outgoing {
    let text = format!("MSH|^~\\&|ACCESS-BRIDGE||OIE|H|20261123||ORU^R01^ORU_R01|{id}|P|2.5.1\rPID|1\r");
    Outgoing { id: id.into(), format: Format::Hl7v2, text: Phi::new(text), control_id: id.into() }
}

fn route(address: SocketAddr) -> MllpRoute {
    MllpRoute::new(address.to_string(), Timeouts { connect: Duration::from_secs(10), answer: Duration::from_secs(10) })
}

fn impatient(address: SocketAddr) -> MllpRoute {
    MllpRoute::new(
        address.to_string(),
        Timeouts { connect: Duration::from_secs(10), answer: Duration::from_millis(100) },
    )
}

fn assert_retry(result: Result<crate::Delivered, DeliveryError>) -> Cause {
    let error = result.unwrap_err();
    assert_eq!(error.disposition, Disposition::Retry { after: None });
    error.cause
}

#[tokio::test]
async fn one_connection_carries_all_deliveries_in_order() {
    let (address, log) =
        listener(vec![accepted("n1"), Step::Frames(vec![acknowledge("CA", "n2")]), accepted("n3")]).await;
    let route = route(address);
    assert_eq!(route.deliver(&item("n1")).await.unwrap().receipt, "AA");
    assert_eq!(route.deliver(&item("n2")).await.unwrap().receipt, "CA");
    assert_eq!(route.deliver(&item("n3")).await.unwrap().receipt, "AA");
    let log = log.lock().unwrap();
    assert_eq!(log.connections, 1);
    assert_eq!(log.messages, ["n1", "n2", "n3"].map(|id| item(id).text.into_inner()));
}

#[tokio::test]
async fn deliveries_at_the_same_time_take_turns() {
    let (address, log) = listener(vec![accepted("n1"), accepted("n2")]).await;
    let route = route(address);
    let (first, second) = (item("n1"), item("n2"));
    let (first, second) = tokio::join!(route.deliver(&first), route.deliver(&second));
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(log.lock().unwrap().connections, 1);
}

#[tokio::test]
async fn the_answer_repeats_only_the_first_component_of_the_control_id() {
    let (address, _) = listener(vec![accepted("n1")]).await;
    let mut item = item("n1");
    item.control_id = "n1^x".into();
    assert_eq!(route(address).deliver(&item).await.unwrap().receipt, "AA");
}

#[tokio::test]
async fn an_answer_to_another_message_is_not_taken_for_ours() {
    let answers = vec![acknowledge("AA", "old"), acknowledge("AE", "older"), acknowledge("AA", "n1")];
    let (address, log) = listener(vec![Step::Frames(answers), Step::Frames(vec![acknowledge("AA", "n1")])]).await;
    assert_eq!(route(address).deliver(&item("n1")).await.unwrap().receipt, "AA");
    // Nothing but answers to others: not delivered.
    let cause = assert_retry(impatient(address).deliver(&item("n2")).await);
    assert!(matches!(cause, Cause::AnswerTimeout { foreign: 1, .. }), "{cause:?}");
    assert_eq!(log.lock().unwrap().messages.len(), 2);
}

#[tokio::test]
async fn a_second_answer_to_the_last_message_does_not_disturb_the_next() {
    let both = Step::Frames(vec![acknowledge("CA", "n1"), acknowledge("AA", "n1")]);
    let (address, log) = listener(vec![both, Step::Frames(vec![acknowledge("AE", "n2")]), accepted("n3")]).await;
    let route = route(address);
    assert_eq!(route.deliver(&item("n1")).await.unwrap().receipt, "CA");
    assert_eq!(route.deliver(&item("n2")).await.unwrap_err().disposition, Disposition::Reject);
    assert_eq!(route.deliver(&item("n3")).await.unwrap().receipt, "AA");
    assert_eq!(log.lock().unwrap().connections, 1);
}

#[tokio::test]
async fn a_refusal_is_final_and_its_text_is_kept_but_not_printed() {
    for code in ["AE", "AR", "CE", "CR"] {
        for id in ["n1", ""] {
            let answer = format!("{}ERR|odd\r", acknowledge(code, &format!("{id}|No channel for this")));
            let (address, _) = listener(vec![Step::Frames(vec![answer])]).await;
            let error = route(address).deliver(&item("n1")).await.unwrap_err();
            assert_eq!(error.disposition, Disposition::Reject);
            assert!(!format!("{error:?} {error} {}", error.cause).contains("channel"));
            let Cause::Refused { code: found, text } = error.cause else { panic!("not a refusal") };
            assert_eq!((found, text.expose().as_str()), (code, "No channel for this"));
        }
    }
}

#[tokio::test]
async fn an_answer_beyond_a_mebibyte_is_not_read() {
    let answer = format!("{}NTE|1||{}\r", acknowledge("AA", "n1"), "x".repeat(1 << 20));
    let (address, _) = listener(vec![Step::FramesThenClose(vec![answer])]).await;
    let cause = assert_retry(route(address).deliver(&item("n1")).await);
    assert!(!matches!(cause, Cause::AnswerTimeout { .. }), "it is known at once: {cause:?}");
}

#[tokio::test]
async fn an_answer_that_acknowledges_nothing_is_a_retry_on_a_new_connection() {
    for answer in ["", "hello", "MSH|^~\\&|OIE\r", "MSA|AA|n1\r", "MSH|^~\\&|OIE\rMSA|ZZ|n1\r"] {
        let (address, log) = listener(vec![Step::Frames(vec![answer.to_owned()]), accepted("n1")]).await;
        let route = route(address);
        let cause = assert_retry(route.deliver(&item("n1")).await);
        assert!(matches!(cause, Cause::NotAnAcknowledgement), "{answer:?}: {cause:?}");
        assert_eq!(route.deliver(&item("n1")).await.unwrap().receipt, "AA");
        let log = log.lock().unwrap();
        assert_eq!(log.connections, 2);
        assert_eq!(log.messages[0], log.messages[1], "a retry repeats the bytes");
    }
}

#[tokio::test]
async fn silence_is_a_retry_and_the_late_answer_is_never_seen() {
    let (address, log) = listener(vec![Step::Nothing, accepted("n1")]).await;
    let route = impatient(address);
    let cause = assert_retry(route.deliver(&item("n1")).await);
    assert!(matches!(cause, Cause::AnswerTimeout { foreign: 0, .. }), "{cause:?}");
    assert_eq!(route.deliver(&item("n1")).await.unwrap().receipt, "AA");
    assert_eq!(log.lock().unwrap().connections, 2);
}

#[tokio::test]
async fn a_close_a_reset_or_half_an_answer_is_a_retry() {
    for step in [Step::Close, Step::Reset, Step::Raw(b"\x0BMSH|^~\\&|OIE\rMSA|AA|n1\r")] {
        let (address, _) = listener(vec![step, accepted("n1")]).await;
        let route = route(address);
        let cause = assert_retry(route.deliver(&item("n1")).await);
        assert!(matches!(cause, Cause::Closed | Cause::Connection(_)), "{cause:?}");
        assert_eq!(route.deliver(&item("n1")).await.unwrap().receipt, "AA");
    }
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_within_the_delivery() {
    let close_after = |id: &str| Step::FramesThenClose(vec![acknowledge("AA", id)]);
    let (address, log) =
        listener(vec![close_after("n1"), close_after("n2"), accepted("n3"), Step::Close, accepted("n4")]).await;
    let route = route(address);
    for id in ["n1", "n2", "n3", "n4"] {
        assert_eq!(route.deliver(&item(id)).await.unwrap().receipt, "AA", "{id}");
    }
    assert_eq!(log.lock().unwrap().connections, 4);
}

/// Engines accept one connection too many and close it without a byte.
#[tokio::test]
async fn a_listener_that_is_full_is_a_retry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            if held.len() < 10 {
                held.push(stream);
            }
        }
    });
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    let cause = assert_retry(route(address).deliver(&item("n1")).await);
    assert!(matches!(cause, Cause::Closed | Cause::Connection(_)), "{cause:?}");
}

#[tokio::test]
async fn a_stopped_listener_is_a_retry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let cause = assert_retry(route(address).deliver(&item("n1")).await);
    assert!(matches!(cause, Cause::Connect(_)), "{cause:?}");
}

/// A dropped delivery leaves an answer on its way; the next delivery must not read it.
#[tokio::test]
async fn an_abandoned_delivery_does_not_leave_its_connection_behind() {
    let (address, log) = listener(vec![Step::Nothing, accepted("n2")]).await;
    let route = route(address);
    let first = item("n1");
    assert!(tokio::time::timeout(Duration::from_millis(100), route.deliver(&first)).await.is_err());
    assert_eq!(route.deliver(&item("n2")).await.unwrap().receipt, "AA");
    assert_eq!(log.lock().unwrap().connections, 2);
}

#[tokio::test]
async fn text_that_cannot_be_framed_is_rejected_before_anything_is_sent() {
    let (address, log) = listener(vec![]).await;
    let mut item = item("n1");
    item.text = Phi::new("MSH|^~\\&|A\rNTE|1||a\u{1C}b\r".into());
    let error = route(address).deliver(&item).await.unwrap_err();
    assert!(matches!((error.disposition, error.cause), (Disposition::Reject, Cause::NotFrameable)));
    assert_eq!(log.lock().unwrap().connections, 0);
}

#[tokio::test]
async fn send_once_gives_back_the_raw_answer() {
    let (address, _) = listener(vec![Step::Frames(vec!["anything".into()]), Step::Nothing]).await;
    let timeouts = Timeouts { connect: Duration::from_secs(10), answer: Duration::from_millis(100) };
    assert_eq!(send_once(&address.to_string(), b"MSH|1", timeouts).await.unwrap(), b"anything");
    let cause = send_once(&address.to_string(), b"MSH|2", timeouts).await.unwrap_err();
    assert!(matches!(cause, Cause::AnswerTimeout { .. }));
}
