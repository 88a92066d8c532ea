//! JavaScript run in one go, under its deadlines.

use std::rc::Rc;
use std::time::{Duration, Instant};

use deno_core::v8;
use jsrun_types::{LimitKind, Limits, Value};

use crate::bindings::host_error_of;
use crate::convert::{Failure, Root, from_javascript};
use crate::error::{CloseReason, Error, Thrown};
use crate::local::{EngineState, LocalRuntime};
use crate::owners::Owner;
use crate::stop::{Running, StopReason};
use crate::watchdog::Deadlines;
use crate::{event_loop, exception};

/// From this time on a slice may have allocated so much that the heap is looked at.
const WORTH_A_LOOK: Duration = Duration::from_millis(1);

/// Why a slice gave no result.
pub(crate) enum Broken {
    /// JavaScript threw, and the scope's `TryCatch` knows what, or it was stopped.
    Threw,
    /// Another reason.
    Because(Error),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conversion(error) => Self::Because(error.into()),
            Failure::Threw => Self::Threw,
        }
    }
}

/// Why JavaScript was stopped.
pub(crate) enum Halt {
    /// A call was cancelled whose JavaScript it may have been.
    Interrupted,
    /// A limit, or a stop of everything.
    Failed(Error),
}

impl From<Halt> for Error {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Interrupted => Self::Cancelled,
            Halt::Failed(error) => error,
        }
    }
}

/// What a call's value came to.
pub(crate) enum Settled {
    Value(Value),
    /// A promise to wait for.
    Pending(v8::Global<v8::Promise>),
}

impl LocalRuntime {
    /// Runs JavaScript, and then the microtasks it leaves, until its deadlines. A stop ends it with the stop's reason.
    pub(crate) fn slice<R>(
        &mut self,
        started: Instant,
        running: Running,
        deadlines: Deadlines,
        limits: &Limits,
        work: impl for<'s> FnOnce(&mut v8::PinScope<'s, '_>, &Rc<EngineState>) -> Result<R, Broken>,
    ) -> Result<R, Error> {
        let result = self.armed(started, running, deadlines, limits, |runtime| {
            let Self { js, context, state, .. } = runtime;
            let js = js.as_mut().expect("only drop takes the runtime");
            // As `deno_core::scope!`, without another handle for the context.
            v8::scope!(let scope, js.v8_isolate());
            let context = context.as_ref().expect("only drop takes the runtime");
            let context = v8::Local::new(scope, context);
            let scope = &mut v8::ContextScope::new(scope, context);
            match running {
                Running::Call(number) => Owner::call(number).enter(scope),
                Running::EventLoop | Running::Nothing => Owner::NOBODY.enter(scope),
            }
            v8::tc_scope!(let scope, scope);
            match work(scope, state) {
                Ok(result) => Ok(result),
                Err(Broken::Because(error)) => Err(error),
                Err(Broken::Threw) => match scope.exception().filter(|_| !scope.has_terminated()) {
                    Some(exception) => {
                        let message = scope.message();
                        Err(Error::Exception(Box::new(describe(scope, state, exception, message))))
                    }
                    // The stop's reason takes its place.
                    None => Err(Error::Cancelled),
                },
            }
        })?;
        result.map_err(|error| self.blame_buffers(error, limits))
    }

    /// Does what may run JavaScript, until its deadlines. It starts now, which the caller reads off the clock.
    pub(crate) fn armed<R>(
        &mut self,
        started: Instant,
        running: Running,
        deadlines: Deadlines,
        limits: &Limits,
        work: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, Halt> {
        let tokio = Rc::clone(&self.tokio);
        let _guard = tokio.enter();
        let armed = self
            .watch
            .arm(running, deadlines, started)
            .map_err(|error| Halt::Failed(Error::Thread(error)))?;
        // Whoever cancelled before that line was told that nothing runs.
        if self.is_cancelled(running) {
            drop(armed);
            // Or after it: then the stop was meant for this, and is not to reach the next call.
            if self.stop.reason() == Some(StopReason::Interrupted) {
                self.stop.reset();
            }
            return Err(Halt::Interrupted);
        }
        let result = work(self);
        drop(armed);
        let spent = started.elapsed();
        self.busy += spent;
        if spent >= WORTH_A_LOOK {
            self.check_heap();
        }
        match self.stop.reason() {
            None => Ok(result),
            Some(StopReason::Interrupted) => {
                self.stop.reset();
                Err(Halt::Interrupted)
            }
            Some(reason) => Err(Halt::Failed(self.acknowledge_stop(reason, limits))),
        }
    }

    /// Makes the runtime usable again after a stop, or closes it; gives the stop as an error.
    fn acknowledge_stop(&mut self, reason: StopReason, limits: &Limits) -> Error {
        self.stop.reset();
        match reason {
            StopReason::Limit(kind) => {
                if kind == LimitKind::Memory {
                    self.closed = Some(CloseReason::Memory);
                }
                Error::Limit { kind, limits: *limits }
            }
            StopReason::Cancelled | StopReason::Interrupted => Error::Cancelled,
        }
    }

    /// A refused buffer is an exception to the program and a memory limit to whoever made the call.
    fn blame_buffers(&mut self, error: Error, limits: &Limits) -> Error {
        match &error {
            Error::Exception(thrown)
                if event_loop::is_refused_buffer(&thrown.exception) && self.buffers_exceeded() =>
            {
                self.closed = Some(CloseReason::Memory);
                Error::Limit { kind: LimitKind::Memory, limits: *limits }
            }
            _ => error,
        }
    }

    /// What a timer, a listener or a promise without a handler of some owner threw since the last look, the first of it.
    pub(crate) fn take_uncaught(&mut self, is: impl Fn(Owner) -> bool) -> Option<(Owner, Error)> {
        let thrown = self.state.uncaught.find(&is)?;
        self.state.uncaught.remove(is);
        let state = Rc::clone(&self.state);
        let js = self.js();
        deno_core::scope!(scope, js);
        let value = v8::Local::new(scope, thrown.value);
        Some((thrown.owner, Error::Exception(Box::new(describe(scope, &state, value, None)))))
    }
}

fn describe<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    thrown: v8::Local<'s, v8::Value>,
    message: Option<v8::Local<'s, v8::Message>>,
) -> Thrown {
    let host_error = host_error_of(scope, state, thrown);
    Thrown { exception: exception::describe(scope, state, thrown, message), host_error }
}

/// A call's value, or the promise that will have it. What a promise was rejected with is thrown.
pub(crate) fn settle<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    value: v8::Local<'s, v8::Value>,
) -> Result<Settled, Broken> {
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(value) else {
        return Ok(Settled::Value(from_javascript(scope, state, Root::Value, value)?));
    };
    // The caller awaits it: a rejection is not unhandled.
    promise.mark_as_handled();
    state.uncaught.forget(&v8::Global::new(scope, promise));
    match promise.state() {
        v8::PromiseState::Pending => Ok(Settled::Pending(v8::Global::new(scope, promise))),
        v8::PromiseState::Fulfilled => {
            let result = promise.result(scope);
            Ok(Settled::Value(from_javascript(scope, state, Root::Value, result)?))
        }
        v8::PromiseState::Rejected => {
            let reason = promise.result(scope);
            Err(Broken::Because(Error::Exception(Box::new(describe(scope, state, reason, None)))))
        }
    }
}
