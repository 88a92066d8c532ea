//! Calls from the host, and what ends them.

use std::sync::mpsc;
use std::time::Duration;

use jsrun::{Call, CloseReason, Error, LimitKind, Limits, LocalRuntime, Runtime, Value};

use crate::support::{runtime, unhurried};

const FOREVER: &str = "new Promise(() => setInterval(() => {}, 1000))";

fn number(result: Result<Value, Error>) -> String {
    result.expect("it runs").to_string()
}

/// A runtime on this thread, whose calls may take their time.
fn local_runtime() -> LocalRuntime {
    Runtime::builder().limits(unhurried()).build_local().expect("a runtime starts")
}

/// Both layers do the same.
fn both(check: impl Sync + Fn(&mut dyn FnMut(Call, bool) -> Result<Value, Error>)) {
    let threaded = runtime();
    check(&mut |call, wait| if wait { threaded.call_and_wait(call) } else { threaded.call(call) });
    // Another thread, because two runtimes on one are unsupported.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut local = local_runtime();
            check(&mut |call, wait| if wait { local.call_and_wait(call) } else { local.call(call) });
        });
    });
}

#[test]
fn state_lives_on_from_call_to_call() {
    both(|call| {
        call(Call::eval("let a = 1; function f() { return ++a }"), false).expect("it runs");
        assert_eq!(number(call(Call::eval("f()"), false)), "2");
        assert_eq!(number(call(Call::eval("f()"), true)), "3");
    });
}

#[test]
fn scripts_that_are_evaluated_again_run_again() {
    both(|call| {
        for round in 1..=5 {
            let count = "globalThis.count = (globalThis.count ?? 0) + 1";
            assert_eq!(number(call(Call::eval(count), false)), round.to_string());
            // More than are kept, and each of them twice.
            for other in 0..40 {
                for _ in 0..2 {
                    assert_eq!(
                        number(call(Call::eval(format!("{other} + 1")), false)),
                        (other + 1).to_string()
                    );
                }
            }
            let error = call(Call::eval("\n null.x"), false).expect_err("it throws").to_string();
            assert!(error.ends_with("(<eval>:2:7)"), "{error}");
            let declared = call(Call::eval("let once = 1"), false);
            assert_eq!(declared.is_ok(), round == 1, "{declared:?}");
        }
    });
}

#[test]
fn a_stop_leaves_no_platform_half_loaded() {
    const LOAD: &str =
        "new URL('http://a'); structuredClone({}); new ReadableStream(); new Blob([]); for (;;);";
    for micros in (0..4_000).step_by(200) {
        std::thread::spawn(move || {
            let mut runtime = local_runtime();
            let wall = Duration::from_micros(micros);
            let stopped = runtime.call(Call::eval(LOAD).wall(wall));
            assert!(matches!(stopped, Err(Error::Limit { kind: LimitKind::Wall, .. })), "{stopped:?}");
            let all = "[new URL('http://a').href, structuredClone(1), new ReadableStream().locked, new Blob(['x']).size]";
            assert_eq!(number(runtime.call(format!("{all}.join()"))), "\"http://a/,1,false,1\"", "{micros}");
        })
        .join()
        .expect("it is so for each time");
    }
}

#[test]
fn promises_are_waited_for_or_named() {
    both(|call| {
        assert_eq!(number(call(Call::eval("Promise.resolve(1).then((x) => x + 1)"), false)), "2");
        let slow = "new Promise((resolve) => setTimeout(() => resolve(7), 1))";
        assert!(matches!(call(Call::eval(slow), false), Err(Error::Pending)));
        assert_eq!(number(call(Call::eval(slow), true)), "7");
        assert!(matches!(call(Call::eval("new Promise(() => {})"), true), Err(Error::NeverSettles)));
    });
}

