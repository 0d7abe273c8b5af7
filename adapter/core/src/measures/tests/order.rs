//! Random feeds: whatever order they come in, the same entries are stored in the end, and the same is chosen of them.

use super::support::*;
use crate::measures::{join, select};
use access_contract::Entry;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CODES: [&str; 4] = ["4548-4", "8480-6", "8462-4", "29463-7"];
const STATUSES: [&str; 5] = ["P", "F", "C", "D", "U"];

/// One feed with one row: code, order, part, status, value, hour.
type Drawn = (usize, usize, usize, usize, u32, u32);

fn feed(number: usize, drawn: Drawn) -> String {
    let (code, order, part, status, value, hour) = drawn;
    let value = if STATUSES[status] == "U" { String::new() } else { format!("{}", 60 + value) };
    let unit = ["%", "mm[Hg]", "mm[Hg]", "kg"][code];
    let row = format!(
        "OBX|1|NM|{}^X^LN|{part}|{value}|{unit}|||||{}|||202607{:02}0800-0500",
        CODES[code],
        STATUSES[status],
        hour + 1
    );
    message(&format!("202607200{}{:02}00-0500", number / 60, number % 60), &[&row])
        .replace("F200", &format!("F{order}"))
}

fn stored(feeds: &[String]) -> Vec<Entry> {
    let mut held: BTreeMap<String, Entry> = BTreeMap::new();
    for feed in feeds {
        for entry in entries_of(&EXAMPLE, feed) {
            if let Some(joined) = join(held.get(&entry.key), &entry) {
                held.insert(entry.key.clone(), joined);
            }
        }
    }
    held.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        drawn in prop::collection::vec((0_usize..4, 0_usize..2, 0_usize..2, 0_usize..5, 0_u32..4, 0_u32..3), 1..16),
        order in Just(()).prop_perturb(|(), mut random| (0..16).map(|_| random.next_u32()).collect::<Vec<_>>()),
    ) {
        let feeds: Vec<String> = drawn.iter().enumerate().map(|(number, drawn)| feed(number, *drawn)).collect();
        let mut shuffled: Vec<(u32, String)> = order.iter().copied().zip(feeds.iter().cloned()).collect();
        shuffled.sort_by_key(|(place, _)| *place);
        let shuffled: Vec<String> = shuffled.into_iter().map(|(_, feed)| feed).collect();
        let (straight, other) = (stored(&feeds), stored(&shuffled));
        prop_assert_eq!(&straight, &other);
        // Sent once more, whole and in order, nothing changes.
        let again: Vec<String> = feeds.iter().chain(&feeds).cloned().collect();
        prop_assert_eq!(&straight, &stored(&again));
        let reversed: Vec<Entry> = other.into_iter().rev().collect();
        prop_assert_eq!(select(&EXAMPLE, &ASKED, &straight), select(&EXAMPLE, &ASKED, &reversed));
    }
}
