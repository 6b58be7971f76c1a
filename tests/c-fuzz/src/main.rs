//! `toklink-c-fuzz EMULATOR CALLS`: makes at least this number of random calls.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "it measures the program itself")]
fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [emulator, calls] = &arguments[..] else {
        return end("usage: toklink-c-fuzz EMULATOR CALLS", 2);
    };
    let Ok(calls) = calls.parse() else {
        return end("CALLS must be a whole number", 2);
    };
    let started = Instant::now();
    match toklink_c_fuzz::play(emulator, calls) {
        Ok(made) => {
            let (functions, seconds) = (toklink_c_fuzz::ENTRIES, started.elapsed().as_secs());
            let _ = writeln!(io::stdout(), "{made} calls of {functions} functions in {seconds} s");
            ExitCode::SUCCESS
        }
        Err(fault) => end(&fault.to_string(), 1),
    }
}

fn end(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{message}");
    ExitCode::from(code)
}
