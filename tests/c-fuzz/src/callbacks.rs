//! The host's callbacks. Each behaves like a careless host: it does little and sometimes fails.

use crate::entries;
use crate::host::{Text, check_text};
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

/// The callbacks of a store, as in the header.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Store {
    user_data: *mut c_void,
    get: *mut c_void,
    swap: *mut c_void,
    list: *mut c_void,
    destroy: *mut c_void,
}

impl Store {
    /// Returns a table in which each function may be missing.
    pub(crate) fn of(which: u8) -> Self {
        let given =
            |bit: u8, function: *mut c_void| if which & bit == 0 { function } else { ptr::null_mut() };
        Self {
            user_data: ptr::null_mut(),
            get: given(1, get as *mut c_void),
            swap: given(2, swap as *mut c_void),
            list: given(4, list as *mut c_void),
            destroy: given(8, destroyed as *mut c_void),
        }
    }
}

/// Returns the function for a type of callback.
pub(crate) fn named(of: &str) -> *mut c_void {
    match of {
        "toklink_collect_done" => collected as *mut c_void,
        "toklink_login_done" => logged_in as *mut c_void,
        "toklink_account_metrics_done" => measured as *mut c_void,
        "toklink_publish_done" => published as *mut c_void,
        "toklink_reseal_done" => resealed as *mut c_void,
        "toklink_event_callback" => event as *mut c_void,
        "toklink_log_callback" => logged as *mut c_void,
        "toklink_quota_warning_callback" => warned as *mut c_void,
        "toklink_read_callback" => read as *mut c_void,
        "toklink_destroy" => destroyed as *mut c_void,
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

fn done(of: &str, status: u32, result: *mut c_void, error: *mut c_void) {
    assert_eq!(status == 0, error.is_null(), "{of}: a completion has an error exactly when it failed");
    assert_eq!(status == 0, !result.is_null(), "{of}: a completion has a result exactly when it succeeded");
    entries::free(of, result);
    entries::free("toklink_error", error);
}

extern "C" fn collected(_: *mut c_void, _: u64, status: u32, result: *mut c_void, error: *mut c_void) {
    done("toklink_collect_report", status, result, error);
}

extern "C" fn logged_in(_: *mut c_void, _: u64, status: u32, result: *mut c_void, error: *mut c_void) {
    done("toklink_login_result", status, result, error);
}

extern "C" fn measured(_: *mut c_void, _: u64, status: u32, result: *mut c_void, error: *mut c_void) {
    done("toklink_account_metrics", status, result, error);
}

extern "C" fn published(_: *mut c_void, _: u64, status: u32, result: *mut c_void, error: *mut c_void) {
    done("toklink_publish_outcome", status, result, error);
}

extern "C" fn resealed(_: *mut c_void, _: u64, status: u32, result: *mut c_void, error: *mut c_void) {
    done("toklink_reseal_report", status, result, error);
}

extern "C" fn event(_: *mut c_void, event: *const c_void) {
    assert!(!event.is_null(), "an event is there");
}

extern "C" fn stepped(_: *mut c_void, progress: *const c_void) -> bool {
    assert!(!progress.is_null(), "a progress is there");
    mostly()
}

extern "C" fn logged(_: *mut c_void, _level: u32, line: Text) {
    check_text("a line of the log", &line);
}

extern "C" fn warned(_: *mut c_void, tenant: Text, open_id: Text, _: u32, _: u32, _: u32, _: u32, _: u64) {
    check_text("the tenant of a warning", &tenant);
    check_text("the account of a warning", &open_id);
}

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

extern "C" fn get(_: *mut c_void, key: Text, reply: *mut c_void) -> bool {
    check_text("a key of the store", &key);
    // SAFETY: the reply and the texts live during this call.
    unsafe { entries::toklink_store_reply_add(reply, key, Text::of(b"{\"not\": \"what was kept\"}")) };
    mostly()
}

extern "C" fn swap(_: *mut c_void, key: Text, _: *const Text, _: *const Text, swapped: *mut bool) -> bool {
    check_text("a key of the store", &key);
    // SAFETY: the library passes a valid pointer for the result.
    unsafe { swapped.write(mostly()) };
    mostly()
}

extern "C" fn list(_: *mut c_void, prefix: Text, reply: *mut c_void) -> bool {
    check_text("a prefix of the store", &prefix);
    // SAFETY: the reply lives during this call. The library rejects the invalid text by its length.
    unsafe {
        entries::toklink_store_reply_add(reply, Text::of(b"elsewhere/\xff"), Text::of(b"\0"));
        entries::toklink_store_reply_add(reply, Text::wild(), Text::wild());
    }
    mostly()
}
