//! Mails.

use super::{good, guide, incoming, lines, mail, notice, problem, reader, said, usual};
use crate::{Form, Incoming, Problem};

#[test]
fn each_of_the_eight_mails_is_read_by_its_title_and_by_its_code() {
    let guide = guide();
    assert_eq!(guide.events.len(), 8);
    for event in &guide.events {
        for name in [&event.display, &event.code].into_iter().chain(&event.aliases) {
            assert_eq!(good(&mail(&usual("", name))), &said(&event.code), "{name}");
        }
    }
    for name in ["Provider Lock-In Period Ending", "PARTICIPANT LOCK\u{2011}IN PERIOD ENDING", "provider-lock-ending"] {
        assert_eq!(
            good(&mail(&usual("Content-Type: text/plain; charset=utf-8\r\n", name))).event,
            "participant-lock-ending"
        );
    }
}

#[test]
fn the_subject_tells_the_event_where_the_body_does_not() {
    for subject in [
        "ACCESS Model Notification - Control Group Period Ending",
        "Fwd: [EXTERNAL] RE: ACCESS Model Notification - Control Group Period Ending (fwd)",
        "FW: access model notification: Control-Group Period Ending",
        "ACCESS Model Notification\r\n - Control Group\r\n Period Ending",
        "=?utf-8?Q?ACCESS_Model_Notification_=E2=80=93_Control_Group_Period_Ending?=",
        "=?UTF-8?B?QUNDRVNTIE1vZGVsIE5vdGlmaWNhdGlvbiAtIENvbnRyb2wgR3JvdXAgUGVyaW9kIEVuZGluZw==?=",
    ] {
        let text = format!("From: a@b.example\r\nSubject: {subject}\r\n\r\nSubmission ID: s-1\r\n");
        assert_eq!(good(&mail(&text)), &notice("control-group-ending", "s-1", "", ""), "{subject}");
    }
    let other = "From: a@b.example\r\nSubject: Control Group Period Ending\r\n\r\nSubmission ID: s-1\r\n";
    assert_eq!(good(&mail(other)).event, "", "not a subject of CMS");
}

#[test]
fn an_event_that_is_not_known_leaves_the_rest() {
    assert_eq!(good(&mail(&usual("", "Something New"))), &said(""));
}

/// A mail that took an unalignment back ended the alignment, and so did one that quoted an unalignment below its own news.
#[test]
fn an_event_counts_whole_and_only_the_first() {
    for title in [
        "Unalignment Notice Rescinded",
        "No Unalignment Notice",
        "Unalignment Notice\r\n  withdrawn",
        "unalignment void",
    ] {
        assert_eq!(good(&mail(&usual("", title))), &said(""), "{title}");
    }
    let quoted =
        usual("", "Payment Summary Posted") + "\r\n> Event: Unalignment Notice\r\n> Submission ID: sub-7f3a-000002\r\n";
    assert_eq!(good(&mail(&quoted)), &said(""));
    // Nor does the subject stand in for an event that is not known.
    let subject = usual("", "Unalignment Notice").replace("Event: Unalignment Notice", "Event: Payment Summary Posted");
    assert_eq!(good(&mail(&subject)), &said(""));
    let rescinded = "From: a@b.example\r\nSubject: ACCESS Model Notification - Unalignment Notice Rescinded\r\n\r\nSubmission ID: s-1\r\n";
    assert_eq!(good(&mail(rescinded)).event, "");
    assert_eq!(good(&mail(&usual("", "Unalignment Notice."))), &said("unalignment"));
}

