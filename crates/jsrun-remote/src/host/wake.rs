//! What wakes a session's thread that waits for its worker.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

/// Makes the session's bell readable. Once the session is over there is nobody to wake, and no descriptor.
#[derive(Debug)]
pub(super) struct Wake(Mutex<Option<Arc<OwnedFd>>>);

impl Wake {
    /// A descriptor that is readable once somebody has [woken](Wake::wake) whoever polls it.
    pub(super) fn bell() -> io::Result<Arc<OwnedFd>> {
        Ok(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(super) fn new(bell: &Arc<OwnedFd>) -> Self {
        Self(Mutex::new(Some(Arc::clone(bell))))
    }

    pub(super) fn wake(&self) {
        if let Some(bell) = &*self.lock() {
            // Full, it is readable.
            let _ = rustix::io::write(bell, &1_u64.to_ne_bytes());
        }
    }

    /// Forgets that somebody has woken it.
    pub(super) fn clear(&self) {
        if let Some(bell) = &*self.lock() {
            let _ = rustix::io::read(bell, &mut [0; 8]);
        }
    }

    /// Lets go of the descriptor.
    pub(super) fn close(&self) {
        let closed = self.lock().take();
        drop(closed);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<OwnedFd>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
