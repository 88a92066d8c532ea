//! `tests/cases/` through `POST /api/v1/runs`.

use jsrun_testkit::{Case, ConsoleLine, Observed, all_cases};
use jsrun_types::{Language, Limits, ProgramKind, RunRequest};
use serde_json::{Value, json};

use crate::server::Server;

#[test]
fn every_case_over_http() {
    let server = Server::start();
    let complaints: Vec<String> =
        all_cases().iter().filter_map(|case| case.complaint(&observe(&server, case))).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn observe(server: &Server, case: &Case) -> Observed {
    observe_run(server, &case.request)
}

/// Runs a program and gives what came of it.
pub(crate) fn observe_run(server: &Server, request: &RunRequest) -> Observed {
    let answer = server.post("/api/v1/runs", &body(request).to_string());
    assert_eq!(answer.status, 200, "{}: {answer:?}", request.code);
    let report = answer.json();
    let outcome = &report["outcome"];
    let console = report["events"].as_array().expect("a list").iter().map(|event| ConsoleLine {
        level: text(&event["level"]).expect("a level"),
        text: text(&event["text"]).expect("a text"),
    });
    Observed {
        status: text(&outcome["status"]).expect("a status"),
        value: text(&outcome["text"]),
        error: error_text(&outcome["error"]),
        console: console.collect(),
    }
}

fn body(request: &RunRequest) -> Value {
    let RunRequest { code, name, language, kind, files, keep_value: _, limits } = request;
    let Limits { wall, cpu, memory, output } = limits;
    let mut body = json!({
        "limits": {
            "wall_ms": u64::try_from(wall.as_millis()).expect("seconds"),
            "cpu_ms": u64::try_from(cpu.as_millis()).expect("seconds"),
            "memory_bytes": memory.as_u64(),
            "output_bytes": output.as_u64(),
        },
        "files": files,
    });
    match kind {
        ProgramKind::Program => {
            body["code"] = json!(code);
            body["language"] = json!(match language {
                Language::JavaScript => "javascript",
                Language::TypeScript => "typescript",
            });
        }
        ProgramKind::Module => {
            body["files"][name] = json!(code);
            body["entry"] = json!(name);
        }
    }
    body
}

/// The error as `/execute` words it, from its parts.
fn error_text(error: &Value) -> Option<String> {
    let message = text(&error["message"])?;
    let headline = match text(&error["name"]) {
        Some(name) if message.is_empty() => name,
        Some(name) => format!("{name}: {message}"),
        None => format!("Uncaught {message}"),
    };
    let position = &error["position"];
    Some(match text(&position["file"]) {
        Some(file) => format!("{headline} ({file}:{}:{})", position["line"], position["column"]),
        None => headline,
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
