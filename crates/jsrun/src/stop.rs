//! Stopping a run: one reason, from any thread, that outlives whatever the program does.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use deno_core::futures::task::AtomicWaker;
use deno_core::v8;
use jsrun_types::LimitKind;

use crate::inspector::Control;
use crate::watchdog;

/// Why a run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Limit(LimitKind),
    Cancelled,
    /// The JavaScript that runs is of a call that is over; what else there is goes on.
    Interrupted,
}

const RUNNING: u8 = 0;
const REASONS: [StopReason; 6] = [
    StopReason::Limit(LimitKind::Wall),
    StopReason::Limit(LimitKind::Cpu),
    StopReason::Limit(LimitKind::Memory),
    StopReason::Limit(LimitKind::Output),
    StopReason::Cancelled,
    StopReason::Interrupted,
];

impl StopReason {
    fn code(self) -> u8 {
        match self {
            Self::Limit(LimitKind::Wall) => 1,
            Self::Limit(LimitKind::Cpu) => 2,
            Self::Limit(LimitKind::Memory) => 3,
            Self::Limit(LimitKind::Output) => 4,
            Self::Cancelled => 5,
            Self::Interrupted => 6,
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
    /// Whose JavaScript runs.
    running: Mutex<Running>,
    /// Held while a reason and V8's flag change together: a flag raised late would stop the next run.
    changing: Mutex<()>,
    /// What makes a program go on that a debugger holds.
    debugger: OnceLock<Arc<Control>>,
    /// How many [`Shield`]s there are.
    shields: AtomicU32,
}

/// Whose JavaScript runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Running {
    Nothing,
    /// The call with this number: its own synchronous part.
    Call(u64),
    /// What the event loop brings: any call's that waits.
    EventLoop,
}

impl Stop {
    pub(crate) fn new(isolate: v8::IsolateHandle) -> Arc<Self> {
        Arc::new(Self {
            reason: AtomicU8::new(RUNNING),
            isolate,
            event_loop: AtomicWaker::new(),
            running: Mutex::new(Running::Nothing),
            changing: Mutex::new(()),
            debugger: OnceLock::new(),
            shields: AtomicU32::new(0),
        })
    }

    /// Stops the run; the first reason wins.
    pub(crate) fn request(&self, reason: StopReason) {
        self.request_from_watchdog(reason);
        // Without its thread the flag is raised once, which nearly always is enough.
        let _ = watchdog::notice();
    }

    /// As [`Stop::request`], by the watchdog itself, which need not be told.
    pub(crate) fn request_from_watchdog(&self, reason: StopReason) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        // A reason that is there already stands, unless it is only that one call of several is over.
        let there = self.reason.load(Ordering::Acquire);
        if there == RUNNING || there == StopReason::Interrupted.code() {
            self.reason.store(reason.code(), Ordering::SeqCst);
        }
        self.raise();
    }

    /// Raises V8's termination flag and wakes the event loop.
    pub(crate) fn raise(&self) {
        // The reason is in place: a shield that ends meanwhile looks for it after that.
        if self.shields.load(Ordering::SeqCst) == 0 {
            self.isolate.terminate_execution();
        }
        self.event_loop.wake();
        self.release();
    }

    /// Has the programs go on that a debugger holds when they are to stop.
    pub(crate) fn set_debugger(&self, control: &Arc<Control>) {
        let _ = self.debugger.set(Arc::clone(control));
    }

    /// Lets JavaScript of the engine's come to its end, which must not take long: until the shield is dropped V8's flag is
    /// not raised. Tells, too, whether it is the outermost one. A stop that was asked for before has its reason in place.
    pub(crate) fn shield(&self) -> (Shield<'_>, bool) {
        let is_outermost = self.shields.fetch_add(1, Ordering::SeqCst) == 0;
        (Shield(self), is_outermost)
    }

    fn release(&self) {
        if let Some(control) = self.debugger.get() {
            control.release();
        }
    }

    /// Says whose JavaScript runs from now on.
    pub(crate) fn set_running(&self, running: Running) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }

    /// Stops the JavaScript of one call if it runs now, and no other's. JavaScript that the event loop brought may be
    /// any waiting call's and is stopped too, if this one waits.
    pub(crate) fn cancel_call(&self, call: u64, waits: bool) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // With the lock: whoever is next does not begin before this is over.
        match *running {
            Running::Call(number) if number == call => self.request(StopReason::Interrupted),
            Running::EventLoop if waits => self.request(StopReason::Interrupted),
            Running::Nothing => {
                // It may wait for a debugger before it begins.
                self.release();
                self.wake();
            }
            Running::Call(_) | Running::EventLoop => self.wake(),
        }
    }

    /// Why the run is to stop, if it is.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        match self.reason.load(Ordering::SeqCst) {
            RUNNING => None,
            code => REASONS.get(usize::from(code) - 1).copied(),
        }
    }

    /// Wakes the event loop, because there is something for it to do.
    pub(crate) fn wake(&self) {
        self.event_loop.wake();
    }

    /// The event loop to wake when the run is to stop.
    pub(crate) fn register(&self, waker: &std::task::Waker) {
        self.event_loop.register(waker);
    }

    /// Makes the runtime usable again. Only when nobody can raise the flag any more for the run that is over.
    pub(crate) fn reset(&self) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.reason.store(RUNNING, Ordering::Release);
        self.isolate.cancel_terminate_execution();
        if let Some(control) = self.debugger.get() {
            control.hold();
        }
    }
}

/// Keeps stops from JavaScript of the engine's.
pub(crate) struct Shield<'a>(&'a Stop);

impl Drop for Shield<'_> {
    fn drop(&mut self) {
        let is_outermost = self.0.shields.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_outermost && self.0.reason().is_some() {
            self.0.raise();
        }
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
