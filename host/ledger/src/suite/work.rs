//! The way of a submission.

use super::kit::*;
use crate::*;
use access_contract::{Intent, NoticeKind, Provenance, Track};
use bridge_types::Phi;

pub(crate) async fn the_whole_way_is_written_down(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let id = world.ask(&chart, vec![held(check(Track::Bh))]).await.remove(0).id;
    world.ledger.approve(&id, "ann").await.unwrap();
    world.clock.advance(MINUTE);
    world.bring_to_polling(&id).await;
    let lease = world.take(&id).await.lease;
    let settled = Ending {
        chart: Some(Settling { seen: chart.clone(), document: Phi::new("{\"standing\":1}".to_owned()) }),
        notices: vec![notice(NoticeKind::Outcome, &["engine"])],
        ..ending(Final::Done, Dependents::Proceed)
    };
    let finished = world.finish(&lease, settled).await;
    let story = world.story(&id).await;
    let way: Vec<_> = story.events.iter().map(|event| (event.from, event.to, event.actor.as_str())).collect();
    assert_eq!(
        way,
        [
            (None, State::Held, "test"),
            (Some(State::Held), State::Ready, "ann"),
            (Some(State::Ready), State::Sending, "w1"),
            (Some(State::Sending), State::Polling, "w1"),
            (Some(State::Polling), State::Done, "w1"),
        ]
    );
    assert_eq!((story.events[1].at, story.events[2].at), (START, START.plus(MINUTE)));
    assert!(story.events.iter().all(|event| !event.cause.is_empty()));
    assert_eq!(story.outcome.unwrap().expose(), &outcome());
    assert!(story.answer.is_some());
    assert_eq!((story.submission.class.as_str(), story.submission.code.as_str()), ("done", "eligible"));
    assert_eq!(story.submission.due_at, None);
    let chart = world.ledger.chart(&chart.id).await.unwrap().unwrap();
    assert_eq!((chart.version, chart.document.expose().as_str()), (2, "{\"standing\":1}"));
    assert_eq!(chart.keys.expose(), &["id:A|1"]);
    let told = world.ledger.notice(&finished.notices[0]).await.unwrap().unwrap();
    assert_eq!((told.summary.submission, told.summary.chart), (Some(id), Some(chart.id)));
    assert!(world.claim().await.is_empty());
}

pub(crate) async fn the_payload_is_stored_before_and_for_each_attempt(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    for attempt in 1..=3_u32 {
        let lease = world.take(&id).await.lease;
        let provenance = vec![Provenance {
            element: "Parameters.parameter[0]".to_owned(),
            source: "PID[1]-3".to_owned(),
            feed: "m1".to_owned(),
            rule: "mbi".to_owned(),
        }];
        let body = Phi::new(format!("{{\"attempt\":{attempt}}}"));
        world.ledger.begin_sending(&lease, Sending { payload: body, provenance, ..sending() }).await.unwrap();
        let story = world.story(&id).await;
        assert_eq!((story.submission.attempts, story.payloads.len()), (attempt, usize::try_from(attempt).unwrap()));
        let later = Postponement {
            until: Until::Send(world.now()),
            cause: "503".to_owned(),
            failures: attempt,
            telling: vec![],
        };
        world.ledger.postpone(&lease, later).await.unwrap();
    }
    let payloads = world.story(&id).await.payloads;
    assert_eq!(payloads[0].body.expose(), "{\"attempt\":1}");
    assert_eq!(world.ledger.last_payload(&id).await.unwrap().unwrap().expose(), "{\"attempt\":3}");
    assert_eq!(world.ledger.last_payload("none").await.unwrap(), None);
    assert_eq!((payloads[2].attempt, payloads[2].basis.as_str()), (3, "b2"));
    assert_eq!(payloads[2].provenance[0].source, "PID[1]-3");
}

