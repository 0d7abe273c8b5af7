//! Leases.

use super::kit::*;
use crate::*;
use access_contract::{Operation, Track};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) async fn nothing_is_claimed_twice(world: &World) {
    for _ in 0..5 {
        world.one(check(Track::Bh)).await;
    }
    let first = world.ledger.claim("w1", MINUTE, 3).await.unwrap();
    let second = world.other.claim("w2", MINUTE, 10).await.unwrap();
    let third = world.ledger.claim("w1", MINUTE, 10).await.unwrap();
    assert_eq!((first.len(), second.len(), third.len()), (3, 2, 0));
    let ids: BTreeSet<_> = first.iter().chain(&second).map(|claimed| &claimed.lease.submission).collect();
    assert_eq!(ids.len(), 5);
}

pub(crate) async fn a_lease_that_ran_out_is_claimed_by_another_and_lost_to_the_first(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let first = world.take(&id).await.lease;
    assert!(world.claim().await.is_empty());
    world.clock.advance(MINUTE);
    // The same name again: another process, or the same one grown forgetful.
    let second = world.take(&id).await.lease;
    assert_eq!((&first.owner, first.number + 1), (&second.owner, second.number));
    let lost = LedgerError::LeaseLost { what: "submission", id: id.clone() };
    let ledger = &world.ledger;
    assert_eq!(ledger.begin_sending(&first, sending()).await.as_ref(), Err(&lost));
    assert_eq!(ledger.accepted(&first, world.acceptance(&id)).await.as_ref(), Err(&lost));
    assert_eq!(ledger.release(&first).await.as_ref(), Err(&lost));
    assert_eq!(ledger.extend(&first, MINUTE).await.as_ref(), Err(&lost));
    assert_eq!(ledger.uncertain(&first, "x", vec![]).await.as_ref(), Err(&lost));
    assert_eq!(ledger.finish(&first, ending(Final::Failed, Dependents::Proceed)).await.as_ref(), Err(&lost));
    let later = Postponement { until: Until::Send(world.now()), cause: "x".to_owned(), failures: 1, telling: vec![] };
    assert_eq!(ledger.postpone(&first, later).await.as_ref(), Err(&lost));
    ledger.begin_sending(&second, sending()).await.unwrap();
}

pub(crate) async fn one_chart_sends_one_at_a_time_in_order(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), check(Track::Msk), check(Track::Ckm)]).await;
    let bystander = world.one(check(Track::Bh)).await;
    let claimed = world.claim().await;
    assert_eq!(claimed.iter().map(|claimed| &claimed.lease.submission).collect::<Vec<_>>(), [&taken[0].id, &bystander]);
    let lease = &claimed[0].lease;
    assert!(world.claim().await.is_empty());
    world.ledger.begin_sending(lease, sending()).await.unwrap();
    assert!(world.claim().await.is_empty());
    // What is held back by its chart is not announced as due; the end of the lease is.
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(world.now().plus(MINUTE)));
    world
        .ledger
        .accepted(lease, Acceptance { next_poll_at: world.now().plus(MINUTE), ..world.acceptance("x") })
        .await
        .unwrap();
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(world.now()));
    let second = world.take(&taken[1].id).await.lease;
    // Put off, it does not stop the third.
    let later = Postponement {
        until: Until::Send(world.now().plus(MINUTE)),
        cause: "busy".to_owned(),
        failures: 1,
        telling: vec![],
    };
    world.ledger.postpone(&second, later).await.unwrap();
    world.take(&taken[2].id).await;
}

pub(crate) async fn what_is_put_off_is_not_overtaken_within_its_family(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Ckm), align(Track::ECkm), check(Track::Bh)]).await;
    let first = world.take(&taken[0].id).await.lease;
    let later = world.now().plus(MINUTE);
    let put_off = Postponement { until: Until::Send(later), cause: "busy".to_owned(), failures: 1, telling: vec![] };
    world.ledger.postpone(&first, put_off).await.unwrap();
    // The alignment is not even announced; what is of another family goes on.
    let claimed = world.claim().await;
    assert_eq!(claimed.iter().map(|claimed| &claimed.lease.submission).collect::<Vec<_>>(), [&taken[2].id]);
    world.ledger.release(&claimed[0].lease).await.unwrap();
    world.ledger.cancel(&taken[2].id, "ann").await.unwrap();
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(later));
    world.clock.advance(MINUTE);
    let claimed = world.claim().await;
    assert_eq!(claimed.iter().map(|claimed| &claimed.lease.submission).collect::<Vec<_>>(), [&taken[0].id]);
    world.ledger.cancel(&taken[0].id, "ann").await.unwrap();
    world.take(&taken[1].id).await;
}

