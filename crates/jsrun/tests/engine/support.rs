//! Running programs in tests.

use std::sync::{Arc, Mutex};

use jsrun::Runtime;
use jsrun_types::{Event, Limits, Outcome, RunRequest, Status};

pub(crate) fn runtime() -> Runtime {
    Runtime::new().expect("a runtime starts")
}

pub(crate) fn request(code: &str) -> RunRequest {
    RunRequest::new(code)
}

/// Runs and gathers the events.
pub(crate) fn run(runtime: &Runtime, request: RunRequest) -> (Vec<Event>, Outcome) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let gathered = Arc::clone(&events);
    let outcome = runtime
        .run(request, move |event| gathered.lock().expect("no listener panics").push(event))
        .expect("the runtime is open");
    let events = std::mem::take(&mut *events.lock().expect("no listener panics"));
    (events, outcome)
}

/// Runs a program that must succeed; gives its value's text.
pub(crate) fn value(runtime: &Runtime, code: &str) -> String {
    match run(runtime, request(code)).1.status {
        Status::Ok(value) => value.to_text(),
        status => panic!("{code}: {:?}", status.error_text(&Limits::default())),
    }
}

/// A program with other limits than the defaults.
pub(crate) fn limited(code: &str, change: impl FnOnce(&mut Limits)) -> RunRequest {
    let mut request = request(code);
    change(&mut request.limits);
    request
}
