//! The event loops that wait for a runtime, on which its coroutine functions run.

use std::sync::Mutex;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::core::lock;
use crate::python;

/// The event loops that wait for one runtime, the one that called last at the end. Only used while attached.
#[derive(Default)]
pub(crate) struct Loops(Mutex<Vec<Waiting>>);

/// The loop of whoever bound a function, by its address only: it may be gone, and another one at its place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preferred(usize);

impl Preferred {
    /// The loop that runs on this thread, if one does.
    pub(crate) fn running(py: Python<'_>) -> PyResult<Self> {
        let running = python::helper(py, "running_loop")?.call0()?;
        Ok(if running.is_none() { Self::default() } else { Self(running.as_ptr() as usize) })
    }
}

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

    /// The loop on which a coroutine is to run: the preferred one if it waits, else the one that called last.
    pub(crate) fn choose<'py>(&self, py: Python<'py>, preferred: Preferred) -> PyResult<Bound<'py, PyAny>> {
        let chosen = {
            let loops = lock(&self.0);
            let mut waiting = loops.iter().rev().filter(|known| known.calls > 0);
            let last = waiting.clone().next();
            let chosen = waiting.find(|known| known.event_loop.as_ptr() as usize == preferred.0).or(last);
            chosen.or(loops.last()).map(|known| known.event_loop.clone_ref(py))
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
