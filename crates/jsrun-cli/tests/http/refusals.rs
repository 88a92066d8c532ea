//! Bad input: each is answered with what is wrong and where, and none ends the server.

use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::server::Server;

/// What is sent, and what must be said about it.
struct Refusal {
    path: &'static str,
    body: String,
    status: u16,
    field: Option<&'static str>,
    detail: &'static str,
}

fn refusal(
    path: &'static str,
    body: &impl ToString,
    status: u16,
    field: Option<&'static str>,
    detail: &'static str,
) -> Refusal {
    Refusal { path, body: body.to_string(), status, field, detail }
}

fn check(server: &Server, refusals: &[Refusal]) {
    for Refusal { path, body, status, field, detail } in refusals {
        let shown = &body[..body.len().min(80)];
        let answer = server.post(path, body);
        assert_eq!(answer.status, *status, "{shown}: {answer:?}");
        let problem = answer.problem();
        assert_eq!(problem["field"], json!(field), "{shown}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains(detail)), "{shown}: {problem}");
    }
    server.assert_alive();
}

#[test]
fn execute_says_what_is_wrong_and_where() {
    let range = "must be more than 0 and at most 30 (seconds)";
    let execute = |body: &str, status, field, detail| refusal("/execute", &body, status, field, detail);
    let refusals = [
        execute("", 422, None, "line 1 column 0"),
        execute("{", 422, None, "line 1 column 1"),
        execute("{\"code\": \"1\",\n}", 422, None, "trailing comma at line 2 column 1"),
        execute("{\"code\": \"\\ud800\"}", 422, Some("code"), "`code`: a lone surrogate"),
        execute("[]", 422, None, "expected an object"),
        execute("{}", 422, Some("code"), "missing field `code`"),
        execute("{\"code\": 1}", 422, Some("code"), "expected a string"),
        execute("{\"code\": null}", 422, Some("code"), "expected a string"),
        execute("{\"code\": \"1\", \"kode\": 1}", 422, Some("kode"), "unknown field `kode`"),
        execute("{\"code\": \"1\", \"timeout\": \"5\"}", 422, Some("timeout"), "expected a number"),
        execute("{\"code\": \"1\", \"timeout\": 0}", 422, Some("timeout"), range),
        execute("{\"code\": \"1\", \"timeout\": -1}", 422, Some("timeout"), range),
        execute("{\"code\": \"1\", \"timeout\": 30.5}", 422, Some("timeout"), range),
        execute("{\"code\": \"1\", \"timeout\": 1e999}", 422, Some("timeout"), "number out of range"),
    ];
    check(&Server::start(), &refusals);
}

#[test]
fn runs_say_what_is_wrong_and_where() {
    let runs = |body: Value, field, detail| refusal("/api/v1/runs", &body, 422, Some(field), detail);
    let refusals = [
        runs(json!({ "limits": {} }), "code", "missing field `code`"),
        runs(
            json!({ "code": "1", "language": "cobol" }),
            "language",
            "expected `javascript` or `typescript`",
        ),
        runs(json!({ "code": "1", "limits": { "wall_ms": 0 } }), "limits.wall_ms", "from 1 to 30000"),
        runs(json!({ "code": "1", "limits": { "wall_ms": 30_001 } }), "limits.wall_ms", "from 1 to 30000"),
        runs(json!({ "code": "1", "limits": { "cpu_ms": -1 } }), "limits.cpu_ms", "integer `-1`"),
        runs(json!({ "code": "1", "limits": { "memory_bytes": 1.5 } }), "limits.memory_bytes", "1.5"),
        runs(json!({ "code": "1", "limits": { "wal_ms": 1 } }), "limits.wal_ms", "unknown field `wal_ms`"),
        runs(json!({ "code": "1", "limits": [1, 2, 3, 4] }), "limits", "expected an object"),
        runs(json!({ "code": "1", "limits": null }), "limits", "null, expected an object"),
        runs(
            json!({ "code": "1", "limits": { "wall_ms": null } }),
            "limits.wall_ms",
            "expected a whole number",
        ),
        runs(json!({ "code": "1", "language": null }), "language", "null, expected a string"),
        runs(json!({ "code": "1", "language": {} }), "language", "map, expected a string"),
        runs(json!({ "code": "1", "nope": true }), "nope", "unknown field `nope`"),
    ];
    check(&Server::start(), &refusals);
}

#[test]
fn a_program_that_is_too_long_is_refused() {
    let code = |length: usize| json!({ "code": " ".repeat(length) });
    let refusals = [
        refusal("/execute", &code((1 << 20) + 1), 413, Some("code"), "at most 1 MiB"),
        refusal("/api/v1/runs", &code((1 << 20) + 1), 413, Some("code"), "at most 1 MiB"),
        refusal(
            "/execute",
            &code(10_000_000),
            413,
            Some("code"),
            "at most 4 MiB, of which `code` may be 1 MiB",
        ),
    ];
    let server = Server::start();
    check(&server, &refusals);
    assert_eq!(server.execute(&code(1 << 20))["success"], true);
}

#[test]
fn a_declared_length_over_the_limit_is_refused_before_the_body_is_read() {
    let server = Server::start();
    let mut stream = server.connect();
    stream
        .write_all(
            b"POST /execute HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n",
        )
        .expect("the server reads");
    let mut start = [0; 12];
    stream.read_exact(&mut start).expect("an answer without a body sent");
    assert_eq!(&start, b"HTTP/1.1 413");
    server.assert_alive();
}

#[test]
fn a_body_without_a_length_is_read_to_the_limit_only() {
    let server = Server::start();
    let mut stream = server.connect();
    stream
        .write_all(
            b"POST /execute HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
              transfer-encoding: chunked\r\n\r\n",
        )
        .expect("the server reads");
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    for _ in 0..10 {
        stream.write_all(&chunk).expect("the server reads on, so that its answer is not lost");
    }
    let mut start = [0; 12];
    stream.read_exact(&mut start).expect("an answer before the body's end");
    assert_eq!(&start, b"HTTP/1.1 413");
    server.assert_alive();
}

#[test]
fn a_body_must_be_declared_to_be_json() {
    let server = Server::start();
    let body = "{\"code\": \"1\"}";
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let answer = server.post_with("/execute", &[("content-type", content_type)], body);
        assert_eq!(answer.status, 415);
        let detail = answer.problem()["detail"].to_string();
        assert!(
            detail.contains("content-type: application/json") && detail.contains(content_type),
            "{detail}"
        );
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"] {
        assert_eq!(server.post_with("/execute", &[("content-type", content_type)], body).status, 200);
    }
    let answer = server
        .raw("POST /execute HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
    assert!(answer.starts_with("HTTP/1.1 415") && answer.contains("there was none"), "{answer}");
}

#[test]
fn an_unknown_place_method_or_form_is_a_problem_too() {
    let server = Server::start();
    for answer in [
        server.get("/nope"),
        server.post("/nope", "{}"),
        server.get("/assets/../Cargo.toml"),
        server.get("//index.html"),
    ] {
        assert_eq!(answer.status, 404);
        answer.problem();
    }
    for (answer, allowed) in [
        (server.get("/execute"), "POST"),
        (server.post("/healthz", "{}"), "GET,HEAD"),
        (server.post("/", "{}"), "GET,HEAD"),
        (server.post("/favicon.svg", "{}"), "GET,HEAD"),
    ] {
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)));
        answer.problem();
    }
    let headers = [("content-type", "application/json"), ("accept", "text/html")];
    let answer = server.post_with("/api/v1/runs", &headers, "{\"code\": \"1\"}");
    assert_eq!(answer.status, 406);
    answer.problem();
}

