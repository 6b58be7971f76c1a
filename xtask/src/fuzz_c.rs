//! `fuzz-c`: makes random calls of the C library with a connected account (tests/c-fuzz).

use crate::emulator::Emulator;
use crate::fault::{Context, Fault, Result};
use crate::library::{self, Build};
use crate::progress::say;
use crate::{package, project, run, symbols};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Number of functions that the program cannot call: the blocking login waits for a person.
const UNCALLED: usize = 1;

/// Makes `calls` random calls of an optimised library with overflow checks. `sanitized` adds `AddressSanitizer`.
pub(crate) fn run(calls: u64, sanitized: bool) -> Result<()> {
    project::build("dev")?;
    let target = crate::notices::host()?;
    let build = Build {
        settings: &[("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true")],
        ..library::with_faults("release")
    };
    let build = if sanitized {
        // Sets an explicit target, so that build scripts and procedural macros are not sanitized.
        Build { folder: "sanitized", target: Some(&target), sanitizer: Some("address"), ..build }
    } else {
        build
    };
    let (library, _) = build.library()?;
    package::name_by_abi(&library, build.target)?;
    let emulator = Emulator::start(&project::built("dev")?)?;
    play(&build, &library, &emulator, calls)
}

/// Builds the program for a library that is already built, and runs it.
pub(crate) fn play(build: &Build<'_>, library: &Path, emulator: &Emulator, calls: u64) -> Result<()> {
    let mut cargo = build.cargo("build")?;
    cargo
        .args(["--package", "toklink-c-fuzz", "--features", "library"])
        .env("TOKLINK_C_FUZZ_LIBRARY", library);
    run::kept(&mut cargo)?;
    let empty = library.join("c-fuzz");
    fs::create_dir_all(&empty).context(format_args!("cannot create {}", empty.display()))?;
    let mut program = Command::new(build.output()?.join("toklink-c-fuzz"));
    // Runs in an empty folder, because calls may use file names relative to the current folder.
    program.current_dir(&empty).arg(emulator.url()).arg(calls.to_string());
    let finished = run::kept(&mut program)?;
    let functions = symbols::declared(&project::read("include/toklink.h")?).len() - UNCALLED;
    if !finished.stdout.contains(&format!(" calls of {functions} functions ")) {
        return Err(Fault(format!(
            "the program did not call all {functions} functions: {}",
            finished.stdout
        )));
    }
    let checked = build.sanitizer.map_or(String::new(), |name| format!(", {name} sanitizer"));
    say(&format!("  random calls{checked}: {}: passed", finished.stdout.trim_end()));
    Ok(())
}
