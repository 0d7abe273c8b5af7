//! Notices on their way.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Track};
use bridge_types::Phi;

async fn tell(world: &World, number: usize, routes: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..number {
        ids.extend(world.ledger.notify(vec![notice(NoticeKind::Deadline, routes)]).await.unwrap());
    }
    ids
}

async fn claim(world: &World, route: &str, limit: usize) -> Vec<ClaimedDelivery> {
    world.ledger.claim_deliveries(route, "w1", MINUTE, limit).await.unwrap()
}

fn ids(claimed: &[ClaimedDelivery]) -> Vec<String> {
    claimed.iter().map(|delivery| delivery.lease.notice.clone()).collect()
}

pub(crate) async fn a_route_delivers_in_order(world: &World) {
    let told = tell(world, 4, &["engine"]).await;
    let first = claim(world, "engine", 2).await;
    assert_eq!(ids(&first), told[..2]);
    // Those behind wait, since those before may still fail.
    assert!(claim(world, "engine", 2).await.is_empty());
    assert_eq!(world.ledger.next_delivery("engine").await.unwrap(), Some(world.now().plus(MINUTE)));
    for delivery in &first {
        world.ledger.delivered(&delivery.lease, "AA").await.unwrap();
    }
    assert_eq!(world.ledger.next_delivery("engine").await.unwrap(), Some(world.now()));
    assert_eq!(ids(&claim(world, "engine", 10).await), told[2..]);
    let shown = world.ledger.notice(&told[0]).await.unwrap().unwrap().deliveries.remove(0);
    assert_eq!((shown.state, shown.note.as_str(), shown.delivered_at), (DeliveryState::Delivered, "AA", Some(START)));
}

pub(crate) async fn a_failing_delivery_holds_the_queue_until_it_is_given_up(world: &World) {
    let told = tell(world, 2, &["engine"]).await;
    let head = claim(world, "engine", 1).await.remove(0);
    world.ledger.delivery_failed(&head.lease, Some(world.now().plus(MINUTE)), "connection refused").await.unwrap();
    assert!(claim(world, "engine", 10).await.is_empty());
    assert_eq!(world.ledger.next_delivery("engine").await.unwrap(), Some(world.now().plus(MINUTE)));
    world.clock.advance(MINUTE);
    let head = claim(world, "engine", 1).await.remove(0);
    assert_eq!((head.lease.notice.as_str(), head.failures), (told[0].as_str(), 1));
    world.ledger.delivery_failed(&head.lease, None, "refused for good").await.unwrap();
    assert_eq!(ids(&claim(world, "engine", 10).await), told[1..]);
    let health = world.ledger.health().await.unwrap();
    assert_eq!((health.deliveries_dead, health.deliveries_pending), (1, 1));
    let shown = world.ledger.notice(&told[0]).await.unwrap().unwrap().deliveries.remove(0);
    assert_eq!((shown.state, shown.failures, shown.note.as_str()), (DeliveryState::Dead, 2, "refused for good"));
}

pub(crate) async fn what_waits_for_a_route_goes_to_another_on_demand(world: &World) {
    let told = tell(world, 3, &["engine"]).await;
    let both = tell(world, 1, &["engine", "archive"]).await;
    let head = claim(world, "engine", 1).await.remove(0);
    world.ledger.delivered(&head.lease, "AA").await.unwrap();
    let waiting = |engine, archive| vec![("archive".to_owned(), archive), ("engine".to_owned(), engine)];
    assert_eq!(world.ledger.waiting_routes().await.unwrap(), waiting(3, 1));
    // What the other route has itself is not told twice there.
    assert_eq!(world.ledger.hand_over("engine", "archive").await.unwrap(), 2);
    assert_eq!(world.ledger.waiting_routes().await.unwrap(), [("archive".to_owned(), 3)]);
    assert_eq!(ids(&claim(world, "archive", 10).await), [&told[1..], &both[..]].concat());
    assert_eq!(world.ledger.hand_over("engine", "archive").await.unwrap(), 0);
    let shown = world.ledger.notice(&told[0]).await.unwrap().unwrap().deliveries;
    assert_eq!(shown.iter().map(|one| one.route.as_str()).collect::<Vec<_>>(), ["engine"]);
}

pub(crate) async fn routes_do_not_wait_for_each_other(world: &World) {
    let told = tell(world, 1, &["engine", "archive", "engine"]).await;
    let head = claim(world, "engine", 1).await.remove(0);
    world.ledger.delivery_failed(&head.lease, Some(world.now().plus(MINUTE)), "down").await.unwrap();
    assert_eq!(ids(&claim(world, "archive", 10).await), told);
    assert!(claim(world, "elsewhere", 10).await.is_empty());
    assert_eq!(world.ledger.next_delivery("elsewhere").await.unwrap(), None);
}

