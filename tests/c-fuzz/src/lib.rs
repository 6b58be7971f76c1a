//! Calls the functions of the C header with arguments made of any bytes: NULL, wild lengths, text that is no text,
//! handles in any order and of every origin, callbacks that refuse, faults in the middle.
//!
//! ```text
//!   build.rs   one call for each function of include/toklink.h
//!      |
//!   host       what the host holds, and what must be true of every answer
//!      |
//!   input  callbacks
//! ```
//!
//! What the header forbids is not done, since no check could see it: a handle is freed once and not used after that, and
//! its bytes are as many as it says unless the length is an impossible one.

mod callbacks;
mod host;
mod input;

/// The calls themselves, which the build writes.
#[expect(
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    reason = "written by build.rs for every function alike"
)]
#[expect(clippy::all, reason = "written by build.rs for every function alike")]
mod entries {
    use crate::host::{Host, Text};
    use std::ffi::c_void;

    include!(concat!(env!("OUT_DIR"), "/entries.rs"));
}

use host::Host;
use toklink_testing as _;

/// How many calls one input makes, however short it is.
pub const CALLS: usize = 100;

/// Makes the calls that these bytes stand for.
///
/// # Panics
/// When an answer is not what the header promises.
pub fn play(bytes: &[u8]) {
    let mut host = Host::new(bytes);
    for _ in 0..CALLS {
        let entry = host.entry() % entries::ENTRIES;
        entries::call(entry, &mut host);
    }
    host.leave();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// The inputs of a short round; `TOKLINK_C_INPUTS` is those of a long one.
    const INPUTS: u64 = 2000;

    #[test]
    fn any_calls_in_any_order_are_answered_and_none_crashes() {
        let asked = std::env::var("TOKLINK_C_INPUTS").ok().and_then(|count| count.parse().ok());
        let inputs: u64 = asked.unwrap_or(INPUTS);
        for number in 0..inputs {
            play(&number.to_le_bytes());
        }
        let mut said = std::io::stdout();
        writeln!(said, "{} calls of {} functions", inputs * CALLS as u64, entries::ENTRIES).unwrap();
    }

    #[test]
    fn every_function_of_the_header_is_called_but_the_one_that_waits_for_a_person() {
        let header = include_str!("../../../include/toklink.h");
        let declared = header.lines().filter(|line| {
            let before = line.split('(').next().unwrap_or_default();
            !line.starts_with([' ', '#', '}', '/']) && line.contains('(') && before.contains("toklink_")
        });
        let declared = declared.filter(|line| !line.starts_with("typedef")).count();
        assert_eq!(entries::ENTRIES, declared - 1);
    }
}
