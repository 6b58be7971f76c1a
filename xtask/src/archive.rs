//! The static library for hosts: one object that defines the functions of the header and whose other symbols are local. In
//! cargo's archive the symbols of the bundled SQLite are global. A host with its own SQLite could not link both, or both would
//! use the same one, depending on the order on the command line.

use crate::fault::{Context, Result};
use crate::{notices, project, run, symbols};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Prefix of all functions of the header.
const OURS: &str = "toklink_*";

/// Returns the archive for hosts, built from the one that cargo left in `built` for `target`. Windows and macOS get cargo's archive: their
/// linker separates the symbols of libraries in other ways or not at all.
pub(crate) fn for_hosts(built: &Path, name: &str, target: Option<&str>) -> Result<PathBuf> {
    let whole = built.join(name);
    if !target.map_or(cfg!(target_os = "linux"), |target| target.contains("-linux-")) {
        return Ok(whole);
    }
    let folder = built.join("for-hosts");
    fs::create_dir_all(&folder).context(format_args!("cannot create {}", folder.display()))?;
    let archive = folder.join(name);
    if is_newer(&archive, &whole) {
        return Ok(archive);
    }
    let object = folder.join("toklink.o");
    // Dissolve groups, because their names become local and could then not be merged with those of a host.
    let mut linked = tool("ld", target)?;
    linked.args(["-r", "--force-group-allocation", "-o"]).arg(&object).arg("--whole-archive").arg(&whole);
    run::kept(&mut linked)?;
    let keep = format!("--keep-global-symbol={OURS}");
    // Hosts cannot use Rust's bitcode, and ar and nm fail on it if their plugin belongs to an older LLVM.
    let bitcode = ["--remove-section=.llvmbc", "--remove-section=.llvmcmd"];
    // Debug information is in the shared library's file for debuggers only: hosts would carry it in each program.
    run::kept(
        tool("objcopy", target)?.args(["--wildcard", "--strip-debug", &keep]).args(bitcode).arg(&object),
    )?;
    symbols::compare(&symbols::declared(&project::read("include/toklink.h")?), &symbols::global(&object)?)?;
    if archive.exists() {
        fs::remove_file(&archive).context(format_args!("cannot remove {}", archive.display()))?;
    }
    run::kept(tool("ar", target)?.arg("rcs").arg(&archive).arg(&object))?;
    fs::remove_file(&object).context(format_args!("cannot remove {}", object.display()))?;
    Ok(archive)
}

/// Returns the command for a GNU tool; for another machine, that of its cross compiler, such as `aarch64-linux-gnu-objcopy`.
pub(crate) fn tool(name: &str, target: Option<&str>) -> Result<Command> {
    let host = notices::host()?;
    let other = target.filter(|target| *target != host).map(|target| target.replace("-unknown-", "-"));
    Ok(Command::new(other.map_or_else(|| name.to_owned(), |target| format!("{target}-{name}"))))
}

fn is_newer(made: &Path, from: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    time(made).is_some_and(|made| time(from).is_some_and(|from| made > from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archive_is_rebuilt_after_a_newer_cargo_build() {
        let folder = project::built("dev").unwrap().join(format!("archive-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [old, new] = ["old", "new"].map(|name| folder.join(name));
        assert!(!is_newer(&new, &old));
        for (path, second) in [(&old, 1), (&new, 2)] {
            let file = fs::File::create(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(second)).unwrap();
        }
        assert!(is_newer(&new, &old) && !is_newer(&old, &new) && !is_newer(&old, &old));
        fs::remove_dir_all(&folder).unwrap();
    }
}
