//! The state of the host between calls, the arguments it creates from the input, and the checks of each result.

use crate::callbacks::{self, Store};
use crate::entries;
use crate::input::Input;
use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

const INTERNAL: u32 = 14;
const PANIC: u32 = 1000;

/// The value of an output before a call, and after one that failed.
const UNTOUCHED: usize = 0x5aa5_5aa5_5aa5_5aa5;

unsafe extern "C" {
    fn toklink_testing_arm(stage: u32, panics: bool);
    fn toklink_testing_disarm() -> bool;
}

/// `toklink_str`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    data: *const u8,
    len: usize,
}

/// Returns NULL with success if nothing is found.
const MAY_FIND_NOTHING: &str = "toklink_client_find_publish";

impl Text {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// An impossible length of a text.
    pub(crate) fn wild() -> Self {
        Self { data: c"x".as_ptr().cast(), len: usize::MAX }
    }
}

/// `toklink_buf`, and space for any smaller output.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Place {
    slot: [usize; 2],
    given: bool,
}

impl Place {
    pub(crate) fn at(&mut self) -> *mut c_void {
        if self.given { self.slot.as_mut_ptr().cast() } else { ptr::null_mut() }
    }

    fn is_untouched(&self) -> bool {
        self.slot == [UNTOUCHED; 2]
    }
}

/// A handle, or a view that lives as long as its owner.
struct Held {
    of: &'static str,
    pointer: *mut c_void,
    owner: Option<*mut c_void>,
}

pub(crate) struct Host<'a> {
    input: Input<'a>,
    held: Vec<Held>,
    /// Inputs of the current call, freed before the next one.
    texts: Vec<Vec<u8>>,
    arrays: Vec<Vec<Text>>,
    store: Option<Box<Store>>,
    /// Other values to free at the end.
    buffers: Vec<Place>,
    armed: bool,
}

