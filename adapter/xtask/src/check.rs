//! `cargo xtask check`

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, component, lists};

/// Lists of the documentation, formatting, lints on both targets, documentation of the code.
pub(crate) fn check() -> Done {
    lists::check()?;
    component::build()?;
    run(cargo().current_dir(root()).args(["fmt", "--all", "--check"]))?;
    run(cargo().current_dir(root()).args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    run(cargo()
        .current_dir(root())
        .args(["clippy", "--quiet", "--package", "access-component", "--target", "wasm32-unknown-unknown", "--"])
        .args(["-D", "warnings"]))?;
    run(cargo().current_dir(root()).args(["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}
