//! Python's functions as functions of JavaScript.

use std::sync::{Arc, Mutex, Weak};

use jsrun::{HostError, HostFunction, HostReply, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::core::{Core, lock};
use crate::error::to_host_error;
use crate::host_call::{self, Work};
use crate::loops::Preferred;
use crate::python;
use crate::thread_state;
use crate::values::{Root, from_python, to_python};

/// A Python function. A plain one runs on the runtime's thread; what a coroutine function gives runs on the event loop
/// that waits for the runtime.
pub(crate) struct BoundFunction {
    core: Weak<Core>,
    number: usize,
    is_coroutine: bool,
    preferred: Preferred,
}

impl BoundFunction {
    pub(crate) fn new(core: &Arc<Core>, function: &Bound<'_, PyAny>) -> PyResult<Self> {
        let is_coroutine = is_coroutine_function(function)?;
        let number = core.callables.add(function.clone().unbind());
        let preferred = Preferred::running(function.py())?;
        Ok(Self { core: Arc::downgrade(core), number, is_coroutine, preferred })
    }

    fn call_attached(&self, py: Python<'_>, core: &Arc<Core>, args: Vec<Value>) -> PyResult<HostReply> {
        if self.is_coroutine {
            let destination = core.loops.choose(py, self.preferred)?;
            return Ok(host_call::begin(core, Work::Bound { number: self.number, args }, destination));
        }
        let Some(function) = core.callables.get(py, self.number) else {
            return Ok(HostReply::Now(Err(HostError::new("Error", "the function's runtime is closed"))));
        };
        let result = function.call1(arguments(py, core, args)?)?;
        if is_awaitable(&result)? {
            let destination = core.loops.choose(py, self.preferred).inspect_err(|_| give_up(&result))?;
            return Ok(host_call::begin(core, Work::Awaitable(result.unbind()), destination));
        }
        from_python(&result, &core.conversion, Root::Result).map(|value| HostReply::Now(Ok(value)))
    }
}

impl HostFunction for BoundFunction {
    fn call(&self, args: Vec<Value>) -> HostReply {
        // A loop that waits takes a coroutine function without the GIL.
        if self.is_coroutine
            && let Some(core) = self.core.upgrade()
            && let Some(destination) = core.loops.waiting(self.preferred)
        {
            return host_call::begin(&core, Work::Bound { number: self.number, args }, destination);
        }
        attached(&self.core, |py, core| self.call_attached(py, core, args))
    }
}

/// Runs Python code for JavaScript, on the runtime's thread.
fn attached(
    core: &Weak<Core>,
    work: impl FnOnce(Python<'_>, &Arc<Core>) -> PyResult<HostReply>,
) -> HostReply {
    let reply = core.upgrade().and_then(|core| {
        core.serve_here();
        // Dropped after the interpreter is left.
        thread_state::attach(|py| {
            work(py, &core).unwrap_or_else(|error| HostReply::Now(Err(to_host_error(py, error))))
        })
    });
    reply.unwrap_or_else(|| HostReply::Now(Err(HostError::new("Error", "the interpreter is shutting down"))))
}

/// Whether what a function gave is to be awaited. Most of what functions give is a value, by its exact type.
pub(crate) fn is_awaitable(result: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_value = result.is_none()
        || result.is_exact_instance_of::<PyInt>()
        || result.is_exact_instance_of::<PyString>()
        || result.is_exact_instance_of::<PyFloat>()
        || result.is_exact_instance_of::<PyBool>()
        || result.is_exact_instance_of::<PyDict>()
        || result.is_exact_instance_of::<PyList>();
    Ok(!is_value && python::helper(result.py(), "is_awaitable")?.call1((result,))?.is_truthy()?)
}

/// A coroutine that nobody will await, which Python would warn of.
pub(crate) fn give_up(awaitable: &Bound<'_, PyAny>) {
    // What is no coroutine has nothing to close.
    let _ = awaitable.call_method0("close");
}

/// Values as a function's arguments.
pub(crate) fn arguments<'py>(
    py: Python<'py>,
    core: &Arc<Core>,
    args: Vec<Value>,
) -> PyResult<Bound<'py, PyTuple>> {
    let args = args.into_iter().enumerate();
    let args = args.map(|(index, value)| to_python(py, core, value, Root::Argument(index)));
    PyTuple::new(py, args.collect::<PyResult<Vec<_>>>()?)
}

pub(crate) fn is_coroutine_function(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    python::helper(function.py(), "is_coroutine_function")?.call1((function,))?.is_truthy()
}

/// The functions that `register_op` gave numbers.
#[derive(Default)]
pub(crate) struct Ops(Mutex<Vec<(OpMode, Arc<BoundFunction>)>>);

/// How JavaScript calls an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpMode {
    Sync,
    Async,
}

impl Ops {
    pub(crate) fn add(&self, mode: OpMode, function: BoundFunction) -> usize {
        let mut ops = lock(&self.0);
        ops.push((mode, Arc::new(function)));
        ops.len() - 1
    }

    fn get(&self, mode: OpMode, id: Option<&Value>) -> Option<Arc<BoundFunction>> {
        let id = id.and_then(Value::as_f64)?;
        let ops = lock(&self.0);
        let known = 0.0 <= id && id.fract() == 0.0 && id < f64::from(u32::MAX);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared above")]
        let (found, function) = ops.get(id as usize).filter(|_| known)?;
        (*found == mode).then(|| Arc::clone(function))
    }
}

/// `__host_op_sync__` or `__host_op_async__`.
pub(crate) struct OpCaller {
    pub(crate) ops: Arc<Ops>,
    pub(crate) mode: OpMode,
}

impl HostFunction for OpCaller {
    fn call(&self, mut args: Vec<Value>) -> HostReply {
        let Some(op) = self.ops.get(self.mode, args.first()) else {
            let kind = match self.mode {
                OpMode::Sync => "sync",
                OpMode::Async => "async",
            };
            let id = args.first().unwrap_or(&Value::Undefined);
            return HostReply::Now(Err(HostError::new("Error", format!("there is no {kind} op {id}"))));
        };
        args.remove(0);
        op.call(args)
    }
}
