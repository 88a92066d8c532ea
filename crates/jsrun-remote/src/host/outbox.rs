//! Frames on their way to the worker.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::net::SendFlags;

/// Frames on their way to the worker. Whoever sends writes at once what the socket takes, and never waits: a worker that does
/// not read must not stop an event loop. The session's thread writes the rest.
#[derive(Debug)]
pub(super) struct Outbox(Mutex<Unsent>);

#[derive(Debug, Default)]
struct Unsent {
    /// `None` when the session is over: the runtime's handles may live on, and the descriptor must not.
    socket: Option<Arc<OwnedFd>>,
    frames: VecDeque<Vec<u8>>,
    /// How much of the first is sent.
    sent: usize,
    bytes: usize,
    /// How many bytes the socket has taken so far.
    taken: u64,
}

impl Outbox {
    pub(super) fn new(socket: &Arc<OwnedFd>) -> Self {
        Self(Mutex::new(Unsent { socket: Some(Arc::clone(socket)), ..Unsent::default() }))
    }

    /// Sends frames, or what of them the socket takes. True when there is something left for [`Outbox::flush`] that was not
    /// before.
    pub(super) fn send(&self, frames: impl IntoIterator<Item = Vec<u8>>) -> bool {
        let mut unsent = self.lock();
        let was_empty = unsent.frames.is_empty();
        for frame in frames {
            unsent.bytes += frame.len();
            unsent.frames.push_back(frame);
        }
        // Others are before it otherwise, and the thread knows of them.
        was_empty && !Self::write(&mut unsent)
    }

    /// Sends what the socket takes.
    pub(super) fn flush(&self) {
        Self::write(&mut self.lock());
    }

    /// Lets go of the socket, and of what waits for it.
    pub(super) fn close(&self) {
        let closed = std::mem::take(&mut *self.lock());
        drop(closed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().frames.is_empty()
    }

    /// How many bytes wait.
    pub(super) fn len(&self) -> usize {
        self.lock().bytes
    }

    /// How many bytes the socket has taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.lock().taken
    }

    /// Whether all is sent. To a worker that is gone everything is.
    fn write(unsent: &mut Unsent) -> bool {
        let Some(socket) = &unsent.socket else {
            *unsent = Unsent::default();
            return true;
        };
        while let Some(frame) = unsent.frames.front() {
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            let rest = &frame[unsent.sent..];
            let sent = rustix::io::retry_on_intr(|| rustix::net::send(socket, rest, flags));
            unsent.taken += sent.as_ref().map_or(0, |count| *count as u64);
            match sent {
                Ok(count) if count == rest.len() => {
                    unsent.bytes -= frame.len();
                    unsent.sent = 0;
                    unsent.frames.pop_front();
                }
                Ok(count) => unsent.sent += count,
                Err(Errno::AGAIN) => return false,
                Err(_) => {
                    unsent.frames.clear();
                    (unsent.sent, unsent.bytes) = (0, 0);
                }
            }
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Unsent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
