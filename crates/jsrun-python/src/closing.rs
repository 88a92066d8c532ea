//! Closing a runtime while an event loop goes on.

use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::core::Core;
use crate::{exit, python};

/// A runtime that is to be closed. Its method is for `jsrun._bridge`, on the event loop.
#[pyclass(frozen, module = "jsrun._jsrun")]
pub(crate) struct Closing(Arc<Core>);

impl Closing {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }
}

#[pymethods]
impl Closing {
    /// Closes the runtime; the future is done when everything of it is freed. A thread waits for that: who is woken by the
    /// runtime's own has its locks, and must not wait for the GIL. Who the runtime itself waits for does not wait, as with
    /// [`Core::close`].
    fn begin(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<()> {
        if self.0.is_awaited_by_this_thread() {
            drop(self.0.close_async());
            return python::helper(py, "set_done")?.call1((future,)).map(drop);
        }
        let core = Arc::clone(&self.0);
        let wait = move || {
            core.close_detached();
            exit::attach(|py| {
                let done = python::helper(py, "set_done");
                // A loop that is closed waits for nothing any more.
                let _ = done.and_then(|done| {
                    event_loop.bind(py).call_method1("call_soon_threadsafe", (done, &future))
                });
                drop((event_loop, future, core));
            });
        };
        let thread = std::thread::Builder::new().name("jsrun-closing".to_owned()).spawn(wait);
        thread.map(drop).map_err(|error| PyRuntimeError::new_err(format!("cannot start a thread: {error}")))
    }
}
