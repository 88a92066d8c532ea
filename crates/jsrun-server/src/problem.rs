//! The shape of every error that a client sees: RFC 9457 problem details.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Details of a problem; `application/problem+json` as <https://www.rfc-editor.org/rfc/rfc9457> says.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// What sort of problem, as a word for programs: `invalid-field`.
    pub(crate) kind: &'static str,
    /// What sort of problem, for people; the same for each of the sort.
    pub(crate) title: &'static str,
    /// What happened this time and what to do.
    pub(crate) detail: String,
    /// The place in the request's body: `limits.wall_ms`.
    pub(crate) field: Option<String>,
    /// In how many seconds another try makes sense.
    pub(crate) retry_after: Option<u64>,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    field: Option<&'a str>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            r#type: format!("about:blank#{}", self.kind),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            field: self.field.as_deref(),
        };
        let body = serde_json::to_vec(&body).expect("strings and numbers always become JSON");
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
