//! What CMS told by itself.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Track};
use bridge_types::{Phi, content_hash};

/// A mail about an alignment; `id` tells it apart, and so does its content.
fn mail(id: &str, fate: CmsFate) -> NewCmsNotice {
    NewCmsNotice {
        id: id.to_owned(),
        received_at: START,
        source: "cms-mail".to_owned(),
        identity: format!("identity of {id}"),
        content_hash: content_hash(id.as_bytes()),
        facts: CmsFacts {
            event: "unalignment".to_owned(),
            cms_submission: "cms-1".to_owned(),
            participant: PARTICIPANT.to_owned(),
            deadline: "2026-12-24".to_owned(),
            attachments: 1,
        },
        bytes: Phi::new(id.as_bytes().to_vec()),
        fate,
        notices: vec![notice(NoticeKind::CmsNotification, &["engine"])],
    }
}

fn unmatched() -> CmsFate {
    CmsFate::Unmatched { reason: "submission-unknown".to_owned(), text: "no submission here has this id".to_owned() }
}

fn about(submission: &str, chart: &SeenChart, document: Option<&str>) -> CmsMatch {
    CmsMatch {
        submission: submission.to_owned(),
        seen: chart.clone(),
        document: document.map(|text| Phi::new(text.to_owned())),
    }
}

/// A person with an alignment that CMS knows; gives the submission and the chart.
async fn alignment(world: &World, key: &str) -> (String, SeenChart) {
    let chart = world.person(&[key]).await;
    let id = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0).id;
    world.bring_to_polling(&id).await;
    (id, world.ledger.chart(&chart.id).await.unwrap().unwrap().seen())
}

async fn listed(world: &World, filter: CmsNoticeFilter) -> Vec<String> {
    world.other.cms_notices_page(&filter, None, 10).await.unwrap().items.into_iter().map(|one| one.id).collect()
}

