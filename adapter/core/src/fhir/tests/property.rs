//! What holds for every input.

use super::support::*;
use crate::read;
use proptest::prelude::*;
use serde_json::Value;

/// Names that mean something, so that arbitrary trees reach deep.
const NAMES: [&str; 20] = [
    "resourceType",
    "id",
    "meta",
    "identifier",
    "system",
    "value",
    "name",
    "family",
    "given",
    "birthDate",
    "entry",
    "resource",
    "fullUrl",
    "subject",
    "reference",
    "code",
    "coding",
    "type",
    "contained",
    "request",
];
const TEXTS: [&str; 14] = [
    "Patient",
    "Bundle",
    "Condition",
    "Coverage",
    "Observation",
    "#",
    "#p",
    "Patient/p",
    "urn:uuid:1",
    "DELETE",
    "I10",
    "http://hl7.org/fhir/sid/us-mbi",
    "3AA1AA1AA11",
    "|^~\\&\"\"",
];

fn trees() -> impl Strategy<Value = Value> {
    let text = prop_oneof![prop::sample::select(&TEXTS[..]).prop_map(str::to_owned), "\\PC{0,12}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(&NAMES[..]).prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Puts something else in one place of a tree.
fn mutate(tree: &mut Value, path: &[usize], other: &Value) {
    let Some((first, rest)) = path.split_first() else {
        *tree = other.clone();
        return;
    };
    match tree {
        Value::Array(items) if !items.is_empty() => {
            let position = first % items.len();
            mutate(&mut items[position], rest, other);
        }
        Value::Object(members) if !members.is_empty() => {
            let position = first % members.len();
            mutate(members.values_mut().nth(position).unwrap(), rest, other);
        }
        _ => *tree = other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_trees_are_read_or_refused(tree in trees()) {
        let _ = read_tree(&tree);
        let _ = read_tree(&bundle("collection", std::slice::from_ref(&tree)));
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(text in "[\\[\\]{}\":,a-z0-9\\\\ud8\n]{0,200}") {
        let _ = super::super::read(&EXAMPLE, &text);
        let _ = super::super::read(&EXAMPLE, &format!("{{\"resourceType\":\"Patient\",\"x\":{text}}}"));
    }

    #[test]
    fn mutated_bundles_are_read_or_refused(
        fixture_number in 0_usize..4,
        path in prop::collection::vec(any::<usize>(), 1..8),
        other in trees(),
    ) {
        let names = ["collection-eckm.json", "transaction-ckm.json", "history-deleted.json", "oddities.json"];
        let mut tree = tree(names[fixture_number]);
        mutate(&mut tree, &path, &other);
        if let Ok(reading) = read_tree(&tree) {
            prop_assert!(reading.subjects.iter().all(|subject| !subject.keys.is_empty()));
        }
    }

    #[test]
    fn cut_off_feeds_are_refused(at in 1_usize..14_000) {
        let whole = fixture("collection-eckm.json");
        let whole = whole.trim_ascii_end();
        prop_assert!(read::read(&EXAMPLE, &whole[..at.min(whole.len() - 1)]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_lines_does_not_matter(order in Just((0..10_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let lines = lines("bulk.ndjson");
        prop_assert_eq!(lines.len(), order.len());
        let (mut straight, mut shuffled) = (Host::default(), Host::default());
        lines.iter().for_each(|line| straight.take(line.as_bytes()));
        order.iter().for_each(|number| shuffled.take(lines[*number].as_bytes()));
        prop_assert_eq!(shuffled.charts(), straight.charts());
        prop_assert_eq!(shuffled.payloads.last().map(|payload| &payload.2), straight.payloads.last().map(|payload| &payload.2));
    }
}
