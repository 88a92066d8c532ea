//! What can go wrong with a request, and the one place that says what the client is told.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use jsrun_types::ByteSize;

use crate::admission::AdmissionError;
use crate::problem::Problem;

/// What can go wrong with a request. The service survives each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body is not JSON at all.
    #[error("the body is not valid JSON: {reason}")]
    MalformedJson { field: Option<String>, reason: String },
    /// The body is JSON, but not what was asked for.
    #[error("the body does not fit: {reason}")]
    InvalidBody { reason: String },
    /// A field of the body is missing, unknown, of the wrong type or out of range.
    #[error("`{field}`: {reason}")]
    InvalidField { field: String, reason: String },
    /// The body is not declared to be JSON.
    #[error("the body must be JSON: send it with the header `content-type: application/json`, {}", found(.content_type.as_deref()))]
    NotJson { content_type: Option<String> },
    /// The program is too long.
    #[error("`code` is {size} long; the server takes at most {limit}")]
    CodeTooLarge { size: ByteSize, limit: ByteSize },
    /// The body is too long; it was not read, or not to its end.
    #[error("the body is too long; the server takes at most {limit}, of which `code` may be {code_limit}")]
    BodyTooLarge { limit: ByteSize, code_limit: ByteSize },
    /// The body did not arrive in time.
    #[error("the body did not arrive within {} s", .wait.as_secs_f64())]
    BodyTooSlow { wait: Duration },
    /// The body broke off.
    #[error("the body could not be read: {reason}")]
    BodyBroken { reason: String },
    /// The client accepts no form in which the answer exists.
    #[error(
        "this resource comes as `application/json` or `text/event-stream`; the accept header allows neither"
    )]
    NotAcceptable,
    /// No such place.
    #[error("there is nothing at {path}")]
    NotFound { path: String },
    /// The place exists, the method does not.
    #[error("{path} does not answer {method}; the allow header tells what it answers")]
    MethodNotAllowed { method: Method, path: String },
    /// The request names a host that this server is not.
    #[error(
        "this server does not answer as {host:?}; open it by its address or allow the name with --allow-host"
    )]
    ForeignHost { host: String },
    /// The program may not run now.
    #[error("the program was not run: {0}")]
    Admission(#[from] AdmissionError),
    /// No worker came in time.
    #[error("the program was not run: no worker was ready within {} s", .0.as_secs_f64())]
    NoWorker(Duration),
    /// No worker will come.
    #[error("the program was not run: the service has no workers")]
    PoolClosed,
    /// The metrics are for others.
    #[error("the metrics need the token of --metrics-token, as `authorization: Bearer TOKEN`")]
    MetricsToken,
    /// The service cannot run programs just now.
    #[error("the service is not ready: {reason}")]
    NotReady { reason: &'static str },
    /// A bug of ours.
    #[error("the server failed at this request; other requests are not affected")]
    Panicked,
}

impl ApiError {
    /// The one mapping to HTTP.
    fn to_problem(&self) -> Problem {
        let (status, kind, title) = match self {
            Self::MalformedJson { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "malformed-json", "The body is not valid JSON")
            }
            Self::InvalidBody { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid-body", "The body does not fit")
            }
            Self::InvalidField { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "A field is missing or wrong")
            }
            Self::NotJson { .. } => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "The body is not declared to be JSON")
            }
            Self::CodeTooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "code-too-large", "The program is too long")
            }
            Self::BodyTooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too long")
            }
            Self::BodyTooSlow { .. } => {
                (StatusCode::REQUEST_TIMEOUT, "body-too-slow", "The body did not arrive in time")
            }
            Self::BodyBroken { .. } => (StatusCode::BAD_REQUEST, "body-broken", "The body broke off"),
            Self::NotAcceptable => {
                (StatusCode::NOT_ACCEPTABLE, "not-acceptable", "No acceptable form of the answer")
            }
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed { .. } => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::ForeignHost { .. } => {
                (StatusCode::MISDIRECTED_REQUEST, "foreign-host", "Not a name of this server")
            }
            Self::Admission(error) => {
                let (status, title) = match error {
                    AdmissionError::ClientBusy(_) => {
                        (StatusCode::TOO_MANY_REQUESTS, "This client has too many programs running")
                    }
                    AdmissionError::ClientRate(_) => {
                        (StatusCode::TOO_MANY_REQUESTS, "This client asks too often")
                    }
                    AdmissionError::ClientCrashes(_) => {
                        (StatusCode::TOO_MANY_REQUESTS, "This client's programs crash too often")
                    }
                    AdmissionError::Full => {
                        (StatusCode::SERVICE_UNAVAILABLE, "Too many requests are waiting")
                    }
                    AdmissionError::Waited(_) => {
                        (StatusCode::SERVICE_UNAVAILABLE, "The request waited too long")
                    }
                    AdmissionError::Closed => {
                        (StatusCode::SERVICE_UNAVAILABLE, "The service is shutting down")
                    }
                };
                (status, error.kind(), title)
            }
            Self::NoWorker(_) => (StatusCode::SERVICE_UNAVAILABLE, "no-worker", "No worker came in time"),
            Self::PoolClosed => (StatusCode::SERVICE_UNAVAILABLE, "no-workers", "The service has no workers"),
            Self::MetricsToken => (StatusCode::UNAUTHORIZED, "metrics-token", "The metrics need a token"),
            Self::NotReady { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "not-ready", "The service is not ready")
            }
            Self::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed"),
        };
        Problem {
            status,
            kind,
            title,
            detail: self.to_string(),
            field: self.field().map(str::to_owned),
            retry_after: match self {
                Self::Admission(error) => Some(error.retry_after()),
                // Workers come within milliseconds, unless something is wrong.
                _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
            },
        }
    }

    /// What kind of problem, as a word for programs.
    pub(crate) fn kind(&self) -> &'static str {
        self.to_problem().kind
    }

    /// The field of the request's body that is to blame.
    fn field(&self) -> Option<&str> {
        match self {
            Self::InvalidField { field, .. } => Some(field),
            Self::MalformedJson { field, .. } => field.as_deref(),
            // Of all fields only the program can be as long as a body may be.
            Self::CodeTooLarge { .. } | Self::BodyTooLarge { .. } => Some("code"),
            Self::InvalidBody { .. }
            | Self::NotJson { .. }
            | Self::BodyTooSlow { .. }
            | Self::BodyBroken { .. }
            | Self::NotAcceptable
            | Self::NotFound { .. }
            | Self::MethodNotAllowed { .. }
            | Self::ForeignHost { .. }
            | Self::Admission(_)
            | Self::NoWorker(_)
            | Self::PoolClosed
            | Self::MetricsToken
            | Self::NotReady { .. }
            | Self::Panicked => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.to_problem().into_response()
    }
}

fn found(content_type: Option<&str>) -> String {
    match content_type {
        Some(content_type) => format!("not `{content_type}`"),
        None => "there was none".to_owned(),
    }
}
