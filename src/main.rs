//! Parse, call, exit code.

mod cli;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: cli::OrExit = cli::OrExit;

/// What the exit code says. No code means two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Done, and nothing to object to. `report` exits so when there are copies, too: it informs.
    Clean = 0,
    /// Done, with findings: only the commands that judge.
    #[allow(dead_code, reason = "no command judges yet, and the meaning of 1 is promised to scripts")]
    Findings = 1,
    /// Could not be done, or not wholly: what was found and what to do is on standard error.
    CouldNotCheck = 2,
}

fn main() -> ExitCode {
    ExitCode::from(cli::main() as u8)
}
