//! Compares the books of a world at rest: what the senders were told, what the ledger holds, what CMS took, what the engine heard.

use super::tally::{Tally, Wrong};
use super::world::World;
use crate::people::{Ask, Person};
use bridge_ledger::{DeliveryState, FeedSummary, NoticeFilter, State};
use std::collections::{BTreeMap, BTreeSet};

/// The route to the engine, as the example configuration names it.
const ROUTE: &str = "engine";

/// Adds a world's counts to the tally, and whatever is wrong.
pub(super) async fn compare(world: &World, tally: &mut Tally) {
    feeds(world, tally).await;
    submissions(world, tally).await;
    business(world, tally);
    notices(world, tally).await;
    order(world, tally);
}

/// `MSH-3` of a person's sender and `MSH-10`.
fn identity(person: Person, ask: Ask) -> (String, String) {
    (person.application().to_owned(), person.control_id(ask))
}

/// What was acknowledged is in the ledger, once, in the order in which it was sent.
async fn feeds(world: &World, tally: &mut Tally) {
    let mut stored: Vec<FeedSummary> = Vec::new();
    let mut after = None;
    loop {
        let page = world.ledger.feeds_page(None, after, usize::MAX).await.unwrap();
        stored.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    stored.reverse();
    tally.stored += stored.len();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (place, feed) in stored.into_iter().enumerate() {
        let name = (feed.identity.application, feed.identity.control_id);
        if places.insert(name.clone(), place).is_some() {
            tally.wrongs.push(Wrong::Doubled(format!("{} {} is stored twice", name.0, name.1)));
        }
    }
    let seen = world.senders.each_ref().map(crate::sender::Sender::seen);
    tally.resent += seen.iter().map(|seen| seen.resent).sum::<usize>();
    for (person, asked) in &world.people {
        let mut last = None;
        for ask in asked {
            let name = identity(*person, *ask);
            match seen[person.sender()].settled.get(&name.1).map(String::as_str) {
                Some("AA" | "CA") => tally.acknowledged += 1,
                code => tally.wrongs.push(Wrong::Other(format!("{} {} was answered {code:?}", name.0, name.1))),
            }
            match places.get(&name) {
                None => tally.wrongs.push(Wrong::Lost(format!("{} {}: acknowledged, not stored", name.0, name.1))),
                Some(place) if last.is_some_and(|last| last > *place) => {
                    tally
                        .wrongs
                        .push(Wrong::Disordered(format!("{} {} was stored before the one before it", name.0, name.1)));
                }
                Some(place) => last = Some(*place),
            }
        }
    }
}

/// Every submission ended, with an outcome or by the person's decision.
async fn submissions(world: &World, tally: &mut Tally) {
    tally.doubts += world.doubts.len();
    for one in world.submissions(&[]).await {
        match one.state {
            State::Done => tally.outcomes += 1,
            State::Cancelled if world.doubts.contains(&one.id) => {}
            _ => tally.wrongs.push(Wrong::Other(format!("a submission ended as {}: {}", one.state, one.cause))),
        }
    }
}

/// CMS took every operation that was asked for, and none twice.
fn business(world: &World, tally: &mut Tally) {
    for accepted in world.stage.cms().all_accepted() {
        tally.accepted += accepted.count;
        if accepted.operation == "check-eligibility" {
            tally.asked_again += accepted.count - 1;
        } else if accepted.count > 1 {
            tally.wrongs.push(Wrong::Doubled(format!("{accepted:?} was accepted {} times", accepted.count)));
        }
    }
    for (person, asked) in &world.people {
        for (ask, operation) in [(Ask::Align, "align"), (Ask::Unalign, "unalign")] {
            if asked.contains(&ask) && world.stage.cms().accepted(operation, &person.mbi(), "CKM") == 0 {
                let (application, control_id) = identity(*person, ask);
                tally.wrongs.push(Wrong::Lost(format!("{application} {control_id}: CMS never got the {operation}")));
            }
        }
    }
}

/// Every notice reached the route under its id; what came twice came with the same bytes.
async fn notices(world: &World, tally: &mut Tally) {
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in world.stage.engine.heard() {
        heard.entry(one.id).or_default().push(one.message);
    }
    let (mut ids, mut told, mut after) = (BTreeSet::new(), BTreeSet::new(), None);
    loop {
        let page = world.ledger.notices_page(&NoticeFilter::default(), after, usize::MAX).await.unwrap();
        for summary in page.items {
            let notice = world.ledger.notice(&summary.id).await.unwrap().expect("listed");
            let delivered =
                notice.deliveries.iter().any(|one| one.route == ROUTE && one.state == DeliveryState::Delivered);
            if !delivered || !heard.contains_key(&summary.id) {
                tally.wrongs.push(Wrong::Unheard(format!("notice {} ({})", summary.id, summary.code)));
            }
            told.extend(summary.submission.map(|submission| (submission, summary.code)));
            ids.insert(summary.id);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for one in world.submissions(&[State::Done]).await {
        if !told.contains(&(one.id.clone(), one.code.clone())) {
            tally.wrongs.push(Wrong::Unheard(format!("the outcome {} of submission {}", one.code, one.id)));
        }
    }
    tally.notices += ids.len();
    for (id, messages) in heard {
        if !ids.contains(&id) {
            tally.wrongs.push(Wrong::Unheard(format!("{id} came and is no notice of the ledger")));
        }
        if messages.len() > 1 {
            tally.repeated += 1;
            if messages.iter().any(|message| *message != messages[0]) {
                tally.wrongs.push(Wrong::Unheard(format!("{id} came again with other bytes")));
            }
        }
    }
}

/// At CMS and at the route, what somebody asked for first came first.
fn order(world: &World, tally: &mut Tally) {
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in world.stage.cms().keys() {
        if key.operation != "check-eligibility" {
            taken.entry(key.beneficiary).or_default().push(key.operation);
        }
    }
    let heard = world.stage.engine.heard();
    for (person, asked) in &world.people {
        tally.people += 1;
        let wanted: Vec<&str> = [(Ask::Align, "align"), (Ask::Unalign, "unalign")]
            .into_iter()
            .filter(|(ask, _)| asked.contains(ask))
            .map(|(_, operation)| operation)
            .collect();
        let found = taken.remove(&world.stage.cms().fingerprint(&person.mbi())).unwrap_or_default();
        if found != wanted {
            let name = identity(*person, Ask::Align);
            tally.wrongs.push(Wrong::Disordered(format!("{} {}: CMS took {found:?}", name.0, name.1)));
        }
        let record = person.record();
        let first = |code: &str| heard.iter().position(|one| one.patient == record && one.code == code);
        if let (Some(aligned), Some(unaligned)) = (first("aligned"), first("unaligned"))
            && unaligned < aligned
        {
            tally.wrongs.push(Wrong::Disordered(format!("{record}: the route heard of the end before the beginning")));
        }
    }
}
