//! `GET /metrics`.

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::AppState;
use crate::error::ApiError;

/// What the text is: <https://prometheus.io/docs/specs/om/open_metrics_spec/#text-format>.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts of runs, refusals and workers, for Prometheus.
///
/// # Errors
/// [`ApiError::MetricsToken`] when there is a token and the request does not have it.
pub(super) async fn metrics(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(token) = &state.config().metrics_token
        && !bearer(&headers).is_some_and(|given| is_same(given, token.as_bytes()))
    {
        return Err(ApiError::MetricsToken);
    }
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, state.metrics().to_text()).into_response())
}

/// The token of `authorization: Bearer TOKEN`.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// Compares in a time that says nothing of where the difference is.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len()
        && given.iter().zip(expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_will_do() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        for (header, right) in [
            ("Bearer secret", true),
            ("bearer secret", true),
            ("Bearer secre", false),
            ("Basic secret", false),
        ] {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(header));
            assert_eq!(bearer(&headers).is_some_and(|given| is_same(given, b"secret")), right, "{header}");
        }
        assert!(!is_same(b"secreT", b"secret"));
    }
}
