//! The event loops that wait for a runtime, on which its coroutine functions run.

use std::sync::Mutex;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::core::lock;

/// The event loops that wait for one runtime, the one that called last at the end. Only used while attached.
#[derive(Default)]
pub(crate) struct Loops(Mutex<Vec<Waiting>>);

struct Waiting {
    event_loop: Py<PyAny>,
    calls: usize,
}

impl Loops {
    /// A call is waited for.
    pub(crate) fn enter(&self, event_loop: &Bound<'_, PyAny>) {
        let mut gone = Vec::new();
        let mut loops = lock(&self.0);
        match loops.iter().position(|known| known.event_loop.is(event_loop)) {
            Some(index) => {
                loops[index].calls += 1;
                let last = loops.len() - 1;
                loops.swap(index, last);
            }
            None => {
                // The last one stays, for what goes on in JavaScript when nobody waits.
                gone.extend(loops.extract_if(.., |known| known.calls == 0));
                loops.push(Waiting { event_loop: event_loop.clone().unbind(), calls: 1 });
            }
        }
        drop(loops);
        // Python's code may run when a loop goes: not with the lock.
        drop(gone);
    }

    /// A call is not waited for any more.
    pub(crate) fn leave(&self, event_loop: &Bound<'_, PyAny>) {
        let mut loops = lock(&self.0);
        if let Some(known) = loops.iter_mut().find(|known| known.event_loop.is(event_loop)) {
            known.calls = known.calls.saturating_sub(1);
        }
    }

    /// The loop on which a coroutine function is to run.
    pub(crate) fn choose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let chosen = {
            let loops = lock(&self.0);
            let waiting = loops.iter().rev().find(|known| known.calls > 0).or(loops.last());
            waiting.map(|known| known.event_loop.clone_ref(py))
        };
        let chosen = chosen.map(|chosen| chosen.into_bound(py));
        match chosen {
            Some(chosen) if chosen.call_method0("is_running")?.is_truthy()? => Ok(chosen),
            _ => Err(PyRuntimeError::new_err(
                "a coroutine needs an event loop to run on: call eval_async instead of eval, and eval_module_async instead \
                 of eval_module",
            )),
        }
    }
}