#[test]
fn other_origins_get_nothing() {
    let server = Server::start();
    let answer = server.get_with("/api/v1/limits", &[("origin", "https://evil.example")]);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let preflight = server.raw(
        "OPTIONS /execute HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: https://evil.example\r\n\
         access-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n\r\n",
    );
    assert!(preflight.starts_with("HTTP/1.1 405"), "{preflight}");
    assert!(!preflight.to_ascii_lowercase().contains("access-control-allow"), "{preflight}");
}

#[test]
fn a_foreign_host_is_refused() {
    let request = |host: &str| format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let server = Server::start_with(&["--allow-host", "play.example.org"]);
    for host in ["localhost", "127.0.0.1", "play.example.org", server.address()] {
        assert!(server.raw(&request(host)).starts_with("HTTP/1.1 200"), "{host}");
    }
    assert_refused(&server.raw(&request("evil.example:8000")));

    // Beyond loopback only once a name is given.
    for (arguments, is_refused) in [(&[][..], false), (&["--allow-host", "play.example.org"], true)] {
        let server = Server::start_on("0.0.0.0:0", &[arguments, &["--sandbox", "auto"]].concat());
        assert!(server.raw(&request("play.example.org")).starts_with("HTTP/1.1 200"));
        let answer = server.raw(&request("evil.example"));
        if is_refused {
            assert_refused(&answer);
        } else {
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
}

fn assert_refused(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 421") && answer.contains("application/problem+json"), "{answer}");
}