/// A help desk wrote that a notice went out by mistake; the notice was quoted below, and the alignment was ended.
#[test]
fn what_is_only_quoted_or_carried_along_is_read_and_told_as_such() {
    assert!(!mail(&usual("", "Unalignment Notice")).quoted);
    let tagged = usual("", "Unalignment Notice").replace("Subject: ", "Subject: [EXTERNAL] ");
    assert!(!mail(&tagged).quoted);
    let notice = usual("", "Unalignment Notice");
    let signs: String = lines("Unalignment Notice").lines().map(|line| format!("> {line}\r\n")).collect();
    let bare = "From: desk@cms.example\r\nSubject: Your question\r\n";
    let html = format!(
        "{bare}Content-Type: text/html\r\n\r\n<p>By mistake.</p><blockquote><p>{}</p></blockquote>",
        lines("Unalignment Notice").replace("\r\n", "<br>")
    );
    let bounce = format!(
        "From: MAILER-DAEMON@cms.example\r\nSubject: Undelivered\r\nContent-Type: multipart/report; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\n{}--x\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n--x--\r\n",
        lines("Unalignment Notice")
    );
    let carried = |disposition: &str| {
        let inner = format!("Content-Type: message/rfc822\r\nContent-Disposition: {disposition}\r\n\r\n{notice}");
        mixed(&["Content-Type: text/plain\r\n\r\nSee below.", &inner]).replace("Fwd: something", "something")
    };
    for text in [
        format!("{bare}\r\nIt went out by mistake.\r\n\r\nOn Tuesday you wrote:\r\n\r\n{signs}"),
        format!("{bare}\r\nIt went out by mistake.\r\n\r\n{signs}"),
        format!("{bare}\r\nBy mistake.\r\n\r\n-----Original Message-----\r\n{}", lines("Unalignment Notice")),
        format!("{bare}\r\nBy mistake.\r\n\r\nFrom: a\r\nSent: b\r\nSubject: c\r\n\r\n{}", lines("Unalignment Notice")),
        notice.replace("Subject: ", "Subject: RE: "),
        notice.replace("Subject: ", "Subject: [EXTERNAL] Fwd: "),
        notice.replace("Subject: ", "Subject: Automatic reply: "),
        notice.replace("noreply@", "MAILER-DAEMON@"),
        usual("In-Reply-To: <q@clinic.example>\r\n", "Unalignment Notice"),
        usual("Auto-Submitted: auto-replied\r\n", "Unalignment Notice"),
        html,
        bounce,
        carried("attachment"),
        carried("inline"),
    ] {
        let reading = mail(&text);
        assert_eq!((good(&reading), reading.quoted), (&said("unalignment"), true), "{text}");
    }
    // The sender's own words come first, wherever they stand.
    let below = format!("{bare}\r\n{}\r\n{}", signs, lines("Aligned"));
    let reading = mail(&below);
    assert_eq!((good(&reading), reading.quoted), (&said("aligned"), false));
    // Of an answer about an alignment that quotes nothing, a mail inside does not say what it is about.
    let named = carried("inline").replace("See below.", "About submission.\r\nSubmission ID: sub-7f3a-000002\r\n");
    let reading = mail(&named);
    assert_eq!((good(&reading).event.as_str(), reading.quoted), ("", false));
}

#[test]
fn bodies_are_decoded() {
    let quoted = usual(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n",
        "Alignment Renewal Due",
    )
    .replace("ID: sub-7f3a", "ID:=20sub-7f=\r\n3a")
    .replace("Deadline Date:", "Deadline=C2=A0Date:");
    assert_eq!(good(&mail(&quoted)), &said("alignment-renewal"));
    // base64 of the four lines, in lines of 76.
    let coded = base64(lines("Unalignment Notice").as_bytes());
    let head = usual("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: BASE64\r\n", "x");
    let head = head.split_once("\r\n\r\n").unwrap().0.to_owned();
    assert_eq!(good(&mail(&format!("{head}\r\n\r\n{coded}"))), &said("unalignment"));
    // UTF-16 without a byte order mark, and a set of single bytes with a non-breaking blank.
    let wide: Vec<u8> = lines("Unalignment Notice").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let text = format!(
        "From: a@b.example\r\nContent-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        base64(&wide)
    );
    assert_eq!(good(&mail(&text)), &said("unalignment"));
    let mut latin = b"From: a@b.example\r\nContent-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".to_vec();
    latin.extend(lines("Unalignment Notice").replace("ID: ", "ID:\u{a0}").chars().map(|letter| letter as u8));
    assert_eq!(good(&reader().read(&incoming(&latin, Form::Mail))), &said("unalignment"));
}

#[test]
fn html_is_read_as_text() {
    let html = "<html><head><style>b{}</style></head><body><table><tr><td><b>Event:</b></td><td>Baseline Reporting&nbsp;Due</td></tr>\
                <tr><td>Submission ID:</td><td>sub-7f3a-000002</td></tr><tr><td>Participant ID:</td><td>ACCES12345</td></tr>\
                <tr><td>Deadline Date:</td><td>October&#160;1, 2026</td></tr></table><p>Action Required: report</p></body></html>";
    let alone = format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{html}");
    assert_eq!(good(&mail(&alone)), &said("baseline-reporting-window"));
    for (first, second) in [("Please read the HTML part.", html), (&*lines("Baseline Reporting Due"), html)] {
        let both = format!(
            "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=\"b 1\"\r\n\r\npreamble\r\n--b 1\r\nContent-Type: text/plain\r\n\r\n\
             {first}\r\n--b 1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{second}\r\n--b 1--\r\n"
        );
        let reading = mail(&both);
        assert_eq!((good(&reading), reading.attachments), (&said("baseline-reporting-window"), 0));
    }
}

/// A mail of several parts.
fn mixed(parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--x\r\n{part}\r\n")).collect();
    format!(
        "From: a@b.example\r\nSubject: Fwd: something\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{parts}--x--\r\n"
    )
}

#[test]
fn attachments_are_counted_and_not_read() {
    let body = format!("Content-Type: text/plain\r\n\r\n{}", lines("Aligned"));
    let other = lines("Unalignment Notice").replace("sub-7f3a", "sub-other");
    let text = mixed(&[
        &body,
        &format!(
            "Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n{other}"
        ),
        "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=",
        "Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nnot base64 at all",
        &format!("Content-Type: text/calendar\r\n\r\n{other}"),
    ]);
    let reading = mail(&text);
    assert_eq!((good(&reading), reading.attachments), (&said("aligned"), 4));
}

