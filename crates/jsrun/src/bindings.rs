//! Host functions as JavaScript sees them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use deno_core::futures::future::{AbortHandle, Abortable, Aborted, LocalBoxFuture};
use deno_core::futures::stream::FuturesUnordered;
use deno_core::futures::{FutureExt as _, StreamExt as _};
use deno_core::v8;
use jsrun_types::Value;

use crate::convert::{Failure, Root, from_javascript, new_error, to_javascript};
use crate::host_function::{HostError, HostFunction, HostFuture, HostReply};
use crate::local::EngineState;
use crate::owners::Owner;

/// The name of the errors that a call gets whose arguments or result cannot cross.
const CONVERSION_ERROR: &str = "ConversionError";

/// The host functions of one runtime, and those of their calls that go on.
#[derive(Default)]
pub(crate) struct Bindings {
    functions: RefCell<HashMap<u32, BoundFunction>>,
    next_function: Cell<u32>,
    calls: RefCell<FuturesUnordered<Abortable<LocalBoxFuture<'static, Finished>>>>,
    /// The promises of the calls that go on, and what gives a call up.
    pending: RefCell<HashMap<u64, PendingCall>>,
    next_call: Cell<u64>,
    /// Host errors that JavaScript holds, by the number that their error objects carry.
    errors: RefCell<HashMap<u64, (v8::Weak<v8::Object>, HostError)>>,
    next_error: Cell<u64>,
    error_key: RefCell<Option<v8::Global<v8::Private>>>,
}

struct PendingCall {
    resolver: v8::Global<v8::PromiseResolver>,
    abort: AbortHandle,
    owner: Owner,
}

struct BoundFunction {
    function: Arc<dyn HostFunction>,
    /// Held for its finalizer, which forgets the function when JavaScript cannot reach it any more.
    reachable: Option<v8::Weak<v8::Function>>,
}

struct Finished {
    call: u64,
    result: Result<Value, HostError>,
}

impl Bindings {
    /// A number for a function, which JavaScript calls it by.
    pub(crate) fn add(&self, function: Arc<dyn HostFunction>) -> u32 {
        let number = self.next_function.get();
        self.next_function.set(number.wrapping_add(1));
        self.functions.borrow_mut().insert(number, BoundFunction { function, reachable: None });
        number
    }

    /// Forgets a function: calling it is an error from now on.
    pub(crate) fn remove(&self, number: u32) {
        // Dropped when nothing is borrowed any more: its own drop may be the host's code.
        let removed = self.functions.borrow_mut().remove(&number);
        drop(removed);
    }

    /// How many calls go on.
    pub(crate) fn pending(&self) -> usize {
        self.pending.borrow().len()
    }

    /// A mark in time for [`Bindings::give_up`].
    pub(crate) fn mark(&self) -> u64 {
        self.next_call.get()
    }

    /// Drops all calls; their promises stay pending.
    pub(crate) fn give_up_all(&self) {
        self.give_up_if(|_, _| true);
    }

    /// Drops the calls of an owner, and those of nobody that were made since the mark.
    pub(crate) fn give_up(&self, owner: Owner, mark: u64) {
        self.give_up_if(|call, of| of == owner || (of == Owner::NOBODY && call >= mark));
    }

    fn give_up_if(&self, is: impl Fn(u64, Owner) -> bool) {
        self.pending.borrow_mut().retain(|call, pending| {
            let kept = !is(*call, pending.owner);
            if !kept {
                pending.abort.abort();
            }
            kept
        });
        if self.pending.borrow().is_empty() {
            // Nothing would poll them any more, and the host is to see now that they were dropped.
            let dropped = std::mem::take(&mut *self.calls.borrow_mut());
            drop(dropped);
        }
    }

    /// Lets go of everything that belongs to the isolate.
    pub(crate) fn clear(&self) {
        self.give_up_all();
        self.functions.borrow_mut().clear();
        self.errors.borrow_mut().clear();
        self.error_key.take();
    }

    fn begin(&self, future: HostFuture, resolver: v8::Global<v8::PromiseResolver>, owner: Owner) {
        let call = self.next_call.get();
        self.next_call.set(call + 1);
        let (abort, registration) = AbortHandle::new_pair();
        self.pending.borrow_mut().insert(call, PendingCall { resolver, abort, owner });
        // A panic would otherwise end the runtime's thread.
        let work = AssertUnwindSafe(future)
            .catch_unwind()
            .map(move |result| Finished { call, result: result.unwrap_or_else(|_| Err(panicked())) });
        self.calls.borrow().push(Abortable::new(work.boxed_local(), registration));
    }
}

