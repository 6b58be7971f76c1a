//! Results: structs for the host, stored together with the memory that their pointers refer to.

use std::any::Any;
use std::ffi::c_char;
use std::fmt;
use std::ptr;

/// A result and the memory that its pointers refer to. The view is the first field, so its address is also the address
/// of the whole.
#[repr(C)]
pub(crate) struct Owned<V> {
    view: V,
    _parts: Parts,
}

/// The memory that the pointers of one result refer to: strings, child structs, and arrays of pointers.
#[derive(Default)]
pub(crate) struct Parts(Vec<Box<dyn Any>>);

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.0.len())
    }
}

/// A C struct that represents a value of the core.
pub(crate) trait View<T>: Sized + 'static {
    /// Creates the struct. Its pointers refer to memory in `parts`.
    fn of(value: &T, parts: &mut Parts) -> Self;
}

impl<V: 'static> Owned<V> {
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "the host receives its address, which must not change"
    )]
    pub(crate) fn new<T>(value: &T) -> Box<Self>
    where
        V: View<T>,
    {
        let mut parts = Parts::default();
        let view = V::of(value, &mut parts);
        Box::new(Self { view, _parts: parts })
    }

    pub(crate) fn view(&self) -> &V {
        &self.view
    }
}

/// Passes a result to the host, which frees it with [`free`].
pub(crate) fn give<V: View<T>, T>(value: &T) -> *const V {
    Box::into_raw(Owned::<V>::new(value)).cast_const().cast()
}

/// Frees a result; NULL is allowed.
///
/// # Safety
/// `result` is NULL, or [`give`] returned it for the same type, it is not freed yet, and no other thread uses it.
pub(crate) unsafe fn free<V>(result: *const V) {
    if !result.is_null() {
        // SAFETY: `give` created it from a box of this type, and the caller guarantees that it is freed once.
        drop(unsafe { Box::from_raw(result.cast_mut().cast::<Owned<V>>()) });
    }
}

impl Parts {
    /// Copies a string and appends a NUL. Replaces each NUL inside it with a space, because C would end the string
    /// there.
    pub(crate) fn text(&mut self, text: &str) -> *const c_char {
        if text.is_empty() {
            return c"".as_ptr();
        }
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend(text.bytes().map(|byte| if byte == 0 { b' ' } else { byte }));
        bytes.push(0);
        let bytes = bytes.into_boxed_slice();
        let pointer = bytes.as_ptr();
        self.0.push(Box::new(bytes));
        pointer.cast()
    }

    /// Copies a string; `None` becomes an empty string.
    pub(crate) fn maybe(&mut self, text: Option<&str>) -> *const c_char {
        self.text(text.unwrap_or_default())
    }

    /// Copies strings into an array.
    pub(crate) fn texts(&mut self, texts: &[String]) -> (*const *const c_char, usize) {
        let pointers: Vec<_> = texts.iter().map(|text| self.text(text)).collect();
        self.array(pointers)
    }

    /// Stores a child struct.
    pub(crate) fn child<V: View<T>, T>(&mut self, value: &T) -> *const V {
        let child = V::of(value, self);
        self.keep(child)
    }

    /// Stores a child struct. Returns NULL for `None`.
    pub(crate) fn maybe_child<V: View<T>, T>(&mut self, value: Option<&T>) -> *const V {
        value.map_or(ptr::null(), |value| self.child(value))
    }

    /// Stores child structs and an array of pointers to them.
    pub(crate) fn children<V: View<T>, T>(&mut self, values: &[T]) -> (*const *const V, usize) {
        let pointers: Vec<*const V> = values.iter().map(|value| self.child(value)).collect();
        self.array(pointers)
    }

    fn keep<T: 'static>(&mut self, value: T) -> *const T {
        let boxed = Box::new(value);
        let pointer: *const T = &raw const *boxed;
        self.0.push(boxed);
        pointer
    }

    fn array<T: 'static>(&mut self, pointers: Vec<T>) -> (*const T, usize) {
        let length = pointers.len();
        let pointers = pointers.into_boxed_slice();
        let pointer = pointers.as_ptr();
        self.0.push(Box::new(pointers));
        (pointer, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[repr(C)]
    struct Pair {
        name: *const c_char,
        children: *const *const Pair,
        count: usize,
    }

    impl View<Vec<&'static str>> for Pair {
        fn of(value: &Vec<&'static str>, parts: &mut Parts) -> Self {
            let rest: Vec<Vec<&'static str>> = value.iter().skip(1).map(|text| vec![*text]).collect();
            let (children, count) = parts.children(&rest);
            Self { name: parts.maybe(value.first().copied()), children, count }
        }
    }

    #[test]
    fn result_owns_its_strings_and_children() {
        let pair: *const Pair = give(&vec!["a\0b", "c"]);
        // SAFETY: created above and freed below.
        let (name, child) = unsafe { ((*pair).name, *(*pair).children) };
        // SAFETY: strings of a result that is still alive.
        unsafe {
            assert_eq!(CStr::from_ptr(name), c"a b");
            assert_eq!(CStr::from_ptr((*child).name), c"c");
            assert_eq!(((*pair).count, (*child).count), (1, 0));
            free(pair);
            free(ptr::null::<Pair>());
        }
    }
}
