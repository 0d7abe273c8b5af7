//! Joining charts.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Track};

/// The survivor with everything it needs to absorb the other.
async fn join(world: &World, survivor: &SeenChart, absorbed: &SeenChart) -> StoredIntake {
    let survivor = world.ledger.chart(&survivor.id).await.unwrap().unwrap();
    let absorbed = world.ledger.chart(&absorbed.id).await.unwrap().unwrap().seen();
    let keys: Vec<&str> = survivor.keys.expose().iter().map(String::as_str).collect();
    let mut joined = change(Some(&survivor.seen()), &keys, "{\"joined\":true}");
    joined.absorbed.push(absorbed.id.clone());
    let subject =
        SubjectIntake { seen: vec![survivor.seen(), absorbed], change: Some(joined), ..SubjectIntake::default() };
    world.store(inside(vec![subject])).await
}

pub(crate) async fn open_work_and_keys_move_to_the_survivor(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1", "mbi:3AA1AA1AA11"]).await);
    let ready = world.ask(&b, vec![check(Track::Bh)]).await.remove(0).id;
    let done = world.ask(&b, vec![check(Track::Msk)]).await.remove(0).id;
    world.ledger.cancel(&done, "ann").await.unwrap();
    let subject = SubjectIntake {
        seen: vec![b.clone()],
        notices: vec![notice(NoticeKind::Deadline, &["engine"])],
        ..SubjectIntake::default()
    };
    let told = world.store(inside(vec![subject])).await.notices.remove(0);
    let stored = join(world, &a, &b).await;
    assert_eq!(stored.subjects[0].chart, Some(SeenChart { id: a.id.clone(), version: 2 }));
    for id in [&ready, &done] {
        assert_eq!(world.story(id).await.submission.chart, a.id);
    }
    assert_eq!(world.ledger.notice(&told).await.unwrap().unwrap().summary.chart, Some(a.id.clone()));
    let found = world.ledger.charts(PARTICIPANT, &["mbi:3AA1AA1AA11".to_owned()]).await.unwrap();
    assert_eq!(found[0].id, a.id);
    assert_eq!(found[0].keys.expose(), &["id:A|1", "id:B|1", "mbi:3AA1AA1AA11"]);
    let gone = world.ledger.chart(&b.id).await.unwrap().unwrap();
    assert_eq!((gone.joined_into, gone.keys.expose().len()), (Some(a.id.clone()), 0));
    // Whoever planned with the absorbed chart plans again.
    let stale = SubjectIntake { seen: vec![b], intents: vec![check(Track::Bh)], ..SubjectIntake::default() };
    assert_eq!(world.ledger.intake(inside(vec![stale])).await.unwrap(), IntakeResult::Conflict);
    assert_eq!(world.claim().await.len(), 1);
}

pub(crate) async fn of_two_unsent_ones_one_goes_on(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    let kept = world.ask(&a, vec![check(Track::Ckm)]).await.remove(0).id;
    let taken = world.ask(&b, vec![check(Track::ECkm), after(0, align(Track::ECkm))]).await;
    join(world, &a, &b).await;
    assert_eq!((world.state(&kept).await, world.state(&taken[0].id).await), (State::Ready, State::Cancelled));
    // What waited for the one that gave way waits for the one that goes on.
    let dependent = world.story(&taken[1].id).await.submission;
    assert_eq!((dependent.chart.as_str(), dependent.blocked_by.as_deref()), (a.id.as_str(), Some(kept.as_str())));
    let lease = world.send(&kept).await;
    let finished = world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert_eq!(finished.released, [taken[1].id.clone()]);
}

