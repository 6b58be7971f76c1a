//! `test-c`: runs the programs of tests/c with the C library, linked statically and dynamically. Dynamically linked
//! programs also run under valgrind.

use crate::c_host::Place;
use crate::emulator::Emulator;
use crate::fault::{Context, Fault, Result};
use crate::library;
use crate::progress::{say, timed};
use crate::{
    abi, documented_errors, fuzz_c, package, project, run, sanitizer_check, scenarios, static_hosts, symbols,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];

/// A program of tests/c, and the compilers that must accept it without warnings. The first compiler builds the program
/// that runs.
struct Program {
    name: &'static str,
    source: &'static str,
    compilers: [&'static str; 2],
    standard: &'static str,
    library: Library,
    flags: &'static [&'static str],
    /// True if the checks happen at compile time, so that one way of linking suffices.
    is_compile_time: bool,
    /// True if running with `AddressSanitizer` suffices, because another program makes the same calls under valgrind.
    is_repeated: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Shipped,
    /// The same library with faults on demand, which is only linked dynamically.
    WithFaults,
}

use Library::{Shipped, WithFaults};

/// Number of random calls in a short round.
const RANDOM_CALLS: u64 = 20_000;

const C: [&str; 2] = ["gcc", "clang"];
const CPP: [&str; 2] = ["g++", "clang++"];

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Reports the leak kinds that valgrind reports by default: definite and possible leaks.
const VALGRIND: [&str; 5] = [
    "valgrind",
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    concat!("--suppressions=", env!("CARGO_MANIFEST_DIR"), "/../tests/c/valgrind.supp"),
];

/// Number of programs that run at the same time. A program waits for half of its time.
const LANES: usize = 4;

/// The programs, which run in reverse order.
const PROGRAMS: [Program; 24] = [
    program("smoke-c", "tests/c/smoke.c", Shipped),
    program("smoke-cpp", "tests/c/smoke.cpp", Shipped),
    program("end-to-end-c", "tests/c/end_to_end.c", Shipped),
    program("end-to-end-cpp", "tests/c/end_to_end.cpp", Shipped),
    program("web-host-cpp", "tests/c/web_host.cpp", Shipped),
    Program { is_compile_time: true, ..program("layout-c", "tests/c/layout.c", Shipped) },
    Program {
        flags: &["-fno-exceptions"],
        ..program("no-exceptions-cpp", "tests/c/no_exceptions.cpp", Shipped)
    },
    program("metrics-and-quota-c", "tests/c/metrics_and_quota.c", Shipped),
    program("custom-store-c", "tests/c/custom_store.c", Shipped),
    program("login-c", "tests/c/login.c", Shipped),
    program("cancellation-c", "tests/c/cancellation.c", Shipped),
    program("forks-c", "tests/c/forks.c", Shipped),
    program("invalid-options-c", "tests/c/invalid_options.c", Shipped),
    program("account-reads-c", "tests/c/account_reads.c", Shipped),
    program("photos-and-webhooks-c", "tests/c/photos_and_webhooks.c", Shipped),
    program("documented-errors-c", "tests/c/documented_errors.c", Shipped),
    program("old-header-c", "tests/c/old_header.c", Shipped),
    program("destroy-callbacks-c", "tests/c/destroy_callbacks.c", Shipped),
    program("teardown-order-c", "tests/c/teardown_order.c", Shipped),
    program("lifetimes-c", "tests/c/lifetimes.c", Shipped),
    program("faults-c", "tests/c/faults.c", WithFaults),
    program("scenarios-c", "tests/c/scenarios.c", Shipped),
    Program { is_repeated: true, ..program("scenarios-cpp", "tests/c/scenarios.cpp", Shipped) },
    program("desktop-app-c", "tests/c/desktop_app.c", Shipped),
];

const fn program(name: &'static str, source: &'static str, library: Library) -> Program {
    if matches!(source.as_bytes(), [.., b'.', b'c']) {
        return Program {
            name,
            source,
            compilers: C,
            standard: "-std=c11",
            library,
            flags: &[],
            is_compile_time: false,
            is_repeated: false,
        };
    }
    Program {
        name,
        source,
        compilers: CPP,
        standard: "-std=c++17",
        library,
        flags: &[],
        is_compile_time: false,
        is_repeated: false,
    }
}

#[derive(Clone, Copy)]
enum Linkage {
    Static,
    Shared,
    /// Shared, with sanitizers that check all memory accesses of the program and the allocator.
    Sanitized,
}

impl Linkage {
    fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Shared => "shared",
            Self::Sanitized => "sanitized",
        }
    }
}

