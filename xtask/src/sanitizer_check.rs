//! Shows that the tools that check the programs of tests/c work: each fault of `tests/c/sanitizer_check.c` must be reported by name.

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
            Err(Fault(format!("{who} did not report `{words}`, which a program contains: {output}")))
        }
        Ok(_) => Err(Fault(format!(
            "{who} did not detect `{words}`, which a program contains; the check does not work"
        ))),
    }
}
