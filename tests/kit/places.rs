//! Where things lie.

use access_mappings::Profile;
use bridge_ingest::batch::{Piece, split};
use bridge_runtime::{Adapter, Cache, ComponentBytes, Limits};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder with the programs: this executable is in it (`target/debug/trials`) or one below (`target/debug/deps/it-<hash>`).
fn programs() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().to_owned() } else { folder.to_owned() }
}

/// The target folder this executable was built in.
pub(crate) fn target() -> PathBuf {
    programs().parent().unwrap().to_owned()
}

/// The program under test, from the same build as this executable.
pub fn program() -> PathBuf {
    let path = programs().join(format!("access-bridge{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: run `cargo xtask test`", path.display());
    path
}

/// The component, as `cargo xtask` builds it.
pub fn component() -> PathBuf {
    let path = target().join("component").join("access_bridge.wasm");
    assert!(path.is_file(), "{} is missing: run `cargo xtask component`", path.display());
    path
}

/// Where compiled code is kept, so that it is compiled once for all tests.
pub fn cache() -> Cache {
    Cache::at(&target().join("it-cache")).unwrap()
}

/// Has the component compiled into the cache, before the first program is started: on a busy machine that takes longer than a program
/// is waited for.
pub(crate) fn warm_cache() {
    static WARM: OnceLock<()> = OnceLock::new();
    WARM.get_or_init(|| {
        let bytes = ComponentBytes::read(&component()).unwrap();
        Adapter::new(&bytes, &profile().1, Limits::default(), Some(&cache())).unwrap();
    });
}

/// The interface of the component.
pub fn package() -> String {
    std::fs::read_to_string(root().join("wit/package.wit")).unwrap()
}

/// One fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/fixtures/hl7").join(name)).unwrap()
}

/// The documents of every FHIR fixture with its name, in order.
pub fn resources() -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(root().join("tests/fixtures/fhir")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end != "md")).collect();
    files.sort();
    let documents = files.into_iter().flat_map(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        split(&std::fs::read(&file).unwrap()).into_iter().filter_map(move |piece| match piece {
            Piece::Json(bytes) => Some((name.clone(), bytes.into_inner())),
            _ => None,
        })
    });
    documents.collect()
}

/// The names of all fixtures, in order.
pub fn fixtures() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("tests/fixtures/hl7"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".hl7"))
        .collect();
    names.sort();
    names
}

/// The feeds of a file's bytes, of whatever kind.
pub fn taken_apart(bytes: &[u8]) -> Vec<Vec<u8>> {
    let feed = |piece| match piece {
        Piece::Message(bytes) | Piece::Json(bytes) | Piece::Other(bytes) => Some(bytes.into_inner()),
        Piece::Warning(_) => None,
    };
    split(bytes).into_iter().filter_map(feed).collect()
}

/// The messages of a fixture.
pub fn messages(name: &str) -> Vec<Vec<u8>> {
    split(&fixture(name))
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Message(bytes) => Some(bytes.into_inner()),
            _ => None,
        })
        .collect()
}

/// The example profile, and as the component is loaded with it.
pub fn profile() -> (Profile, String) {
    let profile = access_mappings::example().unwrap();
    let resolved = profile.to_json().unwrap();
    (profile, resolved)
}

/// Fills a folder with compiled code, for a program that keeps it there.
pub fn copy_cache(folder: &Path) {
    warm_cache();
    for file in std::fs::read_dir(target().join("it-cache")).unwrap() {
        let file = file.unwrap();
        if !file.file_type().unwrap().is_file() {
            continue;
        }
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
}

/// Sets who may do what with a file or folder, as `chmod` does.
pub fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
