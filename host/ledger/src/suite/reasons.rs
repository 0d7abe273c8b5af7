//! Why something is held: what another reason, an automatic one, or the end of a reason does to it and to what waits for it.

use super::kit::*;
use crate::*;
use access_contract::{Command, CommandAction, Intent, Notice, NoticeKind, Operation, Track};
use bridge_types::Phi;

fn by(rule: &str, intent: Intent) -> Intent {
    Intent { rule: rule.to_owned(), why: format!("because of {rule}"), ..intent }
}

fn unalign(track: Track) -> Intent {
    intent(Operation::Unalign, track)
}

/// An order about everything of a chart.
fn order_to(action: CommandAction) -> Command {
    Command { action, reference: None, operation: None, track: None, visit: None, rule: None }
}

/// Carries an order about a chart out; gives what it changed.
async fn carry_out(world: &World, chart: &SeenChart, command: Command) -> Vec<String> {
    let seen = vec![world.ledger.chart(&chart.id).await.unwrap().unwrap().seen()];
    let subject = SubjectIntake { seen, commands: vec![command], ..SubjectIntake::default() };
    world.store(inside(vec![subject])).await.subjects.remove(0).commands.remove(0).changed
}

/// The move from eCKM to CKM as rules propose it.
fn progress() -> Vec<Intent> {
    vec![by("progress", held(unalign(Track::ECkm))), after(0, by("progress", held(align(Track::Ckm))))]
}

/// The practice asked for something else, and the second half of a move that nobody had approved was sent.
pub(crate) async fn an_automatic_intent_approves_only_what_it_meets(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, progress()).await;
    let met = world.ask(&chart, vec![by("leave", unalign(Track::ECkm))]).await.remove(0);
    assert_eq!(met, Taken { id: taken[0].id.clone(), how: TakenAs::Renewed });
    assert_eq!(world.state(&taken[1].id).await, State::Cancelled);
    let lease = world.send(&met.id).await;
    let finished = world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
    assert!(finished.released.is_empty());
    // By the same rule that became automatic, each for itself.
    let chart = world.person(&["id:A|2"]).await;
    let taken = world.ask(&chart, progress()).await;
    world.ask(&chart, vec![by("progress", unalign(Track::ECkm))]).await;
    let follower = world.story(&taken[1].id).await.submission;
    assert_eq!((world.state(&taken[0].id).await, follower.state), (State::Ready, State::Waiting));
    assert!(follower.needs_approval);
}

/// A check that goes by itself approves nothing of what was asked for behind it; that waits for a person, who is told.
pub(crate) async fn an_alignment_behind_a_check_keeps_waiting_for_a_person(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let enroll = vec![by("enroll", held(check(Track::Bh))), after(0, by("enroll", held(align(Track::Bh))))];
    let taken = world.ask(&chart, enroll).await;
    world.ask(&chart, vec![by("screen", check(Track::Bh))]).await;
    assert_eq!(world.state(&taken[0].id).await, State::Ready);
    let lease = world.send(&taken[0].id).await;
    let template = notice(NoticeKind::HeldForApproval, &["engine"]);
    let ending = Ending { held: Some(template), ..ending(Final::Done, Dependents::Proceed) };
    let finished = world.finish(&lease, ending).await;
    assert_eq!(world.state(&taken[1].id).await, State::Held);
    let [told] = finished.notices.as_slice() else { panic!("{:?}", finished.notices) };
    let told = world.ledger.notice(told).await.unwrap().unwrap();
    let (summary, told) = (told.summary, told.notice.into_inner());
    assert_eq!((summary.submission.as_ref(), &told.submission), (Some(&taken[1].id), &taken[1].id));
    assert_eq!(
        (told.operation.as_str(), told.track.as_str(), told.text.as_str()),
        ("align", "BH", "because of enroll")
    );
}

