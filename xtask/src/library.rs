//! Builds of the C library that do not share cargo's usual output folder: with faults on demand, for a package, with a sanitizer.
//! Their files contain no path of this machine, unless coverage is measured.

use crate::fault::{Context, Fault, Result};
use crate::{project, run};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Separates the flags of rustc in the environment.
const SEPARATOR: &str = "\u{1f}";

/// A build of the crate bindings/c.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build<'a> {
    /// Folder below cargo's output folder. Builds with the same flags share it, and with it the compiled dependencies; a build replaces
    /// the library of another one with other features.
    pub(crate) folder: &'a str,
    pub(crate) profile: &'a str,
    /// Rust target, by default this machine.
    pub(crate) target: Option<&'a str>,
    /// Arguments of cargo and rustc for this build.
    pub(crate) options: &'a [&'a str],
    /// A sanitizer of rustc and of the C compiler, which an unstable switch of the stable compiler turns on.
    pub(crate) sanitizer: Option<&'a str>,
    /// Settings of cargo in the environment.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// Keeps the paths of this machine, which the counters of coverage need.
    pub(crate) keeps_paths: bool,
}

/// Folder of the builds whose files name no path of this machine.
pub(crate) const PACKAGES: &str = "packages";

/// Faults on demand in the shared library, for tests/c/faults.c and tests/c-fuzz.
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
    /// Builds the library; returns its folder and what rustc printed.
    pub(crate) fn library(&self) -> Result<(PathBuf, String)> {
        let printed =
            run::kept(self.cargo("rustc")?.args(["--package", "toklink-c", "--lib"]).args(self.options))?;
        Ok((self.output()?, printed.stderr))
    }

    /// Builds the library as the tests build the shipped one, and with the same compiled dependencies. Returns its folder.
    pub(crate) fn beside_the_shipped_one(&self) -> Result<PathBuf> {
        let (usual, own) = (project::built(self.profile)?, self.output()?);
        if !own.exists() {
            for folder in ["build", "deps", ".fingerprint"] {
                share(&usual.join(folder), &own.join(folder), &|name| !is_of_the_workspace(name))?;
            }
        }
        run::kept(self.cargo("build")?.args(project::PROGRAMS).args(["--features", "toklink-c/testing"]))?;
        Ok(own)
    }

    /// Returns a command of cargo with the flags of this build.
    pub(crate) fn cargo(&self, command: &str) -> Result<Command> {
        let mut cargo = Command::new("cargo");
        cargo.arg(command).args(["--profile", self.profile]).arg("--target-dir").arg(self.root()?);
        cargo.args(self.target.iter().flat_map(|target| ["--target", target]));
        cargo.envs(self.settings.iter().copied());
        if self.keeps_paths && self.sanitizer.is_none() {
            // Other flags, also empty ones, would compile the dependencies again.
            return Ok(cargo);
        }
        let places = Places::of_this_machine()?;
        let mut flags = before("CARGO_ENCODED_RUSTFLAGS", SEPARATOR).unwrap_or_default();
        flags.extend(before("RUSTFLAGS", " ").unwrap_or_default());
        if !self.keeps_paths {
            flags.extend(places.rust_flags());
        }
        let mut c_flags = before("CFLAGS", " ").unwrap_or_default();
        // The compiler of Visual Studio writes no paths without debug information, and has other flags.
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

    /// Returns the folder of the built files.
    pub(crate) fn output(&self) -> Result<PathBuf> {
        let root = self.root()?;
        let root = self.target.map_or_else(|| root.clone(), |target| root.join(target));
        Ok(root.join(project::folder_of(self.profile)))
    }
}

/// Links the files of `from` into `to`; `wanted` selects the entries of `from`. Cargo replaces the files of packages that change, which
/// must therefore not be shared.
fn share(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let doing = format!("cannot share {}", from.display());
    fs::create_dir_all(to).context(&doing)?;
    for entry in fs::read_dir(from).context(&doing)? {
        let entry = entry.context(&doing)?;
        if !wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            share(&source, &target, &|_| true)?;
        } else if fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target).context(&doing)?;
        }
    }
    Ok(())
}

fn is_of_the_workspace(name: &str) -> bool {
    name.contains("toklink") || name.contains("xtask")
}

/// Returns the items of a variable of the environment.
fn before(variable: &str, separator: &str) -> Option<Vec<String>> {
    let value = env::var(variable).ok()?;
    Some(value.split(separator).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

/// Folders of this machine, whose names say who built a binary, and the names in a binary instead.
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

/// Fails if a file contains the path of the checkout or of cargo's folder on this machine.
pub(crate) fn names_no_path_of_this_machine(file: &Path) -> Result<()> {
    let bytes = fs::read(file).context(format_args!("cannot read {}", file.display()))?;
    for (path, _) in Places::of_this_machine()?.0 {
        let path = path.display().to_string();
        if contains(&bytes, path.as_bytes()) {
            return Err(Fault(format!("{} contains the path {path} of this machine", file.display())));
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
    fn path_in_a_binary_is_found() {
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
