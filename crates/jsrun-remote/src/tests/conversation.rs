//! What programs and hosts do with each other.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use jsrun::{
    Binding, Call, Chunk, CloseReason, Error, Event, HostError, HostFunction, HostStream, LimitKind, Limits,
    LoadError, LoadedModule, Value, async_function,
};

use super::stage::{call, call_of, remote, unhurried};
use crate::RemoteOptions;

fn text(result: Result<Value, Error>) -> String {
    result.expect("a value").as_str().expect("a string").to_owned()
}

fn function<F>(function: F) -> Arc<dyn HostFunction>
where
    F: Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync + 'static,
{
    Arc::new(function)
}

#[test]
fn calls_of_all_forms() {
    let remote = remote(unhurried());
    assert_eq!(call(&remote, "6 * 7").expect("a value"), Value::from(42));
    assert_eq!(text(call(&remote, "new Promise((done) => setTimeout(done, 1, 'late'))")), "late");
    let started = remote.start_call("new Promise(() => 0)", None).expect("it is open");
    let answer = started.wait(Duration::from_mins(5)).expect("in time");
    assert!(matches!(answer, Err(Error::Pending)), "{answer:?}");
    let (sender, later) = mpsc::channel();
    let later_of = Box::new(move |result| sender.send(result).expect("the test waits"));
    let started = remote.start_call("new Promise((done) => setTimeout(done, 1, 7))", Some(later_of));
    let answer = started.expect("it is open").wait(Duration::from_mins(5)).expect("in time");
    assert!(matches!(answer, Ok(None)), "{answer:?}");
    assert_eq!(later.recv().expect("an answer").expect("a value"), Value::from(7));
    let Err(Error::Exception(thrown)) = call(&remote, "null.x") else { panic!("it throws") };
    assert_eq!(thrown.exception.name.as_deref(), Some("TypeError"));
    assert_eq!(remote.stats().expect("it is open").counts.get(jsrun::ExecutionKind::EvalAsync), 3);
    remote.close();
    assert!(matches!(call(&remote, "1"), Err(Error::Closed(CloseReason::Closed))));
}

#[test]
fn a_host_function_that_panics_later_is_an_error_of_its_own() {
    let panics = async_function(|_| async { panic!("as a bug would") });
    let remote = remote(unhurried());
    remote.bind_function("f", Arc::new(panics)).expect("it is open");
    assert_eq!(text(call(&remote, "f().catch((error) => error.message)")), "the host function panicked");
    assert_eq!(call(&remote, "1").expect("it lives on"), Value::from(1));
}

#[test]
fn what_goes_on_in_a_turn_after_the_end_of_its_call_is_no_breach() {
    let remote = remote(unhurried());
    let heard = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&heard);
    let count = function(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Value::Null)
    });
    remote.bind_function("f", count).expect("it is open");
    let code = "new Promise((done) => {
        setTimeout(() => {
            done(1);
            Promise.resolve().then(() => 0).then(() => 0).then(() => 0).then(() => f());
        }, 1);
        setTimeout(f, 1);
    })";
    for _ in 0..20 {
        assert_eq!(call(&remote, code).expect("a value"), Value::from(1));
        let now = remote.start_call("Promise.resolve().then(() => 0).then(f); 2", None).expect("it is open");
        let answer = now.wait(Duration::from_mins(5)).expect("in time");
        assert_eq!(answer.expect("a value"), Some(Value::from(2)));
    }
    assert!(heard.load(Ordering::SeqCst) >= 20);
    assert!(!remote.is_closed());
}

#[test]
fn limits_stop_programs_and_leave_the_runtime() {
    let limits = Limits { wall: Duration::from_millis(30), ..unhurried().limits };
    let remote = remote(RemoteOptions { limits, ..unhurried() });
    let stopped = call(&remote, "for (;;);");
    assert!(matches!(stopped, Err(Error::Limit { kind: LimitKind::Wall, .. })), "{stopped:?}");
    let short = Call::eval("1").wall(unhurried().limits.wall);
    assert_eq!(call_of(&remote, short).expect("it lives on"), Value::from(1));
}

#[test]
fn a_cancelled_call_ends_and_others_go_on() {
    let remote = remote(unhurried());
    let (sender, answer) = mpsc::channel();
    let both = sender.clone();
    let endless = Call::eval("for (;;);").wall(Duration::MAX).cpu(Duration::MAX);
    let canceller = remote.begin_call(endless, move |result| sender.send(result).expect("the test waits"));
    remote.begin_call("'after'", move |result| both.send(result).expect("the test waits"));
    canceller.cancel();
    assert!(matches!(answer.recv().expect("an answer"), Err(Error::Cancelled)));
    assert_eq!(text(answer.recv().expect("an answer")), "after");
}

