//! What CMS tells by itself about alignments: mails, and FHIR message Bundles as an earlier version of the guide has it.
//!
//! Two halves that know nothing of each other:
//!
//! * **reading**: [`Reader`] turns bytes into a [`Reading`], a typed [`CmsNotice`] with what is wrong with it. Pure, bounded, and
//!   never fails: what cannot be read is a reading with a [`Problem`], since nothing that came may be lost;
//! * **sources**: a folder of files, a Maildir, an mbox, an IMAP mailbox, an HTTP endpoint. Each hands what came to a
//!   [`Sink`], and lets go of it only when the sink has taken it.
//!
//! Senders are not authenticated: DKIM and SPF are for the mail server in front. A site can list the domains it takes mails
//! from. What a mail can do is little: it names no patient, is matched by an id that only CMS and this installation know, and at
//! most ends an alignment in the chart. What it only quotes or carries, somebody else may have written: a reading says so
//! ([`Reading::quoted`]), and whoever uses it changes nothing by it.
//!
//! Nothing of a mail is ever logged: no subject, no address, no file name.

mod bundle;
mod dates;
mod files;
mod folder;
mod html;
mod http;
mod imap;
#[cfg(test)]
mod kit;
mod labels;
mod mail;
mod maildir;
mod mbox;
mod notice;
mod quotes;
mod reader;
mod sink;
mod source;

pub use bridge_net::http::Limits as HttpLimits;
pub use folder::FolderSource;
pub use http::HttpEndpoint;
pub use imap::{ImapCause, ImapError, ImapOptions, ImapSource, Login, TlsError, Tokens, tls_settings};
pub use maildir::MaildirSource;
pub use mbox::MboxSource;
pub use notice::{CmsNotice, Form, Incoming, Limits, Problem, Reading};
pub use reader::Reader;
pub use sink::{NotTaken, Sink, Taken};
pub use source::{MailSource, SourceError, Watch};
