//! Tests with a real redis-server. Some of them start this test binary again to use several processes.
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
