//! One run on one worker, as its caller sees it.

use std::sync::Arc;
use std::time::Instant;

use jsrun_types::{Event, Outcome, RunRequest, Status, Usage};
use tokio::sync::{mpsc, oneshot};

use crate::census::Counted;
use crate::driver::{Driver, Item};
use crate::shared::Shared;
use crate::worker::Worker;

/// What a run gives.
#[derive(Clone, Debug, PartialEq)]
pub enum RunItem {
    /// Zero or more of these,
    Event(Event),
    /// then exactly one of these.
    Outcome(Outcome),
}

/// A run that goes on. Dropping it kills its worker.
///
/// Its limits hold whether or not somebody polls it. A caller that does not keep up with the events slows the program
/// down: little is buffered.
#[derive(Debug)]
pub struct Run {
    items: mpsc::Receiver<Item>,
    /// `None` once used.
    cancel: Option<oneshot::Sender<()>>,
    started: Instant,
    worker_pid: u32,
    ended: bool,
}

/// How many events wait for the caller at most; what they may weigh together is bounded, too.
const QUEUED_ITEMS: usize = 64;

impl Run {
    pub(crate) fn start(worker: Worker, busy: Counted, shared: Arc<Shared>, request: RunRequest) -> Self {
        let (sender, items) = mpsc::channel(QUEUED_ITEMS);
        let (cancel, cancelled) = oneshot::channel();
        let worker_pid = worker.process.pid();
        let driver = Driver::new(worker, busy, shared, &request.limits, sender, cancelled);
        tokio::spawn(driver.drive(request));
        Self { items, cancel: Some(cancel), started: Instant::now(), worker_pid, ended: false }
    }

    /// The next event, then the outcome, then `None`. Cancel safe.
    pub async fn next(&mut self) -> Option<RunItem> {
        if self.ended {
            return None;
        }
        let item = match self.items.recv().await {
            Some(item) => item.into_inner(),
            // The driver always says an outcome, unless its tokio runtime shuts down.
            None => RunItem::Outcome(Outcome {
                status: Status::Crashed,
                usage: Usage { wall: self.started.elapsed(), ..Usage::default() },
            }),
        };
        self.ended = matches!(item, RunItem::Outcome(_));
        Some(item)
    }

    /// Asks the program to stop; the outcome is then `Cancelled`, unless it was there already. Idempotent.
    pub fn cancel(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            // The driver is gone when the outcome is there.
            let _ = cancel.send(());
        }
    }

    /// The process id of the worker, for logs and tests.
    pub fn worker_pid(&self) -> u32 {
        self.worker_pid
    }
}
