//! `cargo xtask test`

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, program};

/// Builds what is needed and runs all tests.
pub(crate) fn test(arguments: &[String]) -> Done {
    program::build()?;
    run(cargo().current_dir(root()).arg("test").args(arguments))
}
