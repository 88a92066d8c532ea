//! Coroutines of Python that JavaScript waits for, on an event loop.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use jsrun::{HostError, HostReply, Lookout, Value};
use jsrun_remote::Permit;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;

use crate::bound::arguments;
use crate::breath;
use crate::core::{Core, lock};
use crate::error::to_host_error;
use crate::mailbox::Destination;
use crate::python;
use crate::values::{Root, from_python};

/// What a coroutine gave; `None` at the end of an iterator.
type Answer = Result<Option<Value>, HostError>;

/// A call of a Python function that gives an awaitable. Its methods are for `jsrun._bridge`, on the event loop.
#[pyclass(frozen, module = "jsrun._jsrun")]
pub(crate) struct HostCall(Arc<Shared>);

/// What the loop and the runtime's thread share of a call.
struct Shared {
    core: Weak<Core>,
    work: Mutex<Option<Work>>,
    answer: Mutex<Option<oneshot::Sender<Answer>>>,
    /// The task that does it.
    task: Mutex<Option<Py<PyAny>>>,
    /// Its place among what a worker makes this process hold: until Python is done with it, not only until JavaScript is.
    _permit: Option<Permit>,
}

/// What is to be done on the event loop.
pub(crate) enum Work {
    /// One of the runtime's [`Callables`](crate::callables::Callables), by its number.
    Bound {
        number: usize,
        args: Vec<Value>,
    },
    Function {
        function: Py<PyAny>,
        args: Vec<Value>,
    },
    Awaitable(Py<PyAny>),
}

/// The calls of one runtime that wait for an answer of Python's.
#[derive(Default)]
pub(crate) struct Awaited {
    count: AtomicUsize,
    /// For the answers, before the runtime's thread sleeps.
    lookout: Lookout,
}

impl Awaited {
    /// Looks for the answer that has just been asked for. Not when there are others, whose answers may come first.
    fn look(&self, answer: &oneshot::AsyncReceiver<Answer>) {
        if self.count.load(Ordering::Relaxed) == 1 && !breath::is_out() {
            self.lookout.look(|| answer.has_message().then_some(()));
        }
    }
}

/// One of [`Awaited`], for as long as this lives.
struct Counted(Arc<Awaited>);

impl Counted {
    fn new(awaited: &Arc<Awaited>) -> Self {
        awaited.count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(awaited))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

thread_local! {
    /// Whether a call was answered on this thread since that was last asked.
    static ANSWERED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a call was answered on this thread since this was last asked.
pub(crate) fn has_answered() -> bool {
    ANSWERED.replace(false)
}

/// Begins the work on a loop, without the GIL; JavaScript gets a promise.
pub(crate) fn begin(core: &Arc<Core>, work: Work, destination: Destination) -> HostReply {
    let answer = schedule(core, work, destination);
    HostReply::Later(Box::pin(async move { answer.await.map(|value| value.unwrap_or(Value::Undefined)) }))
}

/// Begins the work on a loop, without the GIL. Dropping the future cancels it.
pub(crate) fn schedule(
    core: &Arc<Core>,
    work: Work,
    destination: Destination,
) -> impl Future<Output = Answer> + Send + 'static + use<> {
    let (sender, answer) = oneshot::async_channel();
    let shared = Arc::new(Shared {
        core: Arc::downgrade(core),
        work: Mutex::new(Some(work)),
        answer: Mutex::new(Some(sender)),
        task: Mutex::new(None),
        _permit: Permit::current(),
    });
    let begun = Arc::clone(&shared);
    let own = destination.clone();
    destination.post(Box::new(move |py| {
        own.expect_turns(py)?;
        python::helper(py, "start_host_call")?.call1((HostCall(begun),)).map(drop)
    }));
    let cancel = CancelOnDrop { destination, call: Some(shared) };
    let counted = Counted::new(&core.awaited);
    async move {
        counted.0.look(&answer);
        let answer = answer.await;
        drop(counted);
        cancel.disarm();
        answer.unwrap_or_else(|_| Err(HostError::new("Error", "the event loop has ended")))
    }
}

impl Shared {
    fn settle(&self, answer: Answer) {
        if let Some(sender) = lock(&self.answer).take() {
            ANSWERED.set(true);
            let _ = sender.send(answer);
        }
    }

    /// JavaScript does not wait any more. Gives the task, if there is one to cancel.
    fn give_up(&self) -> Option<Py<PyAny>> {
        let work = lock(&self.work).take();
        drop(work);
        lock(&self.task).take()
    }
}

#[pymethods]
impl HostCall {
    /// Calls the function; gives what is to be awaited.
    fn invoke<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let work = lock(&self.0.work).take();
        match (work, self.0.core.upgrade()) {
            (Some(Work::Bound { number, args }), Some(core)) => match core.callables.get(py, number) {
                Some(function) => function.call1(arguments(py, &core, args)?),
                None => Err(PyRuntimeError::new_err("Runtime is closed")),
            },
            (Some(Work::Function { function, args }), Some(core)) => {
                function.bind(py).call1(arguments(py, &core, args)?)
            }
            (Some(Work::Awaitable(awaitable)), _) => Ok(awaitable.into_bound(py)),
            (_, None) | (None, _) => Err(PyRuntimeError::new_err("Runtime is closed")),
        }
    }

    /// Hands the result to JavaScript.
    fn finish(&self, py: Python<'_>, result: &Bound<'_, PyAny>) {
        let Some(core) = self.0.core.upgrade() else { return };
        let value = from_python(result, &core.conversion, Root::Result);
        self.0.settle(value.map(Some).map_err(|error| to_host_error(py, error)));
    }

    /// Hands an exception to JavaScript.
    fn fail(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        let error = PyErr::from_value(error);
        self.0.settle(if error.is_instance_of::<PyStopAsyncIteration>(py) {
            Ok(None)
        } else {
            Err(to_host_error(py, error))
        });
    }

    /// Keeps the task, which loops refer to weakly.
    fn keep(&self, task: Py<PyAny>) {
        let before = lock(&self.0.task).replace(task);
        drop(before);
    }
}

/// JavaScript has given up: the task is cancelled.
struct CancelOnDrop {
    destination: Destination,
    call: Option<Arc<Shared>>,
}

impl CancelOnDrop {
    fn disarm(mut self) {
        self.call = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some(call) = self.call.take() else { return };
        self.destination.post(Box::new(move |py| match call.give_up() {
            Some(task) => task.call_method0(py, "cancel").map(drop),
            None => Ok(()),
        }));
    }
}
