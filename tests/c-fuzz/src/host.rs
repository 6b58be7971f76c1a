//! The state of the host between calls, the arguments it creates from the input, and the checks of each result.

use crate::account::{CLIENT_KEY, CLIENT_SECRET, ENCRYPTION_KEY, Server};
use crate::callbacks;
use crate::entries;
use crate::input::Input;
use std::ffi::{CStr, c_void};
use std::ptr;

const INTERNAL: u32 = 14;
const PANIC: u32 = 1000;

/// The value of an output before a call, and after one that failed.
const UNTOUCHED: usize = 0x5aa5_5aa5_5aa5_5aa5;

unsafe extern "C" {
    fn toklink_testing_arm(stage: u32, panics: bool);
    fn toklink_testing_disarm() -> bool;
}

/// Space for an output.
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

/// A value to free.
struct Held {
    of: &'static str,
    pointer: *mut c_void,
}

pub(crate) struct Host<'a> {
    input: Input<'a>,
    server: &'a Server,
    held: Vec<Held>,
    /// Inputs of the current call, freed before the next one.
    texts: Vec<Vec<u8>>,
    arrays: Vec<Vec<usize>>,
    structs: Vec<Vec<u64>>,
    /// Length of the last array.
    length: usize,
    armed: bool,
}

impl<'a> Host<'a> {
    /// Creates a host with the client that all inputs share.
    pub(crate) fn new(bytes: &'a [u8], server: &'a Server) -> Self {
        Self {
            input: Input::new(bytes),
            server,
            held: Vec::new(),
            texts: Vec::new(),
            arrays: Vec::new(),
            structs: Vec::new(),
            length: 0,
            armed: false,
        }
    }

    pub(crate) fn entry(&mut self) -> usize {
        self.texts.clear();
        self.arrays.clear();
        self.structs.clear();
        self.input.two_bytes()
    }

    /// Frees everything, in an order that the input selects.
    pub(crate) fn leave(mut self) {
        if self.flag() {
            self.held.reverse();
        }
        // SAFETY: has no preconditions.
        let _missed = unsafe { toklink_testing_disarm() };
        for held in &self.held {
            entries::free(held.of, held.pointer);
        }
    }

