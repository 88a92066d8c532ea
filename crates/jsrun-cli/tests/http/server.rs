//! A `jsrun serve` of a test's own, and a small client of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything here may take at most. A bound for tests that fail, not a wait.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    address: String,
    agent: ureq::Agent,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON: {error}: {self:?}"))
    }

    /// The problem, after a check that it is a complete one.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        assert!(problem.get("field").is_some(), "{problem}");
        problem
    }
}

/// The command, without the variables of whoever runs the tests.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsrun"));
    for variable in [
        "JSRUN_LISTEN",
        "JSRUN_WORKERS",
        "JSRUN_MAX_RUNS",
        "JSRUN_ALLOW_HOST",
        "JSRUN_DRAIN_TIME",
        "JSRUN_SANDBOX",
        "JSRUN_QUEUE_LENGTH",
        "JSRUN_QUEUE_WAIT",
        "JSRUN_RESERVED_RUNS",
        "JSRUN_CLIENT_RUNS",
        "JSRUN_CLIENT_RATE",
        "JSRUN_CLIENT_BURST",
        "JSRUN_CLIENT_CRASHES",
        "JSRUN_CLIENT_HEADER",
        "JSRUN_METRICS_TOKEN",
        "JSRUN_ZYGOTE_FORKS",
        "JSRUN_ZYGOTE_AGE",
        "JSRUN_JITLESS",
        "JSRUN_LOG",
    ] {
        command.env_remove(variable);
    }
    command.env("RUST_BACKTRACE", "1");
    command
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more arguments after `jsrun serve --listen 127.0.0.1:0`, and one worker unless they say otherwise.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self::start_on("127.0.0.1:0", arguments)
    }

    /// On another address, with more arguments.
    pub(crate) fn start_on(address: &str, arguments: &[&str]) -> Self {
        Self::spawn(&mut Self::command(address, arguments))
    }

    /// In a process group of its own, for signals to all of it.
    pub(crate) fn start_in_own_group() -> Self {
        Self::spawn(Self::command("127.0.0.1:0", &[]).process_group(0))
    }

    fn command(address: &str, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(["serve", "--listen", address]).args(arguments);
        command.env("JSRUN_WORKERS", "1").stdout(Stdio::piped());
        command
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("standard output is text");
        let address = line
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("an unexpected first line: {line:?}"))
            .trim_end()
            .to_owned();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Self { child, address, agent }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call().expect("an answer"))
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.post_with(path, &[("content-type", "application/json")], body)
    }

    pub(crate) fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.agent.post(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send(body).expect("an answer"))
    }

    /// The three fields of a 200 of `POST /execute`.
    pub(crate) fn execute(&self, body: &Value) -> Value {
        let answer = self.post("/execute", &body.to_string());
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let value = answer.json();
        let mut fields: Vec<&String> = value.as_object().expect("an object").keys().collect();
        fields.sort();
        assert_eq!(fields, ["error", "result", "success"], "{value}");
        value
    }

    /// What every test of a failure ends with: the server still runs programs.
    pub(crate) fn assert_alive(&self) {
        let alive = json!({ "success": true, "result": "4", "error": null });
        assert_eq!(self.execute(&json!({ "code": "2 + 2" })), alive);
    }

    /// A run as server-sent events; dropping the stream closes its connection.
    pub(crate) fn stream(&self, body: &Value) -> EventStream {
        let response = self
            .agent
            .post(self.url("/api/v1/runs"))
            .header("content-type", "application/json")
            .header("accept", "text/event-stream")
            .send(body.to_string())
            .expect("an answer");
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        EventStream { headers, lines: BufReader::new(Box::new(response.into_body().into_reader())) }
    }

    /// A connection to write to by hand.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a positive time");
        stream
    }

    /// Sends a request as it is written and reads until the server closes.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers and closes");
        answer
    }

    /// The process id, which stays the same for as long as the server lives.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process that was started is still there.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    /// Waits until so many workers have a run.
    pub(crate) fn wait_for_busy(&self, count: u64) {
        let start = Instant::now();
        loop {
            // 503 while no worker is ready, which passes.
            let answer = self.get("/readyz");
            if answer.status == 200 && answer.json()["workers"]["busy"] == count {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "no {count} busy workers: {answer:?}");
            std::thread::yield_now();
        }
    }

    /// Waits until no run goes on, nor is anything of one left that another has to wait for.
    pub(crate) fn wait_until_idle(&self) {
        self.wait_for_busy(0);
        let start = Instant::now();
        while !self.get("/metrics").text.contains("\njsrun_admission_running 0\n") {
            assert!(start.elapsed() < PATIENCE, "a run goes on");
            std::thread::yield_now();
        }
    }

    /// Waits until the server no longer listens.
    pub(crate) fn wait_for_refused_connections(&self) {
        let start = Instant::now();
        while TcpStream::connect(&self.address).is_ok() {
            assert!(start.elapsed() < PATIENCE, "the server listens on");
            std::thread::yield_now();
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .expect("the server runs");
    }

    /// As a terminal does at Ctrl-C: to all processes of a server that was started in its own group.
    pub(crate) fn signal_group(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process_group(rustix::process::Pid::from_child(&self.child), signal)
            .expect("the server runs");
    }

    /// Waits for the server's end and gives its exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("it is our child").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has already ended.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let text = response.body_mut().read_to_string().expect("a body in UTF-8");
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), text }
}

/// Server-sent events as they come.
pub(crate) struct EventStream {
    headers: ureq::http::HeaderMap,
    lines: BufReader<Box<dyn Read>>,
}

/// One server-sent event.
#[derive(Debug)]
pub(crate) struct ServerSentEvent {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl EventStream {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }
}

impl Iterator for EventStream {
    type Item = ServerSentEvent;

    fn next(&mut self) -> Option<ServerSentEvent> {
        let (mut id, mut name, mut data) = (None, None, None);
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).expect("the stream goes on") == 0 {
                assert!(id.is_none() && name.is_none() && data.is_none(), "the stream broke off");
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", value)) => id = value.parse().ok(),
                Some(("event", value)) => name = Some(value.to_owned()),
                Some(("data", value)) => data = serde_json::from_str(value).ok(),
                Some(("", _comment)) => {}
                _ if line == "\n" && name.is_none() => {}
                _ if line == "\n" => {
                    return Some(ServerSentEvent {
                        id: id.expect("each event has an id"),
                        name: name.expect("each event has a name"),
                        data: data.expect("each event has data"),
                    });
                }
                _ => panic!("not a line of an event: {line:?}"),
            }
        }
    }
}
