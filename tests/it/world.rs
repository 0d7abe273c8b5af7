//! The component is what its interface says, and wants nothing.

use std::collections::{BTreeMap, BTreeSet};
use wit_component::DecodedWasm;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem};

fn decoded() -> (Resolve, WorldId) {
    match wit_component::decode(&std::fs::read(kit::component()).unwrap()).unwrap() {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => panic!("a package, not a component"),
    }
}

fn interface(resolve: &Resolve, id: InterfaceId) -> (String, BTreeSet<String>) {
    (resolve.id_of(id).unwrap(), resolve.interfaces[id].functions.keys().cloned().collect())
}

fn exports(resolve: &Resolve, world: WorldId) -> BTreeMap<String, BTreeSet<String>> {
    let items = resolve.worlds[world].exports.values();
    items
        .map(|item| match item {
            WorldItem::Interface { id, .. } => interface(resolve, *id),
            _ => panic!("an export that is no interface"),
        })
        .collect()
}

#[test]
fn the_component_imports_nothing() {
    let (resolve, world) = decoded();
    let imports: Vec<String> = resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key)).collect();
    assert_eq!(imports, Vec::<String>::new());
}

#[test]
fn the_component_exports_what_the_package_declares() {
    let mut declared = Resolve::default();
    let package = declared.push_str("package.wit", &kit::package()).unwrap();
    let wanted = exports(&declared, declared.packages[package].worlds["adapter"]);
    let (resolve, world) = decoded();
    assert_eq!(exports(&resolve, world), wanted);

    let names: BTreeSet<&str> = wanted.keys().filter_map(|id| id.split(['/', '@']).nth(1)).collect();
    assert_eq!(names, BTreeSet::from(["feeds", "notices", "profiles", "submissions", "types"]));
    let of = |name: &str| &wanted[&format!("access-bridge:adapter/{name}@0.1.0")];
    assert!(of("feeds").contains("plan-intents") && of("submissions").contains("compose"));
}
