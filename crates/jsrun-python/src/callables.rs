//! Python's functions that a runtime can call, where Python's garbage collector finds them.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};

use crate::core::lock;

/// Python's functions that one runtime can call. The runtime itself knows numbers only: a function that refers to its
/// runtime is then a circle that the collector sees.
#[derive(Default)]
pub(crate) struct Callables(Mutex<Vec<Option<Py<PyAny>>>>);

impl Callables {
    /// Keeps a function; gives its number.
    pub(crate) fn add(&self, function: Py<PyAny>) -> usize {
        let mut functions = lock(&self.0);
        functions.push(Some(function));
        functions.len() - 1
    }

    /// The function; `None` when the collector or a closed runtime let go of it.
    pub(crate) fn get<'py>(&self, py: Python<'py>, number: usize) -> Option<Bound<'py, PyAny>> {
        let functions = lock(&self.0);
        functions.get(number)?.as_ref().map(|function| function.bind(py).clone())
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Whoever has the lock is attached, as the collector is: there is nobody.
        let Ok(functions) = self.0.try_lock() else { return Ok(()) };
        functions.iter().flatten().try_for_each(|function| visit.call(function))
    }

    /// Lets go of all.
    pub(crate) fn clear(&self) {
        let removed = std::mem::take(&mut *lock(&self.0));
        // Python's code may run when a function goes: not with the lock.
        drop(removed);
    }
}
