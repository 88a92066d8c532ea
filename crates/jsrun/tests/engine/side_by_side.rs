//! Calls that wait side by side: what stops one stops nothing of the others.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jsrun::{Call, CallCanceller, Error, LimitKind, Runtime, Value, async_function};

use crate::support::runtime;

const LONG: Duration = Duration::from_mins(1);

/// What the test hears: words that JavaScript says, and the answers of its calls.
struct Scene {
    runtime: Runtime,
    sender: Sender<String>,
    heard: Receiver<String>,
    /// What `gate()` waits for.
    gates: Arc<Mutex<Vec<oneshot::Sender<()>>>>,
}

impl Scene {
    fn new() -> Self {
        let runtime = runtime();
        let (sender, heard) = mpsc::channel();
        let says = sender.clone();
        let say = move |args: Vec<Value>| {
            says.send(args.first().and_then(Value::as_str).unwrap_or("?").to_owned())
                .expect("the test listens");
            Ok(Value::Undefined)
        };
        runtime.bind_function("say", say).expect("open");
        let gates: Arc<Mutex<Vec<oneshot::Sender<()>>>> = Arc::default();
        let waiting = Arc::clone(&gates);
        runtime
            .bind_function(
                "gate",
                async_function(move |_| {
                    let (opens, opened) = oneshot::channel();
                    waiting.lock().expect("unpoisoned").push(opens);
                    async move {
                        let _ = opened.await;
                        Ok(Value::Undefined)
                    }
                }),
            )
            .expect("open");
        runtime
            .eval("function busy(ms) { const end = Date.now() + ms; while (Date.now() < end) {} }")
            .expect("it runs");
        Self { runtime, sender, heard, gates }
    }

    fn begin(&self, name: &'static str, code: &str, wall: Duration) -> CallCanceller {
        let sender = self.sender.clone();
        self.runtime.begin_call(Call::eval(code).wall(wall).cpu(Duration::MAX), move |result| {
            let text = match result {
                Ok(value) => value.as_str().unwrap_or("?").to_owned(),
                Err(Error::Cancelled) => "cancelled".to_owned(),
                Err(Error::Limit { kind: LimitKind::Wall, .. }) => "too late".to_owned(),
                Err(error) => error.to_string(),
            };
            sender.send(format!("{name}: {text}")).expect("the test listens");
        })
    }

    fn hear(&self) -> String {
        self.heard.recv_timeout(LONG).expect("something is said")
    }

    /// Waits until JavaScript waits at so many gates.
    fn wait_for_gates(&self, count: usize) {
        let patience = Instant::now() + LONG;
        while self.gates.lock().expect("unpoisoned").len() < count {
            assert!(
                Instant::now() < patience,
                "there are no {count} gates; heard {:?}",
                self.heard.try_recv()
            );
            std::thread::yield_now();
        }
    }

    /// Opens so many gates, when JavaScript waits there.
    fn open(&self, count: usize) {
        self.wait_for_gates(count);
        let gates = std::mem::take(&mut *self.gates.lock().expect("unpoisoned"));
        for gate in gates {
            // A call that is over waits no more.
            let _ = gate.send(());
        }
    }
}

const FOREVER: &str = "new Promise(() => setInterval(() => {}, 1e6))";