/// Builds, compiles, links and runs all programs, or only those in `names` and without the checks that concern all programs.
/// In CI, skips no check. `quick` is for coverage: it links each program in only one way and uses no tool that slows the
/// programs down.
pub(crate) fn run(profile: &str, quick: bool, names: &[String]) -> Result<()> {
    if !matches!(profile, "dev" | "release") {
        return Err(Fault(format!("unknown profile {profile}; use dev or release")));
    }
    for program in PROGRAMS {
        if let Some(compiler) = program.compilers.iter().find(|compiler| !run::is_there(compiler)) {
            let advice = "install it (Debian: apt-get install gcc g++ clang)";
            return Err(Fault(format!("the C tests need {compiler}; {advice}")));
        }
    }
    if let Some(unknown) = names.iter().find(|name| PROGRAMS.iter().all(|program| program.name != **name)) {
        let known: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
        return Err(Fault(format!("unknown program {unknown}; use one of {}", known.join(", "))));
    }
    let all = names.is_empty();
    is_all_called()?;
    abi::run()?;
    say(&format!("include/toklink.h is compatible with the older header in {}", abi::OLDER));
    let libraries = timed("the C library", || {
        project::build(profile)?;
        let libraries = project::built(profile)?;
        package::name_by_abi(&libraries, None)?;
        Ok(libraries)
    })?;
    let build = library::with_faults(profile);
    let with_faults = timed("the C library with faults on demand", || {
        let folder = build.beside_the_shipped_one()?;
        package::name_by_abi(&folder, None)?;
        Ok(folder)
    })?;
    let work = libraries.join("c-tests");
    fs::create_dir_all(&work).context(format_args!("cannot create {}", work.display()))?;
    let archive = package::static_library(&libraries)?;
    scenarios::write(&work)?;
    names_what_a_host_without_exceptions_defines()?;
    if all && !quick {
        timed("sanitizers and valgrind", || {
            let valgrind = if run::is_there(VALGRIND[0]) { &VALGRIND[..] } else { &[] };
            sanitizer_check::faults_are_reported(C[0], &SANITIZERS, valgrind, &work)?;
            say("  sanitizers and valgrind report the faults of sanitizer_check.c");
            Ok(())
        })?;
    }
    let valgrind = !quick && has_valgrind()?;
    // Starts the longest programs first, so that none of them runs alone at the end.
    let waiting: Mutex<Vec<&Program>> = Mutex::new(
        PROGRAMS.iter().filter(|program| all || names.iter().any(|name| name == program.name)).collect(),
    );
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let lane = |number: usize| -> Result<()> {
        let emulator = Emulator::start(&libraries)?;
        let folder = work.join(format!("lane-{number}"));
        fs::create_dir_all(&folder).context(format_args!("cannot create {}", folder.display()))?;
        let (libraries, with_faults, work, archive) = (&libraries, &with_faults, &work, &archive);
        let place = Place { libraries, with_faults, work, archive, folder: &folder, emulator: &emulator };
        if all && number == 0 && !quick {
            timed("hosts with their own SQLite or Rust library", || static_hosts::run(&place))?;
        }
        if all && number == 1 {
            timed("random calls", || fuzz_c::play(&build, with_faults, &emulator, RANDOM_CALLS))?;
        }
        while let Some(program) = next() {
            timed(program.name, || place.check(program, quick, valgrind))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(number))).collect();
        lanes.into_iter().try_for_each(|lane| {
            lane.join().unwrap_or_else(|_| Err(Fault("a test-c lane panicked".to_owned())))
        })
    })
}

impl Place<'_> {
    /// Links a program in each way and runs each binary once: the shared one under valgrind, the static one without
    /// tools.
    fn check(&self, program: &Program, quick: bool, valgrind: bool) -> Result<()> {
        if !quick {
            is_taken_by_the_other_compiler(program, self.work)?;
        }
        let object = self.compile(program, "plain", &[])?;
        let all = [Linkage::Shared, Linkage::Static, Linkage::Sanitized];
        for &linkage in if quick || program.is_compile_time { &all[..1] } else { &all[..] } {
            if program.library == WithFaults && matches!(linkage, Linkage::Static) {
                continue;
            }
            let binary = match linkage {
                Linkage::Sanitized => {
                    self.link(program, linkage, &self.compile(program, "sanitized", &SANITIZERS)?)?
                }
                _ => self.link(program, linkage, &object)?,
            };
            if matches!(linkage, Linkage::Sanitized) {
                is_sanitized(&binary)?;
            }
            let tool = if valgrind && !program.is_repeated && matches!(linkage, Linkage::Shared) {
                &VALGRIND[..]
            } else {
                &[]
            };
            let finished = run::kept(&mut self.started(tool, &binary))?;
            say(&format!("  {}: {}", label(program, linkage), finished.stdout.trim_end()));
            if !tool.is_empty() {
                say(&format!("  {}: valgrind passed, no memory error and no leak", program.source));
            }
        }
        Ok(())
    }

    fn compile(&self, program: &Program, name: &str, flags: &[&str]) -> Result<PathBuf> {
        let object = self.work.join(format!("{}-{name}.o", program.name));
        let mut compiler = Command::new(program.compilers[0]);
        compiler.arg(program.standard).args(program.flags).args(WARNINGS).args(["-g", "-O1", "-pthread"]);
        compiler.args(flags).arg("-I").arg(project::path("include")).arg("-I").arg(self.work).arg("-c");
        run::kept(compiler.arg(project::path(program.source)).arg("-o").arg(&object))?;
        Ok(object)
    }

    fn link(&self, program: &Program, linkage: Linkage, object: &Path) -> Result<PathBuf> {
        let binary = self.work.join(format!("{}-{}", program.name, linkage.name()));
        let mut linker = Command::new(program.compilers[0]);
        linker.arg("-pthread").arg(object).arg("-o").arg(&binary);
        let folder = if program.library == WithFaults { self.with_faults } else { self.libraries };
        match linkage {
            Linkage::Static => linker.arg(self.archive).args(package::system_libraries()),
            Linkage::Shared | Linkage::Sanitized => {
                linker.arg("-L").arg(folder).arg("-ltoklink").arg(format!("-Wl,-rpath,{}", folder.display()))
            }
        };
        if matches!(linkage, Linkage::Sanitized) {
            linker.args(SANITIZERS);
        }
        run::kept(&mut linker)?;
        Ok(binary)
    }
}

