//! Intents: a new submission, or the one that is open.

use super::kit::*;
use crate::*;
use access_contract::{Command, CommandAction, Intent, NoticeKind, Operation, Track};

fn command(action: CommandAction) -> Command {
    Command { action, reference: None, operation: None, track: None, visit: None, rule: None }
}

async fn order(world: &World, chart: &SeenChart, command: Command) -> Commanded {
    let seen = world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
    let subject = SubjectIntake { seen: vec![seen], commands: vec![command], ..SubjectIntake::default() };
    world.store(inside(vec![subject])).await.subjects.remove(0).commands.remove(0)
}

pub(crate) async fn an_unsent_submission_takes_the_newer_intent(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let first = world.ask(&chart, vec![held(align(Track::Bh))]).await.remove(0);
    let newer = Intent { basis: "b9".to_owned(), switch_consent: Some(true), ..held(align(Track::Bh)) };
    let seen = vec![chart.clone()];
    let subject = SubjectIntake { seen, intents: vec![newer.clone()], ..SubjectIntake::default() };
    let stored = world.store(outside(feed("m2", "two"), vec![subject])).await;
    assert_eq!(stored.subjects[0].submissions, [Taken { id: first.id.clone(), how: TakenAs::Refreshed }]);
    let story = world.story(&first.id).await;
    assert_eq!(story.intent, newer);
    assert_eq!((story.submission.state, story.submission.feed.clone()), (State::Held, stored.feed.clone()));
    let last = story.events.last().unwrap();
    assert_eq!((last.from, last.to), (Some(State::Held), State::Held));
    assert_eq!(last.cause, "asked again by feed m2");
}

/// A person was told of one reason and approved another.
pub(crate) async fn a_held_submission_with_another_reason_is_told_again(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let ask = async |rule: &str, why: &str| {
        let seen = vec![world.ledger.chart(&chart.id).await.unwrap().unwrap().seen()];
        let intent = Intent { rule: rule.to_owned(), why: why.to_owned(), ..held(align(Track::Bh)) };
        let told = NewNotice { about: About::Intent(0), ..notice(NoticeKind::HeldForApproval, &["engine"]) };
        let subject = SubjectIntake { seen, intents: vec![intent], notices: vec![told], ..SubjectIntake::default() };
        let stored = world.store(inside(vec![subject])).await;
        (stored.subjects[0].submissions[0].clone(), stored.notices.len())
    };
    let (first, told) = ask("exclude", "an excluding diagnosis").await;
    assert_eq!((first.how, told), (TakenAs::Created, 1));
    let (same, told) = ask("exclude", "an excluding diagnosis").await;
    assert_eq!((same.how, told), (TakenAs::Refreshed, 0));
    let (other, told) = ask("relocate", "the home address moved out").await;
    assert_eq!((&other.id, other.how, told), (&first.id, TakenAs::Renewed, 1));
    let story = world.story(&first.id).await;
    assert_eq!(
        (story.submission.rule.as_str(), story.submission.cause.as_str()),
        ("relocate", "the home address moved out")
    );
    assert_eq!(story.events.last().unwrap().cause, "for another reason: the home address moved out");
}

pub(crate) async fn an_automatic_intent_lets_a_held_submission_go(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let first = world.ask(&chart, vec![held(align(Track::Bh))]).await.remove(0);
    assert!(world.claim().await.is_empty());
    let again = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0);
    assert_eq!(again, Taken { id: first.id.clone(), how: TakenAs::Refreshed });
    world.take(&first.id).await;
    // The other way round nothing is held back.
    let chart = world.person(&["id:A|2"]).await;
    let first = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0);
    world.ask(&chart, vec![held(align(Track::Bh))]).await;
    assert_eq!(world.state(&first.id).await, State::Ready);
}

pub(crate) async fn a_submission_in_flight_is_never_overwritten(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let id = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0).id;
    let newer = Intent { basis: "b9".to_owned(), ..align(Track::Bh) };
    let met = [Taken { id: id.clone(), how: TakenAs::InFlight }];
    let lease = world.send(&id).await;
    let sent = world.story(&id).await;
    assert_eq!(world.ask(&chart, vec![newer.clone()]).await, met);
    world.ledger.accepted(&lease, world.acceptance(&id)).await.unwrap();
    assert_eq!(world.ask(&chart, vec![newer.clone()]).await, met);
    let lease = world.take(&id).await.lease;
    world.ledger.uncertain(&lease, "time limit", vec![]).await.unwrap();
    assert_eq!(world.ask(&chart, vec![newer]).await, met);
    let story = world.story(&id).await;
    assert_eq!((story.intent, story.payloads), (sent.intent, sent.payloads));
    assert_eq!(story.submission.cms_submission, Some(format!("cms-{id}")));
    assert_eq!(story.events.iter().filter(|event| event.cause == "asked again").count(), 3);
    let all = world.ledger.submissions_page(&SubmissionFilter::default(), None, 10).await.unwrap();
    assert_eq!(all.items.len(), 1);
}

