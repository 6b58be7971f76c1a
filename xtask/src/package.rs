//! `install` and `uninstall`: provide the C library to the builds of other programs.

mod debug;
mod layout;
mod manifest;
mod native;
mod place;
mod texts;

use crate::fault::{Context, Fault, Result};
use crate::library::{self, Build};
use crate::progress::say;
use crate::{archive, notices, project};
use layout::{Entry, Platform};
use manifest::Manifest;
use place::Release;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use place::Place;

/// Builds the library for `target` (this machine by default) and installs it with its headers and package files.
pub(crate) fn install(place: &Place, profile: &str, target: Option<&str>) -> Result<()> {
    place.check()?;
    say(&format!("building the C library ({profile})"));
    let name = format!("CARGO_PROFILE_{}", profile.to_uppercase());
    let [debug, strip, split] = ["DEBUG", "STRIP", "SPLIT_DEBUGINFO"].map(|key| format!("{name}_{key}"));
    // Debug symbols go to a separate file: after the build on Linux, by cargo on macOS. The profile `dev` already keeps
    // them.
    let mut settings = Vec::new();
    if profile != "dev" {
        settings.extend([(debug.as_str(), "line-tables-only"), (strip.as_str(), "none")]);
    }
    if Platform::of(target) == Platform::MacOs {
        settings.push((split.as_str(), "packed"));
    }
    let options = &["--", "--print", "native-static-libs"];
    let package = Build {
        folder: library::PACKAGES,
        profile,
        target,
        options,
        sanitizer: None,
        settings: &settings,
        keeps_paths: false,
    };
    let (built, printed) = package.library()?;
    name_by_abi(&built, target)?;
    native::check(Platform::of(target), &printed)?;
    put_built(place, &built, target)?;
    for (name, in_bin) in [(Platform::of(target).shared(), true), (Platform::of(target).archive(), false)] {
        let in_bin = in_bin && Platform::of(target).name_by_abi(0).is_none();
        let folder = if in_bin { "bin" } else { &place.libdir };
        library::names_no_path_of_this_machine(&place.root().join(folder).join(name))?;
    }
    Ok(())
}

/// Installs the library from the files that cargo left in `folder`.
pub(crate) fn put_built(place: &Place, folder: &Path, target: Option<&str>) -> Result<()> {
    let release = Release { version: env!("CARGO_PKG_VERSION"), abi: abi()? };
    let platform = Platform::of(target);
    let mut entries = layout::licences(&notices::of("toklink-c", target)?);
    entries.extend(layout::headers(&project::path("include"))?);
    entries.extend(layout::documents()?);
    let archive = archive::for_hosts(folder, platform.archive(), target)?;
    let built = debug::split(platform, folder, archive, release.version, target)?;
    entries.extend(layout::libraries(platform, release, built, &place.libdir));
    let written = put(place, target, release, entries)?;
    say(&format!("{written} files below {}", place.root().display()));
    Ok(())
}

/// Returns the static library for hosts, built from cargo's archive in `built`.
pub(crate) fn static_library(built: &Path) -> Result<PathBuf> {
    archive::for_hosts(built, Platform::HOST.archive(), None)
}

/// Returns the linker arguments that the static library requires on this machine.
pub(crate) fn system_libraries() -> Vec<String> {
    Platform::HOST.system().iter().flat_map(|system| system.arguments()).collect()
}

/// Returns the name of the shared library that cargo builds on this machine.
pub(crate) fn shared_library() -> &'static str {
    Platform::HOST.shared()
}

/// Removes the files of an installation, and the folders that are then empty.
pub(crate) fn uninstall(place: &Place) -> Result<()> {
    place.check()?;
    let root = place.root();
    let listed = place.manifest();
    let Some(manifest) = Manifest::read(&root.join(&listed))? else {
        let message = "does not exist; run `xtask install` first, or pass the --libdir of the installation";
        return Err(Fault(format!("{} {message}", root.join(listed).display())));
    };
    let removed = manifest.files.len();
    manifest.remove(&root)?;
    say(&format!("{removed} files removed below {}", root.display()));
    Ok(())
}

/// Returns the ABI number of the header and the library.
pub(crate) fn abi() -> Result<u32> {
    let header = project::read("include/toklink.h")?;
    let number = header.lines().find_map(|line| line.strip_prefix("#define TOKLINK_ABI_VERSION "));
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| Fault("include/toklink.h does not define TOKLINK_ABI_VERSION".to_owned()))
}

/// Creates the link in `libraries` whose name contains the ABI number. Linked programs load the library under this
/// name.
pub(crate) fn name_by_abi(libraries: &Path, target: Option<&str>) -> Result<()> {
    let Some((name, target)) = Platform::of(target).name_by_abi(abi()?) else {
        return Ok(());
    };
    write(&libraries.join(name), &Entry::Link(target))
}

fn put(
    place: &Place,
    target: Option<&str>,
    release: Release<'_>,
    mut entries: Vec<(String, Entry)>,
) -> Result<usize> {
    entries.extend(texts::of(target, place, release));
    let root = place.root();
    let listed = place.manifest();
    let mut manifest = match Manifest::read(&root.join(&listed))? {
        Some(before) => before.remove(&root)?,
        None => Manifest::default(),
    };
    for (path, entry) in entries {
        manifest.prepare(&root, &path)?;
        write(&root.join(&path), &entry)?;
        manifest.files.push(path);
    }
    manifest.prepare(&root, &listed)?;
    manifest.files.push(listed.clone());
    write(&root.join(listed), &Entry::Text(manifest.text()))?;
    Ok(manifest.files.len())
}

fn write(path: &Path, entry: &Entry) -> Result<()> {
    let doing = format!("cannot write {}", path.display());
    // Replaces the library instead of overwriting it, because a running program may have it mapped.
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path).context(&doing)?;
    }
    match entry {
        Entry::Copy(source) => {
            fs::copy(source, path).map(drop).context(format_args!("{doing} from {}", source.display()))
        }
        Entry::Text(text) => fs::write(path, text).context(doing),
        Entry::Link(target) => link(target, path).context(doing),
    }
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(target: &str, path: &Path) -> std::io::Result<()> {
    fs::copy(path.with_file_name(target), path).map(drop)
}

#[cfg(test)]
#[path = "package/tests.rs"]
mod tests;
