//! A runtime in another process, to be used from anywhere.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use jsrun::{
    Binding, ByteSize, Call, CloseReason, ConversionLimits, Error, Event, HostFunction, HostStream, JsString,
    Limits, LoadError, LoadedModule, RuntimeStats, StreamHandle, Value,
};
use jsrun_proto::{FrameError, SessionSettings, ToWorker};

use crate::message::{Caps, Command, DEEPEST, Form, Member, Outcome, ToRuntime};

use super::calls::Calls;
use super::finish::Finish;
use super::foreign;
use super::leash::Leash;
use super::outbox::Outbox;
use super::session::{Doors, Session};
use super::shared::Shared;
use super::targets::Target;
use super::wake::Wake;

/// The host's functions run on the session's thread, and values of any allowed depth are decoded there.
const STACK: usize = 8 << 20;

/// How often a thread that waits for a command looks whether it is to stop that.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(50);

/// A runtime in a worker's process. Copies are cheap and speak to the same runtime; any thread may use them. It lives until
/// it is closed: dropping copies closes nothing.
///
/// It is used as a [`jsrun::Handle`] is, and behaves like one. What of the host runs on the runtime's own thread there, runs
/// on the session's thread here.
#[derive(Clone)]
pub struct Remote {
    pub(super) shared: Arc<Shared>,
}

/// How a remote runtime is to be.
pub struct RemoteOptions {
    /// What each call may use unless it says otherwise; memory is the runtime's for its whole life.
    pub limits: Limits,
    /// A limit of their own for array buffers, which otherwise count towards that of memory.
    pub buffers: Option<ByteSize>,
    /// How deep and how large values may be that cross. Deeper than 1,000 none crosses.
    pub conversion: ConversionLimits,
    /// Functions that are globals from the start.
    pub functions: Vec<(String, Arc<dyn HostFunction>)>,
    /// Who hears the console.
    pub on_console: Option<Box<dyn Fn(Event) + Send + Sync>>,
    /// How long after its time a call may go on before the process is killed. Default 2 s: on a loaded machine the worker
    /// that stops it must get its turn.
    pub grace: Duration,
    /// Asked now and then while a thread waits for what is no call: whether to wait no more, which is [`Error::Cancelled`].
    pub interrupted: Box<dyn Fn() -> bool + Send + Sync>,
    /// What the session's thread does last. Whoever waits for the runtime's end waits for this, too.
    pub at_end: Box<dyn FnOnce() + Send>,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            buffers: None,
            conversion: ConversionLimits::default(),
            functions: Vec::new(),
            on_console: None,
            grace: Duration::from_secs(2),
            interrupted: Box::new(|| false),
            at_end: Box::new(|| {}),
        }
    }
}

