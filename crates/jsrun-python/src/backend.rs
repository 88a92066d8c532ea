//! Where a runtime lives: on a thread of this process, or in a worker's process. Both are used alike.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jsrun::{
    Binding, Call, CloseReason, Error, Handle, HostFunction, HostStream, JsString, Later, LocalRuntime,
    RuntimeStats, StreamHandle, Value,
};
use jsrun_remote::{Remote, RemoteCanceller, StartedRemoteCall};

use crate::modules::ModuleFunction;
use crate::workers::Workers;

/// A runtime, wherever it lives.
pub(crate) enum Backend {
    Thread(Handle),
    Process(Process),
}

/// A runtime in a worker's process.
pub(crate) struct Process {
    pub(crate) remote: Remote,
    pub(crate) worker_pid: u32,
    /// Whose worker it is. They may end before the runtime's object does.
    pub(crate) workers: Weak<Workers>,
}

/// What a runtime waits for when it closes.
pub(crate) type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Backend {
    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        match self {
            Self::Thread(handle) => handle.close_reason(),
            Self::Process(process) => process.remote.close_reason(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Thread(handle) => handle.is_closed(),
            Self::Process(process) => process.remote.is_closed(),
        }
    }

    /// How the process died, if it did so by itself or had to be killed.
    pub(crate) fn crash_reason(&self) -> Option<&str> {
        match self {
            Self::Thread(_) => None,
            Self::Process(process) => process.remote.crash_reason(),
        }
    }

    pub(crate) fn start_call(&self, call: Call, later: Option<Later>) -> Result<StartedCall, Error> {
        match self {
            Self::Thread(handle) => handle.start_call(call, later).map(StartedCall::Thread),
            Self::Process(process) => process.remote.start_call(call, later).map(StartedCall::Process),
        }
    }

    /// Begins a call without waiting. `finish` gets its result on another thread, without the GIL.
    pub(crate) fn queue_call(
        &self,
        call: Call,
        finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
    ) -> CallCanceller {
        match self {
            Self::Thread(handle) => CallCanceller::Thread(handle.queue_call(call, finish)),
            Self::Process(process) => CallCanceller::Process(process.remote.queue_call(call, finish)),
        }
    }

    pub(crate) fn bind_function(&self, name: String, function: Arc<dyn HostFunction>) -> Result<(), Error> {
        match self {
            Self::Thread(handle) => with(handle, move |runtime| runtime.bind_function(&name, function)),
            Self::Process(process) => process.remote.bind_function(name, function),
        }
    }

    pub(crate) fn bind_object(&self, name: String, bindings: Vec<(JsString, Binding)>) -> Result<(), Error> {
        match self {
            Self::Thread(handle) => handle.bind_object(name, bindings),
            Self::Process(process) => process.remote.bind_object(name, bindings),
        }
    }

    pub(crate) fn add_static_module(&self, name: String, source: String) -> Result<(), Error> {
        match self {
            Self::Thread(handle) => handle.add_static_module(name, source),
            Self::Process(process) => process.remote.add_static_module(name, source),
        }
    }

    pub(crate) fn set_module_resolver(&self, resolver: ModuleFunction) -> Result<(), Error> {
        let resolve = move |specifier: &str, referrer: &str| resolver.resolve(specifier, referrer);
        match self {
            Self::Thread(handle) => handle.set_module_resolver(resolve),
            Self::Process(process) => process.remote.set_module_resolver(resolve),
        }
    }

    pub(crate) fn set_module_loader(&self, loader: ModuleFunction) -> Result<(), Error> {
        let load = move |url: &str| loader.load(url);
        match self {
            Self::Thread(handle) => handle.set_module_loader(load),
            Self::Process(process) => process.remote.set_module_loader(load),
        }
    }

    pub(crate) fn create_stream(&self, stream: Arc<dyn HostStream>) -> Result<StreamHandle, Error> {
        match self {
            Self::Thread(handle) => with(handle, move |runtime| runtime.create_stream(stream)),
            Self::Process(process) => process.remote.create_stream(stream),
        }
    }

    pub(crate) fn stats(&self) -> Result<RuntimeStats, Error> {
        match self {
            Self::Thread(handle) => handle.stats(),
            Self::Process(process) => process.remote.stats(),
        }
    }

    pub(crate) fn terminate(&self) {
        match self {
            Self::Thread(handle) => handle.terminate(),
            Self::Process(process) => process.remote.terminate(),
        }
    }

    /// Closes and waits until everything of the runtime is freed.
    pub(crate) fn close(&self) {
        match self {
            Self::Thread(handle) => handle.close(),
            Self::Process(process) => process.remote.close(),
        }
    }

    /// Closes without waiting; the future ends when everything of the runtime is freed.
    pub(crate) fn close_async(&self) -> Closing {
        match self {
            Self::Thread(handle) => Box::pin(handle.close_async()),
            Self::Process(process) => Box::pin(process.remote.close_async()),
        }
    }
}

fn with<R: Send + 'static>(
    handle: &Handle,
    work: impl FnOnce(&mut LocalRuntime) -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    handle.with(work).and_then(|result| result)
}

/// A call that was asked for.
pub(crate) enum StartedCall {
    Thread(jsrun::StartedCall),
    Process(StartedRemoteCall),
}

impl StartedCall {
    /// What the call came to; `None` when there is no answer after so long.
    pub(crate) fn wait(&self, longest: Duration) -> Option<Result<Option<Value>, Error>> {
        match self {
            Self::Thread(started) => started.wait(longest),
            Self::Process(started) => started.wait(longest),
        }
    }

    pub(crate) fn canceller(&self) -> CallCanceller {
        match self {
            Self::Thread(started) => CallCanceller::Thread(started.canceller()),
            Self::Process(started) => CallCanceller::Process(started.canceller()),
        }
    }
}

/// Stops one call, from any thread.
pub(crate) enum CallCanceller {
    Thread(jsrun::CallCanceller),
    Process(RemoteCanceller),
}

impl CallCanceller {
    pub(crate) fn cancel(&self) {
        match self {
            Self::Thread(canceller) => canceller.cancel(),
            Self::Process(canceller) => canceller.cancel(),
        }
    }
}
