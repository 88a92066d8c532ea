//! Stopping a run: one reason, from any thread, that outlives whatever the program does.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use deno_core::futures::task::AtomicWaker;
use deno_core::v8;
use jsrun_types::LimitKind;

use crate::inspector::Control;
use crate::owners;
use crate::watchdog::{self, Deadlines};

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
    /// What runs. One lock for all of it: each call takes it twice, and little else it does costs as much.
    current: Mutex<Current>,
    /// Held while a reason and V8's flag change together: a flag raised late would stop the next run.
    changing: Mutex<()>,
    /// What makes a program go on that a debugger holds.
    debugger: OnceLock<Arc<Control>>,
    /// How many calls wait: the event loop brings what is any of theirs.
    waiting: AtomicUsize,
    /// The reason for which the runtime's thread was asked to look whose JavaScript runs, as a code.
    asked: AtomicU8,
    /// How often it was asked since it last looked.
    unheard: AtomicU32,
    /// Whether a call was stopped that may have left JavaScript.
    suspects: AtomicBool,
    /// How many [`Shield`]s there are.
    shields: AtomicU32,
    /// How often the flag is still not to be raised, for the sake of what is not to be divided.
    put_off: AtomicU32,
}

/// What runs, and until when.
pub(crate) struct Current {
    pub(crate) running: Running,
    /// While JavaScript may run: there is something for the watchdog to watch.
    pub(crate) deadlines: Option<Deadlines>,
}

