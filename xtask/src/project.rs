//! Paths and the build of this project.

use crate::fault::{Context, Result};
use crate::run;
use std::env;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;

/// Selects all libraries and programs for cargo. Another selection would change the features of the dependencies, and
/// cargo would compile them again; scripts/lib/setup.mjs uses the same selection.
pub(crate) const PROGRAMS: [&str; 3] = ["--workspace", "--lib", "--bins"];

/// Returns a path relative to the project's root folder.
pub(crate) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(relative)
}

/// Reads a project file.
pub(crate) fn read(relative: &str) -> Result<String> {
    fs::read_to_string(path(relative)).context(format_args!("cannot read {relative}"))
}

/// Builds all programs. Does nothing if `TOKLINK_BUILT` is set: `npm test` has built them, and cargo would wait for the
/// suites that are building.
pub(crate) fn build(profile: &str) -> Result<()> {
    if env::var_os("TOKLINK_BUILT").is_some() {
        return Ok(());
    }
    run::shown(Command::new("cargo").arg("build").args(PROGRAMS).args(["--profile", profile]))
}

/// Returns cargo's output folder for `profile`.
pub(crate) fn built(profile: &str) -> Result<PathBuf> {
    Ok(target()?.join(folder_of(profile)))
}

/// Returns cargo's output folder.
pub(crate) fn target() -> Result<PathBuf> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), PathBuf::from);
    absolute(target).context("the target directory has no absolute path")
}

/// Returns the name of a profile's output folder.
pub(crate) fn folder_of(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Returns true in CI, which must run every check.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}