pub(crate) async fn tracks_of_one_family_are_one(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world
        .ask(
            &chart,
            vec![align(Track::ECkm), align(Track::Ckm), align(Track::Msk), intent(Operation::Unalign, Track::ECkm)],
        )
        .await;
    assert_eq!(
        taken.iter().map(|taken| taken.how).collect::<Vec<_>>(),
        [TakenAs::Created, TakenAs::Refreshed, TakenAs::Created, TakenAs::Created]
    );
    assert_eq!(world.story(&taken[0].id).await.submission.track, Track::Ckm);
    // Another person is another matter.
    let other = world.person(&["id:A|2"]).await;
    assert_eq!(world.ask(&other, vec![align(Track::ECkm)]).await[0].how, TakenAs::Created);
}

/// One period was held, polled or in doubt: the next took its place, so that only one of the two went out, or was dropped as if it were the
/// same, and never asked for again.
pub(crate) async fn reports_of_different_periods_do_not_meet(world: &World) {
    let quarter = || held(report(Track::Ckm, "quarterly-4", "sub-1"));
    let others = [
        report(Track::Ckm, "end-of-period", "sub-1"),
        report(Track::Ckm, "quarterly-4", "sub-2"),
        report(Track::ECkm, "quarterly-4", "sub-1"),
    ];
    for (number, other) in others.into_iter().enumerate() {
        let chart = world.person(&[&format!("id:A|{number}")]).await;
        let first = world.ask(&chart, vec![quarter()]).await.remove(0).id;
        let second = world.ask(&chart, vec![other.clone()]).await.remove(0);
        assert_eq!(second.how, TakenAs::Created, "{number}");
        assert_eq!((world.state(&first).await, world.story(&first).await.intent), (State::Held, quarter()));
        assert_eq!(world.ask(&chart, vec![quarter()]).await, [Taken { id: first.clone(), how: TakenAs::Refreshed }]);
        // On its way it is not in the way either, and each is known by its own period.
        world.bring_to_polling(&second.id).await;
        assert_eq!(world.ask(&chart, vec![other]).await, [Taken { id: second.id, how: TakenAs::InFlight }]);
        world.ledger.approve(&first, "ann").await.unwrap();
        world.bring_to_polling(&first).await;
        assert_eq!(world.ask(&chart, vec![quarter()]).await[0].how, TakenAs::InFlight);
    }
    assert!(world.ledger.verify().await.unwrap().is_empty());
}

/// A report that may have arrived was sent again under the name of the next period, and the answer was written down for that.
pub(crate) async fn a_report_in_doubt_stays_the_report_it_was(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let quarter = report(Track::Ckm, "quarterly-4", "sub-1");
    let id = world.ask(&chart, vec![quarter.clone()]).await.remove(0).id;
    let lease = world.send(&id).await;
    let later = Until::Send(world.now().plus(MINUTE));
    let cause = "the connection broke".to_owned();
    let off = Postponement { until: later, cause, failures: 1, telling: vec![] };
    world.ledger.postpone(&lease, off).await.unwrap();
    for other in [report(Track::Ckm, "end-of-period", "sub-1"), report(Track::Ckm, "quarterly-4", "sub-2")] {
        assert_eq!(world.ask(&chart, vec![other]).await[0].how, TakenAs::Created);
    }
    let story = world.story(&id).await;
    assert_eq!((story.submission.state, story.intent), (State::Waiting, quarter));
}

pub(crate) async fn what_ended_makes_room_for_a_new_one(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let first = world.ask(&chart, vec![check(Track::Bh)]).await.remove(0).id;
    world.bring_to_polling(&first).await;
    let lease = world.take(&first).await.lease;
    world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    let second = world.ask(&chart, vec![check(Track::Bh)]).await.remove(0);
    assert_eq!(second.how, TakenAs::Created);
    let lease = world.take(&second.id).await.lease;
    world.finish(&lease, ending(Final::Failed, Dependents::Proceed)).await;
    let third = world.ask(&chart, vec![check(Track::Bh)]).await.remove(0);
    assert_eq!(third.how, TakenAs::Created);
    world.ledger.cancel(&third.id, "ann").await.unwrap();
    assert_eq!(world.ask(&chart, vec![check(Track::Bh)]).await[0].how, TakenAs::Created);
}

pub(crate) async fn a_worker_loses_what_was_asked_for_anew(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let id = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0).id;
    let stale = world.take(&id).await.lease;
    let newer = Intent { switch_consent: Some(true), ..align(Track::Bh) };
    world.ask(&chart, vec![newer.clone()]).await;
    let lost = LedgerError::LeaseLost { what: "submission", id: id.clone() };
    assert_eq!(world.ledger.begin_sending(&stale, sending()).await, Err(lost));
    assert_eq!(world.take(&id).await.intent, newer);
}