    pub(crate) fn about_to_call(&mut self) {
        if self.armed {
            // SAFETY: has no preconditions. Removes the fault of the last call.
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
        let lasting = (of == "toklink_client").then(|| self.server.client());
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
        let known: Vec<_> = self.held.iter().filter(|held| held.of == of).collect();
        known.get(choice % known.len().max(1)).map_or(ptr::null_mut(), |held| held.pointer)
    }

    /// Removes and returns a value to free, which is not used after that.
    pub(crate) fn give_back(&mut self, of: &str) -> *mut c_void {
        let pointer = self.own(of);
        self.held.retain(|held| held.pointer != pointer);
        pointer
    }

    /// Returns a C string of any bytes, or NULL.
    pub(crate) fn text(&mut self, name: &str) -> *mut c_void {
        if self.input.byte() < 12 {
            return ptr::null_mut();
        }
        let mut text = match name {
            "account" if self.input.byte() < 192 => self.server.account.as_bytes().to_vec(),
            name => self.input.text(if name.ends_with("path") || name == "ca_file" { "path" } else { name }),
        };
        text.retain(|byte| *byte != 0);
        text.push(0);
        self.texts.push(text);
        self.texts.last().map_or(ptr::null_mut(), |text| text.as_ptr().cast_mut().cast())
    }

    /// Returns a pointer to an array of `of`, or NULL. `array_length` returns its length.
    pub(crate) fn array(&mut self, of: &str) -> *mut c_void {
        let count = self.input.below(40);
        self.length = count;
        if self.input.byte() < 16 {
            return ptr::null_mut();
        }
        let mut array = Vec::new();
        for _ in 0..count {
            if of == "const toklink_caption_part*" {
                array.push(self.input.below(4));
            }
            array.push(self.text("").expose_provenance());
        }
        self.arrays.push(array);
        self.arrays.last().map_or(ptr::null_mut(), |array| array.as_ptr().cast_mut().cast())
    }

    /// Returns the length of the last array, or an impossible one.
    pub(crate) fn array_length(&mut self) -> usize {
        match self.input.byte() {
            0..=7 => usize::MAX,
            8..=15 => isize::MAX.unsigned_abs() + 1,
            _ => self.length,
        }
    }

    /// Returns a struct of options, laid out as in C: most fields have their default. Sometimes NULL, or of another size.
    pub(crate) fn options(&mut self, of: &str) -> *mut c_void {
        if self.input.byte() < 8 {
            return ptr::null_mut();
        }
        let mut bytes = vec![0_u8; 8];
        let mut put = |value: u64, size: usize| {
            bytes.resize(bytes.len().next_multiple_of(size), 0);
            bytes.extend(value.to_le_bytes().iter().take(size));
        };
        let complete = of == "toklink_options" && self.input.byte() < 160;
        for (kind, name) in entries::fields(of) {
            let given = self.input.byte() >= 160;
            let pointer = |pointer: *mut c_void| pointer.expose_provenance() as u64;
            let (value, size) = match *kind {
                "bool" => (u64::from(given && self.flag()), 1),
                "uint32_t" => (if given { self.number() & 0xffff_ffff } else { 0 }, 4),
                "size_t" if name.ends_with("_count") || *name == "data_size" => (self.length as u64, 8),
                "size_t" | "uint64_t" | "int64_t" => (if given { self.number() } else { 0 }, 8),
                _ if complete && SETTINGS.iter().any(|(known, _)| known == name) => {
                    let text =
                        SETTINGS.iter().find(|(known, _)| known == name).map_or(c"", |(_, text)| *text);
                    (pointer(text.as_ptr().cast_mut().cast()), 8)
                }
                "const char*" => (if given || *name == "account" { pointer(self.text(name)) } else { 0 }, 8),
                "const char*const*" | "const uint8_t*" => {
                    let array = if given { self.array(kind) } else { ptr::null_mut() };
                    self.length = if given && !array.is_null() { self.length } else { 0 };
                    (pointer(array), 8)
                }
                "const toklink_store*" => (if given { pointer(self.options("toklink_store")) } else { 0 }, 8),
                "void*" => (pointer(self.user_data()), 8),
                "callback" => {
                    (pointer(if given || self.flag() { callbacks::named(name) } else { ptr::null_mut() }), 8)
                }
                callback => (if given { pointer(callbacks::named(callback)) } else { 0 }, 8),
            };
            put(value, size);
        }
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let size = match self.input.byte() {
            // A whole number of fields of 8 bytes, as every older header has.
            0..=3 => self.number().min(bytes.len() as u64) / 8 * 8,
            4..=7 => 1 << 40,
            _ => bytes.len() as u64,
        };
        let mut words: Vec<u64> = bytes
            .chunks_exact(8)
            .map(|word| u64::from_le_bytes(std::array::from_fn(|at| word[at])))
            .collect();
        words[0] = size;
        self.structs.push(words);
        self.structs.last().map_or(ptr::null_mut(), |words| words.as_ptr().cast_mut().cast())
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
        let error: *mut c_void = ptr::with_exposed_provenance_mut(place.slot[0]);
        // SAFETY: the library has written it in this call.
        let status = unsafe { error.cast::<u32>().read() };
        assert_ne!(status, 0, "{function} failed with an error of success");
        assert!(self.armed || status != INTERNAL, "{function} has a fault");
        assert_ne!(status, PANIC, "{function} panicked");
        let _kept = self.keep("toklink_error", error);
    }

    /// Keeps an output that the library allocates; NULL if nothing was found.
    pub(crate) fn made(&mut self, of: &'static str, place: &Place, ended: bool) {
        assert!(ended || place.is_untouched(), "{of} was written though the call failed");
        if ended && place.given {
            let _kept = self.keep(of, ptr::with_exposed_provenance_mut(place.slot[0]));
        }
    }

    /// Keeps a text output.
    pub(crate) fn text_in(&mut self, place: &Place, ended: bool) {
        self.made("toklink_text", place, ended);
    }

    /// Checks a text that lives as long as the program.
    #[expect(clippy::unused_self, reason = "called as the others are")]
    pub(crate) fn constant(&mut self, function: &str, text: *mut c_void) -> bool {
        check_text(function, text);
        true
    }

    /// Keeps a result to free; returns true if there is one.
    pub(crate) fn keep(&mut self, of: &'static str, pointer: *mut c_void) -> bool {
        if pointer.is_null() {
            return false;
        }
        if of == "toklink_text" {
            check_text(of, pointer);
        }
        self.held.push(Held { of, pointer });
        true
    }
}

/// Asserts that a text of the library is not NULL and is UTF-8.
pub(crate) fn check_text(function: &str, text: *mut c_void) {
    assert!(!text.is_null(), "{function} returned text that is NULL");
    // SAFETY: texts of the library end with a NUL.
    let text = unsafe { CStr::from_ptr(text.cast()) };
    assert!(text.to_str().is_ok(), "{function} returned text that is not UTF-8");
}

/// Settings with which the input creates clients of its own; TikTok is unreachable.
const SETTINGS: [(&str, &CStr); 5] = [
    ("client_key", CLIENT_KEY),
    ("client_secret", CLIENT_SECRET),
    ("encryption_key", ENCRYPTION_KEY),
    ("api_base_url", c"http://127.0.0.1:9"),
    ("auth_base_url", c"http://127.0.0.1:9"),
];
