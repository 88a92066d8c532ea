//! A worker that serves calls for as long as somebody holds it.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsrun_proto::{ExitStatus, exit_code};
use jsrun_types::{ByteSize, LimitKind, Limits};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::census::Counted;
use crate::driver::DEATH_TIMEOUT;
use crate::meter::Meter;
use crate::shared::Shared;
use crate::worker::{Exit, KilledOnDrop, Worker};

/// A worker that serves calls for as long as somebody holds it. Dropping it kills the worker.
///
/// The pool sees to the process; whoever has the socket speaks with it, and treats what comes from it as hostile. No task of
/// the pool is busy with it: who holds it [looks](Session::look) whether it keeps its limits.
#[derive(Debug)]
pub struct Session {
    process: KilledOnDrop,
    /// The session counts until the process is known to be gone, or this is dropped.
    _busy: Counted,
    /// Taken by the first who asks.
    exit: Mutex<Option<oneshot::Receiver<Exit>>>,
    meter: Mutex<Meter>,
    shared: Arc<Shared>,
    runtime: tokio::runtime::Handle,
}

/// How a session's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Its memory was all used.
    Memory,
    /// The pool was closed.
    PoolClosed,
    /// It is not known.
    Unknown,
}

impl Session {
    pub(crate) fn new(
        worker: Worker,
        busy: Counted,
        shared: Arc<Shared>,
        runtime: tokio::runtime::Handle,
        limits: &Limits,
        buffers: Option<ByteSize>,
    ) -> io::Result<(OwnedFd, Self)> {
        let meter = Meter::new(&worker, limits, buffers);
        let Worker { process, socket, exit, .. } = worker;
        let socket = socket.into_std()?;
        let session = Self {
            _busy: busy,
            exit: Mutex::new(Some(exit)),
            meter: Mutex::new(meter),
            process,
            shared,
            runtime,
        };
        Ok((socket.into(), session))
    }

    /// The worker's process id, for logs and tests.
    pub fn worker_pid(&self) -> u32 {
        self.process.pid()
    }

    /// Ends the worker at once. It may have ended.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Which limit the process is over, as the system counts it.
    pub fn look(&self) -> Option<LimitKind> {
        lock(&self.meter).look_on()
    }

    /// How the process ended, which it has or is about to. Waits a moment for the news, and not within the pool's tokio
    /// runtime.
    pub fn end(&self) -> SessionEnd {
        let exit = lock(&self.exit).take();
        let exit = exit.and_then(|exit| {
            self.runtime.block_on(async { timeout(DEATH_TIMEOUT, exit).await }).ok().and_then(Result::ok)
        });
        match exit {
            None if self.shared.is_closing() => SessionEnd::PoolClosed,
            None => SessionEnd::Unknown,
            Some(exit) => match exit.status {
                ExitStatus::Code(exit_code::OUT_OF_MEMORY) => SessionEnd::Memory,
                _ if lock(&self.meter).cause_of_death(exit) == Some(LimitKind::Memory) => SessionEnd::Memory,
                ExitStatus::Code(code) => SessionEnd::Code(code),
                ExitStatus::Signal(signal) => SessionEnd::Signal(signal),
            },
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
