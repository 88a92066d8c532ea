//! Futures of the host that JavaScript waits for, polled on the session's thread.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::message::Settled;

use super::wake::Wake;

/// What an ask comes to, later.
pub(super) type Task = Pin<Box<dyn Future<Output = Settled> + Send>>;

/// How many may go on at once: more than any program has a use for, and what one can make the host hold is bounded.
const MOST: usize = 100_000;

/// Futures by the number of their ask.
pub(super) struct Tasks {
    tasks: HashMap<u64, (Task, Arc<TaskWaker>)>,
    woken: Arc<Woken>,
}

struct Woken {
    asks: Mutex<Vec<u64>>,
    wake: Arc<Wake>,
}

struct TaskWaker {
    ask: u64,
    woken: Arc<Woken>,
}

impl std::task::Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.asks.lock().unwrap_or_else(PoisonError::into_inner).push(self.ask);
        self.woken.wake.wake();
    }
}

impl Tasks {
    pub(super) fn new(wake: Arc<Wake>) -> Self {
        Self { tasks: HashMap::new(), woken: Arc::new(Woken { asks: Mutex::default(), wake }) }
    }

    pub(super) fn contains(&self, ask: u64) -> bool {
        self.tasks.contains_key(&ask)
    }

    pub(super) fn is_full(&self) -> bool {
        self.tasks.len() >= MOST
    }

    /// Adds a future and polls it; gives its result if that is there.
    pub(super) fn add(&mut self, ask: u64, task: Task) -> Option<Settled> {
        let waker = Arc::new(TaskWaker { ask, woken: Arc::clone(&self.woken) });
        self.tasks.insert(ask, (task, waker));
        self.poll(ask)
    }

    /// JavaScript waits for it no more.
    pub(super) fn remove(&mut self, ask: u64) {
        self.tasks.remove(&ask);
    }

    /// Polls those that were woken; gives the results that are there.
    pub(super) fn poll_woken(&mut self) -> Vec<(u64, Settled)> {
        let woken = std::mem::take(&mut *self.woken.asks.lock().unwrap_or_else(PoisonError::into_inner));
        woken.into_iter().filter_map(|ask| self.poll(ask).map(|settled| (ask, settled))).collect()
    }

    fn poll(&mut self, ask: u64) -> Option<Settled> {
        let (task, waker) = self.tasks.get_mut(&ask)?;
        let waker = Arc::clone(waker).into();
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(settled) => {
                self.tasks.remove(&ask);
                Some(settled)
            }
            Poll::Pending => None,
        }
    }
}
