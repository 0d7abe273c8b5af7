//! Where the component comes from: the program itself, or a file; compiled, or from the cache of an earlier start.

use crate::RuntimeError;
use crate::cache::{self, Cache};
use std::path::Path;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The bytes of a component.
#[derive(Debug, Clone)]
pub enum ComponentBytes {
    /// Built into this program.
    Embedded(&'static [u8]),
    /// Read from a file.
    Read(Vec<u8>),
}

impl ComponentBytes {
    /// The component that this program carries.
    ///
    /// # Errors
    /// [`RuntimeError::NoComponent`] when the program was built without one.
    pub fn embedded() -> Result<Self, RuntimeError> {
        #[cfg(embedded_component)]
        return Ok(Self::Embedded(include_bytes!(env!("ACCESS_BRIDGE_COMPONENT"))));
        #[cfg(not(embedded_component))]
        Err(RuntimeError::NoComponent)
    }

    /// A component from a file.
    ///
    /// # Errors
    /// [`RuntimeError::File`] when it cannot be read.
    pub fn read(path: &Path) -> Result<Self, RuntimeError> {
        std::fs::read(path).map(Self::Read).map_err(|source| RuntimeError::File { path: path.to_owned(), source })
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Embedded(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

/// Compiles a component, or takes its compiled form from the cache.
pub(crate) fn load(engine: &Engine, bytes: &ComponentBytes, cache: Option<&Cache>) -> Result<Component, RuntimeError> {
    let fail = |error: wasmtime::Error| RuntimeError::Component(format!("{error:#}"));
    let Some(cache) = cache else {
        return Component::new(engine, bytes.bytes()).map_err(fail);
    };
    let file = cache.file(engine, bytes.bytes());
    if let Ok(component) = deserialize(engine, &file) {
        return Ok(component);
    }
    tracing::info!("compiling the component; later starts take it from the cache");
    let compiled = engine.precompile_component(bytes.bytes()).map_err(fail)?;
    // A full disk or a folder that cannot be written to costs the next start its time, and no more.
    if let Err(error) = cache::replace(&file, &compiled) {
        tracing::warn!(file = %file.display(), %error, "compiled code could not be kept");
    }
    deserialize_bytes(engine, &compiled).map_err(fail)
}

#[expect(unsafe_code, reason = "loading code that this engine has just compiled")]
fn deserialize_bytes(engine: &Engine, compiled: &[u8]) -> Result<Component, wasmtime::Error> {
    // SAFETY: the bytes come from `precompile_component` of the same engine, in this process.
    unsafe { Component::deserialize(engine, compiled) }
}

#[expect(unsafe_code, reason = "loading compiled code that only this user can have written")]
fn deserialize(engine: &Engine, file: &Path) -> Result<Component, wasmtime::Error> {
    cache::check_file(file)?;
    // SAFETY: as `check_file` has just seen, the file is this user's and nobody else may write to it, and `Cache::at` has seen the same of
    // its folder, so nobody else can have put it there or change it now. Under this name, which holds the digest of the component and the
    // engine's compatibility hash, this program writes only what `precompile_component` gave; wasmtime checks version and settings again.
    // Against this user itself, and root, there is no defence.
    unsafe { Component::deserialize_file(engine, file) }
}

#[cfg(test)]
mod tests {
    use super::load;
    use crate::cache::Cache;
    use crate::component::ComponentBytes;
    use wasmtime::Engine;

    /// `(component)`
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn compiled_code_that_cannot_be_kept_is_used_all_the_same() {
        let engine = Engine::default();
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        // A folder stands where the file would.
        std::fs::create_dir_all(cache.file(&engine, EMPTY)).unwrap();
        let loaded = load(&engine, &ComponentBytes::Embedded(EMPTY), Some(&cache));
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()).collect();
        assert!(loaded.is_ok());
        assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "cwasm")), "{left:?}");
    }

    /// What others may have written is compiled anew and replaced, and never run.
    #[cfg(unix)]
    #[test]
    fn compiled_code_that_others_may_write_to_is_not_taken() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let engine = Engine::default();
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        let file = cache.file(&engine, EMPTY);
        let load = || load(&engine, &ComponentBytes::Embedded(EMPTY), Some(&cache)).map(drop);
        load().unwrap();
        let first = std::fs::metadata(&file).unwrap();
        assert_eq!(first.mode() & 0o777, 0o600);
        load().unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().ino(), first.ino(), "it was taken from the cache");
        let kept = std::fs::File::open(&file).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o620)).unwrap();
        load().unwrap();
        let second = std::fs::metadata(&file).unwrap();
        assert_eq!(second.mode() & 0o777, 0o600);
        assert_ne!(second.ino(), kept.metadata().unwrap().ino(), "it was replaced");
    }
}