#[test]
fn cancelling_a_call_lets_a_callback_of_another_come_to_its_end() {
    let scene = Scene::new();
    let first = scene.begin("first", FOREVER, LONG);
    // The first one's answer does not wait for the second one's callback.
    let second = "new Promise((done) => setTimeout(() => { say('busy'); busy(1_500); say('whole'); done('done') }, 1))";
    scene.begin("second", second, LONG);
    assert_eq!(scene.hear(), "busy");
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
    assert_eq!(scene.hear(), "whole");
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn a_deadline_lets_a_callback_of_another_call_come_to_its_end() {
    let scene = Scene::new();
    scene.begin("first", FOREVER, Duration::from_millis(50));
    let second = "new Promise((done) => setTimeout(() => { say('busy'); busy(1_000); say('whole'); done('done') }, 1))";
    scene.begin("second", second, LONG);
    assert_eq!(scene.hear(), "busy");
    assert_eq!(scene.hear(), "first: too late");
    assert_eq!(scene.hear(), "whole");
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn an_endless_continuation_is_stopped_and_others_lose_nothing() {
    for (stop, wall) in [(true, LONG), (false, Duration::from_millis(300))] {
        let scene = Scene::new();
        let endless = "(async () => { await gate(); say('endless'); for (;;); })()";
        let first = scene.begin("first", endless, wall);
        let others = "(async () => { await gate(); await null; return 'done' })()";
        scene.begin("second", others, LONG);
        scene.begin(
            "third",
            "new Promise((done) => setTimeout(() => gate().then(() => done('done')), 1))",
            LONG,
        );
        scene.open(3);
        // Those that were settled before may be heard first.
        let mut heard = vec![scene.hear()];
        while heard.last().is_some_and(|word| word != "endless") {
            heard.push(scene.hear());
        }
        if stop {
            first.cancel();
        }
        while heard.len() < 4 {
            heard.push(scene.hear());
        }
        heard.sort();
        let ending = if stop { "first: cancelled" } else { "first: too late" };
        assert_eq!(heard, ["endless", ending, "second: done", "third: done"]);
    }
}

#[test]
fn what_a_stopped_call_left_is_stopped_where_it_is_met() {
    let scene = Scene::new();
    // The continuation begins when the call is over already: a timer of another call brings it about.
    let second = "gate().then(() => new Promise((done) => {
        setTimeout(() => { open(); say('opened') }, 1); setInterval(() => globalThis.opened && done('done'), 1)
        setTimeout(() => { globalThis.opened = true }, 20) }))";
    scene.begin("second", second, LONG);
    let first =
        "(async () => { await new Promise((r) => { globalThis.open = r; say('begun') }); for (;;); })()";
    let first = scene.begin("first", first, LONG);
    assert_eq!(scene.hear(), "begun");
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
    scene.open(1);
    assert_eq!(scene.hear(), "opened");
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn timers_go_on_after_a_stop_amid_those_that_were_due() {
    let scene = Scene::new();
    scene.runtime.eval("setInterval(() => globalThis.tick?.(), 1); 0").expect("it runs");
    let endless = "setTimeout(() => { say('endless'); for (;;); }, 1); new Promise(() => {})";
    scene.begin("first", endless, Duration::from_millis(50));
    assert_eq!(scene.hear(), "endless");
    assert_eq!(scene.hear(), "first: too late");
    scene.begin("second", "new Promise((done) => { tick = () => done('done') })", LONG);
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn a_stopped_call_takes_its_own_timers_and_host_calls_and_no_others() {
    let scene = Scene::new();
    // Made in a continuation, after its synchronous part.
    let first = "(async () => { await null; await new Promise((r) => setTimeout(r, 1));
        setInterval(() => say('first ticks'), 1e6); queueMicrotask(() => setTimeout(() => {}, 1e6)); gate();
        AbortSignal.timeout(1e6); await null; say('made'); await new Promise(() => {}); })()";
    let first = scene.begin("first", first, LONG);
    assert_eq!(scene.hear(), "made");
    let second = "setTimeout(() => {}, 1e6); gate().then(() => 'done')";
    scene.begin("second", second, LONG);
    scene.wait_for_gates(2);
    let stats = scene.runtime.stats().expect("open");
    assert_eq!((stats.active_timers, stats.active_intervals, stats.active_async_ops), (3, 1, 2));
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
    let stats = scene.runtime.stats().expect("open");
    assert_eq!((stats.active_timers, stats.active_intervals, stats.active_async_ops), (1, 0, 1));
    scene.open(2);
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn what_one_call_throws_is_no_other_calls_error() {
    for throws in [
        "setTimeout(() => { throw new RangeError('mine') }, 1); new Promise(() => {})",
        "queueMicrotask(() => { gate().then(() => { throw new RangeError('mine') }) }); new Promise(() => {})",
        "(async () => { await gate(); Promise.reject(new RangeError('mine')); await new Promise(() => {}) })()",
        "(async () => { await gate(); queueMicrotask(() => { throw new RangeError('mine') }); await new Promise(() => {}) })()",
    ] {
        let scene = Scene::new();
        scene.begin("second", "gate().then(() => gate()).then(() => 'done')", LONG);
        scene.wait_for_gates(1);
        scene.begin("first", throws, LONG);
        let gates = 1 + usize::from(throws.contains("gate"));
        scene.open(gates);
        let heard = scene.hear();
        assert!(heard.starts_with("first: RangeError: mine (<eval>:1:"), "{throws}: {heard}");
        scene.open(1);
        assert_eq!(scene.hear(), "second: done", "{throws}");
    }
}

