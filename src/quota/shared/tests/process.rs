//! Starts this test binary again, as one of several processes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Where a process writes its log, if this is one.
const LOG: &str = "TOKLINK_QUOTA_LOG";

pub(super) struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
    pub(super) log: PathBuf,
}

/// The log to write and the words that the process was given, when this is one that [`Process::start`] started.
pub(super) fn given() -> Option<(PathBuf, Vec<String>)> {
    let log = std::env::var_os(LOG)?;
    let words = std::env::var("TOKLINK_QUOTA_WORDS").unwrap();
    Some((log.into(), words.split(' ').map(str::to_owned).collect()))
}

impl Process {
    /// Runs the test `name` as a process.
    pub(super) fn start(name: &str, folder: &Path, number: usize, words: &str) -> Self {
        let log = folder.join(format!("{number}.log"));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([name, "--exact", "--nocapture"]).env(LOG, &log).env("TOKLINK_QUOTA_WORDS", words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said, log }
    }

    /// Returns once the process has said `word` on a line of its own.
    pub(super) fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "a process ended before it said {word}");
            if line.trim() == word {
                return;
            }
        }
    }

    /// Tells the process to end, and gives what it wrote down.
    pub(super) fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let rest = std::io::read_to_string(self.said).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        std::fs::read_to_string(&self.log).unwrap()
    }
}
