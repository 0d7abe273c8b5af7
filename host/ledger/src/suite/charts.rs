//! Charts: found by key, changed only from where they were seen.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Track};

async fn ids(world: &World, keys: &[&str]) -> Vec<String> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    world.ledger.charts(PARTICIPANT, &keys).await.unwrap().into_iter().map(|chart| chart.id).collect()
}

pub(crate) async fn charts_are_found_in_the_order_of_keys_each_once(world: &World) {
    let a = world.person(&["mbi:3AA1AA1AA11", "id:A|1"]).await.id;
    let b = world.person(&["id:B|1"]).await.id;
    assert_eq!(ids(world, &["id:B|1", "id:A|1", "mbi:3AA1AA1AA11"]).await, [b.clone(), a.clone()]);
    assert_eq!(ids(world, &["id:X|9", "mbi:3AA1AA1AA11", "id:B|1"]).await, [a, b]);
    assert!(ids(world, &["id:A|2"]).await.is_empty());
    assert!(ids(world, &[]).await.is_empty());
}

pub(crate) async fn a_chart_that_moved_is_a_conflict_and_leaves_nothing(world: &World) {
    let seen = world.person(&["id:A|1"]).await;
    let subject = |document: &str| SubjectIntake {
        seen: vec![seen.clone()],
        change: Some(change(Some(&seen), &["id:A|1"], document)),
        intents: vec![check(Track::Bh)],
        notices: vec![notice(NoticeKind::Deadline, &["engine"])],
        ..SubjectIntake::default()
    };
    let stored = world.store(outside(feed("m1", "one"), vec![subject("{\"n\":1}")])).await;
    assert_eq!(stored.subjects[0].chart.as_ref().unwrap().version, 2);
    let before = world.traces().await;
    let late = world.other.intake(outside(feed("m2", "two"), vec![subject("{\"n\":2}")])).await.unwrap();
    assert_eq!(late, IntakeResult::Conflict);
    assert_eq!(world.traces().await, before);
    assert_eq!(world.ledger.known_feed(&identity("m2")).await.unwrap(), None);
    assert_eq!(world.ledger.chart(&seen.id).await.unwrap().unwrap().document.expose(), "{\"n\":1}");
}

pub(crate) async fn a_conflict_in_the_second_subject_takes_the_first_back(world: &World) {
    let a = world.person(&["id:A|1"]).await;
    let b = world.person(&["id:B|1"]).await;
    let moved = SubjectIntake {
        seen: vec![b.clone()],
        change: Some(change(Some(&b), &["id:B|1"], "{\"moved\":true}")),
        ..SubjectIntake::default()
    };
    world.store(inside(vec![moved])).await;
    let before = world.traces().await;
    let subject = |seen: &SeenChart, key: &str| SubjectIntake {
        seen: vec![seen.clone()],
        change: Some(change(Some(seen), &[key], "{\"late\":true}")),
        intents: vec![check(Track::Bh)],
        notices: vec![notice(NoticeKind::Deadline, &["engine"])],
        ..SubjectIntake::default()
    };
    let intake = outside(feed("m1", "one"), vec![subject(&a, "id:A|1"), subject(&b, "id:B|1")]);
    assert_eq!(world.ledger.intake(intake).await.unwrap(), IntakeResult::Conflict);
    assert_eq!(world.traces().await, before);
    assert_eq!(world.ledger.chart(&a.id).await.unwrap().unwrap().version, 1);
    // The same where the second only meets a key that nobody saw.
    let stranger = newcomer(&["id:B|1"], vec![check(Track::Bh)]);
    let intake = outside(feed("m1", "one"), vec![subject(&a, "id:A|1"), stranger]);
    assert_eq!(world.ledger.intake(intake).await.unwrap(), IntakeResult::Conflict);
    assert_eq!(world.traces().await, before);
    assert_eq!(ids(world, &["id:A|1"]).await, [a.id]);
}

pub(crate) async fn two_plans_for_a_new_person_make_one_chart(world: &World) {
    let plan =
        |control_id: &str| outside(feed(control_id, control_id), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])]);
    let (a, b) = tokio::join!(world.ledger.intake(plan("m1")), world.other.intake(plan("m2")));
    let results = [a.unwrap(), b.unwrap()];
    assert_eq!(results.iter().filter(|result| **result == IntakeResult::Conflict).count(), 1, "{results:?}");
    assert_eq!(world.ledger.health().await.unwrap().charts, 1);
}

