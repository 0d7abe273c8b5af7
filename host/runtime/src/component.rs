//! Where the component comes from: the program itself, or a file; compiled, or from the cache of an earlier start.

use crate::RuntimeError;
use std::io::Write;
use std::path::{Path, PathBuf};
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

/// Where compiled components are kept between starts. The folder must be writable by this program's user only: what
/// stands there is executed.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf);

impl Cache {
    /// A cache in a folder, made with mode 0700 if it is missing.
    ///
    /// # Errors
    /// [`RuntimeError::File`] when the folder cannot be made, or others may write to it.
    pub fn at(folder: &Path) -> Result<Self, RuntimeError> {
        let fail = |source| RuntimeError::File { path: folder.to_owned(), source };
        if !folder.is_dir() {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder).map_err(fail)?;
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder).map_err(fail)?.permissions());
            if mode & 0o022 != 0 {
                return Err(fail(std::io::Error::other(
                    "others may write to this folder of compiled code; make it mode 0700",
                )));
            }
        }
        Ok(Self(folder.to_owned()))
    }

    /// The cached file of these bytes for this engine.
    fn file(&self, engine: &Engine, bytes: &[u8]) -> PathBuf {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let content = bridge_types::content_hash(bytes);
        self.0.join(format!("{}-{:016x}.cwasm", content.get(..16).unwrap_or_default(), settings.finish()))
    }
}

/// Compiles a component, or takes its compiled form from the cache.
pub(crate) fn load(engine: &Engine, bytes: &ComponentBytes, cache: Option<&Cache>) -> Result<Component, RuntimeError> {
    let fail = |error: wasmtime::Error| RuntimeError::Component(format!("{error:#}"));
    let Some(cache) = cache else {
        return Component::new(engine, bytes.bytes()).map_err(fail);
    };
    let file = cache.file(engine, bytes.bytes());
    if file.is_file()
        && let Ok(component) = deserialize(engine, &file)
    {
        return Ok(component);
    }
    tracing::info!("compiling the component; later starts take it from the cache");
    let compiled = engine.precompile_component(bytes.bytes()).map_err(fail)?;
    match replace(&file, &compiled) {
        Ok(()) => deserialize(engine, &file).map_err(fail),
        // A full disk or a folder that cannot be written to costs the next start its time, and no more.
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "compiled code could not be kept");
            deserialize_bytes(engine, &compiled).map_err(fail)
        }
    }
}

#[expect(unsafe_code, reason = "loading code that this engine has just compiled")]
fn deserialize_bytes(engine: &Engine, compiled: &[u8]) -> Result<Component, wasmtime::Error> {
    // SAFETY: the bytes come from `precompile_component` of the same engine, in this process.
    unsafe { Component::deserialize(engine, compiled) }
}

#[expect(unsafe_code, reason = "loading compiled code; the folder is this user's alone, as Cache::at has checked")]
fn deserialize(engine: &Engine, file: &Path) -> Result<Component, wasmtime::Error> {
    // SAFETY: the file was written by `replace` below, in a folder that only this program's user can write to, under a
    // name that holds the digest of the component and the engine's compatibility hash; wasmtime checks the latter again.
    unsafe { Component::deserialize_file(engine, file) }
}

/// Writes a file whole or not at all.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = file.with_extension(format!("{}.draft", std::process::id()));
    let written = || {
        let mut open = std::fs::File::create(&draft)?;
        open.write_all(bytes)?;
        // What is executed must not be half of it after a loss of power.
        open.sync_all()?;
        std::fs::rename(&draft, file)
    };
    written().inspect_err(|_| {
        let _ = std::fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::{Cache, load};
    use crate::component::ComponentBytes;
    use wasmtime::Engine;

    /// `(component)`
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn compiled_code_that_cannot_be_kept_is_used_all_the_same() {
        let engine = Engine::default();
        let folder = std::env::temp_dir().join(format!("access-bridge-cache-{}", std::process::id()));
        let cache = Cache::at(&folder).unwrap();
        // A folder stands where the file would.
        std::fs::create_dir_all(cache.file(&engine, EMPTY)).unwrap();
        let loaded = load(&engine, &ComponentBytes::Embedded(EMPTY), Some(&cache));
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path()).collect();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(loaded.is_ok());
        assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "cwasm")), "{left:?}");
    }
}
