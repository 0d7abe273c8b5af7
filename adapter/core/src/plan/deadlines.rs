//! The words of notices about dates.

use super::notice::Word;
use crate::calendar::{self, Due};
use access_contract::Severity;
use access_mappings::TriggerMode;

/// How a report stands: nobody is told that something happens by itself where it does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    /// How reports of the track go out.
    pub(super) trigger: TriggerMode,
    /// Whether its window is open and nothing is missing here.
    pub(super) is_complete: bool,
    /// Whether a submission of it has ended without being accepted.
    pub(super) is_answered: bool,
}

/// What to say of a date at a stage: `missed`, `awaited` (its last day is over, and CMS has not answered), `late` (incomplete), `unsent`
/// (late and complete), `ended`, or a number of days before
/// it.
pub(super) fn words(due: &Due, stage: &str, sending: Sending) -> Option<Word<'static>> {
    if due.is_report() {
        return Some(report(due, stage, sending));
    }
    let over = stage == "ended";
    let word = match due.kind {
        calendar::LOCK_IN_END => lock_in(over),
        calendar::CONTROL_GROUP_END => control_group(over),
        calendar::RENEWAL => renewal(over, sending.trigger),
        _ => return None,
    };
    Some(word)
}

fn report(due: &Due, stage: &str, sending: Sending) -> Word<'static> {
    let text = |words: [&'static str; 3]| match due.kind {
        calendar::BASELINE => words[0],
        calendar::QUARTERLY => words[1],
        _ => words[2],
    };
    match stage {
        "missed" => Word {
            severity: &Severity::Error,
            code: "report-missed",
            display: "Report missed",
            text: text([
                "the last day of the baseline report has passed, and it was not accepted",
                "the last day of a quarterly report has passed, and it was not accepted",
                "the last day of the end-of-period report has passed, and it was not accepted",
            ]),
            next_step: if due.kind == calendar::BASELINE {
                "CMS unaligns patients without a baseline: ask CMS whether the patient is still aligned"
            } else {
                "ask CMS whether it can still be sent; `access-bridge report` with `--type` sends it"
            },
        },
        "awaited" => Word {
            severity: &Severity::Warning,
            code: "report-unanswered",
            display: "Report without an answer",
            text: text([
                "the last day of the baseline report has passed; it was asked for in time, and no answer of CMS is known",
                "the last day of a quarterly report has passed; it was asked for in time, and no answer of CMS is known",
                "the last day of the end-of-period report has passed; it was asked for in time, and no answer of CMS is known",
            ]),
            next_step: "look whether its submission was sent and is polled (`access-bridge submissions list`); what CMS answers is told",
        },
        "late" => Word {
            severity: &Severity::Error,
            code: "report-incomplete",
            display: "Report about to be late",
            text: text([
                "the baseline report is due soon and is not complete",
                "the quarterly report is due soon and is not complete",
                "the end-of-period report is due soon and is not complete",
            ]),
            next_step: incomplete(sending.trigger),
        },
        "unsent" => Word {
            severity: &Severity::Error,
            code: "report-unsent",
            display: "Report about to be late",
            text: text([
                "the baseline report is due soon; it is complete here, and CMS has not accepted it",
                "the quarterly report is due soon; it is complete here, and CMS has not accepted it",
                "the end-of-period report is due soon; it is complete here, and CMS has not accepted it",
            ]),
            next_step: complete(sending),
        },
        _ => Word {
            severity: &Severity::Warning,
            code: "report-due",
            display: "Report due",
            text: text([
                "the baseline report is due",
                "the quarterly report is due",
                "the end-of-period report is due",
            ]),
            next_step: if sending.is_complete { complete(sending) } else { incomplete(sending.trigger) },
        },
    }
}

/// What to do about a report that lacks something, or whose window has not opened.
const fn incomplete(trigger: TriggerMode) -> &'static str {
    match trigger {
        TriggerMode::Auto => {
            "have what is missing measured and sent with the feed; the report goes out by itself when its window is open and everything is there"
        }
        TriggerMode::Hold => {
            "have what is missing measured and sent with the feed; the report then waits for approval (`access-bridge submissions list`)"
        }
        TriggerMode::Off => {
            "have what is missing measured and sent with the feed; then send the report (`access-bridge report`): none goes out by itself"
        }
    }
}

/// What to do about a report that has everything and was not accepted.
const fn complete(sending: Sending) -> &'static str {
    match sending.trigger {
        _ if sending.is_answered => {
            "look what was answered (`access-bridge submissions list`), mend that, and send it again (`access-bridge report`)"
        }
        TriggerMode::Auto => {
            "look what became of its submission (`access-bridge submissions list`), or send it (`access-bridge report`)"
        }
        TriggerMode::Hold => "approve it (`access-bridge submissions list`), or send it (`access-bridge report`)",
        TriggerMode::Off => "send it (`access-bridge report`): none goes out by itself",
    }
}

const fn lock_in(over: bool) -> Word<'static> {
    if over {
        return Word {
            severity: &Severity::Information,
            code: "lock-in-ended",
            display: "Lock-in period over",
            text: "the patient may now leave or change participants",
            next_step: "nothing, unless an unalignment waited for it",
        };
    }
    Word {
        severity: &Severity::Warning,
        code: "lock-in-ends",
        display: "Lock-in period ending",
        text: "the 90 days in which the patient cannot change participants are about to end",
        next_step: "make sure that the patient wants to stay",
    }
}

const fn control_group(over: bool) -> Word<'static> {
    if over {
        return Word {
            severity: &Severity::Information,
            code: "control-group-ended",
            display: "Control group period over",
            text: "the 12 months of the control group are over",
            next_step: "eligibility is asked again by itself, where the screen trigger is on",
        };
    }
    Word {
        severity: &Severity::Warning,
        code: "control-group-ends",
        display: "Control group period ending",
        text: "the 12 months of the control group are about to end",
        next_step: "nothing; eligibility is asked again when they are over",
    }
}

const fn renewal(over: bool, trigger: TriggerMode) -> Word<'static> {
    if over {
        return Word {
            severity: &Severity::Information,
            code: "period-ended",
            display: "Period of care over",
            text: "the period of care has ended",
            next_step: match trigger {
                TriggerMode::Auto => "the end-of-period report goes out by itself when everything is there",
                TriggerMode::Hold => "the end-of-period report waits for approval when everything is there",
                TriggerMode::Off => "send the end-of-period report (`access-bridge report`): none goes out by itself",
            },
        };
    }
    Word {
        severity: &Severity::Warning,
        code: "renewal-due",
        display: "Alignment renewal due",
        text: "the period of care is about to end; a renewal must be done before",
        next_step: "decide with the patient whether care goes on, and ask CMS before the date how it is renewed: the API has no operation for it",
    }
}
