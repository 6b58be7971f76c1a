//! All windows of one scope, in shards with one lock each. All windows of a subject are in the same shard.

use super::keys::Fingerprint;
use super::window::Window;
use hashbrown::HashTable;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The number of locks. Threads only wait for each other when they use the same shard.
const SHARDS: usize = 64;

#[derive(Debug)]
pub(super) struct Windows(Box<[Shard]>);

/// Aligned to a pair of cache lines, so that threads do not slow each other down on different shards.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<WindowTable>);

/// The windows of one shard. Each window contains its key, so that an unused entry of the table is only one pointer.
#[derive(Debug, Default)]
pub(super) struct WindowTable(HashTable<Box<KeyedWindow>>);

/// The window of one subject under one limit.
#[derive(Debug)]
pub(super) struct KeyedWindow {
    pub(super) window: Window,
    pub(super) key: Fingerprint,
}

impl Default for Windows {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl Windows {
    /// Locks the shard with the windows of `key`.
    #[inline]
    pub(super) fn lock(&self, key: Fingerprint) -> MutexGuard<'_, WindowTable> {
        // The table uses the first bytes of the key.
        self.0[usize::from(key[15]) % SHARDS].lock()
    }

    /// Locks one shard after another.
    #[cfg(any(feature = "redis", test))]
    pub(super) fn tables(&self) -> impl Iterator<Item = MutexGuard<'_, WindowTable>> {
        self.0.iter().map(Shard::lock)
    }
}

impl Shard {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, WindowTable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WindowTable {
    #[inline]
    pub(super) fn get(&mut self, key: Fingerprint, limit: u8) -> Option<&mut KeyedWindow> {
        self.0.find_mut(hash(key, limit), |window| window.is(key, limit)).map(|window| &mut **window)
    }

    /// Returns the window, created for permits of `epoch` and later if there is none.
    #[inline]
    pub(super) fn get_or_create(
        &mut self,
        key: Fingerprint,
        limit: u8,
        epoch: u32,
        now: u64,
    ) -> &mut KeyedWindow {
        match self.0.find_entry(hash(key, limit), |window| window.is(key, limit)) {
            Ok(entry) => entry.into_mut(),
            Err(absent) => {
                let table = absent.into_table();
                if table.len() == table.capacity() {
                    remove_idle(table, now);
                }
                let window = Box::new(KeyedWindow { window: Window::new(epoch, limit), key });
                table.insert_unique(window.hash(), window, |window| window.hash()).into_mut()
            }
        }
    }

    #[cfg(any(feature = "redis", test))]
    pub(super) fn iter(&self) -> impl Iterator<Item = &KeyedWindow> {
        self.0.iter().map(|window| &**window)
    }

    /// Returns the number of windows and the capacity of the table.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.0.len(), self.0.capacity())
    }
}

/// Removes the idle windows of a full table. Afterwards, at least half of the table is free, so the cost per new window is constant.
#[cold]
fn remove_idle(table: &mut HashTable<Box<KeyedWindow>>, now: u64) {
    table.retain(|window| !window.window.is_idle(now));
    let windows = table.len();
    if windows > table.capacity() / 2 {
        table.reserve(windows, |window| window.hash());
    } else {
        table.shrink_to(4 * windows, |window| window.hash());
    }
}

impl KeyedWindow {
    #[inline]
    fn is(&self, key: Fingerprint, limit: u8) -> bool {
        self.key == key && self.window.number == limit
    }

    fn hash(&self) -> u64 {
        hash(self.key, self.window.number)
    }
}

/// Returns a hash of the window's key and limit. The key is already a hash; the factor spreads the limits over the table.
#[inline]
fn hash(key: Fingerprint, limit: u8) -> u64 {
    let half = key.first_chunk().map_or(0, |half| u64::from_le_bytes(*half));
    half ^ u64::from(limit).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
