//! Who is refused for asking too much, and what the metrics say.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::hostile::children_of;
use crate::server::{Answer, Server};

const PROGRAM: &str = r#"{ "code": "2 + 2" }"#;

fn endless() -> Value {
    json!({ "code": "console.log('on'); while (true) {}", "limits": { "wall_ms": 30_000, "cpu_ms": 30_000 } })
}

/// Checks that a request was refused for this reason, with a time to come back.
fn assert_refused(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.problem()["type"], format!("about:blank#{kind}"));
    let wait: u64 = answer.header("retry-after").expect("a time").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
}

#[test]
fn a_client_has_so_many_runs_and_others_do_not_suffer() {
    let server = Server::start_with(&["--client-runs", "1", "--client-header", "x-forwarded-for"]);
    let as_client = |address: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        server.post_with("/execute", &headers, PROGRAM)
    };
    // Without the header a request comes from its peer.
    let mut stream = server.stream(&endless());
    assert_eq!(stream.nth(1).expect("it runs").name, "console");
    assert_refused(&server.post("/execute", PROGRAM), 429, "client-busy");
    assert_refused(&as_client("127.0.0.1"), 429, "client-busy");
    assert_eq!(as_client("192.0.2.1").status, 200);
    assert_eq!(as_client("forged, 192.0.2.2").status, 200);
    drop(stream);
    server.wait_until_idle();
    server.assert_alive();
}

#[test]
fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    let server = Server::start_with(&["--client-rate", "1", "--client-burst", "3"]);
    for _ in 0..3 {
        assert_eq!(server.post("/execute", PROGRAM).status, 200);
    }
    // Each second lets one more through.
    let refused =
        std::iter::repeat_with(|| server.post("/execute", PROGRAM)).find(|answer| answer.status != 200);
    assert_refused(&refused.expect("there is no end"), 429, "client-rate");
}

#[test]
fn a_client_whose_programs_crash_is_slowed() {
    let server = Server::start_with(&["--client-crashes", "1"]);
    for _ in 0..2 {
        let mut stream = server.stream(&endless());
        assert_eq!(stream.nth(1).expect("it runs").name, "console");
        kill_workers(&server, Signal::ABORT, usize::MAX);
        let outcome = stream.last().expect("an outcome");
        assert_eq!(outcome.data["status"], "crashed");
    }
    assert_refused(&server.post("/execute", PROGRAM), 429, "client-crashes");
    assert!(server.get("/metrics").text.contains("jsrun_refusals_total{reason=\"client-crashes\"} 1\n"));
}

#[test]
fn a_queue_that_is_full_is_told() {
    let server = Server::start_with(&["--max-runs", "1", "--queue-length", "0"]);
    let mut stream = server.stream(&endless());
    assert_eq!(stream.nth(1).expect("it runs").name, "console");
    assert_refused(&server.post("/execute", PROGRAM), 503, "queue-full");
    drop(stream);
    server.wait_until_idle();
    server.assert_alive();
}

#[test]
fn a_wait_that_is_too_long_is_told() {
    let server = Server::start_with(&["--max-runs", "1", "--queue-wait", "0"]);
    let mut stream = server.stream(&endless());
    assert_eq!(stream.nth(1).expect("it runs").name, "console");
    assert_refused(&server.post("/execute", PROGRAM), 503, "queue-wait");
}

#[test]
fn service_goes_on_when_the_zygote_or_workers_are_killed() {
    let mut server = Server::start_with(&["--workers", "4"]);
    for _ in 0..3 {
        kill_workers(&server, Signal::KILL, 2);
        server.assert_alive();
        for zygote in children_of(server.pid()) {
            kill(zygote, Signal::KILL);
            // Reaped, so that no worker of its is handed out any more.
            while children_of(server.pid()).contains(&zygote) {
                std::thread::yield_now();
            }
        }
        // Another zygote takes its time, and a run waits only so long for a worker.
        server.wait_for_busy(0);
        server.assert_alive();
    }
    assert!(!server.has_ended());
}

#[test]
fn the_metrics_tell_what_happened() {
    let server = Server::start_with(&["--metrics-token", "secret"]);
    server.assert_alive();
    server.execute(&json!({ "code": "throw 1" }));
    let refused = server.get("/metrics");
    assert_eq!(
        (refused.status, refused.problem()["type"].as_str()),
        (401, Some("about:blank#metrics-token"))
    );
    let answer = server.get_with("/metrics", &[("authorization", "Bearer secret")]);
    assert_eq!(answer.status, 200);
    assert!(
        answer.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text"))
    );
    for line in [
        "jsrun_runs_total{status=\"ok\"} 1",
        "jsrun_runs_total{status=\"error\"} 1",
        "jsrun_run_wall_seconds_count 2",
        "jsrun_run_cpu_seconds_count 2",
        "jsrun_admission_wait_seconds_count 2",
        "jsrun_admission_running 0",
        "jsrun_admission_waiting 0",
        "jsrun_workers_busy 0",
        "jsrun_workers_crashed_total 0",
        "jsrun_worker_births_failed_total 0",
        "jsrun_zygotes 1",
        "jsrun_zygotes_started_total 1",
    ] {
        assert!(answer.text.lines().any(|found| found == line), "{line}: {}", answer.text);
    }
    for name in ["jsrun_workers_ready", "jsrun_workers_alive", "jsrun_workers_spawned_total"] {
        assert!(answer.text.lines().any(|line| line.starts_with(name)), "{name}: {}", answer.text);
    }
    assert!(answer.text.ends_with("# EOF\n"));
}

/// Ends so many workers, which a run may have, by a signal.
fn kill_workers(server: &Server, signal: Signal, most: usize) {
    for zygote in children_of(server.pid()) {
        let workers: Vec<u32> = children_of(zygote).into_iter().take(most).collect();
        for worker in &workers {
            kill(*worker, signal);
        }
        // Reaped, so that none of them is handed out any more.
        while children_of(zygote).iter().any(|worker| workers.contains(worker)) {
            std::thread::yield_now();
        }
    }
}

fn kill(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    // It may have ended by itself.
    let _ = kill_process(pid, signal);
}
