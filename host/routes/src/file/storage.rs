//! The file operations, blocking.

use super::PERMISSIONS;
use crate::Cause;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Most names tried for one notice.
const NAMES: u32 = 1000;

/// Adds a line to a file and syncs it.
pub(super) fn append(path: &Path, line: &[u8]) -> Result<(), Cause> {
    let mut file = options().create(true).append(true).read(true).open(path).map_err(fail("open the file"))?;
    let mut bytes = Vec::with_capacity(line.len() + 1);
    if ends_in_the_middle(&mut file).map_err(fail("read the file"))? {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(line);
    file.write_all(&bytes).map_err(fail("write the file"))?;
    file.sync_data().map_err(fail("sync the file"))
}

/// Creates a file whole, under the first free name. A file that is there already with the same bytes counts as created.
pub(super) fn create(folder: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<(), Cause> {
    let temporary = folder.join(format!(".{stem}.{extension}.tmp"));
    write_temporary(&temporary, bytes)?;
    let placed = place(&temporary, folder, stem, extension, bytes);
    let removed = fs::remove_file(&temporary);
    placed?;
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail("remove the temporary file")(error)),
        _ => {}
    }
    sync_folder(folder).map_err(fail("sync the folder"))
}

/// What a crash left under the temporary name is removed, not written over: it may be linked to a delivered file already.
fn write_temporary(path: &Path, bytes: &[u8]) -> Result<(), Cause> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail("remove the temporary file")(error)),
        _ => {}
    }
    let mut file = options().write(true).create_new(true).open(path).map_err(fail("create a file"))?;
    file.write_all(bytes).map_err(fail("write the file"))?;
    file.sync_all().map_err(fail("sync the file"))
}

fn place(temporary: &Path, folder: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<(), Cause> {
    for number in 1..=NAMES {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{suffix}.{extension}"));
        match link(temporary, &path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if holds(&path, bytes).map_err(fail("read an existing file"))? {
                    return Ok(());
                }
            }
            Err(error) => return Err(fail("name the file")(error)),
        }
    }
    Err(Cause::NameTaken)
}

/// Gives the file its name, unless the name is taken.
fn link(temporary: &Path, path: &PathBuf) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            // A file system without links: reserve the name, then rename over the reservation.
            options().write(true).create_new(true).open(path)?;
            fs::rename(temporary, path)
        }
        result => result,
    }
}

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut found = Vec::new();
    let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
    match File::open(path) {
        Ok(file) => file.take(limit).read_to_end(&mut found)?,
        // Picked up by its reader just now.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(found == bytes)
}

fn ends_in_the_middle(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(PERMISSIONS);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn fail(step: &'static str) -> impl Fn(io::Error) -> Cause {
    move |source| Cause::Storage { step, source }
}
