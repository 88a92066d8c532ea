//! A runtime on another thread, to be used from anywhere.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::ThreadId;

use jsrun_types::{Event, FunctionHandle, JsString, Outcome, RunRequest, StreamHandle, Value};

use crate::call_control::CallControl;
use crate::line::Line;
use crate::lookout::Lookout;
use crate::stop::{Stop, StopReason};
use crate::{
    Binding, Call, Canceller, CloseReason, Error, HostFunction, HostStream, ImportMapError,
    InspectorEndpoints, LoadError, LoadedModule, LocalRuntime, RuntimeStats,
};

/// How many commands may wait for a runtime.
pub(crate) const WAITING_COMMANDS: usize = 1_024;

/// What the runtime's thread is to do.
pub(crate) enum Command {
    /// At once, between the turns of the event loop.
    Now(Box<dyn FnOnce(&mut LocalRuntime) + Send>),
    /// When no call waits any more: it turns the event loop itself.
    Alone(Box<dyn FnOnce(&mut LocalRuntime) + Send>),
}

/// A runtime on another thread. Copies are cheap and speak to the same runtime; any thread may use them.
///
/// Calls are served in order. The event loop turns while a call is waited for, and only then: no JavaScript runs that
/// nobody asked for. What one call throws where nobody catches it, such as in a timer, ends that call; where it was nobody's, or
/// a call's that is over, it ends all calls that wait.
///
/// ```
/// use jsrun::Runtime;
///
/// let runtime = Runtime::new()?;
/// runtime.eval("let count = 0")?;
/// let threads: Vec<_> = (0..2)
///     .map(|_| {
///         let handle = runtime.handle();
///         std::thread::spawn(move || handle.eval("++count").map(drop))
///     })
///     .collect();
/// for thread in threads {
///     thread.join().expect("no panic")?;
/// }
/// assert_eq!(runtime.eval("count")?.as_f64(), Some(2.0));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) commands: async_channel::Sender<Command>,
    /// Who waits for a place among them without blocking.
    pub(crate) line: Line,
    /// For answers, before their callers sleep.
    pub(crate) lookout: Lookout,
    pub(crate) stop: Arc<Stop>,
    pub(crate) thread: ThreadId,
    /// Closes when the thread has ended.
    pub(crate) ended: async_channel::Receiver<()>,
    closed: AtomicU8,
}

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const TERMINATED: u8 = 2;
const OUT_OF_MEMORY: u8 = 3;
const UNCLEAN: u8 = 4;

impl Shared {
    pub(crate) fn new(
        commands: async_channel::Sender<Command>,
        stop: Arc<Stop>,
        ended: async_channel::Receiver<()>,
    ) -> Self {
        Self {
            commands,
            line: Line::default(),
            lookout: Lookout::default(),
            stop,
            thread: std::thread::current().id(),
            ended,
            closed: AtomicU8::new(OPEN),
        }
    }

    /// Why the runtime takes no more commands, if it does not.
    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        match self.closed.load(Ordering::Acquire) {
            OPEN => None,
            TERMINATED => Some(CloseReason::Terminated),
            OUT_OF_MEMORY => Some(CloseReason::Memory),
            UNCLEAN => Some(CloseReason::Unclean),
            _ => Some(CloseReason::Closed),
        }
    }

    /// Stops what runs and takes no more commands. The first reason stands.
    fn shut(&self, reason: u8) {
        let first = self.closed.compare_exchange(OPEN, reason, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if first {
            self.stop.request(StopReason::Cancelled);
            self.commands.close();
        }
    }

    /// The runtime has closed by itself.
    pub(crate) fn note_closed(&self, reason: CloseReason) {
        self.shut(match reason {
            CloseReason::Closed => CLOSED,
            CloseReason::Terminated => TERMINATED,
            CloseReason::Memory => OUT_OF_MEMORY,
            CloseReason::Unclean | CloseReason::Crashed => UNCLEAN,
        });
    }

    pub(crate) fn closed_error(&self) -> Error {
        Error::Closed(self.close_reason().unwrap_or(CloseReason::Unclean))
    }

    /// A stop that closing brought about is told as what it is.
    pub(crate) fn explain<R>(&self, result: Result<R, Error>) -> Result<R, Error> {
        match (result, self.close_reason()) {
            (Err(Error::Cancelled), Some(reason)) => Err(Error::Closed(reason)),
            (result, _) => result,
        }
    }
}

