//! Debuggers attach, pause, look around and go.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use deno_core::serde_json::json;
use jsrun::{Call, Error, InspectorEndpoints, InspectorOptions, LimitKind, Limits, Runtime, Status};

use crate::devtools::{DevTools, list};
use crate::support::{limited, request, value};

/// A server of its own.
fn options() -> InspectorOptions {
    InspectorOptions { address: (Ipv4Addr::LOCALHOST, 0).into(), ..InspectorOptions::default() }
}

fn runtime(options: InspectorOptions) -> (Runtime, InspectorEndpoints) {
    let runtime = Runtime::builder().inspector(options).build().expect("a runtime starts");
    let endpoints = runtime.inspector_endpoints().expect("it is open").expect("it has an inspector");
    (runtime, endpoints)
}

/// A debugger that is ready to pause.
fn attach(endpoints: &InspectorEndpoints) -> DevTools {
    let mut debugger = DevTools::connect(&endpoints.websocket_url);
    debugger.order("Runtime.enable");
    debugger.order("Debugger.enable");
    debugger
}

fn evaluate_in(debugger: &mut DevTools, paused: &deno_core::serde_json::Value, expression: &str) -> f64 {
    let frame = &paused["callFrames"][0]["callFrameId"];
    let result = debugger
        .call("Debugger.evaluateOnCallFrame", &json!({ "callFrameId": frame, "expression": expression }));
    result["result"]["value"].as_f64().unwrap_or_else(|| panic!("{expression}: {result}"))
}

#[test]
fn a_debugger_pauses_steps_looks_and_goes_on_in_no_time_of_the_call() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    let program = "function f(x) {\n  debugger;\n  x += 1;\n  return x;\n}\nf(1)";
    let wall = Duration::from_millis(400);
    thread::scope(|scope| {
        let call = scope.spawn(|| runtime.call(Call::eval(program).named("main.js").wall(wall)));
        let paused = debugger.event("Debugger.paused");
        assert_eq!(paused["callFrames"][0]["functionName"], "f");
        assert_eq!(paused["callFrames"][0]["location"]["lineNumber"], 1);
        let start = evaluate_in(&mut debugger, &paused, "Date.now()");
        while evaluate_in(&mut debugger, &paused, "Date.now()") - start < 1_000.0 {}
        evaluate_in(&mut debugger, &paused, "x = 41");
        for line in [2, 3] {
            debugger.order("Debugger.stepOver");
            let paused = debugger.event("Debugger.paused");
            assert_eq!(paused["callFrames"][0]["location"]["lineNumber"], line);
        }
        debugger.order("Debugger.resume");
        let result = call.join().expect("no panic").expect("its time stood still");
        assert_eq!(result.as_f64(), Some(42.0));
    });
    // The limit is in force again.
    let stopped = runtime.call(Call::eval("while (true) {}").wall(wall));
    assert!(matches!(stopped, Err(Error::Limit { kind: LimitKind::Wall, .. })), "{stopped:?}");
    assert_eq!(value(&runtime, "1 + 1"), "2");
}

#[test]
fn runs_and_their_event_loops_are_debugged_too() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    let program =
        "setTimeout(() => { debugger; done(7); }); let done; new Promise((resolve) => { done = resolve; })";
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            runtime.run(limited(program, |limits| limits.wall = Duration::from_millis(400)), |_| ())
        });
        let paused = debugger.event("Debugger.paused");
        let start = evaluate_in(&mut debugger, &paused, "Date.now()");
        while evaluate_in(&mut debugger, &paused, "Date.now()") - start < 600.0 {}
        debugger.order("Debugger.resume");
        let outcome = run.join().expect("no panic").expect("it is open");
        let Status::Ok(value) = outcome.status else { panic!("{program}: {outcome:?}") };
        assert_eq!(value.to_text(), "7");
    });
    assert_eq!(value(&runtime, "const seven = await Promise.resolve(7); seven"), "7");
}

/// They run in V8's REPL mode.
#[test]
fn programs_with_top_level_await_are_debugged_too() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    for (program, six) in [
        ("let x = 6; debugger; x * await 7", "x += 0"),
        ("const y = await 6; debugger; y * 7 * 'é😀'.length / 3", "y * 'é😀'.length / 3"),
    ] {
        thread::scope(|scope| {
            let run = scope.spawn(|| {
                runtime.run(limited(program, |limits| limits.wall = Duration::from_millis(400)), |_| ())
            });
            let paused = debugger.event("Debugger.paused");
            let start = evaluate_in(&mut debugger, &paused, "Date.now()");
            while evaluate_in(&mut debugger, &paused, "Date.now()") - start < 600.0 {}
            assert_eq!(evaluate_in(&mut debugger, &paused, six).to_string(), "6");
            debugger.order("Debugger.resume");
            let outcome = run.join().expect("no panic").expect("it is open");
            let Status::Ok(value) = outcome.status else { panic!("{program}: {outcome:?}") };
            assert_eq!(value.to_text(), "42");
        });
        thread::scope(|scope| {
            let run = scope.spawn(|| runtime.run(request("await null; debugger; 1"), |_| ()));
            debugger.event("Debugger.paused");
            runtime.canceller().cancel();
            assert_eq!(run.join().expect("no panic").expect("it is open").status, Status::Cancelled);
            debugger.event("Debugger.resumed");
        });
        assert_eq!(value(&runtime, "await 1"), "1");
    }
}

