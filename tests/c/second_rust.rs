//! A static library of another Rust program: it uses the standard library, threads and caught panics, as toklink does.

use std::panic::catch_unwind;
use std::thread;

/// Returns the sum of 1 to `last`, computed on another thread, or -1 if that thread cannot run.
#[unsafe(no_mangle)]
pub extern "C" fn second_rust_sum(last: u32) -> i64 {
    thread::spawn(move || (1..=i64::from(last)).collect::<Vec<_>>().into_iter().sum()).join().unwrap_or(-1)
}

/// Returns true if a panic was caught.
#[unsafe(no_mangle)]
pub extern "C" fn second_rust_catches() -> bool {
    catch_unwind(|| panic!("a panic that the test asked for")).is_err()
}
