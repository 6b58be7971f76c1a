//! What an installation wrote, so that it can be taken back and nothing else.

use crate::fault::{Context, Fault, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

/// Paths below the prefix, with `/`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) files: Vec<String>,
    /// Those that were not there before; the outer ones first.
    pub(super) directories: Vec<String>,
}

impl Manifest {
    /// The one that an installation left at `path`, if it did.
    pub(super) fn read(path: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault(format!("{} cannot be read: {error}", path.display()))),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let mut manifest = Self::default();
        for line in text.lines() {
            let list = match line.split_once(' ') {
                Some(("file", path)) if stays_below(path) => (&mut manifest.files, path),
                Some(("directory", path)) if stays_below(path) => (&mut manifest.directories, path),
                // A line that leads out of the prefix is never acted on.
                _ => return Err(Fault(format!("the list of installed files has a line `{line}`"))),
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

    /// Makes the folders that `path` needs, and remembers the new ones.
    pub(super) fn prepare(&mut self, root: &Path, path: &str) -> Result<()> {
        // The prefix itself is never taken away: it is the caller's.
        fs::create_dir_all(root).context(format_args!("{} cannot be made", root.display()))?;
        for (end, _) in path.match_indices('/') {
            let (folder, _) = path.split_at(end);
            let full = root.join(folder);
            if !full.is_dir() {
                fs::create_dir(&full).context(format_args!("{} cannot be made", full.display()))?;
                self.directories.push(folder.to_owned());
            }
        }
        Ok(())
    }

    /// Removes the files, then the folders that are empty. What is left are folders in which others keep something.
    pub(super) fn remove(self, root: &Path) -> Result<Self> {
        for path in &self.files {
            match fs::remove_file(root.join(path)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Fault(format!("{} cannot be removed: {error}", root.join(path).display())));
                }
                _ => {}
            }
        }
        let mut left = self.directories;
        left.sort_unstable();
        // From the inside out: an inner folder sorts behind the one around it.
        left.reverse();
        left.retain(|path| fs::remove_dir(root.join(path)).is_err() && root.join(path).is_dir());
        left.reverse();
        Ok(Self { files: Vec::new(), directories: left })
    }
}

/// Whether the path is relative and never leads upwards.
pub(super) fn stays_below(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
