//! Development tasks of the project: `cargo run -p xtask -- COMMAND`.
#![forbid(unsafe_code)]

mod abi;
mod archive;
mod c_header;
mod c_host;
mod c_programs;
mod cpp_surface;
mod documented_errors;
mod emulator;
mod examples;
mod fault;
mod field_surface;
mod fuzz_c;
mod header;
mod http;
mod library;
mod notices;
mod package;
mod progress;
mod project;
mod run;
mod sanitizer_check;
mod scenarios;
mod static_hosts;
mod surface;
mod symbols;

use fault::Fault;
use package::Place;
use progress::say;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- COMMAND

  header [--check]        write include/toklink.h from bindings/c; --check compares it instead, and compares the exports
                          of the shared library with its declarations
  surface                 check that errors and operations have the same names in Rust, TypeScript, C and
                          docs/ERRORS.md, that fields have too, and that every C function is available in C++
  test-c [--profile P] [--quick] [NAME...]
                          build the C library (P: dev or release, default dev), compile the programs of tests/c with
                          warnings as errors, link them static and shared, run them, also under valgrind; --quick: only
                          shared, without sanitizers and valgrind, for coverage; NAME: only these programs, such as
                          login-c
  test-examples           install the C library, build the examples with CMake and with pkg-config, run them with the
                          emulator, uninstall
  fuzz-c [--calls N] [--sanitize]
                          make N random calls (default 10000000) of all functions of the C library, with a connected
                          account; --sanitize: with AddressSanitizer
  install --prefix DIR [--profile P | --release] [--target T] [--destdir DIR] [--libdir NAME]
                          build the C library (P: dev by default, release, or dist, the smallest and slowest to build;
                          --release: the same as --profile release; T: a Rust target, by default this machine) and install
                          it with its headers, toklink.pc, the CMake package, pages and examples below DIR, or below the
                          DIR of --destdir; NAME: lib by default
  uninstall --prefix DIR [--destdir DIR] [--libdir NAME]
                          remove the installed files
  notices CRATE [--target T]
                          print the crates that are linked into CRATE, and their licences (T: a Rust target, by default
                          this machine)";

#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    Header { check: bool },
    Surface,
    TestC { profile: String, quick: bool, names: Vec<String> },
    TestExamples,
    FuzzC { calls: u64, sanitize: bool },
    Install { place: Place, profile: String, target: Option<String> },
    Uninstall { place: Place },
    Notices { of: String, target: Option<String> },
}

fn main() -> ExitCode {
    let command = match parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => return end(&format!("{error}\n\n{USAGE}"), 2),
    };
    let done = match command {
        Command::Help => {
            say(USAGE);
            Ok(())
        }
        Command::Header { check } => header::run(check),
        Command::Surface => surface::run(),
        Command::TestC { profile, quick, names } => c_programs::run(&profile, quick, &names),
        Command::TestExamples => examples::run(),
        Command::FuzzC { calls, sanitize } => fuzz_c::run(calls, sanitize),
        Command::Install { place, profile, target } => package::install(&place, &profile, target.as_deref()),
        Command::Uninstall { place } => package::uninstall(&place),
        Command::Notices { of, target } => {
            notices::of(&of, target.as_deref()).map(|page| say(page.trim_end()))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault(message)) => end(&message, 1),
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut command = None;
    while let Some(argument) = arguments.next()? {
        match (argument, &mut command) {
            (Long("help") | Short('h'), _) => return Ok(Command::Help),
            (Value(name), None) => command = Some(named(&name.string()?)?),
            (Value(name), Some(Command::Notices { of, .. })) if of.is_empty() => *of = name.string()?,
            (Value(name), Some(Command::TestC { names, .. })) => names.push(name.string()?),
            (Long("check"), Some(Command::Header { check })) => *check = true,
            (Long("quick"), Some(Command::TestC { quick, .. })) => *quick = true,
            (Long("calls"), Some(Command::FuzzC { calls, .. })) => *calls = arguments.value()?.parse()?,
            (Long("sanitize"), Some(Command::FuzzC { sanitize, .. })) => *sanitize = true,
            (Long("release"), Some(Command::Install { profile, .. })) => "release".clone_into(profile),
            (Long("profile"), Some(Command::TestC { profile, .. } | Command::Install { profile, .. })) => {
                *profile = arguments.value()?.string()?;
            }
            (Long("target"), Some(Command::Notices { target, .. } | Command::Install { target, .. })) => {
                *target = Some(arguments.value()?.string()?);
            }
            (Long(name), Some(Command::Install { place, .. } | Command::Uninstall { place })) => match name {
                "prefix" => place.prefix = arguments.value()?.into(),
                "destdir" => place.destdir = Some(arguments.value()?.into()),
                "libdir" => place.libdir = arguments.value()?.string()?,
                _ => return Err(Long(name).unexpected()),
            },
            (other, _) => return Err(other.unexpected()),
        }
    }
    match command {
        Some(Command::Install { place, .. } | Command::Uninstall { place })
            if place.prefix.as_os_str().is_empty() =>
        {
            Err("missing --prefix".into())
        }
        Some(Command::Notices { of, .. }) if of.is_empty() => Err("missing crate name".into()),
        Some(command) => Ok(command),
        None => Err("missing command".into()),
    }
}

