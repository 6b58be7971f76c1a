//! Tests with a real redis-server, and with several processes, for which this test binary starts itself.
#![expect(clippy::print_stdout, reason = "tests print measurements, and their processes report on stdout")]

mod cluster;
mod detected;
mod faults;
mod limits;
mod oracle;
mod outage;
mod process;
mod sentinel;
mod server;
