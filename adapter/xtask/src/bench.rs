//! `cargo xtask bench`

use crate::crate_paths::root;
use crate::run::{cargo, run};
use crate::{Done, component};

/// Builds what is needed and runs the benches in a release build. `reader` is only the one of opening messages, which
/// needs no component; `reports` is what results and reports cost against the size of a chart.
pub(crate) fn bench(arguments: &[String]) -> Done {
    if let [only] = arguments
        && only == "reader"
    {
        let only = ["bench", "--quiet", "--package", "access-core", "--bench", "reader"];
        return run(cargo().current_dir(root()).args(only));
    }
    component::build()?;
    if let [only] = arguments
        && only == "reports"
    {
        let only = ["run", "--quiet", "--release", "--package", "bench", "--bin", "reports"];
        return run(cargo().current_dir(root()).args(only));
    }
    run(cargo().current_dir(root()).args(["run", "--quiet", "--release", "--package", "bench", "--"]).args(arguments))
}
