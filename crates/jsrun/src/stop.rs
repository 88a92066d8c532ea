//! Stopping a run: one reason, from any thread, that outlives whatever the program does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use deno_core::futures::task::AtomicWaker;
use deno_core::v8;
use jsrun_types::LimitKind;

use crate::watchdog;

/// Why a run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Limit(LimitKind),
    Cancelled,
}

const RUNNING: u8 = 0;
const REASONS: [StopReason; 5] = [
    StopReason::Limit(LimitKind::Wall),
    StopReason::Limit(LimitKind::Cpu),
    StopReason::Limit(LimitKind::Memory),
    StopReason::Limit(LimitKind::Output),
    StopReason::Cancelled,
];

impl StopReason {
    fn code(self) -> u8 {
        match self {
            Self::Limit(LimitKind::Wall) => 1,
            Self::Limit(LimitKind::Cpu) => 2,
            Self::Limit(LimitKind::Memory) => 3,
            Self::Limit(LimitKind::Output) => 4,
            Self::Cancelled => 5,
        }
    }
}

/// The stop signal of one runtime.
///
/// V8's own termination flag is not enough: V8 and `deno_core` clear it when they turn an exception into text, and it
/// is seen only at the next entry into JavaScript. The reason here stays until the run is over, and the watchdog
/// raises V8's flag again and again until then.
pub(crate) struct Stop {
    reason: AtomicU8,
    isolate: v8::IsolateHandle,
    event_loop: AtomicWaker,
}

impl Stop {
    pub(crate) fn new(isolate: v8::IsolateHandle) -> Arc<Self> {
        Arc::new(Self { reason: AtomicU8::new(RUNNING), isolate, event_loop: AtomicWaker::new() })
    }

    /// Stops the run; the first reason wins.
    pub(crate) fn request(&self, reason: StopReason) {
        self.request_from_watchdog(reason);
        watchdog::notice();
    }

    /// As [`Stop::request`], by the watchdog itself, which need not be told.
    pub(crate) fn request_from_watchdog(&self, reason: StopReason) {
        // A reason that is there already stands.
        let _ = self.reason.compare_exchange(RUNNING, reason.code(), Ordering::AcqRel, Ordering::Acquire);
        self.raise();
    }

    /// Raises V8's termination flag and wakes the event loop.
    pub(crate) fn raise(&self) {
        self.isolate.terminate_execution();
        self.event_loop.wake();
    }

    /// Why the run is to stop, if it is.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        match self.reason.load(Ordering::Acquire) {
            RUNNING => None,
            code => REASONS.get(usize::from(code) - 1).copied(),
        }
    }

    /// The event loop to wake when the run is to stop.
    pub(crate) fn register(&self, waker: &std::task::Waker) {
        self.event_loop.register(waker);
    }

    /// Makes the runtime usable again. Only when nobody can raise the flag any more for the run that is over.
    pub(crate) fn reset(&self) {
        self.reason.store(RUNNING, Ordering::Release);
        self.isolate.cancel_terminate_execution();
    }
}

/// Stops a runtime's current run, from any thread.
#[derive(Clone)]
pub struct Canceller {
    pub(crate) stop: Arc<Stop>,
}

impl Canceller {
    /// Stops the current run; its outcome is [`jsrun_types::Status::Cancelled`]. A call while no run is going on
    /// cancels the next one.
    pub fn cancel(&self) {
        self.stop.request(StopReason::Cancelled);
    }
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canceller").field("reason", &self.stop.reason()).finish()
    }
}
