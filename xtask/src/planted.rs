//! Shows that the tools that check the programs of tests/c work: each fault of tests/c/planted.c must be reported by name.

use crate::fault::{Fault, Result};
use crate::{project, run};
use std::path::Path;
use std::process::Command;

/// A fault and its names in the reports of the sanitizers and of valgrind, which does not check arithmetic.
const FAULTS: [(&str, &str, Option<&str>); 3] = [
    ("use-after-free", "heap-use-after-free", Some("Invalid read of size 1")),
    ("overflow", "signed integer overflow", None),
    ("leak", "LeakSanitizer: detected memory leaks", Some("definitely lost")),
];

/// Fails with the first fault that is not reported. `compiler`, `sanitizers` and `valgrind` are those of the programs;
/// `valgrind` is empty if it is not installed.
pub(crate) fn is_caught(compiler: &str, sanitizers: &[&str], valgrind: &[&str], work: &Path) -> Result<()> {
    let [watched, bare] = ["planted-sanitized", "planted"].map(|name| work.join(name));
    for (binary, options) in [(&watched, sanitizers), (&bare, &[])] {
        let mut command = Command::new(compiler);
        command.args(["-std=c11", "-g", "-O1"]).args(options).arg(project::path("tests/c/planted.c"));
        run::kept(command.arg("-o").arg(binary))?;
    }
    for (fault, to_sanitizers, to_valgrind) in FAULTS {
        sees("the sanitizers", Command::new(&watched).arg(fault), to_sanitizers)?;
        if let (Some(words), [program, options @ ..]) = (to_valgrind, valgrind) {
            sees("valgrind", Command::new(program).args(options).arg(&bare).arg(fault), words)?;
        }
    }
    Ok(())
}

fn sees(who: &str, command: &mut Command, words: &str) -> Result<()> {
    match run::kept(command) {
        Err(Fault(said)) if said.contains(words) => Ok(()),
        Err(Fault(said)) => {
            Err(Fault(format!("{who} did not report `{words}`, which a program contains: {said}")))
        }
        Ok(_) => Err(Fault(format!(
            "{who} did not detect `{words}`, which a program contains; the check does not work"
        ))),
    }
}
