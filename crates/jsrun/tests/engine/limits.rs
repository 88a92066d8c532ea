//! What a limit leaves behind.

use std::time::Duration;

use jsrun::{Error, Runtime, Value};
use jsrun_types::{ByteSize, LimitKind, Limits, Status};

use crate::support::{limited, request, run, runtime, unhurried, value, with_a_deadline};

#[test]
fn a_timeout_leaves_the_runtime_usable_with_its_state() {
    let runtime = runtime();
    assert_eq!(value(&runtime, "var kept = 7; kept"), "7");
    let short = |limits: &mut Limits| limits.wall = Duration::from_millis(50);
    for endless in [
        "while (true) {}",
        "(function again() { Promise.resolve().then(again); })()",
        "new Promise(() => setInterval(() => {}, 1))",
    ] {
        assert_eq!(
            run(&runtime, limited(endless, short)).1.status,
            Status::Limit(LimitKind::Wall),
            "{endless}"
        );
        assert_eq!(value(&runtime, "kept"), "7");
    }
}

#[test]
fn cpu_time_is_not_spent_by_waiting() {
    let runtime = runtime();
    let little = |limits: &mut Limits| limits.cpu = Duration::from_millis(500);
    let waiting = limited("new Promise((resolve) => setTimeout(resolve, 700, 'waited'))", little);
    assert!(matches!(run(&runtime, waiting).1.status, Status::Ok(_)));
    assert_eq!(run(&runtime, limited("while (true) {}", little)).1.status, Status::Limit(LimitKind::Cpu));
    assert_eq!(value(&runtime, "1"), "1");
}

#[test]
fn exceeded_memory_closes_the_runtime_politely() {
    let runtime = runtime();
    let small = |limits: &mut Limits| limits.memory = ByteSize::mib(32);
    let greedy = limited("const all = []; while (true) all.push({ x: [1, 2, 3] });", small);
    assert_eq!(run(&runtime, greedy).1.status, Status::Limit(LimitKind::Memory));
    let after = runtime.run(request("1"), |_| {});
    assert!(matches!(after, Err(Error::Closed(_))), "{after:?}");
}

#[test]
fn a_later_run_may_have_more_memory() {
    let runtime = runtime();
    let little = limited("new Array(1e6).fill(0).length", |limits| limits.memory = ByteSize::mib(32));
    assert!(matches!(run(&runtime, little).1.status, Status::Ok(_)));
    let program = "new Array(6e6).fill(0).map((_, i) => i).length";
    let some = limited(program, |limits| limits.memory = ByteSize::mib(256));
    assert!(matches!(run(&runtime, some).1.status, Status::Ok(_)));
}

#[test]
fn garbage_buffers_do_not_count() {
    let runtime = runtime();
    let small = |limits: &mut Limits| limits.memory = ByteSize::mib(32);
    let wasteful = limited("for (let i = 0; i < 100; ++i) new ArrayBuffer(4 << 20); 'done'", small);
    assert!(matches!(run(&runtime, wasteful).1.status, Status::Ok(_)));
    let greedy = limited("const all = []; while (true) all.push(new ArrayBuffer(4 << 20));", small);
    assert_eq!(run(&runtime, greedy).1.status, Status::Limit(LimitKind::Memory));
}

