//! Builds of the C library outside cargo's usual output folder: with faults on demand, for a package, or with a
//! sanitizer. The built files contain no path of this machine, unless coverage is measured.

use crate::fault::{Context, Fault, Result};
use crate::{project, run};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Separator between rustc flags in the environment variable.
const SEPARATOR: &str = "\u{1f}";

/// A build of the crate in bindings/c.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build<'a> {
    /// Folder below cargo's output folder. Builds with the same flags can share a folder and its compiled dependencies.
    /// A build replaces a library that was built with other features.
    pub(crate) folder: &'a str,
    pub(crate) profile: &'a str,
    /// Rust target; this machine by default.
    pub(crate) target: Option<&'a str>,
    /// Arguments for cargo and rustc in this build.
    pub(crate) options: &'a [&'a str],
    /// Sanitizer for rustc and the C compiler. It requires an unstable switch, which the build enables in the stable
    /// compiler.
    pub(crate) sanitizer: Option<&'a str>,
    /// Environment variables with settings for cargo.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// Keeps the paths of this machine, which coverage counters require.
    pub(crate) keeps_paths: bool,
}

/// Folder of builds whose files contain no path of this machine.
pub(crate) const PACKAGES: &str = "packages";

/// Shared library with faults on demand, for tests/c/faults.c and tests/c-fuzz.
pub(crate) fn with_faults(profile: &str) -> Build<'_> {
    let options = &["--features", "testing", "--crate-type", "cdylib"];
    Build {
        folder: "testing",
        profile,
        target: None,
        options,
        sanitizer: None,
        settings: &[],
        keeps_paths: true,
    }
}

impl Build<'_> {
    /// Builds the library. Returns its folder and the output of rustc.
    pub(crate) fn library(&self) -> Result<(PathBuf, String)> {
        let printed =
            run::kept(self.cargo("rustc")?.args(["--package", "toklink-c", "--lib"]).args(self.options))?;
        Ok((self.output()?, printed.stderr))
    }

    /// Builds the library as the tests build the shipped one, reusing its compiled dependencies. Returns the folder of
    /// the library.
    pub(crate) fn beside_the_shipped_one(&self) -> Result<PathBuf> {
        let (usual, own) = (project::built(self.profile)?, self.output()?);
        if !own.exists() {
            for folder in ["build", "deps", ".fingerprint"] {
                share(&usual.join(folder), &own.join(folder), &Sharing::of)?;
            }
        }
        run::kept(self.cargo("build")?.args(project::PROGRAMS).args(["--features", "toklink-c/testing"]))?;
        Ok(own)
    }

    /// Returns a cargo command with this build's flags.
    pub(crate) fn cargo(&self, command: &str) -> Result<Command> {
        let mut cargo = Command::new("cargo");
        cargo.arg(command).args(["--profile", self.profile]).arg("--target-dir").arg(self.root()?);
        cargo.args(self.target.iter().flat_map(|target| ["--target", target]));
        cargo.envs(self.settings.iter().copied());
        if self.keeps_paths && self.sanitizer.is_none() {
            // Any other flags, even empty ones, would make cargo compile the dependencies again.
            return Ok(cargo);
        }
        let places = Places::of_this_machine()?;
        let mut flags = before("CARGO_ENCODED_RUSTFLAGS", SEPARATOR).unwrap_or_default();
        flags.extend(before("RUSTFLAGS", " ").unwrap_or_default());
        if !self.keeps_paths {
            flags.extend(places.rust_flags());
        }
        let mut c_flags = before("CFLAGS", " ").unwrap_or_default();
        // Visual Studio's compiler has other flags, and writes no paths without debug information.
        if !cfg!(windows) {
            c_flags.extend(places.c_flags());
        }
        if let Some(sanitizer) = self.sanitizer {
            flags.push(format!("-Zsanitizer={sanitizer}"));
            c_flags.push(format!("-fsanitize={sanitizer}"));
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR)).env("CFLAGS", c_flags.join(" "));
        Ok(cargo)
    }

    fn root(&self) -> Result<PathBuf> {
        Ok(project::target()?.join(self.folder))
    }

    /// Returns the folder that contains the built files.
    pub(crate) fn output(&self) -> Result<PathBuf> {
        let root = self.root()?;
        let root = self.target.map_or_else(|| root.clone(), |target| root.join(target));
        Ok(root.join(project::folder_of(self.profile)))
    }
}