#[test]
fn a_paused_program_can_be_stopped() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    for _ in 0..2 {
        thread::scope(|scope| {
            let run = scope.spawn(|| runtime.run(request("debugger; 1"), |_| ()));
            debugger.event("Debugger.paused");
            runtime.canceller().cancel();
            assert_eq!(run.join().expect("no panic").expect("it is open").status, Status::Cancelled);
            debugger.event("Debugger.resumed");
        });
        assert_eq!(value(&runtime, "1 + 1"), "2");
    }
    thread::scope(|scope| {
        let call = scope.spawn(|| runtime.eval("debugger; 1"));
        debugger.event("Debugger.paused");
        runtime.terminate();
        assert!(matches!(call.join().expect("no panic"), Err(Error::Closed(_))));
    });
}

#[test]
fn a_program_goes_on_when_its_debugger_goes_away() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    thread::scope(|scope| {
        let call = scope.spawn(|| runtime.eval("debugger; 3"));
        debugger.event("Debugger.paused");
        drop(debugger);
        assert_eq!(call.join().expect("no panic").expect("it goes on").as_f64(), Some(3.0));
    });
}

#[test]
fn the_first_call_waits_for_a_debugger() {
    let (runtime, endpoints) = runtime(InspectorOptions { wait_for_connection: true, ..options() });
    thread::scope(|scope| {
        let call = scope.spawn(|| runtime.call(Call::eval("5").wall(Duration::from_secs(5))));
        let mut debugger = DevTools::connect(&endpoints.websocket_url);
        debugger.order("Runtime.runIfWaitingForDebugger");
        assert_eq!(call.join().expect("no panic").expect("it goes on").as_f64(), Some(5.0));
    });
}

#[test]
fn whoever_waits_for_a_debugger_can_be_stopped() {
    for breaks in [false, true] {
        let waiting =
            InspectorOptions { wait_for_connection: true, break_on_next_statement: breaks, ..options() };
        let (runtime, _) = runtime(waiting);
        thread::scope(|scope| {
            let run = scope.spawn(|| runtime.run(request("1"), |_| ()));
            runtime.canceller().cancel();
            assert_eq!(run.join().expect("no panic").expect("it is open").status, Status::Cancelled);
        });
        assert_eq!(value(&runtime, "1 + 1"), "2");
    }
}

#[test]
fn the_first_statement_is_paused_at() {
    let (runtime, endpoints) = runtime(InspectorOptions { break_on_next_statement: true, ..options() });
    thread::scope(|scope| {
        let call = scope.spawn(|| runtime.eval("const a = 1;\na + 1"));
        let mut debugger = DevTools::connect(&endpoints.websocket_url);
        for method in ["Runtime.enable", "Debugger.enable", "Runtime.runIfWaitingForDebugger"] {
            debugger.order(method);
        }
        let paused = debugger.event("Debugger.paused");
        assert_eq!(paused["callFrames"][0]["location"]["lineNumber"], 0);
        debugger.order("Debugger.resume");
        assert_eq!(call.join().expect("no panic").expect("it goes on").as_f64(), Some(2.0));
    });
}

#[test]
fn an_idle_runtime_answers_and_a_closed_one_hangs_up() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    let answer = debugger.call("Runtime.evaluate", &json!({ "expression": "6 * 7" }));
    assert_eq!(answer["result"]["value"], 42);
    runtime.close();
    while debugger.receive().is_some() {}
}

#[test]
fn what_a_debugger_evaluates_has_the_time_of_a_call() {
    let limits = Limits { wall: Duration::from_millis(300), ..Limits::default() };
    let runtime = Runtime::builder().inspector(options()).limits(limits).build().expect("a runtime starts");
    let endpoints = runtime.inspector_endpoints().expect("it is open").expect("it has an inspector");
    let mut debugger = attach(&endpoints);
    for _ in 0..2 {
        let answer = debugger.answer("Runtime.evaluate", &json!({ "expression": "while (true) {}" }));
        assert!(answer.get("error").is_some(), "{answer}");
        assert_eq!(value(&runtime, "await 1 + 1"), "2");
    }
}

#[test]
fn runtimes_share_the_server_of_one_address() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let shared = InspectorOptions { address, display_name: Some("one".to_owned()), ..options() };
    let (one, first) = runtime(shared.clone());
    let (other, second) = runtime(InspectorOptions { target_url: Some("app://other".to_owned()), ..shared });
    assert_eq!((&first.host, &first.title), (&address.to_string(), &"one".to_owned()));
    assert_eq!(first.websocket_url, format!("ws://{address}/{}", first.id));
    assert_eq!(second.target_url, "app://other");
    assert!(second.devtools_frontend_url.contains(&second.id));
    // A connection to each tells that the server has taken note of them.
    drop((DevTools::connect(&first.websocket_url), DevTools::connect(&second.websocket_url)));
    let listed = list(&first.host);
    for endpoints in [&first, &second] {
        let found = listed.as_array().expect("a list").iter().find(|entry| entry["id"] == endpoints.id);
        assert_eq!(found.expect("it is there")["url"], endpoints.target_url);
    }
    one.close();
    assert_eq!(value(&other, "1 + 1"), "2");
    let plain = Runtime::builder().limits(Limits::default()).build().expect("a runtime starts");
    assert_eq!(plain.inspector_endpoints().expect("it is open"), None);
}