/// A person approved an unalignment because of an exclusion, and what had been planned for another reason was sent after it.
pub(crate) async fn what_followed_the_former_reason_is_dropped(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, progress()).await;
    let story = world.story(&taken[0].id).await;
    assert_eq!(story.followers.iter().map(|follower| &follower.id).collect::<Vec<_>>(), [&taken[1].id]);
    let met = world.ask(&chart, vec![by("exclude", held(unalign(Track::ECkm)))]).await.remove(0);
    assert_eq!(met.how, TakenAs::Renewed);
    let dropped = world.story(&taken[1].id).await;
    assert_eq!(dropped.submission.state, State::Cancelled);
    assert_eq!(dropped.events.last().unwrap().cause, "what it waited for has another reason now");
    assert!(world.story(&taken[0].id).await.followers.is_empty());
    assert!(world.ledger.approve(&taken[0].id, "ann").await.unwrap().also.is_empty());
    // The same reason again leaves both.
    let chart = world.person(&["id:A|2"]).await;
    let taken = world.ask(&chart, progress()).await;
    world.ask(&chart, progress()).await;
    assert_eq!(world.state(&taken[1].id).await, State::Waiting);
}

/// Both halves of a move were approved; an exclusion took the unalignment, and went out with that approval.
pub(crate) async fn an_approved_move_is_held_again_for_another_reason(world: &World) {
    let exclude = || vec![by("exclude", held(unalign(Track::ECkm)))];
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, progress()).await;
    world.ledger.approve(&taken[0].id, "ann").await.unwrap();
    let stored = world.told(&chart, exclude()).await;
    assert_eq!(stored.subjects[0].submissions, [Taken { id: taken[0].id.clone(), how: TakenAs::Renewed }]);
    let story = world.story(&taken[0].id).await.submission;
    assert_eq!((story.state, story.needs_approval, story.rule.as_str()), (State::Held, true, "exclude"));
    let [told] = stored.notices.as_slice() else { panic!("{:?}", stored.notices) };
    let told = world.ledger.notice(told).await.unwrap().unwrap().notice.into_inner();
    assert_eq!(
        (told.submission.as_str(), told.operation.as_str(), told.track.as_str()),
        (taken[1].id.as_str(), "align", "CKM")
    );
    assert_eq!(told.text, "what it waited for has another reason now");
    assert_eq!(world.state(&taken[1].id).await, State::Cancelled);
}

/// An unalignment that was approved for one diagnosis went out for another.
pub(crate) async fn an_approval_is_for_the_diagnoses_that_were_shown(world: &World) {
    let exclude = |codes: &[&str]| {
        let conditions = codes.iter().map(|code| (*code).to_owned()).collect();
        vec![Intent { conditions, ..by("exclude", held(unalign(Track::ECkm))) }]
    };
    for (second, expected, state) in [
        (&["N18.6", "Z99.2"][..], &["N18.6"][..], State::Ready),
        (&["N18.6"][..], &["N18.6"][..], State::Ready),
        (&["Z99.2"][..], &["Z99.2"][..], State::Held),
    ] {
        let chart = world.person(&[&format!("id:{second:?}")]).await;
        let id = world.ask(&chart, exclude(&["N18.6"])).await.remove(0).id;
        world.ledger.approve(&id, "ann").await.unwrap();
        let how = world.ask(&chart, exclude(second)).await.remove(0).how;
        assert_eq!(how == TakenAs::Renewed, state == State::Held, "{second:?}");
        let story = world.story(&id).await;
        assert_eq!(
            (story.submission.state, &story.intent.conditions[..]),
            (state, &expected.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>()[..])
        );
    }
}

