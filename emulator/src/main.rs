//! The binary `toklink-emulator`.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use toklink_emulator::{Emulator, EmulatorConfig, Scenario};

const USAGE: &str = "usage: toklink-emulator [--port N] [--seed N] [--no-limits] [--virtual-clock] [--consent USER] [--scenario FILE] [--exit-with-stdin]

Emulates TikTok on 127.0.0.1: authorize page, API and upload host. The console and the control API are under /_emulator/.

  --port N           port on 127.0.0.1; 0 (the default) selects a free port. The first line on stdout is the URL
  --seed N           seed of IDs, tokens and counters; 1 by default
  --no-limits        switches off rate limits and daily caps
  --virtual-clock    freezes the clock; only a control call advances it
  --consent USER     completes every authorize request as this user, without a page, for example ana.makes
  --scenario FILE    loads apps, users, faults and more from a JSON or YAML file; the flags above override its values
  --exit-with-stdin  exits when its standard input closes, so that the emulator never outlives the process that started it";

/// Parsed command line.
#[derive(Default)]
struct Arguments {
    config: EmulatorConfig,
    exit_with_stdin: bool,
}

fn main() -> ExitCode {
    let arguments = match parse_arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return print(&mut io::stdout(), USAGE, ExitCode::SUCCESS),
        Err(error) => return print(&mut io::stderr(), &format!("{error}\n\n{USAGE}"), ExitCode::from(2)),
    };
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|rt| rt.block_on(serve(arguments)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&mut io::stderr(), &format!("toklink-emulator failed to start: {error}"), ExitCode::FAILURE)
        }
    }
}

async fn serve(arguments: Arguments) -> io::Result<()> {
    // Installs both signal handlers before printing the first line, because a program may stop the emulator right after
    // reading it.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let emulator = Emulator::start(arguments.config).await?;
    let (close, stdin_closed) = oneshot::channel();
    if arguments.exit_with_stdin {
        // Reads stdin on its own thread, because the read cannot be cancelled. The thread ends with the process.
        thread::spawn(move || {
            wait_for_end(&mut io::stdin().lock());
            close.send(())
        });
    }
    let mut out = io::stdout();
    writeln!(out, "listening {}", emulator.base_url())?;
    out.flush()?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        Ok(()) = stdin_closed => Ok(()),
    }
}

/// Reads and discards `input` until it ends or fails.
fn wait_for_end(input: &mut impl Read) {
    let mut dropped = [0; 256];
    while input.read(&mut dropped).is_ok_and(|read| read > 0) {}
}

/// Parses the command line. Returns `None` for `--help`.
fn parse_arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt};
    let mut arguments = Arguments::default();
    let (mut seed, mut no_limits, mut frozen, mut consent) = (None, false, false, None);
    let mut scenario = Scenario::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => arguments.config.port = parser.value()?.parse()?,
            Long("seed") => seed = Some(parser.value()?.parse()?),
            Long("no-limits") => no_limits = true,
            Long("virtual-clock") => frozen = true,
            Long("consent") => consent = Some(parser.value()?.string()?),
            Long("scenario") => {
                let file = PathBuf::from(parser.value()?);
                scenario = Scenario::from_file(&file).map_err(|error| lexopt::Error::Custom(error.into()))?;
            }
            Long("exit-with-stdin") => arguments.exit_with_stdin = true,
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    scenario.seed = seed.or(scenario.seed);
    if no_limits {
        scenario.limits = Some(false);
    }
    if frozen {
        scenario.freeze();
    }
    if let Some(username) = consent {
        scenario.consent_as(username);
    }
    arguments.config.scenario = Some(scenario);
    Ok(Some(arguments))
}

/// Prints `text` and returns `code`, even when the output is closed.
fn print(to: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(to, "{text}");
    code
}
