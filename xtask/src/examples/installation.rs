//! Checks the files of an installation: debug symbols in a separate file, and the versions that `CMake` accepts.

use crate::archive::tool;
use crate::fault::{Context, Fault, Result};
use crate::package::Place;
use crate::progress::say;
use crate::run;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Arguments of `find_package`: the version, the end of the range as `CMake` stores it, and whether version 0.1.0 is
/// compatible.
const VERSIONS: [(&str, &str, bool); 8] = [
    ("", "", true),
    ("0.1", "", true),
    ("0.1.0", "", true),
    ("0.2", "", false),
    ("1.0", "", false),
    ("0.1", "INCLUDE 0.3", true),
    ("0.0.1", "EXCLUDE 0.1.0", false),
    ("0.2", "INCLUDE 0.3", false),
];

pub(super) fn check(place: &Place) -> Result<()> {
    let library = place.prefix.join(&place.libdir);
    if cfg!(target_os = "linux") {
        symbols_are_split(&library)?;
        say("  debug symbols are in the file that the library names: passed");
    }
    for (version, range, compatible) in VERSIONS {
        accepts(&library, version, range, compatible)?;
    }
    say("  CMake accepts exactly the compatible versions and ranges: passed");
    Ok(())
}

fn symbols_are_split(folder: &Path) -> Result<()> {
    let library = folder.join(format!("libtoklink.so.{}", env!("CARGO_PKG_VERSION")));
    let symbols = folder.join(format!("libtoklink.so.{}.debug", env!("CARGO_PKG_VERSION")));
    let sections = |file: &Path| -> Result<String> {
        Ok(run::kept(tool("readelf", None)?.args(["--section-headers", "--wide"]).arg(file))?.stdout)
    };
    let (of_library, of_symbols) = (sections(&library)?, sections(&symbols)?);
    let is_split = of_library.contains(".gnu_debuglink")
        && !of_library.contains(".debug_line")
        && of_symbols.contains(".debug_line");
    if is_split {
        return Ok(());
    }
    Err(Fault(format!(
        "{} does not refer to its debug symbols in {}, or one of them has the wrong sections",
        library.display(),
        symbols.display()
    )))
}

fn accepts(library: &Path, version: &str, range: &str, compatible: bool) -> Result<()> {
    let mut given = String::new();
    let mut set = |name: &str, value: &str| {
        let _ = writeln!(given, "set(PACKAGE_FIND_VERSION{name} \"{value}\")");
    };
    if !version.is_empty() {
        let mut parts = version.split('.');
        set("", version);
        set("_MAJOR", parts.next().unwrap_or_default());
        set("_MINOR", parts.next().unwrap_or_default());
    }
    if let Some((end, maximum)) = range.split_once(' ') {
        set("_RANGE", &format!("{version}...{maximum}"));
        set("_RANGE_MAX", end);
        set("_MIN", version);
        set("_MAX", maximum);
    }
    let file = library.join("cmake/toklink/toklink-config-version.cmake");
    let script = library.join("version-test.cmake");
    let text =
        format!("{given}include(\"{}\")\nmessage(\"is ${{PACKAGE_VERSION_COMPATIBLE}}\")\n", file.display());
    fs::write(&script, text).context(format_args!("cannot write {}", script.display()))?;
    let printed = run::kept(std::process::Command::new("cmake").arg("-P").arg(&script))?;
    fs::remove_file(&script).context(format_args!("cannot remove {}", script.display()))?;
    let wanted = if compatible { "is TRUE" } else { "is FALSE" };
    if printed.stderr.contains(wanted) {
        return Ok(());
    }
    Err(Fault(format!(
        "find_package(toklink {version} {range}) {} instead of {wanted}",
        printed.stderr.trim()
    )))
}
