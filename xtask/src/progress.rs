//! Lines of progress on the standard output.

use crate::fault::Result;
use std::io::{self, Write};
use std::time::Instant;

/// Prints a line of progress. The work continues if the pipe is closed.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Runs a part of a command, and prints the time that it took.
#[expect(clippy::disallowed_methods, reason = "it measures the command itself, whose clock no test moves")]
pub(crate) fn timed<T>(name: &str, part: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let outcome = part()?;
    say(&format!("  {:6.1} s  {name}", started.elapsed().as_secs_f64()));
    Ok(outcome)
}