pub(crate) async fn the_cms_id_is_kept_for_good(world: &World) {
    let id = world.one(align(Track::Bh)).await;
    world.bring_to_polling(&id).await;
    let kept = |story: &SubmissionStory| (story.submission.location.clone(), story.submission.cms_submission.clone());
    let first = kept(&world.story(&id).await);
    assert!(first.0.is_some() && first.1.is_some());
    // A second acceptance does not replace it.
    let lease = world.take(&id).await.lease;
    let error = world.ledger.accepted(&lease, world.acceptance("other")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Refused { act: Act::Accept, .. }), "{error}");
    world.ledger.uncertain(&lease, "time limit", vec![]).await.unwrap();
    let error = world.ledger.accepted(&lease, world.acceptance("other")).await.unwrap_err();
    assert!(matches!(error, LedgerError::LeaseLost { .. }), "{error}");
    world.ledger.resume(&id, "ann").await.unwrap();
    let lease = world.take(&id).await.lease;
    world.finish(&lease, ending(Final::Failed, Dependents::Proceed)).await;
    let successor = world.ledger.retry(&id, "ann").await.unwrap().submission;
    world.bring_to_polling(&successor).await;
    assert_eq!(kept(&world.story(&id).await), first);
    // It is how later notices from CMS are joined.
    let filter = SubmissionFilter { cms_submission: first.1.clone(), ..SubmissionFilter::default() };
    let found = world.ledger.submissions_page(&filter, None, 10).await.unwrap().items;
    assert_eq!(found.iter().map(|found| &found.id).collect::<Vec<_>>(), [&id]);
    // An acceptance without a location is none.
    let empty = Acceptance { location: String::new(), ..world.acceptance(&id) };
    assert!(matches!(world.ledger.accepted(&lease, empty).await, Err(LedgerError::Invalid { .. })));
}

/// What CMS accepted must not be lost because of what its status URL looks like: a long one, or one without an id, was refused
/// here once, and the submission ended in doubt without the place to ask.
pub(crate) async fn a_status_url_of_any_kind_is_kept(world: &World) {
    let long = format!("https://cms.example/{}", "x".repeat(Bounds::LOCATION_BYTES - 20));
    assert_eq!(long.len(), Bounds::LOCATION_BYTES);
    let id_of_long = long[20..].to_owned();
    for (location, cms_submission) in
        [(long, id_of_long), ("https://cms.example/$submission-status?entityId=ACCES12345".to_owned(), String::new())]
    {
        let id = world.one(align(Track::Bh)).await;
        let lease = world.send(&id).await;
        let acceptance = Acceptance {
            location: location.clone(),
            cms_submission: cms_submission.clone(),
            next_poll_at: world.now(),
        };
        world.ledger.accepted(&lease, acceptance).await.unwrap();
        let claimed = world.take(&id).await;
        assert_eq!((claimed.location, claimed.cms_submission), (Some(location), Some(cms_submission)));
        world.finish(&claimed.lease, ending(Final::Done, Dependents::Proceed)).await;
    }
    // Beyond what any client follows it is refused, and the lease still holds, so that whoever sent it can say what happened.
    let id = world.one(align(Track::Bh)).await;
    let lease = world.send(&id).await;
    let acceptance = Acceptance { location: "x".repeat(Bounds::LOCATION_BYTES + 1), ..world.acceptance(&id) };
    let error = world.ledger.accepted(&lease, acceptance).await.unwrap_err();
    assert!(matches!(error, LedgerError::TooLarge { .. }), "{error}");
    world.ledger.uncertain(&lease, "accepted, and not recorded", vec![]).await.unwrap();
    assert_eq!(world.state(&id).await, State::Uncertain);
}

pub(crate) async fn an_acceptance_that_outlived_its_lease_is_taken(world: &World) {
    // Nobody noticed yet; another found it; another settled it as doubtful.
    for stage in 0..3 {
        let id = world.one(check(Track::Bh)).await;
        let late = world.send(&id).await;
        world.clock.advance(MINUTE);
        if stage > 0 {
            let found = world.take(&id).await.lease;
            if stage > 1 {
                world.ledger.uncertain(&found, "stopped while sending", vec![]).await.unwrap();
            }
        }
        world.ledger.accepted(&late, world.acceptance(&id)).await.unwrap();
        let claimed = world.take(&id).await;
        assert_eq!(claimed.state, State::Polling, "stage {stage}");
        world.finish(&claimed.lease, ending(Final::Done, Dependents::Proceed)).await;
    }
}

