//! Tests hosts that link other libraries beside the static library: `tests/c/own_sqlite.c` has its own SQLite, and
//! `tests/c/second_rust.c` a second static Rust library. Links each program in every order.

use crate::c_host::{C_HOST, Place};
use crate::fault::{Context, Result};
use crate::progress::say;
use crate::{notices, package, project, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WITH_SQLITE: &str = "tests/c/own_sqlite.c";
const WITH_RUST: &str = "tests/c/second_rust.c";
const SECOND_RUST: &str = "tests/c/second_rust.rs";
/// Version of the host's SQLite. No official SQLite release has this version.
const VERSION: &str = "3.0.0-of-the-host";

/// Links and runs all programs.
pub(crate) fn run(place: &Place<'_>) -> Result<()> {
    let own = Own::build(place.work)?;
    let [archive, fixed, shared] =
        [place.archive, &own.archive, &own.shared].map(|path| path.display().to_string());
    let toklink = place.libraries.join(package::shared_library()).display().to_string();
    let orders = [
        ("own static SQLite, static toklink", [&fixed, &archive], false),
        ("static toklink, own static SQLite", [&archive, &fixed], false),
        ("own shared SQLite, static toklink", [&shared, &archive], false),
        ("static toklink, own shared SQLite", [&archive, &shared], false),
        ("own shared SQLite, shared toklink", [&shared, &toklink], false),
        ("shared toklink, own shared SQLite", [&toklink, &shared], false),
        ("own static SQLite with exported symbols, shared toklink", [&fixed, &toklink], true),
    ];
    for (order, libraries, is_exported) in orders {
        play(place, WITH_SQLITE, &own.headers, order, libraries, is_exported)?;
    }
    let second = second_rust(place.work)?.display().to_string();
    for (order, libraries) in [
        ("second Rust library, toklink", [&second, &archive]),
        ("toklink, second Rust library", [&archive, &second]),
    ] {
        play(place, WITH_RUST, &own.headers, order, libraries, false)?;
    }
    Ok(())
}

/// Links a program with the libraries in the given order, and runs it.
fn play(
    place: &Place<'_>,
    program: &str,
    headers: &Path,
    order: &str,
    libraries: [&String; 2],
    is_exported: bool,
) -> Result<()> {
    let binary = place.work.join("with-another-library");
    let mut compiler = Command::new(C_HOST[0]);
    compiler.args(&C_HOST[1..]).arg("-I").arg(project::path("include")).arg("-I").arg(headers);
    compiler
        .arg(project::path(program))
        .arg("-o")
        .arg(&binary)
        .args(libraries)
        .args(package::system_libraries());
    for folder in [place.libraries, place.work] {
        compiler.arg(format!("-Wl,-rpath,{}", folder.display()));
    }
    if is_exported {
        compiler.arg("-rdynamic");
    }
    run::kept(&mut compiler)?;
    let finished = run::kept(&mut place.started(&[], &binary))?;
    say(&format!("  {program} ({order}): {}", finished.stdout.trim_end()));
    Ok(())
}

/// Builds the second static Rust library.
fn second_rust(work: &Path) -> Result<PathBuf> {
    let archive = work.join("libsecond_rust.a");
    let mut compiler = Command::new("rustc");
    compiler
        .args(["--edition", "2024", "--crate-type", "staticlib", "-C", "opt-level=1", "-o"])
        .arg(&archive);
    run::kept(compiler.arg(project::path(SECOND_RUST)))?;
    Ok(archive)
}

/// The host's SQLite: the bundled source code with a version number that no official release has.
struct Own {
    headers: PathBuf,
    archive: PathBuf,
    shared: PathBuf,
}

impl Own {
    fn build(work: &Path) -> Result<Self> {
        let headers = notices::source_of("libsqlite3-sys")?.join("sqlite3");
        let amalgamation = headers.join("sqlite3.c");
        let source = fs::read_to_string(&amalgamation)
            .context(format_args!("cannot read {}", amalgamation.display()))?;
        let [code, object, archive, shared] =
            ["own-sqlite3.c", "own-sqlite3.o", "libown-sqlite3.a", "libown-sqlite3.so"]
                .map(|name| work.join(name));
        let own = Self { headers, archive, shared };
        let changed = with_version(&source);
        if own.shared.exists() && fs::read_to_string(&code).is_ok_and(|before| before == changed) {
            return Ok(own);
        }
        fs::write(&code, changed).context(format_args!("cannot write {}", code.display()))?;
        run::kept(Command::new("gcc").args(["-O0", "-fPIC", "-c"]).arg(&code).arg("-o").arg(&object))?;
        run::kept(Command::new("ar").arg("rcs").arg(&own.archive).arg(&object))?;
        run::kept(Command::new("gcc").arg("-shared").arg(&object).arg("-o").arg(&own.shared))?;
        Ok(own)
    }
}

fn with_version(source: &str) -> String {
    let line = |line: &str| {
        let is_version = line.starts_with("#define SQLITE_VERSION ");
        if is_version { format!("#define SQLITE_VERSION \"{VERSION}\"\n") } else { format!("{line}\n") }
    };
    source.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_sqlite_gets_its_own_version() {
        let source = "#define SQLITE_VERSION        \"3.50.4\"\n#define SQLITE_VERSION_NUMBER 3050004\n";
        let changed = "#define SQLITE_VERSION \"3.0.0-of-the-host\"\n#define SQLITE_VERSION_NUMBER 3050004\n";
        assert_eq!(with_version(source), changed);
    }
}
