//! Rejected promises that nobody handles.

use std::cell::RefCell;

use deno_core::v8;

/// More are not kept: the first is what ends a run.
const MOST_KEPT: usize = 64;

/// Promises that were rejected and have no handler yet.
#[derive(Default)]
pub(crate) struct Rejections {
    pending: RefCell<Vec<(v8::Global<v8::Promise>, v8::Global<v8::Value>)>>,
}

impl Rejections {
    /// The reason of the first one. To be asked when all microtasks have run.
    pub(crate) fn first(&self) -> Option<v8::Global<v8::Value>> {
        self.pending.borrow().first().map(|(_, reason)| reason.clone())
    }

    pub(crate) fn clear(&self) {
        self.pending.borrow_mut().clear();
    }

    /// A promise whose rejection the engine itself handles.
    pub(crate) fn forget(&self, promise: &v8::Global<v8::Promise>) {
        self.pending.borrow_mut().retain(|(pending, _)| pending != promise);
    }

    fn track(&self, scope: &v8::PinScope<'_, '_>, message: &v8::PromiseRejectMessage<'_>) {
        let promise = v8::Global::new(scope, message.get_promise());
        match message.get_event() {
            v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
                let mut pending = self.pending.borrow_mut();
                if let (true, Some(reason)) = (pending.len() < MOST_KEPT, message.get_value()) {
                    pending.push((promise, v8::Global::new(scope, reason)));
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
        state.rejections.track(scope, &message);
    }
}
