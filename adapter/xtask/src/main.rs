//! `cargo xtask`: the project's own commands.

mod bench;
mod check;
mod component;
mod crate_paths;
mod demo;
mod dist;
mod fuzz;
mod help;
mod lists;
mod program;
mod run;
mod test;
mod trials;

use run::Failure;
use std::process::ExitCode;

/// Exit code for a command line that cannot be followed.
pub(crate) const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    if matches!(command.as_str(), "help" | "--help" | "-h") {
        run::print(&rest.first().and_then(|name| help::of(name)).unwrap_or_else(help::all));
        return ExitCode::SUCCESS;
    }
    let Some(usage) = help::of(&command) else {
        if !command.is_empty() {
            run::say(&format!("xtask: there is no command `{command}`\n"));
        }
        run::say(&help::all());
        return ExitCode::from(USAGE);
    };
    if help::is_asked_for(&rest) {
        run::print(&usage);
        return ExitCode::SUCCESS;
    }
    if let Some(stray) = rest.first().filter(|_| !help::takes_arguments(&command)) {
        run::say(&format!("xtask {command}: `{stray}`: this command takes no arguments\n\n{usage}"));
        return ExitCode::from(USAGE);
    }
    let result = match command.as_str() {
        "component" => component::build().map(|path| run::say(&format!("component: {}", path.display()))),
        "demo" => demo::demo(&rest),
        "test" => test::test(&rest),
        "crash" | "soak" => trials::run_trial(&command, &rest),
        "fuzz" => fuzz::fuzz(&rest),
        "bench" => bench::bench(&rest),
        "check" => check::check(),
        _ => dist::dist(),
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