fn named(name: &str) -> Result<Command, lexopt::Error> {
    match name {
        "header" => Ok(Command::Header { check: false }),
        "surface" => Ok(Command::Surface),
        "test-c" => Ok(Command::TestC { profile: "dev".to_owned(), quick: false, names: Vec::new() }),
        "test-examples" => Ok(Command::TestExamples),
        "fuzz-c" => Ok(Command::FuzzC { calls: 10_000_000, sanitize: false }),
        "install" => Ok(Command::Install { place: nowhere(), profile: "dev".to_owned(), target: None }),
        "notices" => Ok(Command::Notices { of: String::new(), target: None }),
        "uninstall" => Ok(Command::Uninstall { place: nowhere() }),
        _ => Err(format!("unknown command {name}").into()),
    }
}

/// Returns a `Place` without a prefix, which the option `--prefix` must set.
fn nowhere() -> Place {
    Place { prefix: PathBuf::new(), destdir: None, libdir: "lib".to_owned() }
}

fn end(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{message}");
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_only_accepted_by_their_command() {
        assert_eq!(parsed(&["header", "--check"]), Ok(Command::Header { check: true }));
        assert_eq!(
            parsed(&["test-c", "--profile", "release"]),
            Ok(Command::TestC { profile: "release".to_owned(), quick: false, names: Vec::new() })
        );
        assert_eq!(
            parsed(&["test-c", "--quick", "login-c"]),
            Ok(Command::TestC { profile: "dev".to_owned(), quick: true, names: vec!["login-c".to_owned()] })
        );
        assert!(parsed(&["surface", "--check"]).is_err());
        assert!(parsed(&["--check", "header"]).is_err());
        assert!(parsed(&["heeder"]).is_err());
        assert!(parsed(&[]).is_err());
    }

    #[test]
    fn notices_require_a_crate() {
        let notices =
            Command::Notices { of: "toklink-c".to_owned(), target: Some("aarch64-apple-darwin".to_owned()) };
        assert_eq!(parsed(&["notices", "toklink-c", "--target", "aarch64-apple-darwin"]), Ok(notices));
        assert!(parsed(&["notices"]).is_err());
        assert!(parsed(&["notices", "one", "two"]).is_err());
    }

    #[test]
    fn install_requires_an_absolute_prefix() {
        let place = Place {
            prefix: PathBuf::from("/opt"),
            destdir: Some(PathBuf::from("stage")),
            libdir: "lib64".to_owned(),
        };
        let words = ["install", "--prefix=/opt", "--destdir", "stage", "--libdir", "lib64", "--release"];
        let profile = |name: &str| name.to_owned();
        assert_eq!(parsed(&words), Ok(Command::Install { place, profile: profile("release"), target: None }));
        let place = Place { prefix: PathBuf::from("/opt"), ..nowhere() };
        let words = ["install", "--prefix=/opt", "--profile", "dist", "--target", "aarch64-apple-darwin"];
        let target = Some("aarch64-apple-darwin".to_owned());
        assert_eq!(parsed(&words), Ok(Command::Install { place, profile: profile("dist"), target }));
        assert!(parsed(&["install"]).is_err());
        assert!(parsed(&["uninstall", "--prefix", "/opt", "--release"]).is_err());
        assert!(parsed(&["uninstall", "--prefix", "/opt", "--bindir", "b"]).is_err());
    }
}