pub(crate) async fn a_submission_that_waits_for_another_is_not_due(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh))]).await;
    let second = world.story(&taken[1].id).await.submission;
    assert_eq!((second.state, second.blocked_by, second.due_at), (State::Waiting, Some(taken[0].id.clone()), None));
    world.take(&taken[0].id).await;
    // Asked again with the first in flight: still the same two, still one behind the other.
    let again = world.ask(&chart, vec![check(Track::Bh), after(0, align(Track::Bh))]).await;
    assert_eq!(again.iter().map(|taken| &taken.id).collect::<Vec<_>>(), [&taken[0].id, &taken[1].id]);
    assert_eq!(world.story(&taken[1].id).await.submission.blocked_by, Some(taken[0].id.clone()));
    // One that waits for a submission that was open before waits for that one.
    let chart = world.person(&["id:A|2"]).await;
    let open = world.ask(&chart, vec![check(Track::Msk)]).await.remove(0).id;
    let taken = world.ask(&chart, vec![check(Track::Msk), after(0, align(Track::Msk))]).await;
    assert_eq!(world.story(&taken[1].id).await.submission.blocked_by, Some(open));
}

pub(crate) async fn commands_reach_their_chart_only(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    let intents = || vec![held(align(Track::Bh)), held(align(Track::Msk)), check(Track::Bh)];
    let ours = world.ask(&a, intents()).await;
    let theirs = world.ask(&b, intents()).await;
    // By another person's reference: nothing.
    let foreign = Command { reference: Some(theirs[0].id.clone()), ..command(CommandAction::Approve) };
    assert_eq!(order(world, &a, foreign).await, Commanded::default());
    // By track.
    let by_track = Command { track: Some(Track::Msk), ..command(CommandAction::Approve) };
    assert_eq!(order(world, &a, by_track).await.changed, [ours[1].id.clone()]);
    // By reference; a second time it is refused.
    let by_id = Command { reference: Some(ours[0].id.clone()), ..command(CommandAction::Approve) };
    assert_eq!(order(world, &a, by_id.clone()).await.changed, [ours[0].id.clone()]);
    assert_eq!(order(world, &a, by_id).await.refused, [ours[0].id.clone()]);
    // All of the chart; what is in flight is named.
    let sent = world.claim().await.into_iter().find(|claimed| claimed.chart == a.id).unwrap().lease;
    world.ledger.begin_sending(&sent, sending()).await.unwrap();
    let all = order(world, &a, command(CommandAction::Cancel)).await;
    assert_eq!(all.refused, std::slice::from_ref(&sent.submission));
    assert_eq!(all.changed.len(), 2);
    // By the id that CMS gave.
    world.ledger.accepted(&sent, world.acceptance("x")).await.unwrap();
    let by_cms = Command { reference: Some("cms-x".to_owned()), ..command(CommandAction::Cancel) };
    assert_eq!(order(world, &a, by_cms).await.refused, [sent.submission]);
    for taken in theirs.iter().take(2) {
        assert_eq!(world.state(&taken.id).await, State::Held);
    }
    // An order that this version does not know changes nothing.
    assert_eq!(order(world, &b, command(CommandAction::from("pause"))).await, Commanded::default());
}

pub(crate) async fn a_cancelled_visit_withdraws_what_was_not_sent(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let of_visit = |visit: &str, intent: Intent| Intent { visit: Some(visit.to_owned()), ..intent };
    let taken = world
        .ask(
            &chart,
            vec![
                of_visit("v1", check(Track::Bh)),
                of_visit("v1", after(0, align(Track::Bh))),
                of_visit("v2", check(Track::Msk)),
                check(Track::Ckm),
            ],
        )
        .await;
    let done = order(world, &chart, Command { visit: Some("v1".to_owned()), ..command(CommandAction::Withdraw) }).await;
    assert_eq!(done.changed, [taken[0].id.clone(), taken[1].id.clone()]);
    assert!(done.refused.is_empty());
    // Without a visit there is nothing to withdraw: not everything.
    assert_eq!(order(world, &chart, command(CommandAction::Withdraw)).await, Commanded::default());
    assert_eq!((world.state(&taken[2].id).await, world.state(&taken[3].id).await), (State::Ready, State::Ready));
}

pub(crate) async fn a_command_before_an_intent_makes_room(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let old = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0).id;
    let subject = SubjectIntake {
        seen: vec![chart],
        commands: vec![command(CommandAction::Cancel)],
        intents: vec![align(Track::Bh)],
        ..SubjectIntake::default()
    };
    let result = world.store(inside(vec![subject])).await.subjects.remove(0);
    assert_eq!(result.commands[0].changed, std::slice::from_ref(&old));
    assert_eq!(result.submissions[0].how, TakenAs::Created);
    assert_ne!(result.submissions[0].id, old);
}