/// Returns true if valgrind is installed. Fails in CI if it is not.
fn has_valgrind() -> Result<bool> {
    if run::is_there(VALGRIND[0]) {
        return Ok(true);
    }
    let message = "valgrind is not installed (Debian: apt-get install valgrind)";
    if project::is_ci() {
        return Err(Fault(format!("{message}; CI must run every check")));
    }
    say(&format!("  skipped the memory check: {message}"));
    Ok(false)
}

/// Checks that the C programs call every function of the header, so that each function is tested.
fn is_all_called() -> Result<()> {
    let declared = symbols::declared(&project::read("include/toklink.h")?);
    let mut sources = String::new();
    for entry in fs::read_dir(project::path("tests/c")).context("cannot list tests/c")? {
        let path = entry.context("cannot list tests/c")?.path();
        if path.extension().is_some_and(|kind| kind == "c" || kind == "h") {
            sources += &fs::read_to_string(&path).context(format_args!("cannot read {}", path.display()))?;
        }
    }
    let uncalled = symbols::uncalled(&declared, &sources);
    if !uncalled.is_empty() {
        return Err(Fault(format!(
            "no program in tests/c calls {}; add a call of each",
            uncalled.join(", ")
        )));
    }
    say(&format!("the programs of tests/c call all {} functions of the header", declared.len()));
    let documented = documented_errors::documented(&project::read("include/toklink.h")?);
    documented_errors::compare(&documented, &documented_errors::shown(&sources))?;
    say(&format!(
        "the programs of tests/c produce all {} errors that the header documents for publish calls",
        documented.len()
    ));
    Ok(())
}

fn is_taken_by_the_other_compiler(program: &Program, work: &Path) -> Result<()> {
    let mut compiler = Command::new(program.compilers[1]);
    compiler
        .arg(program.standard)
        .args(program.flags)
        .args(WARNINGS)
        .args(["-fsyntax-only", "-I"])
        .arg(project::path("include"))
        .arg("-I")
        .arg(work);
    run::kept(compiler.arg(project::path(program.source))).map(drop)
}

/// Checks that a host without exceptions gets one error that names the macro to define, before any code that throws.
fn names_what_a_host_without_exceptions_defines() -> Result<()> {
    for compiler in CPP {
        let mut command = Command::new(compiler);
        command.args(["-std=c++17", "-fno-exceptions", "-fsyntax-only", "-I"]).arg(project::path("include"));
        match run::kept(command.arg(project::path("tests/c/smoke.cpp"))) {
            Err(Fault(said)) if said.contains("exceptions are off: define TOKLINK_NO_EXCEPTIONS") => {}
            Err(other) => return Err(other),
            Ok(_) => {
                return Err(Fault(format!(
                    "{compiler} accepted toklink.hpp with exceptions off and without TOKLINK_NO_EXCEPTIONS"
                )));
            }
        }
    }
    Ok(())
}

/// Checks that the binary contains the sanitizer. Without it, the run would check nothing.
fn is_sanitized(binary: &Path) -> Result<()> {
    let symbols = run::kept(Command::new("nm").arg(binary))?;
    for needed in ["__asan_", "__ubsan_"] {
        if !symbols.stdout.contains(needed) {
            return Err(Fault(format!("{} has no {needed} symbol; the sanitizer is off", binary.display())));
        }
    }
    Ok(())
}

fn label(program: &Program, linkage: Linkage) -> String {
    format!("{} ({}, {})", program.source, program.standard, linkage.name())
}
