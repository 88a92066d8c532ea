//! Calls into JavaScript that an event loop waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsrun::{Call, Error, Value};
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::intern;
use pyo3::prelude::*;

use crate::backend::CallCanceller;
use crate::core::{Core, lock};
use crate::error::Subject;
use crate::loops::Entered;
use crate::python;
use crate::values::{Root, to_python};

/// A call into JavaScript that an event loop waits for. Its methods are for `jsrun._bridge`, on the event loop.
#[pyclass(frozen, module = "jsrun._jsrun")]
pub(crate) struct PendingCall {
    core: Arc<Core>,
    subject: Subject,
    gives: Gives,
    call: Mutex<Option<Call>>,
    canceller: Mutex<Option<CallCanceller>>,
    /// Between its begin and the wait for it.
    entered: Mutex<Option<Entered>>,
    slot: Arc<Slot>,
}

/// What the call's value is to whoever awaits it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gives {
    Value,
    /// The next chunk of a stream; `StopAsyncIteration` at its end.
    Chunk,
    /// Nothing: the call is made for what it does. A runtime that is closed has done it.
    Nothing,
}

/// Where the runtime's thread leaves the result.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<SlotState>,
    /// The result has been left.
    filled: AtomicBool,
}

#[derive(Default)]
struct SlotState {
    result: Option<Result<Value, Error>>,
    waiter: Option<Waiter>,
}

struct Waiter {
    future: Py<PyAny>,
    call: Py<PendingCall>,
    entered: Entered,
}

impl Slot {
    /// The result is there. Tells the loop that waits for it, if one does; the GIL is not needed for that.
    pub(crate) fn fill(&self, result: Result<Value, Error>) {
        let waiter = {
            let mut slot = lock(&self.state);
            slot.result = Some(result);
            slot.waiter.take()
        };
        self.filled.store(true, Ordering::Release);
        let Some(Waiter { future, call, entered }) = waiter else { return };
        let destination = entered.destination.clone();
        destination.post(Box::new(move |py| {
            drop(entered);
            call.get().deliver(py, future.bind(py))
        }));
    }

    /// The result, if it has been left.
    fn take(&self) -> Option<Result<Value, Error>> {
        if self.filled.load(Ordering::Acquire) { lock(&self.state).result.take() } else { None }
    }
}

impl PendingCall {
    /// A call that begins when it is awaited.
    pub(crate) fn new(core: Arc<Core>, call: Call, gives: Gives, subject: Subject) -> Self {
        let slot = Arc::default();
        Self {
            core,
            subject,
            gives,
            call: Mutex::new(Some(call)),
            canceller: Mutex::new(None),
            entered: Mutex::new(None),
            slot,
        }
    }

    /// A call that has begun, and fills the slot.
    pub(crate) fn begun(core: Arc<Core>, slot: Arc<Slot>, subject: Subject) -> Self {
        Self {
            core,
            subject,
            gives: Gives::Value,
            call: Mutex::new(None),
            canceller: Mutex::new(None),
            entered: Mutex::new(None),
            slot,
        }
    }

    /// Begins now, instead of when it is awaited.
    pub(crate) fn begin_now(&self) -> PyResult<()> {
        let Some(call) = lock(&self.call).take() else { return Ok(()) };
        let slot = Arc::clone(&self.slot);
        let canceller = self.core.queue_call(call, self.subject, move |result| slot.fill(result))?;
        *lock(&self.canceller) = Some(canceller);
        Ok(())
    }

    /// What Python awaits: a coroutine.
    pub(crate) fn into_coroutine(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        python::helper(py, "wait")?.call1((Bound::new(py, self)?,))
    }

    /// What Python may await: nothing is lost if it does not.
    pub(crate) fn into_awaitable(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        python::helper(py, "Awaitable")?.call1((Bound::new(py, self)?,))
    }

    /// Gives the result to the future.
    fn deliver(&self, py: Python<'_>, future: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(result) = self.slot.take() else { return Ok(()) };
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(());
        }
        match self.convert(py, result) {
            Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
            Err(error) => future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))?,
        };
        Ok(())
    }

    fn convert<'py>(&self, py: Python<'py>, result: Result<Value, Error>) -> PyResult<Bound<'py, PyAny>> {
        match (result, self.gives) {
            (Ok(value), Gives::Value) => to_python(py, &self.core, value, Root::Value),
            (Ok(Value::Array(mut chunk)), Gives::Chunk) => {
                to_python(py, &self.core, chunk.pop().unwrap_or_default(), Root::Value)
            }
            (Ok(_), Gives::Chunk) => Err(PyStopAsyncIteration::new_err(())),
            (Ok(_) | Err(Error::Closed(_)), Gives::Nothing) => Ok(py.None().into_bound(py)),
            (Err(error), _) => Err(self.core.explain(py, error, self.subject)),
        }
    }
}

#[pymethods]
impl PendingCall {
    /// Begins the call, if it has not begun. Gives its result if that comes at once, and else `NotImplemented`: then it is to
    /// be waited for.
    fn begin<'py>(&self, py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(result) = self.slot.take() {
            return self.convert(py, result);
        }
        let entered = self.core.loops.enter(event_loop)?;
        // Of several calls another one's result comes first.
        let looks = self.core.is_idle();
        self.begin_now()?;
        if looks && let Some(result) = self.core.lookout.look(|| self.slot.take()) {
            return self.convert(py, result);
        }
        *lock(&self.entered) = Some(entered);
        Ok(py.NotImplemented().into_bound(py))
    }

    /// Has the result given to a future, on the event loop that began the call.
    fn wait(slf: &Bound<'_, Self>, future: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let Some(entered) = lock(&this.entered).take() else { return Ok(()) };
        let mut slot = lock(&this.slot.state);
        if slot.result.is_none() {
            slot.waiter =
                Some(Waiter { future: future.clone().unbind(), call: slf.clone().unbind(), entered });
            return Ok(());
        }
        drop(slot);
        this.deliver(py, future)
    }

    /// Stops the call's JavaScript.
    fn cancel(&self) {
        // The call is the parent's, which shares its socket with a forked child.
        if self.core.is_foreign() {
            return;
        }
        if let Some(canceller) = lock(&self.canceller).take() {
            canceller.cancel();
        }
    }
}

/// A limit of wall time on a call.
pub(crate) fn limited(call: Call, timeout: Option<Duration>) -> Call {
    match timeout {
        Some(timeout) => call.wall(timeout),
        None => call,
    }
}

/// A call of a stream or function that was closed.
pub(crate) fn closed_error() -> PyErr {
    PyRuntimeError::new_err("Function has been closed")
}