pub(crate) async fn polls_do_not_wait_for_the_chart(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let first = world.ask(&chart, vec![check(Track::Bh)]).await.remove(0).id;
    world.bring_to_polling(&first).await;
    let second = world.ask(&chart, vec![check(Track::Msk)]).await.remove(0).id;
    let claimed = world.claim().await;
    let states: Vec<_> = claimed.iter().map(|claimed| (claimed.lease.submission.clone(), claimed.state)).collect();
    assert_eq!(states, [(first, State::Polling), (second, State::Ready)]);
    assert_eq!(claimed[0].location, Some(format!("https://cms.example/status/{}", claimed[0].lease.submission)));
    assert_eq!(claimed[0].polling_since, Some(world.now()));
}

pub(crate) async fn due_times_are_kept(world: &World) {
    assert_eq!(world.ledger.next_due().await.unwrap(), None);
    let id = world.one(check(Track::Bh)).await;
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(world.now()));
    let lease = world.take(&id).await.lease;
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(world.now().plus(MINUTE)));
    let at = world.now().plus(Duration::from_secs(90));
    let later = Postponement { until: Until::Send(at), cause: "busy".to_owned(), failures: 2, telling: vec![] };
    world.ledger.postpone(&lease, later).await.unwrap();
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(at));
    world.clock.advance(Duration::from_millis(89_999));
    assert!(world.claim().await.is_empty());
    assert_eq!(world.ledger.health().await.unwrap().oldest_due, None);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.ledger.health().await.unwrap().oldest_due, Some(at));
    let claimed = world.take(&id).await;
    assert_eq!((claimed.state, claimed.failures), (State::Waiting, 2));
}

pub(crate) async fn work_given_back_is_due_at_once(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let lease = world.take(&id).await.lease;
    world.ledger.release(&lease).await.unwrap();
    let lease = world.send(&id).await;
    // But not what may be on its way.
    let error = world.ledger.release(&lease).await.unwrap_err();
    assert!(matches!(error, LedgerError::Invalid { .. }), "{error}");
    assert_eq!(world.state(&id).await, State::Sending);
}

/// The answer to a claim may be lost with the connection: whoever claimed holds what it does not know of.
pub(crate) async fn what_its_owner_does_not_know_of_is_given_back(world: &World) {
    let (known, stray) = (world.one(check(Track::Bh)).await, world.one(check(Track::Msk)).await);
    let doubtful = world.one(check(Track::Ckm)).await;
    let claimed = world.ledger.claim("w1", MINUTE, 10).await.unwrap();
    let lease = |id: &String| &claimed.iter().find(|claimed| &claimed.lease.submission == id).unwrap().lease;
    world.ledger.begin_sending(lease(&doubtful), sending()).await.unwrap();
    let others = world.one(check(Track::Bh)).await;
    assert_eq!(world.other.claim("w2", MINUTE, 10).await.unwrap().len(), 1);

    assert_eq!(world.ledger.give_back("w1", std::slice::from_ref(&known)).await.unwrap(), 2);
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(world.now()));
    let again = world.other.claim("w2", MINUTE, 10).await.unwrap();
    let states: BTreeMap<_, _> = again.iter().map(|one| (one.lease.submission.clone(), one.state)).collect();
    assert_eq!(states, BTreeMap::from([(stray.clone(), State::Ready), (doubtful, State::Sending)]));
    // The old lease is worth nothing, and the others hold.
    let lost = LedgerError::LeaseLost { what: "submission", id: stray.clone() };
    assert_eq!(world.ledger.release(lease(&stray)).await.as_ref(), Err(&lost));
    world.ledger.release(lease(&known)).await.unwrap();
    assert_eq!(world.ledger.give_back("w1", &[]).await.unwrap(), 0);
    assert_eq!(world.state(&others).await, State::Ready);
}

pub(crate) async fn a_renewed_lease_holds_longer(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let lease = world.take(&id).await.lease;
    world.clock.advance(Duration::from_secs(50));
    world.ledger.extend(&lease, MINUTE).await.unwrap();
    world.clock.advance(Duration::from_secs(50));
    assert!(world.claim().await.is_empty());
    world.ledger.begin_sending(&lease, sending()).await.unwrap();
    world.clock.advance(Duration::from_secs(59));
    assert!(world.claim().await.is_empty());
}

