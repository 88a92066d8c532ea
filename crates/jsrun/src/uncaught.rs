//! What a program threw or rejected, and nobody caught.

use std::cell::RefCell;

use deno_core::v8;

/// More rejections are not kept, so that they cannot fill the host's memory.
const MOST_REJECTIONS: usize = 10_000;

/// What nobody caught, yet.
#[derive(Default)]
pub(crate) struct Uncaught {
    /// What a timer's callback or an event listener threw.
    thrown: RefCell<Option<v8::Global<v8::Value>>>,
    /// Promises that were rejected and have no handler yet.
    rejected: RefCell<Vec<(v8::Global<v8::Promise>, v8::Global<v8::Value>)>>,
}

impl Uncaught {
    /// The first value that was thrown, or the first promise's reason. To be asked when all microtasks have run.
    pub(crate) fn first(&self) -> Option<v8::Global<v8::Value>> {
        let rejected = || self.rejected.borrow().first().map(|(_, reason)| reason.clone());
        self.thrown.borrow().clone().or_else(rejected)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.thrown.borrow().is_none() && self.rejected.borrow().is_empty()
    }

    pub(crate) fn clear(&self) {
        self.thrown.take();
        self.rejected.borrow_mut().clear();
    }

    /// Takes note of a thrown value; the first counts.
    pub(crate) fn throw(&self, value: v8::Global<v8::Value>) {
        self.thrown.borrow_mut().get_or_insert(value);
    }

    /// A promise whose rejection the engine itself handles.
    pub(crate) fn forget(&self, promise: &v8::Global<v8::Promise>) {
        self.rejected.borrow_mut().retain(|(pending, _)| pending != promise);
    }

    fn track(&self, scope: &v8::PinScope<'_, '_>, message: &v8::PromiseRejectMessage<'_>) {
        let promise = v8::Global::new(scope, message.get_promise());
        match message.get_event() {
            v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
                let mut rejected = self.rejected.borrow_mut();
                if let (true, Some(reason)) = (rejected.len() < MOST_REJECTIONS, message.get_value()) {
                    rejected.push((promise, v8::Global::new(scope, reason)));
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
        state.uncaught.track(scope, &message);
    }
}
