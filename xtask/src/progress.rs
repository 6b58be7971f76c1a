//! Prints progress on the standard output.

use crate::fault::Result;
use std::io::{self, Write};
use std::time::Instant;

/// Prints one line of progress. Closing the pipe does not stop the work.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Runs one step of a command and prints its duration.
#[expect(clippy::disallowed_methods, reason = "it measures the command itself, whose clock no test moves")]
pub(crate) fn timed<T>(name: &str, part: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let outcome = part()?;
    say(&format!("  {:6.1} s  {name}", started.elapsed().as_secs_f64()));
    Ok(outcome)
}
