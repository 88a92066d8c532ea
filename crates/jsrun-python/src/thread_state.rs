//! The interpreter's state of a runtime's thread.
//!
//! A thread that the interpreter did not start gets such a state when it attaches, and loses it when it detaches. To make one and
//! throw it away takes longer than a call of a small function: a runtime's thread keeps what it got first, until it ends.

use std::cell::Cell;

use pyo3::ffi::{PyGILState_Ensure, PyGILState_Release, PyGILState_STATE};
use pyo3::prelude::*;

use crate::exit;

thread_local! {
    /// What is to be given back at the thread's end.
    static KEPT: Cell<Option<PyGILState_STATE>> = const { Cell::new(None) };
}

/// Attaches a runtime's thread to the interpreter, and keeps its state until [`let_go`]; `None` when the interpreter has ended.
///
/// Not for other threads: nobody would let go of theirs.
pub(crate) fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    exit::attach(|py| {
        if KEPT.get().is_none() {
            // SAFETY: the thread is attached, so that this only counts one more use of its state.
            KEPT.set(Some(unsafe { PyGILState_Ensure() }));
        }
        work(py)
    })
}

/// The last thing that a runtime's thread does, which others wait for: an interpreter that ends finds no state of a thread that is
/// about to end as well.
pub(crate) fn let_go() {
    if let Some(kept) = KEPT.take() {
        // What has ended meanwhile has taken the state along.
        exit::attach(|_| {
            // SAFETY: gives back what `attach` got on this thread. The thread is attached by one more use, which comes to its end
            // after this one.
            unsafe { PyGILState_Release(kept) };
        });
    }
}
