//! `POST /api/v1/runs`: a run with its events, told while it goes on.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event as ServerSentEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream;
use jsrun_pool::RunItem;
use jsrun_types::Limits;
use serde::Serialize;
use uuid::Uuid;

use crate::AppState;
use crate::accept::ReportFormat;
use crate::active_run::ActiveRun;
use crate::body::JsonBody;
use crate::client::Client;
use crate::error::ApiError;
use crate::wire::{EventBody, OutcomeBody, RunBody, RunStarted};

/// How often a silent stream says that it is alive: proxies give up after 30 to 60 s of silence.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Tells nginx not to hold events back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Runs a program. Dropping the answer, or the wait for it, stops the run.
pub(super) async fn create(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    JsonBody(body): JsonBody<RunBody>,
) -> Result<Response, ApiError> {
    let format = ReportFormat::negotiate(&headers)?;
    let request = body.into_run_request(state.config())?;
    let limits = request.limits;
    let id = Uuid::new_v4().to_string();
    let run = ActiveRun::start(&state, client, request).await?;
    Ok(match format {
        ReportFormat::Json => {
            let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            no_store((json, Body::from_stream(report(run, id, limits))))
        }
        ReportFormat::EventStream => {
            let events = Sse::new(events(run, id, limits));
            let mut response = no_store(events.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)));
            response.headers_mut().insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
            response
        }
    })
}

fn no_store(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One JSON object, `{"id":…,"events":[…],"outcome":{…}}`, in parts as they come to be. The stream owns the run: a client
/// that is slow to take the parts slows the run down.
fn report(run: ActiveRun, id: String, limits: Limits) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(Report { run, opening: Some(id), has_events: false, limits }, async |mut report| {
        let part = report.next().await?;
        Some((Ok(part.into()), report))
    })
}

/// A run as it becomes a JSON object.
struct Report {
    run: ActiveRun,
    /// The run's id, until it is told.
    opening: Option<String>,
    has_events: bool,
    limits: Limits,
}

impl Report {
    async fn next(&mut self) -> Option<Vec<u8>> {
        if let Some(id) = self.opening.take() {
            return Some(json_between("{\"id\":", &id, ",\"events\":["));
        }
        Some(match self.run.next().await? {
            RunItem::Event(event) => {
                let comma = if std::mem::replace(&mut self.has_events, true) { "," } else { "" };
                json_between(comma, &EventBody::from(event), "")
            }
            RunItem::Outcome(outcome) => {
                json_between("],\"outcome\":", &OutcomeBody::new(outcome, &self.limits), "}")
            }
        })
    }
}

fn json_between(before: &str, value: &impl Serialize, after: &str) -> Vec<u8> {
    let mut json = before.as_bytes().to_vec();
    serde_json::to_writer(&mut json, value).expect("strings and numbers always become JSON");
    json.extend_from_slice(after.as_bytes());
    json
}

/// The run's start, its events and its outcome. The stream owns the run.
fn events(
    run: ActiveRun,
    id: String,
    limits: Limits,
) -> impl Stream<Item = Result<ServerSentEvent, axum::Error>> {
    stream::unfold(Telling { run, number: 0, started: Some(id), limits }, async |mut telling| {
        let event = telling.next().await?;
        Some((event, telling))
    })
}

/// A run as it is told.
struct Telling {
    run: ActiveRun,
    /// The next event's id.
    number: u64,
    /// The run's id, until it is told.
    started: Option<String>,
    limits: Limits,
}

impl Telling {
    async fn next(&mut self) -> Option<Result<ServerSentEvent, axum::Error>> {
        let event = ServerSentEvent::default().id(self.number.to_string());
        self.number += 1;
        if let Some(id) = self.started.take() {
            return Some(event.event("run").json_data(RunStarted { id, limits: self.limits.into() }));
        }
        Some(match self.run.next().await? {
            RunItem::Event(item) => {
                let body = EventBody::from(item);
                event.event(body.name()).json_data(body)
            }
            RunItem::Outcome(outcome) => {
                event.event(OutcomeBody::NAME).json_data(OutcomeBody::new(outcome, &self.limits))
            }
        })
    }
}
