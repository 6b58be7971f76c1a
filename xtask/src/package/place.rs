//! Target folders and version of an installation.

use super::manifest::stays_below;
use crate::fault::{Fault, Result};
use std::path::PathBuf;

/// Target folders of an installation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Absolute prefix under which programs use the library.
    pub(crate) prefix: PathBuf,
    /// Folder that replaces the root directory, for packagers.
    pub(crate) destdir: Option<PathBuf>,
    /// Folder of the libraries, relative to the prefix.
    pub(crate) libdir: String,
}

impl Place {
    /// Returns the folder that receives the files.
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
        Err(Fault(format!("--libdir must be a relative folder such as lib64, not {}", self.libdir)))
    }
}

/// Version and ABI number of the library and its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Release<'a> {
    pub(super) version: &'a str,
    pub(super) abi: u32,
}
