//! Futures of the host that JavaScript waits for, polled on the session's thread.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::failure::HostFailure;
use crate::message::Settled;

use super::permits::Permit;
use super::wake::Wake;

/// What an ask comes to, later.
pub(super) type Task = Pin<Box<dyn Future<Output = Settled> + Send>>;

/// Futures by the number of their ask.
pub(super) struct Tasks {
    tasks: HashMap<u64, Going>,
    woken: Arc<Woken>,
}

struct Going {
    task: Task,
    waker: Arc<TaskWaker>,
    _permit: Permit,
}

struct Woken {
    asks: Mutex<VecDeque<u64>>,
    wake: Arc<Wake>,
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct TaskWaker {
    ask: u64,
    woken: Arc<Woken>,
}

impl std::task::Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.lock().push_back(self.ask);
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

    /// Adds a future and polls it; gives its result if that is there.
    pub(super) fn add(&mut self, ask: u64, task: Task, permit: Permit) -> Option<Settled> {
        let waker = Arc::new(TaskWaker { ask, woken: Arc::clone(&self.woken) });
        self.tasks.insert(ask, Going { task, waker, _permit: permit });
        self.poll(ask)
    }

    /// JavaScript waits for it no more.
    pub(super) fn remove(&mut self, ask: u64) {
        self.tasks.remove(&ask);
    }

    /// How many were woken.
    pub(super) fn woken(&self) -> usize {
        self.woken.lock().len()
    }

    /// Polls the first of those that were woken; gives its result if that is there.
    pub(super) fn poll_woken(&mut self) -> Option<(u64, Settled)> {
        let ask = self.woken.lock().pop_front()?;
        self.poll(ask).map(|settled| (ask, settled))
    }

    fn poll(&mut self, ask: u64) -> Option<Settled> {
        let Going { task, waker, .. } = self.tasks.get_mut(&ask)?;
        let waker = Arc::clone(waker).into();
        let poll = || task.as_mut().poll(&mut Context::from_waker(&waker));
        // It is the host's code, whose panics are its own.
        let panicked = |_| Poll::Ready(Err(HostFailure::new("Error", "the host function panicked")));
        match catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(panicked) {
            Poll::Ready(settled) => {
                self.tasks.remove(&ask);
                Some(settled)
            }
            Poll::Pending => None,
        }
    }
}
