//! Feeds: stored once, whole or not at all.

use super::kit::*;
use crate::*;
use access_contract::{Entry, EntryKind, NoticeKind, Track, Verdict};
use bridge_types::Phi;

pub(crate) async fn a_feed_is_stored_with_everything_that_follows(world: &World) {
    let mut subject = newcomer(&["mbi:3AA1AA1AA11", "id:A|1"], vec![check(Track::Bh)]);
    subject.notices.push(notice(NoticeKind::Deadline, &["engine", "archive"]));
    let mut intake = outside(feed("m1", "MSH|one"), vec![subject]);
    intake.notices.push(notice(NoticeKind::FeedProblem, &["engine"]));
    let stored = world.store(intake).await;
    let id = stored.feed.unwrap();
    let found = world.other.feed(&id).await.unwrap().unwrap();
    assert_eq!(found.bytes.expose(), b"MSH|one");
    assert_eq!(found.summary.event, "ADT^A04");
    let known = world.other.known_feed(&identity("m1")).await.unwrap().unwrap();
    assert_eq!((known.id.as_str(), known.acknowledgement.as_str(), known.received_at), (id.as_str(), "AA", START));
    let chart = world.other.chart_by_mbi(PARTICIPANT, &Phi::new("3AA1AA1AA11".to_owned())).await.unwrap().unwrap();
    assert_eq!(chart.mbi().unwrap().expose(), "3AA1AA1AA11");
    assert_eq!(Some(chart.seen()), stored.subjects[0].chart);
    let story = world.story(&stored.subjects[0].submissions[0].id).await;
    assert_eq!((story.submission.feed.as_deref(), story.submission.control_id.as_str()), (Some(id.as_str()), "m1"));
    assert_eq!(story.submission.state, State::Ready);
    assert_eq!(stored.notices.len(), 2);
    let told = world.ledger.notice(&stored.notices[0]).await.unwrap().unwrap();
    assert_eq!(
        told.deliveries.iter().map(|delivery| delivery.route.as_str()).collect::<Vec<_>>(),
        ["archive", "engine"]
    );
    assert_eq!((told.summary.chart, told.summary.feed.as_deref()), (Some(chart.id), Some(id.as_str())));
}

pub(crate) async fn the_same_feed_twice_does_nothing(world: &World) {
    let intake = outside(feed("m1", "MSH|one"), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])]);
    let first = world.store(intake.clone()).await;
    let before = world.traces().await;
    match world.other.intake(intake).await.unwrap() {
        IntakeResult::Duplicate(known) => assert_eq!(Some(known.id), first.feed),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.traces().await, before);
}

pub(crate) async fn a_control_id_with_other_content_is_told_and_stored_only_on_demand(world: &World) {
    let first = world.store(outside(feed("m1", "MSH|one"), vec![])).await;
    let before = world.traces().await;
    let reused = outside(feed("m1", "MSH|two"), vec![newcomer(&["id:A|1"], vec![])]);
    match world.ledger.intake(reused.clone()).await.unwrap() {
        IntakeResult::ControlIdReused(known) => assert_eq!(Some(known.id), first.feed),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.traces().await, before);
    let second = world.store(Intake { allow_reuse: true, ..reused.clone() }).await;
    // Now both are known, and the newest is what the identity means.
    assert_eq!(world.ledger.known_feed(&identity("m1")).await.unwrap().map(|known| known.id), second.feed);
    for content in ["MSH|one", "MSH|two"] {
        let again = Intake { allow_reuse: true, ..outside(feed("m1", content), vec![]) };
        assert!(matches!(world.ledger.intake(again).await.unwrap(), IntakeResult::Duplicate(_)), "{content}");
    }
    // Another facility's m1 is another feed.
    let mut elsewhere = feed("m1", "MSH|one");
    elsewhere.identity.facility = "SOUTH".to_owned();
    world.store(outside(elsewhere, vec![])).await;
}

pub(crate) async fn a_feed_without_control_id_is_a_repeat_until_another_came(world: &World) {
    world.store(outside(feed("", "{\"a\":1}"), vec![])).await;
    let again = world.ledger.intake(outside(feed("", "{\"a\":1}"), vec![])).await.unwrap();
    assert!(matches!(again, IntakeResult::Duplicate(_)), "{again:?}");
    world.store(outside(feed("", "{\"a\":2}"), vec![])).await;
    // What was so, was changed, and is so again.
    world.store(outside(feed("", "{\"a\":1}"), vec![])).await;
    assert_eq!(world.ledger.known_feed(&identity("")).await.unwrap(), None);
}

