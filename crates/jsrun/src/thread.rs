//! A runtime on a thread of its own.

use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use deno_core::futures::Stream as _;

use crate::builder::EndListener;
use crate::handle::{Command, Shared, WAITING_COMMANDS};
use crate::lookout::Lookout;
use crate::spare::{self, Kind};
use crate::{CloseReason, Error, Handle, LocalRuntime, RuntimeBuilder};

/// A runtime on a thread of its own. It is used through [`Handle`], which it derefs to. Dropping it closes it.
///
/// ```
/// use jsrun::Runtime;
///
/// let runtime = Runtime::new()?;
/// runtime.eval("const greeting = 'hello'")?;
/// assert_eq!(runtime.eval("greeting + ', world'")?.as_str(), Some("hello, world"));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    /// Dropping it closes the runtime.
    closes: bool,
}

impl Runtime {
    /// Starts a thread and makes a runtime on it, with the defaults of [`RuntimeBuilder`].
    ///
    /// # Errors
    /// [`Error::Thread`] or [`Error::Start`] when the system refuses what the runtime needs.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Settings for a runtime that differs from the default.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// A handle for others. It outlives the runtime, but then all it gives is [`Error::Closed`].
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// A handle instead of the runtime, for hosts that close it in their own time: dropping handles closes nothing.
    pub fn into_handle(mut self) -> Handle {
        self.closes = false;
        self.handle.clone()
    }

    pub(crate) fn start(builder: RuntimeBuilder) -> Result<Self, Error> {
        // V8's threads are to descend from whoever makes the first runtime, not from the runtime's thread.
        crate::initialize_v8(crate::EngineMode::MultiThreaded);
        let (kind, snapshot) = (Kind::of(&builder), builder.snapshot.clone());
        let (ready, started) = oneshot::channel();
        let order = Order { builder, kind, ready };
        if let Err(order) = spare::hand_over(order) {
            start_thread(order)?;
        }
        if let Some(kind) = kind {
            spare::follow(kind, snapshot);
        }
        let handle = started.recv().map_err(|_| Error::Closed(CloseReason::Unclean))??;
        Ok(Self { handle, closes: true })
    }
}

/// What a runtime's thread is called.
pub(crate) const NAME: &str = "jsrun-runtime";

/// Somebody asks for a runtime.
pub(crate) struct Order {
    pub(crate) builder: RuntimeBuilder,
    /// `None` for one that is nothing to go by.
    pub(crate) kind: Option<Kind>,
    pub(crate) ready: oneshot::Sender<Result<Handle, Error>>,
}

/// Starts a thread that makes a runtime and serves it.
fn start_thread(order: Order) -> Result<(), Error> {
    let (ending, ended) = async_channel::bounded::<()>(1);
    let work = move || {
        // Dropped last, when all of the runtime is gone.
        let _ending = ending;
        let _at_end = AtEnd(order.builder.at_end.clone());
        match order.builder.build_local() {
            Ok(runtime) => open(runtime, order.kind, order.ready, ended),
            Err(error) => {
                let _ = order.ready.send(Err(error));
            }
        }
    };
    std::thread::Builder::new().name(NAME.to_owned()).spawn(work).map(drop).map_err(Error::Thread)
}

/// Makes a runtime that was made ahead what is asked for, and serves it. `ended` closes when its thread has ended.
pub(crate) fn open_spare(mut runtime: LocalRuntime, order: Order, ended: async_channel::Receiver<()>) {
    let _at_end = AtEnd(order.builder.at_end.clone());
    runtime.begin_as(&order.builder);
    open(runtime, order.kind, order.ready, ended);
}

/// Hands out a runtime's handle and serves it, until it is closed and gone.
fn open(
    mut runtime: LocalRuntime,
    kind: Option<Kind>,
    ready: oneshot::Sender<Result<Handle, Error>>,
    ended: async_channel::Receiver<()>,
) {
    let (commands, receiver) = async_channel::bounded(WAITING_COMMANDS);
    let shared = Arc::new(Shared::new(commands, Arc::clone(&runtime.stop), ended));
    if ready.send(Ok(Handle { shared: Arc::clone(&shared) })).is_ok() {
        serve(&mut runtime, receiver, &shared);
    }
    drop(runtime);
    if let Some(kind) = kind {
        spare::note_end(kind);
    }
}

/// Calls the host when the runtime's thread ends, even by a panic.
struct AtEnd(Option<EndListener>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(listener) = &self.0 {
            listener.hear();
        }
    }
}

