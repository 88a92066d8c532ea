//! Calls into JavaScript that an event loop waits for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsrun::{Call, Error, Value};
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;

use crate::backend::CallCanceller;
use crate::core::{Core, lock};
use crate::error::Subject;
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
pub(crate) struct Slot(Mutex<SlotState>);

#[derive(Default)]
struct SlotState {
    result: Option<Result<Value, Error>>,
    waiter: Option<Waiter>,
}

struct Waiter {
    event_loop: Py<PyAny>,
    future: Py<PyAny>,
    call: Py<PyAny>,
}

impl Slot {
    /// The result is there. Wakes the loop: once, and only if something waits on it.
    pub(crate) fn fill(&self, result: Result<Value, Error>) {
        let waiter = {
            let mut slot = lock(&self.0);
            slot.result = Some(result);
            slot.waiter.take()
        };
        let Some(Waiter { event_loop, future, call }) = waiter else { return };
        Python::try_attach(|py| {
            let deliver = call.bind(py).getattr("_deliver");
            // A loop that is closed waits for nothing any more.
            let _ = deliver.and_then(|deliver| {
                event_loop.bind(py).call_method1("call_soon_threadsafe", (deliver, &future, &event_loop))
            });
            drop((event_loop, future, call));
        });
    }
}

impl PendingCall {
    /// A call that begins when it is awaited.
    pub(crate) fn new(core: Arc<Core>, call: Call, gives: Gives, subject: Subject) -> Self {
        let slot = Arc::default();
        Self { core, subject, gives, call: Mutex::new(Some(call)), canceller: Mutex::new(None), slot }
    }

    /// A call that has begun, and fills the slot.
    pub(crate) fn begun(core: Arc<Core>, slot: Arc<Slot>, subject: Subject) -> Self {
        Self { core, subject, gives: Gives::Value, call: Mutex::new(None), canceller: Mutex::new(None), slot }
    }

    /// Begins now, instead of when it is awaited.
    pub(crate) fn begin_now(&self) -> PyResult<()> {
        let Some(call) = lock(&self.call).take() else { return Ok(()) };
        let slot = Arc::clone(&self.slot);
        let canceller = self.core.handle(self.subject)?.begin_call(call, move |result| slot.fill(result));
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
    /// Begins the call, if it has not begun, and has its result given to the future. False when the runtime's queue is
    /// full: the caller is to try again.
    fn begin(
        slf: &Bound<'_, Self>,
        event_loop: &Bound<'_, PyAny>,
        future: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let this = slf.get();
        let begun = lock(&this.call).is_none();
        if !begun && this.core.handle(this.subject)?.is_busy() {
            return Ok(false);
        }
        let there = {
            let mut slot = lock(&this.slot.0);
            let there = slot.result.is_some();
            if !there {
                slot.waiter = Some(Waiter {
                    event_loop: event_loop.clone().unbind(),
                    future: future.clone().unbind(),
                    call: slf.clone().into_any().unbind(),
                });
            }
            there
        };
        this.core.loops.enter(event_loop);
        if there {
            this.deliver(slf.py(), future, event_loop)?;
        } else if let Err(error) = this.begin_now() {
            this.core.loops.leave(event_loop);
            let waiter = lock(&this.slot.0).waiter.take();
            drop(waiter);
            return Err(error);
        }
        Ok(true)
    }

    /// Gives the result to the future.
    #[pyo3(name = "_deliver")]
    fn deliver(
        &self,
        py: Python<'_>,
        future: &Bound<'_, PyAny>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.core.loops.leave(event_loop);
        let Some(result) = lock(&self.slot.0).result.take() else { return Ok(()) };
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        match self.convert(py, result) {
            Ok(value) => future.call_method1("set_result", (value,))?,
            Err(error) => future.call_method1("set_exception", (error.into_value(py),))?,
        };
        Ok(())
    }

    /// Stops the call's JavaScript.
    fn cancel(&self) {
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
