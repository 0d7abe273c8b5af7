//! The binary `access-bridge`.

use access_bridge::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
