//! Makes the file of the SQLite store, and the files that SQLite creates beside it, accessible only to their owner,
//! because they contain encrypted tokens.
//!
//! On POSIX systems, a process that closes any handle of a file releases all of its locks on that file. Therefore,
//! existing files are inspected by name and opened only to change their mode.

use crate::error::{Error, ErrorKind, Reason};
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// "tokl" in ASCII. The `PRAGMA application_id` that marks a file as a toklink store, so that files of other programs
/// are not changed.
pub(super) const APPLICATION_ID: i32 = 0x746f_6b6c;
/// Suffixes that SQLite appends to the name of a database for its write-ahead log, the index of the log, and its rollback journal.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];
/// The mode bits that give the group and other users access.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// The reason why a file cannot be used as a store.
#[derive(Debug)]
pub(super) enum Refusal {
    Io(io::Error),
    Link(PathBuf),
    Special(PathBuf),
    /// Other users may read the file, and its mode cannot be changed.
    Shared(PathBuf, io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Refusal {
    pub(super) fn for_store(self, name: &str) -> Error {
        let (message, source) = match self {
            Self::Io(source) => {
                (format!("the store {name} cannot be opened: {}", unopened(source.kind())), Some(source))
            }
            Self::Link(path) => {
                let path = path.display();
                let what = "is a symbolic link; use the path of the file itself";
                (format!("the store {name} was not opened: {path} {what}"), None)
            }
            Self::Special(path) => {
                let path = path.display();
                (
                    format!(
                        "the store {name} was not opened: {path} is not a regular file; use another path"
                    ),
                    None,
                )
            }
            Self::Shared(path, source) => {
                let path = path.display();
                let advice = "run chmod 600 on it as its owner, or use another path";
                let message =
                    format!("the store {name} was not opened: other users can read {path}; {advice}");
                (message, Some(source))
            }
        };
        let error = Error::new(ErrorKind::Config, message).with_reason(Reason::StorePathInvalid);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

/// Creates the file if it does not exist, and makes it and its side files private, unless it belongs to another
/// program. Returns the file's path with the symbolic links in its folders resolved, because SQLite would reject them
/// too.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, Refusal> {
    let file = path.file_name().ok_or_else(|| Refusal::Special(path.to_owned()))?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // On Windows, this would return a form of the path that SQLite cannot open.
    let folder = if cfg!(unix) { fs::canonicalize(folder)? } else { folder.to_owned() };
    let file = folder.join(file);
    // SQLite would create a file that everyone can read. Its side files copy the mode of the file.
    while !exists_privately(&file, &|file| is_store(file))? {
        match create(&file) {
            // Another process has created the file, so the loop inspects that file.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => created?,
        }
    }
    if fs::symlink_metadata(&file).is_ok_and(|found| is_private(&found)) {
        for suffix in SIDE_FILES {
            let mut side = OsString::from(&file);
            side.push(suffix);
            exists_privately(Path::new(&side), &|_| Ok(true))?;
        }
    }
    Ok(file)
}

/// Returns true for an empty file and for a toklink store, according to the header of the SQLite file
/// (<https://www.sqlite.org/fileformat.html#the_database_header>): the text at its start, the schema cookie in bytes 40
/// to 43 and the application id in bytes 68 to 71. The first tables and the id of a new store may still be in the
/// write-ahead log.
fn is_store(file: &mut File) -> io::Result<bool> {
    let mut header = Vec::new();
    file.take(72).read_to_end(&mut header)?;
    let number = |at: usize| header.get(at..at + 4);
    let (is_ours, is_new) = (
        number(68) == Some(&APPLICATION_ID.to_be_bytes()),
        number(40) == Some(&[0; 4]) && number(68) == Some(&[0; 4]),
    );
    Ok(header.is_empty() || (header.starts_with(b"SQLite format 3\0") && (is_ours || is_new)))
}

/// Creates the file. Never opens an existing file and never follows a symbolic link.
fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

type IsOurs<'a> = &'a dyn Fn(&mut File) -> io::Result<bool>;

/// Returns true when the file exists. Makes it private first if it is a toklink store.
fn exists_privately(path: &Path, is_ours: IsOurs<'_>) -> Result<bool, Refusal> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if found.is_symlink() {
        return Err(Refusal::Link(path.to_owned()));
    }
    if !found.is_file() {
        return Err(Refusal::Special(path.to_owned()));
    }
    restrict(path, &found, is_ours)?;
    Ok(true)
}

#[cfg(unix)]
fn is_private(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & OTHERS == 0
}

#[cfg(not(unix))]
fn is_private(_found: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn restrict(path: &Path, found: &Metadata, is_ours: IsOurs<'_>) -> Result<(), Refusal> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    if is_private(found) {
        return Ok(());
    }
    let shared = |error| Refusal::Shared(path.to_owned(), error);
    let mut file = File::open(path).map_err(shared)?;
    // A link that replaced the file after the inspection would lead to a different file.
    let opened = file.metadata()?;
    if (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
        return Err(Refusal::Link(path.to_owned()));
    }
    // A file of another program is rejected later, and is not changed.
    if !is_ours(&mut file)? {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(shared)
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _found: &Metadata, _is_ours: IsOurs<'_>) -> Result<(), Refusal> {
    Ok(())
}

/// Returns the advice for a file that cannot be created or opened.
fn unopened(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "its folder does not exist; create the folder, or use another path",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "it cannot be written; grant this user write permission, or use another path"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; free space, then try again"
        }
        io::ErrorKind::NotADirectory => "its folder is a file; use another path",
        _ => "the file system rejected the path; check it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_for_an_unopened_store_depends_on_the_cause() {
        use io::ErrorKind as Io;
        let kinds = [Io::NotFound, Io::PermissionDenied, Io::StorageFull, Io::NotADirectory, Io::Other];
        let advice: std::collections::BTreeSet<_> = kinds.into_iter().map(unopened).collect();
        assert_eq!(advice.len(), kinds.len());
        assert_eq!(unopened(Io::ReadOnlyFilesystem), unopened(Io::PermissionDenied));
    }

    #[cfg(unix)]
    mod unix {
        use crate::error::ErrorKind;
        use crate::store::SqliteStore;
        use std::fs::{self, Permissions};
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        use std::path::Path;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().mode() & 0o777
        }

        fn refusal(path: &Path) -> String {
            let error = SqliteStore::open(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            error.message().to_owned()
        }

        #[test]
        fn store_files_that_others_can_read_become_private() {
            let folder = tempfile::tempdir().unwrap();
            let names = ["store.db", "store.db-wal", "store.db-shm"].map(|name| folder.path().join(name));
            let first = SqliteStore::open(&names[0]).unwrap();
            for name in &names {
                assert_eq!(mode(name), 0o600, "{}", name.display());
                fs::set_permissions(name, Permissions::from_mode(0o666)).unwrap();
            }
            SqliteStore::open(&names[0]).unwrap();
            for name in &names {
                assert_eq!(mode(name), 0o600, "{}", name.display());
            }
            drop(first);
        }

        #[test]
        fn symbolic_link_is_rejected_as_a_store_or_side_file() {
            let folder = tempfile::tempdir().unwrap();
            let (target, store) = (folder.path().join("target"), folder.path().join("store.db"));
            symlink(&target, &store).unwrap();
            assert!(refusal(&store).contains("store.db is a symbolic link"), "{}", refusal(&store));
            assert!(!target.exists(), "the target of the link must not be created");
            fs::write(&target, "kept").unwrap();
            fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
            refusal(&store);
            fs::remove_file(&store).unwrap();
            for side in ["store.db-wal", "store.db-shm", "store.db-journal"] {
                let side = folder.path().join(side);
                symlink(&target, &side).unwrap();
                let said = refusal(&store);
                assert!(said.contains(&format!("{} is a symbolic link", side.display())), "{said}");
                fs::remove_file(&side).unwrap();
            }
            assert_eq!((fs::read_to_string(&target).unwrap().as_str(), mode(&target)), ("kept", 0o644));
        }

        #[test]
        fn file_of_another_program_keeps_its_mode() {
            let folder = tempfile::tempdir().unwrap();
            let (text, database) = (folder.path().join("passwd"), folder.path().join("other.db"));
            fs::write(&text, "root:x:0:0:root:/root:/bin/bash\n".repeat(10)).unwrap();
            rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
            for file in [text, database] {
                fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
                refusal(&file);
                assert_eq!(mode(&file), 0o644, "{}", file.display());
            }
        }

        #[test]
        fn store_opens_when_its_folder_is_a_link() {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("real")).unwrap();
            symlink(folder.path().join("real"), folder.path().join("link")).unwrap();
            SqliteStore::open(folder.path().join("link/store.db")).unwrap();
            assert_eq!(mode(&folder.path().join("real/store.db")), 0o600);
        }

        #[test]
        fn socket_is_rejected_as_a_store() {
            let folder = tempfile::tempdir().unwrap();
            let socket = folder.path().join("store.db");
            let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            assert!(refusal(&socket).contains("is not a regular file"), "{}", refusal(&socket));
        }
    }
}