/// The use of an entry of another build.
#[derive(Clone, Copy)]
enum Sharing {
    /// For packages that the feature `testing` changes.
    Nothing,
    /// For other packages of the workspace: cargo writes into their files when their sources change.
    Copy,
    /// For dependencies, whose files never change.
    Link,
}

impl Sharing {
    /// Returns how to share an entry of one of cargo's folders.
    fn of(name: &str) -> Self {
        let changed = ["libtoklink.so", "libtoklink.dylib", "libtoklink.a", "toklink.dll", "toklink.lib"];
        if name.contains("toklink-c") || name.contains("toklink_c") || changed.contains(&name) {
            Self::Nothing
        } else if name.contains("toklink") || name.contains("xtask") {
            Self::Copy
        } else {
            Self::Link
        }
    }
}

/// Shares the entries of `from` with `to`.
fn share(from: &Path, to: &Path, how: &dyn Fn(&str) -> Sharing) -> Result<()> {
    let doing = format!("cannot share {}", from.display());
    fs::create_dir_all(to).context(&doing)?;
    for entry in fs::read_dir(from).context(&doing)? {
        let entry = entry.context(&doing)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let how = how(&entry.file_name().to_string_lossy());
        if matches!(how, Sharing::Nothing) {
            continue;
        }
        if source.is_dir() {
            share(&source, &target, &|_| how)?;
        } else if matches!(how, Sharing::Copy) || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target).context(&doing)?;
            // Cargo compiles a package again if its files are older than those of its dependencies.
            let time = entry.metadata().and_then(|file| file.modified()).context(&doing)?;
            let copy = fs::File::options().append(true).open(&target).context(&doing)?;
            copy.set_modified(time).context(&doing)?;
        }
    }
    Ok(())
}

/// Returns the items of an environment variable.
fn before(variable: &str, separator: &str) -> Option<Vec<String>> {
    let value = env::var(variable).ok()?;
    Some(value.split(separator).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

/// Folders of this machine whose names identify who built a binary, and the names that replace them in the binary.
#[derive(Debug)]
struct Places([(PathBuf, &'static str); 2]);

impl Places {
    fn of_this_machine() -> Result<Self> {
        let checkout = fs::canonicalize(project::path("")).context("the checkout has no absolute path")?;
        let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
            let home: Option<OsString> = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
            Some(Path::new(&home?).join(".cargo"))
        });
        let cargo = cargo.ok_or_else(|| Fault("neither CARGO_HOME nor HOME is set".to_owned()))?;
        Ok(Self([(checkout, "toklink"), (cargo, "cargo")]))
    }

    fn rust_flags(&self) -> Vec<String> {
        self.0.iter().map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display())).collect()
    }

    fn c_flags(&self) -> Vec<String> {
        self.0.iter().map(|(path, name)| format!("-ffile-prefix-map={}={name}", path.display())).collect()
    }
}

/// Fails if a file contains the path of this machine's checkout or cargo folder.
pub(crate) fn names_no_path_of_this_machine(file: &Path) -> Result<()> {
    let bytes = fs::read(file).context(format_args!("cannot read {}", file.display()))?;
    for (path, _) in Places::of_this_machine()?.0 {
        let path = path.display().to_string();
        if contains(&bytes, path.as_bytes()) {
            return Err(Fault(format!("{} contains the local path {path}", file.display())));
        }
    }
    Ok(())
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(&first) = wanted.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(wanted) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_this_machine_in_a_binary_is_reported() {
        let folder = project::built("dev").unwrap().join(format!("paths-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("library");
        let checkout = fs::canonicalize(project::path("")).unwrap();
        fs::write(&file, format!("\0\u{1}{}/src/lib.rs\0", checkout.display())).unwrap();
        assert!(names_no_path_of_this_machine(&file).is_err());
        fs::write(&file, "\0toklink/src/lib.rs\0").unwrap();
        assert_eq!(names_no_path_of_this_machine(&file), Ok(()));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn build_for_a_target_has_its_own_folder() {
        let build = Build { target: Some("some-target"), ..with_faults("dev") };
        assert!(build.output().unwrap().ends_with("testing/some-target/debug"));
        assert!(with_faults("release").output().unwrap().ends_with("testing/release"));
    }
}