#[test]
fn exceptions_tell_their_place_and_leave_the_runtime_usable() {
    both(|call| {
        for (code, wait, text) in [
            ("\n  null.x", false, "TypeError: Cannot read properties of null (reading 'x') (a.js:2:8)"),
            ("Promise.reject(new RangeError('r'))", false, "RangeError: r (a.js:1:16)"),
            ("(async () => { await 1; throw new Error('late') })()", true, "Error: late (a.js:1:31)"),
            ("let 1", false, "SyntaxError: Unexpected number (a.js:1:5)"),
            ("throw 'text'", false, "Uncaught 'text' (a.js:1:1)"),
            ("Promise.reject(new Error('nobody')); 1", false, "Error: nobody (a.js:1:16)"),
            (
                "setTimeout(() => { throw new Error('timer') }, 0); new Promise(() => {})",
                true,
                "Error: timer (a.js:1:26)",
            ),
        ] {
            let error = call(Call::eval(code).named("a.js"), wait).expect_err(code);
            assert_eq!(error.to_string(), text, "{code}");
            assert_eq!(number(call(Call::eval("1 + 1"), false)), "2");
        }
    });
}

#[test]
fn limits_stop_calls_and_not_the_runtime() {
    both(|call| {
        let short = Duration::from_millis(50);
        for (code, wait) in [
            ("for (;;);", false),
            ("for (;;);", true),
            (FOREVER, true),
            ("(async () => { await null; for (;;); })()", true),
            ("setTimeout(() => { for (;;); }, 0); new Promise(() => {})", true),
        ] {
            let error = call(Call::eval(code).wall(short), wait).expect_err(code);
            assert!(matches!(error, Error::Limit { kind: LimitKind::Wall, .. }), "{code}: {error:?}");
            assert_eq!(error.to_string(), "wall time limit exceeded (0.05 s)");
            // What it left behind is gone: nothing keeps the event loop busy.
            let idle = call(Call::eval("new Promise(() => {})"), true);
            assert!(matches!(idle, Err(Error::NeverSettles)), "{code}: {idle:?}");
        }
        let error = call(Call::eval("for (;;);").cpu(short), false).expect_err("CPU time");
        assert!(matches!(error, Error::Limit { kind: LimitKind::Cpu, .. }), "{error:?}");
        assert_eq!(number(call(Call::eval("1 + 1"), true)), "2");
    });
}

#[test]
fn a_stopped_call_takes_only_its_own_timers() {
    let runtime = runtime();
    runtime.eval("globalThis.ticks = 0; setInterval(() => ++ticks, 1)").expect("it runs");
    let error = runtime.call_and_wait(Call::eval(FOREVER).wall(Duration::from_millis(30)));
    assert!(matches!(error, Err(Error::Limit { .. })), "{error:?}");
    let later = "const t = ticks; new Promise((r) => { const i = setInterval(() => ticks > t && r(1), 1) })";
    assert_eq!(number(runtime.call_and_wait(later)), "1");
}

#[test]
fn memory_closes_the_runtime() {
    for code in [
        "const a = []; for (;;) a.push(new Array(1000).fill(0))",
        "const b = []; for (;;) b.push(new Uint8Array(1 << 20))",
    ] {
        let runtime = Runtime::builder()
            .limits(Limits { memory: jsrun::ByteSize::mib(32), ..unhurried() })
            .build()
            .expect("a runtime starts");
        let error = runtime.eval(code).expect_err(code);
        assert!(matches!(error, Error::Limit { kind: LimitKind::Memory, .. }), "{code}: {error:?}");
        let error = runtime.eval("1").expect_err("closed");
        assert!(matches!(error, Error::Closed(CloseReason::Memory)), "{error:?}");
    }
}

#[test]
fn heap_and_buffers_share_a_limit_unless_buffers_have_their_own() {
    let limits = Limits { memory: jsrun::ByteSize::mib(64), ..unhurried() };
    let half_each = "globalThis.h = []; for (let i = 0; i < 40; i++) h.push(new Array(131072).fill(0.5));
                     globalThis.b = new Uint8Array(40 << 20); 'fits'";
    let shared = Runtime::builder().limits(limits).build().expect("a runtime starts");
    let error = shared.eval(half_each).expect_err("80 MiB in 64");
    assert!(matches!(error, Error::Limit { kind: LimitKind::Memory, .. }), "{error:?}");
    let separate = Runtime::builder().limits(limits).buffers(jsrun::ByteSize::mib(64)).build();
    let separate = separate.expect("a runtime starts");
    assert_eq!(separate.eval(half_each).expect("64 MiB each").as_str(), Some("fits"));
}

