//! The whole service as one router.

use std::any::Any;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ApiError;
use crate::{AppState, api, headers, hosts, page, request_log};

/// The whole service as one router, without a socket.
pub fn app(state: AppState) -> Router {
    // The last layer is the outermost: each answer, whatever made it, is logged and has the security headers.
    Router::new()
        .merge(api::routes())
        .merge(page::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), hosts::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(headers::secure))
        .layer(from_fn(request_log::log))
        .with_state(state)
}

async fn method_not_allowed(request: Request) -> ApiError {
    ApiError::MethodNotAllowed { method: request.method().clone(), path: request.uri().path().to_owned() }
}

/// The panic hook has told what and where; the client is told that it was not its fault.
fn panicked(_payload: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::Panicked.into_response()
}
