//! `cargo xtask fuzz`: libFuzzer over the readers, with the stable compiler.

use crate::Done;
use crate::crate_paths::{root, target};
use crate::run::{Failure, cargo, run, say};
use std::path::Path;
use std::process::Command;

/// The targets, each a binary of `tests/fuzz` with a folder of seeds of the same name.
const TARGETS: [&str; 6] = ["reader", "charset", "fhir", "ccda", "profile", "payload"];

/// Seconds for each target where nobody says otherwise.
const SECONDS: &str = "60";

/// What makes the compiler count edges and comparisons, as `cargo fuzz` passes it.
const COUNTERS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// `fuzz [TARGET...] [SECONDS]`, or `fuzz keep [TARGET...]`
pub(crate) fn fuzz(arguments: &[String]) -> Done {
    let keeps = arguments.first().is_some_and(|first| first == "keep");
    let arguments = arguments.get(usize::from(keeps)..).unwrap_or_default();
    let (numbers, names): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(unknown) = names.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        return Err(Failure::Usage(format!("`{unknown}` is no target; there are {}", TARGETS.join(", "))));
    }
    let seconds = numbers.last().map_or(SECONDS, |number| number.as_str());
    let wanted: Vec<&str> = TARGETS
        .into_iter()
        .filter(|known| names.is_empty() || names.iter().any(|name| name.as_str() == *known))
        .collect();
    let host = host_triple()?;
    let folder = target().join("fuzz");
    // With the host named, the counters go into our code only and not into build scripts.
    run(cargo()
        .current_dir(root().join("tests").join("fuzz"))
        .args(["build", "--quiet", "--target", &host])
        .args(wanted.iter().flat_map(|name| ["--bin", name]))
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTFLAGS", COUNTERS))?;
    for name in wanted {
        let found = folder.join("corpus").join(name);
        if keeps {
            keep(&folder.join(&host).join("debug").join(name), name, &found)?;
            continue;
        }
        say(&format!("fuzz {name}: {seconds} s"));
        let artifacts = folder.join("artifacts").join(name);
        for needed in [&found, &artifacts] {
            std::fs::create_dir_all(needed).map_err(|source| Failure::File { path: needed.clone(), source })?;
        }
        run(Command::new(folder.join(&host).join("debug").join(name))
            .arg(&found)
            .args(seeds(name))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-max_len=16384", "-timeout=20", "-rss_limit_mb=4096", "-verbosity=0", "-print_final_stats=1"]))?;
        say(&format!("fuzz {name}: nothing found"));
    }
    Ok(())
}

/// Adds to the project's seeds what was found and reaches code that they do not.
fn keep(program: &Path, name: &str, found: &Path) -> Done {
    let own = root().join("tests").join("fuzz").join("corpus").join(name);
    for needed in [&own, &found.to_owned()] {
        std::fs::create_dir_all(needed).map_err(|source| Failure::File { path: needed.clone(), source })?;
    }
    run(Command::new(program).args([&own, found]).args([
        "-set_cover_merge=1",
        "-use_counters=0",
        "-max_len=4096",
        "-verbosity=0",
    ]))
}

/// The project's own seeds, read only: what is found goes to the build folder.
fn seeds(name: &str) -> Vec<std::path::PathBuf> {
    let tests = root().join("tests");
    let fixtures = match name {
        "reader" => Some("hl7"),
        "fhir" => Some("fhir"),
        "ccda" => Some("ccda"),
        _ => None,
    };
    let own = tests.join("fuzz").join("corpus").join(name);
    let fixtures = fixtures.map(|folder| tests.join("fixtures").join(folder));
    std::iter::once(own).chain(fixtures).filter(|folder: &std::path::PathBuf| Path::is_dir(folder)).collect()
}

fn host_triple() -> Result<String, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "host-tuple"])
        .output()
        .map_err(|source| Failure::Start { program: "rustc".to_owned(), source })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
