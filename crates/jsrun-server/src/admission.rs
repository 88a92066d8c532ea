//! Who may run a program now, who waits and who is refused.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bounded concurrency behind a bounded, first-come queue with a bounded wait.
#[derive(Debug)]
pub(crate) struct Admission {
    /// One place for each run and for each request that waits.
    places: Arc<Semaphore>,
    /// One turn for each run.
    turns: Arc<Semaphore>,
    wait: Duration,
}

/// The right to run one program. Dropping it lets the next in.
#[derive(Debug)]
pub(crate) struct Permit {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// Why a request may not run its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdmissionError {
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

impl Admission {
    /// At most `runs` permits at a time, at most `queue` callers waiting for one, none longer than `wait`.
    pub(crate) fn new(runs: usize, queue: usize, wait: Duration) -> Self {
        let runs = runs.clamp(1, Semaphore::MAX_PERMITS);
        let places = runs.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(places)), turns: Arc::new(Semaphore::new(runs)), wait }
    }

    /// Waits for a turn. Dropping the future gives the place in the queue back.
    ///
    /// # Errors
    /// Each variant of [`AdmissionError`].
    pub(crate) async fn enter(&self) -> Result<Permit, AdmissionError> {
        if self.is_closed() {
            return Err(AdmissionError::Closed);
        }
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| AdmissionError::Full)?;
        match tokio::time::timeout(self.wait, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(Permit { _turn: turn, _place: place }),
            Ok(Err(_closed)) => Err(AdmissionError::Closed),
            Err(_elapsed) => Err(AdmissionError::Waited(self.wait)),
        }
    }

    /// Refuses all who wait and all who come; permits that are out stay good.
    pub(crate) fn close(&self) {
        self.turns.close();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.turns.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn a_dropped_permit_lets_the_next_in() {
        let admission = Admission::new(1, 1, LONG);
        let first = admission.enter().await.expect("a free turn");
        let mut second = std::pin::pin!(admission.enter());
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let admission = Admission::new(1, 1, LONG);
        let _running = admission.enter().await.expect("a free turn");
        let mut waiting = Box::pin(admission.enter());
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(admission.enter().await.expect_err("no place is left"), AdmissionError::Full);
        // Who gives up frees the place.
        drop(waiting);
        let mut next = std::pin::pin!(admission.enter());
        assert!(next.as_mut().now_or_never().is_none());
    }

    #[tokio::test]
    async fn the_wait_is_bounded() {
        const SHORT: Duration = Duration::from_millis(1);
        let admission = Admission::new(1, 1, SHORT);
        let _running = admission.enter().await.expect("a free turn");
        assert_eq!(admission.enter().await.expect_err("nobody leaves"), AdmissionError::Waited(SHORT));
    }

    #[tokio::test]
    async fn closing_refuses_who_waits_and_who_comes() {
        let admission = Admission::new(1, 1, LONG);
        let _running = admission.enter().await.expect("a free turn");
        let mut waiting = std::pin::pin!(admission.enter());
        assert!(waiting.as_mut().now_or_never().is_none());
        admission.close();
        assert_eq!(waiting.await.expect_err("closed"), AdmissionError::Closed);
        assert_eq!(admission.enter().await.expect_err("closed"), AdmissionError::Closed);
    }
}