impl Handle {
    /// Makes a call and gives its result; see [`LocalRuntime::call`].
    ///
    /// # Errors
    /// As [`LocalRuntime::call`]; [`Error::Reentrant`] on the runtime's own thread.
    pub fn call(&self, call: impl Into<Call>) -> Result<Value, Error> {
        let call = call.into();
        let result = self.with(move |runtime| runtime.call(call))?;
        self.shared.explain(result)
    }

    /// Makes a call and waits for its result; see [`LocalRuntime::call_and_wait`].
    ///
    /// # Errors
    /// As [`LocalRuntime::call_and_wait`]; [`Error::Reentrant`] on the runtime's own thread.
    pub fn call_and_wait(&self, call: impl Into<Call>) -> Result<Value, Error> {
        self.check_thread()?;
        let (sender, answer) = oneshot::channel();
        let finish = move |result| {
            let _ = sender.send(result);
        };
        let control = CallControl::new(Arc::clone(&self.shared.stop));
        self.send(start(call.into(), control, finish))?;
        let result =
            look_then_sleep(&self.shared.lookout, &answer).unwrap_or_else(|| Err(self.shared.closed_error()));
        self.shared.explain(result)
    }

    /// Makes a call and waits for its result without blocking. Dropping the future stops the call's JavaScript.
    ///
    /// # Errors
    /// As [`LocalRuntime::call_and_wait`].
    pub fn call_async<C: Into<Call>>(
        &self,
        call: C,
    ) -> impl Future<Output = Result<Value, Error>> + Send + 'static + use<C> {
        let call = call.into();
        let shared = Arc::clone(&self.shared);
        async move {
            let control = CallControl::new(Arc::clone(&shared.stop));
            let cancel = CancelOnDrop(Some(Arc::clone(&control)));
            let (sender, answer) = oneshot::async_channel();
            let command = start(call, control, move |result| {
                let _ = sender.send(result);
            });
            shared.commands.send(command).await.map_err(|_| shared.closed_error())?;
            let result = answer.await.unwrap_or_else(|_| Err(shared.closed_error()));
            cancel.disarm();
            shared.explain(result)
        }
    }

    /// Makes a call and hands its result to `finish`, for hosts with a scheduler of their own. `finish` is called exactly
    /// once, whatever happens: on the runtime's thread, or on this one before this returns, with [`Error::Closed`], or with
    /// [`Error::Busy`] when too many commands wait.
    pub fn begin_call(
        &self,
        call: impl Into<Call>,
        finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
    ) -> CallCanceller {
        let control = CallControl::new(Arc::clone(&self.shared.stop));
        let (call, begun) = (call.into(), Arc::clone(&control));
        self.send_or_refuse(finish, |finish| start(call, begun, move |result| finish.finish(result)));
        CallCanceller(control)
    }

    /// As [`Handle::begin_call`], but never refused with [`Error::Busy`]: when too many commands wait, the call waits behind
    /// them, in order, without blocking anybody. For hosts whose own callers are bounded: nothing here bounds how many wait.
    pub fn queue_call(
        &self,
        call: impl Into<Call>,
        finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
    ) -> CallCanceller {
        let control = CallControl::new(Arc::clone(&self.shared.stop));
        let finish = Finisher {
            shared: Arc::clone(&self.shared),
            busy: Arc::default(),
            finish: Some(finish),
            result: PhantomData,
        };
        let command = start(call.into(), Arc::clone(&control), move |result| finish.finish(result));
        self.shared.line.send(&self.shared.commands, command);
        CallCanceller(control)
    }

    /// [`Handle::call`] of a script.
    ///
    /// # Errors
    /// As [`Handle::call`].
    pub fn eval(&self, code: impl Into<String>) -> Result<Value, Error> {
        self.call(Call::eval(code))
    }

    /// [`Handle::call_async`] of a script.
    ///
    /// # Errors
    /// As [`Handle::call_async`].
    pub fn eval_async<C: Into<String>>(
        &self,
        code: C,
    ) -> impl Future<Output = Result<Value, Error>> + Send + 'static + use<C> {
        self.call_async(Call::eval(code))
    }

    /// [`Handle::call`] of a function.
    ///
    /// # Errors
    /// As [`Handle::call`].
    pub fn call_function(
        &self,
        function: &FunctionHandle,
        args: impl IntoIterator<Item = Value>,
    ) -> Result<Value, Error> {
        self.call(Call::function(function, args))
    }

    /// [`Handle::call_async`] of a function.
    ///
    /// # Errors
    /// As [`Handle::call_async`].
    pub fn call_function_async<A: IntoIterator<Item = Value>>(
        &self,
        function: &FunctionHandle,
        args: A,
    ) -> impl Future<Output = Result<Value, Error>> + Send + 'static + use<A> {
        self.call_async(Call::function(function, args))
    }

    /// [`Handle::call`] of a module. One that waits for something, such as an async loader, is [`Error::Pending`].
    ///
    /// ```
    /// # let runtime = jsrun::Runtime::new()?;
    /// runtime.add_static_module("answer", "export const answer = 42;")?;
    /// let namespace = runtime.eval_module("answer")?;
    /// assert_eq!(namespace.get("answer").and_then(jsrun::Value::as_f64), Some(42.0));
    /// # Ok::<(), jsrun::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Handle::call`].
    pub fn eval_module(&self, specifier: impl Into<String>) -> Result<Value, Error> {
        self.call(Call::module(specifier))
    }

    /// [`Handle::call_async`] of a module.
    ///
    /// # Errors
    /// As [`Handle::call_async`].
    pub fn eval_module_async<S: Into<String>>(
        &self,
        specifier: S,
    ) -> impl Future<Output = Result<Value, Error>> + Send + 'static + use<S> {
        self.call_async(Call::module(specifier))
    }

    /// Adds a module; see [`LocalRuntime::add_static_module`].
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn add_static_module(&self, name: impl Into<String>, source: impl Into<String>) -> Result<(), Error> {
        let (name, source) = (name.into(), source.into());
        self.with(move |runtime| runtime.add_static_module(&name, source))
    }

    /// Sets who makes URLs of specifiers; see [`LocalRuntime::set_module_resolver`].
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn set_module_resolver(
        &self,
        resolver: impl Fn(&str, &str) -> Result<Option<String>, LoadError> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        self.with(move |runtime| runtime.set_module_resolver(resolver))
    }

    /// Sets who loads modules; see [`LocalRuntime::set_module_loader`].
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn set_module_loader(
        &self,
        loader: impl Fn(&str) -> LoadedModule + Send + Sync + 'static,
    ) -> Result<(), Error> {
        self.with(move |runtime| runtime.set_module_loader(loader))
    }

    /// Sets the import map; see [`LocalRuntime::set_import_map`].
    ///
    /// # Errors
    /// [`Error::Closed`]; inside, [`ImportMapError`] for what is no import map.
    pub fn set_import_map(&self, json: impl Into<String>) -> Result<Result<(), ImportMapError>, Error> {
        let json = json.into();
        self.with(move |runtime| runtime.set_import_map(&json))
    }

    /// The next chunk of a stream, waited for; `None` at its end.
    ///
    /// # Errors
    /// As [`Handle::call_and_wait`]; what the stream failed with is an [`Error::Exception`].
    pub fn read_stream(&self, stream: &StreamHandle) -> Result<Option<Value>, Error> {
        self.call_and_wait(Call::stream_read(stream)).map(chunk)
    }

    /// The next chunk of a stream, without blocking; `None` at its end.
    ///
    /// # Errors
    /// As [`Handle::read_stream`].
    pub fn read_stream_async(
        &self,
        stream: &StreamHandle,
    ) -> impl Future<Output = Result<Option<Value>, Error>> + Send + 'static + use<> {
        let read = self.call_async(Call::stream_read(stream));
        async move { read.await.map(chunk) }
    }

    /// Cancels a stream: its source is told that nobody reads any more.
    ///
    /// # Errors
    /// As [`Handle::call_and_wait`].
    pub fn cancel_stream(&self, stream: &StreamHandle) -> Result<(), Error> {
        self.call_and_wait(Call::stream_cancel(stream)).map(drop)
    }

    /// Cancels a stream, without blocking.
    ///
    /// # Errors
    /// As [`Handle::cancel_stream`].
    pub fn cancel_stream_async(
        &self,
        stream: &StreamHandle,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'static + use<> {
        let cancel = self.call_async(Call::stream_cancel(stream));
        async move { cancel.await.map(drop) }
    }

    /// Makes a host function a global; see [`LocalRuntime::bind_function`].
    ///
    /// ```
    /// use jsrun::{HostError, Runtime, Value};
    ///
    /// let runtime = Runtime::new()?;
    /// runtime.bind_function("add", |args: Vec<Value>| match args.as_slice() {
    ///     [Value::Number(a), Value::Number(b)] => Ok(Value::Number(a + b)),
    ///     _ => Err(HostError::new("TypeError", "add takes two numbers")),
    /// })?;
    /// assert_eq!(runtime.eval("add(2, 3)")?.as_f64(), Some(5.0));
    /// # Ok::<(), jsrun::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`LocalRuntime::bind_function`].
    pub fn bind_function(
        &self,
        name: impl Into<String>,
        function: impl HostFunction + 'static,
    ) -> Result<(), Error> {
        let (name, function) = (name.into(), Arc::new(function));
        let bound = self.with(move |runtime| runtime.bind_function(&name, function))?;
        self.shared.explain(bound)
    }

    /// Makes an object of host functions and values a global; see [`LocalRuntime::bind_object`].
    ///
    /// # Errors
    /// As [`LocalRuntime::bind_object`].
    pub fn bind_object(
        &self,
        name: impl Into<String>,
        bindings: Vec<(JsString, Binding)>,
    ) -> Result<(), Error> {
        let name = name.into();
        let bound = self.with(move |runtime| runtime.bind_object(&name, bindings))?;
        self.shared.explain(bound)
    }

    /// Makes a stream of the host one of JavaScript; see [`LocalRuntime::create_stream`].
    ///
    /// # Errors
    /// As [`LocalRuntime::create_stream`].
    pub fn create_stream(&self, stream: impl HostStream + 'static) -> Result<StreamHandle, Error> {
        let stream = Arc::new(stream);
        let made = self.with(move |runtime| runtime.create_stream(stream))?;
        self.shared.explain(made)
    }

    /// Runs a program and waits for its end; see [`LocalRuntime::run`]. It begins when no call waits any more.
    ///
    /// # Errors
    /// As [`LocalRuntime::run`]; [`Error::Reentrant`] on the runtime's own thread.
    pub fn run(
        &self,
        request: RunRequest,
        on_event: impl FnMut(Event) + Send + 'static,
    ) -> Result<Outcome, Error> {
        self.check_thread()?;
        let (sender, answer) = oneshot::channel();
        self.send(Command::Alone(Box::new(move |runtime| {
            let _ = sender.send(runtime.run(&request, on_event));
        })))?;
        answer.recv().unwrap_or_else(|_| Err(self.shared.closed_error()))
    }

    /// Runs a program without blocking; see [`Handle::run`]. Dropping the future cancels the run.
    ///
    /// # Errors
    /// As [`LocalRuntime::run`].
    pub fn run_async<F: FnMut(Event) + Send + 'static>(
        &self,
        request: RunRequest,
        on_event: F,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send + 'static + use<F> {
        let shared = Arc::clone(&self.shared);
        async move {
            let control = CallControl::new(Arc::clone(&shared.stop));
            let cancel = CancelOnDrop(Some(Arc::clone(&control)));
            let (sender, answer) = oneshot::async_channel();
            let command = Command::Alone(Box::new(move |runtime| {
                let _ = sender.send(runtime.run_as(Some(control), &request, on_event));
            }));
            shared.commands.send(command).await.map_err(|_| shared.closed_error())?;
            let outcome = answer.await.unwrap_or_else(|_| Err(shared.closed_error()));
            cancel.disarm();
            outcome
        }
    }

    /// Does something with the runtime on its thread, between the turns of its event loop, and waits for it.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Reentrant`] on the runtime's own thread.
    pub fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut LocalRuntime) -> R + Send + 'static,
    ) -> Result<R, Error> {
        self.check_thread()?;
        let (sender, answer) = oneshot::channel();
        self.send(Command::Now(Box::new(move |runtime| {
            let _ = sender.send(work(runtime));
        })))?;
        look_then_sleep(&self.shared.lookout, &answer).ok_or_else(|| self.shared.closed_error())
    }

    /// Does something with the runtime on its thread, between the turns of its event loop, without waiting for it. It is
    /// dropped when the runtime is closed before.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Busy`] when too many commands wait.
    pub fn post(&self, work: impl FnOnce(&mut LocalRuntime) + Send + 'static) -> Result<(), Error> {
        self.shared.commands.try_send(Command::Now(Box::new(work))).map_err(|refused| match refused {
            async_channel::TrySendError::Full(_) => Error::Busy,
            async_channel::TrySendError::Closed(_) => self.shared.closed_error(),
        })
    }

    /// [`Handle::with`] without blocking.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn with_async<R: Send + 'static, F: FnOnce(&mut LocalRuntime) -> R + Send + 'static>(
        &self,
        work: F,
    ) -> impl Future<Output = Result<R, Error>> + Send + 'static + use<R, F> {
        let shared = Arc::clone(&self.shared);
        async move {
            let (sender, answer) = oneshot::async_channel();
            let command = Command::Now(Box::new(move |runtime: &mut LocalRuntime| {
                let _ = sender.send(work(runtime));
            }));
            shared.commands.send(command).await.map_err(|_| shared.closed_error())?;
            answer.await.map_err(|_| shared.closed_error())
        }
    }

    /// Where debuggers find the runtime, if it was made with an inspector.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Reentrant`] on the runtime's own thread.
    pub fn inspector_endpoints(&self) -> Result<Option<InspectorEndpoints>, Error> {
        self.with(|runtime| runtime.inspector_endpoints())
    }

    /// What the runtime has done and holds.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn stats(&self) -> Result<RuntimeStats, Error> {
        self.with(LocalRuntime::stats)
    }

    /// Stops whatever runs, from any thread. Calls that run or wait end with [`Error::Cancelled`].
    pub fn canceller(&self) -> Canceller {
        Canceller { stop: Arc::clone(&self.shared.stop) }
    }

    /// Stops running JavaScript at once and closes the runtime, without waiting for its thread. Later calls are
    /// [`Error::Closed`] with [`CloseReason::Terminated`]. From any thread; a second time it does nothing.
    pub fn terminate(&self) {
        self.shared.shut(TERMINATED);
    }

    /// Closes the runtime and waits until everything of it is freed, unless this is its own thread. Calls that run or
    /// wait end with [`Error::Closed`]. A second time it does nothing.
    pub fn close(&self) {
        self.shared.shut(CLOSED);
        if std::thread::current().id() != self.shared.thread {
            let _ = self.shared.ended.recv_blocking();
        }
    }

    /// [`Handle::close`] without blocking.
    pub fn close_async(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.shared.shut(CLOSED);
        let shared = Arc::clone(&self.shared);
        async move {
            let _ = shared.ended.recv().await;
        }
    }

    /// Whether the runtime takes no more calls, because it was closed or terminated or its thread has ended.
    pub fn is_closed(&self) -> bool {
        self.shared.commands.is_closed()
    }

    /// Why the runtime takes no more calls, if it was closed or terminated.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.shared.close_reason()
    }

    /// Whether so many commands wait that [`Handle::begin_call`] would be refused with [`Error::Busy`].
    pub fn is_busy(&self) -> bool {
        self.shared.commands.is_full()
    }

    /// A call that blocks its own runtime's thread would wait for itself.
    pub(crate) fn check_thread(&self) -> Result<(), Error> {
        if std::thread::current().id() == self.shared.thread { Err(Error::Reentrant) } else { Ok(()) }
    }

    /// Sends a command that calls `finish`, which is called with an error when there is no place for it.
    pub(crate) fn send_or_refuse<T, F: FnOnce(Result<T, Error>)>(
        &self,
        finish: F,
        command: impl FnOnce(Finisher<T, F>) -> Command,
    ) {
        let busy = Arc::new(AtomicBool::new(false));
        let finish = Finisher {
            shared: Arc::clone(&self.shared),
            busy: Arc::clone(&busy),
            finish: Some(finish),
            result: PhantomData,
        };
        if let Err(refused) = self.shared.commands.try_send(command(finish)) {
            busy.store(matches!(refused, async_channel::TrySendError::Full(_)), Ordering::Relaxed);
            // Dropping the command calls `finish`.
            drop(refused);
        }
    }

    pub(crate) fn send(&self, command: Command) -> Result<(), Error> {
        self.shared.commands.send_blocking(command).map_err(|_| self.shared.closed_error())
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// Stops one call, from any thread.
///
/// ```
/// use jsrun::{Error, Runtime};
/// use std::sync::mpsc::channel;
///
/// let runtime = Runtime::new()?;
/// let (sender, answer) = channel();
/// let call = runtime.begin_call("for (;;);", move |result| sender.send(result).expect("it is received"));
/// call.cancel();
/// assert!(matches!(answer.recv(), Ok(Err(Error::Cancelled))));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub struct CallCanceller(pub(crate) Arc<CallControl>);

impl CallCanceller {
    /// Stops the call's JavaScript, or keeps it from beginning. Its result is [`Error::Cancelled`], unless it has ended.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl std::fmt::Debug for CallCanceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CallCanceller").field(&self.0.is_cancelled()).finish()
    }
}

