//! News that only people can act on: death, hospice, lost coverage, a missing or replaced Medicare number, deleted records.
//!
//! What such news makes pointless and has not been sent is withdrawn: after a death or the deletion of the record everything, in hospice
//! or without Original Medicare what asks for eligibility or an alignment, a move between tracks as one. The chart notes what was told (`told`), so that an end of
//! coverage which only the calendar brings is noticed, and nothing is told twice.

use super::apply::is_doubtful;
use super::case::Case;
use super::change::PROGRESS;
use super::digest::Digest;
use super::medicare::Medicare;
use super::moment::is_older;
use super::notice::{Word, date, feed_problem};
use crate::chart::{Chart, DELETED as TOLD_DELETED};
use crate::facts::Facts;
use crate::number;
use access_contract::{Command, CommandAction, Issue, Notice, Operation, Plan, Severity, Track};
use access_mappings::{EventEffect, PlanClass};
use std::collections::BTreeMap;

/// Key of `told`: Original Medicare was seen in force.
const COVERAGE: &str = "coverage";
/// Key of `told`: the codes of what was missing to submit anything.
const IDENTITY: &str = "identity";
/// Key of `told`: a digest of the number that was doubted.
const NUMBER: &str = "number";

/// The event that deletes a person's record (HL7 v2 chapter 3).
const DELETED: &str = "^A29";

/// Tells what changed. A first statement about a person nobody is aligned for is no news to anyone, but that a person with
/// Original Medicare cannot be submitted.
pub(super) fn tell(case: &Case<'_>, facts: Option<&Facts>, is_known: bool, told: &mut Told, plan: &mut Plan) {
    let teller = Teller { case, facts };
    if is_known {
        records(&teller, told, plan);
        visits(&teller, plan);
        life(&teller, plan);
    }
    coverage(&teller, is_known, told, plan);
    numbers(&teller, told, plan);
    identity(&teller, told, plan);
}

/// What was told last, by kind.
pub(super) type Told = BTreeMap<String, String>;

/// A sender that speaks of the person has the record again, unless it spoke before it deleted it.
pub(super) fn restore(chart: &mut Chart, facts: &Facts) {
    if chart.deleted_at().is_some_and(|at| !is_older(&facts.sent_at, at)) {
        chart.restore();
    }
}

/// The sender changed records, or the number that names the person.
fn records(teller: &Teller<'_>, told: &mut Told, plan: &mut Plan) {
    let case = teller.case;
    let review = teller.facts.filter(|facts| facts.effect == EventEffect::Review);
    if let Some(facts) = review.filter(|facts| facts.event.ends_with(DELETED)) {
        // Later looks at the chart must not ask what was stopped.
        told.insert(TOLD_DELETED.to_owned(), facts.sent_at.clone());
        plan.commands.push(withdraw(None));
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "record-deleted",
            display: "Patient record deleted",
            text: "the sender deleted a patient record that has a chart; what had not been sent was withdrawn, the chart was not changed",
            next_step: "decide whether what CMS has of this patient still holds",
        }));
    } else if review.is_some() {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "record-review",
            display: "Patient record linked or moved",
            text: "the sender linked, unlinked or moved a patient record that has a chart; the chart was not changed",
            next_step: "decide whether submissions for this patient shall go on",
        }));
    }
    let number = |chart: &Chart| chart.mbi.as_ref().map(|mbi| mbi.value.clone());
    if let (Some(before), Some(now)) = (number(case.before), number(case.chart))
        && before != now
    {
        let mut notice = teller.say(&Word {
            severity: &Severity::Warning,
            code: "identity-changed",
            display: "Medicare number changed",
            text: "the feed states another Medicare number for this patient; the former one is kept as history",
            next_step: "make sure that the new number is the one on the patient's Medicare card",
        });
        notice.issues.extend(number::doubt(&now));
        plan.notices.push(notice);
    }
}

