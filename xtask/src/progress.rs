//! Lines of progress on the standard output.

use std::io::{self, Write};

/// Prints a line of progress. The work continues if the pipe is closed.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