/// An alignment that was approved in one track went out in another, and an unalignment for a reason that nobody had approved.
pub(crate) async fn an_approval_is_for_the_track_and_reason_that_were_shown(world: &World) {
    let enroll = |track: Track| vec![by("enroll", check(track.clone())), after(0, by("enroll", held(align(track))))];
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, enroll(Track::ECkm)).await;
    world.ledger.approve(&taken[1].id, "ann").await.unwrap();
    world.bring_to_polling(&taken[0].id).await;
    world.ask(&chart, enroll(Track::ECkm)).await;
    assert!(!world.story(&taken[1].id).await.submission.needs_approval);
    assert_eq!(world.ask(&chart, enroll(Track::Ckm)).await[1].how, TakenAs::Renewed);
    let story = world.story(&taken[1].id).await.submission;
    assert_eq!((story.state, story.needs_approval, story.track), (State::Waiting, true, Track::Ckm));

    let leave =
        |reason: &str| vec![Intent { reason: Some(reason.to_owned()), ..by("leave", held(unalign(Track::Bh))) }];
    let id = world.ask(&chart, leave("moved")).await.remove(0).id;
    world.ledger.approve(&id, "ann").await.unwrap();
    assert_eq!(world.ask(&chart, leave("moved")).await[0].how, TakenAs::Refreshed);
    assert_eq!(world.state(&id).await, State::Ready);
    assert_eq!(world.ask(&chart, leave("patient-choice")).await[0].how, TakenAs::Renewed);
    assert_eq!(world.state(&id).await, State::Held);
}

/// A move for other diagnoses than the approved ones lost its second half, which was made again at once.
pub(crate) async fn a_move_that_is_not_the_approved_one_is_held_whole(world: &World) {
    let of = |code: &str| {
        let conditions = vec![code.to_owned()];
        progress().into_iter().map(|half| Intent { conditions: conditions.clone(), ..half }).collect::<Vec<_>>()
    };
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, of("E11.22")).await;
    world.ledger.approve(&taken[0].id, "ann").await.unwrap();
    let stored = world.told(&chart, of("I50.9")).await;
    let met: Vec<_> = stored.subjects[0].submissions.iter().map(|taken| taken.how).collect();
    assert_eq!((met, stored.notices.len()), (vec![TakenAs::Renewed, TakenAs::Refreshed], 0));
    let second = world.story(&taken[1].id).await.submission;
    assert_eq!((world.state(&taken[0].id).await, second.state), (State::Held, State::Waiting));
    assert!(second.needs_approval);
    assert_eq!(world.ledger.approve(&taken[0].id, "ann").await.unwrap().also, [taken[1].id.clone()]);
}

/// Whoever had asked for a report was told to ask for it.
pub(crate) async fn a_report_that_is_open_already_is_told_to_nobody(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let report = |rule: &str| vec![by(rule, intent(Operation::ReportData, Track::Ckm))];
    world.ask(&chart, report("request")).await;
    let stored = world.told(&chart, report("report")).await;
    assert_eq!((stored.subjects[0].submissions[0].how, stored.notices.len()), (TakenAs::Kept, 0));
}

/// The move of one record met an unalignment of the other: its second half was dropped, written down twice, and told to nobody.
pub(crate) async fn a_merge_drops_half_a_move_once_and_tells_it(world: &World) {
    let (survivor, absorbed) = (world.person(&["id:A|1"]).await, world.person(&["id:A|2"]).await);
    let leave = world.ask(&survivor, vec![by("leave", unalign(Track::ECkm))]).await.remove(0).id;
    let half = world.ask(&absorbed, progress()).await;
    let seen = async |chart: &SeenChart| world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
    let seen = vec![seen(&survivor).await, seen(&absorbed).await];
    let joined = ChartChange { absorbed: vec![absorbed.id.clone()], ..change(Some(&survivor), &["id:A|1"], "{}") };
    let dropped = Some(notice(NoticeKind::SubmissionProblem, &["engine"]));
    let subject = SubjectIntake { seen, change: Some(joined), dropped, ..SubjectIntake::default() };
    let stored = world.store(inside(vec![subject])).await;
    let [told] = stored.notices.as_slice() else { panic!("{:?}", stored.notices) };
    let told = world.ledger.notice(told).await.unwrap().unwrap();
    assert_eq!(told.summary.submission.as_ref(), Some(&half[1].id));
    assert_eq!([world.state(&half[0].id).await, world.state(&half[1].id).await], [State::Cancelled; 2]);
    assert_eq!(world.state(&leave).await, State::Ready);
    assert!(world.ledger.verify().await.unwrap().is_empty());
}

