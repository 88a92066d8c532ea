//! The event loops that wait for a runtime, on which its coroutine functions run.

use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::core::lock;
use crate::mailbox::Destination;
use crate::python;

/// The event loops that wait for one runtime, the one that called last at the end.
#[derive(Default)]
pub(crate) struct Loops(Mutex<Vec<Waiting>>);

/// The loop of whoever bound a function, by its address only: it may be gone, and another one at its place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preferred(usize);

impl Preferred {
    /// The loop that runs on this thread, if one does.
    pub(crate) fn running(py: Python<'_>) -> PyResult<Self> {
        let running = python::helper(py, "running_loop")?.call0()?;
        Ok(if running.is_none() { Self::default() } else { Self(address(&running)) })
    }
}

struct Waiting {
    event_loop: Py<PyAny>,
    destination: Destination,
    calls: usize,
}

impl Waiting {
    fn address(&self) -> usize {
        self.event_loop.as_ptr() as usize
    }
}

/// A call that a loop waits for, for as long as this lives.
pub(crate) struct Entered {
    loops: Arc<Loops>,
    /// Of the loop, which lives as long as calls are counted for it.
    address: usize,
    pub(crate) destination: Destination,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut loops = lock(&self.loops.0);
        if let Some(known) = loops.iter_mut().find(|known| known.address() == self.address) {
            known.calls = known.calls.saturating_sub(1);
        }
    }
}

impl Loops {
    /// A call is waited for, by the loop that runs on this thread.
    pub(crate) fn enter(self: &Arc<Self>, event_loop: &Bound<'_, PyAny>) -> PyResult<Entered> {
        let address = address(event_loop);
        let entered = |destination: &Destination| Entered {
            loops: Arc::clone(self),
            address,
            destination: destination.clone(),
        };
        {
            let mut loops = lock(&self.0);
            if let Some(index) = loops.iter().position(|known| known.address() == address) {
                loops[index].calls += 1;
                let last = loops.len() - 1;
                loops.swap(index, last);
                return Ok(entered(&loops[last].destination));
            }
        }
        let destination = Destination::of(event_loop)?;
        let entered = entered(&destination);
        let mut loops = lock(&self.0);
        // The last one stays, for what goes on in JavaScript when nobody waits.
        let gone: Vec<_> = loops.extract_if(.., |known| known.calls == 0).collect();
        loops.push(Waiting { event_loop: event_loop.clone().unbind(), destination, calls: 1 });
        drop(loops);
        // Python's code may run when a loop goes: not with the lock.
        drop(gone);
        Ok(entered)
    }

    /// The loop on which a coroutine is to run, of those that wait: the preferred one, else the one that called last.
    pub(crate) fn waiting(&self, preferred: Preferred) -> Option<Destination> {
        let loops = lock(&self.0);
        let mut waiting = loops.iter().rev().filter(|known| known.calls > 0);
        let last = waiting.clone().next();
        let chosen = waiting.find(|known| known.address() == preferred.0).or(last);
        chosen.map(|known| known.destination.clone())
    }

    /// As [`Loops::waiting`]; when none waits, the loop that called last if it still runs.
    pub(crate) fn choose(&self, py: Python<'_>, preferred: Preferred) -> PyResult<Destination> {
        if let Some(waiting) = self.waiting(preferred) {
            return Ok(waiting);
        }
        let last = {
            let loops = lock(&self.0);
            loops.last().map(|known| (known.event_loop.clone_ref(py), known.destination.clone()))
        };
        match last {
            Some((event_loop, destination))
                if event_loop.call_method0(py, "is_running")?.is_truthy(py)? =>
            {
                Ok(destination)
            }
            _ => Err(PyRuntimeError::new_err(
                "a coroutine needs an event loop to run on: call eval_async instead of eval, and eval_module_async instead \
                 of eval_module",
            )),
        }
    }
}

fn address(event_loop: &Bound<'_, PyAny>) -> usize {
    event_loop.as_ptr() as usize
}
