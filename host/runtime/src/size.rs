//! How large what the component gave back is: the bytes of its texts, and the places in its lists. Nothing is written down for it.

use access_contract::{
    Account, AccountLine, ChartChange, Command, CommandAction, DatedEntry, Deadline, Entry, EntryKind, Fate, Gathered,
    Header, Intent, Issue, Mode, NamedDate, Notice, NoticeKind, Operation, Outcome, OutcomeClass, Payload, Plan,
    Provenance, Reading, Refusal, ReportPeriod, Settled, Severity, Subject, Track, UnmappedCode, Verdict,
};

/// Something with a size.
pub(crate) trait Size {
    /// Its size in bytes, beyond its own place.
    fn size(&self) -> usize;
}

impl Size for String {
    fn size(&self) -> usize {
        self.len()
    }
}

impl<T: Size> Size for Option<T> {
    fn size(&self) -> usize {
        self.as_ref().map_or(0, Size::size)
    }
}

impl<T: Size> Size for Vec<T> {
    fn size(&self) -> usize {
        // A list of empty texts takes room, too.
        self.iter().map(Size::size).fold(size_of_val(self.as_slice()), usize::saturating_add)
    }
}

impl<T: Size, E: Size> Size for Result<T, E> {
    fn size(&self) -> usize {
        match self {
            Ok(result) => result.size(),
            Err(refusal) => refusal.size(),
        }
    }
}

/// What has no text.
macro_rules! plain {
    ($($name:ty),+) => {
        $(impl Size for $name {
            fn size(&self) -> usize {
                0
            }
        })+
    };
}
plain!(bool, u16, u32);

/// Words: those of a later version come as texts.
macro_rules! words {
    ($($name:ty),+) => {
        $(impl Size for $name {
            fn size(&self) -> usize {
                self.as_str().len()
            }
        })+
    };
}
words!(CommandAction, EntryKind, Fate, Mode, NoticeKind, Operation, OutcomeClass, Severity, Track, Verdict);

/// Records, with all of their fields: one that is left out does not compile.
macro_rules! records {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        $(impl Size for $name {
            fn size(&self) -> usize {
                let Self { $($field),+ } = self;
                [$($field.size()),+].into_iter().fold(0, usize::saturating_add)
            }
        })+
    };
}
pub(crate) use records;

records! {
    Issue { severity, code, location, message, hint, rule, condition }
    Header {
        control_id, message_type, event, version, processing_id, sent_at, sending_application, sending_facility,
        receiving_application, receiving_facility
    }
    Entry { key, kind, code, at, document }
    ReportPeriod { kind, period, alignment, from, until }
    Subject { keys, prior_keys, entry_keys, facts }
    Reading { header, participant, subjects, observations, unmapped, issues }
    UnmappedCode { table, code, display, system, unit }
    AccountLine { path, name, fate, rules, facts, value }
    Account { lines, truncated }
    Refusal { verdict, header, issues }
    ChartChange { id, keys, absorbed, document, entries, look_at }
    Intent {
        operation, track, mode, rule, why, reason, conditions, provider_referral, switch_consent, visit, after, basis, report,
        reference
    }
    Command { action, reference, operation, track, visit, rule }
    NamedDate { name, date }
    Notice {
        kind, severity, participant, operation, track, code, system, display, text, next_step, submission, cms_submission,
        control_id, reference, reply_application, reply_facility, patient, mbi, dates, issues
    }
    Plan { chart, intents, commands, notices, issues }
    DatedEntry { entry, changed_at }
    Gathered { found, issues }
    Provenance { element, source, feed, rule }
    Payload { operation, track, body, provenance, issues, entries }
    Deadline { track, kind, period, alignment, opens, from, due, state, missing }
    Outcome { class, code, system, display, meaning, next_step, text, issues }
    Settled { document, notices }
}

#[cfg(test)]
mod tests {
    use super::Size;
    use access_contract::{Issue, Plan, Refusal, Severity, Verdict};

    #[test]
    fn every_text_and_every_place_counts() {
        let issue = Issue::new(Severity::Error, "code", "PID-3", "message").hint("hint");
        let texts = "error".len() + "code".len() + "PID-3".len() + "message".len() + "hint".len();
        assert_eq!(issue.size(), texts);
        let plan = Plan { issues: vec![issue.clone(), issue.clone()], ..Plan::default() };
        assert_eq!(plan.size(), 2 * (texts + size_of::<Issue>()));
        let refused: Result<Plan, Issue> = Err(issue);
        assert_eq!(refused.size(), texts);
        assert_eq!(vec![String::new(); 3].size(), 3 * size_of::<String>());
        let word = Refusal {
            verdict: Verdict::from("a word of a later version".to_owned()),
            header: access_contract::Header::default(),
            issues: vec![],
        };
        assert_eq!(word.size(), "a word of a later version".len());
    }
}
