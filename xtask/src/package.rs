//! `install` and `uninstall`: the C library for the builds of other programs.

mod layout;
mod manifest;
mod texts;

use crate::fault::{Context, Fault, Result};
use crate::{archive, notices, project, run, say};
use layout::{Entry, Platform};
use manifest::Manifest;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Target of an installation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Prefix from which the library is used; absolute.
    pub(crate) prefix: PathBuf,
    /// Folder that replaces the root, for packagers.
    pub(crate) destdir: Option<PathBuf>,
    /// Folder of the libraries below the prefix.
    pub(crate) libdir: String,
}

impl Place {
    /// Returns the folder below which files are written.
    fn root(&self) -> PathBuf {
        let below = self.prefix.strip_prefix("/").unwrap_or(&self.prefix);
        self.destdir.as_ref().map_or_else(|| self.prefix.clone(), |folder| folder.join(below))
    }

    fn manifest(&self) -> String {
        format!("{}/toklink/installed.txt", self.libdir)
    }

    fn check(&self) -> Result<()> {
        if !self.prefix.is_absolute() {
            let message = "--prefix is written into toklink.pc and must be absolute";
            return Err(Fault(format!("{message}; {} is not", self.prefix.display())));
        }
        if manifest::stays_below(&self.libdir) {
            return Ok(());
        }
        Err(Fault(format!("--libdir must be a folder below the prefix, such as lib64, not {}", self.libdir)))
    }
}

/// Returns version and ABI of the library of the header.
#[derive(Debug, Clone, Copy)]
struct Release<'a> {
    version: &'a str,
    abi: u32,
}

/// Builds the library and installs it with its headers and package files.
pub(crate) fn install(place: &Place, release: bool) -> Result<()> {
    place.check()?;
    let profile = if release { "release" } else { "dev" };
    run::shown(Command::new("cargo").args(["build", "--package", "toklink-c", "--profile", profile]))?;
    put_built(place, profile)
}

/// Installs the built library.
pub(crate) fn put_built(place: &Place, profile: &str) -> Result<()> {
    let release = Release { version: env!("CARGO_PKG_VERSION"), abi: abi()? };
    let mut entries = layout::licences(&notices::of("toklink-c", None)?);
    entries.extend(layout::headers(&project::path("include"))?);
    let built = project::built(profile)?;
    let archive = static_library(&built)?;
    entries.extend(layout::libraries(Platform::HOST, release, &built, archive, &place.libdir));
    let written = put(place, release, entries)?;
    say(&format!("{written} files below {}", place.root().display()));
    Ok(())
}

/// Returns the static library for hosts, built from cargo's archive in `built`.
pub(crate) fn static_library(built: &Path) -> Result<PathBuf> {
    archive::for_hosts(built, Platform::HOST.archive())
}

/// Removes the files of an installation, and its folders if they are empty.
pub(crate) fn uninstall(place: &Place) -> Result<()> {
    place.check()?;
    let root = place.root();
    let listed = place.manifest();
    let Some(manifest) = Manifest::read(&root.join(&listed))? else {
        let message = "does not exist; nothing was installed by `xtask install`, or with another --libdir";
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

/// Creates the name with the ABI under which linked programs load the library in `libraries`.
pub(crate) fn name_by_abi(libraries: &Path) -> Result<()> {
    let Some((name, target)) = Platform::HOST.name_by_abi(abi()?) else {
        return Ok(());
    };
    write(&libraries.join(name), &Entry::Link(target))
}

fn put(place: &Place, release: Release<'_>, mut entries: Vec<(String, Entry)>) -> Result<usize> {
    entries.extend(texts::of(Platform::HOST, place, release));
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
    // Replace the library instead of overwriting it, because a running program may have it mapped.
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
