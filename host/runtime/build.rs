//! Finds the component that `cargo xtask component` built, so that the binary can carry it. Builds nothing itself: without
//! the file the crate still compiles, and the program asks for a component when it starts.

use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(embedded_component)");
    println!("cargo::rerun-if-env-changed=ACCESS_BRIDGE_COMPONENT_BUILD");
    let candidates = [
        std::env::var_os("ACCESS_BRIDGE_COMPONENT_BUILD").map(PathBuf::from),
        // OUT_DIR is <target>/<profile>/build/<crate>/out, whatever the target folder is called.
        std::env::var_os("OUT_DIR")
            .map(PathBuf::from)
            .and_then(|out| out.ancestors().nth(4).map(|target| target.join("component").join("access_bridge.wasm"))),
        std::env::var_os("OUT_DIR")
            .map(PathBuf::from)
            .and_then(|out| out.ancestors().nth(5).map(|target| target.join("component").join("access_bridge.wasm"))),
    ];
    for path in candidates.into_iter().flatten() {
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_file() {
            println!("cargo::rustc-cfg=embedded_component");
            println!("cargo::rustc-env=ACCESS_BRIDGE_COMPONENT={}", path.display());
            return;
        }
    }
}
