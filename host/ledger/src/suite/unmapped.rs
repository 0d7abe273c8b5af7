//! Codes without a row in the profile.

use super::kit::*;
use crate::{Bounds, FeedEntry, Intake, IntakeResult, LedgerError, UnmappedFilter, UnmappedRow};
use access_contract::UnmappedCode;

fn code(code: &str, unit: &str) -> UnmappedCode {
    UnmappedCode {
        table: "observation".to_owned(),
        code: code.to_owned(),
        display: format!("name of {code}"),
        system: "L".to_owned(),
        unit: unit.to_owned(),
    }
}

fn with(feed: FeedEntry, unmapped: Vec<UnmappedCode>) -> Intake {
    Intake { unmapped, ..outside(feed, vec![]) }
}

async fn all(world: &World) -> Vec<UnmappedRow> {
    world.other.unmapped(&UnmappedFilter::default()).await.unwrap()
}

fn brief(rows: &[UnmappedRow]) -> Vec<(&str, &str, u64)> {
    rows.iter().map(|row| (row.code.code.as_str(), row.code.unit.as_str(), row.count)).collect()
}

pub(crate) async fn a_code_is_counted_once_for_each_feed_that_was_stored(world: &World) {
    world.store(with(feed("m1", "MSH|1"), vec![code("GLU", "mg/dL"), code("HR", "")])).await;
    world.clock.advance(MINUTE);
    world.store(with(feed("m2", "MSH|2"), vec![code("GLU", "mg/dL"), code("GLU", "mmol/L")])).await;
    // The same feed again is no news.
    let again = world.ledger.intake(with(feed("m2", "MSH|2"), vec![code("GLU", "mg/dL")])).await.unwrap();
    assert!(matches!(again, IntakeResult::Duplicate(_)));
    let rows = all(world).await;
    assert_eq!(brief(&rows), [("GLU", "mg/dL", 2), ("GLU", "mmol/L", 1), ("HR", "", 1)]);
    assert_eq!((rows[0].first_seen, rows[0].last_seen), (START, world.now()));
    assert_eq!((rows[2].first_seen, rows[2].last_seen), (START, START));
    assert_eq!((rows[0].application.as_str(), rows[0].facility.as_str()), ("EPIC", "NORTH"));
}

pub(crate) async fn codes_are_listed_by_sender(world: &World) {
    let mut other = feed("m2", "MSH|2");
    other.identity.facility = "SOUTH".to_owned();
    world.store(with(feed("m1", "MSH|1"), vec![code("GLU", "")])).await;
    world.store(with(other, vec![code("GLU", ""), code("HR", "")])).await;
    let of = async |facility: &str| {
        let filter = UnmappedFilter { application: Some("EPIC".to_owned()), facility: Some(facility.to_owned()) };
        world.ledger.unmapped(&filter).await.unwrap().len()
    };
    assert_eq!((of("NORTH").await, of("SOUTH").await, of("WEST").await), (1, 2, 0));
}

pub(crate) async fn a_code_that_is_known_now_is_forgotten(world: &World) {
    world.store(with(feed("m1", "MSH|1"), vec![code("GLU", "mg/dL"), code("HR", "")])).await;
    let rows = all(world).await;
    assert_eq!(world.ledger.forget_unmapped(&rows[..1]).await.unwrap(), 1);
    assert_eq!(world.ledger.forget_unmapped(&rows[..1]).await.unwrap(), 0);
    assert_eq!(brief(&all(world).await), [("HR", "", 1)]);
    world.store(with(feed("m2", "MSH|2"), vec![code("GLU", "mg/dL")])).await;
    assert_eq!(brief(&all(world).await), [("GLU", "mg/dL", 1), ("HR", "", 1)]);
}

pub(crate) async fn the_codes_that_did_not_come_for_longest_make_room(world: &World) {
    let per_feed = Bounds::ROWS;
    let feeds = Bounds::UNMAPPED / per_feed;
    for number in 0..=feeds {
        let codes = (0..per_feed).map(|position| code(&format!("{number:03}-{position:03}"), "")).collect();
        world.store(with(feed(&format!("m{number}"), &format!("MSH|{number}")), codes)).await;
        world.clock.advance(MINUTE);
    }
    let rows = all(world).await;
    assert_eq!(rows.len(), Bounds::UNMAPPED);
    assert!(!rows.iter().any(|row| row.code.code.starts_with("000-")));
    let many = vec![code("GLU", ""); per_feed + 1];
    let error = world.ledger.intake(with(feed("many", "MSH|many"), many)).await.unwrap_err();
    assert!(matches!(error, LedgerError::TooLarge { what: "unmapped codes", .. }));
}
