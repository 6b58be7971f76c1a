//! Builds the static library for hosts: one object that exports the header's functions and keeps all other symbols
//! local. In cargo's archive, the symbols of the bundled SQLite are global. A host that links its own SQLite then
//! either fails to link, or shares one copy of SQLite with toklink, depending on the order on the command line.

use crate::fault::{Context, Result};
use crate::{notices, project, run, symbols};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pattern that matches all functions in the header.
const OURS: &str = "toklink_*";

/// Returns the archive for hosts, built from the archive that cargo left in `built` for `target`. Windows and macOS get
/// cargo's archive, because their linkers separate the symbols of libraries in other ways or not at all.
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
    // Dissolves section groups. Their names become local, so the linker could not merge them with a host's groups.
    let mut linked = tool("ld", target)?;
    linked.args(["-r", "--force-group-allocation", "-o"]).arg(&object).arg("--whole-archive").arg(&whole);
    run::kept(&mut linked)?;
    let keep = format!("--keep-global-symbol={OURS}");
    // Hosts cannot use Rust's bitcode, and ar and nm fail on it if their plugin belongs to an older LLVM version.
    let bitcode = ["--remove-section=.llvmbc", "--remove-section=.llvmcmd"];
    // Only the separate file for debuggers contains debug information; otherwise each program that links the archive
    // would carry it.
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

/// Returns the command for a GNU tool. For another machine, returns its cross compiler's tool, such as
/// `aarch64-linux-gnu-objcopy`.
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
