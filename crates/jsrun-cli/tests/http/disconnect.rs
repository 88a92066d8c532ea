//! A client that goes away takes its worker with it.

use std::io::{BufRead, BufReader, Write};

use serde_json::json;

use crate::server::Server;

const LONG_RUN: &str = "console.log('started'); await new Promise(resolve => setTimeout(resolve, 25_000))";

#[test]
fn events_come_while_the_run_goes_on_and_a_dropped_stream_ends_it() {
    let server = Server::start();
    let body = json!({ "code": LONG_RUN, "limits": { "wall_ms": 30_000, "cpu_ms": 30_000 } });
    let start = std::time::Instant::now();
    let mut stream = server.stream(&body);
    assert_eq!(stream.next().expect("a start").name, "run");
    assert_eq!(stream.next().expect("an event").data["text"], "started");
    server.wait_for_busy(1);
    drop(stream);
    server.wait_for_busy(0);
    assert!(start.elapsed().as_secs() < 20, "the run did not end before its timer");
    server.assert_alive();
}

#[test]
fn a_report_comes_while_the_run_goes_on_and_a_dropped_one_ends_it() {
    let server = Server::start();
    let body = json!({ "code": LONG_RUN, "limits": { "wall_ms": 30_000, "cpu_ms": 30_000 } }).to_string();
    let start = std::time::Instant::now();
    let mut connection = server.connect();
    write!(
        connection,
        "POST /api/v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the server reads");
    // The line of the chunk that holds the first event.
    let mut lines = BufReader::new(connection).lines();
    assert!(lines.any(|line| line.expect("text").contains("\"text\":\"started\"")));
    server.wait_for_busy(1);
    drop(lines);
    server.wait_for_busy(0);
    assert!(start.elapsed().as_secs() < 20, "the run did not end before its timer");
    server.assert_alive();
}