pub(crate) async fn an_acceptance_after_a_decision_is_refused(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let late = world.send(&id).await;
    world.clock.advance(MINUTE);
    let found = world.take(&id).await.lease;
    world.ledger.uncertain(&found, "stopped while sending", vec![]).await.unwrap();
    world.ledger.retry(&id, "ann").await.unwrap();
    let lost = LedgerError::LeaseLost { what: "submission", id: id.clone() };
    assert_eq!(world.ledger.accepted(&late, world.acceptance(&id)).await, Err(lost.clone()));
    // The second attempt is not mistaken for the first.
    world.send(&id).await;
    assert_eq!(world.ledger.accepted(&late, world.acceptance(&id)).await, Err(lost));
}

pub(crate) async fn an_ending_with_a_moved_chart_is_a_conflict_and_can_be_repeated(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh))]).await;
    world.bring_to_polling(&taken[0].id).await;
    let lease = world.take(&taken[0].id).await.lease;
    let moved = SubjectIntake {
        seen: vec![chart.clone()],
        change: Some(change(Some(&chart), &["id:A|1"], "{\"newer\":true}")),
        ..SubjectIntake::default()
    };
    let seen = world.store(inside(vec![moved])).await.subjects.remove(0).chart.unwrap();
    let before = world.traces().await;
    let settled = |seen: &SeenChart| Ending {
        chart: Some(Settling { seen: seen.clone(), document: Phi::new("{\"settled\":true}".to_owned()) }),
        notices: vec![notice(NoticeKind::Outcome, &["engine"])],
        ..ending(Final::Done, Dependents::Proceed)
    };
    assert_eq!(world.ledger.finish(&lease, settled(&chart)).await.unwrap(), FinishResult::Conflict);
    assert_eq!(world.traces().await, before);
    assert_eq!(world.state(&taken[1].id).await, State::Waiting);
    let finished = world.finish(&lease, settled(&seen)).await;
    assert_eq!(finished.released, [taken[1].id.clone()]);
    assert_eq!(world.ledger.chart(&chart.id).await.unwrap().unwrap().document.expose(), "{\"settled\":true}");
}

pub(crate) async fn dependents_start_when_told(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken =
        world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh)), after(0, align(Track::Msk))]).await;
    let lease = world.send(&taken[0].id).await;
    let finished = world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert_eq!(finished.released, [taken[1].id.clone(), taken[2].id.clone()]);
    assert_eq!(world.story(&taken[1].id).await.submission.blocked_by, None);
    world.take(&taken[1].id).await;
}

pub(crate) async fn dependents_are_cancelled_down_the_line(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken =
        world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh)), after(1, align(Track::Msk))]).await;
    let lease = world.send(&taken[0].id).await;
    let finished = world.finish(&lease, ending(Final::Done, Dependents::Cancel("not eligible".to_owned()))).await;
    assert_eq!(finished.cancelled, [taken[1].id.clone(), taken[2].id.clone()]);
    let story = world.story(&taken[2].id).await;
    assert_eq!((story.submission.state, story.submission.cause.as_str()), (State::Cancelled, "not eligible"));
    assert!(world.claim().await.is_empty());
}

pub(crate) async fn a_held_dependent_is_held_when_it_starts(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), after(0, held(align(Track::Bh)))]).await;
    let lease = world.send(&taken[0].id).await;
    world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert_eq!(world.state(&taken[1].id).await, State::Held);
    // Approved while it still waited, it starts at once.
    let chart = world.person(&["id:A|2"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), after(0, held(align(Track::Bh)))]).await;
    let acted = world.ledger.approve(&taken[1].id, "ann").await.unwrap();
    assert_eq!(acted.state, State::Waiting);
    let lease = world.send(&taken[0].id).await;
    world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert_eq!(world.state(&taken[1].id).await, State::Ready);
    // So it does where the newer intent is automatic.
    let chart = world.person(&["id:A|3"]).await;
    let intents = |intent: Intent| vec![held(check(Track::Bh)), after(0, intent)];
    let taken = world.ask(&chart, intents(held(align(Track::Bh)))).await;
    world.ask(&chart, intents(align(Track::Bh))).await;
    let story = world.story(&taken[1].id).await.submission;
    assert_eq!((story.state, story.needs_approval), (State::Waiting, false));
    assert_eq!(world.state(&taken[0].id).await, State::Held);
}

