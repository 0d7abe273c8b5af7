//! Acts: exactly those of the table.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Operation, Track};

/// Every situation a submission can be in.
const SITUATIONS: [&str; 15] = [
    "held",
    "ready",
    "waiting",
    "blocked",
    "blocked-held",
    "sending",
    "polling",
    "done",
    "done-sent",
    "failed",
    "failed-sent",
    "cancelled",
    "cancelled-sent",
    "uncertain",
    "uncertain-sent",
];

/// What a person's act must do in each situation: the state, `successor`, or nothing.
fn expected(act: Act, situation: &str) -> Option<&'static str> {
    match (act, situation) {
        (Act::Approve, "held") => Some("ready"),
        (Act::Approve, "blocked-held") => Some("waiting"),
        (
            Act::Cancel,
            "held" | "ready" | "waiting" | "blocked" | "blocked-held" | "polling" | "uncertain" | "uncertain-sent",
        ) => Some("cancelled"),
        (Act::Retry, "failed" | "cancelled" | "uncertain") => Some("ready"),
        (Act::Retry, "waiting") => Some("waiting"),
        (Act::Retry, "failed-sent" | "cancelled-sent") => Some("successor"),
        (Act::Resume, "uncertain-sent" | "failed-sent" | "polling") => Some("polling"),
        _ => None,
    }
}

/// What a worker's act must do with a piece it claimed.
fn expected_of_worker(act: Act, situation: &str) -> Option<State> {
    match (act, situation) {
        (Act::Send, "ready" | "waiting") => Some(State::Sending),
        (Act::Accept, "sending") => Some(State::Polling),
        (Act::Wait, "ready" | "waiting" | "sending") => Some(State::Waiting),
        (Act::PollLater, "polling") => Some(State::Polling),
        (Act::Doubt, "sending" | "polling") => Some(State::Uncertain),
        (Act::Finish, "sending" | "polling") => Some(State::Done),
        (Act::Fail, _) => Some(State::Failed),
        _ => None,
    }
}

/// A new person's submission in that situation.
async fn reach(world: &World, situation: &str) -> String {
    if situation.starts_with("blocked") {
        let second = if situation == "blocked" { align(Track::Bh) } else { held(align(Track::Bh)) };
        let key = format!("blocked:{}", world.ledger.health().await.unwrap().charts);
        let stored = world.store(inside(vec![newcomer(&[&key], vec![check(Track::Bh), after(0, second)])])).await;
        return stored.subjects[0].submissions[1].id.clone();
    }
    let first = intent(Operation::CheckEligibility, Track::Bh);
    let id = world.one(if situation == "held" { held(first) } else { first }).await;
    let ledger = &world.ledger;
    let now = world.now();
    match situation {
        "held" | "ready" => {}
        "waiting" => {
            let lease = world.grab(&id).await.lease;
            let later = Postponement { until: Until::Send(now), cause: "503".to_owned(), failures: 1, telling: vec![] };
            ledger.postpone(&lease, later).await.unwrap();
        }
        "sending" => {
            world.send(&id).await;
        }
        "polling" => world.bring_to_polling(&id).await,
        "done" | "failed" => {
            let lease = world.send(&id).await;
            let state = if situation == "done" { Final::Done } else { Final::Failed };
            world.finish(&lease, ending(state, Dependents::Proceed)).await;
        }
        "done-sent" | "failed-sent" => {
            world.bring_to_polling(&id).await;
            let lease = world.grab(&id).await.lease;
            let state = if situation == "done-sent" { Final::Done } else { Final::Failed };
            world.finish(&lease, ending(state, Dependents::Proceed)).await;
        }
        "cancelled" => {
            ledger.cancel(&id, "ann").await.unwrap();
        }
        "uncertain" => world.bring_to_doubt(&id).await,
        "uncertain-sent" | "cancelled-sent" => {
            world.bring_to_polling(&id).await;
            let lease = world.grab(&id).await.lease;
            ledger.uncertain(&lease, "time limit", vec![]).await.unwrap();
            if situation == "cancelled-sent" {
                ledger.cancel(&id, "ann").await.unwrap();
            }
        }
        other => panic!("{other}"),
    }
    id
}

async fn act_as_person(world: &World, act: Act, id: &str) -> Result<Acted, LedgerError> {
    match act {
        Act::Approve => world.ledger.approve(id, "ann").await,
        Act::Cancel => world.ledger.cancel(id, "ann").await,
        Act::Retry => world.ledger.retry(id, "ann").await,
        Act::Resume => world.ledger.resume(id, "ann").await,
        other => panic!("{other}"),
    }
}