#[test]
fn more_calls_than_the_worker_takes_wait_in_line() {
    let remote = remote(unhurried());
    let (entered, leave) = (mpsc::channel(), mpsc::channel());
    let (enter, left) = (entered.0, Mutex::new(leave.1));
    let wait = function(move |_| {
        enter.send(()).expect("the test waits");
        left.lock().expect("nobody panics").recv().expect("the test says when");
        Ok(Value::Null)
    });
    remote.bind_function("wait", wait).expect("it is open");
    let (sender, answers) = mpsc::channel();
    remote.queue_call("wait()", |_| ());
    entered.1.recv().expect("it is called");
    let mut cancellers: Vec<_> = (0..2_000)
        .map(|number| {
            let sender = sender.clone();
            remote.queue_call(format!("{number}"), move |result| {
                sender.send((number, result.map_err(|error| error.to_string()))).expect("the test waits");
            })
        })
        .collect();
    assert!(remote.is_busy());
    // One that is sent and one that is not.
    cancellers.swap_remove(10).cancel();
    cancellers.swap_remove(1_500).cancel();
    leave.0.send(()).expect("it waits");
    let mut all: Vec<_> = answers.iter().take(2_000).collect();
    let in_order: Vec<_> =
        all.iter().filter(|(_, result)| result.is_ok()).map(|(number, _)| *number).collect();
    assert!(in_order.is_sorted());
    all.sort_by_key(|(number, _)| *number);
    for (number, result) in all {
        match number {
            10 | 1_500 => assert_eq!(result, Err(Error::Cancelled.to_string())),
            _ => assert_eq!(result, Ok(Value::from(number))),
        }
    }
}

#[test]
fn terminating_ends_what_runs() {
    let remote = remote(unhurried());
    let (sender, answer) = mpsc::channel();
    remote.begin_call(Call::eval("for (;;);").wall(Duration::MAX), move |result| {
        sender.send(result).expect("the test waits");
    });
    remote.terminate();
    assert!(matches!(answer.recv().expect("an answer"), Err(Error::Closed(CloseReason::Terminated))));
    assert!(matches!(call(&remote, "1"), Err(Error::Closed(CloseReason::Terminated))));
}

#[test]
fn host_functions_answer_now_and_later_and_fail() {
    let remote = remote(unhurried());
    let add = function(|args| match args.as_slice() {
        [Value::Number(a), Value::Number(b)] => Ok(Value::Number(a + b)),
        _ => Err(HostError { payload: Some(Arc::new(17_u8)), ..HostError::new("ValueError", "two numbers") }),
    });
    remote.bind_function("add", add).expect("it is open");
    let later = async_function(|args: Vec<Value>| async move { Ok(Value::Array(args)) });
    let bindings = vec![
        ("version".into(), Binding::Value(Value::from(3))),
        ("later".into(), Binding::Function(Arc::new(later))),
    ];
    remote.bind_object("host", bindings).expect("it is open");
    assert_eq!(call(&remote, "add(2, 3) + host.version").expect("a value"), Value::from(8));
    assert_eq!(text(call(&remote, "host.later(1, 2).then((both) => both.join())")), "1,2");
    assert_eq!(text(call(&remote, "try { add() } catch (error) { `${error}` }")), "ValueError: two numbers");
    let Err(Error::Exception(thrown)) = call(&remote, "add()") else { panic!("it throws") };
    let payload = thrown.host_error.and_then(|error| error.payload).expect("the payload comes back");
    assert_eq!(payload.downcast_ref::<u8>(), Some(&17));
}

#[test]
fn a_host_function_cannot_wait_for_its_own_runtime() {
    let remote = remote(unhurried());
    let again = remote.clone();
    let nested = function(move |_| {
        let answer = again.start_call("1", None).map(drop);
        Ok(Value::from(answer.expect_err("it would wait for itself").to_string()))
    });
    remote.bind_function("nested", nested).expect("it is open");
    assert!(text(call(&remote, "nested()")).contains("cannot wait for its own runtime"));
}

#[test]
fn a_host_function_that_panics_throws() {
    let remote = remote(unhurried());
    remote.bind_function("fail", function(|_| panic!("on purpose"))).expect("it is open");
    assert!(text(call(&remote, "try { fail() } catch (error) { error.message }")).contains("panicked"));
    assert_eq!(call(&remote, "1").expect("it lives on"), Value::from(1));
}

#[test]
fn functions_of_javascript_are_held_until_they_are_dropped() {
    let remote = remote(unhurried());
    let Ok(Value::Function(twice)) = call(&remote, "(x) => 2 * x") else { panic!("not a function") };
    let result = call_of(&remote, Call::function(&twice, [Value::from(21)])).expect("a value");
    assert_eq!(result, Value::from(42));
    let Ok(Value::Function(apply)) = call(&remote, "(f, x) => f(x)") else { panic!("not a function") };
    let args = [Value::Function(twice.clone()), Value::from(4)];
    assert_eq!(call_of(&remote, Call::function(&apply, args)).expect("a value"), Value::from(8));
    assert_eq!(remote.stats().expect("it is open").tracked_functions, 2);
    drop((twice, apply));
    assert_eq!(remote.stats().expect("it is open").tracked_functions, 0);
}