#[test]
fn a_forwarded_mail_is_read_where_it_is_quoted_and_where_it_is_attached() {
    let quoted: String = usual("", "Quarterly Reporting Due").lines().map(|line| format!("> {line}\r\n")).collect();
    let inline = format!(
        "From: a@clinic.example\r\nSubject: Fwd: ACCESS\r\n\r\nPlease see.\r\n\r\n---------- Forwarded message ---------\r\n{quoted}"
    );
    assert_eq!(good(&mail(&inline)), &said("quarterly-reporting-window"));
    let whole = usual("", "Something Old")
        .replace("Event: Something Old\r\nSub", "Sub")
        .replace("Something Old", "Quarterly Reporting Due");
    let attached = mixed(&[
        "Content-Type: text/plain\r\n\r\nSee attached.",
        &format!("Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n{whole}"),
    ]);
    assert_eq!(good(&mail(&attached)), &said("quarterly-reporting-window"));
    let coded = base64(whole.as_bytes());
    let attached = mixed(&[
        "Content-Type: text/plain\r\n\r\nSee attached.",
        &format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}"),
    ]);
    assert_eq!(good(&mail(&attached)), &said("quarterly-reporting-window"));
}

#[test]
fn a_mail_without_an_id_or_with_several_is_a_problem_and_keeps_the_rest() {
    for text in [
        "",
        "Submission ID:\r\n",
        "Submission ID: ---\r\n",
        "Submission ID: ()\r\n",
        &format!("Submission ID: {}\r\n", "x".repeat(257)),
    ] {
        let reading = mail(&format!("From: a@b.example\r\n\r\nEvent: Aligned\r\n{text}\r\n"));
        assert_eq!(
            (problem(&reading), reading.notice.cms_submission.as_str()),
            (Some(Problem::SubmissionMissing), ""),
            "{text}"
        );
    }
    let reading = mail(&(usual("", "Aligned") + "\r\n> Submission ID: sub-other\r\n"));
    assert_eq!((problem(&reading), &reading.notice), (Some(Problem::SubmissionContradicted), &said("aligned")));
    // The same one again is no contradiction.
    good(&mail(&(usual("", "Aligned") + "\r\n> Submission ID: <sub-7f3a-000002>.\r\n")));
}

#[test]
fn senders_are_compared_with_the_listed_domains() {
    let domains: &[&str] = &["cms.example", "@Clinic.example"];
    for (from, allowed) in [
        ("a@cms.example", true),
        ("CMS <a@ACCESS.CMS.example>", true),
        ("\"a@evil.example\" <a@clinic.example>", true),
        ("a@cms.example, b@clinic.example", true),
        ("a@cms.example, b@evil.example", false),
        ("a@notcms.example", false),
        ("a@cms.example.evil.example", false),
        ("a@cms.example@evil.example", false),
        ("cms.example", false),
        ("<a@cms.example", false),
        ("", false),
    ] {
        let text = format!("From: {from}\r\n\r\n{}", lines("Aligned"));
        let listed = Incoming {
            domains: domains.iter().map(|one| (*one).to_owned()).collect(),
            ..incoming(text.as_bytes(), Form::Mail)
        };
        let expected = (!allowed).then_some(Problem::SenderNotAllowed);
        assert_eq!(reader().read(&listed).problem, expected, "{from}");
        assert_eq!(mail(&text).problem, None, "{from}");
    }
    let twice = format!("From: a@cms.example\r\nFrom: b@evil.example\r\n\r\n{}", lines("Aligned"));
    let listed = Incoming { domains: ["cms.example".to_owned()].into(), ..incoming(twice.as_bytes(), Form::Mail) };
    assert_eq!(reader().read(&listed).problem, Some(Problem::SenderNotAllowed));
}

#[test]
fn the_same_mail_on_another_way_is_the_same() {
    let first = mail(&usual("Received: from a by b\r\n", "Aligned"));
    let second = mail(
        &("From MAILER-DAEMON Sat Nov 28 12:00:00 2026\r\n".to_owned()
            + &usual("Received: from c by d\r\nX-Spam: no\r\n", "Aligned")),
    );
    assert_eq!((&first.identity, first.content_hash == second.content_hash), (&second.identity, false));
    // Another reminder about the same alignment is another mail; so is one that says something else under the same id.
    let later = usual("", "Aligned").replace("n1@cms", "n2@cms");
    let other = usual("", "Aligned").replace("October 1", "October 2");
    for text in [later, other] {
        assert_ne!(mail(&text).identity, first.identity);
    }
    // Without an id of its own, or without saying whose it is, the bytes decide.
    let nameless = mail(&usual("", "Aligned").replace("Message-ID: <n1@cms.example>\r\n", ""));
    assert_eq!(nameless.identity, nameless.content_hash);
    let lost = mail("Message-ID: <n1@cms.example>\r\n\r\nnothing\r\n");
    assert_eq!(lost.identity, lost.content_hash);
}

/// base64 in lines of 76 letters.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * position)) as usize & 63];
            text.push(if position > chunk.len() { '=' } else { char::from(letter) });
        }
        if text.len() % 78 == 76 {
            text.push_str("\r\n");
        }
    }
    text
}
