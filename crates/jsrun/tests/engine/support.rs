//! Running programs in tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsrun::Runtime;
use jsrun_types::{Event, Limits, Outcome, RunRequest, Status};

/// Limits of time that no test comes to, however busy its machine is.
pub(crate) fn unhurried() -> Limits {
    let time = Duration::from_mins(5);
    Limits { wall: time, cpu: time, ..Limits::default() }
}

/// A runtime whose calls may take their time.
pub(crate) fn runtime() -> Runtime {
    Runtime::builder().limits(unhurried()).build().expect("a runtime starts")
}

/// A program that may take its time.
pub(crate) fn request(code: &str) -> RunRequest {
    RunRequest { limits: unhurried(), ..RunRequest::new(code) }
}

/// Tries ever later deadlines. On a machine with other things to do an early one passes before the program has come to what is
/// tested, of which the test tells by `false`.
pub(crate) fn with_a_deadline(test: impl Fn(Duration) -> bool) {
    let walls = [50, 500, 5_000, 50_000].map(Duration::from_millis);
    assert!(walls.into_iter().any(test), "the program never came so far");
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
