//! The program as the demo and the tests run it.

use crate::crate_paths::{root, target};
use crate::run::{cargo, run, say};
use crate::{Done, component};

/// Builds the component and the program around it. Every package is named by not naming any, as `cargo test` does: otherwise
/// the large dependencies would be built with other features, and so twice.
pub(crate) fn build() -> Done {
    component::build()?;
    let program = target().join("debug").join("access-bridge").with_extension(std::env::consts::EXE_EXTENSION);
    // Minutes without a word look like a program that hangs.
    let quiet = program.exists().then_some("--quiet");
    if quiet.is_none() {
        say("compiling the program: some minutes the first time");
    }
    run(cargo().current_dir(root()).arg("build").args(quiet))
}
