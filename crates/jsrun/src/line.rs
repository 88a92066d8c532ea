//! Where commands wait that found a runtime's queue full.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use async_channel::{Sender, TrySendError};

use crate::handle::Command;

/// The commands of callers that neither block nor are refused when the runtime's queue is full: they are served in the order
/// in which they came.
#[derive(Default)]
pub(crate) struct Line {
    waiting: Mutex<VecDeque<Command>>,
    /// How many those are, or more.
    count: AtomicUsize,
}

impl Line {
    /// Sends a command, or puts it behind those that wait.
    pub(crate) fn send(&self, queue: &Sender<Command>, command: Command) {
        let refused = if self.count.load(Ordering::SeqCst) == 0 {
            match queue.try_send(command) {
                Err(TrySendError::Full(command)) => command,
                // Dropping a command tells who asked, here and below.
                Ok(()) | Err(TrySendError::Closed(_)) => return,
            }
        } else {
            command
        };
        // First the count: whoever takes a command from the full queue after this looks here.
        self.count.fetch_add(1, Ordering::SeqCst);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(refused);
        self.advance(queue);
    }

    /// There may be room in the queue again.
    pub(crate) fn advance(&self, queue: &Sender<Command>) {
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut left = VecDeque::new();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(command) = waiting.pop_front() {
            match queue.try_send(command) {
                Ok(()) => {
                    self.count.fetch_sub(1, Ordering::SeqCst);
                }
                Err(TrySendError::Full(command)) => {
                    waiting.push_front(command);
                    break;
                }
                Err(TrySendError::Closed(command)) => {
                    left = std::mem::take(&mut *waiting);
                    left.push_front(command);
                    self.count.fetch_sub(left.len(), Ordering::SeqCst);
                }
            }
        }
        drop(waiting);
        // Not with the lock: it calls the host.
        drop(left);
    }
}
