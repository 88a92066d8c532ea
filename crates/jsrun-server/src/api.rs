//! The handlers of the HTTP API.

mod execute;
mod metrics;
mod runs;
mod service;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

/// The routes of the HTTP API.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/execute", post(execute::execute))
        .route("/api/v1/runs", post(runs::create))
        .route("/api/v1/limits", get(service::limits))
        .route("/api/v1/version", get(service::version))
        .route("/healthz", get(service::health))
        .route("/readyz", get(service::readiness))
        .route("/metrics", get(metrics::metrics))
}
