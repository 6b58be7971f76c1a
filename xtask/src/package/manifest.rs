//! List of the installed files, so that an uninstall removes exactly these files.

use crate::fault::{Context, Fault, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

/// Installed files, as paths below the prefix with `/` as separator.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) files: Vec<String>,
    /// Folders that the installation created, outer folders first.
    pub(super) directories: Vec<String>,
}

impl Manifest {
    /// Reads the manifest that an earlier installation left at `path`, if any.
    pub(super) fn read(path: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault(format!("cannot read {}: {error}", path.display()))),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let mut manifest = Self::default();
        for line in text.lines() {
            let list = match line.split_once(' ') {
                Some(("file", path)) if stays_below(path) => (&mut manifest.files, path),
                Some(("directory", path)) if stays_below(path) => (&mut manifest.directories, path),
                // Rejects lines that lead out of the prefix.
                _ => {
                    return Err(Fault(format!(
                        "the list of installed files contains the invalid line `{line}`"
                    )));
                }
            };
            list.0.push(list.1.to_owned());
        }
        Ok(manifest)
    }

    pub(super) fn text(&self) -> String {
        let files = self.files.iter().map(|path| format!("file {path}\n"));
        let directories = self.directories.iter().map(|path| format!("directory {path}\n"));
        files.chain(directories).collect()
    }

    /// Creates the parent folders of `path`, and records those that did not exist.
    pub(super) fn prepare(&mut self, root: &Path, path: &str) -> Result<()> {
        // The prefix belongs to the caller, so an uninstall never removes it.
        fs::create_dir_all(root).context(format_args!("cannot create {}", root.display()))?;
        for (end, _) in path.match_indices('/') {
            let (folder, _) = path.split_at(end);
            let full = root.join(folder);
            if !full.is_dir() {
                fs::create_dir(&full).context(format_args!("cannot create {}", full.display()))?;
                self.directories.push(folder.to_owned());
            }
        }
        Ok(())
    }

    /// Removes the files, then the empty folders. Keeps folders that contain other files.
    pub(super) fn remove(self, root: &Path) -> Result<Self> {
        for path in &self.files {
            match fs::remove_file(root.join(path)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Fault(format!("cannot remove {}: {error}", root.join(path).display())));
                }
                _ => {}
            }
        }
        let mut left = self.directories;
        left.sort_unstable();
        // Removes inner folders first: they sort after the outer ones.
        left.reverse();
        left.retain(|path| fs::remove_dir(root.join(path)).is_err() && root.join(path).is_dir());
        left.reverse();
        Ok(Self { files: Vec::new(), directories: left })
    }
}

/// Returns true if the path is relative and does not contain `..`.
pub(super) fn stays_below(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
