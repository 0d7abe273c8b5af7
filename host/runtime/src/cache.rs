//! Compiled code between starts: a folder that is this program's user's alone, because what stands there is executed.

use crate::RuntimeError;
use std::fs::{Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use wasmtime::Engine;

/// Where compiled components are kept between starts. The folder must be this program's user's, and writable by nobody else: what
/// stands there is executed.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf);

impl Cache {
    /// A cache in a folder, made with mode 0700 if it is missing.
    ///
    /// # Errors
    /// [`RuntimeError::File`] when the folder cannot be made, is another user's, or others may write to it.
    pub fn at(folder: &Path) -> std::result::Result<Self, RuntimeError> {
        let fail = |source| RuntimeError::File { path: folder.to_owned(), source };
        if !folder.is_dir() {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder).map_err(fail)?;
        }
        std::fs::metadata(folder).and_then(|place| check_owner(&place, user())).map_err(fail)?;
        Ok(Self(folder.to_owned()))
    }

    /// The cached file of these bytes for this engine.
    pub(crate) fn file(&self, engine: &Engine, bytes: &[u8]) -> PathBuf {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let content = bridge_types::content_hash(bytes);
        self.0.join(format!("{}-{:016x}.cwasm", content.get(..16).unwrap_or_default(), settings.finish()))
    }
}

/// Refuses what is no plain file of this user's, or what others may write to.
pub(crate) fn check_file(file: &Path) -> Result<()> {
    // Of the thing itself: a link leads to where nothing was looked at.
    let place = std::fs::symlink_metadata(file)?;
    if !place.is_file() {
        return Err(Error::other("this is no plain file"));
    }
    check_owner(&place, user())
}

/// Writes a file, of mode 0600, whole or not at all.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let draft = file.with_extension(format!("{}.draft", std::process::id()));
    // One that a process of the same number left behind.
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut open = options.open(&draft)?;
        open.write_all(bytes)?;
        // What is executed must not be half of it after a loss of power.
        open.sync_all()?;
        std::fs::rename(&draft, file)
    };
    written().inspect_err(|_| {
        let _ = std::fs::remove_file(&draft);
    })
}

/// Whether a folder or file is this user's, and nobody else may write to it.
#[cfg(unix)]
fn check_owner(place: &Metadata, user: u32) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    if place.uid() != user {
        return Err(Error::other("compiled code is taken from this user's own folders and files only"));
    }
    if place.mode() & 0o022 != 0 {
        return Err(Error::other("others may write to this folder of compiled code; make it mode 0700"));
    }
    Ok(())
}

/// There, a folder of the user's profile is the user's alone.
#[cfg(not(unix))]
fn check_owner(_: &Metadata, _: u32) -> Result<()> {
    Ok(())
}

/// Whose rights this program has.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library does not say who runs the program")]
fn user() -> u32 {
    // SAFETY: it takes nothing, cannot fail and touches no memory.
    unsafe { libc::geteuid() }
}

#[cfg(not(unix))]
const fn user() -> u32 {
    0
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Cache, check_file, check_owner, replace, user};
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_folder_or_file_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = std::fs::metadata(folder.path()).unwrap();
        assert!(check_owner(&place, user()).is_ok());
        assert!(check_owner(&place, user() + 1).is_err());
    }

    #[test]
    fn what_others_may_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("code.cwasm");
        replace(&file, b"code").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(check_file(&file).is_ok());
        for mode in [0o620, 0o602, 0o666] {
            set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            assert!(check_file(&file).is_err(), "{mode:o}");
        }
        assert!(Cache::at(folder.path()).is_ok());
        for mode in [0o770, 0o707] {
            set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            assert!(Cache::at(folder.path()).is_err(), "{mode:o}");
        }
    }

    #[test]
    fn a_link_is_neither_read_nor_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("code.cwasm"), folder.path().join("other"));
        std::fs::write(&other, "other").unwrap();
        symlink(&other, &file).unwrap();
        symlink(&other, file.with_extension(format!("{}.draft", std::process::id()))).unwrap();
        assert!(check_file(&file).is_err());
        replace(&file, b"code").unwrap();
        assert!(check_file(&file).is_ok());
        assert_eq!(
            (std::fs::read(&other).unwrap(), std::fs::read(&file).unwrap()),
            (b"other".to_vec(), b"code".to_vec())
        );
    }
}