/// What a person approved or asked for by name went out for a reason that nobody had approved.
pub(crate) async fn what_was_approved_or_asked_for_keeps_its_reason(world: &World) {
    for (number, first) in
        [by("leave", unalign(Track::ECkm)), by("relocate", held(unalign(Track::ECkm)))].into_iter().enumerate()
    {
        let chart = world.person(&[&format!("id:A|{number}")]).await;
        let taken = world.ask(&chart, vec![first.clone()]).await.remove(0);
        if first.rule == "relocate" {
            world.ledger.approve(&taken.id, "ann").await.unwrap();
        }
        let stored = world.told(&chart, progress()).await;
        let how: Vec<_> = stored.subjects[0].submissions.iter().map(|taken| (taken.id.as_str(), taken.how)).collect();
        assert_eq!(how, [(taken.id.as_str(), TakenAs::Kept), (taken.id.as_str(), TakenAs::LeftOut)]);
        let story = world.story(&taken.id).await;
        assert_eq!((story.submission.state, story.submission.rule.as_str()), (State::Ready, first.rule.as_str()));
        assert!(story.followers.is_empty());
        let [kept, left_out] = stored.notices.as_slice() else { panic!("{:?}", stored.notices) };
        let kept = world.ledger.notice(kept).await.unwrap().unwrap().notice.into_inner();
        assert_eq!(
            (kept.code.as_str(), kept.submission.as_str(), kept.track.as_str()),
            ("open-already", taken.id.as_str(), "eCKM")
        );
        let told = world.ledger.notice(left_out).await.unwrap().unwrap().notice.into_inner();
        assert_eq!((told.submission.as_str(), told.operation.as_str(), told.track.as_str()), ("", "align", "CKM"));
        // By name, it is what was asked for last.
        let met = world.ask(&chart, vec![by("leave", unalign(Track::ECkm))]).await.remove(0);
        assert_eq!(met.how, if first.rule == "leave" { TakenAs::Refreshed } else { TakenAs::Renewed });
    }
}

/// The unalignment of a move was on its way when the patient was excluded, and the alignment followed it.
pub(crate) async fn what_follows_one_in_flight_goes_only_for_its_reason(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, progress()).await;
    world.ledger.approve(&taken[0].id, "ann").await.unwrap();
    world.bring_to_polling(&taken[0].id).await;
    // The same reason again leaves both.
    world.ask(&chart, progress()).await;
    assert_eq!(world.state(&taken[1].id).await, State::Waiting);
    let stored = world.told(&chart, vec![by("exclude", held(unalign(Track::ECkm)))]).await;
    assert_eq!(stored.subjects[0].submissions[0].how, TakenAs::InFlight);
    assert_eq!(world.state(&taken[1].id).await, State::Cancelled);
    // Of the exclusion, and of the alignment.
    assert_eq!(stored.notices.len(), 2);
    // And nothing is hung behind one that goes for another reason.
    let chart = world.person(&["id:A|2"]).await;
    let leave = world.ask(&chart, vec![by("leave", unalign(Track::ECkm))]).await.remove(0).id;
    world.bring_to_polling(&leave).await;
    let met = world.ask(&chart, progress()).await;
    assert_eq!((&met[1].id, met[1].how), (&leave, TakenAs::LeftOut));
    assert!(world.story(&leave).await.followers.is_empty());
}

