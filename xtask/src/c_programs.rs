//! `test-c`: the programs of tests/c against the C library, linked both ways, and once under valgrind.

use crate::emulator::Emulator;
use crate::fault::{Context, Fault, Result};
use crate::{package, planted, project, run, say, scenarios, sqlite, statements, symbols};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];

/// Enough to link the static library.
pub(crate) const SYSTEM_LIBRARIES: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

/// A program of tests/c, and the compilers that must take it without a warning; the first makes what is run.
struct Program {
    name: &'static str,
    source: &'static str,
    compilers: [&'static str; 2],
    standard: &'static str,
    library: &'static str,
    flags: &'static [&'static str],
}

/// The library that ships, and the same with faults on demand, which is linked as a shared one only.
const SHIPPED: &str = "toklink";
const WITH_FAULTS: &str = "toklink_testing";

const C: [&str; 2] = ["gcc", "clang"];
const CPP: [&str; 2] = ["g++", "clang++"];

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

const VALGRIND: [&str; 6] = [
    "valgrind",
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,indirect",
    "--show-leak-kinds=definite,indirect",
];

/// How a program in C is compiled that is linked in its own way.
pub(crate) const C_HOST: [&str; 8] =
    ["gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-pthread"];

/// Programs that run at the same time: valgrind takes one core for each.
const LANES: usize = 2;

/// What is compiled and run, the last ones first.
const PROGRAMS: [Program; 19] = [
    program("slice-c", "tests/c/slice.c", SHIPPED),
    program("slice-cpp", "tests/c/slice.cpp", SHIPPED),
    program("emulated-c", "tests/c/emulated.c", SHIPPED),
    program("emulated-cpp", "tests/c/emulated.cpp", SHIPPED),
    program("hosted-cpp", "tests/c/hosted.cpp", SHIPPED),
    program("daily-cpp", "tests/c/daily.cpp", SHIPPED),
    Program { flags: &["-fno-exceptions"], ..program("unthrown-cpp", "tests/c/unthrown.cpp", SHIPPED) },
    program("figures-c", "tests/c/figures.c", SHIPPED),
    program("kept-c", "tests/c/kept.c", SHIPPED),
    program("login-c", "tests/c/login.c", SHIPPED),
    program("reading-c", "tests/c/reading.c", SHIPPED),
    program("posts-c", "tests/c/posts.c", SHIPPED),
    program("statements-c", "tests/c/statements.c", SHIPPED),
    program("destroys-c", "tests/c/destroys.c", SHIPPED),
    program("ends-c", "tests/c/ends.c", SHIPPED),
    program("lifetimes-c", "tests/c/lifetimes.c", SHIPPED),
    program("faults-c", "tests/c/faults.c", WITH_FAULTS),
    program("scenarios-c", "tests/c/scenarios.c", SHIPPED),
    program("scenarios-cpp", "tests/c/scenarios.cpp", SHIPPED),
];

const fn program(name: &'static str, source: &'static str, library: &'static str) -> Program {
    if matches!(source.as_bytes(), [.., b'.', b'c']) {
        return Program { name, source, compilers: C, standard: "-std=c11", library, flags: &[] };
    }
    Program { name, source, compilers: CPP, standard: "-std=c++17", library, flags: &[] }
}

