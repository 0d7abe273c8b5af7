//! `cargo xtask demo`

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, component};

/// Builds what is needed and runs the narrated day.
pub(crate) fn demo(arguments: &[String]) -> Done {
    component::build()?;
    run(cargo()
        .current_dir(root())
        .args(["run", "--quiet", "--package", "access-bridge", "--bin", "access-bridge", "--", "demo"])
        .args(arguments))
}
