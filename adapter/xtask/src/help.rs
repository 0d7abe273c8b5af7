//! What the commands say about themselves.

/// One command.
struct Command {
    name: &'static str,
    /// What may follow the name; empty where nothing may.
    arguments: &'static str,
    /// One line.
    brief: &'static str,
    /// The rest.
    more: &'static str,
}

/// Every command, in the order of a day.
const COMMANDS: [Command; 9] = [
    Command {
        name: "component",
        arguments: "",
        brief: "build the WebAssembly component and prove that it imports nothing",
        more: "Compiles adapter/component for wasm32-unknown-unknown (adds the target with rustup where it is missing), encodes it as a\n\
               component and writes target/component/access_bridge.wasm. The program embeds that file, so build it first.",
    },
    Command {
        name: "demo",
        arguments: "[--keep]",
        brief: "play a narrated day: sandbox, service, a feed, the answers",
        more: "Builds what is needed, then runs `access-bridge demo` on free loopback ports; under a minute once built. Exit code 0 if every\n\
               scene ended as it should, 1 if not. --keep keeps the folder with ledger, traffic and notices.",
    },
    Command {
        name: "test",
        arguments: "[ARGS]",
        brief: "run all tests",
        more: "Builds the component and the program, then runs `cargo test ARGS`, and ends with the number of tests that passed, failed and were\n\
               skipped, these by name and with what was missing. Examples:\n\
               \n  cargo xtask test -p it                             only the integration tests\n  \
               cargo xtask test -p access-core -- dates           tests of one crate by name",
    },
    Command {
        name: "bench",
        arguments: "[reader | reports | pipeline | backlog [BENEFICIARIES]]",
        brief: "measure reading and composing, the listener, or a backlog, as ratios of one run",
        more: "A release build of the component and the benches: messages of 700, 2,500 and 8,600 bytes in the component (warm, and in a\n\
               fresh instance) against native code and the parser alone, p50 and p99; then the cold start from the cache.\n\
               `bench reader` measures only what opening a message costs, and needs no component.\n\
               `bench reports` measures what results and a report cost, durably and in the component, in charts of 50 to 50,000 results.\n\
               `bench pipeline` measures MLLP in, durable, acknowledged, on one connection and on eight, against the floor of the machine.\n\
               `bench backlog` has feeds about so many people come while CMS is away (100,000 unless said otherwise), and tells what a\n\
               message costs at the end over the beginning, and one of the backlog when CMS is back; bytes on disk, and the memory.",
    },
    Command {
        name: "crash",
        arguments: "[--rounds N] [--seed N] [--ledger sqlite|postgres]",
        brief: "kill the service over and over, and compare the books",
        more: "SIGKILL at every step of the way of a feed and a submission, and at random moments, 1,000 times unless said otherwise; about\n\
               1.5 s each. Two senders repeat what was not answered, as engines do; a sandbox counts what it accepts. Prints what was lost,\n\
               doubled, unheard or out of order, which must be nothing. Exit code 1 if it is not.",
    },
    Command {
        name: "soak",
        arguments: "[--minutes N]",
        brief: "run the service for long, and see its memory and descriptors stay flat",
        more: "A steady load of two senders, and connections that break off; 60 minutes unless said otherwise. Prints the middle of each quarter.\n\
               Exit code 1 if memory or descriptors grow. Linux only.",
    },
    Command {
        name: "check",
        arguments: "",
        brief: "lists of limits and faults, formatting, lints, documentation",
        more: "docs/limits.md and docs/faults.md against code and tests, cargo fmt --check, clippy with warnings denied (native and wasm32), rustdoc with warnings denied. Changes nothing.",
    },
    Command {
        name: "dist",
        arguments: "",
        brief: "make a release build in target/dist",
        more: "Writes the program with the component inside (access-bridge), the component (access_bridge.wasm) and its interface\n\
               (access-bridge.wit).",
    },
    Command {
        name: "fuzz",
        arguments: "[TARGET...] [SECONDS]",
        brief: "run libFuzzer over the readers",
        more: "Targets: reader, charset, fhir, ccda, profile, payload; all where none is named. 60 seconds each unless said otherwise.\n\
               Needs a C++ compiler (Debian: build-essential). What is found is kept under target/fuzz;\n\
               `fuzz keep [TARGET..]` adds what no seed reaches to the seeds.",
    },
];

/// The list of commands.
pub(crate) fn all() -> String {
    let lines: Vec<String> = COMMANDS.iter().map(|one| format!("  {:<10} {}", one.name, one.brief)).collect();
    format!(
        "The project's own commands.\n\nUsage: cargo xtask COMMAND\n\n{}\n\n`cargo xtask COMMAND --help` tells more.",
        lines.join("\n")
    )
}

/// The page of one command; none if there is no such command.
pub(crate) fn of(name: &str) -> Option<String> {
    let one = COMMANDS.iter().find(|one| one.name == name)?;
    let gap = if one.arguments.is_empty() { "" } else { " " };
    Some(format!(
        "{}: {}\n\nUsage: cargo xtask {}{gap}{}\n\n{}",
        one.name, one.brief, one.name, one.arguments, one.more
    ))
}

/// Whether anything may follow the name.
pub(crate) fn takes_arguments(name: &str) -> bool {
    COMMANDS.iter().any(|one| one.name == name && !one.arguments.is_empty())
}

/// Whether a page is asked for. What stands after `--` belongs to another program.
pub(crate) fn is_asked_for(arguments: &[String]) -> bool {
    arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--help" || argument == "-h")
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, all, is_asked_for, of};

    #[test]
    fn every_command_is_listed_and_has_a_page() {
        let listed = all();
        for one in &COMMANDS {
            assert!(listed.contains(one.brief) && of(one.name).is_some_and(|page| page.contains(one.more)));
        }
        assert_eq!(of("demolish"), None);
    }

    #[test]
    fn help_after_two_dashes_is_for_somebody_else() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        assert!(is_asked_for(&words("-p it --help")));
        assert!(!is_asked_for(&words("-p it -- --help")));
    }
}
