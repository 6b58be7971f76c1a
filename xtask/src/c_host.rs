//! Code that the runners of tests/c share: the compiler command, and each lane's libraries, folders and emulator.

use crate::emulator::Emulator;
use crate::project;
use std::path::Path;
use std::process::Command;

/// Compiler command for C programs that are linked in a separate step.
pub(crate) const C_HOST: [&str; 8] =
    ["gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-pthread"];

/// Folder in which programs are built and run. Each lane has its own folder and emulator, because programs write files
/// and reset the emulator.
pub(crate) struct Place<'a> {
    pub(crate) libraries: &'a Path,
    pub(crate) with_faults: &'a Path,
    pub(crate) work: &'a Path,
    /// Path of the static library that `install` would install.
    pub(crate) archive: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) emulator: &'a Emulator,
}

impl Place<'_> {
    /// Returns the command that starts a program without environment variables for toklink, so that the result does not
    /// depend on the caller. The program receives its own directory, tests/c, and the URL of the emulator as arguments.
    pub(crate) fn started(&self, prefix: &[&str], binary: &Path) -> Command {
        let mut command = match prefix {
            [] => Command::new(binary),
            [program, options @ ..] => {
                let mut command = Command::new(program);
                command.args(options).arg(binary);
                command
            }
        };
        command.arg(self.folder).arg(project::path("tests/c")).arg(self.emulator.url());
        for name in
            ["TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_CALLBACK_URL", "TOKEN_ENCRYPTION_KEY"]
        {
            command.env_remove(name);
        }
        for name in ["TOKEN_ENCRYPTION_KEYS", "TIKTOK_API_BASE_URL", "TIKTOK_AUTH_BASE_URL"] {
            command.env_remove(name);
        }
        command
    }
}