/// Numbers that were not taken: two that contradict each other, each time; and one that breaks the form where a known one does not,
/// once for each such number.
fn numbers(teller: &Teller<'_>, told: &mut Told, plan: &mut Plan) {
    let Some(facts) = teller.facts else { return };
    if facts.records.mbi_conflict {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "mbi-conflict",
            display: "Feed accepted in part",
            text: "two different Medicare numbers are stated for this patient, and nothing decides between them; neither was taken",
            next_step: "find out which is the patient's own and correct the other at its source",
        }));
    }
    let Some(stated) = &facts.mbi else { return };
    if !is_doubtful(teller.case.chart, facts) {
        told.remove(NUMBER);
        return;
    }
    let digest = Digest::new().text(&stated.value).finish();
    if told.insert(NUMBER.to_owned(), digest.clone()) == Some(digest) {
        return;
    }
    let word = Word {
        severity: &Severity::Warning,
        code: "mbi-doubtful",
        display: "Medicare number doubted",
        text: "the feed states another Medicare number for this patient, which breaks the form that CMS gives it; the known one was kept",
        next_step: "compare the number with the patient's Medicare card and correct it at its source",
    };
    let issue = Issue::new(Severity::Warning, word.code, stated.from.path.clone(), word.text).hint(word.next_step);
    let mut notice = teller.say(&word);
    notice.issues.push(issue.clone());
    plan.notices.push(notice);
    plan.issues.push(issue);
}

/// A visit, referral or diagnosis that turned out not to be this person's.
fn visits(teller: &Teller<'_>, plan: &mut Plan) {
    let case = teller.case;
    let moved = teller.facts.is_some_and(|facts| facts.effect == EventEffect::MoveVisit);
    if moved && case.before.diagnoses != case.chart.diagnoses {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "visit-moved",
            display: "Visit moved to another patient",
            text: "a visit was filed under this patient by mistake; the diagnoses it stated were taken out of the chart",
            next_step: "decide whether what was submitted for this patient still holds",
        }));
    }
    let is_referred = |chart: &Chart| chart.referral.as_ref().is_some_and(|referral| referral.value);
    if is_referred(case.before) && case.chart.referral.is_none() {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "referral-ended",
            display: "Referral ended",
            text: "the referral of this patient was cancelled or rejected, or has expired",
            next_step: "decide whether an alignment that waits or was sent with it still holds",
        }));
    }
    let lost = |track: &Track| {
        let facts = case.track(track);
        facts.is_some_and(|facts| !case.before.qualifying(facts).is_empty() && case.chart.qualifying(facts).is_empty())
    };
    if case.chart.aligned().iter().any(lost) {
        plan.notices.push(teller.say(&Word {
            severity: &Severity::Warning,
            code: "qualifying-diagnosis-lost",
            display: "No qualifying diagnosis left",
            text: "the diagnoses that qualified an aligned patient for the track are no longer stated",
            next_step: "confirm the diagnoses and decide whether to unalign the patient",
        }));
    }
}

/// Death and hospice. Of people nobody is aligned for they are told as information: a submission may have been withdrawn.
fn life(teller: &Teller<'_>, plan: &mut Plan) {
    let case = teller.case;
    let aligned = !case.chart.aligned().is_empty();
    let severity = if aligned { &Severity::Warning } else { &Severity::Information };
    if case.chart.is_dead() && !case.before.is_dead() {
        plan.commands.push(withdraw(None));
        plan.notices.push(teller.say(&if aligned {
            Word {
                severity,
                code: "death",
                display: "Death of an aligned patient",
                text: "an aligned patient is reported dead; what had not been sent was withdrawn",
                next_step: "confirm the death and tell CMS: no unalignment reason of the guide covers it, so nothing was submitted",
            }
        } else {
            Word {
                severity,
                code: "death",
                display: "Death of a patient",
                text: "a patient with a chart is reported dead; what had not been sent was withdrawn",
                next_step: "nothing, unless the report is wrong: then ask again once it is corrected",
            }
        }));
        return;
    }
    if case.chart.is_in_hospice() && !case.before.is_in_hospice() {
        plan.commands.extend(withdraw_requests());
        plan.notices.push(teller.say(&Word {
            severity,
            code: "hospice",
            display: if aligned { "Hospice for an aligned patient" } else { "Hospice for a patient" },
            text: "a patient is reported to have gone to hospice, which prevents eligibility; what had not been sent was withdrawn",
            next_step: if aligned {
                "confirm it and decide whether to unalign the patient"
            } else {
                "nothing, unless the report is wrong: then ask again once it is corrected"
            },
        }));
    }
}