async fn act_as_worker(world: &World, act: Act, lease: &Lease) -> Result<(), LedgerError> {
    let ledger = &world.ledger;
    let later = |until| Postponement { until, cause: "later".to_owned(), failures: 1, telling: vec![] };
    match act {
        Act::Send => ledger.begin_sending(lease, sending()).await,
        Act::Accept => ledger.accepted(lease, world.acceptance(&lease.submission)).await,
        Act::Wait => ledger.postpone(lease, later(Until::Send(world.now()))).await,
        Act::PollLater => ledger.postpone(lease, later(Until::Poll(world.now()))).await,
        Act::Doubt => ledger.uncertain(lease, "doubt", vec![]).await,
        Act::Finish => ledger.finish(lease, ending(Final::Done, Dependents::Proceed)).await.map(drop),
        Act::Fail => ledger.finish(lease, ending(Final::Failed, Dependents::Proceed)).await.map(drop),
        other => panic!("{other}"),
    }
}

pub(crate) async fn every_act_follows_the_table_and_nothing_else(world: &World) {
    for situation in SITUATIONS {
        for act in Act::OF_A_PERSON {
            let id = reach(world, situation).await;
            let before = world.story(&id).await;
            assert_eq!(
                before.submission.possible().contains(&act),
                expected(act, situation).is_some(),
                "{act} {situation}"
            );
            let result = act_as_person(world, act, &id).await;
            match expected(act, situation) {
                None => {
                    let error = result.unwrap_err();
                    let LedgerError::Refused { state, possible, .. } = &error else {
                        panic!("{act} {situation}: {error}")
                    };
                    assert_eq!((*state, possible), (before.submission.state, &before.submission.possible()));
                    assert_eq!(world.story(&id).await, before, "{act} {situation}");
                }
                Some("successor") => {
                    let acted = result.unwrap();
                    assert_ne!(acted.submission, id, "{act} {situation}");
                    let successor = world.story(&acted.submission).await.submission;
                    assert_eq!((successor.state, successor.retry_of), (State::Ready, Some(id.clone())));
                    assert_eq!(world.story(&id).await.submission, before.submission);
                }
                Some(state) => {
                    assert_eq!(result.unwrap().state.as_str(), state, "{act} {situation}");
                    let after = world.story(&id).await;
                    assert_eq!(after.submission.state.as_str(), state);
                    assert_eq!(after.events.len(), before.events.len() + 1);
                    assert_eq!(after.events.last().unwrap().actor, "ann");
                }
            }
        }
    }
    for situation in ["ready", "waiting", "polling", "sending"] {
        for act in [Act::Send, Act::Accept, Act::Wait, Act::PollLater, Act::Doubt, Act::Finish, Act::Fail] {
            let id = reach(world, situation).await;
            world.clock.advance(MINUTE);
            let lease = world.grab(&id).await.lease;
            let before = world.story(&id).await;
            let result = act_as_worker(world, act, &lease).await;
            match expected_of_worker(act, situation) {
                None => {
                    let error = result.unwrap_err();
                    let lost = matches!(&error, LedgerError::Refused { act: refused, .. } if *refused == act);
                    assert!(lost, "{act} {situation}: {error}");
                    assert_eq!(world.story(&id).await, before, "{act} {situation}");
                }
                Some(state) => {
                    result.unwrap();
                    assert_eq!(world.state(&id).await, state, "{act} {situation}");
                }
            }
        }
    }
}

pub(crate) async fn approving_covers_what_waits_for_it(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let intents =
        vec![held(intent(Operation::Unalign, Track::ECkm)), after(0, held(align(Track::Ckm))), held(check(Track::Bh))];
    let taken = world.ask(&chart, intents).await;
    let acted = world.ledger.approve(&taken[0].id, "ann").await.unwrap();
    assert_eq!((acted.state, acted.also), (State::Ready, vec![taken[1].id.clone()]));
    let lease = world.send(&taken[0].id).await;
    world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert_eq!(world.state(&taken[1].id).await, State::Ready);
    assert_eq!(world.state(&taken[2].id).await, State::Held);
}

