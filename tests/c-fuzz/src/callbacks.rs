//! The host's callbacks. Each behaves like a careless host, which does little and sometimes fails.

use crate::entries;
use crate::host::check_text;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns the function for a type of callback, or for a field of a store.
pub(crate) fn named(of: &str) -> *mut c_void {
    match of {
        "toklink_done" => ended as *mut c_void,
        "toklink_destroy" => destroyed as *mut c_void,
        "toklink_wake_callback" => wakes as *mut c_void,
        "toklink_event_callback" => event as *mut c_void,
        "toklink_log_callback" => logged as *mut c_void,
        "toklink_read_callback" => read as *mut c_void,
        "toklink_open_url_callback" => opens as *mut c_void,
        "get" => get as *mut c_void,
        "swap" => swap as *mut c_void,
        "list" => list as *mut c_void,
        done if done.ends_with("_done") => finished as *mut c_void,
        progress => {
            assert!(progress.contains("progress"), "there is no function here for {progress}");
            stepped as *mut c_void
        }
    }
}

/// Returns true three times out of four.
fn mostly() -> bool {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    ASKED.fetch_add(1, Ordering::Relaxed) % 4 != 3
}

extern "C" fn ended(_: *mut c_void, _: u64, _error: *const c_void) {}

extern "C" fn finished(_: *mut c_void, _: u64, result: *const c_void, error: *const c_void) {
    assert_ne!(result.is_null(), error.is_null(), "a completion has either a result or an error");
}

extern "C" fn event(_: *mut c_void, event: *const c_void) {
    assert!(!event.is_null(), "an event is there");
}

extern "C" fn stepped(_: *mut c_void, progress: *const c_void) -> bool {
    assert!(!progress.is_null(), "a progress is there");
    mostly()
}

extern "C" fn logged(_: *mut c_void, _level: u32, line: *mut c_void) {
    check_text("a line of the log", line);
}

/// Opens nothing, so that no login waits for a person.
extern "C" fn opens(_: *mut c_void, url: *mut c_void) -> bool {
    check_text("the URL of a login", url);
    false
}

extern "C" fn wakes(_: *mut c_void) {}

extern "C" fn read(_: *mut c_void, buffer: *mut u8, capacity: usize, out_read: *mut usize) -> bool {
    // SAFETY: the library passes a buffer of `capacity` bytes and a valid pointer for the count.
    unsafe {
        buffer.write_bytes(7, capacity);
        // Sometimes reports more bytes than fit.
        out_read.write(if mostly() { capacity } else { usize::MAX });
    }
    mostly()
}

extern "C" fn destroyed(_: *mut c_void) {}

fn add(reply: *mut c_void, key: *const c_char, value: &std::ffi::CStr) {
    // SAFETY: the reply and the texts live during this call.
    unsafe {
        entries::toklink_store_reply_add(reply, key.cast_mut().cast(), value.as_ptr().cast_mut().cast());
    }
}

extern "C" fn get(_: *mut c_void, key: *mut c_void, reply: *mut c_void) -> bool {
    check_text("a key of the store", key);
    add(reply, key.cast(), c"{\"not\": \"what was stored\"}");
    mostly()
}

extern "C" fn swap(
    _: *mut c_void,
    key: *mut c_void,
    _: *const c_void,
    _: *const c_void,
    swapped: *mut bool,
) -> bool {
    check_text("a key of the store", key);
    // SAFETY: the library passes a valid pointer for the result.
    unsafe { swapped.write(mostly()) };
    mostly()
}

extern "C" fn list(_: *mut c_void, prefix: *mut c_void, reply: *mut c_void) -> bool {
    check_text("a prefix of the store", prefix);
    add(reply, c"elsewhere/\xff".as_ptr(), c"");
    add(reply, ptr::null(), c"x");
    mostly()
}
