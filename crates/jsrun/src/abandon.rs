//! What a call that was stopped leaves behind, given up.

use deno_core::v8;

use crate::error::Error;
use crate::intrinsics::call;
use crate::local::LocalRuntime;
use crate::owners::Owner;

/// What there was before a call began.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    pub(crate) timers: f64,
    pub(crate) host_calls: u64,
}

impl LocalRuntime {
    /// Gives up what a call has begun that was stopped: its timers, its calls of the host and its imports. Where no other waits
    /// it takes what is nobody's with it.
    pub(crate) fn abandon(&mut self, error: &Error, owner: Owner, marks: Marks) {
        if !is_stopped(error) || self.closed.is_some() {
            return;
        }
        let Marks { timers, host_calls } =
            if self.is_waiting() { Marks { timers: f64::MAX, host_calls: u64::MAX } } else { marks };
        self.state.bindings.give_up(owner, host_calls);
        self.clear_timers_of(owner, timers);
        self.give_up_modules_of(owner);
        if self.is_waiting() {
            self.state.uncaught.remove(|whose| whose == owner);
        } else {
            self.state.uncaught.clear();
            // A module in the middle of its evaluation will never come to its end.
            self.state.modules.end_run(true);
        }
        self.state.owners.note_stopped(owner, &self.stop);
    }

    /// After JavaScript was interrupted that was in the way of a call that is over: what it was evaluating will never come to its
    /// end.
    pub(crate) fn forget_interrupted_modules(&mut self) {
        // A call that waits is about to be given up with all it has.
        let interrupted =
            self.state.owners.take_interrupted().filter(|owner| !self.state.owners.waits(*owner));
        let Some(owner) = interrupted.filter(|_| !self.state.modules.is_empty()) else { return };
        self.in_context(|scope, state| {
            if state.modules.forget_unfinished(scope, owner) {
                state.stop().wake();
            }
        });
    }

    /// Forgets what a call was importing and evaluating.
    fn give_up_modules_of(&mut self, owner: Owner) {
        if self.state.modules.is_empty() {
            return;
        }
        self.in_context(|scope, state| {
            if state.modules.give_up(scope, owner) {
                // Imports of other calls are to go on.
                state.stop().wake();
            }
        });
    }

    /// Clears the timers of a call, and those of nobody that were made after a mark.
    fn clear_timers_of(&mut self, owner: Owner, mark: f64) {
        if self.state.timers.is_empty() {
            return;
        }
        self.in_context(|scope, state| {
            let mark = v8::Number::new(scope, mark).into();
            let owner = owner.to_javascript(scope);
            call(scope, &state.intrinsics().clear_timers_of, None, &[owner, mark]);
        });
    }

    /// After a read that failed: unless the stream itself has, its chunk is the next read's.
    pub(crate) fn give_up_unread(&mut self, promise: &v8::Global<v8::Promise>, error: &Error) {
        let is_pending =
            self.in_context(|scope, _| v8::Local::new(scope, promise).state() == v8::PromiseState::Pending);
        if is_pending || is_stopped(error) {
            self.give_up_read(promise);
        }
    }

    /// What was read, or will be, is the next read's.
    pub(crate) fn give_up_read(&mut self, promise: &v8::Global<v8::Promise>) {
        if self.closed.is_some() {
            return;
        }
        self.in_context(|scope, state| {
            let promise = v8::Local::new(scope, promise);
            call(scope, &state.intrinsics().give_up_read, None, &[promise.into()]);
        });
    }
}

/// Whether a call was stopped, rather than that it failed.
pub(crate) fn is_stopped(error: &Error) -> bool {
    matches!(error, Error::Limit { .. } | Error::Cancelled)
}
