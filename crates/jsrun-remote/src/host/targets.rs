//! What of the host the worker can ask.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsrun::{HostError, HostFunction, HostStream, LoadError, LoadedModule};

use crate::failure::HostFailure;

/// From a specifier and its importer's URL to a URL.
pub(super) type Resolver = dyn Fn(&str, &str) -> Result<Option<String>, LoadError> + Send + Sync;
/// From a URL to a source.
pub(super) type Loader = dyn Fn(&str) -> LoadedModule + Send + Sync;

/// Something of the host that the worker can ask.
#[derive(Clone)]
pub(super) enum Target {
    Function(Arc<dyn HostFunction>),
    Stream(Arc<dyn HostStream>),
    Resolver(Arc<Resolver>),
    Loader(Arc<Loader>),
}

/// What of the host the worker can ask, and the errors that JavaScript holds, by number.
#[derive(Default)]
pub(super) struct Targets(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    targets: HashMap<u64, Target>,
    payloads: HashMap<u64, Arc<dyn Any + Send + Sync>>,
    closed: bool,
}

impl Targets {
    pub(super) fn add(&self, target: Target) -> u64 {
        let mut state = self.lock();
        let number = state.new_number();
        if !state.closed {
            state.targets.insert(number, target);
        }
        number
    }

    pub(super) fn get(&self, number: u64) -> Option<Target> {
        self.lock().targets.get(&number).cloned()
    }

    pub(super) fn remove(&self, number: u64) {
        let removed = self.lock().targets.remove(&number);
        // Its drop may be the host's code: not with the lock.
        drop(removed);
    }

    /// An error for JavaScript. Its payload stays here until JavaScript holds it no more.
    pub(super) fn keep_error(&self, error: HostError) -> HostFailure {
        let HostError { class, message, payload } = error;
        let number = payload.map(|payload| {
            let mut state = self.lock();
            let number = state.new_number();
            state.payloads.insert(number, payload);
            number
        });
        HostFailure { class, message, number }
    }

    /// An error that comes back.
    pub(super) fn find_error(&self, failure: HostFailure) -> HostError {
        let HostFailure { class, message, number } = failure;
        let payload = number.and_then(|number| self.lock().payloads.get(&number).cloned());
        HostError { class, message, payload }
    }

    pub(super) fn forget_error(&self, number: u64) {
        let removed = self.lock().payloads.remove(&number);
        drop(removed);
    }

    /// Lets go of everything. Streams are cancelled: nobody reads them any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let (targets, payloads) = (std::mem::take(&mut state.targets), std::mem::take(&mut state.payloads));
        drop(state);
        for target in targets.values() {
            if let Target::Stream(stream) = target {
                stream.cancel();
            }
        }
        drop((targets, payloads));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
