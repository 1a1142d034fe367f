//! `pm3k`: everything is in the library; this asks the command line what to do.

use std::process::ExitCode;

fn main() -> ExitCode {
    pm3k::cli::main()
}
