//! Streams between JavaScript and the host.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use jsrun::{Chunk, Error, HostError, HostStream, Runtime, StreamHandle, Value};

use crate::support::runtime;

fn stream(runtime: &Runtime, code: &str) -> StreamHandle {
    match runtime.eval(code).expect(code) {
        Value::Stream(stream) => stream,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_host_reads_a_stream_to_its_end() {
    let runtime = runtime();
    let stream = stream(
        &runtime,
        "globalThis.pulls = 0;
         new ReadableStream({ pull(c) { ++pulls; if (pulls > 2) c.close(); else c.enqueue('chunk ' + pulls) } },
                            { highWaterMark: 0 })",
    );
    assert_eq!(runtime.eval("pulls").expect("it runs").as_f64(), Some(0.0));
    assert_eq!(runtime.read_stream(&stream).expect("a chunk"), Some(Value::from("chunk 1")));
    // Backpressure: no chunk is made that nobody asked for.
    assert_eq!(runtime.eval("pulls").expect("it runs").as_f64(), Some(1.0));
    assert_eq!(runtime.read_stream(&stream).expect("a chunk"), Some(Value::from("chunk 2")));
    assert_eq!(runtime.read_stream(&stream).expect("the end"), None);
    assert_eq!(runtime.read_stream(&stream).expect("the end"), None);
    let streams = runtime.stats().expect("open").streams;
    assert_eq!((streams.active_from_javascript, streams.total_from_javascript), (1, 1));
    assert_eq!(streams.bytes_from_javascript.as_u64(), 14);
    drop(stream);
    assert_eq!(runtime.stats().expect("open").streams.active_from_javascript, 0);
}

#[test]
fn the_host_cancels_a_stream_and_hears_its_failures() {
    let runtime = runtime();
    let cancelled = stream(&runtime, "new ReadableStream({ cancel() { globalThis.cancelled = true } })");
    runtime.cancel_stream(&cancelled).expect("it cancels");
    assert_eq!(runtime.eval("cancelled").expect("it runs").as_bool(), Some(true));
    let failing = stream(&runtime, "new ReadableStream({ pull() { throw new TypeError('dry') } })");
    let error = runtime.read_stream(&failing).expect_err("it fails");
    assert!(error.to_string().starts_with("TypeError: dry"), "{error}");
    let never = stream(&runtime, "new ReadableStream({})");
    assert!(matches!(runtime.read_stream(&never), Err(Error::NeverSettles)));
}

/// What the host has to say, and what was asked of it.
#[derive(Default)]
struct Source {
    chunks: Mutex<VecDeque<Result<Value, HostError>>>,
    log: Arc<Mutex<Vec<&'static str>>>,
}

impl Source {
    fn new(
        chunks: impl IntoIterator<Item = Result<Value, HostError>>,
    ) -> (Self, Arc<Mutex<Vec<&'static str>>>) {
        let source = Self { chunks: Mutex::new(chunks.into_iter().collect()), ..Self::default() };
        let log = Arc::clone(&source.log);
        (source, log)
    }
}

impl HostStream for Source {
    fn next(&self) -> Chunk {
        self.log.lock().expect("unpoisoned").push("next");
        let chunk = self.chunks.lock().expect("unpoisoned").pop_front();
        Box::pin(async move { chunk.transpose() })
    }

    fn cancel(&self) {
        self.log.lock().expect("unpoisoned").push("cancel");
    }
}

fn call_with(runtime: &Runtime, code: &str, stream: StreamHandle) -> Result<Value, Error> {
    let Value::Function(function) = runtime.eval(code)? else { panic!("{code} is no function") };
    runtime.call_and_wait(jsrun::Call::function(&function, [stream.into()]))
}

#[test]
fn javascript_reads_a_stream_of_the_host() {
    let runtime = runtime();
    let (source, log) =
        Source::new([Ok(Value::from("ab")), Ok(Value::Bytes(vec![1, 2, 3])), Ok(Value::Undefined)]);
    let stream = runtime.create_stream(source).expect("a stream");
    assert!(log.lock().expect("unpoisoned").is_empty(), "nothing is pulled before somebody reads");
    let code = "async (s) => { const all = []; for await (const c of s) all.push(c); return [s instanceof ReadableStream, all] }";
    let value = call_with(&runtime, code, stream).expect("it reads");
    assert_eq!(value.to_string(), r#"[true, ["ab", Uint8Array(3), undefined]]"#);
    let streams = runtime.stats().expect("open").streams;
    assert_eq!((streams.active_to_javascript, streams.total_to_javascript), (0, 1));
    assert_eq!(streams.bytes_to_javascript.as_u64(), 5);
}

#[test]
fn a_failing_stream_of_the_host_rejects_its_reader() {
    let runtime = runtime();
    let (source, _) = Source::new([Ok(Value::from(1)), Err(HostError::new("OSError", "disk"))]);
    let stream = runtime.create_stream(source).expect("a stream");
    let code = "async (s) => { const r = s.getReader(); await r.read(); try { await r.read() } catch (e) { return `${e}` } }";
    assert_eq!(call_with(&runtime, code, stream).expect("it reads").as_str(), Some("OSError: disk"));
}

#[test]
fn cancelling_a_stream_reaches_the_host() {
    let runtime = runtime();
    let (source, log) = Source::new([Ok(Value::from(1)), Ok(Value::from(2))]);
    let stream = runtime.create_stream(source).expect("a stream");
    let code = "async (s) => { for await (const c of s) { return c } }";
    assert_eq!(call_with(&runtime, code, stream).expect("it reads").as_f64(), Some(1.0));
    assert_eq!(*log.lock().expect("unpoisoned"), ["next", "cancel"]);
    assert_eq!(runtime.stats().expect("open").streams.active_to_javascript, 0);
}

#[test]
fn closing_the_runtime_cancels_its_streams() {
    let runtime = runtime();
    let (source, log) = Source::new([]);
    let _stream = runtime.create_stream(source).expect("a stream");
    runtime.close();
    assert_eq!(*log.lock().expect("unpoisoned"), ["cancel"]);
}
