//! A run that goes on for a client.

use jsrun_pool::{PoolError, Run, RunItem};
use jsrun_types::{Outcome, RunRequest, Status, Usage};
use tokio::sync::watch;

use crate::AppState;
use crate::admission::Permit;
use crate::error::ApiError;

/// A run that goes on for a client, with its permit. Dropping it kills the worker and lets the next run in.
#[derive(Debug)]
pub(crate) struct ActiveRun {
    /// Before the permit: the worker is told to die before the next run may start.
    run: Run,
    _permit: Permit,
    cancellation: watch::Receiver<bool>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Cancelled,
    Over,
}

impl ActiveRun {
    /// Waits for a turn and a worker and starts the program. All waits are bounded.
    ///
    /// # Errors
    /// [`ApiError::Admission`], [`ApiError::NoWorker`] or [`ApiError::PoolClosed`]; the service survives each.
    pub(crate) async fn start(state: &AppState, request: RunRequest) -> Result<Self, ApiError> {
        let permit = state.admission().enter().await?;
        let wait = state.config().checkout_wait;
        let checkout = match tokio::time::timeout(wait, state.pool().checkout()).await {
            Ok(Ok(checkout)) => checkout,
            Ok(Err(error @ (PoolError::Start { .. } | PoolError::Closed))) => {
                tracing::warn!(%error, "no worker for a run");
                return Err(ApiError::PoolClosed);
            }
            Err(_elapsed) => {
                tracing::warn!(?wait, status = ?state.pool().status(), "no worker for a run in time");
                return Err(ApiError::NoWorker(wait));
            }
        };
        Ok(Self {
            run: checkout.run(request),
            _permit: permit,
            cancellation: state.run_cancellation(),
            phase: Phase::Running,
        })
    }

    /// The next event, then exactly one outcome, then `None`.
    pub(crate) async fn next(&mut self) -> Option<RunItem> {
        let item = loop {
            match self.phase {
                Phase::Over => return None,
                Phase::Cancelled => break self.run.next().await,
                Phase::Running => tokio::select! {
                    item = self.run.next() => break item,
                    // An error means that the service is gone, which cancels as well.
                    _ = self.cancellation.wait_for(|cancelled| *cancelled) => {
                        self.run.cancel();
                        self.phase = Phase::Cancelled;
                    }
                },
            }
        };
        match item {
            Some(RunItem::Event(_)) => item,
            Some(RunItem::Outcome(_)) => {
                self.phase = Phase::Over;
                item
            }
            None => {
                // The pool promises an outcome; the client is promised one even if that promise were broken.
                tracing::error!("a run ended without an outcome");
                self.phase = Phase::Over;
                Some(RunItem::Outcome(Outcome { status: Status::Crashed, usage: Usage::default() }))
            }
        }
    }

    /// Runs to the end and gives the outcome; the events are dropped as they come.
    pub(crate) async fn outcome(mut self) -> Outcome {
        loop {
            match self.next().await {
                Some(RunItem::Event(_)) => {}
                Some(RunItem::Outcome(outcome)) => return outcome,
                None => unreachable!("`next` gives an outcome before `None`"),
            }
        }
    }
}