/// How often the thread is asked to look before a call's own JavaScript is stopped without a look. It cannot look while it
/// computes with a large `BigInt`, for example.
const PATIENCE_WITH_A_CALL: u32 = 1;
/// The same before what the event loop has brought is stopped, when all calls that wait are over.
const PATIENCE_WITH_THE_EVENT_LOOP: u32 = 10;
/// How often a stop is put off for what is not to be divided: long enough for the few steps of it on a busy machine. A program's
/// own code may have got into them, by a setter that `Array.prototype` has for indices, and must not stay there.
const PATIENCE_WITH_THE_UNDIVIDED: u32 = 20;

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
            current: Mutex::new(Current { running: Running::Nothing, deadlines: None }),
            changing: Mutex::new(()),
            debugger: OnceLock::new(),
            waiting: AtomicUsize::new(0),
            asked: AtomicU8::new(RUNNING),
            unheard: AtomicU32::new(0),
            suspects: AtomicBool::new(false),
            shields: AtomicU32::new(0),
            put_off: AtomicU32::new(0),
        })
    }

    /// Stops the run; the first reason wins.
    pub(crate) fn request(&self, reason: StopReason) {
        self.request_from_watchdog(reason);
        // The reason is in place: who begins something after this look sees it.
        let is_armed = self.current().deadlines.is_some();
        if is_armed {
            // Without its thread the flag is raised once, which nearly always is enough.
            let _ = watchdog::notice();
        }
    }

    /// JavaScript may run from here on, and the watchdog watches. Tells whether that has something to do at once.
    pub(crate) fn arm(&self, running: Running, deadlines: Deadlines) -> bool {
        *self.current() = Current { running, deadlines: Some(deadlines) };
        self.reason().is_some()
    }

    /// No JavaScript runs, and the watchdog has nothing to watch.
    pub(crate) fn disarm(&self) {
        let mut current = self.current();
        *current = Current { running: Running::Nothing, deadlines: None };
        self.asked.store(RUNNING, Ordering::Release);
        self.unheard.store(0, Ordering::Release);
    }

    /// What runs, which neither begins nor ends while this is held.
    pub(crate) fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
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
        if self.shields.load(Ordering::SeqCst) == 0 && !self.put_off_once_more() {
            self.isolate.terminate_execution();
        }
        self.event_loop.wake();
        self.release();
    }

    /// Whether the flag is not to be raised this time, which counts.
    fn put_off_once_more(&self) -> bool {
        let fewer = |times: u32| times.checked_sub(1);
        self.put_off.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok()
    }

    /// The engine's own JavaScript begins with what leaves its state broken when it is stopped in the middle: a stop waits for
    /// [`Stop::end_undivided`], though not for long. Tells whether it may: not when a stop is there already.
    pub(crate) fn begin_undivided(&self) -> bool {
        // With the lock: a flag is raised before this, or not until it ends.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let may = !self.is_stopped();
        if may {
            self.put_off.store(PATIENCE_WITH_THE_UNDIVIDED, Ordering::SeqCst);
        }
        may
    }

    /// A stop waits no more.
    pub(crate) fn end_undivided(&self) {
        self.put_off.store(0, Ordering::SeqCst);
        if self.is_stopped() {
            self.raise();
        }
    }

    /// Has the programs go on that a debugger holds when they are to stop.
    pub(crate) fn set_debugger(&self, control: &Arc<Control>) {
        let _ = self.debugger.set(Arc::clone(control));
    }

    /// Keeps stops from what the engine has to do as a whole, which must not run the program's code nor take long: until the
    /// shield is dropped V8's flag is not raised. A stop that was asked for before has its reason in place.
    pub(crate) fn shield(&self) -> Shield<'_> {
        self.shields.fetch_add(1, Ordering::SeqCst);
        Shield(self)
    }

    fn release(&self) {
        if let Some(control) = self.debugger.get() {
            control.release();
        }
    }

    /// Whose JavaScript runs.
    pub(crate) fn running(&self) -> Running {
        self.current().running
    }

    /// Says how many calls wait from now on.
    pub(crate) fn set_waiting(&self, count: usize) {
        self.waiting.store(count, Ordering::Release);
    }

    /// A call was stopped that may have left JavaScript, for which the event loop's is to be looked at now and then.
    pub(crate) fn suspect(&self) {
        self.suspects.store(true, Ordering::Release);
    }

    /// Whether a call was stopped that may have left JavaScript.
    pub(crate) fn suspects(&self) -> bool {
        self.suspects.load(Ordering::Acquire)
    }

    /// Has the runtime's thread look whose JavaScript runs, and stop what is to be stopped.
    pub(crate) fn ask(&self) {
        self.isolate.request_interrupt(owners::on_asked, std::ptr::null_mut());
    }

    /// The runtime's thread looks. Gives the reason for which it was asked to.
    pub(crate) fn hear(&self) -> Option<StopReason> {
        self.unheard.store(0, Ordering::Release);
        reason_of(self.asked.load(Ordering::Acquire))
    }

    /// Whether what runs is to stop, or to look whether it is to.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_stopped() || self.is_asked()
    }

    /// Whether the runtime's thread was asked to look and still has to be.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire) != RUNNING
    }

    /// Stops the JavaScript that runs for a reason that holds for one call. Where it may be another's, the runtime's thread is
    /// asked to look first; `all_over` tells that no call that waits would be wronged. To be called again until it is over,
    /// and while [`Stop::current`] is held, so that it stays so.
    pub(crate) fn press(&self, running: Running, reason: StopReason, all_over: bool) {
        let waiting = self.waiting.load(Ordering::Acquire);
        let unheard = self.unheard.load(Ordering::Acquire);
        let at_once = match running {
            Running::Nothing => true,
            Running::Call(_) => waiting == 0 || unheard >= PATIENCE_WITH_A_CALL,
            Running::EventLoop => waiting <= 1 || (all_over && unheard >= PATIENCE_WITH_THE_EVENT_LOOP),
        };
        if at_once {
            return self.request_from_watchdog(reason);
        }
        let code = reason.code();
        let _ = self.asked.compare_exchange(RUNNING, code, Ordering::AcqRel, Ordering::Acquire);
        self.unheard.fetch_add(1, Ordering::AcqRel);
        self.ask();
        // It may wait for something instead, and then has to look by itself.
        self.event_loop.wake();
    }

    /// Stops the JavaScript of one call if it runs now, and no other's. What the event loop has brought may be that of any
    /// call that waits, as this one does if it `waits`.
    pub(crate) fn cancel_call(&self, call: u64, waits: bool) {
        let current = self.current();
        // With the lock: whoever is next does not begin before this is over.
        match current.running {
            Running::Call(number) if number == call => {
                self.press(current.running, StopReason::Interrupted, false);
            }
            Running::EventLoop if waits => {
                self.press(current.running, StopReason::Interrupted, false);
            }
            Running::Nothing => {
                // It may wait for a debugger before it begins.
                self.release();
                self.wake();
            }
            Running::Call(_) | Running::EventLoop => self.wake(),
        }
        // Without the lock, which the watchdog takes while it has its own.
        drop(current);
        let _ = watchdog::notice();
    }

    /// Why the run is to stop, if it is.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        reason_of(self.reason.load(Ordering::SeqCst))
    }

    /// Whether the run is to stop: for work of the engine's own that may take long.
    pub(crate) fn is_stopped(&self) -> bool {
        self.reason().is_some()
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
        self.put_off.store(0, Ordering::SeqCst);
        self.isolate.cancel_terminate_execution();
        if let Some(control) = self.debugger.get() {
            control.hold();
        }
    }
}

fn reason_of(code: u8) -> Option<StopReason> {
    match code {
        RUNNING => None,
        code => REASONS.get(usize::from(code) - 1).copied(),
    }
}

/// Keeps stops from what the engine does.
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
///
/// ```
/// use jsrun::{RunRequest, Runtime, Status};
///
/// let runtime = Runtime::new()?;
/// let canceller = runtime.canceller();
/// let outcome = runtime.run(RunRequest::new("console.log('begun'); for (;;);"), move |_| canceller.cancel())?;
/// assert_eq!(outcome.status, Status::Cancelled);
/// # Ok::<(), jsrun::Error>(())
/// ```
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
