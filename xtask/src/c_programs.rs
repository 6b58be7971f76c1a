//! `test-c`: the programs of tests/c against the C library, linked both ways, and once under valgrind.

use crate::fault::{Context, Fault, Result};
use crate::{project, run, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];

/// Enough to link the static library.
const SYSTEM_LIBRARIES: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

/// A program of tests/c.
struct Program {
    name: &'static str,
    source: &'static str,
    compiler: &'static str,
    standard: &'static str,
}

const PROGRAMS: [Program; 2] = [
    Program { name: "slice-c", source: "tests/c/slice.c", compiler: "gcc", standard: "-std=c11" },
    Program { name: "slice-cpp", source: "tests/c/slice.cpp", compiler: "g++", standard: "-std=c++17" },
];

#[derive(Clone, Copy)]
enum Linkage {
    Static,
    Shared,
}

/// Builds, compiles, links, runs. Leaves nothing out under CI.
pub(crate) fn run(profile: &str) -> Result<()> {
    if !matches!(profile, "dev" | "release") {
        return Err(Fault(format!("there is no profile {profile}: take dev or release")));
    }
    for program in PROGRAMS {
        if !run::is_there(program.compiler) {
            let advice = "install it (Debian: apt-get install gcc g++)";
            return Err(Fault(format!("{} is needed for the C tests: {advice}", program.compiler)));
        }
    }
    say(&format!("building the C library ({profile})"));
    run::shown(Command::new("cargo").args(["build", "--package", "toklink-c", "--profile", profile]))?;
    let libraries = project::built(profile)?;
    let work = libraries.join("c-tests");
    fs::create_dir_all(&work).context(format_args!("{} cannot be made", work.display()))?;
    for program in &PROGRAMS {
        for linkage in [Linkage::Shared, Linkage::Static] {
            let binary = compile(program, linkage, &libraries, &work)?;
            let finished = run::kept(&mut started(&[], &binary, &work))?;
            say(&format!("  {}: {}", label(program, linkage), finished.stdout.trim_end()));
        }
    }
    under_valgrind(&work)
}

fn compile(program: &Program, linkage: Linkage, libraries: &Path, work: &Path) -> Result<PathBuf> {
    let binary = work.join(match linkage {
        Linkage::Static => format!("{}-static", program.name),
        Linkage::Shared => format!("{}-shared", program.name),
    });
    let mut compiler = Command::new(program.compiler);
    compiler.arg(program.standard).args(WARNINGS).args(["-g", "-O1", "-pthread"]);
    compiler
        .arg("-I")
        .arg(project::path("include"))
        .arg(project::path(program.source))
        .arg("-o")
        .arg(&binary);
    match linkage {
        Linkage::Static => compiler.arg(libraries.join("libtoklink.a")).args(SYSTEM_LIBRARIES),
        Linkage::Shared => compiler
            .arg("-L")
            .arg(libraries)
            .arg("-ltoklink")
            .arg(format!("-Wl,-rpath,{}", libraries.display())),
    };
    run::kept(&mut compiler)?;
    Ok(binary)
}

/// The program in an environment without settings, so that the result does not depend on who runs it. Its argument
/// is a directory of its own.
fn started(prefix: &[&str], binary: &Path, work: &Path) -> Command {
    let mut command = match prefix {
        [] => Command::new(binary),
        [program, options @ ..] => {
            let mut command = Command::new(program);
            command.args(options).arg(binary);
            command
        }
    };
    command.arg(work).arg(project::path("tests/c"));
    for name in ["TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_CALLBACK_URL", "TOKEN_ENCRYPTION_KEY"] {
        command.env_remove(name);
    }
    for name in ["TOKEN_ENCRYPTION_KEYS", "TIKTOK_API_BASE_URL", "TIKTOK_AUTH_BASE_URL"] {
        command.env_remove(name);
    }
    command
}

fn under_valgrind(work: &Path) -> Result<()> {
    if !run::is_there("valgrind") {
        let sentence = "valgrind is not installed (Debian: apt-get install valgrind)";
        if project::is_ci() {
            return Err(Fault(format!("{sentence}, and under CI nothing is left out")));
        }
        say(&format!("  left out: memory check, since {sentence}"));
        return Ok(());
    }
    let valgrind = [
        "valgrind",
        "--quiet",
        "--error-exitcode=9",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,indirect",
        "--show-leak-kinds=definite,indirect",
    ];
    for program in &PROGRAMS {
        run::kept(&mut started(&valgrind, &work.join(format!("{}-shared", program.name)), work))?;
        say(&format!("  {}: no memory error and no leak under valgrind", program.name));
    }
    Ok(())
}

fn label(program: &Program, linkage: Linkage) -> String {
    let linked = match linkage {
        Linkage::Static => "static",
        Linkage::Shared => "shared",
    };
    format!("{} ({}, {linked})", program.source, program.standard)
}
