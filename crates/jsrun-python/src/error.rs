//! The engine's errors as Python's.

use std::any::Any;
use std::sync::Arc;

use jsrun::{CloseReason, ConversionErrorKind, Error, Exception, HostError, LimitKind};
use pyo3::exceptions::{PyBaseException, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::python::{self, Type};

/// What was asked to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Runtime,
    /// A runtime, for a module.
    Module,
    /// A function or a stream of JavaScript.
    Function,
}

/// An error of the engine as Python's.
pub(crate) fn to_py_err(py: Python<'_>, error: Error, subject: Subject) -> PyErr {
    match error {
        Error::Closed(reason) => closed(py, reason, subject),
        Error::Exception(thrown) => thrown_error(py, &thrown.exception, thrown.host_error.as_ref()),
        Error::Limit { kind, limits } => match kind {
            LimitKind::Wall | LimitKind::Cpu => {
                let text = format!("Evaluation timed out after {}", limits.describe(kind));
                new_error(py, Type::RuntimeTimeout, text)
            }
            LimitKind::Memory => {
                let text = format!("Heap limit exceeded ({}): the runtime is closed", limits.describe(kind));
                new_error(py, Type::RuntimeTerminated, text)
            }
            LimitKind::Output => {
                PyRuntimeError::new_err("Evaluation failed: too much was written to the console")
            }
        },
        Error::Cancelled => PyRuntimeError::new_err("Evaluation was cancelled"),
        Error::Pending => PyRuntimeError::new_err(match subject {
            Subject::Module => {
                "Evaluation failed: the module waits for something, such as an async loader; eval_module_async waits \
                 with it"
            }
            Subject::Runtime | Subject::Function => {
                "Evaluation failed: the result is a promise that is still pending; eval_async waits for it"
            }
        }),
        Error::NeverSettles => PyRuntimeError::new_err(
            "Evaluation failed: the promise is still pending and nothing is left that could settle it",
        ),
        Error::Conversion(error) => match error.kind {
            // A handle's path says nothing: it is the one that the caller holds.
            ConversionErrorKind::ClosedHandle if error.path.is_empty() => {
                PyRuntimeError::new_err("Function has been closed")
            }
            _ => PyRuntimeError::new_err(error.to_string()),
        },
        Error::Reentrant => PyRuntimeError::new_err(
            "a bound function cannot wait for its own runtime: make it a coroutine function, or make the call after it \
             has returned",
        ),
        Error::ReadOnlyGlobal { name } => {
            PyRuntimeError::new_err(format!("the program has made the global {name:?} read-only"))
        }
        error @ (Error::Start(_) | Error::Thread(_) | Error::Busy | Error::SourceTooLong { .. }) => {
            PyRuntimeError::new_err(error.to_string())
        }
    }
}

/// The error of a call into a runtime that is closed.
pub(crate) fn closed(py: Python<'_>, reason: CloseReason, subject: Subject) -> PyErr {
    match (reason, subject) {
        (CloseReason::Terminated, _) => new_error(
            py,
            Type::RuntimeTerminated,
            "Runtime is closed: it was terminated by host request".to_owned(),
        ),
        (CloseReason::Memory, _) => {
            new_error(py, Type::RuntimeTerminated, "Runtime is closed: Heap limit exceeded".to_owned())
        }
        (CloseReason::Closed, Subject::Function) => {
            PyRuntimeError::new_err("Runtime has been shut down: it is closed")
        }
        (CloseReason::Closed, Subject::Runtime | Subject::Module) => {
            PyRuntimeError::new_err("Runtime is closed")
        }
        (CloseReason::Crashed, _) => {
            new_error(py, Type::RuntimeCrashed, "Runtime is closed: its process has died".to_owned())
        }
        (CloseReason::Unclean, _) => PyRuntimeError::new_err("Runtime is closed: its thread has ended"),
    }
}

/// The error of a call into a runtime whose process has died.
pub(crate) fn crashed(py: Python<'_>, how: &str) -> PyErr {
    new_error(py, Type::RuntimeCrashed, format!("Runtime is closed: its process has crashed: {how}"))
}

/// After it the runtime is gone.
pub(crate) fn is_out_of_memory(error: &Error) -> bool {
    matches!(error, Error::Limit { kind: LimitKind::Memory, .. } | Error::Closed(CloseReason::Memory))
}

/// What Python code raised, for the engine to carry through JavaScript.
pub(crate) fn to_host_error(py: Python<'_>, error: PyErr) -> HostError {
    let value = error.into_value(py);
    let bound = value.bind(py);
    let class = bound
        .get_type()
        .name()
        .map_or_else(|_| "Error".to_owned(), |name| name.to_string_lossy().into_owned());
    let message = bound.str().map_or_else(|_| class.clone(), |text| text.to_string_lossy().into_owned());
    HostError { class, message, payload: Some(Arc::new(value) as Arc<dyn Any + Send + Sync>) }
}

/// A `JavaScriptError`, as a value.
pub(crate) fn new_javascript_error<'py>(
    py: Python<'py>,
    exception: &Exception,
) -> PyResult<Bound<'py, PyAny>> {
    let frames = PyList::empty(py);
    for frame in &exception.frames {
        let made = PyDict::new(py);
        made.set_item("function_name", frame.function.as_deref())?;
        let position = frame.position.as_ref();
        made.set_item("file_name", position.map(|position| position.file.as_str()))?;
        made.set_item("line_number", position.map(|position| position.line))?;
        made.set_item("column_number", position.map(|position| position.column))?;
        frames.append(made)?;
    }
    let arguments = (&exception.message, exception.name.as_deref(), exception.stack.as_deref(), frames);
    let error = python::get_type(py, Type::JavaScriptError)?.call1(arguments)?;
    if let Some(cause) = &exception.cause {
        error.setattr("__cause__", new_javascript_error(py, cause)?)?;
    }
    Ok(error)
}

fn thrown_error(py: Python<'_>, exception: &Exception, host_error: Option<&HostError>) -> PyErr {
    let error = match new_javascript_error(py, exception) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => return error,
    };
    let payload = host_error.and_then(|error| error.payload.as_ref());
    if let Some(original) = payload.and_then(|payload| payload.downcast_ref::<Py<PyBaseException>>()) {
        error.set_cause(py, Some(PyErr::from_value(original.bind(py).clone().into_any())));
    }
    error
}

fn new_error(py: Python<'_>, class: Type, text: String) -> PyErr {
    match python::get_type(py, class) {
        Ok(class) => PyErr::from_type(class.clone(), (text,)),
        Err(error) => error,
    }
}