#[test]
fn too_many_timers_and_too_long_sources_are_refused() {
    let runtime = Runtime::builder()
        .most_timers(3)
        .largest_source(jsrun::ByteSize::bytes(100))
        .build()
        .expect("a runtime starts");
    let error = runtime.eval("for (let i = 0; i < 4; i++) setTimeout(() => {}, 1e6)").expect_err("too many");
    assert!(
        error.to_string().starts_with("RangeError: too many timers are waiting: the limit is 3"),
        "{error}"
    );
    assert_eq!(runtime.stats().expect("open").active_timers, 3);
    let freed = "for (let id = 1; id < 100; id++) clearTimeout(id); setInterval(() => {}, 1e6); 'room'";
    assert_eq!(runtime.eval(freed).expect("there is room").as_str(), Some("room"));
    let stats = runtime.stats().expect("open");
    assert_eq!((stats.active_timers, stats.active_intervals), (0, 1));

    let error = runtime.eval("/".repeat(101)).expect_err("too long");
    assert_eq!(error.to_string(), "the source has 101 bytes, and the limit is 100 B");
}

#[test]
fn calls_wait_side_by_side() {
    let runtime = runtime();
    // With something that the event loop waits for: without it nothing could settle the promise.
    let gate =
        "setInterval(() => {}, 1e6); globalThis.gate = new Promise((open) => { globalThis.open = open }); 0";
    runtime.eval(gate).expect("it runs");
    let (sender, answers) = mpsc::channel();
    for name in ["first", "second"] {
        let sender = sender.clone();
        runtime.begin_call(format!("gate.then((x) => '{name} ' + x)"), move |result| {
            sender.send(result.expect("it runs")).expect("the test listens");
        });
    }
    // Served while both wait.
    runtime.eval("open('through')").expect("it runs");
    for expected in ["first through", "second through"] {
        let answer = answers.recv().expect("an answer");
        assert_eq!(answer.as_str(), Some(expected));
    }
}

#[test]
fn queued_calls_are_served_in_order_however_many_wait() {
    const CALLS: usize = 2_000;
    let runtime = runtime();
    let (release, held) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(held);
    let (entered, entries) = mpsc::channel();
    runtime
        .bind_function("hold", move |_: Vec<Value>| {
            entered.send(()).expect("the test listens");
            let _ = gate.lock().expect("one thread").recv();
            Ok(Value::Undefined)
        })
        .expect("it binds");
    let (sender, answers) = mpsc::channel();
    let holding = Call::eval("hold(); globalThis.log = []; setTimeout(() => {}, 1e6); 0").wall(Duration::MAX);
    runtime.queue_call(holding, |result| drop(result.expect("it runs")));
    entries.recv().expect("it runs");
    for n in 0..CALLS {
        let sender = sender.clone();
        // Those in front wait for the last. With the timer there is always something that could settle their promises.
        let code = format!(
            "log.push({n}) < {CALLS} ? new Promise((r) => (globalThis.wake ??= []).push(r)) : wake.map((r) => r(1)).length"
        );
        let call = Call::eval(code).wall(Duration::MAX).cpu(Duration::MAX);
        runtime.queue_call(call, move |result| sender.send(number(result)).expect("the test listens"));
    }
    drop(sender);
    release.send(()).expect("it is held");
    let answers: Vec<String> = answers.iter().take(CALLS).collect();
    assert_eq!(answers.iter().filter(|answer| *answer == "1").count(), CALLS - 1);
    let in_order = runtime.eval(format!("log.length === {CALLS} && log.every((n, index) => n === index)"));
    assert_eq!(in_order.expect("it runs"), Value::Boolean(true));
}

#[test]
fn queued_calls_end_with_the_runtime() {
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    for _ in 0..3_000 {
        let sender = sender.clone();
        runtime.queue_call(Call::eval("for (;;);").wall(Duration::MAX), move |result| {
            sender.send(result).expect("the test listens");
        });
    }
    runtime.close();
    drop(sender);
    let mut count = 0;
    for answer in answers {
        assert!(matches!(answer, Err(Error::Closed(_))), "{answer:?}");
        count += 1;
    }
    assert_eq!(count, 3_000);
    runtime.queue_call("1", |result| assert!(matches!(result, Err(Error::Closed(_))), "{result:?}"));
}

