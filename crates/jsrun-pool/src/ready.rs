//! The workers that wait for a run.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::{Semaphore, TryAcquireError};

use crate::worker::Worker;

/// The workers that wait for a run, oldest first. Those who wait for a worker are served in the order they came.
#[derive(Debug)]
pub(crate) struct ReadyQueue {
    workers: Mutex<VecDeque<Worker>>,
    /// At least one permit for each worker in the queue; more after some were discarded. Closed with the queue.
    permits: Semaphore,
}

impl ReadyQueue {
    pub(crate) fn new() -> Self {
        Self { workers: Mutex::default(), permits: Semaphore::new(0) }
    }

    /// Adds a worker. After [`ReadyQueue::close`], ends it.
    pub(crate) fn push(&self, worker: Worker) {
        let mut workers = self.lock();
        if self.permits.is_closed() {
            return;
        }
        workers.push_back(worker);
        self.permits.add_permits(1);
    }

    /// Waits for a worker that is alive; `None` once the queue is closed. Cancel safe.
    pub(crate) async fn take(&self) -> Option<Worker> {
        loop {
            self.permits.acquire().await.ok()?.forget();
            let worker = self.lock().pop_front();
            if let Some(worker) = worker
                && worker.is_alive()
            {
                return Some(worker);
            }
        }
    }

    /// A worker that is alive, if there is one now; an error once the queue is closed.
    pub(crate) fn try_take(&self) -> Result<Option<Worker>, ()> {
        loop {
            match self.permits.try_acquire() {
                Ok(permit) => permit.forget(),
                Err(TryAcquireError::NoPermits) => return Ok(None),
                Err(TryAcquireError::Closed) => return Err(()),
            }
            let worker = self.lock().pop_front();
            if let Some(worker) = worker
                && worker.is_alive()
            {
                return Ok(Some(worker));
            }
        }
    }

    /// Waits until there is a worker, and leaves it there; false once the queue is closed.
    pub(crate) async fn wait(&self) -> bool {
        self.permits.acquire().await.is_ok()
    }

    /// Ends the workers that `choose` chooses.
    pub(crate) fn discard(&self, choose: impl Fn(&Worker) -> bool) {
        let mut workers = self.lock();
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut *workers).into_iter().partition(choose);
        *workers = kept;
        // Killing and closing need no lock.
        drop(workers);
        drop(gone);
    }

    /// Whether nobody gets a worker here any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Ends all workers here, and the waiting.
    pub(crate) fn close(&self) {
        self.permits.close();
        let workers = std::mem::take(&mut *self.lock());
        drop(workers);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Worker>> {
        self.workers.lock().expect("nothing panics while it holds this lock")
    }
}
