//! Layout of an installation.

use super::Release;
use crate::fault::{Context, Result};
use crate::project;
use std::fs;
use std::path::{Path, PathBuf};

/// Content of a path below the prefix.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Copy(PathBuf),
    Text(String),
    /// A symbolic link to a name in the same folder.
    Link(String),
}

/// Naming of libraries on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    Elf,
    MacOs,
    Windows,
}

impl Platform {
    pub(super) const HOST: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Elf
    };

    /// Returns the name under which a linked program loads the library, and the file that cargo builds.
    pub(super) fn name_by_abi(self, abi: u32) -> Option<(String, String)> {
        match self {
            Self::Elf => Some((format!("libtoklink.so.{abi}"), "libtoklink.so".to_owned())),
            Self::MacOs => Some((format!("libtoklink.{abi}.dylib"), "libtoklink.dylib".to_owned())),
            Self::Windows => None,
        }
    }

    /// Returns the name of the static library.
    pub(super) fn archive(self) -> &'static str {
        if self == Self::Windows { "toklink.lib" } else { "libtoklink.a" }
    }

    /// Returns the system libraries that the static library needs, as linker arguments.
    pub(super) fn system_libraries(self) -> &'static str {
        match self {
            Self::Elf => "-lpthread -ldl -lm",
            Self::MacOs => "-lpthread -lm",
            Self::Windows => "-lws2_32 -luserenv -lbcrypt -lntdll -ladvapi32",
        }
    }
}

/// Returns toklink.h, toklink.hpp and its parts.
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

/// Returns the licences of the library and of the crates that are linked into it (`notices`).
pub(super) fn licences(notices: &str) -> Vec<(String, Entry)> {
    let at = |name: &str| format!("share/doc/toklink/{name}");
    let own = ["LICENSE-MIT", "LICENSE-APACHE"].map(|name| (at(name), Entry::Copy(project::path(name))));
    own.into_iter().chain([(at("THIRD_PARTY.md"), Entry::Text(notices.to_owned()))]).collect()
}

/// Returns the shared library under its three names, and the static one, which is `archive`.
pub(super) fn libraries(
    platform: Platform,
    release: Release<'_>,
    built: &Path,
    archive: PathBuf,
    libdir: &str,
) -> Vec<(String, Entry)> {
    let Release { version, abi } = release;
    let copied = |path: String, name: &str| (path, Entry::Copy(built.join(name)));
    let at = |name: &str| format!("{libdir}/{name}");
    let mut entries = match (platform, platform.name_by_abi(abi)) {
        (Platform::Elf, Some((by_abi, plain))) => {
            let full = format!("libtoklink.so.{version}");
            vec![
                copied(at(&full), &plain),
                (at(&by_abi), Entry::Link(full)),
                (at(&plain), Entry::Link(by_abi)),
            ]
        }
        (Platform::MacOs, Some((by_abi, plain))) => {
            vec![copied(at(&by_abi), &plain), (at(&plain), Entry::Link(by_abi))]
        }
        _ => vec![
            copied("bin/toklink.dll".to_owned(), "toklink.dll"),
            copied(at("toklink.dll.lib"), "toklink.dll.lib"),
        ],
    };
    entries.push((at(platform.archive()), Entry::Copy(archive)));
    entries
}
