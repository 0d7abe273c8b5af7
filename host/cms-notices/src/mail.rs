//! What a mail says that counts here: sender, its own id, subject, and the texts of its body.
//!
//! Texts are the `text/plain` and `text/html` parts that are not attached, the outer mail's before those of mails inside it
//! (forwarded as they were). Everything else is an attachment: counted, not decoded.
//!
//! Only the outer mail is its sender's own, and not where it says of itself that it answers, forwards or reports another.

use crate::{Limits, Problem, html};
use mailparse::body::Body;
use mailparse::{DispositionType, MailAddr, MailHeaderMap, ParsedMail};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a subject of a forwarded mail may end with.
pub(crate) const FORWARDED: &str = "(fwd)";

/// What a subject begins with where the mail is about another one.
const ANSWERS: [&str; 5] = ["re:", "fw:", "fwd:", "automatic reply:", "undeliverable:"];
/// Who reports what became of a mail.
const REPORTERS: [&str; 2] = ["mailer-daemon@", "postmaster@"];

/// A mail, as far as it is of concern.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// Domains of the addresses in `From`, lower case.
    pub(crate) domains: Vec<String>,
    /// `Message-ID`, or empty.
    pub(crate) id: String,
    /// Subjects, the outer mail's first.
    pub(crate) subjects: Vec<Piece>,
    /// Texts of bodies, in order.
    pub(crate) texts: Vec<Piece>,
    /// Parts that were left aside.
    pub(crate) attachments: u32,
}

/// A piece of a mail's text.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether it is the sender's own.
    pub(crate) own: bool,
}

/// Reads a mail.
pub(crate) fn read(bytes: &[u8]) -> Result<Mail, Problem> {
    let bytes = without_envelope(bytes);
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let boundaries = bytes.windows(3).filter(|window| window == b"\n--").count();
    if lines > Limits::LINES || boundaries > Limits::BOUNDARIES {
        return Err(Problem::TooComplex);
    }
    // The parser is not ours: whatever a mail does to it must not reach further than that mail.
    catch_unwind(AssertUnwindSafe(|| parse(bytes))).unwrap_or(Err(Problem::MailUnreadable))
}

/// The bytes without a line that an mbox puts before a mail.
fn without_envelope(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(b"From ") {
        return bytes;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    bytes.get(end..).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Result<Mail, Problem> {
    let parsed = mailparse::parse_mail(bytes).map_err(|_| Problem::MailUnreadable)?;
    if parsed.headers.is_empty() {
        return Err(Problem::MailUnreadable);
    }
    let mut mail = Mail { domains: domains(&parsed), id: id(&parsed), ..Mail::default() };
    let mut seen = 0;
    take(&parsed, !is_about_another(&parsed), &mut mail, &mut seen, Limits::DEPTH)?;
    Ok(mail)
}

/// Whether a mail says in its headers that it answers another, forwards it, or reports what became of it.
fn is_about_another(parsed: &ParsedMail<'_>) -> bool {
    let first = |name| parsed.headers.get_first_value(name).unwrap_or_default().trim().to_ascii_lowercase();
    let mut subject = &*first("Subject");
    // What a gateway puts before: `[EXTERNAL] RE: …`.
    while let Some((_, rest)) = subject.strip_prefix('[').and_then(|tag| tag.split_once(']')) {
        subject = rest.trim_start();
    }
    ANSWERS.iter().any(|mark| subject.starts_with(mark))
        || REPORTERS.iter().any(|reporter| first("From").contains(reporter))
        || subject.ends_with(FORWARDED)
        || !first("In-Reply-To").is_empty()
        || first("Auto-Submitted").starts_with("auto-replied")
        || parsed.ctype.mimetype == "multipart/report"
}

/// Takes what counts of a mail and of the mails inside it.
fn take(parsed: &ParsedMail<'_>, own: bool, mail: &mut Mail, seen: &mut usize, depth: usize) -> Result<(), Problem> {
    let piece = |text| Piece { text, own };
    mail.subjects.extend(parsed.headers.get_first_value("Subject").map(piece));
    let mut inside = Vec::new();
    // Children first to last, each before what follows it.
    let mut open = vec![parsed];
    while let Some(part) = open.pop() {
        *seen += 1;
        if *seen > Limits::PARTS {
            return Err(Problem::TooComplex);
        }
        if !part.subparts.is_empty() {
            open.extend(part.subparts.iter().rev());
            continue;
        }
        match part.ctype.mimetype.as_str() {
            "text/plain" if !is_attached(part) => mail.texts.extend(text(part).map(piece)),
            "text/html" if !is_attached(part) => {
                mail.texts.extend(text(part).map(|html| piece(html::text(&html))));
            }
            "message/rfc822" | "message/global" => inside.push(part),
            kind if kind.starts_with("multipart/") => {}
            _ => mail.attachments = mail.attachments.saturating_add(1),
        }
    }
    for part in inside {
        let body = part.get_body_raw().map_err(|_| Problem::MailUnreadable)?;
        match depth.checked_sub(1) {
            None => return Err(Problem::TooComplex),
            Some(depth) => match mailparse::parse_mail(&body) {
                Ok(inner) => take(&inner, false, mail, seen, depth)?,
                Err(_) => mail.attachments = mail.attachments.saturating_add(1),
            },
        }
    }
    Ok(())
}

fn is_attached(part: &ParsedMail<'_>) -> bool {
    part.get_content_disposition().disposition == DispositionType::Attachment
}

/// The text of a part, decoded and cut. What cannot be decoded is read as it stands.
fn text(part: &ParsedMail<'_>) -> Option<String> {
    let mut text = part.get_body().ok().or_else(|| match part.get_body_encoded() {
        Body::Base64(body) | Body::QuotedPrintable(body) => Some(String::from_utf8_lossy(body.get_raw()).into_owned()),
        Body::SevenBit(body) | Body::EightBit(body) => Some(String::from_utf8_lossy(body.get_raw()).into_owned()),
        Body::Binary(body) => Some(String::from_utf8_lossy(body.get_raw()).into_owned()),
    })?;
    text.truncate(text.floor_char_boundary(Limits::TEXT));
    Some(text)
}

/// The mail's own id, without brackets and blanks.
fn id(parsed: &ParsedMail<'_>) -> String {
    let id = parsed.headers.get_first_value("Message-ID").unwrap_or_default();
    id.trim().trim_matches(['<', '>']).chars().filter(|letter| !letter.is_whitespace()).take(998).collect()
}

/// The domains of everybody in `From`.
fn domains(parsed: &ParsedMail<'_>) -> Vec<String> {
    let domain = |address: &str| {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain.trim().trim_end_matches('.').to_ascii_lowercase()
    };
    let senders = parsed.headers.get_all_headers("From").into_iter().map(mailparse::addrparse_header);
    let mut domains = Vec::new();
    for list in senders {
        // A sender that cannot be read is nobody that a site lists.
        let Ok(list) = list else { return vec![String::new()] };
        for one in list.iter() {
            match one {
                MailAddr::Single(info) => domains.push(domain(&info.addr)),
                MailAddr::Group(group) => domains.extend(group.addrs.iter().map(|info| domain(&info.addr))),
            }
        }
    }
    domains
}
