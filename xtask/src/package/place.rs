//! The target and the version of an installation.

use super::manifest::stays_below;
use crate::fault::{Fault, Result};
use std::path::PathBuf;

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
    pub(super) fn root(&self) -> PathBuf {
        let below = self.prefix.strip_prefix("/").unwrap_or(&self.prefix);
        self.destdir.as_ref().map_or_else(|| self.prefix.clone(), |folder| folder.join(below))
    }

    pub(super) fn manifest(&self) -> String {
        format!("{}/toklink/installed.txt", self.libdir)
    }

    pub(super) fn check(&self) -> Result<()> {
        if !self.prefix.is_absolute() {
            return Err(Fault(format!("--prefix must be absolute; {} is not", self.prefix.display())));
        }
        if stays_below(&self.libdir) {
            return Ok(());
        }
        Err(Fault(format!("--libdir must be a folder below the prefix, such as lib64, not {}", self.libdir)))
    }
}

/// Returns version and ABI of the library of the header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Release<'a> {
    pub(super) version: &'a str,
    pub(super) abi: u32,
}
