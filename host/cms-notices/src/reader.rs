//! Bytes to a reading.

#[cfg(test)]
mod tests;

use crate::labels::Labelled;
use crate::mail::FORWARDED;
use crate::{CmsNotice, Form, Incoming, Limits, Problem, Reading, bundle, dates, labels, mail};
use access_mappings::Guide;
use bridge_types::content_hash;
use std::sync::Arc;

/// What the subject of a notice begins with.
const SUBJECT: &str = "access model notification";

/// Reads mails and messages by the facts of a guide.
#[derive(Debug, Clone)]
pub struct Reader {
    guide: Arc<Guide>,
}

/// What was found, before it is judged.
#[derive(Debug, Default)]
struct Found {
    /// The mail's or message's own id, or empty.
    id: String,
    notice: CmsNotice,
    problem: Option<Problem>,
    quoted: bool,
    attachments: u32,
}

impl Reader {
    /// A reader by a guide's facts.
    #[must_use]
    pub fn new(guide: Arc<Guide>) -> Self {
        Self { guide }
    }

    /// Reads a mail or message. Never fails; the time it takes grows with the size.
    #[must_use]
    pub fn read(&self, incoming: &Incoming) -> Reading {
        let bytes = incoming.bytes.expose();
        let mut found = if incoming.cut || bytes.len() > Limits::BYTES {
            Found { problem: Some(Problem::TooLarge), ..Found::default() }
        } else {
            match incoming.form {
                Form::Mail => self.mail(bytes, &incoming.domains),
                Form::Message => self.message(bytes),
            }
        };
        if found.problem.is_none() && found.notice.cms_submission.is_empty() {
            found.problem = Some(Problem::SubmissionMissing);
        }
        let content_hash = content_hash(bytes);
        let identity = identity(&found).unwrap_or_else(|| content_hash.clone());
        Reading {
            notice: found.notice,
            problem: found.problem,
            quoted: found.quoted,
            attachments: found.attachments,
            identity,
            content_hash,
        }
    }

    fn mail(&self, bytes: &[u8], domains: &[String]) -> Found {
        let mail = match mail::read(bytes) {
            Ok(mail) => mail,
            Err(problem) => return Found { problem: Some(problem), ..Found::default() },
        };
        // Parts say the same in two forms, and mails quote each other: of each text that names a submission the first counts,
        // the sender's own before all that is quoted, but all of them must name the same one.
        let (mut texts, mut quoted) = (Vec::new(), Vec::new());
        for piece in &mail.texts {
            let found = labels::find(&piece.text);
            if piece.own { &mut texts } else { &mut quoted }.push(found.own);
            quoted.push(found.quoted);
        }
        let own = texts.len();
        texts.extend(quoted);
        let ids: Vec<String> = texts.iter().flat_map(|text| &text.submissions).filter_map(|value| id(value)).collect();
        let chosen = texts.iter().position(|text| text.submissions.iter().any(|value| id(value).is_some()));
        let quoted = chosen.is_none_or(|at| at >= own);
        let nothing = Labelled::default();
        let chosen = chosen.and_then(|at| texts.get(at)).unwrap_or(&nothing);
        // Below may stand another notice: the first label counts, and the subject only where there is none. The subject of a mail
        // inside says nothing about what the sender writes.
        let labelled = chosen.events.first().map(String::as_str);
        let mut subjects = mail.subjects.iter().filter(|subject| subject.own || quoted);
        let name = labelled.or_else(|| subjects.find_map(|subject| title(&subject.text)));
        let event = name.and_then(|name| self.event(name));
        let mut problem = contradicted(&ids);
        if !is_allowed(&mail.domains, domains) {
            problem = Some(Problem::SenderNotAllowed);
        }
        let notice = CmsNotice {
            event: event.unwrap_or_default(),
            cms_submission: ids.into_iter().next().unwrap_or_default(),
            participant: chosen.participants.iter().find_map(|value| id(value)).unwrap_or_default(),
            deadline: chosen.deadlines.iter().find_map(|value| dates::find(value)),
        };
        Found { id: mail.id, notice, problem, quoted, attachments: mail.attachments }
    }

    fn message(&self, bytes: &[u8]) -> Found {
        let message = match bundle::read(bytes, &self.guide) {
            Ok(message) => message,
            Err(problem) => return Found { problem: Some(problem), ..Found::default() },
        };
        let ids: Vec<String> = message.submissions.iter().filter_map(|value| id(value)).collect();
        let problem = contradicted(&ids);
        let notice = CmsNotice {
            event: message.events.iter().find_map(|name| self.event(name)).unwrap_or_default(),
            cms_submission: ids.into_iter().next().unwrap_or_default(),
            participant: message.participants.iter().find_map(|value| id(value)).unwrap_or_default(),
            deadline: message.deadlines.iter().find_map(|value| dates::find(value)),
        };
        Found { id: message.id, notice, problem, quoted: false, attachments: 0 }
    }

    /// The code of the event that a value names. All of it must: more words may say the opposite.
    fn event(&self, value: &str) -> Option<String> {
        self.guide.notification(value).map(|event| event.code.clone())
    }
}

/// What a subject says after the fixed words, whatever forwarding put before them.
fn title(subject: &str) -> Option<&str> {
    let at = subject.to_ascii_lowercase().find(SUBJECT)?;
    let rest = subject.get(at + SUBJECT.len()..)?.trim_end();
    // What some mail programs put behind a subject that is forwarded.
    let cut = rest.len().saturating_sub(FORWARDED.len());
    let is_forwarded = rest.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(FORWARDED));
    let rest = if is_forwarded { rest.get(..cut)? } else { rest };
    Some(rest.trim_start_matches(|letter: char| !letter.is_alphanumeric()))
}

/// An id: the first word of a value, as far as it has the letters of one.
fn id(value: &str) -> Option<String> {
    let word = value.split_whitespace().next()?.trim_matches(['<', '>', '(', ')', '[', ']', '"', '\'', '*', '`']);
    let fits = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '~' | ':' | '/' | '%' | '=' | '+')
    };
    let end = word.find(|letter| !fits(letter)).unwrap_or(word.len());
    let id = word.get(..end)?.trim_end_matches(['.', ':']);
    let named = id.contains(|letter: char| letter.is_ascii_alphanumeric());
    (named && id.len() <= Limits::ID).then(|| id.to_owned())
}

fn contradicted(ids: &[String]) -> Option<Problem> {
    ids.iter().any(|id| ids.first() != Some(id)).then_some(Problem::SubmissionContradicted)
}

/// Whether every sender is of one of the domains, or of a part of one.
fn is_allowed(senders: &[String], domains: &[String]) -> bool {
    let listed = |sender: &String| {
        domains.iter().any(|domain| {
            let domain = domain.trim_start_matches(['@', '.']).to_ascii_lowercase();
            !domain.is_empty() && (*sender == domain || sender.ends_with(&format!(".{domain}")))
        })
    };
    domains.is_empty() || (!senders.is_empty() && senders.iter().all(listed))
}

/// The digest of a mail's own id with what it says; none where one of them is missing.
fn identity(found: &Found) -> Option<String> {
    let notice = &found.notice;
    if found.id.is_empty() || notice.cms_submission.is_empty() || found.problem.is_some() {
        return None;
    }
    let deadline = notice.deadline.map(|day| day.to_string()).unwrap_or_default();
    let parts = [&found.id, &notice.event, &notice.cms_submission, &notice.participant, &deadline];
    Some(content_hash(parts.map(String::as_str).join("\u{0}").as_bytes()))
}
