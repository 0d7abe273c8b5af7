//! `cargo xtask bench`

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, component};

/// Builds what is needed and runs the benches in a release build.
pub(crate) fn bench(arguments: &[String]) -> Done {
    component::build()?;
    run(cargo().current_dir(root()).args(["run", "--quiet", "--release", "--package", "bench", "--"]).args(arguments))
}
