//! Against a real redis-server, and with several processes: this test binary starts itself as those.
#![expect(clippy::print_stdout, reason = "a test says what it measured, and its processes speak to it there")]

mod behaviour;
mod found;
mod oracle;
mod outage;
mod process;
mod server;
mod trouble;
