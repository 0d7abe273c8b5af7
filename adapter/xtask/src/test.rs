//! `cargo xtask test`

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, component};

/// Builds what is needed and runs all tests.
pub(crate) fn test(arguments: &[String]) -> Done {
    component::build()?;
    run(cargo().current_dir(root()).args(["build", "--quiet", "--package", "access-bridge"]))?;
    run(cargo().current_dir(root()).arg("test").args(arguments))
}
