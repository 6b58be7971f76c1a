//! Starts the emulator for the C programs.

use crate::fault::{Context, Fault, Result};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running emulator. Dropping the value stops it.
#[derive(Debug)]
pub(crate) struct Emulator {
    process: Child,
    url: String,
}

impl Emulator {
    /// Starts the emulator binary in the folder `built` on a free port.
    pub(crate) fn start(built: &Path) -> Result<Self> {
        let binary = built.join("toklink-emulator");
        let mut command = Command::new(&binary);
        command.args(["--port", "0", "--no-limits"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().context(format_args!("cannot start {}", binary.display()))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line).context("the emulator printed nothing")?;
        }
        let url = line.trim().strip_prefix("listening ").map(str::to_owned);
        // Created before the check, so that dropping it also stops a process with unexpected output.
        let started = Self { process, url: url.clone().unwrap_or_default() };
        url.map(|_| started)
            .ok_or_else(|| Fault(format!("the emulator printed `{}` instead of its URL", line.trim())))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The process may have exited already.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}
