//! One run on one worker, as it is served.

use std::future::pending;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsrun_proto::{ExitStatus, FrameError, FromWorker, ToWorker, encode, exit_code};
use jsrun_types::{Event, LimitKind, Limits, Outcome, RunRequest, Status, Usage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};

use crate::RunItem;
use crate::budget::OutputBudget;
use crate::census::Counted;
use crate::meter::{self, Meter};
use crate::shared::Shared;
use crate::worker::{Exit, Worker, WorkerError, receive};

#[cfg(test)]
mod tests;

/// How long a program that was asked to stop may take, if the pool's grace is not shorter: the API promises an end
/// within 100 ms.
const CANCEL_GRACE: Duration = Duration::from_millis(75);

/// How long the news of how a worker died may take: some milliseconds, but longer where the zygote waits for a processor. Without
/// it a death at a limit is told as a crash.
pub(crate) const DEATH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a killed worker's end and the news of it may take together. What it had sent is there already, and how the run
/// ended is known; on a busy machine the process can take long to be gone.
const KILLED_TIMEOUT: Duration = Duration::from_millis(10);

/// How many bytes of frames wait, decoded, for the caller. A hostile frame takes some forty times its size in memory.
const QUEUED_BYTES: usize = 256 << 10;

/// Something for the caller, and the room that it takes in the queue.
#[derive(Debug)]
pub(crate) struct Item {
    item: RunItem,
    _room: Option<OwnedSemaphorePermit>,
}

impl Item {
    pub(crate) fn into_inner(self) -> RunItem {
        self.item
    }
}

/// Serves one run: sends the program, hands on what comes back, and stops the worker when it must be stopped.
#[derive(Debug)]
pub(crate) struct Driver {
    worker: Worker,
    busy: Counted,
    shared: Arc<Shared>,
    items: mpsc::Sender<Item>,
    room: Arc<Semaphore>,
    cancelled: oneshot::Receiver<()>,
    started: Instant,
    /// When the worker is killed. `None`: never, or it is already.
    deadline: Option<Instant>,
    budget: OutputBudget,
    meter: Meter,
    looks: Interval,
    /// How the run ends if the worker, which was asked or made to stop, says no more.
    verdict: Option<Status>,
    /// Of a killed worker, until when its end and the news of it are waited for.
    killed: Option<Instant>,
}

/// Why nothing more is to be heard from the worker.
#[derive(Debug)]
enum Ending {
    /// The worker told the outcome.
    Outcome(Box<Outcome>),
    /// The worker is gone.
    Died,
    /// The worker broke the protocol.
    Violation(WorkerError),
    /// More output than any honest worker sends.
    Overflow,
    /// The request does not fit into a frame.
    TooLarge(FrameError),
    /// Nobody wants to know any more.
    Dropped,
}

impl Driver {
    pub(crate) fn new(
        worker: Worker,
        busy: Counted,
        shared: Arc<Shared>,
        limits: &Limits,
        items: mpsc::Sender<Item>,
        cancelled: oneshot::Receiver<()>,
    ) -> Self {
        let started = Instant::now();
        let mut looks = interval_at(tokio::time::Instant::now() + meter::INTERVAL, meter::INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            deadline: limits
                .wall
                .checked_add(shared.config.grace)
                .and_then(|limit| started.checked_add(limit)),
            budget: OutputBudget::new(limits),
            meter: Meter::new(&worker, limits, None),
            looks,
            room: Arc::new(Semaphore::new(QUEUED_BYTES)),
            verdict: None,
            killed: None,
            worker,
            busy,
            shared,
            items,
            cancelled,
            started,
        }
    }

    /// Serves the run to its end.
    pub(crate) async fn drive(mut self, request: RunRequest) {
        let ending = self.converse(request).await;
        let Some(outcome) = self.conclude(ending).await else { return };
        let Self { worker, busy, items, .. } = self;
        // The place is free before the caller hears of it, and however long the caller takes to.
        drop(worker);
        drop(busy);
        // The caller may not want to know any more.
        let _ = items.send(Item { item: RunItem::Outcome(outcome), _room: None }).await;
    }

