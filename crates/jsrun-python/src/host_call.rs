//! Coroutines of Python that JavaScript waits for, on an event loop.

use std::sync::{Arc, Mutex, Weak};

use jsrun::{HostError, HostReply, Value};
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;

use crate::bound::arguments;
use crate::core::{Core, lock};
use crate::error::to_host_error;
use crate::python;
use crate::values::{Root, from_python};

/// What a coroutine gave; `None` at the end of an iterator.
type Answer = Result<Option<Value>, HostError>;

/// A call of a Python function that gives an awaitable. Its methods are for `jsrun._bridge`, on the event loop.
#[pyclass(frozen, module = "jsrun._jsrun")]
pub(crate) struct HostCall {
    core: Weak<Core>,
    work: Mutex<Option<Work>>,
    answer: Mutex<Option<oneshot::Sender<Answer>>>,
    /// The task that does it.
    task: Mutex<Option<Py<PyAny>>>,
}

enum Work {
    Function { function: Py<PyAny>, args: Vec<Value> },
    Awaitable(Py<PyAny>),
}

impl HostCall {
    pub(crate) fn function(core: &Arc<Core>, function: Bound<'_, PyAny>, args: Vec<Value>) -> Self {
        Self::new(core, Work::Function { function: function.unbind(), args })
    }

    pub(crate) fn awaitable(core: &Arc<Core>, awaitable: Bound<'_, PyAny>) -> Self {
        Self::new(core, Work::Awaitable(awaitable.unbind()))
    }

    fn new(core: &Arc<Core>, work: Work) -> Self {
        Self {
            core: Arc::downgrade(core),
            work: Mutex::new(Some(work)),
            answer: Mutex::new(None),
            task: Mutex::new(None),
        }
    }

    /// Begins it on a loop; JavaScript gets a promise.
    pub(crate) fn begin(self, py: Python<'_>, event_loop: &Bound<'_, PyAny>) -> PyResult<HostReply> {
        let answer = self.schedule(py, event_loop)?;
        Ok(HostReply::Later(Box::pin(
            async move { answer.await.map(|value| value.unwrap_or(Value::Undefined)) },
        )))
    }

    /// Begins it on a loop. Dropping the future cancels it.
    pub(crate) fn schedule(
        self,
        py: Python<'_>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<impl Future<Output = Answer> + Send + 'static + use<>> {
        let (sender, answer) = oneshot::async_channel();
        *lock(&self.answer) = Some(sender);
        let call = Bound::new(py, self)?;
        event_loop.call_method1("call_soon_threadsafe", (python::helper(py, "start_host_call")?, &call))?;
        let cancel =
            CancelOnDrop { event_loop: event_loop.clone().unbind(), call: Some(call.unbind().into_any()) };
        Ok(async move {
            let answer = answer.await;
            cancel.disarm();
            answer.unwrap_or_else(|_| Err(HostError::new("Error", "the event loop has ended")))
        })
    }

    fn settle(&self, answer: Answer) {
        if let Some(sender) = lock(&self.answer).take() {
            let _ = sender.send(answer);
        }
    }
}

#[pymethods]
impl HostCall {
    /// Calls the function; gives what is to be awaited.
    fn invoke<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let work = lock(&self.work).take();
        match (work, self.core.upgrade()) {
            (Some(Work::Function { function, args }), Some(core)) => {
                function.bind(py).call1(arguments(py, &core, args)?)
            }
            (Some(Work::Awaitable(awaitable)), _) => Ok(awaitable.into_bound(py)),
            (_, None) | (None, _) => Err(PyRuntimeError::new_err("Runtime is closed")),
        }
    }

    /// Hands the result to JavaScript.
    fn finish(&self, py: Python<'_>, result: &Bound<'_, PyAny>) {
        let Some(core) = self.core.upgrade() else { return };
        let value = from_python(result, &core.conversion, Root::Result);
        self.settle(value.map(Some).map_err(|error| to_host_error(py, error)));
    }

    /// Hands an exception to JavaScript.
    fn fail(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        let error = PyErr::from_value(error);
        self.settle(if error.is_instance_of::<PyStopAsyncIteration>(py) {
            Ok(None)
        } else {
            Err(to_host_error(py, error))
        });
    }

    /// Keeps the task, which loops refer to weakly.
    fn keep(&self, task: Py<PyAny>) {
        let before = lock(&self.task).replace(task);
        drop(before);
    }

    /// JavaScript does not wait any more. Gives the task, if there is one to cancel.
    fn give_up(&self) -> Option<Py<PyAny>> {
        let work = lock(&self.work).take();
        drop(work);
        lock(&self.task).take()
    }
}

/// JavaScript has given up: the task is cancelled.
struct CancelOnDrop {
    event_loop: Py<PyAny>,
    call: Option<Py<PyAny>>,
}

impl CancelOnDrop {
    fn disarm(mut self) {
        self.call = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some(call) = self.call.take() else { return };
        Python::try_attach(|py| {
            let cancel = python::helper(py, "cancel_host_call");
            // A loop that is closed has ended its tasks.
            let _ = cancel.and_then(|cancel| {
                self.event_loop.bind(py).call_method1("call_soon_threadsafe", (cancel, call))
            });
        });
    }
}
