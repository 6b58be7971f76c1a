//! Layout of an installation: its files and their names.

use super::place::Release;
use crate::fault::{Context, Result};
use crate::project;
use std::fs;
use std::path::{Path, PathBuf};

/// Content of a file or link below the prefix.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Copy(PathBuf),
    Text(String),
    /// A symbolic link to a name in the same folder.
    Link(String),
}

/// Platform, which determines the names of the libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    Elf,
    MacOs,
    Windows,
    /// Windows with the file names of the GNU toolchain.
    MinGw,
}

impl Platform {
    pub(super) const HOST: Self = if cfg!(all(windows, target_env = "gnu")) {
        Self::MinGw
    } else if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Elf
    };

    /// Returns the platform of a Rust target, or of this machine if `target` is `None`.
    pub(super) fn of(target: Option<&str>) -> Self {
        match target {
            None => Self::HOST,
            Some(target) if target.contains("-apple-") => Self::MacOs,
            Some(target) if target.contains("-windows-gnu") => Self::MinGw,
            Some(target) if target.contains("-windows-") => Self::Windows,
            Some(_) => Self::Elf,
        }
    }

    /// Returns the name under which a linked program loads the library, and the name of the file that cargo builds.
    pub(super) fn name_by_abi(self, abi: u32) -> Option<(String, String)> {
        let plain = self.shared().to_owned();
        match self {
            Self::Elf => Some((format!("libtoklink.so.{abi}"), plain)),
            Self::MacOs => Some((format!("libtoklink.{abi}.dylib"), plain)),
            Self::Windows | Self::MinGw => None,
        }
    }

    /// Returns the name of the shared library that cargo builds.
    pub(super) fn shared(self) -> &'static str {
        match self {
            Self::Elf => "libtoklink.so",
            Self::MacOs => "libtoklink.dylib",
            Self::Windows | Self::MinGw => "toklink.dll",
        }
    }

    /// Returns the name of the import library, which links a program to the DLL.
    pub(super) fn import_library(self) -> &'static str {
        if self == Self::MinGw { "libtoklink.dll.a" } else { "toklink.dll.lib" }
    }

    /// Returns the name of the static library.
    pub(super) fn archive(self) -> &'static str {
        if self == Self::Windows { "toklink.lib" } else { "libtoklink.a" }
    }
}

