//! `POST /api/v1/runs`: reports and streams.

use serde_json::{Value, json};

use crate::server::Server;

#[test]
fn a_report_has_the_events_and_the_outcome() {
    let server = Server::start();
    let answer = server.post(
        "/api/v1/runs",
        &json!({
            "code": "console.log('a', 1);\nconsole.error({ b: 2 });\n[1]",
            "language": "javascript",
            "limits": { "wall_ms": 20_000 }
        })
        .to_string(),
    );
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    let report = answer.json();
    assert!(report["id"].as_str().is_some_and(|id| !id.is_empty()));
    let events = report["events"].as_array().expect("a list");
    let told: Vec<_> = events.iter().map(|event| (&event["type"], &event["level"], &event["text"])).collect();
    let console = json!("console");
    assert_eq!(
        told,
        [(&console, &json!("log"), &json!("a 1")), (&console, &json!("error"), &json!("{ b: 2 }"))]
    );
    assert_eq!(events[0]["args"][0], json!({ "type": "string", "text": "a", "omitted": 0 }));
    assert_eq!(events[0]["position"], json!({ "file": "main.js", "line": 1, "column": 9 }));
    let outcome = &report["outcome"];
    assert_eq!(
        (&outcome["status"], &outcome["text"], &outcome["error"]),
        (&json!("ok"), &json!("[ 1 ]"), &json!(null))
    );
    assert_eq!(outcome["value"]["label"], "Array(1)");
    assert_eq!(outcome["limits"]["wall_ms"], 20_000);

    let silent = server.post("/api/v1/runs", "{\"code\": \"1\"}");
    assert_eq!(silent.header("content-type"), Some("application/json"));
    assert_eq!((&silent.json()["events"], &silent.json()["outcome"]["text"]), (&json!([]), &json!("1")));
}

#[test]
fn a_limit_is_an_outcome_and_keeps_what_was_told_before() {
    let server = Server::start();
    let body = json!({ "code": "console.log('before'); for (;;);", "limits": { "wall_ms": 3000 } });
    let report = server.post("/api/v1/runs", &body.to_string()).json();
    assert_eq!(report["events"][0]["text"], "before");
    assert_eq!(report["outcome"]["status"], "wall_time");
    assert_eq!(report["outcome"]["error"]["name"], "LimitError");
    assert_eq!(report["outcome"]["error"]["message"], "wall time limit exceeded (3 s)");
    server.assert_alive();
}

#[test]
fn a_stream_tells_the_start_then_the_events_then_one_outcome() {
    let server = Server::start();
    let stream = server.stream(&json!({ "code": "for (let i = 0; i < 100; i++) console.log(i); 'end'" }));
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(stream.header("cache-control"), Some("no-store"));
    assert_eq!(stream.header("x-accel-buffering"), Some("no"));
    assert_eq!(stream.header("content-encoding"), None);
    let events: Vec<_> = stream.collect();
    let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (0..102).collect::<Vec<u64>>());
    let (start, rest) = events.split_first().expect("a start");
    assert_eq!(start.name, "run");
    assert_eq!(start.data["limits"]["wall_ms"], 5000);
    let (outcome, console) = rest.split_last().expect("an outcome");
    for (number, event) in console.iter().enumerate() {
        assert_eq!((event.name.as_str(), &event.data["text"]), ("console", &json!(number.to_string())));
    }
    assert_eq!((outcome.name.as_str(), &outcome.data["text"]), ("outcome", &json!("end")));
}

#[test]
fn a_stream_ends_with_one_outcome_whatever_dies() {
    let server = Server::start();
    let table: [(&str, Value, &[&str]); 4] = [
        ("throw new Error('no')", json!({}), &["error"]),
        ("for (;;);", json!({ "wall_ms": 200 }), &["wall_time"]),
        ("for (;;);", json!({ "cpu_ms": 200, "wall_ms": 30_000 }), &["cpu_time"]),
        ("new Array(2 ** 32 - 1).fill(0)", json!({}), &["memory", "crashed", "wall_time", "cpu_time"]),
    ];
    for (code, limits, statuses) in table {
        let events: Vec<_> = server.stream(&json!({ "code": code, "limits": limits })).collect();
        let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["run", "outcome"], "{code}");
        let status = events[1].data["status"].as_str().expect("a status");
        assert!(statuses.contains(&status), "{code}: {status}");
        server.assert_alive();
    }
}

#[test]
fn the_service_tells_its_limits_version_and_health() {
    let server = Server::start();
    let limits = server.get("/api/v1/limits").json();
    assert_eq!(limits["default"]["wall_ms"], 5000);
    assert_eq!(limits["maximum"]["wall_ms"], 30_000);
    assert_eq!(limits["maximum"]["output_bytes"], 2 << 20);
    assert_eq!(limits["code_bytes"], 1 << 20);
    assert_eq!(server.get("/api/v1/version").json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(server.get("/healthz").json(), json!({ "status": "ok" }));
    let ready = server.get("/readyz");
    assert_eq!((ready.status, ready.json()["workers"]["busy"].as_u64()), (200, Some(0)), "{ready:?}");
}
