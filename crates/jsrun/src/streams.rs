//! Streams between JavaScript and the host.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use deno_core::v8;
use jsrun_types::{ByteSize, StreamHandle, Value};

use crate::bindings;
use crate::error::Error;
use crate::handles::Handles;
use crate::host_function::{HostError, HostFunction, HostReply};
use crate::local::{EngineState, LocalRuntime};
use crate::slice::Broken;
use crate::stats::StreamStats;
use crate::stop::Running;
use crate::watchdog::Deadlines;

/// What a stream of the host gives next; `None` at its end.
///
/// ```
/// use jsrun::{Chunk, Value};
///
/// let last: Chunk = Box::pin(async { Ok(None) });
/// let other: Chunk = Box::pin(async { Ok(Some(Value::from("chunk"))) });
/// # drop((last, other));
/// ```
pub type Chunk = Pin<Box<dyn Future<Output = Result<Option<Value>, HostError>> + Send>>;

/// A stream of the host, which JavaScript reads as a `ReadableStream`. A chunk is asked for only when JavaScript wants to
/// read one.
///
/// ```
/// use jsrun::{Call, Chunk, HostStream, Runtime, Value};
///
/// struct Forever;
///
/// impl HostStream for Forever {
///     fn next(&self) -> Chunk {
///         Box::pin(async { Ok(Some(Value::from("again"))) })
///     }
/// }
///
/// let runtime = Runtime::new()?;
/// let stream = runtime.create_stream(Forever)?;
/// let Value::Function(read) = runtime.eval("async (stream) => (await stream.getReader().read()).value")? else { panic!() };
/// assert_eq!(runtime.call_and_wait(Call::function(&read, [stream.into()]))?.as_str(), Some("again"));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub trait HostStream: Send + Sync {
    /// The next chunk. JavaScript waits for one before it asks for another. An error rejects the reader, and ends the
    /// stream.
    fn next(&self) -> Chunk;

    /// JavaScript wants no more: it cancelled the stream, or cannot reach it any more.
    fn cancel(&self) {}
}

/// Counts of streams.
#[derive(Default)]
pub(crate) struct Streams {
    /// Those of the host that have not ended, by the numbers of their functions.
    open: RefCell<HashMap<u32, OpenStream>>,
    total_from_javascript: Cell<u64>,
    total_to_javascript: Cell<u64>,
    bytes_from_javascript: Cell<u64>,
    /// Any thread's future adds to it.
    bytes_to_javascript: Arc<AtomicU64>,
}

struct OpenStream {
    stream: Arc<dyn HostStream>,
    /// Tells when JavaScript cannot reach the stream any more.
    _reachable: v8::Weak<v8::Object>,
}

impl Streams {
    pub(crate) fn stats(&self, handles: &Handles) -> StreamStats {
        let bytes_to = self.bytes_to_javascript.load(Ordering::Relaxed);
        StreamStats {
            active_from_javascript: handles.stream_count(),
            active_to_javascript: self.open.borrow().len(),
            total_from_javascript: self.total_from_javascript.get(),
            total_to_javascript: self.total_to_javascript.get(),
            bytes_from_javascript: ByteSize::bytes(self.bytes_from_javascript.get()),
            bytes_to_javascript: ByteSize::bytes(bytes_to),
        }
    }

    /// The host holds a stream of JavaScript.
    pub(crate) fn count_kept(&self) {
        self.total_from_javascript.set(self.total_from_javascript.get() + 1);
    }

    /// The host has read a chunk.
    pub(crate) fn count_chunk(&self, chunk: &Value) {
        self.bytes_from_javascript.set(self.bytes_from_javascript.get() + chunk_size(chunk));
    }

    pub(crate) fn clear(&self) {
        let open = self.open.take();
        for open in open.into_values() {
            cancel(&*open.stream);
        }
    }

