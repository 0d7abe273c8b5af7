//! Stores that earlier versions wrote: what is in them is there after they were brought up to date, and goes on.

use super::kit::*;
use crate::*;
use access_contract::{NoticeKind, Track};

/// What a store held before it was brought up to date.
pub(crate) struct Before {
    traces: (Health, usize),
    states: Vec<(String, State)>,
    /// A report that waits for approval.
    reported: String,
}

impl Before {
    /// Fills a store with work in many states, a notice on its way and a refused feed.
    pub(crate) async fn made(world: &World) -> Self {
        let polled = world.one(check(Track::Bh)).await;
        world.bring_to_polling(&polled).await;
        let doubted = world.one(align(Track::Msk)).await;
        world.bring_to_doubt(&doubted).await;
        let done = world.one(check(Track::Ckm)).await;
        let lease = world.send(&done).await;
        world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
        let held = world.one(held(align(Track::Bh))).await;
        let reported = world.one(super::kit::held(report(Track::Ckm, "quarterly-1", "sub-1"))).await;
        let mut subject = newcomer(&["id:A|1"], vec![check(Track::Bh), after(0, align(Track::Bh))]);
        subject.notices.push(notice(NoticeKind::Deadline, &["engine"]));
        let taken = world.store(outside(feed("m1", "MSH|1"), vec![subject])).await.subjects.remove(0).submissions;
        world.ledger.quarantine(refused("m2", "MSH|2")).await.unwrap();
        let mut states = Vec::new();
        for id in
            [polled, doubted, done, held, reported.clone()].into_iter().chain(taken.into_iter().map(|taken| taken.id))
        {
            let state = world.state(&id).await;
            states.push((id, state));
        }
        Self { reported, traces: world.traces().await, states }
    }

    /// Everything is there after the store was brought up to date, and the work in it comes to its end.
    pub(crate) async fn goes_on(&self, world: &World, layout: usize) {
        assert_eq!(world.traces().await, self.traces, "layout {layout}");
        assert_eq!(world.ledger.verify().await.unwrap(), [], "layout {layout}");
        for (id, state) in &self.states {
            assert_eq!(world.state(id).await, *state, "layout {layout}");
        }
        // A report is known by its period.
        let chart = world.story(&self.reported).await.submission.chart;
        let chart = world.ledger.chart(&chart).await.unwrap().unwrap().seen();
        let asked = vec![held(report(Track::Ckm, "quarterly-1", "sub-1"))];
        assert_eq!(world.ask(&chart, asked).await[0].id, self.reported, "layout {layout}");
        // What was claimed before is claimed again when its lease is over.
        world.clock.advance(MINUTE * 2);
        let known = world.ledger.known_feed(&identity("m1")).await.unwrap();
        assert!(known.is_some(), "layout {layout}");
        let claimed = world.claim().await;
        let mut due = Vec::new();
        for one in &claimed {
            let id = &one.lease.submission;
            due.push(world.state(id).await);
            if world.state(id).await == State::Polling {
                world.finish(&one.lease, ending(Final::Done, Dependents::Proceed)).await;
                assert_eq!(world.state(id).await, State::Done, "layout {layout}");
            }
        }
        due.sort_by_key(|state| state.as_str());
        assert_eq!(due, [State::Polling, State::Ready], "layout {layout}");
    }
}
