//! What the service tells about itself.

use axum::Json;
use axum::extract::State;
use jsrun_types::SandboxLayer;
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
    sandbox: SandboxAnswer,
}

/// What confines the workers. Not why something does not: that is for whoever runs the server, by `jsrun doctor`.
#[derive(Serialize)]
struct SandboxAnswer {
    /// `require`, `auto` or `off`.
    mode: &'static str,
    /// The layers that hold.
    holds: Vec<&'static str>,
    /// The layers that do not.
    missing: Vec<&'static str>,
}

/// `GET /api/v1/version`.
pub(super) async fn version(State(state): State<AppState>) -> Json<VersionAnswer> {
    let report = state.pool().sandbox();
    let layers = report.as_deref().map_or(&[][..], |report| &report.layers);
    let (holds, missing) = SandboxLayer::ALL
        .iter()
        .partition(|layer| layers.iter().any(|report| report.layer == **layer && report.holds()));
    let names = |layers: Vec<&SandboxLayer>| layers.into_iter().map(|layer| layer.name()).collect();
    let sandbox = SandboxAnswer {
        mode: state.pool().sandbox_mode().name(),
        holds: names(holds),
        missing: names(missing),
    };
    Json(VersionAnswer { name: "jsrun", version: env!("CARGO_PKG_VERSION"), sandbox })
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
