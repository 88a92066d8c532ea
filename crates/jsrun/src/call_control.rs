//! How callers stop their calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::stop::{Running, Stop};

/// What a call's caller holds to stop it.
pub(crate) struct CallControl {
    pub(crate) number: u64,
    cancelled: AtomicBool,
    /// Whether its promise is being waited for.
    pub(crate) waits: AtomicBool,
    pub(crate) stop: Arc<Stop>,
}

impl CallControl {
    pub(crate) fn new(stop: Arc<Stop>) -> Arc<Self> {
        Self::of(Self::next_number(), stop)
    }

    /// That of a call with a number.
    pub(crate) fn of(number: u64, stop: Arc<Stop>) -> Arc<Self> {
        Arc::new(Self { number, cancelled: AtomicBool::new(false), waits: AtomicBool::new(false), stop })
    }

    /// The number of the next call.
    pub(crate) fn next_number() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// Stops the call, or keeps it from beginning.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.stop.cancel_call(self.number, self.waits.load(Ordering::Acquire));
    }

    /// Whose JavaScript is to run.
    pub(crate) fn running(&self) -> Running {
        Running::Call(self.number)
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}