pub(crate) async fn a_delivery_lease_is_exclusive_and_runs_out(world: &World) {
    tell(world, 1, &["engine"]).await;
    let first = claim(world, "engine", 1).await.remove(0);
    assert!(world.other.claim_deliveries("engine", "w2", MINUTE, 1).await.unwrap().is_empty());
    world.clock.advance(MINUTE);
    let second = world.other.claim_deliveries("engine", "w2", MINUTE, 1).await.unwrap().remove(0);
    assert_eq!((second.at, &second.notice), (first.at, &first.notice));
    let lost = LedgerError::LeaseLost { what: "notice", id: first.lease.notice.clone() };
    assert_eq!(world.ledger.delivered(&first.lease, "").await.as_ref(), Err(&lost));
    assert_eq!(world.ledger.delivery_failed(&first.lease, None, "").await.as_ref(), Err(&lost));
    assert_eq!(world.ledger.release_delivery(&first.lease).await.as_ref(), Err(&lost));
    world.other.release_delivery(&second.lease).await.unwrap();
    let third = claim(world, "engine", 1).await.remove(0);
    assert_eq!(third.failures, 0);
    world.ledger.delivered(&third.lease, "").await.unwrap();
    assert_eq!(world.ledger.delivered(&third.lease, "").await.as_ref(), Err(&lost));
}

pub(crate) async fn a_delivery_that_its_owner_does_not_know_of_is_given_back(world: &World) {
    tell(world, 1, &["engine", "file"]).await;
    let stray = claim(world, "engine", 1).await.remove(0);
    let other = claim(world, "file", 1).await.remove(0);
    assert_eq!(world.ledger.give_back_deliveries("engine", "w2").await.unwrap(), 0);
    assert_eq!(world.ledger.give_back_deliveries("engine", &stray.lease.owner).await.unwrap(), 1);
    let again = world.other.claim_deliveries("engine", "w2", MINUTE, 1).await.unwrap().remove(0);
    assert_eq!(again.lease.number, stray.lease.number + 1);
    world.other.delivered(&again.lease, "").await.unwrap();
    world.ledger.delivered(&other.lease, "").await.unwrap();
    assert_eq!(world.ledger.give_back_deliveries("engine", &stray.lease.owner).await.unwrap(), 0);
}

/// A clock that was years ahead for a moment closed a route for as long.
pub(crate) async fn a_delivery_put_off_by_a_wrong_clock_is_due(world: &World) {
    tell(world, 1, &["engine"]).await;
    let right = world.now();
    world.clock.advance(3 * 24 * 60 * MINUTE);
    let lease = claim(world, "engine", 1).await.remove(0).lease;
    world.ledger.delivery_failed(&lease, Some(world.now().plus(MINUTE)), "unreachable").await.unwrap();
    world.clock.set(right);
    // With the rest of its wait.
    assert!(claim(world, "engine", 1).await.is_empty());
    assert_eq!(world.ledger.next_delivery("engine").await.unwrap(), Some(right.plus(MINUTE)));
    world.clock.advance(MINUTE);
    assert_eq!(claim(world, "engine", 1).await.len(), 1);
    // Once: a lease holds as ever.
    assert!(claim(world, "engine", 1).await.is_empty());
}

/// With the clock an hour ahead one delivery failed; set right, its route stood still for an hour, with everything behind.
pub(crate) async fn a_route_follows_a_clock_that_is_set_back(world: &World) {
    let right = world.now();
    world.clock.advance(60 * MINUTE);
    let first = tell(world, 1, &["engine", "archive"]).await;
    let lease = claim(world, "engine", 1).await.remove(0).lease;
    world.ledger.delivery_failed(&lease, Some(world.now().plus(MINUTE)), "unreachable").await.unwrap();
    let in_hand = claim(world, "archive", 1).await.remove(0).lease;
    world.clock.set(right);
    let second = tell(world, 1, &["engine"]).await;
    assert!(claim(world, "engine", 10).await.is_empty());
    assert!(claim(world, "archive", 10).await.is_empty());
    world.clock.advance(MINUTE);
    assert_eq!(ids(&claim(world, "engine", 10).await), [first[0].clone(), second[0].clone()]);
    // What was in hand is lost to whoever held it once its lease has run out, and not before.
    assert_eq!(claim(world, "archive", 10).await.len(), 1);
    let lost = LedgerError::LeaseLost { what: "notice", id: in_hand.notice.clone() };
    assert_eq!(world.ledger.delivered(&in_hand, "AA").await, Err(lost));
}

pub(crate) async fn a_dead_delivery_can_be_sent_again(world: &World) {
    let told = tell(world, 2, &["engine"]).await;
    let head = claim(world, "engine", 1).await.remove(0);
    world.ledger.delivery_failed(&head.lease, None, "refused").await.unwrap();
    world.ledger.redeliver(&told[0], "engine").await.unwrap();
    // What waits already keeps its place; asking twice changes nothing.
    world.ledger.redeliver(&told[0], "engine").await.unwrap();
    world.ledger.redeliver(&told[1], "engine").await.unwrap();
    let all = claim(world, "engine", 10).await;
    assert_eq!(ids(&all), [told[1].clone(), told[0].clone()]);
    assert_eq!(all[1].failures, 0);
    let missing = LedgerError::NotFound { what: "delivery" };
    assert_eq!(world.ledger.redeliver(&told[0], "elsewhere").await, Err(missing));
}