/// Original Medicare that was in force and no longer is, by the feed or by the calendar. People nobody asked CMS about are
/// passed over.
fn coverage(teller: &Teller<'_>, is_known: bool, told: &mut Told, plan: &mut Plan) {
    let case = teller.case;
    let usable = |medicare: Medicare| medicare.is_usable(case.profile.coverage.accept_secondary);
    if usable(case.medicare) {
        told.insert(COVERAGE.to_owned(), "in force".to_owned());
        return;
    }
    let was = told.remove(COVERAGE).is_some() || usable(Medicare::of(case.before, case.profile, case.now));
    if !is_known || !was {
        return;
    }
    plan.commands.extend(withdraw_requests());
    if case.chart.standing.is_empty() || case.chart.is_dead() {
        return;
    }
    let aligned = !case.chart.aligned().is_empty();
    let mut notice = teller.say(&Word {
        severity: if aligned { &Severity::Warning } else { &Severity::Information },
        code: "coverage-lost",
        display: "Original Medicare lost",
        text: if aligned {
            "Original Medicare is no longer stated as the coverage of an aligned patient"
        } else {
            "Original Medicare is no longer stated as the coverage of a patient; what had not been sent was withdrawn"
        },
        next_step: if aligned {
            "verify the coverage; if it has ended, decide whether to unalign the patient"
        } else {
            "nothing, unless the coverage is wrong: then correct it at its source"
        },
    });
    let original = case.chart.plans.iter().filter(|plan| plan.class == PlanClass::OriginalMedicare);
    if let Some(ends) = original.filter_map(|plan| plan.ends.as_deref()).max() {
        notice.dates.push(date("coverage-ended", ends));
    }
    plan.notices.push(notice);
}

/// A person with Original Medicare who cannot be submitted for want of a number, a name, a date or a sex: told once, and
/// again when something else is missing.
fn identity(teller: &Teller<'_>, told: &mut Told, plan: &mut Plan) {
    let case = teller.case;
    if case.chart.is_dead() || !case.medicare.is_usable(case.profile.coverage.accept_secondary) {
        return;
    }
    let mut missing = case.missing_identity(&Severity::Warning, "triggers.screen");
    // A number was stated; that it could not be taken is told by itself.
    if teller.facts.is_some_and(|facts| facts.records.mbi_conflict) {
        missing.retain(|issue| issue.code != "mbi-missing");
    }
    let Some(first) = missing.first().cloned() else {
        told.remove(IDENTITY);
        return;
    };
    let codes = missing.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>().join(" ");
    if told.insert(IDENTITY.to_owned(), codes.clone()) == Some(codes) {
        return;
    }
    let mut notice = teller.say(&Word {
        severity: &Severity::Warning,
        code: &first.code,
        display: "Medicare patient who cannot be submitted",
        text: &format!("a patient has Original Medicare, but {}", first.message),
        next_step: "send what is missing with the next message about the patient, or name the field that carries it in the \
                    profile",
    });
    notice.issues = missing;
    plan.notices.push(notice);
}

/// Takes back what has not been sent, of one operation or of all.
fn withdraw(operation: Option<Operation>) -> Command {
    Command { action: CommandAction::Cancel, reference: None, operation, track: None, visit: None, rule: None }
}

/// Takes back what asks for eligibility or an alignment. Of a move to another track the unalignment goes, too: it was to be approved
/// with the alignment behind it.
fn withdraw_requests() -> [Command; 3] {
    let whole_move = Command { rule: Some(PROGRESS.to_owned()), ..withdraw(None) };
    [whole_move, withdraw(Some(Operation::CheckEligibility)), withdraw(Some(Operation::Align))]
}

struct Teller<'a> {
    case: &'a Case<'a>,
    facts: Option<&'a Facts>,
}

impl Teller<'_> {
    fn say(&self, word: &Word<'_>) -> Notice {
        let mut notice = feed_problem(&self.case.participant.id, self.facts, Some(self.case.chart), word);
        notice.mbi = self.case.chart.notice_mbi(self.case.profile);
        notice
    }
}