    /// Exchanges frames with the worker. Each branch is cancel safe: what another branch interrupts starts again.
    async fn converse(&mut self, request: RunRequest) -> Ending {
        let frame = match encode(&ToWorker::Run(request)) {
            Ok(frame) => frame,
            Err(error) => return Ending::TooLarge(error),
        };
        let mut unsent = frame.as_slice();
        // An event that waits for room, and its size.
        let mut waiting: Option<(Event, usize)> = None;
        loop {
            if waiting.is_none() {
                match self.take_event() {
                    Ok(event) => waiting = event,
                    Err(ending) => return ending,
                }
            }
            let size = waiting.as_ref().map(|(_, size)| *size);
            tokio::select! {
                biased;
                () = self.items.closed() => return Ending::Dropped,
                asked = &mut self.cancelled, if self.verdict.is_none() => match asked {
                    Ok(()) => self.cancel(unsent.is_empty()),
                    Err(_) => return Ending::Dropped,
                },
                () = sleep_until(self.deadline) => {
                    self.verdict.get_or_insert(Status::Limit(LimitKind::Wall));
                    self.kill();
                }
                _ = self.looks.tick(), if self.killed.is_none() => {
                    if let Some(kind) = self.meter.look() {
                        tracing::debug!(pid = self.worker.process.pid(), %kind, "killed a worker over its limit");
                        self.verdict.get_or_insert(Status::Limit(kind));
                        self.kill();
                    }
                }
                place = reserve(&self.items, &self.room, size) => match (place, waiting.take()) {
                    (Some((place, room)), Some((event, _))) => {
                        place.send(Item { item: RunItem::Event(event), _room: Some(room) });
                    }
                    _ => return Ending::Dropped,
                },
                _ = self.worker.socket.writable(), if !unsent.is_empty() && self.killed.is_none() => {
                    match self.worker.socket.try_write(unsent) {
                        Ok(count) => unsent = &unsent[count..],
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        // A dead worker; what it said before can still be read.
                        Err(_) => unsent = &[],
                    }
                }
                received = receive(&self.worker.socket, &mut self.worker.decoder), if waiting.is_none() => {
                    if received.is_err() {
                        return Ending::Died;
                    }
                }
                // What was sent before is read before this is looked at.
                () = sleep_until(self.killed), if waiting.is_none() => return Ending::Died,
            }
        }
    }

    /// The next event that the worker has sent, with its size in bytes, if one is complete.
    fn take_event(&mut self) -> Result<Option<(Event, usize)>, Ending> {
        let before = self.worker.decoder.buffered();
        let message = self.worker.decoder.next_message().map_err(|error| Ending::Violation(error.into()))?;
        let size = before - self.worker.decoder.buffered();
        match message {
            None => Ok(None),
            Some(FromWorker::Event(event)) => {
                if self.budget.admit(&event, size) {
                    Ok(Some((event, size)))
                } else {
                    Err(Ending::Overflow)
                }
            }
            Some(FromWorker::Outcome(outcome)) => Err(self.judge(outcome)),
            Some(FromWorker::Ready) => Err(out_of_turn("a second ready")),
            Some(FromWorker::Tested(_)) => Err(out_of_turn("a self-test's result")),
            Some(FromWorker::Failed(message)) => Err(Ending::Violation(WorkerError::Failed(message))),
        }
    }

    /// Whether an outcome is possible.
    fn judge(&self, outcome: Outcome) -> Ending {
        if !self.worker.decoder.is_empty() {
            out_of_turn("something after its outcome")
        } else if outcome.status == Status::Cancelled && self.verdict.is_none() {
            out_of_turn("that it was cancelled, which it was not")
        } else {
            Ending::Outcome(Box::new(outcome))
        }
    }

    /// Asks the worker to stop, and sees to it that it does.
    fn cancel(&mut self, request_sent: bool) {
        self.verdict = Some(Status::Cancelled);
        let grace = CANCEL_GRACE.min(self.shared.config.grace);
        self.deadline = [self.deadline, Instant::now().checked_add(grace)].into_iter().flatten().min();
        let asked = request_sent
            && encode(&ToWorker::Cancel).is_ok_and(|frame| {
                self.worker.socket.try_write(&frame).is_ok_and(|count| count == frame.len())
            });
        if !asked {
            self.kill();
        }
    }

    /// Kills the worker. What it has sent is still read: partial output is kept.
    fn kill(&mut self) {
        self.worker.process.kill();
        // Not longer for those that are killed again.
        self.killed = self.killed.or_else(|| Instant::now().checked_add(KILLED_TIMEOUT));
        self.deadline = None;
    }