/// Settles the promises of calls that have finished. Tells whether any has.
pub(crate) fn settle_finished(
    scope: &mut v8::PinScope<'_, '_>,
    state: &Rc<EngineState>,
    context: &mut Context<'_>,
) -> bool {
    let mut settled = false;
    loop {
        if state.console.stop().reason().is_some() {
            // What would be settled now would be lost.
            return settled;
        }
        // Not borrowed while the promise is settled: JavaScript may call another host function then.
        let polled = state.bindings.calls.borrow_mut().poll_next_unpin(context);
        let Finished { call, result } = match polled {
            Poll::Ready(Some(Ok(finished))) => finished,
            Poll::Ready(Some(Err(Aborted))) => continue,
            Poll::Ready(None) | Poll::Pending => return settled,
        };
        let pending = state.bindings.pending.borrow_mut().remove(&call);
        if let Some(PendingCall { resolver, owner, .. }) = pending {
            v8::scope!(let scope, scope);
            // Converting its result may throw what is its own.
            owner.enter(scope);
            settle(scope, state, &resolver, result);
            Owner::NOBODY.enter(scope);
            // At once: when V8 is stopped in a continuation it forgets all others that are due.
            scope.perform_microtask_checkpoint();
            settled = true;
        }
    }
}

fn settle(
    scope: &mut v8::PinScope<'_, '_>,
    state: &Rc<EngineState>,
    resolver: &v8::Global<v8::PromiseResolver>,
    result: Result<Value, HostError>,
) {
    let resolver = v8::Local::new(scope, resolver);
    v8::tc_scope!(let scope, scope);
    match to_result(scope, state, result) {
        Ok(value) => resolver.resolve(scope, value),
        Err(Some(error)) => resolver.reject(scope, error),
        Err(None) => None,
    };
}

/// The value for JavaScript, or what to throw; `None` when V8 has no memory even for that.
fn to_result<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &Rc<EngineState>,
    result: Result<Value, HostError>,
) -> Result<v8::Local<'s, v8::Value>, Option<v8::Local<'s, v8::Value>>> {
    let value = result.map_err(|error| host_error(scope, state, error))?;
    to_javascript(scope, state, Root::Result, &value).map_err(|failure| match failure {
        Failure::Conversion(error) => new_error(scope, CONVERSION_ERROR, &error.to_string()).map(Into::into),
        Failure::Threw => None,
    })
}

/// A function of JavaScript that calls the host's.
pub(crate) fn new_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &Rc<EngineState>,
    name: Option<v8::Local<'s, v8::String>>,
    function: Arc<dyn HostFunction>,
) -> Option<v8::Local<'s, v8::Function>> {
    let number = state.bindings.add(function);
    let data = v8::Integer::new_from_unsigned(scope, number);
    let made = v8::Function::builder(call_host)
        .data(data.into())
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope)?;
    if let Some(name) = name {
        made.set_name(name);
    }
    let owner = Rc::downgrade(state);
    let forget = Box::new(move |_: &mut v8::Isolate| {
        if let Some(state) = owner.upgrade() {
            state.bindings.remove(number);
        }
    });
    let reachable = v8::Weak::with_finalizer(scope, made, forget);
    if let Some(bound) = state.bindings.functions.borrow_mut().get_mut(&number) {
        bound.reachable = Some(reachable);
    }
    Some(made)
}

/// The number of a function that [`new_function`] made last.
pub(crate) fn last_number(state: &EngineState) -> u32 {
    state.bindings.next_function.get().wrapping_sub(1)
}

#[expect(clippy::needless_pass_by_value, reason = "V8's callbacks take their arguments so")]
fn call_host<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'_>,
) {
    let Some(state) = EngineState::of(scope) else { return };
    let outcome = call_host_function(scope, &state, &arguments);
    if state.stop().is_wanted() && !hear_stops(scope, &state) {
        // V8 passes on that the program is stopped.
        return;
    }
    match outcome {
        Ok(value) => result.set(value),
        Err(Some(thrown)) => {
            scope.throw_exception(thrown);
        }
        // Something is thrown already.
        Err(None) => {}
    }
}

