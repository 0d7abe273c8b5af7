//! `cargo xtask crash` and `cargo xtask soak`: the long tests.

use crate::crate_paths::target;
use crate::run::run;
use crate::{Done, program};
use std::process::Command;

/// Builds what is needed and runs a long test by its name.
pub(crate) fn run_trial(name: &str, arguments: &[String]) -> Done {
    program::build()?;
    run(Command::new(target().join("debug").join("trials")).arg(name).args(arguments))
}