pub(crate) async fn two_copies_of_a_feed_at_once_are_stored_once(world: &World) {
    let intake = outside(feed("m1", "MSH|one"), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])]);
    let (a, b) = tokio::join!(world.ledger.intake(intake.clone()), world.other.intake(intake));
    let stored =
        [a.unwrap(), b.unwrap()].into_iter().filter(|result| matches!(result, IntakeResult::Stored(_))).count();
    assert_eq!(stored, 1);
    let health = world.ledger.health().await.unwrap();
    assert_eq!((health.feeds, health.charts), (1, 1));
}

pub(crate) async fn an_intake_beyond_the_bounds_is_refused_whole(world: &World) {
    let before = world.traces().await;
    let subject = || newcomer(&["id:A|1"], vec![check(Track::Bh)]);
    let mut long_key = subject();
    let key = "k".repeat(Bounds::NAME_BYTES + 1);
    long_key.change = Some(change(None, &[&key], "{}"));
    let mut large_chart = subject();
    large_chart.change = Some(change(None, &["id:A|1"], &"x".repeat(Bounds::DOCUMENT_BYTES + 1)));
    let mut many = subject();
    many.intents = vec![check(Track::Bh); Bounds::LIST + 1];
    let with = |change: ChartChange| SubjectIntake { change: Some(change), ..subject() };
    let entry = |size: usize| {
        let (key, code, at) = ("m:1".to_owned(), "HbA1c".to_owned(), String::new());
        Entry { key, kind: EntryKind::Measure, code, at, document: "x".repeat(size) }
    };
    let keys: Vec<String> = (0..=Bounds::KEYS).map(|number| format!("id:A|{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let entries = |entries| ChartChange { entries, ..change(None, &["id:A|1"], "{}") };
    let mut large_feed = feed("m1", "MSH|one");
    large_feed.bytes = Phi::new(vec![b'x'; Bounds::FEED_BYTES + 1]);
    let intakes = [
        outside(large_feed, vec![subject()]),
        outside(feed("m1", "a"), vec![long_key]),
        outside(feed("m1", "a"), vec![large_chart]),
        outside(feed("m1", "a"), vec![many]),
        outside(feed(&key, "a"), vec![subject()]),
        outside(feed("m1", "a"), vec![subject(); Bounds::LIST + 1]),
        outside(feed("m1", "a"), vec![with(change(None, &keys, "{}"))]),
        outside(feed("m1", "a"), vec![with(entries(vec![entry(2); Bounds::ENTRIES + 1]))]),
        outside(feed("m1", "a"), vec![with(entries(vec![entry(Bounds::ENTRY_BYTES + 1)]))]),
    ];
    for intake in intakes {
        let error = world.ledger.intake(intake).await.unwrap_err();
        assert!(matches!(error, LedgerError::TooLarge { .. }), "{error}");
        assert_eq!(error.kind(), Kind::Caller);
    }
    assert_eq!(world.traces().await, before);
}

pub(crate) async fn a_feed_beyond_the_bounds_is_quarantined_as_far_as_it_can_be_kept(world: &World) {
    let long = "é".repeat(Bounds::TEXT_BYTES);
    let mut entry = refused(&long, "a");
    entry.bytes = Phi::new(vec![b'x'; Bounds::FEED_BYTES + 1]);
    (entry.code, entry.location, entry.text) = (long.clone(), long.clone(), long.clone());
    entry.notices = vec![notice(NoticeKind::FeedProblem, &[&long])];
    let error = world.ledger.quarantine(entry.clone()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Caller);
    let kept = world.ledger.quarantine(entry.within_bounds()).await.unwrap();
    let found = world.ledger.quarantined(&kept.id).await.unwrap().unwrap();
    assert_eq!(found.bytes.expose().len(), Bounds::FEED_BYTES);
    assert!(long.starts_with(found.entry.identity.control_id.as_str()) && found.entry.identity.control_id.len() > 1000);
    // What fits is left as it is.
    let small = refused("m1", "b");
    assert_eq!(small.clone().within_bounds(), small);
}

pub(crate) async fn an_intake_that_contradicts_itself_leaves_nothing(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let before = world.traces().await;
    let no_chart = SubjectIntake { intents: vec![check(Track::Bh)], ..SubjectIntake::default() };
    let forward = newcomer(&["id:A|2"], vec![after(1, check(Track::Bh)), check(Track::Msk)]);
    let itself = newcomer(&["id:A|2"], vec![after(0, check(Track::Bh))]);
    let unseen = SubjectIntake { change: Some(change(Some(&chart), &["id:A|1"], "{}")), ..SubjectIntake::default() };
    let ghost =
        SubjectIntake { seen: vec![SeenChart { id: "ghost".to_owned(), version: 1 }], ..SubjectIntake::default() };
    let mut nobody = newcomer(&["id:A|2"], vec![check(Track::Bh)]);
    nobody.notices.push(NewNotice { about: About::Intent(1), ..notice(NoticeKind::HeldForApproval, &[]) });
    let mut absorbs_unseen = newcomer(&["id:A|2"], vec![]);
    absorbs_unseen.change.as_mut().unwrap().absorbed.push(chart.id.clone());
    for (name, bad) in [
        ("no chart", no_chart),
        ("forward", forward),
        ("itself", itself),
        ("unseen", unseen),
        ("ghost", ghost),
        ("nobody", nobody),
        ("absorbs unseen", absorbs_unseen),
    ] {
        // A good subject before the bad one must not survive it.
        let good = newcomer(&["id:A|3"], vec![check(Track::Ckm)]);
        let error = world.ledger.intake(outside(feed("m1", "MSH|one"), vec![good, bad])).await.unwrap_err();
        assert!(matches!(error, LedgerError::Invalid { .. }), "{name}: {error}");
        assert_eq!(world.traces().await, before, "{name}");
    }
}

pub(crate) async fn a_refused_feed_is_kept_once_and_counted(world: &World) {
    let first = world.ledger.quarantine(refused("m1", "MSH|bad")).await.unwrap();
    let mut again = refused("m1", "MSH|bad");
    again.received_at = START.plus(MINUTE);
    again.code = "sender-unknown".to_owned();
    again.verdict = Verdict::Reject;
    let second = world.other.quarantine(again).await.unwrap();
    assert_eq!((first.count, second.count, &first.id), (1, 2, &second.id));
    let other = world.ledger.quarantine(refused("m1", "MSH|worse")).await.unwrap();
    assert_ne!(other.id, first.id);
    let page = world.ledger.quarantine_page(&QuarantineFilter::default(), None, 10).await.unwrap();
    assert_eq!(page.items.iter().map(|entry| entry.count).collect::<Vec<_>>(), [1, 2]);
    let shown = world.ledger.quarantined(&first.id).await.unwrap().unwrap();
    assert_eq!(shown.bytes.expose(), b"MSH|bad");
    assert_eq!((shown.entry.received_at, shown.entry.last_at), (START, START.plus(MINUTE)));
    assert_eq!((shown.entry.code.as_str(), shown.entry.verdict), ("sender-unknown", Verdict::Reject));
    // A refused feed is not an accepted one: once its cause is mended, it may come in.
    assert_eq!(world.ledger.known_feed(&identity("m1")).await.unwrap(), None);
}

pub(crate) async fn a_replayed_feed_leaves_the_list_and_returns_when_refused_again(world: &World) {
    let entry = world.ledger.quarantine(refused("m1", "MSH|bad")).await.unwrap();
    let stored = world.store(outside(feed("m1", "MSH|bad"), vec![])).await;
    world.ledger.replayed(&entry.id, stored.feed.as_deref()).await.unwrap();
    let waiting = QuarantineFilter::default();
    assert!(world.ledger.quarantine_page(&waiting, None, 10).await.unwrap().items.is_empty());
    assert_eq!(world.ledger.health().await.unwrap().quarantine, 0);
    let all = QuarantineFilter { replayed: true, ..QuarantineFilter::default() };
    let page = world.ledger.quarantine_page(&all, None, 10).await.unwrap();
    assert_eq!((page.items[0].replayed_at, &page.items[0].replayed_as), (Some(world.now()), &stored.feed));
    assert_eq!(world.ledger.quarantine(refused("m1", "MSH|bad")).await.unwrap().count, 2);
    assert_eq!(world.ledger.quarantine_page(&waiting, None, 10).await.unwrap().items.len(), 1);
    let missing = LedgerError::NotFound { what: "quarantine entry" };
    assert_eq!(world.ledger.replayed("nothing", None).await, Err(missing));
    let missing = LedgerError::NotFound { what: "feed" };
    assert_eq!(world.ledger.replayed(&entry.id, Some("nothing")).await, Err(missing));
}
