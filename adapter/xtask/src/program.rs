//! The program as the demo and the tests run it.

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, component};

/// Builds the component and the program around it. Every package is named by not naming any, as `cargo test` does: otherwise
/// the large dependencies would be built with other features, and so twice.
pub(crate) fn build() -> Done {
    component::build()?;
    run(cargo().current_dir(root()).args(["build", "--quiet"]))
}