/// A check that was asked for by name took the visit of a screen, and was withdrawn with that, and the alignment behind it.
pub(crate) async fn a_check_keeps_the_visit_it_was_asked_for_with(world: &World) {
    let visit = |visit: &str, intent: Intent| Intent { visit: Some(visit.to_owned()), ..intent };
    let withdraw = async |chart: &SeenChart, visit: &str| {
        let visit = Some(visit.to_owned());
        carry_out(world, chart, Command { visit, ..order_to(CommandAction::Withdraw) }).await
    };
    let chart = world.person(&["id:A|1"]).await;
    let named = Intent { reference: Some("ENR-1".to_owned()), ..visit("V1", by("enroll", check(Track::Bh))) };
    let asked = vec![named, after(0, visit("V1", by("enroll", align(Track::Bh))))];
    let taken = world.ask(&chart, asked).await;
    let newer = Intent { basis: "newer".to_owned(), ..visit("V2", by("screen", check(Track::Bh))) };
    assert_eq!(world.ask(&chart, vec![newer]).await[0].how, TakenAs::Kept);
    assert!(withdraw(&chart, "V2").await.is_empty());
    let claimed = world.take(&taken[0].id).await;
    assert_eq!((claimed.intent.rule.as_str(), claimed.intent.basis.as_str()), ("enroll", "newer"));
    assert_eq!(claimed.intent.reference.as_deref(), Some("ENR-1"));
    assert_eq!(withdraw(&chart, "V1").await, [taken[0].id.clone(), taken[1].id.clone()]);
    // A check that another visit's alignment waits for stays.
    let chart = world.person(&["id:A|2"]).await;
    let screen = world.ask(&chart, vec![visit("V1", by("screen", check(Track::Bh)))]).await.remove(0);
    let asked =
        vec![visit("V2", by("enroll", check(Track::Bh))), after(0, visit("V2", by("enroll", align(Track::Bh))))];
    let taken = world.ask(&chart, asked).await;
    assert_eq!((&taken[0].id, taken[0].how), (&screen.id, TakenAs::Kept));
    assert!(withdraw(&chart, "V1").await.is_empty());
    assert_eq!(world.state(&taken[1].id).await, State::Waiting);
}

/// An order that named the track of a held move's second half left the first half held for ever.
pub(crate) async fn an_order_about_one_half_of_a_move_is_about_both(world: &World) {
    let order = async |chart: &SeenChart, action: CommandAction| {
        carry_out(world, chart, Command { track: Some(Track::Ckm), ..order_to(action) }).await
    };
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, progress()).await;
    let both = [taken[0].id.clone(), taken[1].id.clone()];
    assert_eq!(order(&chart, CommandAction::Approve).await, both);
    assert_eq!((world.state(&taken[0].id).await, world.state(&taken[1].id).await), (State::Ready, State::Waiting));
    assert_eq!(order(&chart, CommandAction::Cancel).await, both);
    // A person's act is about both as well.
    let taken = world.ask(&chart, progress()).await;
    let acted = world.ledger.approve(&taken[1].id, "ann").await.unwrap();
    assert_eq!((acted.submission, acted.also), (taken[0].id.clone(), vec![taken[1].id.clone()]));
    // The first half is on its way: what follows can be stopped alone.
    world.bring_to_polling(&taken[0].id).await;
    let acted = world.ledger.cancel(&taken[1].id, "ann").await.unwrap();
    assert_eq!((acted.submission, acted.also.len()), (taken[1].id.clone(), 0));
}

