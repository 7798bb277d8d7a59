//! The `attain` program; see the library's `cli` room.

use std::process::ExitCode;

/// Queries of many terms are planned by recursion, which the usual stack of 8 MiB is too small for. Only reserved, not used.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    match std::thread::Builder::new().stack_size(STACK).spawn(attain::cli::main).map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // A panic has said what it had to say.
        Ok(Err(_)) => ExitCode::from(101),
        Err(_) => attain::cli::main(),
    }
}
