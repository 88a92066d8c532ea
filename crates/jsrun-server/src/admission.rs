//! Who may run a program now, who waits and who is refused.

mod clients;
mod queue;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use self::clients::ClientLimits;
use self::queue::{Entry, Queue, Waiting};
use crate::ServerConfig;
use crate::client::Client;

/// Bounded concurrency behind a bounded queue with a bounded wait, fair between clients.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue<oneshot::Sender<Answer>>>,
    clients: ClientLimits,
    queue_wait: Duration,
    overload_wait: Duration,
}

/// What one who waits is told.
type Answer = Result<Permit, AdmissionError>;

/// The right to run one program. Dropping it lets the next in.
#[derive(Debug)]
pub(crate) struct Permit {
    shared: Arc<Shared>,
    client: Client,
}

/// Why a request may not run its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdmissionError {
    /// The client has as many runs, going on or waiting, as it may have.
    #[error("this client has {0} programs running or waiting, which is as many as it may have")]
    ClientBusy(usize),
    /// The client asks too often.
    #[error("this client asks too often; the next program may come in {} s", seconds(*.0))]
    ClientRate(Duration),
    /// The client's programs have crashed too many workers.
    #[error("this client's programs have crashed too often; the next may come in {} s", seconds(*.0))]
    ClientCrashes(Duration),
    /// The queue is full. Another try a little later may succeed.
    #[error("the queue is full")]
    Full,
    /// The turn did not come in time. Another try may succeed.
    #[error("the turn did not come within {} s", .0.as_secs_f64())]
    Waited(Duration),
    /// The service is shutting down: no more runs.
    #[error("the service is shutting down")]
    Closed,
}

impl AdmissionError {
    /// In how many seconds another try makes sense.
    pub(crate) fn retry_after(self) -> u64 {
        match self {
            Self::ClientRate(wait) | Self::ClientCrashes(wait) => seconds(wait),
            // A turn comes as soon as any run ends, so that a second is a fair guess.
            Self::ClientBusy(_) | Self::Full | Self::Waited(_) | Self::Closed => 1,
        }
    }

    /// What kind of refusal, as a word for problems and metrics.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::ClientBusy(_) => "client-busy",
            Self::ClientRate(_) => "client-rate",
            Self::ClientCrashes(_) => "client-crashes",
            Self::Full => "queue-full",
            Self::Waited(_) => "queue-wait",
            Self::Closed => "shutting-down",
        }
    }
}

/// Whole seconds, at least one.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// How many runs go on and wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) running: usize,
    pub(crate) waiting: usize,
}

impl Admission {
    pub(crate) fn new(config: &ServerConfig) -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: Mutex::new(Queue::new(
                    config.max_runs.max(1),
                    config.reserved_runs,
                    config.queue_length,
                )),
                clients: ClientLimits::new(&config.clients),
                queue_wait: config.queue_wait,
                overload_wait: config.overload_wait,
            }),
        }
    }

    /// Waits for a turn. Dropping the future gives the place in the queue back.
    ///
    /// # Errors
    /// Each variant of [`AdmissionError`].
    pub(crate) async fn enter(&self, client: Client) -> Result<Permit, AdmissionError> {
        self.shared.clients.check(client)?;
        let (sender, receiver) = oneshot::channel();
        let entry = self.shared.lock().enter(client, self.shared.clients.runs, sender, Instant::now())?;
        let waiting = match entry {
            Entry::Runs => return Ok(Permit { shared: Arc::clone(&self.shared), client }),
            Entry::Waits(waiting) => waiting,
        };
        let _place = Place { shared: &self.shared, waiting };
        match tokio::time::timeout(self.shared.queue_wait, receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_dropped)) => Err(AdmissionError::Closed),
            Err(_elapsed) => Err(AdmissionError::Waited(self.shared.queue_wait)),
        }
    }

    /// Refuses all who wait and all who come; permits that are out stay good.
    pub(crate) fn close(&self) {
        let refused = self.shared.lock().close();
        for waiter in refused {
            // Who has gone away need not be told.
            let _ = waiter.send(Err(AdmissionError::Closed));
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.shared.lock().is_closed()
    }

    pub(crate) fn crowd(&self) -> Crowd {
        self.shared.lock().crowd()
    }
}

impl Permit {
    /// Takes note that the program has crashed its worker.
    pub(crate) fn note_crash(&self) {
        self.shared.clients.note_crash(self.client);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let (expired, next) = {
            let mut queue = self.shared.lock();
            queue.leave(self.client);
            let expired = queue.expire(Instant::now(), self.shared.queue_wait, self.shared.overload_wait);
            (expired, queue.next())
        };
        for (waiter, waited) in expired {
            // Who has gone away need not be told.
            let _ = waiter.send(Err(AdmissionError::Waited(waited)));
        }
        if let Some((client, waiter)) = next {
            // A permit that nobody takes any more is dropped, which lets the next in. Not under the lock.
            let _ = waiter.send(Ok(Permit { shared: Arc::clone(&self.shared), client }));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue<oneshot::Sender<Answer>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue. Dropping it gives it back, if it is not given back already.
struct Place<'a> {
    shared: &'a Shared,
    waiting: Waiting,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.lock().give_up(self.waiting);
    }
}

#[cfg(test)]
mod tests;
