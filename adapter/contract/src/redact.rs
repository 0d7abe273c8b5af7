//! `{:?}` without what messages and answers say about people.
//!
//! Records that carry patient data do not derive `Debug`: a log line or a failed assertion would print it. Each names the
//! fields that may be shown and those that may not, so that a new field is decided upon before the crate compiles.

use std::fmt;

/// What stands for a text: whether there is one, and how long.
pub(crate) struct Hidden(pub(crate) usize);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} hidden]", self.0)
    }
}

/// How much there is to hide.
pub(crate) trait Amount {
    /// Bytes of a text, elements of a list.
    fn amount(&self) -> usize;
}

impl Amount for String {
    fn amount(&self) -> usize {
        self.len()
    }
}

impl<T> Amount for Vec<T> {
    fn amount(&self) -> usize {
        self.len()
    }
}

impl<T: Amount> Amount for Option<T> {
    fn amount(&self) -> usize {
        self.as_ref().map_or(0, Amount::amount)
    }
}

/// Implements `Debug` for a record: `show` prints the fields, `hide` says only how long they are.
macro_rules! redacted {
    ($name:ident { show $($shown:ident),* ; hide $($hidden:ident),+ }) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self { $($shown,)* $($hidden,)+ } = self;
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($shown), $shown))*
                    $(.field(stringify!($hidden), &$crate::redact::Hidden($crate::redact::Amount::amount($hidden))))+
                    .finish()
            }
        }
    };
}
pub(crate) use redacted;

#[cfg(test)]
mod tests {
    use crate::*;

    /// Stands wherever a record may hold something about a person.
    const SECRET: &str = "3AA1AA1AA11 Roe";

    fn secret() -> String {
        SECRET.to_owned()
    }

    fn issue() -> Issue {
        Issue::new(Severity::Error, "required", "Patient.name", secret())
    }

    fn notice() -> Notice {
        Notice {
            kind: NoticeKind::Outcome,
            severity: Severity::Information,
            participant: "ACCES12345".to_owned(),
            operation: "align".to_owned(),
            track: "CKM".to_owned(),
            code: "aligned".to_owned(),
            system: String::new(),
            display: String::new(),
            text: secret(),
            next_step: String::new(),
            submission: "S1".to_owned(),
            cms_submission: String::new(),
            control_id: String::new(),
            reference: Some(secret()),
            reply_application: String::new(),
            reply_facility: String::new(),
            patient: secret(),
            mbi: Some(secret()),
            dates: vec![NamedDate { name: "effective".to_owned(), date: secret() }],
            issues: vec![issue()],
        }
    }

    fn intent() -> Intent {
        Intent {
            operation: Operation::Align,
            track: Track::Ckm,
            mode: Mode::Auto,
            rule: "enroll".to_owned(),
            why: "asked".to_owned(),
            reason: None,
            conditions: vec![secret()],
            provider_referral: None,
            switch_consent: None,
            visit: Some(secret()),
            after: None,
            basis: String::new(),
            report: None,
            reference: Some(secret()),
        }
    }

    fn entry() -> Entry {
        Entry { key: secret(), kind: EntryKind::Measure, code: "HbA1c".to_owned(), at: secret(), document: secret() }
    }

    fn outcome() -> Outcome {
        Outcome {
            class: OutcomeClass::Done,
            code: "aligned".to_owned(),
            system: String::new(),
            display: String::new(),
            meaning: String::new(),
            next_step: String::new(),
            text: secret(),
            issues: vec![issue()],
        }
    }

    fn subject() -> Subject {
        Subject { keys: vec![secret()], prior_keys: vec![secret()], entry_keys: vec![secret()], facts: secret() }
    }

    fn command() -> Command {
        let action = CommandAction::Withdraw;
        Command { action, reference: None, operation: None, track: None, visit: Some(secret()), rule: None }
    }

    fn change() -> ChartChange {
        let entries = vec![entry()];
        ChartChange { id: None, keys: vec![secret()], absorbed: vec![], document: secret(), entries, look_at: None }
    }

    #[test]
    fn no_record_prints_what_it_says_about_a_person() {
        let record = ChartRecord { id: "C1".to_owned(), document: secret() };
        let plan = Plan {
            chart: Some(change()),
            intents: vec![intent()],
            commands: vec![command()],
            notices: vec![notice()],
            issues: vec![],
        };
        let settlement = Settlement {
            participant: String::new(),
            operation: Operation::Align,
            track: Track::Ckm,
            submission: String::new(),
            cms_submission: String::new(),
            control_id: String::new(),
            basis: String::new(),
            outcome: outcome(),
            at: String::new(),
            accepted_at: String::new(),
            attempted_at: String::new(),
            report: None,
            entries: vec![secret()],
            payload: secret(),
        };
        let reading = Reading {
            header: Header::default(),
            participant: String::new(),
            subjects: vec![subject()],
            observations: 0,
            unmapped: vec![],
            issues: vec![],
        };
        let line = AccountLine {
            path: "PID-5".to_owned(),
            name: String::new(),
            fate: Fate::Used,
            rules: vec![],
            facts: vec![],
            value: Some(secret()),
        };
        let request = PlanRequest {
            participant: String::new(),
            feed: String::new(),
            facts: secret(),
            charts: vec![record.clone()],
            entries: vec![entry()],
            now: String::new(),
        };
        let dated = DatedEntry { entry: entry(), changed_at: String::new() };
        let gather = GatherRequest {
            participant: String::new(),
            facts: secret(),
            received_at: String::new(),
            charts: vec![record.clone()],
            stored: vec![dated.clone()],
            found: vec![dated.clone()],
            now: String::new(),
        };
        let take_up = TakeUpRequest {
            participant: String::new(),
            chart: record.clone(),
            stored: vec![dated.clone()],
            found: vec![dated],
            now: String::new(),
        };
        let payload = Payload {
            operation: Operation::Align,
            track: Track::Ckm,
            body: secret(),
            provenance: vec![],
            issues: vec![],
            entries: vec![secret()],
        };
        let report = ReportRequest {
            participant: String::new(),
            intent: intent(),
            chart: secret(),
            entries: vec![entry()],
            at: String::new(),
        };
        let exchange = Exchange {
            operation: Operation::Align,
            phase: Phase::Poll,
            status: 200,
            content_type: String::new(),
            body: secret(),
        };
        let envelope =
            Envelope { id: "N1".to_owned(), at: String::new(), sender: String::new(), answer: Some(secret()) };
        let printed: Vec<String> = vec![
            format!("{exchange:?} {:?} {settlement:?}", outcome()),
            format!("{:?}", Settled { document: secret(), notices: vec![notice()] }),
            format!(
                "{:?} {:?} {record:?} {request:?} {:?} {plan:?} {payload:?} {report:?}",
                intent(),
                command(),
                change()
            ),
            format!("{:?} {envelope:?} {gather:?} {take_up:?}", notice()),
            format!("{:?} {reading:?} {:?}", subject(), Account { lines: vec![line], truncated: false }),
        ];
        for text in &printed {
            assert!(!text.contains("3AA1") && !text.contains("Roe"), "{text}");
        }
        // What may be shown still is.
        assert!(printed[0].contains("status: 200, content_type: \"\", body: [15 hidden]"), "{}", printed[0]);
        assert!(printed[3].contains("submission: \"S1\""), "{}", printed[3]);
    }
}
