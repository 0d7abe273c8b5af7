//! Lays one layer over another.
//!
//! Tables are merged key by key, inline tables too. Lists and single values replace what was there. A list under a key with
//! a plus sign is added to the end of the one below it, without repeating a text that is there already. A condition
//! (`when`) is replaced as a whole: half of one and half of another would be a third that nobody wrote.

use super::{
    shape::added_to,
    tree::{Entry, Node, Table, Value},
};

/// Lays `upper` over `lower`.
pub(super) fn lay_over(lower: &mut Table, upper: Table) {
    let (additions, replacements): (Table, Table) = upper.into_iter().partition(|(key, _)| added_to(key).is_some());
    for (key, entry) in replacements {
        replace(lower, key, entry);
    }
    for (key, entry) in additions {
        add(lower, added_to(&key).unwrap_or(&key), entry);
    }
}

fn replace(lower: &mut Table, key: String, mut entry: Entry) {
    if let Value::Table(upper) = &mut entry.node.value {
        // Also where nothing is below: the table may hold keys with a plus sign.
        let mut merged = match lower.remove(&key) {
            Some(Entry { node: Node { value: Value::Table(table), .. }, .. }) if key != "when" => table,
            _ => Table::new(),
        };
        lay_over(&mut merged, std::mem::take(upper));
        entry.node.value = Value::Table(merged);
    }
    lower.insert(key, entry);
}

fn add(lower: &mut Table, key: &str, entry: Entry) {
    let Value::List(added) = entry.node.value else { return };
    match lower.get_mut(key) {
        Some(Entry { node: Node { value: Value::List(items), .. }, .. }) => {
            for item in added {
                if item.text().is_none() || !items.iter().any(|known| known.text() == item.text()) {
                    items.push(item);
                }
            }
        }
        _ => {
            let node = Node { at: entry.node.at, value: Value::List(added) };
            lower.insert(key.to_owned(), Entry { key_at: entry.key_at, node });
        }
    }
}