impl<'a> Host<'a> {
    /// Creates a host with options and the client that all inputs share.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let mut host = Self {
            input: Input::new(bytes),
            held: Vec::new(),
            texts: Vec::new(),
            arrays: Vec::new(),
            store: None,
            buffers: Vec::new(),
            armed: false,
        };
        host.keep("toklink_client_options", settings());
        host
    }

    pub(crate) fn entry(&mut self) -> usize {
        self.texts.clear();
        self.arrays.clear();
        self.input.two_bytes()
    }

    /// Frees everything, in an order that the input selects.
    pub(crate) fn leave(mut self) {
        if self.flag() {
            self.held.reverse();
        }
        // SAFETY: has no preconditions.
        let _missed = unsafe { toklink_testing_disarm() };
        for held in self.held.iter().filter(|held| held.owner.is_none()) {
            entries::free(held.of, held.pointer);
        }
        for buffer in &mut self.buffers {
            entries::free("toklink_buf", buffer.slot.as_mut_ptr().cast());
        }
    }

    pub(crate) fn about_to_call(&mut self) {
        if self.armed {
            // SAFETY: has no preconditions. Disarms the fault of the last call.
            let _missed = unsafe { toklink_testing_disarm() };
        }
        // Most calls run without an injected fault.
        self.armed = self.input.byte() >= 250;
        if self.armed {
            let stage = u32::from(self.input.byte() % 9) + 1;
            // SAFETY: accepts any number.
            unsafe { toklink_testing_arm(stage, false) };
        }
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.input.byte() % 2 == 1
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.input.number()
    }

    /// Returns a handle of this type, or NULL.
    pub(crate) fn handle(&mut self, of: &str) -> *mut c_void {
        let choice = usize::from(self.input.byte());
        let lasting = (of == "toklink_client").then(client);
        let held = self.held.iter().filter(|held| held.of == of).map(|held| held.pointer);
        let known: Vec<_> = lasting.into_iter().chain(held).collect();
        if choice < 16 {
            ptr::null_mut()
        } else {
            known.get(choice % known.len().max(1)).copied().unwrap_or(ptr::null_mut())
        }
    }

    /// Returns a handle that this input created, or NULL.
    pub(crate) fn own(&mut self, of: &str) -> *mut c_void {
        let choice = usize::from(self.input.byte());
        let known: Vec<_> = self.held.iter().filter(|held| held.of == of && held.owner.is_none()).collect();
        known.get(choice % known.len().max(1)).map_or(ptr::null_mut(), |held| held.pointer)
    }

    /// Removes and returns a handle to free. Neither it nor its views are used after that.
    pub(crate) fn give_back(&mut self, of: &str) -> *mut c_void {
        let pointer = self.own(of);
        let mut gone = vec![pointer];
        while let Some(owner) = gone.pop() {
            gone.extend(self.held.iter().filter(|held| held.owner == Some(owner)).map(|held| held.pointer));
            self.held.retain(|held| held.pointer != owner || held.owner.is_some());
            self.held.retain(|held| held.owner != Some(owner));
        }
        pointer
    }

    /// Returns a valid or invalid text: other bytes, NULL with a length, or an impossible length.
    pub(crate) fn text(&mut self, name: &str) -> Text {
        match self.input.byte() {
            0..=7 => Text { data: ptr::null(), len: self.input.below(8) },
            8..=11 => Text::wild(),
            12..=15 => Text { data: ptr::dangling(), len: 0 },
            16..=19 => Text { len: isize::MAX.unsigned_abs() + 1, ..Text::wild() },
            _ => {
                let text = self.input.text(name);
                self.texts.push(text);
                self.texts.last().map_or(Text::of(b""), |text| Text::of(text))
            }
        }
    }

    /// Returns a pointer to an array of strings or byte buffers. `array_length` returns its length.
    pub(crate) fn array(&mut self, of_texts: bool) -> *mut c_void {
        let count = self.input.below(40);
        if self.input.byte() < 16 {
            return ptr::null_mut();
        }
        let array: Vec<Text> =
            (0..count).map(|_| if of_texts { self.text("") } else { Text::of(b"\0") }).collect();
        self.arrays.push(array);
        self.arrays.last().map_or(ptr::null_mut(), |array| array.as_ptr().cast_mut().cast())
    }

    /// Returns a length within the array, or an impossible one.
    pub(crate) fn array_length(&mut self, array: *mut c_void) -> usize {
        match self.input.byte() {
            0..=7 => usize::MAX,
            8..=15 => isize::MAX.unsigned_abs() + 1,
            byte if array.is_null() => usize::from(byte % 4),
            _ => self.arrays.last().map_or(0, Vec::len),
        }
    }

    pub(crate) fn c_string(&mut self) -> *mut c_void {
        let mut text = self.input.text("");
        text.push(0);
        self.texts.push(text);
        let there = self.flag();
        self.texts.last().filter(|_| there).map_or(ptr::null_mut(), |text| text.as_ptr().cast_mut().cast())
    }

    pub(crate) fn store(&mut self) -> *mut c_void {
        let which = self.input.byte();
        if which >= 240 {
            return ptr::null_mut();
        }
        let which = if which < 128 { 0 } else { which };
        ptr::from_mut(&mut **self.store.insert(Box::new(Store::of(which)))).cast()
    }

    /// Returns user data, which only the host reads.
    pub(crate) fn user_data(&mut self) -> *mut c_void {
        ptr::without_provenance_mut(usize::from(self.input.byte()))
    }

    pub(crate) fn callback(&mut self, of: &str) -> *mut c_void {
        if self.input.byte() < 32 { ptr::null_mut() } else { callbacks::named(of) }
    }

    pub(crate) fn place(&mut self) -> Place {
        Place { slot: [UNTOUCHED; 2], given: self.input.byte() >= 16 }
    }

    /// Returns a buffer that is filled, freed or empty.
    pub(crate) fn buffer(&mut self) -> Place {
        let given = self.flag();
        let empty = Place { slot: [0; 2], given };
        if given { self.buffers.pop().unwrap_or(empty) } else { empty }
    }

    /// Returns true if a call succeeded.
    pub(crate) fn ended(&mut self, function: &str, status: u32) -> bool {
        assert!(self.armed || status != INTERNAL, "{function} has a fault");
        assert_ne!(status, PANIC, "{function} panicked");
        status == 0
    }

    /// Asserts that an error exists exactly if the call failed, and has its status.
    pub(crate) fn failed(&mut self, function: &str, place: &Place, ended: bool) {
        if ended || !place.given {
            assert!(place.is_untouched(), "{function} wrote an error without one");
            return;
        }
        assert!(!place.is_untouched(), "{function} failed without an error");
        let error = ptr::with_exposed_provenance_mut(place.slot[0]);
        // SAFETY: the library has written it in this call.
        let status = unsafe { entries::toklink_error_status(error) };
        assert_ne!(status, 0, "{function} failed with an error of success");
        self.keep("toklink_error", error);
    }

    /// Asserts that the library writes an allocated output only on success.
    pub(crate) fn made(&mut self, function: &str, of: &'static str, place: &Place, ended: bool) {
        if self.written(function, place, ended) {
            assert!(place.given, "{function} succeeded without a place for its output");
            let handle: *mut c_void = ptr::with_exposed_provenance_mut(place.slot[0]);
            if !handle.is_null() || function != MAY_FIND_NOTHING {
                self.keep(of, handle);
            }
        }
    }

    pub(crate) fn filled(&mut self, function: &str, place: &Place, ended: bool) {
        if self.written(function, place, ended) {
            assert!(place.given, "{function} succeeded without a place for its output");
            let data = ptr::with_exposed_provenance(place.slot[0]);
            check_text(function, &Text { data, len: place.slot[1] });
            self.buffers.push(Place { slot: place.slot, given: true });
        }
    }

    /// Asserts that a plain output is unchanged if the call failed.
    #[expect(clippy::unused_self, reason = "called as the others are")]
    pub(crate) fn written(&mut self, function: &str, place: &Place, ended: bool) -> bool {
        assert!(ended || place.is_untouched(), "{function} wrote an output though it failed");
        ended
    }

    #[expect(clippy::unused_self, reason = "called as the others are")]
    pub(crate) fn returned(&mut self, function: &str, text: &Text) {
        check_text(function, text);
    }

    pub(crate) fn keep(&mut self, of: &'static str, pointer: *mut c_void) {
        assert!(!pointer.is_null(), "{of} was made and is NULL");
        self.held.push(Held { of, pointer, owner: None });
    }

    pub(crate) fn see(&mut self, of: &'static str, pointer: *mut c_void, owner: *mut c_void) {
        if !pointer.is_null() {
            self.held.push(Held { of, pointer, owner: Some(owner) });
        }
    }
}

