//! Checks that the tools detect memory faults: the sanitizers and valgrind must report each fault of
//! `tests/c/sanitizer_check.c` by name.

use crate::fault::{Fault, Result};
use crate::{project, run};
use std::path::Path;
use std::process::Command;

/// A fault, its name in the sanitizers' reports, and its name in valgrind's reports. Valgrind does not check
/// arithmetic.
const FAULTS: [(&str, &str, Option<&str>); 3] = [
    ("use-after-free", "heap-use-after-free", Some("Invalid read of size 1")),
    ("overflow", "signed integer overflow", None),
    ("leak", "LeakSanitizer: detected memory leaks", Some("definitely lost")),
];

/// Fails with the first fault that a tool does not report. The arguments are the same as for the other programs;
/// `valgrind` is empty if it is not installed.
pub(crate) fn faults_are_reported(
    compiler: &str,
    sanitizers: &[&str],
    valgrind: &[&str],
    work: &Path,
) -> Result<()> {
    let [sanitized, plain] = ["sanitizer-check-sanitized", "sanitizer-check"].map(|name| work.join(name));
    for (binary, options) in [(&sanitized, sanitizers), (&plain, &[])] {
        let mut command = Command::new(compiler);
        command.args(["-std=c11", "-g", "-O1"]).args(options).arg(project::path("tests/c/sanitizer_check.c"));
        run::kept(command.arg("-o").arg(binary))?;
    }
    for (fault, to_sanitizers, to_valgrind) in FAULTS {
        reports("the sanitizers", Command::new(&sanitized).arg(fault), to_sanitizers)?;
        if let (Some(words), [program, options @ ..]) = (to_valgrind, valgrind) {
            reports("valgrind", Command::new(program).args(options).arg(&plain).arg(fault), words)?;
        }
    }
    Ok(())
}

fn reports(who: &str, command: &mut Command, words: &str) -> Result<()> {
    match run::kept(command) {
        Err(Fault(output)) if output.contains(words) => Ok(()),
        Err(Fault(output)) => {
            Err(Fault(format!("{who} must report `{words}` for sanitizer_check.c, but reported: {output}")))
        }
        Ok(_) => Err(Fault(format!(
            "{who} must report `{words}` for sanitizer_check.c, but reported nothing; check the compiler flags"
        ))),
    }
}
