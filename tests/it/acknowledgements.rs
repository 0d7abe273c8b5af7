//! What the program answers, clause by clause: one answer for each message, in the sender's own signs, and the same for a repeat.

use kit::{Reply, Stage, fixture, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An ADT that asks for no enhanced acknowledgement.
fn plain(id: &str) -> String {
    let text = String::from_utf8(fixture("a01-ckm.hl7")).unwrap();
    text.replace("|LKS000101|P|2.5.1|||AL|NE|", &format!("|{id}|P|2.5.1|||||"))
}

fn answered(reply: Reply) -> String {
    match reply {
        Reply::Answer(text) => text,
        Reply::Nothing => panic!("no answer"),
    }
}

fn segment<'a>(answer: &'a str, name: &str) -> &'a str {
    answer.split('\r').find(|line| line.starts_with(name)).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_answered_once_as_it_asks_and_in_its_own_signs() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    // Original mode; MSA-2 byte for byte, sender and receiver swapped, MSH-11, MSH-12 and MSH-18 repeated.
    let odd = plain("a b^c~1");
    let answer = answered(program.exchange(odd.as_bytes()).await);
    assert_eq!(segment(&answer, "MSA"), "MSA|AA|a b^c~1", "{answer}");
    let header: Vec<&str> = segment(&answer, "MSH").split('|').collect();
    assert_eq!(header[2..6], ["ACCESSBRIDGE", "ACCESS", "EPIC", "LAKESHORE"]);
    assert_eq!((header[8], header[10], header[11]), ("ACK^A01^ACK", "P", "2.5.1"));
    assert_eq!(header[17], "UNICODE UTF-8");
    // Enhanced mode, by table 0155: one answer or none, never two.
    for (accept, application, bad, code) in [
        ("AL", "NE", false, "CA"),
        ("AL", "AL", false, "CA"),
        ("NE", "AL", false, "AA"),
        ("NE", "NE", false, ""),
        ("ER", "NE", false, ""),
        ("ER", "NE", true, "CR"),
        ("SU", "ER", true, "AR"),
    ] {
        let id = format!("M{accept}{application}{bad}");
        let mut text = plain(&id).replace("|2.5.1|||||", &format!("|2.5.1|||{accept}|{application}|"));
        if bad {
            text = text.replace("|P|2.5.1|", "|T|2.5.1|");
        }
        // Whatever follows on the connection is the answer to the next message, not a second one to this.
        let next = plain(&format!("N{id}"));
        let mut stream = TcpStream::connect(program.door()).await.unwrap();
        let framed = [b"\x0b", text.as_bytes(), b"\x1c\r\x0b", next.as_bytes(), b"\x1c\r"].concat();
        stream.write_all(&framed).await.unwrap();
        let mut heard = String::new();
        let mut chunk = [0; 4096];
        while !heard.contains(&format!("|N{id}\r")) {
            let count = tokio::time::timeout(std::time::Duration::from_secs(30), stream.read(&mut chunk))
                .await
                .unwrap()
                .unwrap();
            assert!(count > 0, "{heard}");
            heard.push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
        let told: Vec<&str> = heard.split('\r').filter(|line| line.starts_with("MSA")).collect();
        let expected = if code.is_empty() { vec![] } else { vec![format!("MSA|{code}|{id}")] };
        assert_eq!(told.len(), expected.len() + 1, "{accept} {application}: {told:?}");
        assert!(expected.iter().zip(&told).all(|(wanted, told)| told.starts_with(wanted)), "{told:?}");
    }
    // Other delimiters are the answer's, too.
    let other = plain("D1").replace('|', "#");
    let answer = answered(program.exchange(other.as_bytes()).await);
    assert_eq!(segment(&answer, "MSA"), "MSA#AA#D1", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_where_and_why_by_table_0357_and_never_what() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    for (from, to, code, condition, at) in [
        ("|P|2.5.1|", "|T|2.5.1|", "AR", "202", "MSH^1^11"),
        ("|P|2.5.1|", "|P|3.0|", "AR", "203", "MSH^1^12"),
        ("\rPID|1||", "\rZZZ|1||", "AE", "100", "PID"),
    ] {
        let text = plain(&format!("R{condition}")).replace(from, to);
        let answer = answered(program.exchange(text.as_bytes()).await);
        let told: Vec<&str> = segment(&answer, "MSA").split('|').collect();
        assert_eq!((told[1], told[2]), (code, format!("R{condition}").as_str()), "{answer}");
        assert!(!told[3].is_empty(), "operators of engines see MSA-3: {answer}");
        let error: Vec<&str> = segment(&answer, "ERR").split('|').collect();
        assert!(error[2].starts_with(at), "{answer}");
        assert!(error[3].starts_with(&format!("{condition}^")) && error[3].ends_with("^HL70357"), "{answer}");
        assert_eq!(error[4], "E");
        assert!(!answer.contains("Halvorsen") && !answer.contains("400112"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_answered_the_same_without_a_second_effect_and_a_reused_id_is_told_apart() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let feed = plain("SAME");
    for _ in 0..3 {
        assert_eq!(program.exchange(feed.as_bytes()).await.code(), "AA");
    }
    stage.engine.notice("SAME", "eligible").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 1);
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    let feeds = || -> i64 { ledger.query_row("SELECT count(*) FROM feeds", [], |row| row.get(0)).unwrap() };
    assert_eq!(feeds(), 1);
    // Another sender may use the same id, and so may the same one for other news: neither is taken for a repeat.
    assert_eq!(program.exchange(feed.replace("|EPIC|", "|OTHER|").as_bytes()).await.code(), "AA");
    assert_eq!(program.exchange(feed.replace("Prairie", "Meadow").as_bytes()).await.code(), "AA");
    assert_eq!(feeds(), 3);
    until("it is said on the log", || program.log().contains("control id was used before").then_some(())).await;
    // Refused feeds are repeated, too: the entry is counted.
    let bad = plain("BAD").replace("|P|2.5.1|", "|T|2.5.1|");
    for _ in 0..2 {
        assert_eq!(program.exchange(bad.as_bytes()).await.code(), "AR");
    }
    assert_eq!(stage.quarantine().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_in_one_frame_gets_one_answer_that_holds_one_for_each_message() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let text = answered(program.exchange(&fixture("batch-three.hl7")).await);
    assert!(text.starts_with("BHS|") && text.ends_with("BTS|3"), "{text}");
    let told: Vec<&str> = text.split('\r').filter(|line| line.starts_with("MSA")).collect();
    assert_eq!(told, ["MSA|CA|LKS000201", "MSA|CA|LKS000202", "MSA|CA|LKS000203"]);
    // Bare messages one after another: one answer, to the first, with the worst verdict.
    let both = [plain("FIRST"), plain("SECOND").replace("|P|2.5.1|", "|T|2.5.1|")].concat();
    let text = answered(program.exchange(both.as_bytes()).await);
    let told: Vec<&str> = text.split('\r').filter(|line| line.starts_with("MSA")).collect();
    assert!(
        told.len() == 1 && told[0].starts_with("MSA|AR|FIRST|message 2 of 2 in the frame, control id SECOND"),
        "{told:?}"
    );
}

/// Charts are changed optimistically; where everybody changes the same one, nobody may lose every time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_about_one_person_are_all_acknowledged() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let door = program.door().to_owned();
    let senders: Vec<_> = (0..32)
        .map(|sender| {
            let door = door.clone();
            tokio::spawn(async move {
                let mut codes = Vec::new();
                for number in 0..4 {
                    codes.push(kit::exchange(&door, plain(&format!("S{sender}N{number}")).as_bytes()).await);
                }
                codes
            })
        })
        .collect();
    for sender in senders {
        for reply in sender.await.unwrap() {
            assert_eq!(reply.code(), "AA");
        }
    }
}
