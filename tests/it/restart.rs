//! A kill in the middle loses nothing and sends nothing twice.

use kit::{Stage, fixture, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_polling_loses_nothing_and_sends_nothing_twice() {
    let stage = Stage::set("[wire]\npending_polls = 4\n").await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    until("CMS accepted it", || (stage.cms().accepted("align", "2FH7GT4MN61", "CKM") == 1).then_some(())).await;
    let before = stage.submission("align", "CKM", "polling").await;
    program.kill();
    assert!(stage.engine.heard().iter().all(|one| one.code != "aligned"), "it ended before it was killed");

    let program = stage.start().await;
    stage.engine.notice("LKS000118", "aligned").await;
    let after = stage.submission("align", "CKM", "done").await;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["cms_submission"], before["cms_submission"]);
    // The sender repeats what it sent, as an engine does that did not note the answer.
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    assert!(stage.cms().all_accepted().iter().all(|one| one.count == 1), "{:?}", stage.cms().all_accepted());
    assert_eq!(stage.cms().accepted("align", "2FH7GT4MN61", "CKM"), 1);
    assert_eq!(stage.posts("align", "CKM"), 1);
}
