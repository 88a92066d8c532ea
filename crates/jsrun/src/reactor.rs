//! The tokio runtime below a runtime's event loop.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::time::Duration;

/// A tokio runtime with a timer and one thread for what takes long: the Web Crypto API works there.
///
/// One, because a worker may make no thread once its program is there, and because a program's crypto is to load one
/// core at most.
pub(crate) struct Reactor(ManuallyDrop<tokio::runtime::Runtime>);

/// The second thread stays once it is there; a worker could not make it anew.
const KEEP_ALIVE: Duration = Duration::from_hours(365 * 24);

impl Reactor {
    pub(crate) fn new() -> std::io::Result<Self> {
        // Time only: a forked child could not share an epoll descriptor.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(1)
            .thread_keep_alive(KEEP_ALIVE)
            .thread_name("jsrun-crypto")
            .build()?;
        Ok(Self(ManuallyDrop::new(runtime)))
    }

    /// Starts the second thread now rather than when it is first needed.
    ///
    /// # Panics
    /// When the system refuses, as tokio has it.
    pub(crate) fn start_thread(&self) {
        // What it gives does not matter: the thread is there once this returns.
        drop(self.0.spawn_blocking(|| ()));
    }
}

impl Deref for Reactor {
    type Target = tokio::runtime::Runtime;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        // SAFETY: the field is not used again: this is the end of the value that it is in.
        let runtime = unsafe { ManuallyDrop::take(&mut self.0) };
        // An ordinary drop waits for the second thread, and a program may have left it deriving keys for minutes.
        runtime.shutdown_background();
    }
}
