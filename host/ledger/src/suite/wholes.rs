//! Feeds that are there with everything that follows from them, or not at all: what tests of crashes store and look for.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Track};

/// One feed with a chart, two submissions and a notice.
pub(crate) fn whole(number: usize) -> Intake {
    let mut subject = newcomer(&[&format!("id:A|{number}")], vec![check(Track::Bh), after(0, align(Track::Bh))]);
    subject.notices.push(notice(NoticeKind::Deadline, &["engine"]));
    outside(feed(&format!("m{number}"), &format!("MSH|{number}|{}", "x".repeat(600))), vec![subject])
}

/// How many feeds there are; panics if one is there by half, or out of order.
pub(crate) async fn complete(ledger: &dyn Ledger) -> usize {
    let health = ledger.health().await.unwrap();
    let feeds = usize::try_from(health.feeds).unwrap();
    for number in 0..feeds {
        assert!(ledger.known_feed(&identity(&format!("m{number}"))).await.unwrap().is_some(), "{number} of {feeds}");
        let charts = ledger.charts(PARTICIPANT, &[format!("id:A|{number}")]).await.unwrap();
        let charts = vec![charts[0].id.clone()];
        let filter = SubmissionFilter { charts, ..SubmissionFilter::default() };
        assert_eq!(ledger.submissions_page(&filter, None, 10).await.unwrap().items.len(), 2);
    }
    assert_eq!((health.charts, health.deliveries_pending), (health.feeds, health.feeds));
    assert_eq!(health.submissions.values().sum::<u64>(), 2 * health.feeds);
    feeds
}
