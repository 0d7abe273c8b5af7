//! `cargo xtask`: the project's own commands.

mod bench;
mod check;
mod component;
mod crate_paths;
mod demo;
mod dist;
mod fuzz;
mod run;
mod test;

use run::Failure;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  component       compile the guest for wasm32, encode it as a component, prove that it imports nothing
  demo            component, then the narrated day: sandbox, service, a played feed
  test [ARGS]     component, then all tests (ARGS go to the test binary)
  fuzz [T..] [S]  libFuzzer over the readers: targets T (all), S seconds each (60)
  fuzz keep [T..] add what the last runs found, and no seed reaches, to the seeds
  bench           component, then the benches, as ratios
  bench reader    only what opening a message costs
  check           fmt, clippy with warnings denied, docs, example configuration
  dist            a release build of the binary and the component, in target/dist
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let result = match command.as_str() {
        "component" => component::build().map(|_| ()),
        "demo" => demo::demo(&rest),
        "test" => test::test(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "bench" => bench::bench(&rest),
        "check" => check::check(),
        "dist" => dist::dist(),
        _ => {
            run::say(USAGE);
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            run::say(&format!("xtask {command}: {failure}"));
            failure.code()
        }
    }
}

/// What every command gives back.
type Done = Result<(), Failure>;
