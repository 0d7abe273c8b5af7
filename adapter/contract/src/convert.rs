//! Conversions between generated bindings and the contract, written once for both sides of the boundary.

/// Implements `From` both ways between the bindings of `wit/` and the contract.
///
/// The invoking crate has a module `crate::bindings` with the modules `types`, `feeds`, `submissions` and `notices`, each
/// holding the generated types of the interface of that name. The bindings of a guest and of a host spell them alike, so
/// the same text serves both; a change in `wit/` that is not carried through here does not compile on either side.
#[macro_export]
macro_rules! convert_bindings {
    () => {
        $crate::convert_words!(types, Severity, [Information, Warning, Error, Fatal]);
        $crate::convert_words!(types, Operation, [CheckEligibility, Align, Unalign, ReportData]);
        $crate::convert_words!(types, Track, [ECkm, Ckm, Msk, Bh]);
        $crate::convert_words!(feeds, Verdict, [Reject, NeedsPerson]);
        $crate::convert_words!(feeds, Mode, [Auto, Hold]);
        $crate::convert_words!(feeds, CommandAction, [Approve, Cancel, Withdraw]);
        $crate::convert_words!(
            feeds,
            NoticeKind,
            [Outcome, HeldForApproval, Deadline, CmsNotification, FeedProblem, SubmissionProblem]
        );
        $crate::convert_words!(feeds, EntryKind, [Measure, Questionnaire]);
        $crate::convert_words!(submissions, Phase, [Submit, Poll]);
        $crate::convert_words!(submissions, OutcomeClass, [Done, Refused, FixAndResend, Failed, Unknown]);
        $crate::convert_words!(notices, Format, [Hl7v2, Json, Fhir]);

        $crate::convert_record!(types, Issue { one severity, code, location, message, hint, rule, condition });
        $crate::convert_record!(
            feeds,
            Header {
                one control_id, message_type, event, version, processing_id, sent_at, sending_application,
                sending_facility, receiving_application, receiving_facility
            }
        );
        $crate::convert_record!(feeds, Entry { one key, kind, code, at, document });
        $crate::convert_record!(feeds, ReportPeriod { one kind, period, alignment, from, until });
        $crate::convert_record!(feeds, Subject { one keys, prior_keys, entry_keys, facts });
        $crate::convert_record!(feeds, Reading { one header, participant, observations; many subjects, unmapped, issues });
        $crate::convert_record!(feeds, UnmappedCode { one table, code, display, system, unit });
        $crate::convert_words!(feeds, Fate, [Used, Ignored, Unused]);
        $crate::convert_record!(feeds, AccountLine { one path, name, fate, rules, facts, value });
        $crate::convert_record!(feeds, Account { one truncated; many lines });
        $crate::convert_record!(feeds, Refusal { one verdict, header; many issues });
        $crate::convert_record!(feeds, ChartRecord { one id, document });
        $crate::convert_record!(feeds, PlanRequest { one participant, feed, facts, now; many charts, entries });
        $crate::convert_record!(feeds, DatedEntry { one entry, changed_at });
        $crate::convert_record!(
            feeds,
            GatherRequest { one participant, facts, received_at, now; many charts, stored, found }
        );
        $crate::convert_record!(feeds, Gathered { one; many found, issues });
        $crate::convert_record!(feeds, TakeUpRequest { one participant, chart, now; many stored, found });
        $crate::convert_record!(feeds, ChartChange { one id, keys, absorbed, document, look_at; many entries });
        $crate::convert_record!(
            feeds,
            Intent {
                one operation, track, mode, rule, why, reason, conditions, provider_referral, switch_consent, visit,
                after, basis, reference; many report
            }
        );
        $crate::convert_record!(feeds, Command { one action, reference, visit, rule; many operation, track });
        $crate::convert_record!(feeds, NamedDate { one name, date });
        $crate::convert_record!(
            feeds,
            Notice {
                one kind, severity, participant, operation, track, code, system, display, text, next_step, submission,
                cms_submission, control_id, reference, reply_application, reply_facility, patient, mbi;
                many dates, issues
            }
        );
        $crate::convert_record!(feeds, Plan { one; many chart, intents, commands, notices, issues });
        $crate::convert_record!(submissions, Provenance { one element, source, feed, rule });
        $crate::convert_record!(submissions, Payload { one operation, track, body, entries; many provenance, issues });
        $crate::convert_record!(submissions, ReportRequest { one participant, intent, chart, at; many entries });
        $crate::convert_record!(submissions, Deadline { one track, kind, period, alignment, opens, from, due, state, missing });
        $crate::convert_record!(submissions, Exchange { one operation, phase, status, content_type, body });
        $crate::convert_record!(
            submissions,
            Outcome { one class, code, system, display, meaning, next_step, text; many issues }
        );
        $crate::convert_record!(
            submissions,
            Settlement {
                one participant, operation, track, submission, cms_submission, control_id, basis, outcome, at, accepted_at,
                attempted_at, entries, payload;
                many report
            }
        );
        $crate::convert_record!(
            submissions,
            Announcement {
                one participant, event, deadline, track, submission, cms_submission, control_id, awaited, at;
                many issues
            }
        );
        $crate::convert_record!(submissions, Settled { one document; many notices });
        $crate::convert_record!(notices, Envelope { one id, at, sender, answer });
    };
}

/// One vocabulary, both ways. Used by [`convert_bindings!`].
#[doc(hidden)]
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "the invoking crate's own bindings are meant")]
macro_rules! convert_words {
    ($interface:ident, $name:ident, [$($case:ident),+]) => {
        impl From<$crate::$name> for crate::bindings::$interface::$name {
            fn from(word: $crate::$name) -> Self {
                match word { $($crate::$name::$case => Self::$case,)+ $crate::$name::Other(text) => Self::Other(text) }
            }
        }
        impl From<crate::bindings::$interface::$name> for $crate::$name {
            fn from(word: crate::bindings::$interface::$name) -> Self {
                use crate::bindings::$interface::$name as Bound;
                match word { $(Bound::$case => Self::$case,)+ Bound::Other(text) => Self::Other(text) }
            }
        }
    };
}

/// One record, both ways: `one` fields convert by `into`, `many` fields (lists and options of records) element by
/// element. Used by [`convert_bindings!`].
#[doc(hidden)]
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "the invoking crate's own bindings are meant")]
macro_rules! convert_record {
    ($interface:ident, $name:ident { one $($one:ident),* $(; many $($many:ident),*)? }) => {
        impl From<$crate::$name> for crate::bindings::$interface::$name {
            fn from(record: $crate::$name) -> Self {
                Self {
                    $($one: record.$one.into(),)*
                    $($($many: record.$many.into_iter().map(Into::into).collect::<$crate::Gather<_>>().into(),)*)?
                }
            }
        }
        impl From<crate::bindings::$interface::$name> for $crate::$name {
            fn from(record: crate::bindings::$interface::$name) -> Self {
                Self {
                    $($one: record.$one.into(),)*
                    $($($many: record.$many.into_iter().map(Into::into).collect::<$crate::Gather<_>>().into(),)*)?
                }
            }
        }
    };
}

/// Collects into a list or an option, whichever the field is. Used by [`convert_bindings!`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Gather<T>(Vec<T>);

impl<T> FromIterator<T> for Gather<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> From<Gather<T>> for Vec<T> {
    fn from(gathered: Gather<T>) -> Self {
        gathered.0
    }
}

impl<T> From<Gather<T>> for Option<T> {
    fn from(gathered: Gather<T>) -> Self {
        gathered.0.into_iter().next()
    }
}
