//! The worker's end of its socket.

use std::io;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jsrun_proto::{Decoder, FrameError, FromWorker, ToWorker, encode, exit_code};
use rustix::net::SendFlags;

use crate::ending::exit_now;

/// How much of what went wrong is told.
const MAX_FAILURE: usize = 1000;

/// The worker's end of its socket. Cheap to clone. A worker whose pool is gone ends at once.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    socket: Arc<OwnedFd>,
    /// Whether a session is served: what is said then is in `jsrun-remote`.
    session: Arc<AtomicBool>,
}

impl Connection {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self { socket: Arc::new(socket), session: Arc::default() }
    }

    /// Sends a message, and waits while the pool does not read: that is what slows a program down whose output nobody
    /// takes.
    ///
    /// # Errors
    /// When the message does not fit into a frame; nothing is sent then.
    pub(crate) fn send(&self, message: &FromWorker) -> Result<(), FrameError> {
        let frame = encode(message)?;
        if self.write(&frame).is_err() {
            exit_now(exit_code::DISCONNECTED);
        }
        Ok(())
    }

    /// Tells, if possible, what went wrong in this worker, and ends it.
    pub(crate) fn fail(&self, reason: &str) -> ! {
        // There is no other way to say it.
        if self.session.load(Ordering::Relaxed) {
            let _ = self.write(&jsrun_remote::failed_frame(reason));
        } else {
            let reason = reason.chars().take(MAX_FAILURE).collect();
            let _ = self.send(&FromWorker::Failed(reason));
        }
        exit_now(exit_code::FAILED)
    }

    /// From now on a session is served over the socket.
    pub(crate) fn hand_over(&self) -> Arc<OwnedFd> {
        self.session.store(true, Ordering::Relaxed);
        Arc::clone(&self.socket)
    }

    /// Gives each message to `handle`, until that breaks with something; gives what was read after it, too.
    pub(crate) fn receive<B>(
        &self,
        mut handle: impl FnMut(ToWorker) -> ControlFlow<B>,
    ) -> (B, Decoder<ToWorker>) {
        let mut decoder = Decoder::new();
        // A page: each page of this thread's stack that is used is one that the worker has to itself.
        let mut bytes = [0; 4 << 10];
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => {
                    if let ControlFlow::Break(value) = handle(message) {
                        return (value, decoder);
                    }
                }
                Ok(None) => match rustix::io::retry_on_intr(|| rustix::io::read(&*self.socket, &mut bytes)) {
                    Ok(0) | Err(_) => exit_now(exit_code::DISCONNECTED),
                    Ok(count) => decoder.feed(&bytes[..count]),
                },
                Err(_) => exit_now(exit_code::DISCONNECTED),
            }
        }
    }

    fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let sent =
                rustix::io::retry_on_intr(|| rustix::net::send(&*self.socket, bytes, SendFlags::NOSIGNAL))?;
            bytes = &bytes[sent..];
        }
        Ok(())
    }
}

impl AsRawFd for Connection {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
