//! `toklink-emulator --port N [--no-limits] [--seed N]`.

use std::io::{self, Write};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use toklink_emulator::{Emulator, EmulatorConfig};

const USAGE: &str = "usage: toklink-emulator [--port N] [--seed N] [--no-limits]

A TikTok that runs on 127.0.0.1: authorize page, API and upload host. --port 0 (the default) takes a free port; the first
line on stdout says which. --no-limits switches the rate windows and daily caps off. Controls are under /_emulator/.";

fn main() -> ExitCode {
    let config = match arguments() {
        Ok(Some(config)) => config,
        Ok(None) => return say(&mut io::stdout(), USAGE, ExitCode::SUCCESS),
        Err(error) => return say(&mut io::stderr(), &format!("{error}\n\n{USAGE}"), ExitCode::from(2)),
    };
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|rt| rt.block_on(serve(config)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&mut io::stderr(), &format!("toklink-emulator could not serve: {error}"), ExitCode::FAILURE)
        }
    }
}

async fn serve(config: EmulatorConfig) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let emulator = Emulator::start(config).await?;
    let mut out = io::stdout();
    writeln!(out, "listening {}", emulator.base_url())?;
    out.flush()?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped,
    }
}

/// `None` when help was asked for.
fn arguments() -> Result<Option<EmulatorConfig>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt};
    let mut config = EmulatorConfig::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => config.port = parser.value()?.parse()?,
            Long("seed") => config.seed = parser.value()?.parse()?,
            Long("no-limits") => config.limits = false,
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(config))
}

/// Prints what can be printed: a closed pipe changes nothing about the exit code.
fn say(to: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(to, "{text}");
    code
}