/// An unalignment for a move was approved when the patient had long come back.
pub(crate) async fn what_is_held_lapses_with_its_reason(world: &World) {
    let lapse = |rule: &str| Command { rule: Some(rule.to_owned()), ..order_to(CommandAction::Withdraw) };
    let order = async |chart: &SeenChart, command: Command| {
        let seen = vec![world.ledger.chart(&chart.id).await.unwrap().unwrap().seen()];
        let told = NewNotice { about: About::Withdrawn(0), ..notice(NoticeKind::FeedProblem, &["engine"]) };
        let subject = SubjectIntake { seen, commands: vec![command], notices: vec![told], ..SubjectIntake::default() };
        world.store(inside(vec![subject])).await
    };
    let chart = world.person(&["id:A|1"]).await;
    let taken = world.ask(&chart, progress()).await;
    assert!(order(&chart, lapse("relocate")).await.notices.is_empty());
    assert_eq!(world.state(&taken[0].id).await, State::Held);
    let stored = order(&chart, lapse("progress")).await;
    assert_eq!(stored.subjects[0].commands[0].changed, [taken[0].id.clone(), taken[1].id.clone()]);
    let told = world.ledger.notice(&stored.notices[0]).await.unwrap().unwrap();
    assert_eq!(told.summary.submission, Some(taken[0].id.clone()));
    // What a person approved goes.
    let taken = world.ask(&chart, progress()).await;
    world.ledger.approve(&taken[0].id, "ann").await.unwrap();
    assert!(order(&chart, lapse("progress")).await.notices.is_empty());
    assert_eq!((world.state(&taken[0].id).await, world.state(&taken[1].id).await), (State::Ready, State::Waiting));
}

/// Of a move between tracks, eligibility was asked beside the alignment that answers it.
pub(crate) async fn a_screen_does_not_ask_beside_an_alignment(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let screen = || vec![by("screen", check(Track::Ckm))];
    let waiting = world.ask(&chart, vec![by("enroll", held(align(Track::ECkm)))]).await.remove(0).id;
    // One that waits for a person answers nothing yet.
    let first = world.ask(&chart, screen()).await.remove(0);
    assert_eq!(first.how, TakenAs::Created);
    world.ledger.cancel(&first.id, "ann").await.unwrap();
    world.ledger.approve(&waiting, "ann").await.unwrap();
    let met = [Taken { id: waiting.clone(), how: TakenAs::InFlight }];
    assert_eq!(world.ask(&chart, screen()).await, met);
    world.bring_to_polling(&waiting).await;
    assert_eq!(world.ask(&chart, screen()).await, met);
    // Whoever asks by name is followed, and another family is another matter.
    assert_eq!(world.ask(&chart, vec![by("request", check(Track::Ckm))]).await[0].how, TakenAs::Created);
    assert_eq!(world.ask(&chart, vec![by("screen", check(Track::Bh))]).await[0].how, TakenAs::Created);
}

fn named(reference: &str, intent: Intent) -> Intent {
    Intent { reference: Some(reference.to_owned()), ..intent }
}

/// A notice as the message of another request leads to it.
fn of_another(kind: NoticeKind) -> NewNotice {
    let new = notice(kind, &["engine"]);
    let (control_id, reference) = ("m1".to_owned(), Some("CHK-1".to_owned()));
    NewNotice { notice: Phi::new(Notice { control_id, reference, ..new.notice.into_inner() }), ..new }
}

/// Asks by a message about somebody who is known.
async fn request(world: &World, chart: &SeenChart, control_id: &str, intents: Vec<Intent>) -> Vec<Taken> {
    let seen = vec![world.ledger.chart(&chart.id).await.unwrap().unwrap().seen()];
    let subject = SubjectIntake { seen, intents, ..SubjectIntake::default() };
    world.store(outside(feed(control_id, control_id), vec![subject])).await.subjects.remove(0).submissions
}

/// The submission, message and reference that a notice names.
async fn names(world: &World, notice: &str) -> (String, String, Option<String>) {
    let told = world.ledger.notice(notice).await.unwrap().unwrap();
    let notice = told.notice.into_inner();
    assert_eq!(told.summary.control_id, notice.control_id);
    (notice.submission, notice.control_id, notice.reference)
}

