//! Lists.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Operation, Track};
use bridge_types::Phi;

pub(crate) async fn pages_are_stable_while_rows_are_added(world: &World) {
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(world.one(check(Track::Bh)).await);
    }
    made.reverse();
    let filter = SubmissionFilter::default();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = world.ledger.submissions_page(&filter, after, 2).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|submission| submission.id));
        world.one(check(Track::Bh)).await;
        match page.next {
            None => break,
            Some(cursor) => after = Cursor::parse(&cursor.to_string()),
        }
    }
    assert_eq!(seen, made);
    // A limit of nothing is one, a limit of everything is the bound.
    assert_eq!(world.ledger.submissions_page(&filter, None, 0).await.unwrap().items.len(), 1);
    let all = world.ledger.submissions_page(&filter, None, usize::MAX).await.unwrap();
    assert_eq!((all.items.len(), all.next), (8, None));
    assert_eq!(Cursor::parse("no"), None);
}

pub(crate) async fn submissions_are_filtered(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), align(Track::Msk), held(align(Track::Bh))]).await;
    let foreign = outside(feed("m1", "MSH|1"), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])]);
    let foreign = Intake { participant: "ACCES54321".to_owned(), ..foreign };
    let foreign = world.store(foreign).await.subjects.remove(0).submissions.remove(0).id;
    let [a, b, c] = [&taken[0].id, &taken[1].id, &taken[2].id];
    let base = SubmissionFilter { participant: Some(PARTICIPANT.to_owned()), ..SubmissionFilter::default() };
    let cases = [
        (SubmissionFilter::default(), vec![&foreign, c, b, a]),
        (base.clone(), vec![c, b, a]),
        (SubmissionFilter { states: vec![State::Held], ..base.clone() }, vec![c]),
        (SubmissionFilter { states: vec![State::Held, State::Ready], ..base.clone() }, vec![c, b, a]),
        (SubmissionFilter { track: Some(Track::Bh), ..base.clone() }, vec![c, a]),
        (SubmissionFilter { operation: Some(Operation::Align), ..base.clone() }, vec![c, b]),
        (SubmissionFilter { charts: vec![chart.id.clone()], states: vec![State::Ready], ..base.clone() }, vec![b, a]),
        (SubmissionFilter { charts: vec![chart.id.clone(), "nobody".to_owned()], ..base.clone() }, vec![c, b, a]),
        (SubmissionFilter { charts: vec!["nobody".to_owned()], ..base.clone() }, vec![]),
        (SubmissionFilter { control_id: Some("m1".to_owned()), ..SubmissionFilter::default() }, vec![&foreign]),
        (SubmissionFilter { control_id: Some("m1".to_owned()), ..base.clone() }, vec![]),
        (SubmissionFilter { cms_submission: Some("nothing".to_owned()), ..base }, vec![]),
    ];
    for (filter, expected) in cases {
        let page = world.ledger.submissions_page(&filter, None, 10).await.unwrap();
        assert_eq!(page.items.iter().map(|submission| &submission.id).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub(crate) async fn charts_and_feeds_are_filtered(world: &World) {
    let a = world.person(&["mbi:3AA1AA1AA11"]).await.id;
    let b = world.person(&["id:B|1"]).await.id;
    let listed = async |filter: ChartFilter| -> Vec<String> {
        world.ledger.charts_page(&filter, None, 10).await.unwrap().items.into_iter().map(|chart| chart.id).collect()
    };
    assert_eq!(listed(ChartFilter::default()).await, [b.clone(), a.clone()]);
    let key = Some(Phi::new("mbi:3AA1AA1AA11".to_owned()));
    assert_eq!(listed(ChartFilter { key, ..ChartFilter::default() }).await, [a]);
    assert!(
        listed(ChartFilter { participant: Some("ACCES54321".to_owned()), ..ChartFilter::default() }).await.is_empty()
    );
    for number in 0..3 {
        world.store(outside(feed(&format!("m{number}"), &format!("MSH|{number}")), vec![])).await;
    }
    let page = world.ledger.feeds_page(Some(PARTICIPANT), None, 2).await.unwrap();
    assert_eq!(page.items.iter().map(|feed| feed.identity.control_id.as_str()).collect::<Vec<_>>(), ["m2", "m1"]);
    let rest = world.ledger.feeds_page(Some(PARTICIPANT), page.next, 2).await.unwrap();
    assert_eq!((rest.items[0].identity.control_id.as_str(), rest.next), ("m0", None));
    assert!(world.ledger.feeds_page(Some("ACCES54321"), None, 2).await.unwrap().items.is_empty());
}

pub(crate) async fn health_counts(world: &World) {
    let empty = world.ledger.health().await.unwrap();
    assert!(empty.schema >= 1 && empty.submissions.is_empty() && empty.oldest_due.is_none());
    let chart = world.person(&["id:A|1"]).await;
    world.ask(&chart, vec![check(Track::Bh), held(align(Track::Bh)), check(Track::Msk)]).await;
    world.ledger.notify(vec![notice(NoticeKind::Deadline, &["engine", "archive"])]).await.unwrap();
    world.ledger.quarantine(refused("m1", "MSH|bad")).await.unwrap();
    world.store(outside(feed("m2", "MSH|good"), vec![])).await;
    let health = world.other.health().await.unwrap();
    assert_eq!(health.submissions.into_iter().collect::<Vec<_>>(), [(State::Held, 1), (State::Ready, 2)]);
    assert_eq!((health.charts, health.feeds, health.quarantine, health.deliveries_pending), (1, 1, 1, 2));
    assert_eq!(health.oldest_due, Some(world.now()));
}

pub(crate) async fn a_ledger_is_ready_while_it_answers(world: &World) {
    world.ledger.ready().await.unwrap();
    world.store(outside(feed("m1", "MSH|one"), vec![])).await;
    world.ledger.ready().await.unwrap();
    (world.past)("ALTER TABLE feeds RENAME TO gone");
    assert_eq!(world.ledger.ready().await.unwrap_err().kind(), Kind::Fatal);
    (world.past)("ALTER TABLE gone RENAME TO feeds");
    world.ledger.ready().await.unwrap();
}
