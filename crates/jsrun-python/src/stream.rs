//! Streams between Python and JavaScript.

use std::sync::{Arc, Mutex, Weak};

use jsrun::{Call, Chunk, HostError, HostStream, StreamHandle};
use pyo3::exceptions::{PyStopAsyncIteration, PyTypeError};
use pyo3::prelude::*;

use crate::core::{Core, lock};
use crate::error::{Subject, to_host_error};
use crate::exit;
use crate::host_call::{self, Work};
use crate::loops::Preferred;
use crate::mailbox::Destination;
use crate::pending::{Gives, PendingCall};
use crate::python;
use crate::values::Refusal;

/// A `ReadableStream` of JavaScript: an async iterator of its chunks.
///
/// >>> async def read(stream):
/// ...     return [chunk async for chunk in stream]
/// >>> stream = runtime.eval("new ReadableStream({ start(c) { c.enqueue(1); c.close() } })")
/// >>> asyncio.run(read(stream))
/// [1]
#[pyclass(frozen, module = "jsrun")]
pub(crate) struct JsStream {
    core: Arc<Core>,
    handle: Mutex<Option<StreamHandle>>,
}

impl JsStream {
    pub(crate) fn new(core: Arc<Core>, handle: StreamHandle) -> Self {
        Self { core, handle: Mutex::new(Some(handle)) }
    }

    pub(crate) fn handle(&self) -> Result<StreamHandle, Refusal> {
        lock(&self.handle).clone().ok_or_else(|| Refusal::new("Stream has been closed"))
    }
}

#[pymethods]
impl JsStream {
    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The next chunk; StopAsyncIteration at the end, and after close().
    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let handle = lock(&self.handle).clone();
        let Some(handle) = handle else { return Err(PyStopAsyncIteration::new_err(())) };
        self.core.handle(Subject::Function)?;
        let call = Call::stream_read(&handle).wall(std::time::Duration::MAX);
        PendingCall::new(Arc::clone(&self.core), call, Gives::Chunk, Subject::Function).into_coroutine(py)
    }

    /// Cancels the stream at once: its source is told that nobody reads any more. May be awaited, for the source's own
    /// cleaning up. A second time it does nothing.
    ///
    /// >>> async def first(stream):
    /// ...     async for chunk in stream:
    /// ...         await stream.close()
    /// ...     return chunk
    /// >>> stream = runtime.eval("new ReadableStream({ pull(c) { c.enqueue('endless') } })")
    /// >>> asyncio.run(first(stream))
    /// 'endless'
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let handle = lock(&self.handle).take();
        let Some(handle) = handle.filter(|_| !self.core.is_closed()) else {
            return python::helper(py, "Done")?.call0();
        };
        let call = Call::stream_cancel(&handle);
        let cancel = PendingCall::new(Arc::clone(&self.core), call, Gives::Nothing, Subject::Function);
        cancel.begin_now()?;
        cancel.into_awaitable(py)
    }

    /// As close(), for contextlib.aclosing.
    ///
    /// >>> import contextlib
    /// >>> async def first(stream):
    /// ...     async with contextlib.aclosing(stream):
    /// ...         return await anext(stream)
    /// >>> asyncio.run(first(runtime.eval("new ReadableStream({ pull(c) { c.enqueue('endless') } })")))
    /// 'endless'
    fn aclose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.close(py)
    }

    fn __repr__(&self) -> &'static str {
        if lock(&self.handle).is_some() { "<JsStream>" } else { "<JsStream (closed)>" }
    }
}

/// A stream of Python, to be passed to JavaScript, which sees a `ReadableStream`. From
/// `Runtime.stream_from_async_iterable`.
///
/// >>> async def rows():
/// ...     yield {"number": 1}
/// >>> runtime.stream_from_async_iterable(rows())
/// <PyStreamSource>
#[pyclass(frozen, module = "jsrun")]
pub(crate) struct PyStreamSource {
    handle: StreamHandle,
}

impl PyStreamSource {
    pub(crate) fn new(py: Python<'_>, core: &Arc<Core>, iterable: &Bound<'_, PyAny>) -> PyResult<Self> {
        let iterator = python::helper(py, "async_iterator")?.call1((iterable,));
        let iterator = iterator.map_err(|error| {
            if error.is_instance_of::<PyTypeError>(py) {
                let text = format!("an async iterable is needed, not {}", crate::values::type_name(iterable));
                PyTypeError::new_err(text)
            } else {
                error
            }
        })?;
        let running = python::helper(py, "running_loop")?.call0()?;
        let source = IteratorStream {
            core: Arc::downgrade(core),
            iterator: iterator.unbind(),
            destination: if running.is_none() { None } else { Some(Destination::of(&running)?) },
        };
        let handle = core.ask(py, move |runtime| runtime.create_stream(Arc::new(source)))?;
        Ok(Self { handle })
    }

    pub(crate) fn handle(&self) -> StreamHandle {
        self.handle.clone()
    }
}

#[pymethods]
impl PyStreamSource {
    #[expect(clippy::unused_self, reason = "Python calls it on the instance")]
    fn __repr__(&self) -> &'static str {
        "<PyStreamSource>"
    }
}

/// An async iterator, which lives on its event loop.
struct IteratorStream {
    core: Weak<Core>,
    iterator: Py<PyAny>,
    /// The loop where the stream was made; otherwise it is the one that waits for the runtime.
    destination: Option<Destination>,
}

impl IteratorStream {
    fn schedule(&self, py: Python<'_>, core: &Arc<Core>) -> PyResult<Chunk> {
        let function = self.iterator.bind(py).getattr("__anext__")?.unbind();
        let work = Work::Function { function, args: Vec::new() };
        Ok(Box::pin(host_call::schedule(core, work, self.destination(py, core)?)))
    }

    fn destination(&self, py: Python<'_>, core: &Core) -> PyResult<Destination> {
        match &self.destination {
            Some(destination) => Ok(destination.clone()),
            None => core.loops.choose(py, Preferred::default()),
        }
    }
}

impl HostStream for IteratorStream {
    fn next(&self) -> Chunk {
        let scheduled = self.core.upgrade().and_then(|core| {
            core.serve_here();
            exit::attach(|py| self.schedule(py, &core).map_err(|error| to_host_error(py, error)))
        });
        match scheduled {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => Box::pin(std::future::ready(Err(error))),
            None => Box::pin(std::future::ready(Err(HostError::new("Error", "the runtime is closed")))),
        }
    }

    fn cancel(&self) {
        // A loop that is closed has closed its iterators.
        let _ = exit::attach(|py| -> PyResult<()> {
            let destination = match (&self.destination, self.core.upgrade()) {
                (Some(destination), _) => destination.clone(),
                (None, Some(core)) => core.loops.choose(py, Preferred::default())?,
                (None, None) => return Ok(()),
            };
            let iterator = self.iterator.clone_ref(py);
            destination
                .post(Box::new(move |py| python::helper(py, "close_iterator")?.call1((iterator,)).map(drop)));
            Ok(())
        });
    }
}