#[test]
fn one_calls_deadline_leaves_the_others_waiting() {
    let runtime = runtime();
    runtime.eval("globalThis.gate = new Promise((open) => { globalThis.open = open }); 0").expect("it runs");
    let (sender, answers) = mpsc::channel();
    runtime.begin_call("setInterval(() => {}, 1e6); gate", move |result| {
        sender.send(result).expect("the test listens");
    });
    let error = runtime.call_and_wait(Call::eval(FOREVER).wall(Duration::from_millis(30)));
    assert!(matches!(error, Err(Error::Limit { kind: LimitKind::Wall, .. })), "{error:?}");
    runtime.eval("open(5)").expect("it runs");
    assert_eq!(number(answers.recv().expect("an answer")), "5");
}

#[test]
fn dropping_a_future_stops_its_javascript() {
    let runtime = runtime();
    let tokio = tokio::runtime::Builder::new_current_thread().build().expect("tokio starts");
    tokio.block_on(async {
        let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
        runtime
            .bind_function("started", move |_: Vec<Value>| {
                started.send(()).expect("the test listens");
                Ok(Value::Undefined)
            })
            .expect("it binds");
        for code in ["started(); for (;;);", "(async () => { await null; started(); for (;;); })()"] {
            let endless = runtime.call_async(Call::eval(code).wall(Duration::MAX).cpu(Duration::MAX));
            tokio::select! {
                result = endless => panic!("{result:?}"),
                _ = starts.recv() => {}
            }
            // Served because the loop before it was stopped.
            let value = runtime.eval_async("1 + 1").await;
            assert_eq!(number(value), "2", "{code}");
        }
    });
}

#[test]
fn a_cancelled_call_that_waits_is_over() {
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    let call = runtime.begin_call(Call::eval(FOREVER).wall(Duration::MAX), move |result| {
        sender.send(result).expect("the test listens");
    });
    call.cancel();
    assert!(matches!(answers.recv().expect("an answer"), Err(Error::Cancelled)));
    assert_eq!(number(runtime.eval("1 + 1")), "2");
}

#[test]
fn stats_count_what_happened() {
    let runtime = runtime();
    runtime.eval("globalThis.held = (x) => x").expect("it runs");
    let Value::Function(function) = runtime.eval("held").expect("a function") else { panic!() };
    runtime.call_function(&function, []).expect("it runs");
    runtime.call_and_wait("1").expect("it runs");
    let stats = runtime.stats().expect("open");
    let counts = [
        jsrun::ExecutionKind::EvalSync,
        jsrun::ExecutionKind::EvalAsync,
        jsrun::ExecutionKind::FunctionSync,
        jsrun::ExecutionKind::FunctionAsync,
    ]
    .map(|kind| stats.counts.get(kind));
    assert_eq!(counts, [2, 1, 1, 0]);
    assert_eq!(stats.last_execution_kind.map(jsrun::ExecutionKind::as_str), Some("eval_async"));
    assert_eq!(stats.tracked_functions, 1);
    assert!(stats.heap_used.as_u64() > 0 && stats.heap_peak >= stats.heap_used);
    assert!(stats.cpu_time > Duration::ZERO && stats.total_execution >= stats.last_execution);
    drop(function);
    assert_eq!(runtime.stats().expect("open").tracked_functions, 0);
}

