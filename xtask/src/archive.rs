//! The static library as a host gets it: one object that defines the functions of the header, and whose other symbols are
//! local. In cargo's archive the bundled SQLite is global, so a host with an SQLite of its own cannot link both, or gets
//! one of the two for both, by the order on the command line.

use crate::fault::{Context, Result};
use crate::{project, run, symbols};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every function of the header starts with.
const OURS: &str = "toklink_*";

/// Returns the archive for hosts, made from the one that cargo left in `built`. Machines without the GNU tools, where the
/// linker keeps a library's symbols apart in other ways or not at all, get cargo's.
pub(crate) fn for_hosts(built: &Path, name: &str) -> Result<PathBuf> {
    let whole = built.join(name);
    if !cfg!(target_os = "linux") {
        return Ok(whole);
    }
    let folder = built.join("for-hosts");
    fs::create_dir_all(&folder).context(format_args!("{} cannot be made", folder.display()))?;
    let archive = folder.join(name);
    if is_newer(&archive, &whole) {
        return Ok(archive);
    }
    let object = folder.join("toklink.o");
    // Groups are dissolved, since their names become local and would no longer be merged with those of a host.
    let mut linked = Command::new("ld");
    linked.args(["-r", "--force-group-allocation", "-o"]).arg(&object).arg("--whole-archive").arg(&whole);
    run::kept(&mut linked)?;
    let keep = format!("--keep-global-symbol={OURS}");
    // Rust's own bitcode is of no use to a host, and ar and nm stop at it when their plugin is of an older LLVM.
    let bitcode = ["--remove-section=.llvmbc", "--remove-section=.llvmcmd"];
    run::kept(Command::new("objcopy").args(["--wildcard", &keep]).args(bitcode).arg(&object))?;
    symbols::compare(&symbols::declared(&project::read("include/toklink.h")?), &symbols::global(&object)?)?;
    if archive.exists() {
        fs::remove_file(&archive).context(format_args!("{} cannot be removed", archive.display()))?;
    }
    run::kept(Command::new("ar").arg("rcs").arg(&archive).arg(&object))?;
    fs::remove_file(&object).context(format_args!("{} cannot be removed", object.display()))?;
    Ok(archive)
}

fn is_newer(made: &Path, from: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    time(made).is_some_and(|made| time(from).is_some_and(|from| made > from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archive_is_made_again_when_cargo_made_a_newer_one() {
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
