//! One line per request. Bodies, and with them programs, are never logged.

use std::time::Instant;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

/// Logs method, path, status and time to the first byte: at debug, failures of the service as warnings.
///
/// 503 is no failure: it says that there is no capacity now, thousands of times in a second if need be.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status();
    let elapsed = start.elapsed();
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(%method, path, status = status.as_u16(), ?elapsed, "request failed");
    } else {
        tracing::debug!(%method, path, status = status.as_u16(), ?elapsed, "request");
    }
    response
}