#[test]
fn modules_give_their_namespace() {
    both(|call| {
        // The runtime has no modules of its own: what is tried is told.
        let error = call(Call::module("nowhere"), false).expect_err("unknown");
        assert!(
            error.to_string().starts_with("TypeError: Module import failed: cannot find \"nowhere\""),
            "{error}"
        );
    });
    let runtime = runtime();
    for (name, source) in [
        (
            "base",
            "export const n = 2; export default class {}; globalThis.loads = (globalThis.loads ?? 0) + 1;",
        ),
        ("sum.ts", "import { n } from 'base'; export const sum: number = n + 1; export function f() {}"),
        ("slow", "export const late = await new Promise((r) => setTimeout(() => r('late'), 1));"),
        ("broken", "export const a = 1;\n  throw new RangeError('here');"),
        ("wrong", "export const = 1;"),
    ] {
        runtime.add_static_module(name, source).expect("open");
    }
    let namespace = runtime.eval_module("static:sum.ts").expect("it loads");
    assert_eq!(namespace.get("sum"), Some(&Value::from(3)));
    assert!(matches!(namespace.get("f"), Some(Value::Function(_))));
    runtime.eval_module("base").expect("it is loaded");
    assert_eq!(number(runtime.eval("loads")), "1");
    assert!(matches!(runtime.eval_module("slow"), Err(Error::Pending)));
    let namespace = runtime.call_and_wait(Call::module("slow")).expect("it loads");
    assert_eq!(namespace.get("late").and_then(Value::as_str), Some("late"));
    for (name, text) in [
        ("broken", "RangeError: here (jsrun://static/broken:2:9)"),
        ("wrong", "SyntaxError: Unexpected token '=' (jsrun://static/wrong:1:14)"),
    ] {
        assert_eq!(runtime.eval_module(name).expect_err(name).to_string(), text);
    }
    let counts = runtime.stats().expect("open").counts;
    assert_eq!(counts.get(jsrun::ExecutionKind::ModuleAsync), 1);
}

#[test]
fn typescript_positions_are_those_of_the_source() {
    both(|call| {
        let source = "interface A { x: number }\nconst a = { x: 1 } as A;\nfunction f(a: A): never { throw new Error('t') }\nf(a)";
        let error = call(Call::eval(source).named("a.ts"), false).expect_err("it throws");
        assert_eq!(error.to_string(), "Error: t (a.ts:3:27)");
        let call_with = Call::eval("const n: number = 20; n + 1").language(jsrun::Language::TypeScript);
        assert_eq!(number(call(call_with, false)), "21");
        let error = call(Call::eval("let x: = 1").named("b.ts"), false).expect_err("no TypeScript");
        assert!(error.to_string().ends_with("(b.ts:1:8)"), "{error}");
    });
}

#[test]
fn a_late_cancel_leaves_the_other_calls_alone() {
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    let first = sender.clone();
    let waits = "setInterval(() => {}, 1e6); new Promise((r) => { globalThis.end = r })";
    runtime.begin_call(waits, move |result| {
        first.send(result).expect("the test listens");
    });
    let second = runtime.begin_call("'second'", move |result| sender.send(result).expect("the test listens"));
    assert_eq!(number(answers.recv().expect("an answer")), "\"second\"");
    second.cancel();
    runtime.eval("end('first')").expect("it runs");
    assert_eq!(number(answers.recv().expect("an answer")), "\"first\"");
}

#[test]
fn no_cancel_is_lost_while_a_call_begins() {
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    for _ in 0..300 {
        let sender = sender.clone();
        let call = Call::eval("for (;;);").wall(Duration::from_mins(1)).cpu(Duration::MAX);
        let call = runtime.begin_call(call, move |result| sender.send(result).expect("the test listens"));
        call.cancel();
        let error = answers.recv().expect("an answer").expect_err("cancelled");
        assert!(matches!(error, Error::Cancelled), "{error:?}");
    }
}

#[test]
fn busy_callers_do_not_starve_those_who_wait() {
    let runtime = runtime();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    runtime.eval("1").expect("it runs");
                }
            });
        }
        let value = runtime.call_and_wait("new Promise((r) => setTimeout(() => r(5), 10))");
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(number(value), "5");
    });
}

#[test]
fn cancelling_everything_cancels_every_call() {
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    for _ in 0..2 {
        let sender = sender.clone();
        runtime.begin_call(Call::eval(FOREVER).wall(Duration::MAX), move |result| {
            sender.send(result).expect("the test listens");
        });
    }
    // Both wait when this has been served.
    runtime.eval("1").expect("it runs");
    runtime.canceller().cancel();
    for _ in 0..2 {
        assert!(matches!(answers.recv().expect("an answer"), Err(Error::Cancelled)));
    }
    assert_eq!(number(runtime.eval("1 + 1")), "2");
}

