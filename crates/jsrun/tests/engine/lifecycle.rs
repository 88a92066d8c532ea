//! Making, sharing, closing and terminating runtimes.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use jsrun::{Call, CloseReason, Error, Globals, Handle, Runtime, Value};

use crate::support::runtime;

fn endless(runtime: &Runtime) -> mpsc::Receiver<Result<Value, Error>> {
    let (started, starts) = mpsc::channel();
    let (sender, answers) = mpsc::channel();
    runtime
        .bind_function("started", move |_: Vec<Value>| {
            started.send(()).expect("the test listens");
            Ok(Value::Undefined)
        })
        .expect("it binds");
    let call = Call::eval("started(); for (;;);").wall(Duration::MAX).cpu(Duration::MAX);
    runtime.begin_call(call, move |result| sender.send(result).expect("the test listens"));
    starts.recv().expect("it starts");
    answers
}

#[test]
fn a_handle_is_for_any_thread() {
    fn any_thread<T: Clone + Send + Sync + 'static>() {}
    any_thread::<Handle>();
    let runtime = runtime();
    runtime.eval("globalThis.n = 0").expect("it runs");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let handle = runtime.handle();
            scope.spawn(move || (0..100).for_each(|_| drop(handle.eval("n++").expect("it runs"))));
        }
    });
    assert_eq!(runtime.eval("n").expect("it runs").as_f64(), Some(400.0));
}

#[test]
fn closing_stops_what_runs_and_is_idempotent() {
    let runtime = runtime();
    let answers = endless(&runtime);
    let handle = runtime.handle();
    handle.close();
    assert!(matches!(answers.recv().expect("an answer"), Err(Error::Closed(CloseReason::Closed))));
    handle.close();
    runtime.close();
    assert!(handle.is_closed());
    assert_eq!(runtime.eval("1").expect_err("closed").to_string(), "the runtime is closed");
}

#[test]
fn terminating_is_told_and_stands() {
    let runtime = runtime();
    let answers = endless(&runtime);
    runtime.terminate();
    assert!(matches!(answers.recv().expect("an answer"), Err(Error::Closed(CloseReason::Terminated))));
    runtime.close();
    let error = runtime.eval("1").expect_err("terminated");
    assert!(error.to_string().contains("host request"), "{error}");
}

#[test]
fn closing_answers_whoever_waits() {
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    for code in ["new Promise(() => setInterval(() => {}, 1e6))", "1 + 1"] {
        let sender = sender.clone();
        runtime.begin_call(Call::eval(code).wall(Duration::MAX), move |result| {
            sender.send(result).expect("the test listens");
        });
    }
    runtime.close();
    drop(sender);
    assert_eq!(answers.iter().count(), 2);
}

#[test]
fn a_host_function_cannot_wait_for_its_own_runtime() {
    let runtime = runtime();
    let handle = runtime.handle();
    runtime
        .bind_function("again", move |_: Vec<Value>| match handle.eval("1") {
            Err(Error::Reentrant) => Ok(Value::from("refused")),
            other => panic!("{other:?}"),
        })
        .expect("it binds");
    assert_eq!(runtime.eval("again()").expect("it runs").as_str(), Some("refused"));
}

#[test]
fn a_host_function_can_close_its_own_runtime() {
    let runtime = runtime();
    let handle = runtime.handle();
    runtime
        .bind_function("close", move |_: Vec<Value>| {
            handle.close();
            Ok(Value::Undefined)
        })
        .expect("it binds");
    let error = runtime.eval("close(); for (;;);").expect_err("closed");
    assert!(matches!(error, Error::Closed(CloseReason::Closed)), "{error:?}");
}

#[test]
fn closing_without_blocking() {
    let runtime = runtime();
    let tokio = tokio::runtime::Builder::new_current_thread().build().expect("tokio starts");
    tokio.block_on(async {
        assert_eq!(runtime.eval_async("40 + 2").await.expect("it runs").as_f64(), Some(42.0));
        runtime.close_async().await;
        assert!(matches!(runtime.eval_async("1").await, Err(Error::Closed(CloseReason::Closed))));
    });
}

#[test]
fn runtimes_come_and_go_without_a_trace() {
    let threads = || std::fs::read_dir("/proc/self/task").expect("Linux").count();
    let descriptors = || std::fs::read_dir("/proc/self/fd").expect("Linux").count();
    // The first makes what all share.
    runtime().close();
    let before = descriptors();
    for _ in 0..50 {
        let runtime = runtime();
        runtime.eval("globalThis.f = () => {}; setTimeout(f, 1e6)").expect("it runs");
        let function = runtime.eval("f").expect("a function");
        drop(runtime);
        drop(function);
    }
    // Other tests of this process have theirs meanwhile, which come and go.
    let patience = Instant::now() + Duration::from_mins(2);
    while descriptors() >= before + 40 || threads() >= 80 {
        assert!(Instant::now() < patience, "{} descriptors, {} threads", descriptors(), threads());
        std::thread::yield_now();
    }
}

#[test]
fn minimal_globals_leave_the_language_and_little_more() {
    let runtime = Runtime::builder().globals(Globals::Minimal).build().expect("a runtime starts");
    let absent = "['URL', 'TextEncoder', 'Event', 'structuredClone', 'Deno', '__bootstrap', '__jsrun', 'process',
                  'performance', 'crypto', 'fetch', 'atob', 'Blob'].filter((name) => name in globalThis).join()";
    assert_eq!(runtime.eval(absent).expect("it runs").as_str(), Some(""));
    let present =
        "['WebAssembly', 'ReadableStream', 'queueMicrotask', 'setTimeout', 'setInterval', 'clearTimeout',
                  'clearInterval', 'console', 'Intl', 'Atomics'].every((name) => name in globalThis)";
    assert_eq!(runtime.eval(present).expect("it runs").as_bool(), Some(true));
    assert_eq!(
        runtime
            .call_and_wait("new Promise((r) => setTimeout(() => queueMicrotask(() => r(3)), 1))")
            .expect("runs"),
        Value::from(3)
    );
}

#[test]
fn the_console_is_heard_during_calls() {
    let (sender, events) = mpsc::channel();
    let runtime = Runtime::builder()
        .on_console(move |event| sender.send(event).expect("the test listens"))
        .build()
        .expect("a runtime starts");
    runtime.call(Call::eval("console.log('a', 1)").named("x.js")).expect("it runs");
    let jsrun::Event::Console(event) = events.recv().expect("an event");
    assert_eq!((event.text.as_str(), event.level), ("a 1", jsrun::ConsoleLevel::Log));
    assert_eq!(event.position.expect("a place").to_string(), "x.js:1:9");
}
