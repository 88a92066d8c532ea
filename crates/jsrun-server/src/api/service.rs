//! What the service tells about itself.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::AppState;
use crate::error::ApiError;
use crate::wire::LimitsAnswer;

/// `GET /api/v1/limits`: the default and the maximum of each limit.
pub(super) async fn limits(State(state): State<AppState>) -> Json<LimitsAnswer> {
    Json(LimitsAnswer::from(state.config()))
}

/// What runs here.
#[derive(Serialize)]
pub(super) struct VersionAnswer {
    name: &'static str,
    version: &'static str,
}

/// `GET /api/v1/version`.
pub(super) async fn version() -> Json<VersionAnswer> {
    Json(VersionAnswer { name: "jsrun", version: env!("CARGO_PKG_VERSION") })
}

/// The process answers.
#[derive(Serialize)]
pub(super) struct HealthAnswer {
    status: &'static str,
}

/// `GET /healthz`: always 200 while the process lives.
pub(super) async fn health() -> Json<HealthAnswer> {
    Json(HealthAnswer { status: "ok" })
}

/// Programs can be run.
#[derive(Serialize)]
pub(super) struct ReadinessAnswer {
    status: &'static str,
    workers: WorkersAnswer,
}

#[derive(Serialize)]
struct WorkersAnswer {
    /// Waiting for a run.
    ready: usize,
    /// With a run.
    busy: usize,
}

/// `GET /readyz`: 200 while a worker is ready for the next run.
///
/// # Errors
/// [`ApiError::NotReady`] while none is, and from the shutdown signal on.
pub(super) async fn readiness(State(state): State<AppState>) -> Result<Json<ReadinessAnswer>, ApiError> {
    if state.admission().is_closed() {
        return Err(ApiError::NotReady { reason: "it is shutting down" });
    }
    let status = state.pool().status();
    if status.ready == 0 {
        return Err(ApiError::NotReady { reason: "no worker is ready" });
    }
    let workers = WorkersAnswer { ready: status.ready, busy: status.busy };
    Ok(Json(ReadinessAnswer { status: "ready", workers }))
}