pub(crate) async fn a_doubt_is_never_claimed(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh))]).await;
    let lease = world.send(&taken[0].id).await;
    let told = vec![notice(NoticeKind::SubmissionProblem, &["engine"])];
    world.ledger.uncertain(&lease, "connection lost", told).await.unwrap();
    let filter = NoticeFilter { submission: Some(taken[0].id.clone()), ..NoticeFilter::default() };
    assert_eq!(world.ledger.notices_page(&filter, None, 10).await.unwrap().items.len(), 1);
    world.clock.advance(MINUTE * 60 * 24 * 365);
    assert!(world.claim().await.is_empty());
    assert_eq!(world.ledger.next_due().await.unwrap(), None);
    // What waits for it goes on waiting.
    assert_eq!(world.state(&taken[1].id).await, State::Waiting);
}

pub(crate) async fn postponing_counts(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    world.bring_to_polling(&id).await;
    for polls in 1..=3_u32 {
        let lease = world.take(&id).await.lease;
        let later = Postponement {
            until: Until::Poll(world.now()),
            cause: "still processing".to_owned(),
            failures: polls - 1,
            telling: vec![],
        };
        world.ledger.postpone(&lease, later).await.unwrap();
        let claimed = world.take(&id).await;
        assert_eq!((claimed.polls, claimed.failures, claimed.attempts), (polls, polls - 1, 1));
        world.ledger.release(&claimed.lease).await.unwrap();
    }
    // What was accepted is never sent again.
    let lease = world.take(&id).await.lease;
    let error = world
        .ledger
        .postpone(
            &lease,
            Postponement { until: Until::Send(world.now()), cause: "x".to_owned(), failures: 0, telling: vec![] },
        )
        .await
        .unwrap_err();
    assert!(matches!(error, LedgerError::Refused { act: Act::Wait, state: State::Polling, .. }), "{error}");
    // A reason of any length and script is taken.
    let cause = "é".repeat(Bounds::TEXT_BYTES);
    world
        .ledger
        .postpone(&lease, Postponement { until: Until::Poll(world.now()), cause, failures: 0, telling: vec![] })
        .await
        .unwrap();
    assert!(world.story(&id).await.submission.cause.len() <= Bounds::TEXT_BYTES);
}

pub(crate) async fn what_is_told_once_is_told_once(world: &World) {
    let id = world.one(align(Track::Bh)).await;
    let filter = NoticeFilter { submission: Some(id.clone()), ..NoticeFilter::default() };
    let told = async || world.ledger.notices_page(&filter, None, 10).await.unwrap().items.len();
    let later = |until, failures, once: &[Once]| Postponement {
        until,
        cause: "later".to_owned(),
        failures,
        telling: once
            .iter()
            .map(|once| Telling { once: *once, notice: notice(NoticeKind::SubmissionProblem, &["engine"]) })
            .collect(),
    };
    let now = world.now();
    // A failure of another kind before it keeps nothing back; the same again is not told again, whoever works on it.
    for (failures, once, expected) in
        [(1, &[][..], 0), (2, &[Once::OperatorNeeded], 1), (3, &[Once::OperatorNeeded], 1)]
    {
        let lease = world.other.claim("w2", MINUTE, 1).await.unwrap().remove(0).lease;
        world.other.postpone(&lease, later(Until::Send(now), failures, once)).await.unwrap();
        assert_eq!(told().await, expected);
    }
    // Once it went on, it is news again. Each kind is told for itself.
    world.bring_to_polling(&id).await;
    let both = [Once::OperatorNeeded, Once::AnswerOverdue];
    for (failures, once, expected) in [(1, &both[..], 3), (2, &both[..], 3), (0, &[][..], 3), (1, &both[..], 4)] {
        let claimed = world.take(&id).await;
        assert_eq!(claimed.told.has(Once::AnswerOverdue), failures != 1 || expected == 4);
        world.ledger.postpone(&claimed.lease, later(Until::Poll(now), failures, once)).await.unwrap();
        assert_eq!(told().await, expected);
    }
    // Nothing is told where nothing is put off.
    let lease = world.take(&id).await.lease;
    world.ledger.cancel(&id, "ann").await.unwrap();
    assert!(world.ledger.postpone(&lease, later(Until::Poll(now), 0, &both)).await.is_err());
    assert_eq!(told().await, 4);
}

