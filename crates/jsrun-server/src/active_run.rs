//! A run that goes on for a client.

use std::time::Instant;

use jsrun_pool::{Run, RunItem};
use jsrun_types::{Outcome, RunRequest, Status};
use tokio::sync::watch;

use crate::AppState;
use crate::admission::Permit;
use crate::client::Client;
use crate::error::ApiError;

/// A run that goes on for a client, with its permit. Dropping it kills the worker and lets the next run in.
#[derive(Debug)]
pub(crate) struct ActiveRun {
    /// Before the permit: the worker is told to die before the next run may start.
    run: Run,
    permit: Permit,
    state: AppState,
    cancellation: watch::Receiver<bool>,
    cancelled: bool,
}

impl ActiveRun {
    /// Waits for a turn and a worker and starts the program. All waits are bounded.
    ///
    /// # Errors
    /// [`ApiError::Admission`], [`ApiError::NoWorker`] or [`ApiError::PoolClosed`]; the service survives each.
    pub(crate) async fn start(
        state: &AppState,
        client: Client,
        request: RunRequest,
    ) -> Result<Self, ApiError> {
        let started = Self::try_start(state, client, request).await;
        if let Err(error) = &started {
            state.metrics().note_refusal(error);
            state.refusals().log(error, state.pool().status());
        }
        started
    }

    async fn try_start(state: &AppState, client: Client, request: RunRequest) -> Result<Self, ApiError> {
        let came = Instant::now();
        let permit = state.admission().enter(client).await?;
        let wait = state.config().checkout_wait;
        let checkout = tokio::time::timeout(wait, state.pool().checkout())
            .await
            .map_err(|_elapsed| ApiError::NoWorker(wait))?
            .map_err(|error| {
                tracing::debug!(%error, "no worker for a run");
                ApiError::PoolClosed
            })?;
        state.metrics().note_start(came.elapsed());
        Ok(Self {
            run: checkout.run(request),
            permit,
            state: state.clone(),
            cancellation: state.run_cancellation(),
            cancelled: false,
        })
    }

    /// The next event, then exactly one outcome, then `None`.
    pub(crate) async fn next(&mut self) -> Option<RunItem> {
        let item = self.next_item().await;
        if let Some(RunItem::Outcome(outcome)) = &item {
            self.state.metrics().note_outcome(outcome);
            if outcome.status == Status::Crashed {
                self.permit.note_crash();
            }
        }
        item
    }

    async fn next_item(&mut self) -> Option<RunItem> {
        if !self.cancelled {
            tokio::select! {
                item = self.run.next() => return item,
                // An error means that the service is gone, which cancels as well.
                _ = self.cancellation.wait_for(|cancelled| *cancelled) => {
                    self.run.cancel();
                    self.cancelled = true;
                }
            }
        }
        self.run.next().await
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
