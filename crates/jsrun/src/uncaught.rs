//! What a program threw or rejected, and nobody caught.

use std::cell::RefCell;

use deno_core::v8;

use crate::owners::{Owner, Owners};

/// More rejections are not kept, so that they cannot fill the host's memory.
const MOST_REJECTIONS: usize = 10_000;

/// What nobody caught, yet.
#[derive(Default)]
pub(crate) struct Uncaught {
    /// What a timer's callback or an event listener threw.
    thrown: RefCell<Vec<Thrown>>,
    /// Promises that were rejected and have no handler yet.
    rejected: RefCell<Vec<(v8::Global<v8::Promise>, Thrown)>>,
}

/// Something that was thrown, and by whose JavaScript.
#[derive(Clone)]
pub(crate) struct Thrown {
    pub(crate) value: v8::Global<v8::Value>,
    pub(crate) owner: Owner,
}

impl Uncaught {
    /// The first value that was thrown, or the first promise's reason. To be asked when all microtasks have run.
    pub(crate) fn first(&self) -> Option<v8::Global<v8::Value>> {
        self.find(|_| true).map(|thrown| thrown.value)
    }

    /// As [`Uncaught::first`], of some.
    pub(crate) fn find(&self, is: impl Fn(Owner) -> bool) -> Option<Thrown> {
        let thrown = self.thrown.borrow().iter().find(|thrown| is(thrown.owner)).cloned();
        let rejected = || self.rejected.borrow().iter().find(|(_, reason)| is(reason.owner)).cloned();
        thrown.or_else(|| rejected().map(|(_, reason)| reason))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.thrown.borrow().is_empty() && self.rejected.borrow().is_empty()
    }

    pub(crate) fn clear(&self) {
        self.remove(|_| true);
    }

    /// Forgets some.
    pub(crate) fn remove(&self, is: impl Fn(Owner) -> bool) {
        self.thrown.borrow_mut().retain(|thrown| !is(thrown.owner));
        self.rejected.borrow_mut().retain(|(_, reason)| !is(reason.owner));
    }

    /// Takes note of a thrown value; of those of one owner the first counts. What stopped calls have left concerns nobody.
    pub(crate) fn throw(&self, value: v8::Global<v8::Value>, owner: Owner, owners: &Owners) {
        if owners.is_stopped(owner) {
            return;
        }
        let mut thrown = self.thrown.borrow_mut();
        if thrown.len() < MOST_REJECTIONS && thrown.iter().all(|thrown| thrown.owner != owner) {
            thrown.push(Thrown { value, owner });
        }
    }

    /// A promise whose rejection the engine itself handles.
    pub(crate) fn forget(&self, promise: &v8::Global<v8::Promise>) {
        self.rejected.borrow_mut().retain(|(pending, _)| pending != promise);
    }

    fn track(&self, scope: &v8::PinScope<'_, '_>, message: &v8::PromiseRejectMessage<'_>, owners: &Owners) {
        let promise = v8::Global::new(scope, message.get_promise());
        match message.get_event() {
            v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
                let owner = Owner::current(scope);
                if owners.is_stopped(owner) {
                    return;
                }
                let mut rejected = self.rejected.borrow_mut();
                if let (true, Some(reason)) = (rejected.len() < MOST_REJECTIONS, message.get_value()) {
                    rejected.push((promise, Thrown { value: v8::Global::new(scope, reason), owner }));
                }
            }
            v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => self.forget(&promise),
            _ => {}
        }
    }
}

/// V8's callback. The engine's state must be in the isolate's slot.
pub(crate) unsafe extern "C" fn on_promise_reject(message: v8::PromiseRejectMessage<'_>) {
    v8::callback_scope!(unsafe scope, &message);
    if let Some(state) = crate::local::EngineState::of(scope) {
        state.uncaught.track(scope, &message, &state.owners);
    }
}
