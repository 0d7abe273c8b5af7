//! Where things are.

use std::path::PathBuf;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// The build folder: `CARGO_TARGET_DIR`, else `target`.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |path| root().join(path))
}

/// The finished component.
pub(crate) fn component() -> PathBuf {
    target().join("component").join("access_bridge.wasm")
}