/// Asserts that a text of the library is not NULL, is UTF-8, and ends with a NUL.
pub(crate) fn check_text(function: &str, text: &Text) {
    assert!(!text.data.is_null(), "{function} gave text that is NULL");
    // SAFETY: the library guarantees `len` bytes and a NUL.
    let bytes = unsafe { std::slice::from_raw_parts(text.data, text.len + 1) };
    assert_eq!(bytes.last(), Some(&0), "{function} gave text without a NUL behind it");
    assert!(std::str::from_utf8(bytes).is_ok(), "{function} gave text that is not UTF-8");
}

/// Creates complete options with an unreachable TikTok.
fn settings() -> *mut c_void {
    let nowhere = Text::of(b"http://127.0.0.1:9");
    let key = Text::of(b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let none = ptr::null_mut();
    // SAFETY: the options are new, the texts are constants, and an error may be NULL.
    unsafe {
        let options = entries::toklink_client_options_new();
        let statuses = [
            entries::toklink_client_options_set_client_key(options, Text::of(b"awfuzz0000000001"), none),
            entries::toklink_client_options_set_client_secret(options, Text::of(b"a-secret-of-no-app"), none),
            entries::toklink_client_options_set_encryption_key(options, key, none),
            entries::toklink_client_options_set_api_base_url(options, nowhere, none),
            entries::toklink_client_options_set_auth_base_url(options, nowhere, none),
        ];
        assert_eq!(statuses, [0; 5], "the settings are taken");
        options
    }
}

/// Returns the client of all inputs. It is never closed or freed, so that its calls reach deep code.
fn client() -> *mut c_void {
    static CLIENT: OnceLock<usize> = OnceLock::new();
    let made = CLIENT.get_or_init(|| {
        let options = settings();
        let mut client: *mut c_void = ptr::null_mut();
        // SAFETY: the options are valid and freed once.
        let status =
            unsafe { entries::toklink_client_new(options, (&raw mut client).cast(), ptr::null_mut()) };
        assert_eq!(status, 0, "a client is made");
        entries::free("toklink_client_options", options);
        client.expose_provenance()
    });
    ptr::with_exposed_provenance_mut(*made)
}