#[derive(Clone, Copy)]
enum Linkage {
    Static,
    Shared,
    /// Shared, and every access of the program and of the allocator checked.
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

/// Builds, compiles, links, runs. Leaves nothing out under CI, unless all that is wanted is which lines the programs run:
/// `quick` links them one way and takes no tool that slows them down.
pub(crate) fn run(profile: &str, quick: bool) -> Result<()> {
    if !matches!(profile, "dev" | "release") {
        return Err(Fault(format!("there is no profile {profile}: take dev or release")));
    }
    for program in PROGRAMS {
        if let Some(compiler) = program.compilers.iter().find(|compiler| !run::is_there(compiler)) {
            let advice = "install it (Debian: apt-get install gcc g++ clang)";
            return Err(Fault(format!("{compiler} is needed for the C tests: {advice}")));
        }
    }
    is_all_called()?;
    say(&format!("building the C library ({profile})"));
    let packages = ["toklink-c", "toklink-c-testing", "toklink-emulator"];
    let packages = packages.iter().flat_map(|name| ["--package", name]);
    run::shown(Command::new("cargo").arg("build").args(packages).args(["--profile", profile]))?;
    let libraries = project::built(profile)?;
    package::name_by_abi(&libraries)?;
    let work = libraries.join("c-tests");
    fs::create_dir_all(&work).context(format_args!("{} cannot be made", work.display()))?;
    let archive = package::static_library(&libraries)?;
    scenarios::write(&work)?;
    names_what_a_host_without_exceptions_defines()?;
    if !quick {
        let valgrind = if run::is_there(VALGRIND[0]) { &VALGRIND[..] } else { &[] };
        planted::is_caught(C[0], &SANITIZERS, valgrind, &work)?;
        say("  faults planted in a program are seen by what watches the others");
    }
    let valgrind = !quick && has_valgrind()?;
    // The longest first, so that no lane is left with one of them at the end.
    let waiting: Mutex<Vec<&Program>> = Mutex::new(PROGRAMS.iter().collect());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let lane = |number: usize| -> Result<()> {
        let emulator = Emulator::start(&libraries)?;
        let folder = work.join(format!("lane-{number}"));
        fs::create_dir_all(&folder).context(format_args!("{} cannot be made", folder.display()))?;
        let (libraries, work, archive) = (&libraries, &work, &archive);
        let place = Place { libraries, work, archive, folder: &folder, emulator: &emulator };
        if number == 0 && !quick {
            sqlite::run(&place, archive)?;
        }
        while let Some(program) = next() {
            place.check(program, quick, valgrind)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(number))).collect();
        lanes.into_iter().try_for_each(|lane| {
            lane.join().unwrap_or_else(|_| Err(Fault("a lane of test-c panicked".to_owned())))
        })
    })
}

/// Where programs are built and run: each lane has a folder and an emulator of its own, since programs leave files and
/// set the emulator back.
pub(crate) struct Place<'a> {
    pub(crate) libraries: &'a Path,
    pub(crate) work: &'a Path,
    /// The static library, as it is installed.
    archive: &'a Path,
    folder: &'a Path,
    emulator: &'a Emulator,
}

impl Place<'_> {
    /// Builds a program each way, and runs each, the shared one under valgrind too.
    fn check(&self, program: &Program, quick: bool, valgrind: bool) -> Result<()> {
        if !quick {
            is_taken_by_the_other_compiler(program, self.work)?;
        }
        let all = [Linkage::Shared, Linkage::Static, Linkage::Sanitized];
        for &linkage in if quick { &all[..1] } else { &all[..] } {
            if program.library == WITH_FAULTS && matches!(linkage, Linkage::Static) {
                continue;
            }
            let binary = self.compile(program, linkage)?;
            if matches!(linkage, Linkage::Sanitized) {
                is_sanitized(&binary)?;
            }
            let finished = run::kept(&mut self.started(&[], &binary))?;
            say(&format!("  {}: {}", label(program, linkage), finished.stdout.trim_end()));
        }
        if valgrind {
            let binary = self.work.join(format!("{}-{}", program.name, Linkage::Shared.name()));
            run::kept(&mut self.started(&VALGRIND, &binary))?;
            say(&format!("  {}: valgrind passed, no memory error and no leak", program.source));
        }
        Ok(())
    }

    fn compile(&self, program: &Program, linkage: Linkage) -> Result<PathBuf> {
        let (libraries, work) = (self.libraries, self.work);
        let binary = work.join(format!("{}-{}", program.name, linkage.name()));
        let mut compiler = Command::new(program.compilers[0]);
        compiler.arg(program.standard).args(program.flags).args(WARNINGS).args(["-g", "-O1", "-pthread"]);
        compiler
            .arg("-I")
            .arg(project::path("include"))
            .arg("-I")
            .arg(work)
            .arg(project::path(program.source))
            .arg("-o")
            .arg(&binary);
        match linkage {
            Linkage::Static => compiler.arg(self.archive).args(SYSTEM_LIBRARIES),
            Linkage::Shared | Linkage::Sanitized => compiler
                .arg("-L")
                .arg(libraries)
                .arg(format!("-l{}", program.library))
                .arg(format!("-Wl,-rpath,{}", libraries.display())),
        };
        if matches!(linkage, Linkage::Sanitized) {
            compiler.args(SANITIZERS);
        }
        run::kept(&mut compiler)?;
        Ok(binary)
    }

    /// The program in an environment without settings, so that the result does not depend on who runs it. Its arguments
    /// are a directory of its own, tests/c, and the emulator as it was in the beginning.
    pub(crate) fn started(&self, prefix: &[&str], binary: &Path) -> Command {
        let mut command = match prefix {
            [] => Command::new(binary),
            [program, options @ ..] => {
                let mut command = Command::new(program);
                command.args(options).arg(binary);
                command
            }
        };
        command.arg(self.folder).arg(project::path("tests/c")).arg(self.emulator.url());
        for name in
            ["TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_CALLBACK_URL", "TOKEN_ENCRYPTION_KEY"]
        {
            command.env_remove(name);
        }
        for name in ["TOKEN_ENCRYPTION_KEYS", "TIKTOK_API_BASE_URL", "TIKTOK_AUTH_BASE_URL"] {
            command.env_remove(name);
        }
        command
    }
}

