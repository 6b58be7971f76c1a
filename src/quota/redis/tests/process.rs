//! Starts this test binary as a child process, so that a test can use several processes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The environment variable that contains the path of a child process's log file.
const LOG: &str = "TOKLINK_QUOTA_LOG";

pub(super) struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(super) log: PathBuf,
}

/// Returns the log file and the arguments of a child process. Returns `None` in the parent process.
pub(super) fn given() -> Option<(PathBuf, Vec<String>)> {
    let log = std::env::var_os(LOG)?;
    let words = std::env::var("TOKLINK_QUOTA_WORDS").unwrap();
    Some((log.into(), words.split(' ').map(str::to_owned).collect()))
}

impl Process {
    /// Runs the test `name` in a child process.
    pub(super) fn start(name: &str, folder: &Path, number: usize, words: &str) -> Self {
        let log = folder.join(format!("{number}.log"));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([name, "--exact", "--nocapture"]).env(LOG, &log).env("TOKLINK_QUOTA_WORDS", words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output, log }
    }

    /// Waits until the process prints `word` on a separate line.
    pub(super) fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "a process ended before it printed {word}"
            );
            if line.trim() == word {
                return;
            }
        }
    }

    /// Stops the process and returns its log.
    pub(super) fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let rest = std::io::read_to_string(self.output).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        std::fs::read_to_string(&self.log).unwrap()
    }
}
