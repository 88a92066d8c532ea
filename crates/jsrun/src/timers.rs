//! How many timers wait, and how many may.

use std::cell::Cell;

/// The timers of one runtime, as js/timers.js reports them.
pub(crate) struct Timers {
    most: u32,
    timeouts: Cell<u32>,
    intervals: Cell<u32>,
    last_id: Cell<f64>,
}

impl Timers {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, timeouts: Cell::new(0), intervals: Cell::new(0), last_id: Cell::new(0.0) }
    }

    /// A timer was made. When it is one too many, gives how many there may be.
    pub(crate) fn begin(&self, id: f64, repeats: bool) -> Option<u32> {
        self.last_id.set(id);
        let count = if repeats { &self.intervals } else { &self.timeouts };
        count.set(count.get() + 1);
        (self.timeouts.get() + self.intervals.get() > self.most).then_some(self.most)
    }

    /// A timeout has fired, or a timer was cleared.
    pub(crate) fn end(&self, repeats: bool) {
        let count = if repeats { &self.intervals } else { &self.timeouts };
        count.set(count.get().saturating_sub(1));
    }

    /// Whether none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.timeouts.get() == 0 && self.intervals.get() == 0
    }

    /// The highest id so far. Ids only go up.
    pub(crate) fn last_id(&self) -> f64 {
        self.last_id.get()
    }

    pub(crate) fn timeouts(&self) -> usize {
        self.timeouts.get() as usize
    }

    pub(crate) fn intervals(&self) -> usize {
        self.intervals.get() as usize
    }
}