#[test]
fn bytes_of_the_host_are_the_programs_own_and_count() {
    let limits = Limits { memory: ByteSize::mib(64), ..unhurried() };
    let runtime = Runtime::builder().limits(limits).buffers(ByteSize::mib(8)).build().expect("it starts");
    let function = |code: &str| match runtime.eval(code).expect("it runs") {
        Value::Function(function) => function,
        other => panic!("{other:?}"),
    };
    let give = |function: &jsrun::FunctionHandle| {
        runtime.call_function(function, [Value::Bytes((0..=255).cycle().take(1 << 20).collect())])
    };
    // Grown, shrunk, cut and moved.
    let use_up = function(
        "(bytes) => {
            bytes.fill(7, 0, 2);
            const moved = bytes.buffer.transfer(bytes.length + 1);
            return [bytes.length, moved.byteLength, ...new Uint8Array(moved.slice(0, 4)), new BigUint64Array(moved, 8, 1)[0] > 0n];
        }",
    );
    assert_eq!(give(&use_up).expect("it runs").to_string(), "[0, 1048577, 7, 7, 2, 3, true]");
    // Garbage does not count.
    let look = function("(bytes) => bytes.at(-1)");
    for _ in 0..100 {
        assert_eq!(give(&look).expect("there is room"), Value::from(255));
    }
    let keep = function("const kept = []; (bytes) => kept.push(bytes)");
    let refused = (0..9).find_map(|_| give(&keep).err()).expect("9 MiB are more than 8");
    assert!(matches!(refused, Error::Conversion(_)), "{refused:?}");
    assert_eq!(runtime.eval("kept.splice(0).length > 4").expect("it lives on"), Value::Boolean(true));
    assert_eq!(give(&look).expect("there is room again"), Value::from(255));
}

#[test]
fn a_refused_buffer_does_not_hide_a_full_heap() {
    let runtime = runtime();
    let greedy =
        "try { new ArrayBuffer(1e9); } catch {} const all = []; while (true) all.push({ x: [1, 2, 3] });";
    let greedy = limited(greedy, |limits| limits.memory = ByteSize::mib(32));
    assert_eq!(run(&runtime, greedy).1.status, Status::Limit(LimitKind::Memory));
}

#[test]
fn output_up_to_the_limit_is_kept() {
    let runtime = runtime();
    let little = |limits: &mut Limits| limits.output = ByteSize::kib(4);
    let (events, outcome) = run(&runtime, limited("while (true) console.log('x'.repeat(100))", little));
    assert_eq!(outcome.status, Status::Limit(LimitKind::Output));
    assert!(events.len() > 10, "{} events", events.len());
    assert!(outcome.usage.output <= ByteSize::kib(4));
    let (_, outcome) = run(&runtime, limited("'x'.repeat(5000)", little));
    assert_eq!(outcome.status, Status::Limit(LimitKind::Output), "a value counts too");
}

/// Every place where a program's code can run after its top level has ended, or while the engine shows it.
#[test]
fn no_code_outlives_its_deadline() {
    let runtime = runtime();
    for program in [
        "Error.prepareStackTrace = () => { while (true) {} }; new Error('x').stack",
        "console.log('%s', { toString() { while (true) {} } }); while (true) {}",
        "console.count({ toString() { while (true) {} } })",
        "try { while (true) {} } finally { while (true) {} }",
        "for (;;) { try { while (true) {} } catch {} }",
        "await 1; while (true) {}",
        "setTimeout(() => { while (true) {} }); 1",
        "queueMicrotask(function again() { queueMicrotask(again); }); 1",
        "Promise.reject({ get stack() { while (true) {} }, get message() { while (true) {} } }); while (true) {}",
        "structuredClone({ get x() { while (true) {} } })",
        "JSON.stringify({ toJSON() { while (true) {} } })",
        "[...{ [Symbol.iterator]() { return { next() { while (true) {} } }; } }]",
        "/(a+)+$/.test('a'.repeat(40) + 'b')",
    ] {
        let stopped = run(&runtime, limited(program, |limits| limits.wall = Duration::from_millis(100)));
        assert_eq!(stopped.1.status, Status::Limit(LimitKind::Wall), "{program}");
        assert_eq!(value(&runtime, "delete Error.prepareStackTrace; 1 + 1"), "2", "after {program}");
    }
}

/// The optimising compiler has time here to take the loop's stack check out, if it may.
#[test]
fn optimised_loops_are_stopped() {
    let runtime = runtime();
    for program in
        ["while (true) new Array(1000)", "const a = []; while (true) a[0] = new Array(1000).fill(0)"]
    {
        let stopped = run(&runtime, limited(program, |limits| limits.wall = Duration::from_millis(700)));
        assert_eq!(stopped.1.status, Status::Limit(LimitKind::Wall), "{program}");
    }
    assert_eq!(value(&runtime, "1 + 1"), "2");
}