pub(crate) async fn cancelling_covers_what_waits_for_it(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken =
        world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh)), after(1, align(Track::Msk))]).await;
    let acted = world.ledger.cancel(&taken[0].id, "ann").await.unwrap();
    assert_eq!(acted.also, [taken[1].id.clone(), taken[2].id.clone()]);
    assert_eq!(world.state(&taken[2].id).await, State::Cancelled);
    // Cancelling the one that waits leaves the first alone.
    let chart = world.person(&["id:A|2"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh))]).await;
    world.ledger.cancel(&taken[1].id, "ann").await.unwrap();
    assert_eq!(world.state(&taken[0].id).await, State::Ready);
}

pub(crate) async fn a_retry_keeps_the_first_cms_id(world: &World) {
    let id = reach(world, "failed-sent").await;
    let first = world.story(&id).await;
    let acted = world.ledger.retry(&id, "ann").await.unwrap();
    let successor = world.story(&acted.submission).await;
    assert_eq!(successor.intent, first.intent);
    assert_eq!((successor.submission.attempts, successor.submission.location.clone()), (0, None));
    assert_eq!(successor.submission.chart, first.submission.chart);
    let after = world.story(&id).await;
    assert_eq!(after.submission, first.submission);
    assert_eq!((after.payloads, after.outcome), (first.payloads, first.outcome));
    assert_eq!(after.events.last().unwrap().cause, format!("repeated as {}", acted.submission));
    world.take(&acted.submission).await;
    // The same one is not repeated twice at a time.
    let open = LedgerError::OpenAlready { existing: acted.submission };
    assert_eq!(world.ledger.retry(&id, "ann").await, Err(open));
}

pub(crate) async fn a_retry_beside_an_open_one_is_refused(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let old = world.ask(&chart, vec![align(Track::ECkm)]).await.remove(0).id;
    world.ledger.cancel(&old, "ann").await.unwrap();
    let open = world.ask(&chart, vec![align(Track::Ckm)]).await.remove(0).id;
    let before = world.story(&old).await;
    let error = world.ledger.retry(&old, "ann").await.unwrap_err();
    assert_eq!(error, LedgerError::OpenAlready { existing: open.clone() });
    assert!(error.hint().is_some());
    assert_eq!(world.story(&old).await, before);
    world.ledger.cancel(&open, "ann").await.unwrap();
    world.ledger.retry(&old, "ann").await.unwrap();
    world.take(&old).await;
}

pub(crate) async fn an_uncertain_submission_is_polled_again_at_its_location(world: &World) {
    let id = reach(world, "uncertain-sent").await;
    world.clock.advance(MINUTE);
    world.ledger.resume(&id, "ann").await.unwrap();
    let claimed = world.take(&id).await;
    assert_eq!((claimed.state, claimed.location), (State::Polling, Some(format!("https://cms.example/status/{id}"))));
    assert_eq!((claimed.polling_since, claimed.failures), (Some(world.now()), 0));
}

/// CMS may never answer. Nobody could end such a submission once, and no other of its kind could be made beside it.
pub(crate) async fn a_polled_submission_can_be_given_up_and_repeated(world: &World) {
    let id = world.one(align(Track::Bh)).await;
    world.bring_to_polling(&id).await;
    let asking = world.take(&id).await.lease;
    assert_eq!(world.ledger.cancel(&id, "ann").await.unwrap().state, State::Cancelled);
    let given_up = world.story(&id).await.submission;
    assert_eq!(given_up.cms_submission, Some(format!("cms-{id}")));
    assert!(given_up.location.is_some());
    let lost = LedgerError::LeaseLost { what: "submission", id: id.clone() };
    assert_eq!(world.ledger.finish(&asking, ending(Final::Done, Dependents::Proceed)).await, Err(lost));
    let successor = world.ledger.retry(&id, "ann").await.unwrap().submission;
    assert_ne!(successor, id);
    world.take(&successor).await;
}

pub(crate) async fn a_polled_submission_is_asked_for_now(world: &World) {
    let id = world.one(align(Track::Bh)).await;
    world.bring_to_polling(&id).await;
    let later = Postponement {
        until: Until::Poll(world.now().plus(MINUTE)),
        cause: "503".to_owned(),
        failures: 3,
        telling: vec![Telling { once: Once::AnswerOverdue, notice: notice(NoticeKind::SubmissionProblem, &[]) }],
    };
    world.ledger.postpone(&world.take(&id).await.lease, later).await.unwrap();
    world.clock.advance(MINUTE / 2);
    assert!(world.claim().await.is_empty());
    world.ledger.resume(&id, "ann").await.unwrap();
    let claimed = world.take(&id).await;
    assert_eq!((claimed.polling_since, claimed.failures, claimed.told), (Some(world.now()), 0, Told::default()));
    // While it is asked for, a second wish changes nothing: the answer that comes is taken.
    world.ledger.resume(&id, "ann").await.unwrap();
    world.finish(&claimed.lease, ending(Final::Done, Dependents::Proceed)).await;
}

