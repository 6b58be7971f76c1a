//! Runs external programs.

use crate::fault::{Context, Fault, Result};
use std::process::{Command, ExitStatus, Output};

/// Exit status and output of a finished program.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: ExitStatus,
}

/// Runs a program that prints its output to the terminal.
pub(crate) fn shown(command: &mut Command) -> Result<()> {
    let name = name(command);
    let status = command.status().context(format_args!("cannot start {name}"))?;
    if status.success() { Ok(()) } else { Err(Fault(format!("{name} failed ({status})"))) }
}

/// Runs a program and returns its output. If the program fails, the error contains the output.
pub(crate) fn kept(command: &mut Command) -> Result<Finished> {
    let finished = outcome(command)?;
    if finished.status.success() {
        return Ok(finished);
    }
    let (name, Finished { stdout, stderr, status }) = (name(command), finished);
    Err(Fault(format!("{name} failed ({status})\n{stdout}{stderr}")))
}

/// Returns true if the program can be started.
pub(crate) fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn outcome(command: &mut Command) -> Result<Finished> {
    let Output { status, stdout, stderr } =
        command.output().context(format_args!("cannot start {}", name(command)))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Finished { stdout: text(stdout), stderr: text(stderr), status })
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