pub(crate) async fn what_was_being_sent_is_found_after_a_crash(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    world.send(&id).await;
    assert!(world.other.claim("w2", MINUTE, 10).await.unwrap().is_empty());
    world.clock.advance(MINUTE);
    let found = world.other.claim("w2", MINUTE, 10).await.unwrap().remove(0);
    assert_eq!((found.state, found.attempts, found.location), (State::Sending, 1, None));
    // It cannot be sent from there, only settled.
    let error = world.other.begin_sending(&found.lease, sending()).await.unwrap_err();
    assert!(matches!(error, LedgerError::Refused { state: State::Sending, act: Act::Send, .. }), "{error}");
    world.other.uncertain(&found.lease, "stopped while sending", vec![]).await.unwrap();
    assert_eq!(world.state(&id).await, State::Uncertain);
}

pub(crate) async fn racing_workers_share_the_work(world: &World) {
    let mut people = Vec::new();
    for person in 0..8 {
        let chart = world.person(&[&format!("id:A|{person}")]).await;
        world.ask(&chart, vec![check(Track::Bh), check(Track::Msk)]).await;
        people.push(chart);
    }
    // Two workers on two handles; nobody holds two of one chart, nothing is done twice, everything is done.
    let mut done = BTreeSet::new();
    for _ in 0..8 {
        let (a, b) = tokio::join!(world.ledger.claim("w1", MINUTE, 3), world.other.claim("w2", MINUTE, 3));
        let claimed: Vec<Claimed> = a.unwrap().into_iter().chain(b.unwrap()).collect();
        let charts: BTreeSet<_> = claimed.iter().map(|claimed| &claimed.chart).collect();
        assert_eq!(charts.len(), claimed.len());
        for claimed in claimed {
            assert!(done.insert(claimed.lease.submission.clone()));
            world.finish(&claimed.lease, ending(Final::Failed, Dependents::Proceed)).await;
        }
    }
    assert_eq!(done.len(), 16);
}

/// A machine that started with its clock a day ahead held up polls for a day once the clock was put right.
pub(crate) async fn a_clock_that_is_set_back_holds_nothing_up(world: &World) {
    let right = world.now();
    world.clock.advance(24 * 60 * MINUTE);
    let polled = world.one(check(Track::Bh)).await;
    let lease = world.send(&polled).await;
    let soon = world.now().plus(MINUTE);
    world.ledger.accepted(&lease, Acceptance { next_poll_at: soon, ..world.acceptance("x") }).await.unwrap();
    let waiting = world.one(check(Track::Bh)).await;
    let lease = world.take(&waiting).await.lease;
    let later = Postponement { until: Until::Send(soon), cause: "x".to_owned(), failures: 1, telling: vec![] };
    world.ledger.postpone(&lease, later).await.unwrap();
    let in_hand = world.one(check(Track::Bh)).await;
    let lease = world.send(&in_hand).await;
    world.clock.set(right);
    // Not at once: each with the rest of its wait; and whoever works goes on.
    assert!(world.claim().await.is_empty());
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(right.plus(MINUTE)));
    world.ledger.extend(&lease, 10 * MINUTE).await.unwrap();
    world.clock.advance(MINUTE);
    let due: BTreeSet<String> = world.claim().await.into_iter().map(|claimed| claimed.lease.submission).collect();
    assert_eq!(due, BTreeSet::from([polled, waiting]));
}

/// A clock that jumped made a service take its own POST for one that a stopped service had left behind, and send it again.
pub(crate) async fn what_is_in_hand_is_not_claimed_again_whatever_the_clock_says(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), check(Track::Msk)]).await;
    let first = world.take(&taken[0].id).await.lease;
    world.clock.advance(60 * MINUTE);
    let claimer = Claimer { in_hand: vec![taken[0].id.clone()], ..Claimer::named("w1") };
    // Neither the piece, nor what its chart holds back meanwhile.
    assert!(world.ledger.claim_as(&claimer, MINUTE, 10).await.unwrap().is_empty());
    assert_eq!(world.ledger.next_due_as(&claimer).await.unwrap(), None);
    world.ledger.begin_sending(&first, sending()).await.unwrap();
    world.clock.advance(60 * MINUTE);
    assert!(world.ledger.claim_as(&claimer, MINUTE, 10).await.unwrap().is_empty());
    world.ledger.extend(&first, MINUTE).await.unwrap();
    world.ledger.accepted(&first, world.acceptance(&taken[0].id)).await.unwrap();
    // In nobody's hand it is polled, and the chart is free.
    let claimed = world.claim().await;
    let claimed: BTreeSet<_> = claimed.iter().map(|claimed| claimed.lease.submission.as_str()).collect();
    assert_eq!(claimed, BTreeSet::from([taken[0].id.as_str(), taken[1].id.as_str()]));
}