/// Whether there is valgrind; under CI there must be.
fn has_valgrind() -> Result<bool> {
    if run::is_there(VALGRIND[0]) {
        return Ok(true);
    }
    let sentence = "valgrind is not installed (Debian: apt-get install valgrind)";
    if project::is_ci() {
        return Err(Fault(format!("{sentence}, and under CI nothing is left out")));
    }
    say(&format!("  left out: memory check, since {sentence}"));
    Ok(false)
}

/// A function that no program in C calls is one that nobody has tried.
fn is_all_called() -> Result<()> {
    let declared = symbols::declared(&project::read("include/toklink.h")?);
    let mut sources = String::new();
    for entry in fs::read_dir(project::path("tests/c")).context("tests/c cannot be listed")? {
        let path = entry.context("tests/c cannot be listed")?.path();
        if path.extension().is_some_and(|kind| kind == "c" || kind == "h") {
            sources +=
                &fs::read_to_string(&path).context(format_args!("{} cannot be read", path.display()))?;
        }
    }
    let uncalled = symbols::uncalled(&declared, &sources);
    if !uncalled.is_empty() {
        return Err(Fault(format!("no C program of tests/c calls {}", uncalled.join(", "))));
    }
    say(&format!("the programs of tests/c call all {} functions of the header", declared.len()));
    let stated = statements::made(&project::read("include/toklink.h")?);
    statements::compare(&stated, &statements::shown(&sources))?;
    say(&format!(
        "the programs of tests/c show all {} errors that the header states of publishes",
        stated.len()
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

/// A host without exceptions is told in one sentence what to define, before what throws is.
fn names_what_a_host_without_exceptions_defines() -> Result<()> {
    for compiler in CPP {
        let mut command = Command::new(compiler);
        command.args(["-std=c++17", "-fno-exceptions", "-fsyntax-only", "-I"]).arg(project::path("include"));
        match run::kept(command.arg(project::path("tests/c/slice.cpp"))) {
            Err(Fault(said)) if said.contains("exceptions are off: define TOKLINK_NO_EXCEPTIONS") => {}
            Err(other) => return Err(other),
            Ok(_) => {
                return Err(Fault(format!(
                    "{compiler} took toklink.hpp without exceptions and without its macro"
                )));
            }
        }
    }
    Ok(())
}

/// Shows that the sanitizer is really in: without it the run would pass for nothing.
fn is_sanitized(binary: &Path) -> Result<()> {
    let symbols = run::kept(Command::new("nm").arg(binary))?;
    for needed in ["__asan_", "__ubsan_"] {
        if !symbols.stdout.contains(needed) {
            return Err(Fault(format!("{} has no {needed} symbol: the sanitizer is off", binary.display())));
        }
    }
    Ok(())
}

fn label(program: &Program, linkage: Linkage) -> String {
    format!("{} ({}, {})", program.source, program.standard, linkage.name())
}