pub(crate) async fn a_notice_about_an_intent_names_its_submission_once(world: &World) {
    let told = || NewNotice { about: About::Intent(0), ..notice(NoticeKind::HeldForApproval, &["engine"]) };
    let mut subject = newcomer(&["id:A|1"], vec![held(align(Track::Bh))]);
    subject.notices.push(told());
    let stored = world.store(inside(vec![subject])).await;
    let id = stored.subjects[0].submissions[0].id.clone();
    let shown = world.ledger.notice(&stored.notices[0]).await.unwrap().unwrap();
    assert_eq!((shown.notice.expose().submission.as_str(), shown.summary.submission), (id.as_str(), Some(id.clone())));
    // The next feed asks for the same: it was announced already.
    let seen = stored.subjects[0].chart.clone().into_iter().collect();
    let subject = SubjectIntake {
        seen,
        intents: vec![held(align(Track::Bh))],
        notices: vec![told()],
        ..SubjectIntake::default()
    };
    assert!(world.store(inside(vec![subject])).await.notices.is_empty());
}

/// What was told to go out had met one that went without it.
pub(crate) async fn a_doubt_is_told_of_what_carries_the_intent(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let told = async |intent: Intent| {
        let seen = world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
        let subject = SubjectIntake {
            seen: vec![seen],
            intents: vec![intent],
            notices: vec![NewNotice { about: About::Carried(0), ..notice(NoticeKind::FeedProblem, &["engine"]) }],
            ..SubjectIntake::default()
        };
        let stored = world.store(inside(vec![subject])).await;
        let taken = &stored.subjects[0].submissions[0];
        for notice in &stored.notices {
            let told = world.ledger.notice(notice).await.unwrap().unwrap();
            assert_eq!(told.summary.submission.as_ref(), Some(&taken.id));
        }
        (taken.how, stored.notices.len())
    };
    assert_eq!(told(held(align(Track::Bh))).await, (TakenAs::Created, 1));
    assert_eq!(told(held(align(Track::Bh))).await, (TakenAs::Refreshed, 1));
    let other = Intent { rule: "other".to_owned(), ..align(Track::Bh) };
    assert_eq!(told(other).await, (TakenAs::Renewed, 1));
    assert_eq!(told(held(align(Track::Bh))).await, (TakenAs::Kept, 0));
    let open = world.ask(&chart, vec![align(Track::Bh)]).await.remove(0).id;
    world.send(&open).await;
    assert_eq!(told(align(Track::Bh)).await, (TakenAs::InFlight, 0));
}

/// A request for what was in flight already was acknowledged, and nothing more was heard of it.
pub(crate) async fn a_request_that_meets_an_open_submission_is_told(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let ask = async |intent: Intent, told: usize| {
        let seen = world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
        let subject = SubjectIntake {
            seen: vec![seen],
            intents: vec![intent],
            notices: vec![NewNotice { about: About::Joined(0), ..notice(NoticeKind::FeedProblem, &["engine"]) }],
            ..SubjectIntake::default()
        };
        let stored = world.store(inside(vec![subject])).await;
        assert_eq!(stored.notices.len(), told);
        let id = stored.subjects[0].submissions[0].id.clone();
        for notice in stored.notices {
            let told = world.ledger.notice(&notice).await.unwrap().unwrap();
            assert_eq!(told.summary.submission, Some(id.clone()));
        }
        id
    };
    let id = ask(held(align(Track::Bh)), 0).await;
    // It still waits for somebody; then it goes out with what was asked for last.
    ask(held(align(Track::Bh)), 1).await;
    ask(align(Track::Bh), 0).await;
    world.send(&id).await;
    ask(align(Track::Bh), 1).await;
}

/// An approval of something that did not wait for one was acknowledged once, and nobody learnt that nothing had happened.
pub(crate) async fn a_command_that_changes_nothing_is_told(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let id = world.ask(&chart, vec![held(align(Track::Bh))]).await.remove(0).id;
    for (reference, told) in [("nothing-of-that-id", 1), (id.as_str(), 0), (id.as_str(), 1)] {
        let seen = world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
        let subject = SubjectIntake {
            seen: vec![seen],
            commands: vec![Command { reference: Some(reference.to_owned()), ..command(CommandAction::Approve) }],
            notices: vec![NewNotice { about: About::Command(0), ..notice(NoticeKind::FeedProblem, &["engine"]) }],
            ..SubjectIntake::default()
        };
        assert_eq!(world.store(inside(vec![subject])).await.notices.len(), told, "{reference}");
    }
}
