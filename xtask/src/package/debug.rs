//! Puts debug symbols into a separate file beside the library, where debuggers find it.

use super::layout::{Built, Platform, symbols_name};
use crate::archive::tool;
use crate::fault::{Context, Result};
use crate::run;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the files to install. On Linux, splits the shared library. On macOS (`.dSYM`) and Windows (`.pdb`), cargo
/// has already split it. On macOS, a debug build keeps its symbols in the library.
pub(super) fn split(
    platform: Platform,
    folder: &Path,
    archive: PathBuf,
    version: &str,
    target: Option<&str>,
) -> Result<Built> {
    let shared = folder.join(platform.shared());
    let folder = folder.to_owned();
    let beside = match platform {
        Platform::Elf => return split_elf(shared, folder, archive, version, target),
        Platform::MacOs => folder.join("libtoklink.dylib.dSYM"),
        Platform::Windows | Platform::MinGw => folder.join("toklink.pdb"),
    };
    let symbols = beside.exists().then_some(beside);
    Ok(Built { folder, shared, archive, symbols })
}

fn split_elf(
    whole: PathBuf,
    folder: PathBuf,
    archive: PathBuf,
    version: &str,
    target: Option<&str>,
) -> Result<Built> {
    let made = folder.join("for-hosts");
    fs::create_dir_all(&made).context(format_args!("cannot create {}", made.display()))?;
    let (shared, symbols) = (made.join(Platform::Elf.shared()), made.join(symbols_name(version)));
    run::kept(tool("objcopy", target)?.arg("--only-keep-debug").arg(&whole).arg(&symbols))?;
    let mut strip = tool("objcopy", target)?;
    // Records the name and the checksum of the symbol file in the library.
    strip.arg("--strip-unneeded").arg(format!("--add-gnu-debuglink={}", symbols.display()));
    run::kept(strip.arg(whole).arg(&shared))?;
    Ok(Built { folder, shared, archive, symbols: Some(symbols) })
}
