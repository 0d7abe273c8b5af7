//! Mails and messages as they may come. All are invented.

mod hostile;
mod mails;
mod messages;

use crate::{CmsNotice, Form, Incoming, Problem, Reader, Reading};
use access_mappings::{Guide, Sources, load_guide};
use bridge_types::Phi;
use jiff::civil::Date;
use std::sync::{Arc, OnceLock};

fn reader() -> &'static Reader {
    static READER: OnceLock<Reader> = OnceLock::new();
    READER.get_or_init(|| Reader::new(Arc::new(guide())))
}

fn guide() -> Guide {
    load_guide(&Sources::embedded(), "0.9.12").unwrap()
}

fn incoming(bytes: &[u8], form: Form) -> Incoming {
    Incoming { bytes: Phi::new(bytes.to_vec()), cut: false, form, source: "cms".into(), domains: [].into() }
}

fn mail(text: &str) -> Reading {
    reader().read(&incoming(text.as_bytes(), Form::Mail))
}

fn message(text: &str) -> Reading {
    reader().read(&incoming(text.as_bytes(), Form::Message))
}

fn notice(event: &str, id: &str, participant: &str, deadline: &str) -> CmsNotice {
    let deadline = (!deadline.is_empty()).then(|| deadline.parse::<Date>().unwrap());
    CmsNotice { event: event.into(), cms_submission: id.into(), participant: participant.into(), deadline }
}

/// A mail whose body has the four lines, with headers of its own before and after the usual ones.
fn usual(headers: &str, title: &str) -> String {
    format!(
        "From: CMS ACCESS <noreply@access.cms.example>\r\nTo: notices@clinic.example\r\nMessage-ID: <n1@cms.example>\r\n\
         Subject: ACCESS Model Notification - {title}\r\n{headers}\r\n{}",
        lines(title)
    )
}

/// The body as the guide describes it.
fn lines(title: &str) -> String {
    format!(
        "Event: {title}\r\nSubmission ID: sub-7f3a-000002\r\nParticipant ID: ACCES12345\r\nDeadline Date: October 1, 2026\r\n\r\n\
         Action Required: see below.\r\n\r\nAdditional Information: none.\r\n"
    )
}

/// What such a mail says.
fn said(event: &str) -> CmsNotice {
    notice(event, "sub-7f3a-000002", "ACCES12345", "2026-10-01")
}

fn good(reading: &Reading) -> &CmsNotice {
    assert_eq!(reading.problem, None);
    &reading.notice
}

fn problem(reading: &Reading) -> Option<Problem> {
    reading.problem
}