#[test]
fn a_handle_of_another_runtime_is_refused_with_its_place() {
    let (one, other) = (remote(unhurried()), remote(unhurried()));
    let Ok(Value::Function(foreign)) = call(&one, "() => 1") else { panic!("not a function") };
    let Ok(Value::Function(own)) = call(&other, "(x) => x") else { panic!("not a function") };
    let holder = Value::object([("deep", Value::Array(vec![Value::Null, Value::Function(foreign.clone())]))]);
    let Err(Error::Conversion(error)) = call_of(&other, Call::function(&own, [holder])) else {
        panic!("it must not cross")
    };
    assert_eq!(error.to_string(), "the handle belongs to another runtime (at args[0].deep[1])");
    assert!(matches!(call_of(&other, Call::function(&foreign, [])), Err(Error::Conversion(_))));
    assert_eq!(call(&other, "1").expect("it lives on"), Value::from(1));
}

#[test]
fn the_console_is_heard_before_the_result() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    let on_console = Box::new(move |Event::Console(event): Event| {
        hearing.lock().expect("nobody panics").push(event.text);
    });
    let remote = remote(RemoteOptions { on_console: Some(on_console), ..unhurried() });
    call(&remote, "for (let i = 0; i < 100; i++) console.log('line', i)").expect("a value");
    let heard = heard.lock().expect("nobody panics");
    assert_eq!((heard.len(), heard[99].as_str()), (100, "line 99"));
}

#[test]
fn modules_come_from_the_host() {
    let remote = remote(unhurried());
    remote.add_static_module("pi", "export const pi = 3").expect("it is open");
    remote
        .set_module_resolver(|specifier, _| match specifier {
            "no" => Err(LoadError::new("not this one")),
            "pi" => Ok(None),
            _ => Ok(Some(format!("host:{specifier}"))),
        })
        .expect("it is open");
    remote
        .set_module_loader(|url| match url {
            "host:now" => LoadedModule::now("export { pi } from 'pi'; export { later } from 'later'"),
            "host:later" => LoadedModule::later(async { Ok("export const later = 1".into()) }),
            _ => LoadedModule::Now(Err(LoadError::new(format!("there is no {url}")))),
        })
        .expect("it is open");
    let namespace = call_of(&remote, Call::module("now")).expect("a namespace");
    assert_eq!((namespace.get("pi"), namespace.get("later")), (Some(&Value::from(3)), Some(&Value::from(1))));
    for (specifier, reason) in [("no", "not this one"), ("other", "there is no host:other")] {
        let error = call_of(&remote, Call::module(specifier)).expect_err("there is none").to_string();
        assert!(error.contains(reason), "{error}");
    }
}

struct Countdown {
    left: AtomicU32,
    cancelled: mpsc::Sender<()>,
}

impl HostStream for Countdown {
    fn next(&self) -> Chunk {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        Box::pin(async move { Ok((left > 0).then(|| Value::from(left))) })
    }

    fn cancel(&self) {
        // Nobody may listen.
        let _ = self.cancelled.send(());
    }
}

#[test]
fn streams_go_both_ways() {
    let remote = remote(unhurried());
    let (cancelled, hear) = mpsc::channel();
    let stream = Countdown { left: AtomicU32::new(3), cancelled: cancelled.clone() };
    let stream = remote.create_stream(Arc::new(stream)).expect("it is open");
    let Ok(Value::Function(read)) = call(
        &remote,
        "async (stream) => { const all = []; for await (const n of stream) all.push(n); return all.join() }",
    ) else {
        panic!("not a function")
    };
    assert_eq!(text(call_of(&remote, Call::function(&read, [Value::Stream(stream)]))), "3,2,1");
    let endless = remote.create_stream(Arc::new(Countdown { left: AtomicU32::new(u32::MAX), cancelled }));
    let Ok(Value::Function(cancel)) = call(&remote, "(stream) => stream.cancel()") else {
        panic!("not a function")
    };
    let endless = Value::Stream(endless.expect("it is open"));
    call_of(&remote, Call::function(&cancel, [endless])).expect("a value");
    hear.recv().expect("its source is told");

    let Ok(Value::Stream(stream)) = call(
        &remote,
        "let asked = 0; new ReadableStream({ pull(c) { c.enqueue(++asked) } }, { highWaterMark: 0 })",
    ) else {
        panic!("not a stream")
    };
    for expected in 1..=3 {
        let chunk = call_of(&remote, Call::stream_read(&stream)).expect("a chunk");
        assert_eq!(chunk, Value::from(vec![expected]));
    }
    assert_eq!(call(&remote, "asked").expect("a value"), Value::from(3));
}

#[test]
fn dropping_what_javascript_waits_for_is_told_to_the_host() {
    struct OnDrop(mpsc::Sender<()>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let remote = remote(unhurried());
    let (sender, dropped) = mpsc::channel();
    let never = async_function(move |_| {
        let guard = OnDrop(sender.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok(Value::Null)
        }
    });
    remote.bind_function("never", Arc::new(never)).expect("it is open");
    let stopped = call_of(&remote, Call::eval("never()").wall(Duration::from_millis(30)));
    assert!(matches!(stopped, Err(Error::Limit { .. })), "{stopped:?}");
    dropped.recv().expect("the future is dropped");
}
