//! SIGTERM and SIGINT: runs finish or are cancelled, and their clients are told.

use rustix::process::Signal;
use serde_json::json;

use crate::server::Server;

const LONG_RUN: &str = "await new Promise(resolve => setTimeout(resolve, 25_000))";

#[test]
fn a_run_that_ends_in_time_finishes() {
    let mut server = Server::start();
    let code = "console.log('started'); await new Promise(resolve => setTimeout(() => resolve('done'), 300))";
    let mut stream = server.stream(&json!({ "code": code }));
    assert_eq!(stream.next().expect("a start").name, "run");
    assert_eq!(stream.next().expect("an event").name, "console");
    server.signal(Signal::TERM);
    let outcome = stream.next().expect("an outcome");
    assert_eq!((outcome.name.as_str(), &outcome.data["text"]), ("outcome", &json!("done")));
    assert!(stream.next().is_none());
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_run_that_does_not_is_cancelled_with_its_outcome() {
    let mut server = Server::start_with(&["--drain-time", "0"]);
    let code = "console.log('started'); await new Promise(resolve => setTimeout(resolve, 25_000))";
    let body = json!({ "code": code, "limits": { "wall_ms": 30_000, "cpu_ms": 30_000 } });
    let mut stream = server.stream(&body);
    assert_eq!(stream.next().expect("a start").name, "run");
    assert_eq!(stream.next().expect("an event").name, "console");
    server.signal(Signal::INT);
    let outcome = stream.next().expect("an outcome");
    assert_eq!((outcome.name.as_str(), &outcome.data["status"]), ("outcome", &json!("cancelled")));
    assert!(stream.next().is_none());
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_server_without_runs_ends_at_once() {
    let mut server = Server::start();
    server.assert_alive();
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_signal_to_the_whole_group_reaches_no_program() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = Server::start_in_own_group();
        let code =
            "console.log('started'); await new Promise(resolve => setTimeout(() => resolve('done'), 300))";
        let mut stream = server.stream(&json!({ "code": code }));
        assert_eq!(stream.next().expect("a start").name, "run");
        assert_eq!(stream.next().expect("an event").name, "console");
        server.signal_group(signal);
        let outcome = stream.next().expect("an outcome");
        assert_eq!((outcome.name.as_str(), &outcome.data["text"]), ("outcome", &json!("done")));
        assert!(stream.next().is_none());
        assert_eq!(server.wait(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_a_drain_at_once() {
    let mut server = Server::start_with(&["--drain-time", "60"]);
    let body = json!({ "code": LONG_RUN, "limits": { "wall_ms": 30_000, "cpu_ms": 30_000 } });
    let mut stream = server.stream(&body);
    assert_eq!(stream.next().expect("a start").name, "run");
    server.signal(Signal::TERM);
    server.wait_for_refused_connections();
    server.signal(Signal::INT);
    // A drain that ends by itself, as with the run after 25 s, ends well.
    assert_eq!(server.wait(), Some(1));
}