/// Previews and error reports look at the program's objects without asking them.
#[test]
fn showing_a_value_runs_none_of_its_code() {
    let trap = "let touched = false; const touch = () => { touched = true; };";
    for value_code in [
        "({ get x() { touch(); return 1; } })",
        "new Proxy({}, { get: touch, ownKeys: touch, getOwnPropertyDescriptor: touch, getPrototypeOf: touch })",
        "Object.create(new Proxy({}, { get: touch, has: touch, getPrototypeOf: touch, getOwnPropertyDescriptor: touch }))",
        "Object.defineProperty([1, , 3], 'extra', { get: touch, enumerable: true })",
        "(Object.defineProperty(Object.prototype, 'value', { get: touch, configurable: true }), { get a() { touch(); } })",
        "(Object.defineProperty(Array.prototype, 1, { get: touch, configurable: true }), [1, , 3])",
        "new (class { get [Symbol.toStringTag]() { touch(); return 'x'; } })()",
        "new (class extends Map { get size() { touch(); } entries() { touch(); } })([[1, 2]])",
        "Object.defineProperty(new Error('e'), 'stack', { get: touch })",
        "Object.defineProperty(new Error('e'), 'message', { get: touch })",
        "(Error.prepareStackTrace = touch, new Error('e'))",
        "(Object.defineProperty(RegExp.prototype, 'flags', { get: touch }), /a/g)",
        "(Object.defineProperty(RegExp.prototype, 'global', { get: touch }), /a/g)",
        "(Date.prototype.toISOString = touch, Date.prototype.valueOf = touch, new Date(0))",
        "(Number.prototype.valueOf = touch, new Number(1))",
        "(function () { arguments.length = { valueOf: touch }; return arguments; })(1)",
        "(Object.defineProperty(Array.prototype, 0, { set: touch, configurable: true }), new URL('http://x'))",
        "(() => { const s = new AbortController().signal; for (const k of Object.getOwnPropertySymbols(s)) Object.defineProperty(s, k, { get: touch }); return s; })()",
    ] {
        let runtime = runtime();
        let program = format!(
            "var result; {{ {trap} globalThis.wasTouched = () => touched; result = {value_code}; }} console.log(result, [result]); result"
        );
        run(&runtime, request(&program));
        assert_eq!(value(&runtime, "wasTouched()"), "false", "{value_code}");
        for way in
            ["throw", "await 0; throw", "await Promise.reject", "Promise.reject", "setTimeout(() => { throw"]
        {
            let inspected = ["prepareStackTrace", "RegExp"].iter().any(|name| value_code.contains(name));
            if way.starts_with("await") && inspected {
                // V8's inspector, through which these go, reads a stack and flags as any program would.
                continue;
            }
            let end = if way.starts_with("setTimeout") { " });" } else { ";" };
            let program =
                format!("{{ {trap} globalThis.wasTouched = () => touched; {way} ({value_code}){end} }}");
            run(&runtime, request(&program));
            assert_eq!(value(&runtime, "wasTouched()"), "false", "{way} {value_code}");
        }
    }
}

/// A minute's work that nothing can stop: the run ends all the same, and so does the runtime.
#[test]
fn nobody_waits_for_a_long_derivation_of_keys() {
    let derive = "const key = await crypto.subtle.importKey('raw', new Uint8Array(9), 'PBKDF2', false, ['deriveBits']);
        await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(9), iterations: 4e8 }, key, 512)";
    with_a_deadline(|wall| {
        let runtime = runtime();
        let (_, outcome) = run(&runtime, limited(derive, |limits| limits.wall = wall));
        assert_eq!(outcome.status, Status::Limit(LimitKind::Wall));
        // It lives on where the deadline came before the derivation.
        matches!(runtime.run(request("1"), |_| ()), Err(jsrun::Error::Closed(_)))
    });
    assert_eq!(value(&crate::support::runtime(), "1 + 1"), "2");
}
