//! `cargo xtask dist`

use crate::crate_paths::{root, target};
use crate::run::{Failure, cargo, run, say};
use crate::{Done, component};

/// A release build of the binary, with the component inside and beside it.
pub(crate) fn dist() -> Done {
    let wasm = component::build()?;
    run(cargo().current_dir(root()).args(["build", "--release", "--package", "access-bridge"]))?;
    let folder = target().join("dist");
    let put = || -> std::io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        std::fs::copy(target().join("release").join("access-bridge"), folder.join("access-bridge"))?;
        std::fs::copy(&wasm, folder.join("access_bridge.wasm"))?;
        std::fs::copy(root().join("wit").join("package.wit"), folder.join("access-bridge.wit"))?;
        Ok(())
    };
    put().map_err(|source| Failure::File { path: folder.clone(), source })?;
    say(&format!("dist: {}", folder.display()));
    Ok(())
}