/// Returns toklink.h, toklink.hpp and the parts of toklink.hpp.
pub(super) fn headers(include: &Path) -> Result<Vec<(String, Entry)>> {
    let mut found = Vec::new();
    for folder in ["", "toklink/"] {
        let path = include.join(folder);
        let doing = format!("cannot list {}", path.display());
        for file in fs::read_dir(&path).context(&doing)? {
            let name = file.context(&doing)?.file_name().to_string_lossy().into_owned();
            if [".h", ".hpp"].iter().any(|ending| name.ends_with(ending)) {
                found.push((format!("include/{folder}{name}"), Entry::Copy(path.join(name))));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}

/// Returns the licences of the library, and of the crates that are linked into it (`notices`).
pub(super) fn licences(notices: &str) -> Vec<(String, Entry)> {
    let at = |name: &str| format!("share/doc/toklink/{name}");
    let own = ["LICENSE-MIT", "LICENSE-APACHE"].map(|name| (at(name), Entry::Copy(project::path(name))));
    own.into_iter().chain([(at("THIRD_PARTY.md"), Entry::Text(notices.to_owned()))]).collect()
}

/// Pages about the C library, and the pages that they link to.
const PAGES: [&str; 6] = ["GUIDE_C.md", "C_API.md", "ERRORS.md", "QUOTAS.md", "STORES.md", "tiktok-api.md"];
/// URL of the repository, for links to files that are not installed.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// Returns the pages of docs/ and the examples, in the same folders as in the repository.
pub(super) fn documents() -> Result<Vec<(String, Entry)>> {
    let mut examples = vec!["examples/CMakeLists.txt".to_owned()];
    for folder in ["examples/c", "examples/cpp"] {
        let doing = format!("cannot list {folder}");
        for file in fs::read_dir(project::path(folder)).context(&doing)? {
            examples.push(format!("{folder}/{}", file.context(&doing)?.file_name().to_string_lossy()));
        }
    }
    examples.sort();
    let mut found = Vec::new();
    for name in PAGES {
        let page = with_links(&project::read(&format!("docs/{name}"))?, &examples);
        found.push((format!("share/doc/toklink/docs/{name}"), Entry::Text(page)));
    }
    let copied = |path: String| (format!("share/doc/toklink/{path}"), Entry::Copy(project::path(&path)));
    found.extend(examples.into_iter().map(copied));
    Ok(found)
}

/// Returns a page in which links to files that are not installed point to the repository.
fn with_links(page: &str, examples: &[String]) -> String {
    let mut parts = page.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += "](";
        let (target, _) = part.split_once(')').unwrap_or_default();
        let file = target.split('#').next().unwrap_or_default();
        let path = file.strip_prefix("../").map_or_else(|| format!("docs/{file}"), str::to_owned);
        let is_link = !file.is_empty() && !file.contains([' ', ':', '*', '&']);
        let is_installed = PAGES.contains(&file) || examples.contains(&path);
        if is_link && !is_installed {
            text += REPOSITORY;
            text += &part.replacen(file, &path, 1);
        } else {
            text += part;
        }
    }
    text
}

/// The built library files to install.
#[derive(Debug)]
pub(super) struct Built {
    /// Folder of the files that cargo built.
    pub(super) folder: PathBuf,
    /// Shared library.
    pub(super) shared: PathBuf,
    /// Static library.
    pub(super) archive: PathBuf,
    /// Debug symbols of the shared library, if they are in a separate file.
    pub(super) symbols: Option<PathBuf>,
}

/// Returns the file name of the debug symbols, which debuggers look for beside the library.
pub(super) fn symbols_name(version: &str) -> String {
    format!("libtoklink.so.{version}.debug")
}

/// Returns the shared library under all its names, its debug symbols, and the static library.
pub(super) fn libraries(
    platform: Platform,
    release: Release<'_>,
    built: Built,
    libdir: &str,
) -> Vec<(String, Entry)> {
    let Release { version, abi } = release;
    let Built { folder, shared, archive, symbols } = built;
    let at = |name: &str| format!("{libdir}/{name}");
    let mut entries = match (platform, platform.name_by_abi(abi)) {
        (Platform::Elf, Some((by_abi, plain))) => {
            let full = format!("libtoklink.so.{version}");
            vec![
                (at(&full), Entry::Copy(shared)),
                (at(&by_abi), Entry::Link(full)),
                (at(&plain), Entry::Link(by_abi)),
            ]
        }
        (_, Some((by_abi, plain))) => {
            vec![(at(&by_abi), Entry::Copy(shared)), (at(&plain), Entry::Link(by_abi))]
        }
        (_, None) => vec![
            ("bin/toklink.dll".to_owned(), Entry::Copy(shared)),
            (at(platform.import_library()), Entry::Copy(folder.join(platform.import_library()))),
        ],
    };
    if let Some(symbols) = symbols {
        match platform {
            Platform::MacOs => {
                for part in ["Contents/Info.plist", "Contents/Resources/DWARF/libtoklink.dylib"] {
                    let place = at(&format!("libtoklink.{abi}.dylib.dSYM/{part}"));
                    entries.push((place, Entry::Copy(symbols.join(part))));
                }
            }
            Platform::Elf => entries.push((at(&symbols_name(version)), Entry::Copy(symbols))),
            Platform::Windows | Platform::MinGw => {
                entries.push(("bin/toklink.pdb".to_owned(), Entry::Copy(symbols)));
            }
        }
    }
    entries.push((at(platform.archive()), Entry::Copy(archive)));
    entries
}