pub(crate) async fn what_waits_for_its_next_try_is_sent_now(world: &World) {
    let id = world.one(align(Track::Bh)).await;
    let later = Postponement {
        until: Until::Send(world.now().plus(MINUTE)),
        cause: "503".to_owned(),
        failures: 3,
        telling: vec![Telling { once: Once::OperatorNeeded, notice: notice(NoticeKind::SubmissionProblem, &[]) }],
    };
    world.ledger.postpone(&world.take(&id).await.lease, later).await.unwrap();
    assert!(world.claim().await.is_empty());
    world.ledger.retry(&id, "ann").await.unwrap();
    let claimed = world.take(&id).await;
    assert_eq!((claimed.state, claimed.failures, claimed.told), (State::Waiting, 0, Told::default()));
    // While it is on its way, a second wish changes nothing.
    world.ledger.retry(&id, "ann").await.unwrap();
    world.ledger.begin_sending(&claimed.lease, sending()).await.unwrap();
}

/// The result of one that failed while it was asked for is asked for again, unless another took its place.
pub(crate) async fn a_failed_submission_is_polled_again_unless_another_is_open(world: &World) {
    let id = reach(world, "failed-sent").await;
    world.ledger.resume(&id, "ann").await.unwrap();
    let claimed = world.take(&id).await;
    assert_eq!((claimed.state, claimed.location), (State::Polling, Some(format!("https://cms.example/status/{id}"))));
    let story = world.story(&id).await;
    assert_eq!((story.outcome, story.answer), (None, None));
    world.finish(&claimed.lease, ending(Final::Failed, Dependents::Proceed)).await;
    let existing = world.ledger.retry(&id, "ann").await.unwrap().submission;
    assert_eq!(world.ledger.resume(&id, "ann").await, Err(LedgerError::OpenAlready { existing }));
}

pub(crate) async fn a_late_cancel_stops_a_worker(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let lease = world.take(&id).await.lease;
    world.other.cancel(&id, "ann").await.unwrap();
    let lost = LedgerError::LeaseLost { what: "submission", id: id.clone() };
    assert_eq!(world.ledger.begin_sending(&lease, sending()).await, Err(lost));
    assert!(world.story(&id).await.payloads.is_empty());
}

/// A report of another period is no reason to refuse one.
pub(crate) async fn a_report_is_repeated_beside_that_of_another_period(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let quarter = || report(Track::Ckm, "quarterly-4", "sub-1");
    let first = world.ask(&chart, vec![quarter()]).await.remove(0).id;
    world.bring_to_polling(&first).await;
    world.ledger.cancel(&first, "ann").await.unwrap();
    world.ask(&chart, vec![held(report(Track::Ckm, "end-of-period", "sub-1"))]).await;
    let repeated = world.ledger.retry(&first, "ann").await.unwrap();
    assert_ne!(repeated.submission, first);
    // The repetition is known by its period, too.
    assert_eq!(world.ask(&chart, vec![quarter()]).await[0].id, repeated.submission);
    let open = LedgerError::OpenAlready { existing: repeated.submission };
    assert_eq!(world.ledger.retry(&first, "ann").await, Err(open));
}

pub(crate) async fn an_unknown_submission_is_not_found(world: &World) {
    let missing = LedgerError::NotFound { what: "submission" };
    for act in Act::OF_A_PERSON {
        assert_eq!(act_as_person(world, act, "nothing").await, Err(missing.clone()));
    }
    let lease = Lease { submission: "nothing".to_owned(), owner: "w1".to_owned(), number: 1 };
    assert_eq!(world.ledger.begin_sending(&lease, sending()).await, Err(missing));
    assert_eq!(world.ledger.submission("nothing").await.unwrap(), None);
    assert_eq!(world.ledger.chart("nothing").await.unwrap(), None);
    assert_eq!(world.ledger.feed("nothing").await.unwrap(), None);
    assert_eq!(world.ledger.notice("nothing").await.unwrap(), None);
    assert_eq!(world.ledger.quarantined("nothing").await.unwrap(), None);
}