/// Has V8 look for a stop, and tells whether the program goes on. It looks at the beginning of functions of JavaScript's, and in loops
/// after so much code: a loop that only calls the host would make hundreds of calls before it.
fn hear_stops(scope: &mut v8::PinScope<'_, '_>, state: &EngineState) -> bool {
    let function = v8::Local::new(scope, &state.intrinsics().do_nothing);
    let receiver = v8::undefined(scope).into();
    let look = || function.call(scope, receiver, &[]).is_some();
    // Where calls wait side by side V8 asks first whose JavaScript runs, and sees what comes of that when it looks again.
    look() && (!state.stop().is_stopped() || look())
}

fn call_host_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &Rc<EngineState>,
    arguments: &v8::FunctionCallbackArguments<'s>,
) -> Result<v8::Local<'s, v8::Value>, Option<v8::Local<'s, v8::Value>>> {
    let number = arguments.data().uint32_value(scope).unwrap_or(u32::MAX);
    let function = state.bindings.functions.borrow().get(&number).map(|bound| Arc::clone(&bound.function));
    let Some(function) = function else {
        return Err(new_error(scope, "Error", "the host function has been removed").map(Into::into));
    };
    let count = usize::try_from(arguments.length()).unwrap_or(0);
    let mut values = Vec::with_capacity(count);
    for index in 0..arguments.length() {
        let root = Root::Argument(usize::try_from(index).unwrap_or(0));
        match from_javascript(scope, state, root, arguments.get(index)) {
            Ok(value) => values.push(value),
            Err(Failure::Conversion(error)) => {
                return Err(new_error(scope, CONVERSION_ERROR, &error.to_string()).map(Into::into));
            }
            // V8 passes on what the getter threw.
            Err(Failure::Threw) => return Err(None),
        }
    }
    // A panic must not unwind into V8.
    let reply = catch_unwind(AssertUnwindSafe(|| function.call(values)))
        .unwrap_or_else(|_| HostReply::Now(Err(panicked())));
    match reply {
        HostReply::Now(outcome) => to_result(scope, state, outcome),
        HostReply::Later(future) => {
            let resolver = v8::PromiseResolver::new(scope).ok_or(None)?;
            let owner = Owner::current(scope);
            state.bindings.begin(future, v8::Global::new(scope, resolver), owner);
            // The event loop may be waiting already, and must poll the future once.
            state.console.stop().wake();
            Ok(resolver.get_promise(scope).into())
        }
    }
}

fn panicked() -> HostError {
    HostError::new("Error", "the host function panicked")
}

/// The error object of a host's error.
fn host_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &Rc<EngineState>,
    error: HostError,
) -> Option<v8::Local<'s, v8::Value>> {
    let object = new_error(scope, &error.class, &error.message)?;
    if error.payload.is_some() {
        let number = state.bindings.next_error.get();
        state.bindings.next_error.set(number + 1);
        let key = error_key(scope, state);
        #[expect(clippy::cast_precision_loss, reason = "nobody throws 2^53 errors")]
        let value = v8::Number::new(scope, number as f64);
        object.set_private(scope, key, value.into());
        let owner = Rc::downgrade(state);
        let forget = Box::new(move |_: &mut v8::Isolate| {
            if let Some(state) = owner.upgrade() {
                state.bindings.errors.borrow_mut().remove(&number);
            }
        });
        let weak = v8::Weak::with_finalizer(scope, object, forget);
        state.bindings.errors.borrow_mut().insert(number, (weak, error));
    }
    Some(object.into())
}

/// The host's error that a thrown value stands for.
pub(crate) fn host_error_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    thrown: v8::Local<'s, v8::Value>,
) -> Option<HostError> {
    if state.bindings.errors.borrow().is_empty() {
        return None;
    }
    let object: v8::Local<v8::Object> = thrown.try_into().ok()?;
    let key = error_key(scope, state);
    let number: v8::Local<v8::Number> = object.get_private(scope, key)?.try_into().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
    let number = number.value() as u64;
    state.bindings.errors.borrow().get(&number).map(|(_, error)| error.clone())
}

fn error_key<'s>(scope: &mut v8::PinScope<'s, '_>, state: &EngineState) -> v8::Local<'s, v8::Private> {
    let mut key = state.bindings.error_key.borrow_mut();
    let key = key.get_or_insert_with(|| {
        let private = v8::Private::new(scope, None);
        v8::Global::new(scope, private)
    });
    v8::Local::new(scope, &*key)
}
