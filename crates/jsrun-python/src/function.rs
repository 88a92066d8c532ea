//! JavaScript's functions as Python callables.

use std::sync::{Arc, Mutex};

use jsrun::{Call, FunctionHandle, Value};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::core::{Core, lock};
use crate::error::Subject;
use crate::exit;
use crate::pending::{Gives, PendingCall, Slot, closed_error, limited};
use crate::timeout::timeout_of;
use crate::values::{Refusal, Root, from_python, to_python};

/// A function of JavaScript. It keeps the object that it was read from as its `this`.
///
/// Calling it gives its value, or an awaitable when it returned a promise that is pending. Beside its arguments it takes
/// timeout=, in seconds or as a timedelta; the default is that of the runtime's configuration.
///
/// Raises JavaScriptError when the function throws, RuntimeError when it times out (a TimeoutError too), when a value
/// cannot cross, when the function is closed ("Function has been closed") or its runtime is ("Runtime has been shut
/// down").
///
/// >>> add = runtime.eval("(a, b) => a + b")
/// >>> add(2, 3, timeout=1)
/// 5
#[pyclass(frozen, module = "jsrun", name = "JsFunction")]
pub(crate) struct JsFunction {
    core: Arc<Core>,
    handle: Mutex<Option<FunctionHandle>>,
}

impl JsFunction {
    pub(crate) fn new(core: Arc<Core>, handle: FunctionHandle) -> Self {
        Self { core, handle: Mutex::new(Some(handle)) }
    }

    /// The handle, for passing the function back.
    pub(crate) fn handle(&self) -> Result<FunctionHandle, Refusal> {
        lock(&self.handle).clone().ok_or_else(|| Refusal::new("Function has been closed"))
    }

    fn call(&self, args: &Bound<'_, PyTuple>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Call> {
        exit::prepare_thread();
        let timeout = timeout_of(timeout)?;
        let handle = lock(&self.handle).clone().ok_or_else(closed_error)?;
        let limits = &self.core.conversion;
        let args = args.iter().enumerate();
        let args = args.map(|(index, object)| from_python(&object, limits, Root::Argument(index)));
        Ok(limited(Call::function(&handle, args.collect::<PyResult<Vec<Value>>>()?), timeout))
    }
}

#[pymethods]
impl JsFunction {
    /// See the class.
    #[pyo3(signature = (*args, timeout=None))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = self.call(args, timeout)?;
        let slot = Arc::new(Slot::default());
        let later = Arc::clone(&slot);
        let later: jsrun::Later = Box::new(move |result| later.fill(result));
        match self.core.call(py, call, Some(later), Subject::Function)? {
            Some(value) => to_python(py, &self.core, value, Root::Value),
            None => PendingCall::begun(Arc::clone(&self.core), slot, Subject::Function).into_coroutine(py),
        }
    }

    /// Calls the function; always gives an awaitable. Arguments and errors as when called directly.
    ///
    /// >>> later = runtime.eval("(value) => new Promise((resolve) => setTimeout(resolve, 1, value))")
    /// >>> asyncio.run(later.call_async("done"))
    /// 'done'
    #[pyo3(signature = (*args, timeout=None))]
    fn call_async<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = self.call(args, timeout)?;
        self.core.handle(Subject::Function)?;
        PendingCall::new(Arc::clone(&self.core), call, Gives::Value, Subject::Function).into_coroutine(py)
    }

    /// Lets go of the function: calling it, or passing it back, is a RuntimeError from now on. May be awaited.
    ///
    /// >>> function = runtime.eval("() => 1")
    /// >>> _ = function.close()
    /// >>> function()
    /// Traceback (most recent call last):
    /// RuntimeError: Function has been closed
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let handle = lock(&self.handle).take();
        drop(handle);
        crate::python::helper(py, "Done")?.call0()
    }

    fn __repr__(&self) -> &'static str {
        if lock(&self.handle).is_some() { "<JsFunction>" } else { "<JsFunction (closed)>" }
    }
}
