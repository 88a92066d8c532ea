//! What of the host the worker can ask.

use std::any::Any;
use std::collections::{BTreeMap, HashMap, HashSet};
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

/// How many errors keep their payloads: those that a program can have at hand, and no more than a worker that forgets none
/// may make the host hold.
const MOST_PAYLOADS: usize = 1_000;

/// What of the host the worker can ask, and the errors that JavaScript holds, by number.
#[derive(Default)]
pub(super) struct Targets(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    targets: HashMap<u64, Target>,
    /// Streams that JavaScript has cancelled.
    cancelled: HashSet<u64>,
    /// The newest have the highest numbers.
    payloads: BTreeMap<u64, Arc<dyn Any + Send + Sync>>,
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
        let mut state = self.lock();
        state.cancelled.remove(&number);
        let removed = state.targets.remove(&number);
        drop(state);
        // Its drop may be the host's code: not with the lock.
        drop(removed);
    }

    /// A stream that JavaScript cancels; `None` when there is none, or it was cancelled.
    pub(super) fn cancel(&self, number: u64) -> Option<Arc<dyn HostStream>> {
        let mut state = self.lock();
        let Some(Target::Stream(stream)) = state.targets.get(&number) else { return None };
        let stream = Arc::clone(stream);
        state.cancelled.insert(number).then_some(stream)
    }

    /// An error for JavaScript. Its payload stays here until JavaScript holds it no more, or too many are newer.
    pub(super) fn keep_error(&self, error: HostError) -> HostFailure {
        let HostError { class, message, payload } = error;
        let number = payload.map(|payload| {
            let mut state = self.lock();
            let number = state.new_number();
            state.payloads.insert(number, payload);
            let oldest = (state.payloads.len() > MOST_PAYLOADS).then(|| state.payloads.pop_first());
            drop(state);
            drop(oldest);
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
        let cancelled = std::mem::take(&mut state.cancelled);
        drop(state);
        for (number, target) in &targets {
            if let Target::Stream(stream) = target
                && !cancelled.contains(number)
            {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_errors_keep_their_payloads() {
        let targets = Targets::default();
        let error = |payload: usize| HostError {
            payload: Some(Arc::new(payload)),
            ..HostError::new("Error", "for a reason")
        };
        let kept: Vec<_> = (0..=MOST_PAYLOADS).map(|number| targets.keep_error(error(number))).collect();
        let payload = |failure: &HostFailure| {
            let payload = targets.find_error(failure.clone()).payload?;
            payload.downcast_ref::<usize>().copied()
        };
        assert_eq!(payload(&kept[0]), None);
        assert_eq!(payload(&kept[1]), Some(1));
        assert_eq!(payload(&kept[MOST_PAYLOADS]), Some(MOST_PAYLOADS));
    }
}