pub(crate) async fn work_of_participants_that_rest_is_left_where_it_is(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let id = world.ask(&chart, vec![check(Track::Bh)]).await.remove(0).id;
    let (here, other) = (vec![PARTICIPANT.to_owned()], vec!["ACCES99999".to_owned()]);
    let named = Claimer::named("w1");
    for (claimer, finds) in [
        (Claimer { resting: here.clone(), ..named.clone() }, false),
        (Claimer { only: other.clone(), ..named.clone() }, false),
        (Claimer { aside: vec![chart.id.clone()], ..named.clone() }, false),
        (Claimer { resting: other, only: here, aside: vec!["x".to_owned()], ..named }, true),
    ] {
        let due = world.ledger.next_due_as(&claimer).await.unwrap();
        assert_eq!(due.is_some(), finds, "{claimer:?}");
        let claimed = world.ledger.claim_as(&claimer, MINUTE, 10).await.unwrap();
        assert_eq!(claimed.len(), usize::from(finds), "{claimer:?}");
    }
    // Nothing of it is in its history.
    assert_eq!(world.story(&id).await.events.len(), 1);
}

/// Whether CMS is there again was concluded from there being nothing that was due.
pub(crate) async fn what_failed_can_be_taken_before_it_is_due(world: &World) {
    let (failed, later) = (world.one(check(Track::Bh)).await, world.one(check(Track::Bh)).await);
    let asked = world.one(check(Track::Bh)).await;
    for (claimed, minutes) in world.claim().await.into_iter().zip([2, 3, 1]) {
        let until = Until::Send(world.now().plus(minutes * MINUTE));
        // The last was put off without a failure.
        let failures = u32::from(claimed.lease.submission != asked);
        let postponement = Postponement { until, cause: "x".to_owned(), failures, telling: vec![] };
        world.ledger.postpone(&claimed.lease, postponement).await.unwrap();
    }
    let early = Claimer { early: true, ..Claimer::named("w1") };
    assert!(world.claim().await.is_empty());
    for expected in [&failed, &later] {
        let claimed = world.ledger.claim_as(&early, MINUTE, 1).await.unwrap();
        assert_eq!(claimed.iter().map(|claimed| &claimed.lease.submission).collect::<Vec<_>>(), [expected]);
    }
    // What somebody works on is not put off.
    assert!(world.ledger.claim_as(&early, MINUTE, 10).await.unwrap().is_empty());
}

/// An unalignment went out while the alignment before it was still polled; dealt with in the other order, the alignment was the last.
pub(crate) async fn an_unalignment_waits_for_the_answer_to_the_alignment(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let first = world.ask(&chart, vec![align(Track::ECkm)]).await.remove(0).id;
    let lease = world.send(&first).await;
    let day = world.now().plus(24 * 60 * MINUTE);
    world.ledger.accepted(&lease, Acceptance { next_poll_at: day, ..world.acceptance(&first) }).await.unwrap();
    let unalign = |track| intent(Operation::Unalign, track);
    let taken = world.ask(&chart, vec![check(Track::Ckm), unalign(Track::Bh), unalign(Track::Ckm)]).await;
    // What asks, and what is of another family, goes on.
    for next in [&taken[0], &taken[1]] {
        let lease = world.send(&next.id).await;
        world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    }
    assert!(world.claim().await.is_empty());
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(day));
    // Not for ever.
    world.clock.advance(60 * MINUTE);
    world.take(&taken[2].id).await;
}

pub(crate) async fn an_alignment_waits_for_the_answer_to_the_unalignment_unless_that_is_in_doubt(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let first = world.ask(&chart, vec![intent(Operation::Unalign, Track::Ckm)]).await.remove(0).id;
    world.bring_to_polling(&first).await;
    let second = world.ask(&chart, vec![align(Track::Ckm)]).await.remove(0).id;
    let polled = world.take(&first).await.lease;
    world.ledger.uncertain(&polled, "no answer", vec![]).await.unwrap();
    world.take(&second).await;
}