pub(crate) async fn an_outcome_notice_brings_the_answer(world: &World) {
    let id = world.one(check(Track::Bh)).await;
    let lease = world.send(&id).await;
    let told = vec![notice(NoticeKind::Outcome, &["engine"]), notice(NoticeKind::Deadline, &["engine"])];
    world.finish(&lease, Ending { notices: told, ..ending(Final::Done, Dependents::Proceed) }).await;
    let claimed = claim(world, "engine", 10).await;
    assert_eq!(claimed[0].answer.as_ref().unwrap().expose(), r#"{"resourceType":"Parameters"}"#);
    assert_eq!(claimed[0].notice.expose().submission, id);
    assert_eq!(claimed[1].answer, None);
}

pub(crate) async fn notices_of_quarantine_are_made_once(world: &World) {
    for _ in 0..3 {
        let entry = NewQuarantineEntry {
            notices: vec![notice(NoticeKind::FeedProblem, &["engine"])],
            ..refused("m1", "MSH|bad")
        };
        world.ledger.quarantine(entry).await.unwrap();
    }
    let kind = NoticeFilter { kind: Some(NoticeKind::FeedProblem), ..NoticeFilter::default() };
    let told = world.ledger.notices_page(&kind, None, 10).await.unwrap().items;
    let kept = world.ledger.quarantine_page(&QuarantineFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(told.iter().map(|one| one.quarantine.as_deref()).collect::<Vec<_>>(), [Some(kept[0].id.as_str())]);
}

pub(crate) async fn notices_are_found_by_the_control_id_of_their_message(world: &World) {
    let of = |control_id: &str| {
        let mut new = notice(NoticeKind::FeedProblem, &["engine"]);
        let mut inner = new.notice.into_inner();
        inner.control_id = control_id.to_owned();
        new.notice = Phi::new(inner);
        new
    };
    let ids = world.ledger.notify(vec![of("m1"), of("m2"), of("m1")]).await.unwrap();
    let filter = NoticeFilter { control_id: Some("m1".to_owned()), ..NoticeFilter::default() };
    let found = world.ledger.notices_page(&filter, None, 10).await.unwrap().items;
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [&*ids[2], &*ids[0]]);
    assert!(found.iter().all(|one| one.control_id == "m1" && one.quarantine.is_none()));
}

/// Measured where its text is made, inside the transaction; nothing of the rest stays either.
pub(crate) async fn a_notice_beyond_the_bounds_is_refused_with_all_that_comes_with_it(world: &World) {
    let mut large = notice(NoticeKind::Deadline, &["engine"]);
    let mut inner = large.notice.into_inner();
    inner.text = "x".repeat(Bounds::DOCUMENT_BYTES);
    large.notice = Phi::new(inner);
    let lease = world.grab(&world.one(check(Track::Bh)).await).await.lease;
    let before = world.traces().await;
    let mut subject = newcomer(&["id:A|9"], vec![check(Track::Bh)]);
    subject.notices.push(large.clone());
    let telling = vec![Telling { once: Once::OperatorNeeded, notice: large.clone() }];
    let until = Until::Send(world.now());
    let ending = Ending { notices: vec![large.clone()], ..ending(Final::Failed, Dependents::Proceed) };
    let ledger = &world.ledger;
    let refused_all = [
        ledger.intake(outside(feed("m9", "MSH|nine"), vec![subject])).await.unwrap_err(),
        ledger.notify(vec![notice(NoticeKind::Deadline, &["engine"]), large.clone()]).await.unwrap_err(),
        ledger.postpone(&lease, Postponement { until, cause: "x".to_owned(), failures: 1, telling }).await.unwrap_err(),
        ledger.finish(&lease, ending).await.unwrap_err(),
    ];
    for error in refused_all {
        assert!(matches!(error, LedgerError::TooLarge { what: "notice bytes", .. }), "{error}");
        assert!(error.is_unstorable());
    }
    assert_eq!(world.traces().await, before);
    // The lease holds, since nothing happened.
    world.ledger.release(&lease).await.unwrap();
    // What waits for a person is kept without it.
    let entry = NewQuarantineEntry { notices: vec![large], ..refused("m1", "MSH|bad") };
    assert!(world.ledger.quarantine(entry.clone()).await.unwrap_err().is_unstorable());
    world.ledger.quarantine(entry.within_bounds()).await.unwrap();
    assert_eq!((world.traces().await.0.quarantine, world.traces().await.1), (1, before.1));
}
