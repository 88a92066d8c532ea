//! Streams between JavaScript and the host.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsrun::{Call, Chunk, Error, HostError, HostStream, LimitKind, Runtime, StreamHandle, Value};

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

/// A runtime with a stream whose chunks `globalThis.controller` gives.
fn driven(runtime: &Runtime) -> StreamHandle {
    stream(runtime, "new ReadableStream({ start(c) { globalThis.controller = c } })")
}

fn give(runtime: &Runtime, chunk: &str) {
    runtime.eval(format!("controller.enqueue({chunk}); 0")).expect(chunk);
}

fn read_for(runtime: &Runtime, stream: &StreamHandle, wall: Duration) -> Result<Option<Value>, Error> {
    // Something for the event loop to wait for.
    runtime.eval("globalThis.waits = setInterval(() => {}, 1e6)")?;
    let chunk = runtime.call_and_wait(Call::stream_read(stream).wall(wall));
    runtime.eval("clearInterval(waits)")?;
    chunk.map(|chunk| match chunk {
        Value::Array(mut chunk) => chunk.pop(),
        _ => None,
    })
}

#[test]
fn a_read_that_timed_out_leaves_its_chunk_to_the_next() {
    let runtime = runtime();
    let stream = driven(&runtime);
    for _ in 0..3 {
        let late = read_for(&runtime, &stream, Duration::from_millis(20));
        assert!(matches!(late, Err(Error::Limit { kind: LimitKind::Wall, .. })), "{late:?}");
    }
    give(&runtime, "'first'");
    give(&runtime, "'second'");
    assert_eq!(runtime.read_stream(&stream).expect("it is there"), Some(Value::from("first")));
    assert_eq!(runtime.read_stream(&stream).expect("it is there"), Some(Value::from("second")));
    // One that came while nobody asked any more, and one that is asked for before it comes.
    assert!(read_for(&runtime, &stream, Duration::from_millis(20)).is_err());
    let next = std::thread::scope(|scope| {
        let next = scope.spawn(|| read_for(&runtime, &stream, Duration::from_mins(5)));
        while runtime.stats().expect("open").active_intervals == 0 {}
        give(&runtime, "'third'");
        next.join().expect("no panic")
    });
    assert_eq!(next.expect("it comes"), Some(Value::from("third")));
    // Nor is a failure lost, nor the end.
    assert!(read_for(&runtime, &stream, Duration::from_millis(20)).is_err());
    runtime.eval("controller.error(new TypeError('dry')); 0").expect("it runs");
    let error = runtime.read_stream(&stream).expect_err("it fails");
    assert!(error.to_string().starts_with("TypeError: dry"), "{error}");
}

#[test]
fn reads_that_nobody_waits_for_lose_no_chunk() {
    let runtime = runtime();
    let stream = driven(&runtime);
    // Not waited for, and nothing that could settle it.
    assert!(matches!(runtime.call(Call::stream_read(&stream)), Err(Error::Pending)));
    assert!(matches!(runtime.read_stream(&stream), Err(Error::NeverSettles)));
    give(&runtime, "1");
    // A getter that takes too long, when the chunk is there.
    give(&runtime, "{ get slow() { while (!globalThis.quick) {} return 2 } }");
    assert_eq!(runtime.read_stream(&stream).expect("it is there"), Some(Value::from(1)));
    let late = read_for(&runtime, &stream, Duration::from_millis(20));
    assert!(matches!(late, Err(Error::Limit { .. })), "{late:?}");
    runtime.eval("globalThis.quick = true").expect("it runs");
    let chunk = runtime.read_stream(&stream).expect("it is there").expect("a chunk");
    assert_eq!(chunk.get("slow"), Some(&Value::from(2)));
}

#[test]
fn a_stream_goes_on_whose_read_timed_out() {
    let runtime = runtime();
    // What makes the chunk is a timer that the read has set.
    let code = "let made = 0; globalThis.may = false;
        const make = (c, done) => { if (!may) return setTimeout(make, 1, c, done); c.enqueue(++made); done() };
        new ReadableStream({ pull: (c) => new Promise((done) => setTimeout(make, 1, c, done)) }, { highWaterMark: 0 })";
    let stream = stream(&runtime, code);
    assert!(read_for(&runtime, &stream, Duration::from_millis(5)).is_err());
    runtime.eval("may = true").expect("it runs");
    assert_eq!(runtime.read_stream(&stream).expect("it comes"), Some(Value::from(1)));
    assert_eq!(runtime.read_stream(&stream).expect("it comes"), Some(Value::from(2)));
}

#[test]
fn a_read_calls_no_then_of_the_programs() {
    let runtime = runtime();
    let stream = driven(&runtime);
    runtime
        .eval("globalThis.asked = 0; Object.defineProperty(Array.prototype, 'then', { get() { ++asked } })")
        .expect("it runs");
    assert!(read_for(&runtime, &stream, Duration::from_millis(20)).is_err());
    give(&runtime, "7");
    assert_eq!(runtime.read_stream(&stream).expect("it is there"), Some(Value::from(7)));
    assert_eq!(runtime.eval("asked").expect("it runs"), Value::from(0));
}