/// That an alignment waits for a person, or was dropped, was told with the message and reference of the check that it had met.
pub(crate) async fn what_is_told_of_a_submission_names_its_own_request(world: &World) {
    for (number, dependents) in [Dependents::Proceed, Dependents::Cancel("no".to_owned())].into_iter().enumerate() {
        let of = |message: &str| format!("{message}-{number}");
        let chart = world.person(&[&of("id:A|")]).await;
        let asked = vec![named("CHK-1", by("request", check(Track::Bh)))];
        let first = request(world, &chart, &of("m1"), asked).await.remove(0).id;
        let lease = world.send(&first).await;
        let enroll = [by("enroll", check(Track::Bh)), after(0, by("enroll", held(align(Track::Bh))))];
        let taken = request(world, &chart, &of("m2"), enroll.map(|intent| named("ENR-7", intent)).to_vec()).await;
        assert_eq!((&taken[0].id, taken[0].how), (&first, TakenAs::InFlight));
        let held = Some(of_another(NoticeKind::HeldForApproval));
        let dropped = Some(of_another(NoticeKind::SubmissionProblem));
        // The answer to the check names CHK-1 alone.
        let ending = Ending { held, dropped, only_others: true, ..ending(Final::Done, dependents) };
        let told = world.finish(&lease, ending).await.notices;
        let [told] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(names(world, told).await, (taken[1].id.clone(), of("m2"), Some("ENR-7".to_owned())));
    }
}

/// What was asked for by one request hears by its answer that nothing follows.
pub(crate) async fn what_its_own_request_says_is_not_told_twice(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let enroll = [by("enroll", check(Track::Bh)), after(0, by("enroll", align(Track::Bh)))];
    let taken = request(world, &chart, "m1", enroll.map(|intent| named("ENR-7", intent)).to_vec()).await;
    let lease = world.send(&taken[0].id).await;
    let dropped = Some(of_another(NoticeKind::SubmissionProblem));
    let ending = Ending { dropped, only_others: true, ..ending(Final::Done, Dependents::Cancel("no".to_owned())) };
    let finished = world.finish(&lease, ending).await;
    assert_eq!((finished.cancelled.len(), finished.notices.len()), (1, 0));
}

/// That something held was withdrawn was told with the message that ended its reason, and without its reference.
pub(crate) async fn what_lapses_is_told_by_its_own_request(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let asked = progress().into_iter().map(|intent| named("ENR-7", intent)).collect();
    let taken = request(world, &chart, "m2", asked).await;
    let lapse =
        Command { rule: Some("progress".to_owned()), track: Some(Track::ECkm), ..order_to(CommandAction::Withdraw) };
    let subject = SubjectIntake {
        seen: vec![world.ledger.chart(&chart.id).await.unwrap().unwrap().seen()],
        commands: vec![lapse],
        notices: vec![NewNotice { about: About::Withdrawn(0), ..of_another(NoticeKind::SubmissionProblem) }],
        dropped: Some(of_another(NoticeKind::SubmissionProblem)),
        ..SubjectIntake::default()
    };
    let told = world.store(outside(feed("m3", "m3"), vec![subject])).await.notices;
    let mut found = Vec::new();
    for told in &told {
        found.push(names(world, told).await);
    }
    found.sort_by_key(|(submission, ..)| *submission != taken[0].id);
    let name = |taken: &Taken| (taken.id.clone(), "m2".to_owned(), Some("ENR-7".to_owned()));
    assert_eq!(found, [name(&taken[0]), name(&taken[1])]);
}

/// A request without a reference took that of the one before away.
pub(crate) async fn asking_again_takes_no_reference_away(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let enroll = || by("enroll", held(align(Track::Bh)));
    let reference = async |intent: Intent| {
        let taken = world.ask(&chart, vec![intent]).await.remove(0);
        world.story(&taken.id).await.intent.reference
    };
    assert_eq!(reference(named("ENR-1", enroll())).await.as_deref(), Some("ENR-1"));
    assert_eq!(reference(enroll()).await.as_deref(), Some("ENR-1"));
    // The one who names it last is answered.
    assert_eq!(reference(named("ENR-2", enroll())).await.as_deref(), Some("ENR-2"));
    // For another reason it is nobody's.
    assert_eq!(reference(by("progress", align(Track::Bh))).await, None);
}