    /// A stream of the host has ended; gives it if that is news.
    fn end(&self, state: &EngineState, number: u32) -> Option<Arc<dyn HostStream>> {
        let open = self.open.borrow_mut().remove(&number)?;
        state.bindings.remove(number);
        Some(open.stream)
    }
}

/// Tells the host. A panic of its own must not unwind into V8.
fn cancel(stream: &dyn HostStream) {
    let _ = catch_unwind(AssertUnwindSafe(|| stream.cancel()));
}

fn chunk_size(chunk: &Value) -> u64 {
    match chunk {
        Value::Bytes(bytes) => bytes.len() as u64,
        Value::String(text) => text.utf8_len() as u64,
        _ => 0,
    }
}

/// JavaScript asks for a chunk: it gets an array with it, or `null` at the end.
struct Pull {
    stream: Arc<dyn HostStream>,
    bytes: Arc<AtomicU64>,
}

impl HostFunction for Pull {
    fn call(&self, _args: Vec<Value>) -> HostReply {
        let (chunk, bytes) = (self.stream.next(), Arc::clone(&self.bytes));
        HostReply::Later(Box::pin(async move {
            Ok(match chunk.await? {
                Some(chunk) => {
                    bytes.fetch_add(chunk_size(&chunk), Ordering::Relaxed);
                    Value::Array(vec![chunk])
                }
                None => Value::Null,
            })
        }))
    }
}

impl LocalRuntime {
    /// Makes a stream of the host one of JavaScript. The handle can be passed to JavaScript, which sees a
    /// `ReadableStream`.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn create_stream(&mut self, stream: Arc<dyn HostStream>) -> Result<StreamHandle, Error> {
        self.check_open()?;
        let limits = self.limits;
        let deadlines = Deadlines::from_now(limits.wall, limits.cpu);
        let owner = self.state.handles.owner();
        self.slice(Instant::now(), Running::Nothing, deadlines, &limits, |scope, state| {
            let made = make(scope, state, stream).ok_or(Broken::Threw)?;
            let id = state.handles.keep_stream(v8::Global::new(scope, made));
            Ok(StreamHandle::new(id, owner))
        })
    }
}

fn make<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &Rc<EngineState>,
    stream: Arc<dyn HostStream>,
) -> Option<v8::Local<'s, v8::Object>> {
    let streams = &state.streams;
    let pull = Pull { stream: Arc::clone(&stream), bytes: Arc::clone(&streams.bytes_to_javascript) };
    let pull = bindings::new_function(scope, state, None, Arc::new(pull))?;
    let number = bindings::last_number(state);
    // The engine's JavaScript calls it when the stream is over, with whether JavaScript itself wanted no more.
    let owner = Rc::downgrade(state);
    let ended = v8::Function::builder(stream_ended)
        .data(v8::Integer::new_from_unsigned(scope, number).into())
        .build(scope)?;
    let function = v8::Local::new(scope, &state.intrinsics().make_stream);
    let undefined = v8::undefined(scope).into();
    let made = function.call(scope, undefined, &[pull.into(), ended.into()])?;
    let made: v8::Local<v8::Object> = made.try_into().ok()?;
    let unreachable = Box::new(move |_: &mut v8::Isolate| {
        if let Some(state) = owner.upgrade()
            && let Some(stream) = state.streams.end(&state, number)
        {
            cancel(&*stream);
        }
    });
    let reachable = v8::Weak::with_finalizer(scope, made, unreachable);
    streams.total_to_javascript.set(streams.total_to_javascript.get() + 1);
    streams.open.borrow_mut().insert(number, OpenStream { stream, _reachable: reachable });
    Some(made)
}

#[expect(clippy::needless_pass_by_value, reason = "V8's callbacks take their arguments so")]
fn stream_ended(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(state) = EngineState::of(scope) else { return };
    let number = arguments.data().uint32_value(scope).unwrap_or(u32::MAX);
    let cancelled = arguments.get(0).is_true();
    if let Some(stream) = state.streams.end(&state, number)
        && cancelled
    {
        cancel(&*stream);
    }
}
