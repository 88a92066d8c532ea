//! An HTTP/1.1 load: keep-alive connections, one request at a time on each, every answer checked.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::measurement::{Budget, Measurement, Stopwatch};

/// An answer that takes longer than this is a failure, not a latency.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked, and what must be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// `POST /execute` of `2 + 2`.
    Execute,
    /// `GET /healthz`: the HTTP stack alone.
    Health,
}

/// One line of measurements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) target: Target,
    pub(crate) connections: usize,
    pub(crate) budget: Budget,
}

impl Load {
    /// Runs the load to the end of its budget. A refused connection, a wrong answer or silence is an error.
    pub(crate) async fn run(self) -> anyhow::Result<Measurement> {
        let mut senders = Vec::new();
        for _ in 0..self.connections {
            senders.push(self.connect().await?);
        }
        let start = Instant::now();
        let mut connections = JoinSet::new();
        for sender in senders {
            connections.spawn(self.drive(sender, start));
        }
        let mut latencies = Vec::new();
        while let Some(connection) = connections.join_next().await {
            latencies.extend(connection.context("a connection's task died")??);
        }
        Measurement::new(latencies, start.elapsed().saturating_sub(self.budget.warm_up))
            .context("not one request ended within the time: measure longer")
    }

    async fn connect(self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.address)
            .await
            .with_context(|| format!("cannot connect to {}", self.address))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with its connection; what goes wrong on it also reaches the sender.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn drive(
        self,
        mut sender: SendRequest<Full<Bytes>>,
        start: Instant,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut stopwatch = Stopwatch::new(self.budget, self.connections, start);
        loop {
            let started = Instant::now();
            timeout(PATIENCE, self.exchange(&mut sender))
                .await
                .with_context(|| format!("no answer within {} s", PATIENCE.as_secs()))??;
            if !stopwatch.note(started) {
                return Ok(stopwatch.into_latencies());
            }
        }
    }

    async fn exchange(self, sender: &mut SendRequest<Full<Bytes>>) -> anyhow::Result<()> {
        sender.ready().await.context("the server closed a connection that was to be kept")?;
        let answer = sender.send_request(self.request()?).await.context("the request failed")?;
        let status = answer.status();
        let body = answer.into_body().collect().await.context("the answer broke off")?.to_bytes();
        let text = String::from_utf8_lossy(&body);
        ensure!(
            status == StatusCode::OK && text.contains(self.target.expected()),
            "expected 200 with {}, got {status}: {text}",
            self.target.expected()
        );
        Ok(())
    }

    fn request(self) -> hyper::http::Result<Request<Full<Bytes>>> {
        let request = Request::builder().header(HOST, self.address.to_string());
        match self.target {
            Target::Execute => request
                .method(Method::POST)
                .uri("/execute")
                .header(CONTENT_TYPE, "application/json")
                .body(Full::from(r#"{"code":"2 + 2"}"#)),
            Target::Health => request.uri("/healthz").body(Full::default()),
        }
    }
}

impl Target {
    fn expected(self) -> &'static str {
        match self {
            Self::Execute => r#""result":"4""#,
            Self::Health => r#""status":"ok""#,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::Collected;
    use hyper::Response;
    use hyper::body::Incoming;
    use hyper::service::service_fn;
    use tokio::net::TcpListener;

    use super::*;

    /// Serves every connection with the body that `answer` gives for a method, a path and a request body.
    async fn toy_server(answer: fn(&str, &str, &str) -> &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service_fn(move |request: Request<Incoming>| async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
                    let text = answer(head.method.as_str(), head.uri.path(), &String::from_utf8_lossy(&body));
                    Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text)))
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        address
    }

    fn right_answer(method: &str, path: &str, body: &str) -> &'static str {
        match (method, path, body) {
            ("POST", "/execute", r#"{"code":"2 + 2"}"#) => r#"{"success":true,"result":"4","error":null}"#,
            ("GET", "/healthz", "") => r#"{"status":"ok"}"#,
            _ => "unexpected",
        }
    }

    fn few(address: SocketAddr, target: Target) -> Load {
        let budget = Budget { warm_up: Duration::ZERO, duration: Duration::from_secs(30), operations: 20 };
        Load { address, target, connections: 4, budget }
    }

    #[tokio::test]
    async fn both_targets_are_asked_and_counted() {
        let address = toy_server(right_answer).await;
        for target in [Target::Execute, Target::Health] {
            let measurement = few(address, target).run().await.expect("right answers");
            assert_eq!(measurement.count(), 20);
            assert!(measurement.rate() > 0.0);
        }
    }

    #[tokio::test]
    async fn a_wrong_answer_ends_the_measurement() {
        let address = toy_server(|_, _, _| r#"{"success":true,"result":"5","error":null}"#).await;
        let error = few(address, Target::Execute).run().await.expect_err("5 is not 4");
        assert!(error.to_string().contains(r#""result":"5""#), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("bound");
        drop(listener);
        let error = few(address, Target::Health).run().await.expect_err("nobody listens");
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }
}