pub(crate) async fn one_in_flight_beats_one_unsent(world: &World) {
    for in_absorbed in [true, false] {
        let key = |name: &str| format!("id:{name}|{in_absorbed}");
        let (a, b) = (world.person(&[&key("A")]).await, world.person(&[&key("B")]).await);
        let (first, second) = if in_absorbed { (&b, &a) } else { (&a, &b) };
        let flying = world.ask(first, vec![check(Track::Bh)]).await.remove(0).id;
        let lease = world.send(&flying).await;
        let idle = world.ask(second, vec![check(Track::Bh), after(0, align(Track::Bh))]).await;
        join(world, &a, &b).await;
        assert_eq!(world.state(&idle[0].id).await, State::Cancelled, "{in_absorbed}");
        assert_eq!(world.story(&idle[1].id).await.submission.blocked_by, Some(flying.clone()));
        let story = world.story(&flying).await.submission;
        assert_eq!((story.state, story.chart), (State::Sending, a.id.clone()));
        // Its worker goes on as if nothing had happened.
        world.ledger.accepted(&lease, world.acceptance(&flying)).await.unwrap();
        let lease = world.take(&flying).await.lease;
        let finished = world.finish(&lease, ending(Final::Done, Dependents::Cancel("not eligible".to_owned()))).await;
        assert_eq!(finished.cancelled, [idle[1].id.clone()]);
    }
}

pub(crate) async fn two_in_flight_both_go_on(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    let ours = world.ask(&a, vec![align(Track::Bh)]).await.remove(0).id;
    world.bring_to_doubt(&ours).await;
    let theirs = world.ask(&b, vec![align(Track::Bh)]).await.remove(0).id;
    let lease = world.send(&theirs).await;
    join(world, &a, &b).await;
    assert_eq!((world.state(&ours).await, world.state(&theirs).await), (State::Uncertain, State::Sending));
    world.ledger.accepted(&lease, world.acceptance(&theirs)).await.unwrap();
    // A third is not started beside them, nor the doubtful one repeated.
    assert_eq!(world.ask(&a, vec![align(Track::Bh)]).await[0].how, TakenAs::InFlight);
    assert_eq!(world.ledger.retry(&ours, "ann").await, Err(LedgerError::OpenAlready { existing: theirs.clone() }));
    let lease = world.take(&theirs).await.lease;
    world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert_eq!(world.ledger.retry(&ours, "ann").await.unwrap().state, State::Ready);
}

pub(crate) async fn reports_of_different_periods_both_go_on(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    let ours = world.ask(&a, vec![held(report(Track::Ckm, "quarterly-4", "sub-1"))]).await.remove(0).id;
    let same = world.ask(&b, vec![held(report(Track::Ckm, "quarterly-4", "sub-1"))]).await.remove(0).id;
    let theirs = world.ask(&b, vec![held(report(Track::Ckm, "end-of-period", "sub-1"))]).await.remove(0).id;
    join(world, &a, &b).await;
    let states = [world.state(&ours).await, world.state(&theirs).await, world.state(&same).await];
    assert_eq!(states, [State::Held, State::Held, State::Cancelled]);
}

pub(crate) async fn a_second_merge_leads_to_the_last_survivor(world: &World) {
    let mut people = Vec::new();
    for key in ["id:A|1", "id:B|1", "id:C|1"] {
        people.push(world.person(&[key]).await);
    }
    let id = world.ask(&people[2], vec![check(Track::Bh)]).await.remove(0).id;
    join(world, &people[1], &people[2]).await;
    join(world, &people[0], &people[1]).await;
    for gone in &people[1..] {
        let gone = world.ledger.chart(&gone.id).await.unwrap().unwrap();
        assert_eq!(gone.joined_into, Some(people[0].id.clone()));
    }
    assert_eq!(world.story(&id).await.submission.chart, people[0].id);
    let found = world.ledger.charts(PARTICIPANT, &["id:C|1".to_owned()]).await.unwrap();
    assert_eq!(found[0].id, people[0].id);
}

pub(crate) async fn a_chart_is_not_joined_in_a_circle(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    let before = world.traces().await;
    let absorb = |survivor: &SeenChart, absorbed: &SeenChart, key: &str| {
        let mut joined = change(Some(survivor), &[key], "{}");
        joined.absorbed.push(absorbed.id.clone());
        SubjectIntake { seen: vec![a.clone(), b.clone()], change: Some(joined), ..SubjectIntake::default() }
    };
    for subjects in [vec![absorb(&a, &a, "id:A|1")], vec![absorb(&a, &b, "id:A|1"), absorb(&b, &a, "id:B|1")]] {
        let error = world.ledger.intake(inside(subjects)).await.unwrap_err();
        assert!(matches!(error, LedgerError::Invalid { .. }), "{error}");
        assert_eq!(world.traces().await, before);
    }
}
