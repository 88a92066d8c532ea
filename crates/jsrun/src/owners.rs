//! Whose JavaScript runs: calls that wait side by side, told apart.
//!
//! V8 hands a value on from whoever asks for something later to what comes of it: from `then` and `await` to their
//! continuations, and, by js/timers.js, from who sets a timer to its callback. That value is the number of the call here. So
//! JavaScript that the event loop brings can be told from that of other calls, and only what belongs to a call ends with it.
//!
//! Only the runtime's own thread can look at the value. Another thread that wants JavaScript stopped asks it to look, by an
//! interrupt of V8's.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use deno_core::v8;
use jsrun_types::Limits;

use crate::call_control::CallControl;
use crate::calls::{Finish, finish};
use crate::error::Error;
use crate::local::EngineState;
use crate::stop::{Running, Stop, StopReason};
use crate::watchdog::Deadlines;

/// Of so many calls that were stopped it is known that what they left is nobody's.
const MOST_STOPPED: usize = 1_000;

/// Whose something is: a call's, by its number, or nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    pub(crate) const NOBODY: Self = Self(0);

    /// The call with a number. Those count from 1.
    pub(crate) const fn call(number: u64) -> Self {
        Self(number)
    }

    /// Whose JavaScript runs.
    pub(crate) fn current(scope: &v8::PinScope<'_, '_>) -> Self {
        let data = scope.get_continuation_preserved_embedder_data();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
        v8::Local::<v8::Number>::try_from(data).map_or(Self::NOBODY, |number| Self(number.value() as u64))
    }

    /// From here on JavaScript is this one's.
    pub(crate) fn enter(self, scope: &v8::PinScope<'_, '_>) {
        let data = self.to_javascript(scope);
        scope.set_continuation_preserved_embedder_data(data);
    }

    /// The value that stands for it.
    pub(crate) fn to_javascript<'s>(self, scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Value> {
        if self == Self::NOBODY {
            return v8::undefined(scope).into();
        }
        #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^53 calls")]
        v8::Number::new(scope, self.0 as f64).into()
    }
}

/// A call whose promise is waited for, as far as an interrupt needs it.
pub(crate) struct WaitingOwner {
    pub(crate) owner: Owner,
    pub(crate) control: Arc<CallControl>,
    pub(crate) deadlines: Cell<Deadlines>,
    pub(crate) limits: Limits,
    finish: Cell<Option<Finish>>,
}

impl WaitingOwner {
    pub(crate) fn new(
        owner: Owner,
        control: Arc<CallControl>,
        deadlines: Deadlines,
        limits: Limits,
        finish: Finish,
    ) -> Rc<Self> {
        Rc::new(Self {
            owner,
            control,
            deadlines: Cell::new(deadlines),
            limits,
            finish: Cell::new(Some(finish)),
        })
    }

    /// With what the call is over, if it is.
    pub(crate) fn over(&self, now: Instant) -> Option<Error> {
        if self.control.is_cancelled() {
            return Some(Error::Cancelled);
        }
        self.deadlines.get().passed(now).map(|kind| Error::Limit { kind, limits: self.limits })
    }

    /// Hands over the call's result, once.
    pub(crate) fn answer(&self, result: Result<jsrun_types::Value, Error>) {
        if let Some(to) = self.finish.take() {
            finish(to, result);
        }
    }

    /// Whether the call's result has been handed over, which only an interrupt does while the call waits.
    pub(crate) fn is_answered(&self) -> bool {
        let to = self.finish.take();
        let answered = to.is_none();
        self.finish.set(to);
        answered
    }
}

/// The calls of one runtime that wait, and those that were stopped.
#[derive(Default)]
pub(crate) struct Owners {
    waiting: RefCell<Vec<Rc<WaitingOwner>>>,
    stopped: RefCell<VecDeque<Owner>>,
    /// Whose JavaScript was interrupted in this turn of the event loop.
    interrupted: Cell<Option<Owner>>,
    context: OnceCell<v8::Global<v8::Context>>,
}

impl Owners {
    /// The runtime's context, which an interrupt needs.
    pub(crate) fn set_context(&self, context: v8::Global<v8::Context>) {
        let _ = self.context.set(context);
    }

    pub(crate) fn begin(&self, waiting: Rc<WaitingOwner>, stop: &Stop) {
        self.waiting.borrow_mut().push(waiting);
        stop.set_waiting(self.waiting.borrow().len());
    }

    pub(crate) fn end(&self, owner: Owner, stop: &Stop) {
        self.waiting.borrow_mut().retain(|waiting| waiting.owner != owner);
        stop.set_waiting(self.waiting.borrow().len());
    }

    /// Whether a call waits.
    pub(crate) fn waits(&self, owner: Owner) -> bool {
        self.waiting.borrow().iter().any(|waiting| waiting.owner == owner)
    }

    /// A call was stopped: what is left of it is to be stopped where it is met.
    pub(crate) fn note_stopped(&self, owner: Owner, stop: &Stop) {
        let mut stopped = self.stopped.borrow_mut();
        if stopped.len() >= MOST_STOPPED {
            stopped.pop_front();
        }
        stopped.push_back(owner);
        stop.suspect();
    }

    /// Whether a call was stopped.
    pub(crate) fn is_stopped(&self, owner: Owner) -> bool {
        self.stopped.borrow().contains(&owner)
    }

    /// Whose JavaScript was interrupted since this was last asked.
    pub(crate) fn take_interrupted(&self) -> Option<Owner> {
        self.interrupted.take()
    }

    /// Stops the JavaScript that runs if it is that of a call that is over, or nobody's and in the way of one. Calls that are
    /// over and wait for other calls' JavaScript hear it now.
    fn look(&self, owner: Owner, stop: &Stop) {
        let asked = stop.hear();
        let now = Instant::now();
        let waiting = self.waiting.borrow().clone();
        let own = waiting.iter().find(|waiting| waiting.owner == owner);
        let own_is_over = own.map(|own| own.over(now).is_some());
        let mut any_is_over = false;
        for other in waiting.iter().filter(|waiting| waiting.owner != owner) {
            if let Some(error) = other.over(now) {
                any_is_over = true;
                other.answer(Err(error));
            }
        }
        match stop.running() {
            Running::EventLoop => {
                if own_is_over.unwrap_or(any_is_over || self.is_stopped(owner)) {
                    self.interrupted.set(Some(owner));
                    stop.request(StopReason::Interrupted);
                }
            }
            Running::Call(_) => {
                // Its own deadline or cancel, also for continuations of others, which run in its time.
                if let Some(reason) = asked {
                    stop.request(reason);
                }
            }
            Running::Nothing => {}
        }
    }
}

/// V8's callback on the runtime's thread, between two steps of its JavaScript.
pub(crate) unsafe extern "C" fn on_asked(isolate: v8::UnsafeRawIsolatePtr, _data: *mut c_void) {
    // SAFETY: V8 calls with the isolate that runs, which lives for the call.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let Some(state) = EngineState::of(&isolate) else { return };
    let Some(context) = state.owners.context.get() else { return };
    let owner = {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Local::new(scope, context);
        let scope = &mut v8::ContextScope::new(scope, context);
        Owner::current(scope)
    };
    state.owners.look(owner, state.console.stop());
}
