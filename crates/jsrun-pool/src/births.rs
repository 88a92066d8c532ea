//! Whether workers come into being, and how long to wait when they do not.

use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use crate::backoff::Backoff;

/// Keeps a fault that kills every worker at birth from becoming a storm of forks.
#[derive(Debug, Default)]
pub(crate) struct Births {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    backoff: Backoff,
    pause_until: Option<Instant>,
    failed: u64,
    /// Why the last one did.
    reason: Option<String>,
}

impl Births {
    /// A worker did not become ready. Several at once count once.
    pub(crate) fn failed(&self, reason: impl Into<String>) {
        let mut state = self.lock();
        state.reason = Some(reason.into());
        state.failed += 1;
        let now = Instant::now();
        if state.pause_until.is_none_or(|then| then <= now) {
            let wait = state.backoff.failed();
            state.pause_until = now.checked_add(wait);
        }
    }

    /// How many workers did not become ready.
    pub(crate) fn failed_total(&self) -> u64 {
        self.lock().failed
    }

    /// Why a worker did not become ready, if none has since. Of a zygote that does not come up, too.
    pub(crate) fn last_failure(&self) -> Option<String> {
        self.lock().reason.clone()
    }

    /// No zygote came up, so that there are no workers to be born.
    pub(crate) fn no_zygote(&self, reason: impl Into<String>) {
        self.lock().reason = Some(reason.into());
    }

    /// A worker became ready.
    pub(crate) fn succeeded(&self) {
        let mut state = self.lock();
        state.backoff.succeeded();
        state.pause_until = None;
        state.reason = None;
    }

    /// When to try again, if not now.
    pub(crate) fn pause(&self) -> Option<Instant> {
        self.lock().pause_until.filter(|then| *then > Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_at_once_make_one_pause_which_a_success_ends() {
        let births = Births::default();
        assert_eq!(births.pause(), None);
        births.failed("for a reason");
        let pause = births.pause();
        assert!(pause.is_some());
        births.failed("for a reason");
        // A slow machine may be past it.
        assert!(births.pause().is_none_or(|then| Some(then) == pause || then > Instant::now()));
        assert_eq!(births.failed_total(), 2);
        assert_eq!(births.last_failure().as_deref(), Some("for a reason"));
        births.succeeded();
        assert_eq!((births.pause(), births.failed_total(), births.last_failure()), (None, 2, None));
    }
}