    /// The run's outcome; `None` when nobody wants to know.
    async fn conclude(&mut self, ending: Ending) -> Option<Outcome> {
        let pid = self.worker.process.pid();
        match ending {
            Ending::Dropped => None,
            Ending::Outcome(outcome) => Some(self.confirm(*outcome)),
            Ending::Died => {
                let exit = self.exit().await;
                let status = self.verdict.take().unwrap_or_else(|| match exit {
                    Some(Exit { status: ExitStatus::Code(exit_code::OUT_OF_MEMORY), .. }) => {
                        Status::Limit(LimitKind::Memory)
                    }
                    _ if self.shared.is_closing() => Status::Cancelled,
                    Some(exit) => self.meter.cause_of_death(exit).map_or(Status::Crashed, Status::Limit),
                    None => Status::Crashed,
                });
                Some(self.pronounce(status, exit))
            }
            Ending::Violation(error) => {
                tracing::warn!(pid, %error, source = ?std::error::Error::source(&error), "killed a worker");
                self.kill();
                let exit = self.exit().await;
                // Bytes cut by our own kill are no crime.
                let status = self.verdict.take().unwrap_or(Status::Crashed);
                Some(self.pronounce(status, exit))
            }
            Ending::Overflow => {
                tracing::debug!(pid, "killed a worker for its output");
                self.kill();
                let exit = self.exit().await;
                let status = self.verdict.take().unwrap_or(Status::Limit(LimitKind::Output));
                Some(self.pronounce(status, exit))
            }
            Ending::TooLarge(error) => {
                tracing::warn!(%error, "a program is too large to be sent");
                Some(self.pronounce(Status::Limit(LimitKind::Memory), None))
            }
        }
    }

    /// The worker's outcome, with what the pool knows better.
    fn confirm(&mut self, outcome: Outcome) -> Outcome {
        let Outcome { status, usage } = outcome;
        let status = match self.verdict.take() {
            Some(Status::Cancelled) => Status::Cancelled,
            // Told in time, read too late: the caller was slow, not the program.
            _ => status,
        };
        let elapsed = self.started.elapsed();
        let usage = Usage { wall: usage.wall.min(elapsed), cpu: usage.cpu.min(elapsed), ..usage };
        Outcome { status, usage }
    }

    /// An outcome of the pool's own, with the usage that it knows.
    fn pronounce(&self, status: Status, exit: Option<Exit>) -> Outcome {
        let usage = Usage {
            wall: self.started.elapsed(),
            cpu: exit.map(|exit| exit.cpu).unwrap_or_default(),
            peak_memory: exit.map(|exit| exit.memory).unwrap_or_default(),
            output: self.budget.output(),
            ..Usage::default()
        };
        Outcome { status, usage }
    }

    /// How the worker ended, if that is heard in time.
    async fn exit(&mut self) -> Option<Exit> {
        let patience = match self.killed {
            Some(until) if self.verdict.is_some() => until.saturating_duration_since(Instant::now()),
            None if self.verdict.is_some() => KILLED_TIMEOUT,
            _ => DEATH_TIMEOUT,
        };
        // What is there already is taken without patience, too.
        let exit = timeout(patience, &mut self.worker.exit).await;
        exit.ok().and_then(Result::ok)
    }
}

async fn sleep_until(then: Option<Instant>) {
    match then {
        Some(then) => tokio::time::sleep_until(then.into()).await,
        None => pending().await,
    }
}

/// Waits for room for an event of this size, if there is one; `None` when the queue is closed.
async fn reserve(
    items: &mpsc::Sender<Item>,
    room: &Arc<Semaphore>,
    size: Option<usize>,
) -> Option<(mpsc::OwnedPermit<Item>, OwnedSemaphorePermit)> {
    let Some(size) = size else { return pending().await };
    // A larger event takes all the room.
    let size = u32::try_from(size.min(QUEUED_BYTES)).unwrap_or(u32::MAX);
    let place = items.clone().reserve_owned().await.ok()?;
    let room = Arc::clone(room).acquire_many_owned(size).await.ok()?;
    Some((place, room))
}

fn out_of_turn(what: &'static str) -> Ending {
    Ending::Violation(WorkerError::OutOfTurn(what))
}