struct CancelOnDrop(Option<Arc<CallControl>>);

impl CancelOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(control) = &self.0 {
            control.cancel();
        }
    }
}

/// Calls its function exactly once, also when its command is dropped unserved.
pub(crate) struct Finisher<T, F: FnOnce(Result<T, Error>)> {
    shared: Arc<Shared>,
    busy: Arc<AtomicBool>,
    finish: Option<F>,
    result: PhantomData<fn(T)>,
}

impl<T, F: FnOnce(Result<T, Error>)> Finisher<T, F> {
    pub(crate) fn finish(mut self, result: Result<T, Error>) {
        if let Some(finish) = self.finish.take() {
            finish(self.shared.explain(result));
        }
    }
}

impl<T, F: FnOnce(Result<T, Error>)> Drop for Finisher<T, F> {
    fn drop(&mut self) {
        if let Some(finish) = self.finish.take() {
            let busy = self.busy.load(Ordering::Relaxed);
            finish(Err(if busy { Error::Busy } else { self.shared.closed_error() }));
        }
    }
}

fn start(
    call: Call,
    control: Arc<CallControl>,
    finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
) -> Command {
    Command::Now(Box::new(move |runtime| runtime.start(&call, Some(control), Box::new(finish))))
}

fn chunk(read: Value) -> Option<Value> {
    match read {
        Value::Array(mut chunk) => chunk.pop(),
        _ => None,
    }
}

/// Waits for an answer. `None` when there will be none.
fn look_then_sleep<T>(lookout: &Lookout, answer: &oneshot::Receiver<T>) -> Option<T> {
    match lookout.look(|| match answer.try_recv() {
        Ok(answer) => Some(Some(answer)),
        Err(oneshot::TryRecvError::Disconnected) => Some(None),
        Err(oneshot::TryRecvError::Empty) => None,
    }) {
        Some(answer) => answer,
        None => answer.recv_ref().ok(),
    }
}
