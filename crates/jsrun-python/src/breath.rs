//! How long a thread may go on with what comes at once before whatever else waits for it has a turn.

use std::cell::Cell;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How long that may be.
pub(crate) const LONGEST: Duration = Duration::from_millis(1);

/// Whether this thread's loop is to have a turn now: results that came at once have kept it from having one.
pub(crate) fn is_out() -> bool {
    thread_local! {
        static BREATH: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    let now = Instant::now();
    let is_out = BREATH.get().is_none_or(|breath| now.duration_since(breath) >= LONGEST);
    if is_out {
        BREATH.set(Some(now));
    }
    is_out
}

/// Whether the event loop of this thread is to have a turn before the call that has just ended goes on.
#[pyfunction]
#[pyo3(name = "_is_out_of_breath")]
pub(crate) fn is_out_of_breath() -> bool {
    is_out()
}