impl std::fmt::Debug for RemoteOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteOptions").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Why there is no session. The worker is gone.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refused a descriptor or a thread.
    #[error("cannot start a session")]
    System(#[from] io::Error),
    /// The settings fit into no frame.
    #[error("the settings are too large")]
    Settings(#[from] FrameError),
}

/// Does the host's last work when the session's thread ends, even by a panic.
struct AtEnd(Option<Box<dyn FnOnce() + Send>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

impl Remote {
    /// Makes a runtime of a worker that is ready, and is on the other end of the socket.
    ///
    /// # Errors
    /// When the system refuses what a session needs.
    pub fn open(socket: OwnedFd, leash: Box<dyn Leash>, options: RemoteOptions) -> Result<Self, OpenError> {
        let RemoteOptions {
            limits,
            buffers,
            mut conversion,
            functions,
            on_console,
            grace,
            interrupted,
            at_end,
        } = options;
        conversion.depth = conversion.depth.min(DEEPEST);
        let socket = Arc::new(socket);
        let bell = Wake::bell()?;
        let wake = Arc::new(Wake::new(&bell));
        let (ending, ended) = async_channel::bounded::<()>(1);
        let shared = Arc::new(Shared::new(
            Outbox::new(&socket),
            wake,
            Calls::new(grace),
            Caps::of_host(&conversion),
            conversion.size.as_u64(),
            limits.wall,
            interrupted,
            leash,
            ended,
        ));
        let functions = functions.into_iter();
        let functions = functions
            .map(|(name, function)| (name, shared.targets.add(Target::Function(function))))
            .collect();
        let settings =
            SessionSettings { limits, buffers, conversion, console: on_console.is_some(), functions };
        let opening = jsrun_proto::encode(&ToWorker::Open(settings))?;
        shared.outbox.send([opening]);
        let doors = Doors { socket, bell };
        let session =
            Session::new(Arc::clone(&shared), doors, Caps::of_worker(&conversion), on_console, grace);
        let thread =
            std::thread::Builder::new().name("jsrun-session".to_owned()).stack_size(STACK).spawn(move || {
                // Dropped last, when all who wait were told.
                let _ending = ending;
                let _at_end = AtEnd(Some(at_end));
                session.live();
            });
        let thread = thread.inspect_err(|_| shared.kill())?;
        let _ = shared.thread.set(thread.thread().id());
        Ok(Self { shared })
    }

    /// Makes a call and hands its result to `finish`, exactly once, whatever happens: on the session's thread, or on this
    /// one before this returns. Never blocks. [`Error::Busy`] when too much waits for the worker.
    pub fn begin_call(
        &self,
        call: impl Into<Call>,
        finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
    ) -> RemoteCanceller {
        if self.is_busy() {
            finish(Err(Error::Busy));
            return RemoteCanceller { remote: self.clone(), id: None };
        }
        self.queue_call(call, finish)
    }

    /// As [`Remote::begin_call`], but never refused with [`Error::Busy`]: when too much waits for the worker, the call waits
    /// behind that, in order, without blocking anybody. For hosts whose own callers are bounded: nothing here bounds how
    /// many wait.
    pub fn queue_call(
        &self,
        call: impl Into<Call>,
        finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
    ) -> RemoteCanceller {
        let id = match self.queue(call.into(), Form::Wait, Finish::Value(Box::new(finish))) {
            Ok(id) => Some(id),
            Err((finish, error)) => {
                finish.fail(error);
                None
            }
        };
        RemoteCanceller { remote: self.clone(), id }
    }

    /// Queues a call and sends what can be sent. An error comes with who is to be told of it.
    pub(super) fn queue(&self, call: Call, form: Form, finish: Finish) -> Result<u64, (Finish, Error)> {
        let shared = &self.shared;
        if let Err(error) = foreign::check_call(&call, &shared.handles.owner()) {
            return Err((finish, error.into()));
        }
        let wall = call.own_wall().unwrap_or(shared.wall);
        let queued = shared.lock_calls().queue(call, form, wall, finish);
        let id = queued.map_err(|finish| (finish, shared.closed_error()))?;
        shared.send_queued();
        Ok(id)
    }

    /// Has the worker do something and waits for it.
    fn execute(&self, what: Command) -> Result<Outcome, Error> {
        self.check_thread()?;
        let (sender, answer) = oneshot::channel();
        let finish = Finish::Outcome(Box::new(move |result| {
            let _ = sender.send(result);
        }));
        let shared = &self.shared;
        let entered = shared.lock_calls().command(finish, Instant::now());
        let (id, wakes) = entered.map_err(|_| shared.closed_error())?;
        if wakes {
            shared.wake.wake();
        }
        let message = ToRuntime::Do { id, what };
        if let Err(error) = shared.send(&message) {
            let finish = shared.lock_calls().done(id, Instant::now());
            drop(finish);
            return Err(error.into());
        }
        loop {
            match answer.recv_timeout(INTERRUPT_INTERVAL) {
                Ok(answer) => return answer,
                Err(oneshot::RecvTimeoutError::Disconnected) => return Err(shared.closed_error()),
                Err(oneshot::RecvTimeoutError::Timeout) if (shared.interrupted)() => {
                    return Err(Error::Cancelled);
                }
                Err(oneshot::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Makes a host function a global, as [`jsrun::Handle::bind_function`] does.
    ///
    /// # Errors
    /// As there.
    pub fn bind_function(
        &self,
        name: impl Into<String>,
        function: Arc<dyn HostFunction>,
    ) -> Result<(), Error> {
        let function = self.shared.targets.add(Target::Function(function));
        self.execute(Command::Bind { name: name.into(), function }).map(drop)
    }

    /// Makes an object of host functions and values a global, as [`jsrun::Handle::bind_object`] does.
    ///
    /// # Errors
    /// As there.
    pub fn bind_object(
        &self,
        name: impl Into<String>,
        bindings: Vec<(JsString, Binding)>,
    ) -> Result<(), Error> {
        let (name, owner) = (name.into(), self.shared.handles.owner());
        let mut members = Vec::with_capacity(bindings.len());
        for (key, binding) in bindings {
            let member = match binding {
                Binding::Value(value) => {
                    foreign::check(&value, &format!("{name}.{key}"), &owner)?;
                    Member::Value(value)
                }
                Binding::Function(function) => {
                    Member::Function(self.shared.targets.add(Target::Function(function)))
                }
            };
            members.push((key, member));
        }
        self.execute(Command::BindObject { name, members }).map(drop)
    }

    /// Adds a module, as [`jsrun::Handle::add_static_module`] does.
    ///
    /// # Errors
    /// As there; [`Error::Conversion`] when it is too large.
    pub fn add_static_module(&self, name: impl Into<String>, source: impl Into<String>) -> Result<(), Error> {
        self.execute(Command::AddStaticModule { name: name.into(), source: source.into() }).map(drop)
    }

    /// Sets who makes URLs of specifiers, as [`jsrun::Handle::set_module_resolver`] does.
    ///
    /// # Errors
    /// As there.
    pub fn set_module_resolver(
        &self,
        resolver: impl Fn(&str, &str) -> Result<Option<String>, LoadError> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let resolver = self.shared.targets.add(Target::Resolver(Arc::new(resolver)));
        self.execute(Command::SetResolver { resolver }).map(drop)
    }

    /// Sets who loads modules, as [`jsrun::Handle::set_module_loader`] does.
    ///
    /// # Errors
    /// As there.
    pub fn set_module_loader(
        &self,
        loader: impl Fn(&str) -> LoadedModule + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let loader = self.shared.targets.add(Target::Loader(Arc::new(loader)));
        self.execute(Command::SetLoader { loader }).map(drop)
    }

    /// Makes a stream of the host one of JavaScript, as [`jsrun::Handle::create_stream`] does.
    ///
    /// # Errors
    /// As there.
    pub fn create_stream(&self, stream: Arc<dyn HostStream>) -> Result<StreamHandle, Error> {
        let stream = self.shared.targets.add(Target::Stream(stream));
        match self.execute(Command::CreateStream { stream })? {
            Outcome::Value(Value::Stream(handle)) => Ok(handle),
            _ => Err(self.breach()),
        }
    }

    /// What the runtime has done and holds.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Reentrant`] on the session's thread.
    pub fn stats(&self) -> Result<RuntimeStats, Error> {
        match self.execute(Command::Stats)? {
            Outcome::Stats(stats) => Ok(*stats),
            _ => Err(self.breach()),
        }
    }

    fn breach(&self) -> Error {
        self.shared.crash("it was killed, because it said a result of the wrong kind");
        self.shared.closed_error()
    }

    /// Stops running JavaScript at once and closes the runtime, without waiting. Later calls are [`Error::Closed`] with
    /// [`CloseReason::Terminated`].
    pub fn terminate(&self) {
        self.shared.shut(CloseReason::Terminated);
    }

    /// Ends the process and waits until all who wait were told, unless this is the session's own thread. A second time it
    /// does nothing.
    pub fn close(&self) {
        self.shared.shut(CloseReason::Closed);
        if self.check_thread().is_ok() {
            let _ = self.shared.ended.recv_blocking();
        }
    }

    /// [`Remote::close`] without blocking.
    pub fn close_async(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.shared.shut(CloseReason::Closed);
        let shared = Arc::clone(&self.shared);
        async move {
            let _ = shared.ended.recv().await;
        }
    }

    /// Whether the runtime takes no more calls.
    pub fn is_closed(&self) -> bool {
        self.close_reason().is_some()
    }

    /// Why the runtime takes no more calls, if it does not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.shared.close_reason()
    }

    /// How the process died, if it did so by itself or had to be killed: `it was killed by signal 9`.
    pub fn crash_reason(&self) -> Option<&str> {
        self.shared.crash_reason()
    }

    /// Whether so much waits for the worker that [`Remote::begin_call`] would be refused with [`Error::Busy`].
    pub fn is_busy(&self) -> bool {
        self.shared.lock_calls().is_full() || self.shared.outbox_is_full()
    }

    /// Waits until the session's thread looks at the worker no more.
    #[cfg(test)]
    pub(crate) fn wait_until_unwatched(&self) {
        while !self.shared.lock_calls().is_unwatched() {
            std::thread::yield_now();
        }
    }

    /// Waits until it is closed, by whomever.
    #[cfg(test)]
    pub(crate) fn wait_until_closed(&self) {
        let _ = self.shared.ended.recv_blocking();
    }

    /// Makes a call, and does something after it has departed and before it is sent.
    #[cfg(test)]
    pub(crate) fn send_slowly(&self, call: impl Into<Call>, meanwhile: impl FnOnce(RemoteCanceller)) {
        let canceller = |id| RemoteCanceller { remote: self.clone(), id: Some(id) };
        self.shared.send_slowly(call.into(), |id| meanwhile(canceller(id)));
    }

    /// A call that blocks the session's thread would wait for itself.
    pub(super) fn check_thread(&self) -> Result<(), Error> {
        let current: ThreadId = std::thread::current().id();
        if self.shared.thread.get() == Some(&current) { Err(Error::Reentrant) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("closed", &self.close_reason()).finish_non_exhaustive()
    }
}

/// Stops one call, from any thread.
#[derive(Clone, Debug)]
pub struct RemoteCanceller {
    pub(super) remote: Remote,
    /// `None` of a call that never began.
    pub(super) id: Option<u64>,
}

impl RemoteCanceller {
    /// Stops the call's JavaScript, or keeps it from beginning. Its result is [`Error::Cancelled`], unless it has ended. A
    /// process that does not stop it is killed.
    pub fn cancel(&self) {
        let Some(id) = self.id else { return };
        let shared = &self.remote.shared;
        let unsent = shared.cancel(id);
        // Who is told may make calls.
        if let Some(finish) = unsent {
            finish.fail(Error::Cancelled);
        }
    }
}
