//! The `attain` program; see the library's `cli` room.

use std::process::ExitCode;

fn main() -> ExitCode {
    attain::cli::main()
}