pub(crate) async fn a_key_moves_only_from_a_chart_that_was_seen(world: &World) {
    let a = world.person(&["id:A|1", "id:A|2"]).await;
    let b = world.person(&["id:B|1"]).await;
    let take = |seen: Vec<SeenChart>| SubjectIntake {
        seen,
        change: Some(change(Some(&b), &["id:B|1", "id:A|2"], "{}")),
        ..SubjectIntake::default()
    };
    assert_eq!(world.ledger.intake(inside(vec![take(vec![b.clone()])])).await.unwrap(), IntakeResult::Conflict);
    world.store(inside(vec![take(vec![b.clone(), a.clone()])])).await;
    assert_eq!(ids(world, &["id:A|2", "id:A|1"]).await, [b.id.clone(), a.id.clone()]);
    // Whoever planned from the chart that lost a key notices.
    let stale = SubjectIntake { seen: vec![a], ..SubjectIntake::default() };
    assert_eq!(world.ledger.intake(inside(vec![stale])).await.unwrap(), IntakeResult::Conflict);
    // A key that a chart does not claim any more leads nowhere.
    let b = world.ledger.chart(&b.id).await.unwrap().unwrap();
    assert_eq!(b.keys.expose(), &["id:B|1", "id:A|2"]);
    let drop = SubjectIntake {
        seen: vec![b.seen()],
        change: Some(change(Some(&b.seen()), &["id:A|2"], "{}")),
        ..take(vec![])
    };
    world.store(inside(vec![drop])).await;
    assert!(ids(world, &["id:B|1"]).await.is_empty());
}

pub(crate) async fn keys_of_other_participants_are_other_keys(world: &World) {
    let ours = world.person(&["mbi:3AA1AA1AA11"]).await;
    let theirs =
        Intake { participant: "ACCES54321".to_owned(), ..inside(vec![newcomer(&["mbi:3AA1AA1AA11"], vec![])]) };
    let theirs = world.store(theirs).await.subjects[0].chart.clone().unwrap();
    assert_ne!(ours.id, theirs.id);
    assert_eq!(ids(world, &["mbi:3AA1AA1AA11"]).await, [ours.id]);
    // A chart of another participant cannot be planned from.
    let error =
        world.ledger.intake(inside(vec![SubjectIntake { seen: vec![theirs], ..SubjectIntake::default() }])).await;
    assert!(matches!(error, Err(LedgerError::Invalid { .. })), "{error:?}");
}

pub(crate) async fn what_a_plan_needs_is_answered_in_one(world: &World) {
    let a = world.person(&["mbi:3AA1AA1AA11", "id:A|1"]).await;
    let entry = |key: &str| access_contract::Entry {
        key: key.to_owned(),
        kind: access_contract::EntryKind::from("measure".to_owned()),
        code: "1".to_owned(),
        at: "2026-01-01".to_owned(),
        document: "{}".to_owned(),
    };
    let entries = vec![entry("m:1"), entry("m:2")];
    let keys = ["mbi:3AA1AA1AA11", "id:A|1", "id:A|9"];
    let more = ChartChange { entries, ..change(Some(&a), &keys, "{\"n\":1}") };
    let subject = SubjectIntake { seen: vec![a.clone()], change: Some(more), ..SubjectIntake::default() };
    world.store(outside(feed("m1", "one"), vec![subject])).await;
    let b = world.person(&["id:B|1"]).await;
    let wanted = |keys: &[&str], entry_keys: &[&str]| Wanted {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        entry_keys: entry_keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let inquiry = Inquiry {
        identity: identity("m1"),
        participant: PARTICIPANT.to_owned(),
        people: vec![wanted(&["id:X|1", "id:B|1", "id:A|9", "id:A|1"], &["m:2", "m:3"]), wanted(&["id:X|1"], &[])],
    };
    let ledger = std::sync::Arc::clone(&world.other);
    let ask = move |inquiry: Inquiry| {
        let ledger = std::sync::Arc::clone(&ledger);
        async move { tokio::task::spawn_blocking(move || ledger.inquire(inquiry)).await.unwrap() }
    };
    let known = ask(inquiry.clone()).await.unwrap();
    assert_eq!(known.feed, world.ledger.known_feed(&identity("m1")).await.unwrap());
    assert!(known.feed.is_some());
    let seen: Vec<Vec<&SeenChart>> =
        known.people.iter().map(|charts| charts.iter().map(|chart| &chart.seen).collect()).collect();
    let moved = SeenChart { version: 2, ..a };
    assert_eq!(seen, [vec![&b, &moved], vec![]]);
    assert_eq!(known.people[0][1].document.expose(), "{\"n\":1}");
    assert_eq!(known.people[0][1].entries.expose(), &[entry("m:2")]);
    assert!(known.people[0][0].entries.expose().is_empty());
    assert!(!format!("{inquiry:?} {known:?}").contains("A|9"));
    let nobody = ask(Inquiry { participant: "ACCES99999".to_owned(), ..inquiry.clone() }).await.unwrap();
    assert!(nobody.people.iter().all(Vec::is_empty));
    let many = vec![Wanted::default(); Bounds::LIST + 1];
    let error = ask(Inquiry { people: many, ..inquiry }).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Caller);
}