impl LocalRuntime {
    /// Serves on this thread what is asked of the handle that `begin` gets, until somebody closes the runtime by it. For
    /// hosts that have a thread for the runtime.
    ///
    /// ```
    /// use jsrun::LocalRuntime;
    /// use std::thread;
    ///
    /// let mut runtime = LocalRuntime::new()?;
    /// let mut asking = None;
    /// runtime.serve(|handle| {
    ///     asking = Some(thread::spawn(move || {
    ///         let answer = handle.eval("6 * 7");
    ///         handle.close();
    ///         answer
    ///     }));
    /// });
    /// let answer = asking.expect("it was started").join().expect("it does not panic")?;
    /// assert_eq!(answer.as_f64(), Some(42.0));
    /// # Ok::<(), jsrun::Error>(())
    /// ```
    pub fn serve(&mut self, begin: impl FnOnce(Handle)) {
        let (commands, receiver) = async_channel::bounded(WAITING_COMMANDS);
        let (ending, ended) = async_channel::bounded::<()>(1);
        let shared = Arc::new(Shared::new(commands, Arc::clone(&self.stop), ended));
        begin(Handle { shared: Arc::clone(&shared) });
        serve(self, receiver, &shared);
        // Who waits for the end may go on.
        drop(ending);
    }
}

impl Deref for Runtime {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.closes {
            self.handle.close();
        }
    }
}

/// Serves commands until the runtime is closed.
fn serve(runtime: &mut LocalRuntime, commands: async_channel::Receiver<Command>, shared: &Shared) {
    let mut commands = pin!(commands);
    let mut alone = None;
    let lookout = Lookout::default();
    while shared.close_reason().is_none() {
        if let Some(reason) = runtime.closed.filter(|_| !runtime.is_waiting()) {
            // Its heap is of no more use to anybody.
            shared.note_closed(reason);
            break;
        }
        if runtime.is_waiting() || (runtime.inspector.is_some() && alone.is_none()) {
            wait_and_serve(runtime, &mut commands, &mut alone, shared);
            continue;
        }
        match alone.take().or_else(|| next(&commands, &lookout, shared)) {
            Some(Command::Now(work) | Command::Alone(work)) => work(runtime),
            None => break,
        }
    }
    let reason = shared.close_reason().unwrap_or(CloseReason::Closed);
    runtime.close_calls(|| Error::Closed(reason));
    // What is still in the queue is dropped with it, and whoever asked is told so by that.
    commands.close();
    while commands.try_recv().is_ok() {}
    shared.line.advance(&shared.commands);
}

/// Commands that are served between two turns of the event loop.
const COMMANDS_PER_TURN: usize = 16;

/// The next command; `None` when there will be none.
fn next(commands: &async_channel::Receiver<Command>, lookout: &Lookout, shared: &Shared) -> Option<Command> {
    let next = lookout.look(|| commands.try_recv().ok()).or_else(|| commands.recv_blocking().ok());
    shared.line.advance(&shared.commands);
    next
}

/// Turns the event loop for the calls that wait, and serves commands in between. A command that is to be alone ends
/// neither, but nothing after it is served before it.
fn wait_and_serve(
    runtime: &mut LocalRuntime,
    commands: &mut Pin<&mut async_channel::Receiver<Command>>,
    alone: &mut Option<Command>,
    shared: &Shared,
) {
    let tokio = std::rc::Rc::clone(&runtime.tokio);
    tokio.block_on(std::future::poll_fn(|context| {
        // So many at a time, so that whoever asks without end does not keep the waiting calls from their turns.
        let mut left = COMMANDS_PER_TURN;
        while alone.is_none() && shared.close_reason().is_none() && !runtime.is_closed() {
            if left == 0 {
                context.waker().wake_by_ref();
                break;
            }
            left -= 1;
            let next = commands.as_mut().poll_next(context);
            shared.line.advance(&shared.commands);
            match next {
                Poll::Ready(Some(Command::Now(work))) => work(runtime),
                Poll::Ready(Some(command @ Command::Alone(_))) => *alone = Some(command),
                // Closed, or nobody is left who could ask.
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        if shared.close_reason().is_some() {
            return Poll::Ready(());
        }
        runtime.serve_debuggers(context);
        match runtime.poll_calls(context) {
            // A debugger may have something to say.
            Poll::Ready(()) if runtime.inspector.is_some() && alone.is_none() && !runtime.is_closed() => {
                Poll::Pending
            }
            polled => polled,
        }
    }));
}