#[test]
fn a_module_of_one_call_is_not_stopped_with_another() {
    let scene = Scene::new();
    let loop_forever = "say('endless'); for (;;);";
    scene.runtime.add_static_module("endless", loop_forever).expect("open");
    let slow = "await gate(); say('whole'); export const it = 'done';";
    scene.runtime.add_static_module("slow", slow).expect("open");
    scene.begin("second", "import('slow').then((slow) => slow.it)", LONG);
    scene.wait_for_gates(1);
    let first = scene.begin("first", "import('endless')", LONG);
    assert_eq!(scene.hear(), "endless");
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
    scene.open(1);
    assert_eq!(scene.hear(), "whole");
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn a_call_is_stopped_that_cannot_be_asked() {
    // Arithmetic with large numbers looks for nothing but the end of execution.
    let scene = Scene::new();
    scene.begin("second", FOREVER, LONG);
    let computes = "say('computes'); let x = 3n ** 300_000n; for (;;) x = x * x % 7n ** 300_000n";
    let first = scene.begin("first", computes, LONG);
    assert_eq!(scene.hear(), "computes");
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
}

#[test]
fn a_call_ends_in_time_while_it_runs_a_continuation_of_another() {
    for (stop, wall) in [(true, LONG), (false, Duration::from_millis(100))] {
        let scene = Scene::new();
        let first = "setInterval(() => {}, 1e6);
            new Promise((r) => { globalThis.open = r; say('begun') }).then(() => { say('endless'); for (;;); })";
        let first = scene.begin("first", first, LONG);
        assert_eq!(scene.hear(), "begun");
        let second = scene.begin("second", "open(); 'done'", wall);
        assert_eq!(scene.hear(), "endless");
        if stop {
            second.cancel();
        }
        assert_eq!(scene.hear(), if stop { "second: cancelled" } else { "second: too late" });
        first.cancel();
        assert_eq!(scene.hear(), "first: cancelled");
        scene.begin("third", "'done'", LONG);
        assert_eq!(scene.hear(), "third: done");
    }
}

#[test]
fn what_a_stopped_call_throws_later_is_no_other_calls_error() {
    for throws in [
        "(async () => { await opened; throw new Error('late') })()",
        "opened.then(() => queueMicrotask(() => { throw new Error('late') }))",
    ] {
        let scene = Scene::new();
        let first = format!(
            "globalThis.opened = new Promise((r) => {{ globalThis.open = r }}); {throws}; say('begun'); {FOREVER}"
        );
        let first = scene.begin("first", &first, LONG);
        assert_eq!(scene.hear(), "begun");
        first.cancel();
        assert_eq!(scene.hear(), "first: cancelled");
        // In the synchronous part of another call.
        scene.begin("second", "open(); 'done'", LONG);
        assert_eq!(scene.hear(), "second: done", "{throws}");
        scene.begin("third", "gate().then(() => 'done')", LONG);
        scene.open(1);
        assert_eq!(scene.hear(), "third: done", "{throws}");
    }
}

/// A module that says when it begins, waits at the gate, and exports `it`. It begins when shorter ones are done.
const SLOW: &str =
    "await 0; await 0; await 0; await 0; say('begun'); await gate(); say('whole'); export const it = 'done';";

#[test]
fn a_module_that_a_stopped_call_was_evaluating_is_evaluated_anew() {
    for import in [
        "import('slow').then((slow) => slow.it)",
        "import('around').then((around) => around.it)",
        "import('first').then(() => import('around')).then((around) => around.it)",
    ] {
        let scene = Scene::new();
        scene.runtime.add_static_module("slow", SLOW).expect("open");
        scene.runtime.add_static_module("first", "say('first'); await null").expect("open");
        let around = "import 'first'; export * from 'slow'; say('around');";
        scene.runtime.add_static_module("around", around).expect("open");
        scene.begin("beside", "gate().then(() => 'done')", LONG);
        scene.wait_for_gates(1);
        let first = scene.begin("first", import, LONG);
        let is_around = import.contains("around");
        if is_around {
            assert_eq!(scene.hear(), "first");
        }
        assert_eq!(scene.hear(), "begun");
        first.cancel();
        assert_eq!(scene.hear(), "first: cancelled");
        scene.begin("second", import, LONG);
        // What had come to its end stays as it is.
        let begun = scene.hear();
        assert_eq!(begun, "begun", "{import}");
        scene.open(3);
        let mut heard: Vec<_> = (0..if is_around { 4 } else { 3 }).map(|_| scene.hear()).collect();
        heard.sort();
        let around = is_around.then_some("around");
        let expected: Vec<_> = around.into_iter().chain(["beside: done", "second: done", "whole"]).collect();
        assert_eq!(heard, expected, "{import}");
    }
}

#[test]
fn an_import_that_waits_for_a_stopped_calls_evaluation_makes_its_own() {
    for import in ["import('slow')", "import('around')"] {
        let scene = Scene::new();
        scene.runtime.add_static_module("slow", SLOW).expect("open");
        scene.runtime.add_static_module("marker", "say('marked')").expect("open");
        scene.runtime.add_static_module("around", "export * from 'slow'; import 'marker'").expect("open");
        let first = scene.begin("first", "import('slow')", LONG);
        assert_eq!(scene.hear(), "begun");
        let second = format!("{import}.then((module) => module.it)");
        scene.begin("second", &second, LONG);
        if import.contains("around") {
            assert_eq!(scene.hear(), "marked");
        }
        first.cancel();
        assert_eq!(scene.hear(), "first: cancelled");
        assert_eq!(scene.hear(), "begun");
        scene.open(2);
        assert_eq!(scene.hear(), "whole");
        assert_eq!(scene.hear(), "second: done");
    }
}

#[test]
fn a_module_that_was_stopped_amid_its_evaluation_is_evaluated_anew() {
    let scene = Scene::new();
    let endless = "say('endless'); if (!globalThis.enough) for (;;); export const it = 'done';";
    scene.runtime.add_static_module("endless", endless).expect("open");
    scene.begin("beside", "gate().then(() => 'done')", LONG);
    scene.wait_for_gates(1);
    let first = scene.begin("first", "import('endless')", LONG);
    assert_eq!(scene.hear(), "endless");
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
    scene.begin("second", "enough = true; import('endless').then((endless) => endless.it)", LONG);
    assert_eq!(scene.hear(), "endless");
    assert_eq!(scene.hear(), "second: done");
    scene.open(1);
    assert_eq!(scene.hear(), "beside: done");
}
