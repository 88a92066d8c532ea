//! Debuggers attach, pause, look around and go.

use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use deno_core::serde_json::json;
use jsrun::{Call, Error, InspectorEndpoints, InspectorOptions, LimitKind, Limits, Runtime, Status};

use crate::devtools::{DevTools, list};
use crate::support::{limited, request, run, unhurried, value};

/// A server of its own.
fn options() -> InspectorOptions {
    InspectorOptions { address: (Ipv4Addr::LOCALHOST, 0).into(), ..InspectorOptions::default() }
}

fn runtime(options: InspectorOptions) -> (Runtime, InspectorEndpoints) {
    let builder = Runtime::builder().inspector(options).limits(unhurried());
    let runtime = builder.build().expect("a runtime starts");
    let endpoints = runtime.inspector_endpoints().expect("it is open").expect("it has an inspector");
    (runtime, endpoints)
}

/// What programs that are paused for longer have, and much more than they need.
const WALL: Duration = Duration::from_secs(5);

/// Lets more time pass than a program has.
fn let_time_pass() {
    thread::sleep(WALL + Duration::from_millis(500));
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
    thread::scope(|scope| {
        let call = scope.spawn(|| runtime.call(Call::eval(program).named("main.js").wall(WALL)));
        let paused = debugger.event("Debugger.paused");
        assert_eq!(paused["callFrames"][0]["functionName"], "f");
        assert_eq!(paused["callFrames"][0]["location"]["lineNumber"], 1);
        let_time_pass();
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
    let stopped = runtime.call(Call::eval("while (true) {}").wall(Duration::from_millis(400)));
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
        let run = scope.spawn(|| runtime.run(limited(program, |limits| limits.wall = WALL), |_| ()));
        debugger.event("Debugger.paused");
        let_time_pass();
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
            let run = scope.spawn(|| runtime.run(limited(program, |limits| limits.wall = WALL), |_| ()));
            let paused = debugger.event("Debugger.paused");
            let_time_pass();
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
        let call = scope.spawn(|| runtime.call(Call::eval("5").wall(WALL)));
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
    let (one, first) = runtime(InspectorOptions { display_name: Some("one".to_owned()), ..options() });
    let address = first.host.parse().expect("an address");
    let target_url = Some("app://other".to_owned());
    let (other, second) = runtime(InspectorOptions { address, target_url, ..options() });
    assert_eq!((&second.host, first.title.as_str()), (&first.host, "one"));
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

/// What a debugger hears of one console call: type, arguments' values or classes, and the place of the call.
fn console_call(debugger: &mut DevTools) -> String {
    let call = debugger.event("Runtime.consoleAPICalled");
    let shown: Vec<String> = call["args"]
        .as_array()
        .expect("arguments")
        .iter()
        .map(|argument| {
            assert!(
                argument["type"] != "object"
                    || argument["value"].is_null()
                    || argument["objectId"].is_string()
            );
            match (&argument["value"], &argument["unserializableValue"]) {
                (value, _) if value.is_string() || value.is_number() || value.is_boolean() => {
                    value.to_string()
                }
                (_, unserializable) if unserializable.is_string() => unserializable.to_string(),
                _ => argument["description"].as_str().or(argument["type"].as_str()).unwrap_or("?").to_owned(),
            }
        })
        .collect();
    let frame = &call["stackTrace"]["callFrames"][0];
    let (line, column) = (&frame["lineNumber"], &frame["columnNumber"]);
    format!("{} {} @{}:{line}:{column}", call["type"], shown.join(" "), frame["url"]).replace('"', "")
}

#[test]
fn debuggers_see_console_calls() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    let methods = [
        ("log(1, 'two', { three: 3 }, null)", "log 1 two Object object"),
        ("debug(true)", "debug true"),
        ("info(2n)", "info 2n"),
        ("warn([1, 2])", "warning Array(2)"),
        ("error(undefined)", "error undefined"),
        ("dir({ a: 1 }, { depth: 0 })", "dir Object"),
        ("dirxml(5)", "dirxml 5"),
        ("table([[1]])", "table Array(1)"),
        ("trace('here')", "trace here"),
        ("group('in')", "startGroup in"),
        ("groupCollapsed('deeper')", "startGroupCollapsed deeper"),
        ("groupEnd()", "endGroup console.groupEnd"),
        ("clear()", "clear console.clear"),
        ("assert(false, 'wrong', 7)", "assert wrong 7"),
        ("count()", "count default: 1"),
        ("count('default')", "count default: 2"),
    ];
    for (call, expected) in methods {
        let (events, _) = run(&runtime, request(&format!("\n  console.{call}")));
        assert_eq!(events.len(), 1, "the host hears {call} once");
        assert_eq!(console_call(&mut debugger), format!("{expected} @main.js:1:10"), "{call}");
    }
    // Times differ.
    run(&runtime, request("console.time('t'); console.timeLog('t', 1); console.timeEnd('t')"));
    for kind in ["log", "timeEnd"] {
        let heard = console_call(&mut debugger);
        assert!(heard.starts_with(&format!("{kind} t: ")), "{heard}");
    }
    // Nothing more has come.
    run(&runtime, request("console.assert(true, 'no'); console.log('last')"));
    assert!(console_call(&mut debugger).starts_with("log last @main.js:0:"), "another call came twice");
}

#[test]
fn a_debugger_that_comes_later_sees_the_calls_before() {
    let (runtime, endpoints) = runtime(options());
    run(&runtime, request("console.log('early')"));
    runtime.eval("console.log('in a call')").expect("it runs");
    let mut debugger = attach(&endpoints);
    assert!(console_call(&mut debugger).starts_with("log early @"));
    assert!(console_call(&mut debugger).starts_with("log in a call @"));
}

#[test]
fn programs_cannot_tell_that_a_debugger_sees_their_console_calls() {
    let program = r"
        const seen = [];
        const spy = (name) => ({ toString() { seen.push(name + ' toString'); return name }, get x() { seen.push('getter') } });
        const error = new Error('e');
        Object.defineProperty(error, 'stack', { get() { seen.push('stack') } });
        Object.defineProperty(error, 'message', { get() { seen.push('message') } });
        Error.prepareStackTrace = () => { seen.push('prepareStackTrace'); return 's' };
        const proxy = new Proxy({}, { get() { seen.push('trap') }, ownKeys() { seen.push('keys'); return [] } });
        const regexp = /a/; Object.defineProperty(regexp, 'flags', { get() { seen.push('flags') } });
        Object.defineProperty(regexp, 'source', { get() { seen.push('source') } });
        console.log(spy('a'), error, proxy, regexp, new Error('plain'));
        console.log('%s %d %i %f %o %c', spy('s'), spy('d'), spy('i'), spy('f'), spy('o'), spy('c'), spy('rest'));
        console.log('%s', '%s', spy('nested'));
        const bound = { get: function () { seen.push('bound') }.bind() };
        const trap = { get: new Proxy(function () { seen.push('proxy') }, {}) };
        // V8's own, which calls the program's.
        const builtin = { get: Object.prototype.toLocaleString };
        for (const name of ['name', 'message', 'stack']) {
          for (const getter of [bound, trap, builtin]) {
            const error = new Error('e'); error.toString = () => { seen.push('toString'); return 't' };
            console.log(Object.defineProperty(error, name, getter));
          }
        }
        console.log(Object.defineProperty(/a/, 'flags', bound), Object.defineProperty(/a/, 'sticky', trap), /plain/g);
        console.assert(false, '%s', spy('assert'));
        console.table([spy('row')]);
        console.count(spy('label'));
        console.time(spy('time')); console.timeLog(spy('time'), spy('data')); console.timeEnd(spy('time'));
        for (const name of Object.keys(console)) {
          seen.push(`${console[name]}${console[name].length}${Object.hasOwn(console[name], 'prototype')}`);
        }
        seen.push(Object.getOwnPropertyNames(console));
        try { new console.log() } catch (thrown) { seen.push(thrown.name) }
        seen.join('\n')";
    let plain = value(&crate::support::runtime(), program);
    assert!(
        plain.contains("label toString") && plain.contains("function log() { [native code] }0false"),
        "{plain}"
    );
    let (runtime, endpoints) = runtime(options());
    let debugger = attach(&endpoints);
    assert_eq!(value(&runtime, program), plain);
    drop(debugger);
}

#[test]
fn debuggers_get_no_more_than_some_text_of_a_console_call() {
    let (runtime, endpoints) = runtime(options());
    let mut debugger = attach(&endpoints);
    runtime.eval("const long = 'x'.repeat(1 << 20); 0").expect("it runs");
    let programs = [
        // Formats in formats.
        "console.log(...new Array(3_000).fill('%s'.repeat(5_000)))",
        // Many objects to make text of.
        "const o = {}; for (let i = 0; i < 100; i++) o[i] = Array(100).fill('x'.repeat(1_000));
            console.log('%s'.repeat(5_000), ...new Array(2_000).fill(o))",
        "console.log(long.repeat(4))",
        // What V8 would make one long text of.
        "console.log(Array(100).fill(long))",
        "console.log([[Array(100).fill(long)]])",
        "console.log(Array(100).fill(new Error(long)))",
        "console.log(Array(100).fill(Symbol(long)))",
        "console.log([2n ** 60_000_000n])",
        "console.log(2n ** 60_000_000n)",
    ];
    for program in programs {
        runtime.eval(format!("{{ {program} }}")).expect("it runs");
        let arguments = &debugger.event("Runtime.consoleAPICalled")["args"];
        assert_eq!(arguments[0]["type"], "string", "{program}");
        let length = arguments.to_string().len();
        assert!(length < 3 << 20, "{program}: {length} bytes");
    }
    runtime.eval("console.log(Array(9_000).fill('short'), new Error('e'))").expect("it runs");
    let arguments = &debugger.event("Runtime.consoleAPICalled")["args"];
    assert_eq!((&arguments[0]["type"], &arguments[1]["type"]), (&json!("object"), &json!("object")));
}