#[test]
fn blocking_inside_the_event_loop_is_refused() {
    let runtime = runtime();
    let (sender, _answers) = mpsc::channel();
    runtime.begin_call(Call::eval(FOREVER).wall(Duration::MAX), move |result| drop(sender.send(result)));
    let inner = runtime.with(|local| local.call_and_wait("1")).expect("open");
    assert!(matches!(inner, Err(Error::Reentrant)), "{inner:?}");
    assert_eq!(number(runtime.eval("1 + 1")), "2");
}

#[test]
fn what_nobody_holds_does_not_count() {
    let limits = Limits { memory: jsrun::ByteSize::mib(64), ..unhurried() };
    let runtime = Runtime::builder().limits(limits).build().expect("a runtime starts");
    for _ in 0..12 {
        let closure = "(() => { const big = new Array(1 << 20).fill(0.5); return () => big.length })()";
        drop(runtime.eval(closure).expect("8 MiB, and nothing else"));
    }
}

#[test]
fn a_runs_limits_and_leftovers_are_not_the_next_calls() {
    let runtime = runtime();
    let mut request =
        jsrun::RunRequest::new("globalThis.ticks = 0; setInterval(() => ++ticks, 1); for (;;);");
    request.limits.wall = Duration::from_millis(50);
    request.limits.memory = jsrun::ByteSize::mib(16);
    runtime.run(request, |_| ()).expect("open");
    let value = runtime.call_and_wait("new Promise((r) => setTimeout(() => r(ticks), 20))");
    assert_eq!(number(value), "0");
    let more = "globalThis.kept = new Array(4 << 20).fill(0.5); kept.length";
    assert_eq!(number(runtime.eval(more)), "4194304");
}

#[test]
fn limits_that_no_clock_reaches_are_none() {
    let runtime = runtime();
    let almost = Duration::from_secs(u64::MAX);
    assert_eq!(number(runtime.call(Call::eval("1 + 1").wall(Duration::MAX).cpu(almost))), "2");
}

#[test]
fn a_panic_of_a_listener_is_its_own() {
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = Runtime::builder().on_console(|_| panic!("mine")).build().expect("a runtime starts");
    assert_eq!(number(runtime.eval("console.log('x'); 2")), "2");
}

#[test]
fn timers_of_abort_signals_are_counted_and_go_with_their_call() {
    let runtime = Runtime::builder().most_timers(3).build().expect("a runtime starts");
    let signals = "globalThis.signals = [1, 2, 3].map(() => AbortSignal.timeout(1e12)); 0";
    runtime.eval(signals).expect("there may be three");
    assert_eq!(runtime.stats().expect("open").active_timers, 3);
    for code in ["AbortSignal.timeout(1)", "setTimeout(() => {}, 1)"] {
        let error = runtime.eval(code).expect_err("it is one too many");
        assert!(error.to_string().starts_with("RangeError: too many timers"), "{error}");
    }
    // Programs cannot clear them by guessing, and a delay that is longer than any is not taken for the shortest.
    runtime.eval("for (let id = 0; id < 100; ++id) clearTimeout(id); 0").expect("it runs");
    let aborted =
        "new Promise((done) => queueMicrotask(() => done(signals.some((signal) => signal.aborted))))";
    assert_eq!(runtime.call_and_wait(aborted).expect("it settles"), Value::from(false));
    assert_eq!(runtime.stats().expect("open").active_timers, 3);

    let runtime = crate::support::runtime();
    let waits = "AbortSignal.timeout(20).onabort = () => { globalThis.late = globalThis.over }; new Promise(() => {})";
    let stopped = runtime.call_and_wait(Call::eval(waits).wall(Duration::from_millis(1)));
    assert!(matches!(stopped, Err(Error::Limit { .. })), "{stopped:?}");
    assert_eq!(runtime.stats().expect("open").active_timers, 0);
    runtime.eval("globalThis.over = true").expect("it runs");
    let later = "new Promise((done) => setTimeout(() => done(typeof late), 60))";
    assert_eq!(runtime.call_and_wait(later).expect("it settles").as_str(), Some("undefined"));
    let fires = "new Promise((done) => { AbortSignal.timeout(1).onabort = (event) => done(event.type) })";
    assert_eq!(runtime.call_and_wait(fires).expect("it settles").as_str(), Some("abort"));
    assert_eq!(runtime.stats().expect("open").active_timers, 0);
}
