//! A debugger: the `DevTools` protocol over a WebSocket.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use deno_core::serde_json::{self, Value, json};

pub(crate) struct DevTools {
    stream: TcpStream,
    last_id: i64,
    events: VecDeque<Value>,
}

/// The most that a test waits for one message.
const PATIENCE: Duration = Duration::from_mins(3);

impl DevTools {
    pub(crate) fn connect(websocket_url: &str) -> Self {
        let (host, path) = split(websocket_url);
        let mut stream = open(host);
        let request = format!(
            "GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("the server listens");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(read::<1>(&mut stream).expect("the server answers")[0]);
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        Self { stream, last_id: 0, events: VecDeque::new() }
    }

    /// Calls a method and gives its result.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        let answer = self.answer(method, parameters);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Calls a method and gives its answer, which may be an error.
    pub(crate) fn answer(&mut self, method: &str, parameters: &Value) -> Value {
        let id = self.send(method, parameters);
        loop {
            let message = self.receive().expect("the connection is open");
            if message["id"] == id {
                return message;
            }
            self.events.push_back(message);
        }
    }

    /// Calls a method without parameters.
    pub(crate) fn order(&mut self, method: &str) {
        self.call(method, &json!({}));
    }

    /// Calls a method without waiting for the answer.
    pub(crate) fn send(&mut self, method: &str, parameters: &Value) -> i64 {
        self.last_id += 1;
        let text = json!({ "id": self.last_id, "method": method, "params": parameters }).to_string();
        let length = u16::try_from(text.len()).expect("tests send little").to_be_bytes();
        // Final, text; masked, with a mask that changes nothing.
        let frame = [&[0x81, 0x80 | 0x7e][..], &length, &[0; 4], text.as_bytes()].concat();
        self.stream.write_all(&frame).expect("the connection is open");
        self.last_id
    }

    /// The parameters of the next event of this name.
    pub(crate) fn event(&mut self, method: &str) -> Value {
        loop {
            let seen = self.events.pop_front();
            let message = seen.or_else(|| self.receive()).expect("the connection is open");
            if message["method"] == method {
                return message["params"].clone();
            }
        }
    }

    /// The next message; `None` when the server has closed the connection.
    pub(crate) fn receive(&mut self) -> Option<Value> {
        loop {
            let [first, second] = read::<2>(&mut self.stream)?;
            let length = match second & 0x7f {
                126 => u64::from(u16::from_be_bytes(read(&mut self.stream)?)),
                127 => u64::from_be_bytes(read(&mut self.stream)?),
                length => u64::from(length),
            };
            let mut payload = vec![0; usize::try_from(length).expect("it fits")];
            self.stream.read_exact(&mut payload).ok()?;
            match first & 0x0f {
                1 => return Some(serde_json::from_slice(&payload).expect("the protocol is JSON")),
                8 => return None,
                _ => {}
            }
        }
    }
}

/// What the server says of all its runtimes.
pub(crate) fn list(host: &str) -> Value {
    let mut stream = open(host);
    let request = format!("GET /json/list HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the server listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).expect("the list is JSON")
}

fn split(websocket_url: &str) -> (&str, &str) {
    let place = websocket_url.strip_prefix("ws://").expect("a WebSocket URL");
    place.split_once('/').expect("a host and a path")
}

fn open(host: &str) -> TcpStream {
    let stream = TcpStream::connect(host).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

fn read<const LENGTH: usize>(stream: &mut TcpStream) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes).ok().map(|()| bytes)
}
