//! Compiles the guest, encodes it as a component and proves that it imports nothing.

use crate::crate_paths::{component, root, target};
use crate::run::{Failure, cargo, run_silently, say};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "wasm32-unknown-unknown";

/// Copies in loops of the guest's own. The instruction for it is a call into the host, which takes many times as long as the few
/// bytes of most copies. `rustc` does not know the second name, which is LLVM's, and warns of it for every crate.
const WITHOUT_BULK_MEMORY: &str = "-Ctarget-feature=-bulk-memory,-bulk-memory-opt";

/// Builds the component and gives back its path. Rewrites the file only when its bytes change, so that nothing that
/// embeds it is rebuilt for nothing.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    ensure_target()?;
    if !component().exists() {
        say("compiling the component: some minutes the first time");
    }
    // A folder of its own: the flags below would otherwise rebuild what the native build shares.
    let folder = target().join("guest");
    let flags = remapped_paths().into_iter().chain([WITHOUT_BULK_MEMORY.to_owned()]);
    run_silently(
        cargo()
            .current_dir(root())
            .args(["build", "--quiet", "--package", "access-component", "--target", TARGET, "--profile", "component"])
            .env("CARGO_TARGET_DIR", &folder)
            .env("CARGO_ENCODED_RUSTFLAGS", flags.collect::<Vec<_>>().join("\u{1f}")),
    )?;
    let module = read(&folder.join(TARGET).join("component").join("access_component.wasm"))?;
    let encoded = wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| Failure::Encode(format!("{error:#}")))?;
    prove_no_imports(&encoded)?;
    let path = component();
    if std::fs::read(&path).ok().as_deref() != Some(encoded.as_slice()) {
        write(&path, &encoded)?;
        say(&format!("component: {} bytes, no imports: {}", encoded.len(), path.display()));
    }
    Ok(path)
}

/// Adds the wasm target where it is missing.
fn ensure_target() -> Result<(), Failure> {
    if has_target() {
        return Ok(());
    }
    say("adding the target wasm32-unknown-unknown (rustup target add)");
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    if added.is_ok_and(|status| status.success()) && has_target() { Ok(()) } else { Err(Failure::Target) }
}

fn has_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|out| out.status.success() && Path::new(String::from_utf8_lossy(&out.stdout).trim()).is_dir())
}

/// Flags that keep the builder's folders out of the component, so that it is the same wherever it is built.
fn remapped_paths() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut flags = vec![format!("--remap-path-prefix={}=/access-bridge", root().display())];
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    flags
}

/// The component must import nothing at all.
fn prove_no_imports(bytes: &[u8]) -> Result<(), Failure> {
    let decoded = wit_component::decode(bytes).map_err(|error| Failure::World(format!("{error:#}")))?;
    let wit_component::DecodedWasm::Component(resolve, world) = decoded else {
        return Err(Failure::World("it decodes to a package, not to a component".to_owned()));
    };
    match resolve.worlds.get(world).map(|world| world.imports.len()) {
        Some(0) => Ok(()),
        Some(count) => Err(Failure::World(format!("it has {count} imports, none is allowed"))),
        None => Err(Failure::World("its world is missing".to_owned())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::File { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let put = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)
    };
    put().map_err(|source| Failure::File { path: path.to_owned(), source })
}
