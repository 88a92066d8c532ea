//! How much of what the worker asks the host may hold at a time.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many asks may go on at once: more than any program has a use for, and what one can make the host hold is bounded.
const MOST: usize = 100_000;

/// How long their frames may be in all. A single one may be longer.
const MOST_BYTES: usize = 64 << 20;

/// What the asks take that go on.
#[derive(Debug, Default)]
pub(super) struct Permits(Arc<Taken>);

#[derive(Debug, Default)]
struct Taken {
    asks: AtomicUsize,
    bytes: AtomicUsize,
}

/// A place among what the host holds for its worker. It is free again when the last copy is dropped: hosts whose work goes on
/// after its future was dropped keep one with the work.
#[derive(Clone, Debug)]
pub struct Permit {
    _place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    taken: Arc<Taken>,
    bytes: usize,
}

thread_local! {
    static CURRENT: RefCell<Option<Permit>> = const { RefCell::new(None) };
}

impl Permits {
    /// A place for an ask whose frame has this length, if there is one.
    pub(super) fn take(&self, bytes: usize) -> Option<Permit> {
        // Only the session's thread takes any.
        let taken = self.0.bytes.load(Ordering::Relaxed);
        let is_full = self.0.asks.load(Ordering::Relaxed) >= MOST
            || taken > 0 && taken.saturating_add(bytes) > MOST_BYTES;
        if is_full {
            return None;
        }
        self.0.asks.fetch_add(1, Ordering::Relaxed);
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(Permit { _place: Arc::new(Place { taken: Arc::clone(&self.0), bytes }) })
    }
}

impl Permit {
    /// The place of the ask that this thread calls a host function, stream or loader for.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Does work that finds this as the [current](Permit::current) one. It must not unwind.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        CURRENT.set(Some(self.clone()));
        let done = work();
        CURRENT.set(None);
        done
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.asks.fetch_sub(1, Ordering::Relaxed);
        self.taken.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_number_and_size_and_free_when_the_last_copy_goes() {
        let permits = Permits::default();
        let long = permits.take(2 * MOST_BYTES).expect("a single one may be long");
        assert!(permits.take(1).is_none());
        let copy = long.clone();
        drop(long);
        assert!(permits.take(1).is_none());
        drop(copy);
        let mut short: Vec<_> = (0..MOST).map(|_| permits.take(1).expect("a place")).collect();
        assert!(permits.take(0).is_none());
        short.pop();
        assert!(permits.take(MOST_BYTES).is_none());
        assert!(permits.take(MOST_BYTES - MOST + 1).is_some());
    }

    #[test]
    fn the_work_finds_its_own_place() {
        let permit = Permits::default().take(1).expect("a place");
        assert!(permit.within(Permit::current).is_some());
        assert!(Permit::current().is_none());
    }
}