pub(crate) async fn a_notice_of_cms_is_stored_with_its_chart_and_what_is_told(world: &World) {
    let (submission, chart) = alignment(world, "id:A|1").await;
    let found = about(&submission, &chart, Some(r#"{"standing":"unaligned"}"#));
    let taken = world.ledger.take_cms_notice(mail("n1", CmsFate::Matched(found))).await.unwrap();
    let CmsTaken::Stored(told) = taken else { panic!("{taken:?}") };
    let stored = world.other.cms_notice("n1").await.unwrap().unwrap();
    assert_eq!(stored.bytes.expose(), b"n1");
    let summary = stored.summary;
    assert_eq!(summary.facts, mail("n1", unmatched()).facts);
    assert_eq!((summary.submission.as_ref(), summary.chart.as_ref()), (Some(&submission), Some(&chart.id)));
    assert_eq!((summary.reason.as_str(), summary.source.as_str(), summary.received_at), ("", "cms-mail", START));
    let now = world.ledger.chart(&chart.id).await.unwrap().unwrap();
    assert_eq!((now.version, now.document.expose().as_str()), (chart.version + 1, r#"{"standing":"unaligned"}"#));
    let looks = world.ledger.claim_looks("w1", MINUTE, 9).await.unwrap();
    assert_eq!(looks.iter().map(|look| &look.chart).collect::<Vec<_>>(), [&chart.id]);
    let notice = world.ledger.notice(&told[0]).await.unwrap().unwrap();
    assert_eq!((notice.summary.submission, notice.summary.chart), (Some(submission.clone()), Some(chart.id)));
    assert_eq!(notice.deliveries.len(), 1);
    let of = |submission: &str| CmsNoticeFilter { submission: Some(submission.to_owned()), ..Default::default() };
    assert_eq!(
        (listed(world, of(&submission)).await, listed(world, of("other")).await),
        (vec!["n1".to_owned()], vec![])
    );
}

pub(crate) async fn a_chart_that_a_notice_leaves_alone_does_not_move(world: &World) {
    let (submission, chart) = alignment(world, "id:A|1").await;
    let found = CmsFate::Matched(about(&submission, &chart, None));
    assert!(matches!(world.ledger.take_cms_notice(mail("n1", found)).await.unwrap(), CmsTaken::Stored(_)));
    assert_eq!(world.ledger.chart(&chart.id).await.unwrap().unwrap().version, chart.version);
}

pub(crate) async fn the_same_notice_of_cms_has_no_second_effect(world: &World) {
    world.ledger.take_cms_notice(mail("n1", unmatched())).await.unwrap();
    let before = world.traces().await;
    let same_content = NewCmsNotice { content_hash: content_hash(b"n1"), ..mail("n2", unmatched()) };
    let same_identity = NewCmsNotice { identity: "identity of n1".to_owned(), ..mail("n3", unmatched()) };
    for again in [same_content, same_identity] {
        let taken = world.other.take_cms_notice(again).await.unwrap();
        assert_eq!(taken, CmsTaken::Duplicate("n1".to_owned()));
    }
    let race = [mail("n4", unmatched()), NewCmsNotice { id: "n5".to_owned(), ..mail("n4", unmatched()) }];
    let [first, second] = race.map(|new| {
        let ledger = if new.id == "n4" { &world.ledger } else { &world.other };
        ledger.take_cms_notice(new)
    });
    let (first, second) = tokio::join!(first, second);
    let stored = [first.unwrap(), second.unwrap()].iter().filter(|one| matches!(one, CmsTaken::Stored(_))).count();
    assert_eq!(stored, 1);
    let after = world.traces().await;
    assert_eq!((after.1, after.0.cms_unmatched), (before.1 + 1, before.0.cms_unmatched + 1));
}

pub(crate) async fn a_notice_whose_chart_moved_is_a_conflict_and_leaves_nothing(world: &World) {
    let (submission, chart) = alignment(world, "id:A|1").await;
    let stale = about(&submission, &chart, Some("{}"));
    let first = CmsFate::Matched(about(&submission, &chart, Some(r#"{"a":1}"#)));
    world.ledger.take_cms_notice(mail("n1", first)).await.unwrap();
    let before = world.traces().await;
    let taken = world.ledger.take_cms_notice(mail("n2", CmsFate::Matched(stale.clone()))).await.unwrap();
    assert_eq!(taken, CmsTaken::Conflict);
    // A chart that is not the submission's is stale knowledge as well.
    let other = world.person(&["id:B|2"]).await;
    let wrong = CmsFate::Matched(about(&submission, &other, None));
    assert_eq!(world.ledger.take_cms_notice(mail("n2", wrong)).await.unwrap(), CmsTaken::Conflict);
    assert_eq!(world.ledger.cms_notice("n2").await.unwrap(), None);
    assert_eq!(world.traces().await.1, before.1);
    let nobody = CmsFate::Matched(about("nothing", &chart, None));
    let error = world.ledger.take_cms_notice(mail("n2", nobody)).await.unwrap_err();
    assert_eq!(error, LedgerError::NotFound { what: "submission" });
}

pub(crate) async fn an_unmatched_notice_waits_for_a_person(world: &World) {
    let (submission, chart) = alignment(world, "id:A|1").await;
    world.ledger.take_cms_notice(mail("n1", unmatched())).await.unwrap();
    world.ledger.take_cms_notice(mail("n2", CmsFate::Matched(about(&submission, &chart, None)))).await.unwrap();
    let waiting = || CmsNoticeFilter { unmatched: true, ..CmsNoticeFilter::default() };
    assert_eq!(listed(world, CmsNoticeFilter::default()).await, ["n2", "n1"]);
    assert_eq!(
        (listed(world, waiting()).await, world.ledger.health().await.unwrap().cms_unmatched),
        (vec!["n1".to_owned()], 1)
    );
    world.clock.advance(MINUTE);
    let told = vec![notice(NoticeKind::CmsNotification, &["engine"])];
    let found = about(&submission, &chart, Some(r#"{"b":2}"#));
    let taken = world.ledger.match_cms_notice("n1", found.clone(), told.clone(), "somebody").await.unwrap();
    let CmsTaken::Stored(ids) = taken else { panic!("{taken:?}") };
    assert_eq!(world.ledger.notice(&ids[0]).await.unwrap().unwrap().summary.submission, Some(submission.clone()));
    let summary = world.ledger.cms_notice("n1").await.unwrap().unwrap().summary;
    assert_eq!((summary.submission, summary.matched_at), (Some(submission.clone()), Some(world.now())));
    assert_eq!((summary.reason.as_str(), summary.matched_by.as_str()), ("submission-unknown", "somebody"));
    assert!(listed(world, waiting()).await.is_empty());
    let again = world.ledger.match_cms_notice("n1", found.clone(), told.clone(), "somebody").await.unwrap_err();
    assert_eq!(again, LedgerError::Invalid { what: "the notice of CMS is matched already" });
    let missing = world.ledger.match_cms_notice("n9", found.clone(), vec![], "somebody").await.unwrap_err();
    assert_eq!(missing, LedgerError::NotFound { what: "notice of CMS" });
    world.ledger.take_cms_notice(mail("n3", unmatched())).await.unwrap();
    let stale = world.ledger.match_cms_notice("n3", found, told, "somebody").await.unwrap();
    assert_eq!(stale, CmsTaken::Conflict);
}

/// It was stored as matched without its effect, so that nobody could ever make it count.
pub(crate) async fn a_notice_that_nobody_vouches_for_waits_and_is_told_of_its_submission(world: &World) {
    let (submission, chart) = alignment(world, "id:A|1").await;
    let doubted = |reason: &str| CmsFate::Doubted {
        found: about(&submission, &chart, None),
        reason: reason.to_owned(),
        text: "nobody vouches for it".to_owned(),
    };
    let taken = world.ledger.take_cms_notice(mail("n1", doubted("sender-unproved"))).await.unwrap();
    let CmsTaken::Stored(told) = taken else { panic!("{taken:?}") };
    let notice = world.ledger.notice(&told[0]).await.unwrap().unwrap().summary;
    assert_eq!((notice.submission, notice.chart), (Some(submission.clone()), Some(chart.id.clone())));
    let summary = world.ledger.cms_notice("n1").await.unwrap().unwrap().summary;
    assert_eq!((summary.submission, summary.chart, summary.reason.as_str()), (None, None, "sender-unproved"));
    assert_eq!(world.ledger.health().await.unwrap().cms_unmatched, 1);
    let found = about(&submission, &chart, Some(r#"{"c":3}"#));
    let matched = world.ledger.match_cms_notice("n1", found, vec![], "somebody").await.unwrap();
    assert!(matches!(matched, CmsTaken::Stored(_)));
    assert_eq!(world.ledger.chart(&chart.id).await.unwrap().unwrap().document.expose(), r#"{"c":3}"#);
    let stale = world.ledger.take_cms_notice(mail("n2", doubted("sender-unproved"))).await.unwrap();
    assert_eq!(stale, CmsTaken::Conflict);
    assert!(matches!(world.ledger.take_cms_notice(mail("n3", doubted(""))).await, Err(LedgerError::Invalid { .. })));
}

pub(crate) async fn a_notice_of_cms_follows_a_merge(world: &World) {
    let (submission, chart) = alignment(world, "id:A|1").await;
    world.ledger.take_cms_notice(mail("n1", CmsFate::Matched(about(&submission, &chart, None)))).await.unwrap();
    let survivor = world.person(&["id:B|2"]).await;
    let joined = SubjectIntake {
        seen: vec![survivor.clone(), chart.clone()],
        change: Some(ChartChange {
            absorbed: vec![chart.id.clone()],
            ..change(Some(&survivor), &["id:A|1", "id:B|2"], "{}")
        }),
        ..SubjectIntake::default()
    };
    world.store(inside(vec![joined])).await;
    assert_eq!(world.ledger.cms_notice("n1").await.unwrap().unwrap().summary.chart, Some(survivor.id));
    // Whoever read the chart before the merge reads again.
    let late = CmsFate::Matched(about(&submission, &chart, None));
    assert_eq!(world.ledger.take_cms_notice(mail("n2", late)).await.unwrap(), CmsTaken::Conflict);
}

pub(crate) async fn a_notice_beyond_the_bounds_is_kept_as_far_as_it_can_be(world: &World) {
    let large = NewCmsNotice {
        bytes: Phi::new(vec![b'x'; Bounds::MAIL_BYTES + 1]),
        fate: CmsFate::Unmatched {
            reason: "r".repeat(Bounds::NAME_BYTES + 1),
            text: "t".repeat(Bounds::TEXT_BYTES + 1),
        },
        facts: CmsFacts { participant: "é".repeat(Bounds::NAME_BYTES), ..CmsFacts::default() },
        ..mail("n1", unmatched())
    };
    assert!(matches!(world.ledger.take_cms_notice(large.clone()).await, Err(LedgerError::TooLarge { .. })));
    let taken = world.ledger.take_cms_notice(large.within_bounds()).await.unwrap();
    assert!(matches!(taken, CmsTaken::Stored(ids) if ids.len() == 1));
    assert_eq!(world.ledger.cms_notice("n1").await.unwrap().unwrap().bytes.expose().len(), Bounds::MAIL_BYTES);
    let reasonless = CmsFate::Unmatched { reason: String::new(), text: String::new() };
    assert!(matches!(world.ledger.take_cms_notice(mail("n2", reasonless)).await, Err(LedgerError::Invalid { .. })));
}

pub(crate) async fn a_mark_is_remembered(world: &World) {
    assert_eq!(world.ledger.mark("mail cms").await.unwrap(), None);
    for mark in ["10", "20"] {
        world.ledger.set_mark("mail cms", mark).await.unwrap();
        assert_eq!(world.other.mark("mail cms").await.unwrap().as_deref(), Some(mark));
    }
    assert_eq!(world.ledger.mark("mail other").await.unwrap(), None);
    let error = world.ledger.set_mark("mail cms", &"x".repeat(Bounds::NAME_BYTES + 1)).await.unwrap_err();
    assert!(matches!(error, LedgerError::TooLarge { .. }));
}

/// Each of two services told that CMS was away, since neither looked at what the other had written down.
pub(crate) async fn of_several_that_come_upon_a_turn_one_tells(world: &World) {
    let told = || vec![notice(NoticeKind::SubmissionProblem, &["engine"])];
    let (a, b) = tokio::join!(
        world.ledger.turn_mark("outage:cms", Some("1"), told()),
        world.other.turn_mark("outage:cms", Some("2"), told()),
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a != b);
    assert_eq!(world.ledger.mark("outage:cms").await.unwrap().as_deref(), Some(if a { "1" } else { "2" }));
    let (a, b) = tokio::join!(
        world.ledger.turn_mark("outage:cms", None, told()),
        world.other.turn_mark("outage:cms", None, told()),
    );
    assert!(a.unwrap() != b.unwrap());
    assert_eq!(world.ledger.mark("outage:cms").await.unwrap().as_deref(), Some(""));
    assert_eq!(world.ledger.notices_page(&NoticeFilter::default(), None, 10).await.unwrap().items.len(), 2);
    assert!(world.ledger.turn_mark("outage:cms", Some("3"), vec![]).await.unwrap());
    assert!(!world.ledger.turn_mark("outage:other", None, told()).await.unwrap());
}
