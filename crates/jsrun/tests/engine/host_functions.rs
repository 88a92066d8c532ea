//! Functions of the host, called from JavaScript.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsrun::{Binding, Call, Error, HostError, RunRequest, Status, Value, async_function};

use crate::support::runtime;

fn argument(args: &[Value], index: usize) -> Value {
    args.get(index).cloned().unwrap_or_default()
}

/// V8 by itself looks for a stop in such a loop after hundreds of turns.
#[test]
fn a_loop_that_only_calls_the_host_hears_a_stop_when_the_host_returns() {
    let runtime = runtime();
    let canceller = runtime.canceller();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    runtime
        .bind_function("host", move |_: Vec<Value>| {
            counted.fetch_add(1, Ordering::Relaxed);
            canceller.cancel();
            Ok(Value::Undefined)
        })
        .expect("it binds");
    let request = RunRequest::new("for (;;) { try { host() } catch {} }");
    let outcome = runtime.run(request, |_| {}).expect("it runs");
    assert_eq!(outcome.status, Status::Cancelled);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(runtime.eval("1 + 1").expect("the runtime lives on").as_f64(), Some(2.0));
}

#[test]
fn sync_functions_return_and_throw() {
    let runtime = runtime();
    runtime
        .bind_function("host", |args: Vec<Value>| match argument(&args, 0).as_str() {
            Some("fail") => Err(HostError::new("ValueError", "no such thing")),
            _ => Ok(Value::Array(args)),
        })
        .expect("it binds");
    assert_eq!(runtime.eval("host(1, 'a', [null])").expect("it runs").to_string(), r#"[1, "a", [null]]"#);
    assert_eq!(runtime.eval("host.name + host.length").expect("it runs").as_str(), Some("host0"));
    let caught = "try { host('fail') } catch (e) { `${e instanceof Error} ${e.name} ${e.message} ${e}` }";
    assert_eq!(
        runtime.eval(caught).expect("it runs").as_str(),
        Some("true ValueError no such thing ValueError: no such thing")
    );
    let error = runtime.eval("new host()").expect_err("no constructor");
    assert!(error.to_string().starts_with("TypeError: host is not a constructor"), "{error}");
}

#[test]
fn an_uncaught_host_error_comes_back_with_its_payload() {
    let runtime = runtime();
    let fail = |_: Vec<Value>| {
        let payload = Some(Arc::new(1234_u32) as Arc<dyn std::any::Any + Send + Sync>);
        Err(HostError { class: "KeyError".to_owned(), message: "'k'".to_owned(), payload })
    };
    runtime.bind_function("fail", fail).expect("it binds");
    runtime
        .bind_function("fail_later", async_function(move |args| async move { fail(args) }))
        .expect("binds");
    for code in [
        "fail()",
        "try { fail() } catch (e) { throw e }",
        "Promise.resolve().then(fail)",
        "(async () => { await fail_later() })()",
    ] {
        let Err(Error::Exception(thrown)) = runtime.call_and_wait(code) else { panic!("{code}") };
        assert_eq!(thrown.exception.headline(), "KeyError: 'k'", "{code}");
        let payload = thrown.host_error.and_then(|error| error.payload).expect(code);
        assert_eq!(payload.downcast_ref::<u32>(), Some(&1234));
    }
    let Err(Error::Exception(thrown)) = runtime.eval("try { fail() } catch { throw new Error('mine') }")
    else {
        panic!("it throws")
    };
    assert!(thrown.host_error.is_none());
}

#[test]
fn async_functions_give_promises() {
    let runtime = runtime();
    let (release, gate) = tokio::sync::oneshot::channel::<u32>();
    let gate = Mutex::new(Some(gate));
    runtime
        .bind_function(
            "wait",
            async_function(move |_| {
                let gate = gate.lock().expect("unpoisoned").take().expect("called once");
                async move { Ok(Value::from(gate.await.expect("released"))) }
            }),
        )
        .expect("it binds");
    let (sender, answers) = mpsc::channel();
    runtime.begin_call("wait().then((x) => x * 2)", move |result| {
        sender.send(result.expect("it runs")).expect("the test listens");
    });
    assert_eq!(runtime.stats().expect("open").active_async_ops, 1);
    release.send(21).expect("somebody waits");
    assert_eq!(answers.recv().expect("an answer").as_f64(), Some(42.0));
    assert_eq!(runtime.stats().expect("open").active_async_ops, 0);
}

#[test]
fn an_async_function_can_call_back_into_its_runtime() {
    let runtime = runtime();
    let handle = runtime.handle();
    runtime
        .bind_function(
            "again",
            async_function(move |_| {
                let answer = handle.eval_async("20 + 1");
                async move { answer.await.map_err(|error| HostError::new("Error", error.to_string())) }
            }),
        )
        .expect("it binds");
    assert_eq!(runtime.call_and_wait("again().then((x) => x * 2)").expect("it runs").as_f64(), Some(42.0));
}

#[test]
fn a_stopped_call_drops_its_host_calls() {
    struct Dropped(mpsc::Sender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let runtime = runtime();
    let (sender, drops) = mpsc::channel();
    runtime
        .bind_function(
            "never",
            async_function(move |_| {
                let dropped = Dropped(sender.clone());
                async move {
                    let _dropped = dropped;
                    std::future::pending().await
                }
            }),
        )
        .expect("it binds");
    let error = runtime.call_and_wait(Call::eval("never()").wall(Duration::from_millis(30)));
    assert!(matches!(error, Err(Error::Limit { .. })), "{error:?}");
    drops.recv().expect("the future was dropped");
    assert_eq!(runtime.eval("1 + 1").expect("it lives").as_f64(), Some(2.0));
}

#[test]
fn objects_hold_functions_and_values_under_any_name() {
    let runtime = runtime();
    let double = |args: Vec<Value>| Ok(Value::from(argument(&args, 0).as_f64().unwrap_or_default() * 2.0));
    runtime
        .bind_object(
            "__proto__'];x[\"",
            vec![
                ("double".into(), Binding::Function(Arc::new(double))),
                ("__proto__".into(), Binding::Value(Value::from("data"))),
                ("constructor".into(), Binding::Value(Value::object([("a", Value::Null)]))),
            ],
        )
        .expect("it binds");
    let code = r#"const o = globalThis["__proto__'];x[\""];
                  [o.double(4), Object.keys(o).join(), o['__proto__'], o.constructor.a]"#;
    assert_eq!(
        runtime.eval(code).expect("it runs").to_string(),
        r#"[8, "double,__proto__,constructor", "data", null]"#
    );
}

#[test]
fn a_frozen_global_is_told() {
    let runtime = runtime();
    runtime.eval("Object.defineProperty(globalThis, 'fixed', { value: 1 })").expect("it runs");
    let error = runtime.bind_function("fixed", |_: Vec<Value>| Ok(Value::Null)).expect_err("read-only");
    assert_eq!(error.to_string(), "the program has made the global \"fixed\" read-only");
    let error = runtime.bind_object("fixed", Vec::new()).expect_err("read-only");
    assert!(matches!(error, Error::ReadOnlyGlobal { .. }));
}

#[test]
fn arguments_that_cannot_cross_are_errors_in_javascript() {
    let runtime = runtime();
    runtime.bind_function("host", |_: Vec<Value>| Ok(Value::Null)).expect("it binds");
    for (code, text) in [
        ("host(1, { s: Symbol() })", "cannot convert Symbol (at args[1].s)"),
        ("const c = {}; c.c = c; host(c)", "circular reference in object (at args[0].c)"),
    ] {
        let caught = format!("try {{ {code} }} catch (e) {{ e instanceof Error && e.message }}");
        assert_eq!(runtime.eval(caught).expect("it runs").as_str(), Some(text));
    }
    let thrown = "try { host({ get a() { throw 'mine' } }) } catch (e) { e }";
    assert_eq!(runtime.eval(thrown).expect("it runs").as_str(), Some("mine"));
}

#[test]
fn a_panic_of_the_host_is_an_error() {
    let runtime = runtime();
    std::panic::set_hook(Box::new(|_| {}));
    runtime.bind_function("sync", |_: Vec<Value>| panic!("mine")).expect("it binds");
    runtime.bind_function("late", async_function(|_| async { panic!("mine") })).expect("it binds");
    for code in ["sync()", "late()"] {
        let error = runtime.call_and_wait(code).expect_err(code);
        assert!(error.to_string().starts_with("Error: the host function panicked"), "{error}");
    }
    assert_eq!(runtime.eval("1 + 1").expect("it lives").as_f64(), Some(2.0));
}

#[test]
fn functions_of_javascript_keep_their_receiver() {
    let runtime = runtime();
    let counter = runtime.eval("({ n: 1, add(x) { this.n += x; return this.n } })").expect("an object");
    let Some(Value::Function(add)) = counter.get("add").cloned() else { panic!("{counter:?}") };
    assert_eq!(runtime.call_function(&add, [Value::from(2)]).expect("it runs").as_f64(), Some(3.0));
    let call = Call::function(&add, [Value::from(1)]).receiver(Value::object([("n", Value::from(10))]));
    assert_eq!(runtime.call(call).expect("it runs").as_f64(), Some(11.0));
    // Passed back it is the same function.
    let Value::Function(same) = runtime.eval("globalThis.f = () => 1; (g) => g === f").expect("a function")
    else {
        panic!()
    };
    let f = runtime.eval("f").expect("a function");
    assert_eq!(runtime.call_function(&same, [f]).expect("it runs").as_bool(), Some(true));
}

#[test]
fn closed_and_foreign_functions_are_told() {
    let (ours, theirs) = (runtime(), runtime());
    let Value::Function(function) = ours.eval("() => 1").expect("a function") else { panic!() };
    let error = theirs.call_function(&function, []).expect_err("foreign");
    assert_eq!(error.to_string(), "the handle belongs to another runtime");
    let closing = function.clone();
    ours.with(move |runtime| runtime.close_function(&closing)).expect("open");
    let error = ours.call_function(&function, []).expect_err("closed");
    assert_eq!(error.to_string(), "Function has been closed");
}
