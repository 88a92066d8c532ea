//! What all handlers share.

use std::sync::Arc;

use jsrun_pool::Pool;
use tokio::sync::watch;

use crate::ServerConfig;
use crate::admission::Admission;
use crate::metrics::Metrics;
use crate::refusals::Refusals;

/// What all handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: ServerConfig,
    pool: Pool,
    admission: Admission,
    metrics: Metrics,
    refusals: Refusals,
    /// Becomes true once: then every run that goes on is cancelled.
    cancel_runs: watch::Sender<bool>,
}

impl AppState {
    /// A service over `pool`, which is the service's from now on: [`crate::serve`] closes it at its end.
    pub fn new(config: ServerConfig, pool: Pool) -> Self {
        let admission = Admission::new(&config);
        let metrics = Metrics::new(pool.clone(), admission.clone());
        let (cancel_runs, _) = watch::channel(false);
        Self {
            shared: Arc::new(Shared {
                config,
                pool,
                admission,
                metrics,
                refusals: Refusals::default(),
                cancel_runs,
            }),
        }
    }

    /// How the service is to be.
    pub fn config(&self) -> &ServerConfig {
        &self.shared.config
    }

    /// Where workers come from.
    pub fn pool(&self) -> &Pool {
        &self.shared.pool
    }

    pub(crate) fn admission(&self) -> &Admission {
        &self.shared.admission
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.shared.refusals
    }

    /// Ends all runs that go on; their clients get the outcome `cancelled`.
    pub(crate) fn cancel_runs(&self) {
        self.shared.cancel_runs.send_replace(true);
    }

    pub(crate) fn run_cancellation(&self) -> watch::Receiver<bool> {
        self.shared.cancel_runs.subscribe()
    }
}
