//! Spreads the sections of senders: what has a table of its own for single senders goes there, and the rules of the site
//! are laid below those of each sender.

use super::{
    merge::lay_over,
    tree::{At, Entry, Node, Table, Value},
};

/// Where rows go (the tables above, and the list), with each key of a section and its name there.
type Rows = (&'static [&'static str], &'static str, &'static [(&'static str, &'static str)]);

/// Keys of a section that are rows elsewhere.
const ROWS: [Rows; 3] = [
    (&[], "charsets", &[("charset", "charset")]),
    (&["times"], "senders", &[("zone", "zone")]),
    (
        &["patient"],
        "senders",
        &[("race", "race"), ("ethnicity", "ethnicity"), ("languages", "languages"), ("sex", "sex")],
    ),
];

/// Spreads every section.
pub(super) fn spread(root: &mut Node) {
    let Value::Table(root) = &mut root.value else { return };
    let Some(mut senders) = root.remove("senders") else { return };
    let site = root.get("rules").map(|rules| rules.node.clone());
    if let Value::List(sections) = &mut senders.node.value {
        for section in sections {
            let at = section.at;
            let Value::Table(section) = &mut section.value else { continue };
            move_rows(root, section, at);
            lay_rules(section, site.as_ref());
        }
    }
    root.insert("senders".to_owned(), senders);
}

/// Takes the keys that are rows elsewhere out of a section and puts the rows there, before those that stand there.
fn move_rows(root: &mut Table, section: &mut Table, at: At) {
    for (home, list, keys) in ROWS {
        let mut row = Table::new();
        for (key, there) in keys {
            if let Some(entry) = section.remove(*key) {
                row.insert((*there).to_owned(), entry);
            }
        }
        if row.is_empty() {
            continue;
        }
        for part in ["application", "facility"] {
            if let Some(entry) = section.get(part) {
                row.insert(part.to_owned(), entry.clone());
            }
        }
        let mut table = &mut *root;
        for step in home {
            let entry = table.entry((*step).to_owned()).or_insert_with(|| empty(Value::Table(Table::new()), at));
            let Value::Table(inner) = &mut entry.node.value else { return };
            table = inner;
        }
        let rows = table.entry(list.to_owned()).or_insert_with(|| empty(Value::List(Vec::new()), at));
        if let Value::List(rows) = &mut rows.node.value {
            rows.insert(0, Node { at, value: Value::Table(row) });
        }
    }
}

/// Lays the rules of a section over those of the site.
fn lay_rules(section: &mut Table, site: Option<&Node>) {
    let Some(Node { value: Value::Table(below), at }) = site else { return };
    let mut rules = below.clone();
    let own = section.remove("rules");
    let key_at = own.as_ref().map_or(*at, |own| own.key_at);
    if let Some(Entry { node: Node { value: Value::Table(own), .. }, .. }) = own {
        lay_over(&mut rules, own);
    }
    section.insert("rules".to_owned(), Entry { key_at, node: Node { at: key_at, value: Value::Table(rules) } });
}

fn empty(value: Value, at: At) -> Entry {
    Entry { key_at: at, node: Node { at, value } }
}