pub(crate) async fn a_chart_is_looked_at_again_until_that_is_done(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let lease = world.send(&id).await;
    let ending = Ending { look_again: Some(MINUTE), ..ending(Final::Done, Dependents::Proceed) };
    world.finish(&lease, ending).await;
    // Whoever ended it looks first; if it stopped before, somebody else does, and again if that one stops, too.
    assert!(world.other.claim_looks("w1", MINUTE, 10).await.unwrap().is_empty());
    let chart = world.story(&id).await.submission.chart;
    let mut last = Vec::new();
    for given_back in [false, false, true] {
        if given_back {
            assert_eq!(world.ledger.give_back("w1", std::slice::from_ref(&id)).await.unwrap(), 0);
            assert_eq!(world.ledger.give_back("w1", &[]).await.unwrap(), 1);
        } else {
            world.clock.advance(MINUTE);
        }
        let looks = world.other.claim_looks("w1", MINUTE, 10).await.unwrap();
        let seen: Vec<_> = looks.iter().map(|look| (look.submission.as_deref(), look.chart.as_str())).collect();
        assert_eq!(seen, [(Some(id.as_str()), chart.as_str())]);
        last = looks;
        assert!(world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().is_empty());
    }
    world.ledger.looked(&last[0]).await.unwrap();
    world.clock.advance(MINUTE);
    assert!(world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().is_empty());
}

/// Whoever was not told that a commit happened does it again: what is done under a lease is refused then, and there once.
pub(crate) async fn what_was_done_under_a_lease_is_not_done_twice(world: &World) {
    let lost = |lease: &Lease| LedgerError::LeaseLost { what: "submission", id: lease.submission.clone() };
    let ledger = &world.ledger;
    let id = world.one(check(Track::Bh)).await;
    let lease = world.send(&id).await;
    let again = ledger.begin_sending(&lease, sending()).await.unwrap_err();
    assert!(matches!(again, LedgerError::Refused { state: State::Sending, .. }), "{again}");
    let back = ledger.release(&lease).await.unwrap_err();
    assert!(matches!(back, LedgerError::Invalid { .. }), "{back}");
    ledger.accepted(&lease, world.acceptance(&id)).await.unwrap();
    assert_eq!(ledger.accepted(&lease, world.acceptance(&id)).await.unwrap_err(), lost(&lease));
    let lease = world.grab(&id).await.lease;
    let notices = vec![notice(NoticeKind::Outcome, &["engine"])];
    let ending = Ending { notices, ..ending(Final::Done, Dependents::Proceed) };
    world.finish(&lease, ending.clone()).await;
    let before = world.traces().await;
    assert_eq!(ledger.finish(&lease, ending).await.unwrap_err(), lost(&lease));

    let delivery = ledger.claim_deliveries("engine", "w1", MINUTE, 1).await.unwrap().remove(0).lease;
    ledger.delivered(&delivery, "AA").await.unwrap();
    let gone = LedgerError::LeaseLost { what: "notice", id: delivery.notice.clone() };
    assert_eq!(ledger.delivered(&delivery, "AA").await.unwrap_err(), gone);
    assert_eq!(ledger.delivery_failed(&delivery, None, "AE").await.unwrap_err(), gone);
    assert_eq!(ledger.release_delivery(&delivery).await.unwrap_err(), gone);
    assert_eq!(world.traces().await.1, before.1);

    let story = world.story(&id).await;
    assert_eq!((story.submission.state, story.payloads.len()), (State::Done, 1));
    let states: Vec<State> = story.events.iter().map(|event| event.to).collect();
    assert_eq!(states, [State::Ready, State::Sending, State::Polling, State::Done]);

    let other = world.one(check(Track::Msk)).await;
    let lease = world.send(&other).await;
    let later =
        || Postponement { until: Until::Send(world.now()), cause: "x".to_owned(), failures: 1, telling: vec![] };
    ledger.postpone(&lease, later()).await.unwrap();
    assert_eq!(ledger.postpone(&lease, later()).await.unwrap_err(), lost(&lease));
    let lease = world.grab(&other).await.lease;
    ledger.release(&lease).await.unwrap();
    assert_eq!(ledger.release(&lease).await.unwrap_err(), lost(&lease));
    let lease = world.send(&other).await;
    ledger.uncertain(&lease, "lost", vec![]).await.unwrap();
    assert_eq!(ledger.uncertain(&lease, "lost", vec![]).await.unwrap_err(), lost(&lease));
    assert_eq!(world.state(&other).await, State::Uncertain);
}
