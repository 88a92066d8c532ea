//! `POST /execute`: the playground contract.

use axum::Json;
use axum::extract::State;

use crate::AppState;
use crate::active_run::ActiveRun;
use crate::body::JsonBody;
use crate::client::Client;
use crate::error::ApiError;
use crate::wire::{ExecuteAnswer, ExecuteBody};

/// Runs a program and tells its result or its error as text. A program's failure is a 200.
pub(super) async fn execute(
    State(state): State<AppState>,
    client: Client,
    JsonBody(body): JsonBody<ExecuteBody>,
) -> Result<Json<ExecuteAnswer>, ApiError> {
    let request = body.into_run_request(state.config())?;
    let limits = request.limits;
    let outcome = ActiveRun::start(&state, client, request).await?.outcome().await;
    Ok(Json(ExecuteAnswer::new(&outcome, &limits)))
}
