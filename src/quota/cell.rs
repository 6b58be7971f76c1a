//! What is kept per key: next to nothing for one that was used once, a window and its queue for one in use.

use super::window::Window;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// How many requests may wait for one window; more are refused at once.
const MAX_WAITING: usize = 10_000;
/// A place in the queue that is behind all who wait: that of a request that does not wait.
pub(super) const LAST: u64 = u64::MAX;

/// One key's window. Most keys of a day are used once or twice, so a lone answer takes no window of its own.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// While there is no window: when the only request that may still count was answered; 0 for none.
    lone: u64,
    busy: Option<Box<Busy>>,
}

#[derive(Debug)]
pub(super) struct Busy {
    pub(super) window: Window,
    /// Who waits for this window, the senior first. A request waits at the window that blocks it longest, and keeps
    /// its number when another blocks it later.
    waiting: BTreeMap<u64, Arc<Notify>>,
    /// How many warnings were given and not taken back.
    pub(super) warned: u8,
}

/// What a full window says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full {
    /// The earliest time at which it fits.
    pub(super) earliest: u64,
    /// Whether nobody waits before it.
    pub(super) first: bool,
}

/// The measures of a lane that a cell needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measures {
    pub(super) limit: u32,
    pub(super) length_ms: u32,
}

impl Cell {
    /// The window in full, for permits of `epoch` and later when it is made only now.
    pub(super) fn busy(&mut self, measures: Measures, epoch: u32) -> &mut Busy {
        let lone = self.lone;
        self.busy.get_or_insert_with(|| {
            let mut busy = Box::new(Busy::new(measures, epoch));
            if lone > 0 {
                busy.window.remember(lone);
            }
            busy
        })
    }

    /// Takes a slot when that is plain to see: a window in full, in which nobody waits, with a free slot. Gives the count.
    #[inline]
    pub(super) fn take_plainly(&mut self, now: u64) -> Option<(u32, &mut Busy)> {
        let busy = self.busy.as_deref_mut()?;
        if busy.waiting.is_empty() && busy.window.admits(now, 0) {
            Some((busy.window.take(), busy))
        } else {
            None
        }
    }

    /// The window, if there is one in full: one that is in use, waited for or closed always is.
    #[inline]
    pub(super) fn busy_already(&mut self) -> Option<&mut Busy> {
        self.busy.as_deref_mut()
    }

    /// Whether a request with this place in the queue fits now.
    pub(super) fn admits(&mut self, measures: Measures, now: u64, place: u64) -> Result<(), Full> {
        let lone_ends = self.lone_ends(measures);
        match &mut self.busy {
            Some(busy) => busy.admits(now, place),
            None if measures.limit > 1 || lone_ends <= now => Ok(()),
            None => Err(Full { earliest: lone_ends, first: true }),
        }
    }

    /// What [`QuotaStatus`](super::QuotaStatus) tells: occupied slots, free ones, and when the next becomes free.
    pub(super) fn view(&self, measures: Measures, now: u64) -> (u32, u32, u64) {
        match &self.busy {
            Some(busy) => {
                let window = &busy.window;
                (window.count(now), window.remaining(now), window.reset_at(now))
            }
            None if self.lone_ends(measures) > now => (1, measures.limit - 1, self.lone_ends(measures)),
            None => (0, measures.limit, now),
        }
    }

    /// When the requests were answered that count at `now`, those in flight as if it were now; and until when the
    /// window is closed.
    pub(super) fn record(&self, measures: Measures, now: u64) -> (Vec<u64>, u64) {
        match &self.busy {
            Some(busy) => {
                let live = |at: &u64| *at + u64::from(measures.length_ms) > now;
                let flying = std::iter::repeat_n(now, busy.window.in_flight() as usize);
                let answers = busy.window.answer_times().filter(live).chain(flying).collect();
                (answers, busy.window.closed_until())
            }
            None if self.lone_ends(measures) > now => (vec![self.lone], 0),
            None => (Vec::new(), 0),
        }
    }

    /// Whether something in it matters at `now` or later. Shrinks what can be told in fewer bytes.
    pub(super) fn keep(&mut self, measures: Measures, now: u64) -> bool {
        self.settle(now);
        match &self.busy {
            Some(busy) => !busy.waiting.is_empty() || !busy.window.is_idle(now),
            None => self.lone_ends(measures) > now,
        }
    }

    /// Goes back to a lone answer when that is all there is.
    #[inline]
    pub(super) fn settle(&mut self, now: u64) {
        if let Some(busy) = &self.busy
            && let Some(at) = busy.window.only_answer(now)
            && busy.waiting.is_empty()
        {
            *self = Self { lone: at, busy: None };
        }
    }

    /// Forgets all requests; permits from before `epoch` count no more. Who waits looks again.
    pub(super) fn clear(&mut self, epoch: u32) {
        self.lone = 0;
        if let Some(busy) = &mut self.busy {
            busy.window.clear(epoch);
            busy.warned = 0;
            busy.call_first();
        }
    }

    fn lone_ends(&self, measures: Measures) -> u64 {
        self.lone + u64::from(measures.length_ms)
    }
}

impl Busy {
    fn new(measures: Measures, epoch: u32) -> Self {
        let window = Window::new(measures.limit, measures.length_ms, epoch);
        Self { window, waiting: BTreeMap::new(), warned: 0 }
    }

    fn admits(&mut self, now: u64, place: u64) -> Result<(), Full> {
        let ahead = match self.waiting.last_key_value() {
            None => 0,
            Some((&last, _)) if last < place => self.waiting.len(),
            Some(_) => self.waiting.range(..place).count(),
        };
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        if self.window.admits(now, ahead) {
            return Ok(());
        }
        Err(Full { earliest: self.window.earliest(now, ahead), first: ahead == 0 })
    }

    /// Queues up at `place`; `false` when the queue is full.
    pub(super) fn wait(&mut self, place: u64, turn: &Arc<Notify>) -> bool {
        if self.waiting.len() >= MAX_WAITING {
            return false;
        }
        self.waiting.insert(place, Arc::clone(turn));
        true
    }

    /// Leaves the queue; who is first now looks for itself.
    pub(super) fn leave(&mut self, place: u64) {
        let was_first = self.waiting.first_key_value().is_some_and(|(&first, _)| first == place);
        self.waiting.remove(&place);
        if was_first {
            self.call_first();
        }
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Tells the first in the queue that a slot may have become free before its time.
    pub(super) fn call_first(&self) {
        if let Some((_, turn)) = self.waiting.first_key_value() {
            turn.notify_one();
        }
    }
}
