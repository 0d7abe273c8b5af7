//! `cargo xtask demo`

use crate::crate_paths::target;
use crate::run::run;
use crate::{Done, program};
use std::process::Command;

/// Builds what is needed and runs the narrated day.
pub(crate) fn demo(arguments: &[String]) -> Done {
    program::build()?;
    run(Command::new(target().join("debug").join("access-bridge")).arg("demo").args(arguments))
}
