//! Calls that wait side by side: what stops one stops nothing of the others.

use jsrun::CallCanceller;

use crate::scene::{LONG, Scene};
use crate::support::with_a_deadline;

const FOREVER: &str = "new Promise(() => setInterval(() => {}, 1e6))";

/// A callback in which the thread is busy, JavaScript all the time but for a moment now and then, until it is released.
const BUSY: &str = "new Promise((done) => {
    setTimeout(() => { say('busy'); while (!released()) busy(5); say('whole'); done('done') }, 1) })";

#[test]
fn a_stopped_call_goes_no_further_than_the_function_of_the_host_that_it_is_in() {
    for code in ["hold(); say('on')", "gate().then(() => { hold(); say('on') })"] {
        let scene = Scene::new();
        scene.begin("second", FOREVER, LONG);
        let first = scene.begin("first", code, LONG);
        if code.contains("gate") {
            scene.open(1);
        }
        assert_eq!(scene.hear(), "held");
        first.cancel();
        scene.release();
        assert_eq!(scene.hear(), "first: cancelled", "{code}");
    }
}

#[test]
fn cancelling_a_call_lets_a_callback_of_another_come_to_its_end() {
    let scene = Scene::new();
    let first = scene.begin("first", FOREVER, LONG);
    scene.begin("second", BUSY, LONG);
    assert_eq!(scene.hear(), "busy");
    first.cancel();
    // The first one's answer does not wait for the second one's callback.
    assert_eq!(scene.hear(), "first: cancelled");
    scene.release();
    assert_eq!(scene.hear(), "whole");
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn a_deadline_lets_a_callback_of_another_call_come_to_its_end() {
    with_a_deadline(|wall| {
        let scene = Scene::new();
        scene.begin("first", FOREVER, wall);
        scene.begin("second", BUSY, LONG);
        if scene.hear() != "busy" {
            return false;
        }
        assert_eq!(scene.hear(), "first: too late");
        scene.release();
        assert_eq!(scene.hear(), "whole");
        assert_eq!(scene.hear(), "second: done");
        true
    });
}

#[test]
fn an_endless_continuation_is_stopped_and_others_lose_nothing() {
    let test = |wall, ending, stop: fn(&CallCanceller)| {
        let scene = Scene::new();
        let others = "(async () => { await gate(); await null; return 'done' })()";
        scene.begin("second", others, LONG);
        let timer = "new Promise((done) => setTimeout(() => gate().then(() => done('done')), 1))";
        scene.begin("third", timer, LONG);
        scene.wait_for_gates(2);
        let endless = "(async () => { await gate(); say('endless'); for (;;); })()";
        let first = scene.begin("first", endless, wall);
        // Nobody says anything before the gates are open, unless it is too late for that.
        if scene.hear_before_gates(3).is_some() {
            return false;
        }
        scene.open(3);
        // Those that were settled before may be heard first.
        let mut heard = vec![scene.hear()];
        while heard.last().is_some_and(|word| word != "endless") {
            if heard.last().is_some_and(|word| word == ending) {
                return false;
            }
            heard.push(scene.hear());
        }
        stop(&first);
        while heard.len() < 4 {
            heard.push(scene.hear());
        }
        heard.sort();
        assert_eq!(heard, ["endless", ending, "second: done", "third: done"]);
        true
    };
    assert!(test(LONG, "first: cancelled", CallCanceller::cancel));
    with_a_deadline(|wall| test(wall, "first: too late", |_| {}));
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
    scene.turn();
    first.cancel();
    assert_eq!(scene.hear(), "first: cancelled");
    scene.open(1);
    assert_eq!(scene.hear(), "opened");
    assert_eq!(scene.hear(), "second: done");
}

#[test]
fn timers_go_on_after_a_stop_amid_those_that_were_due() {
    with_a_deadline(|wall| {
        let scene = Scene::new();
        scene.runtime.eval("setInterval(() => globalThis.tick?.(), 1); 0").expect("it runs");
        let endless = "setTimeout(() => { say('endless'); for (;;); }, 1); new Promise(() => {})";
        scene.begin("first", endless, wall);
        if scene.hear() != "endless" {
            return false;
        }
        assert_eq!(scene.hear(), "first: too late");
        scene.begin("second", "new Promise((done) => { tick = () => done('done') })", LONG);
        assert_eq!(scene.hear(), "second: done");
        true
    });
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
    let test = |wall, ending, stop: fn(&CallCanceller)| {
        let scene = Scene::new();
        let first = "setInterval(() => {}, 1e6);
            new Promise((r) => { globalThis.open = r; say('begun') }).then(() => { say('endless'); for (;;); })";
        let first = scene.begin("first", first, LONG);
        assert_eq!(scene.hear(), "begun");
        let second = scene.begin("second", "open(); 'done'", wall);
        if scene.hear() != "endless" {
            return false;
        }
        stop(&second);
        assert_eq!(scene.hear(), ending);
        first.cancel();
        assert_eq!(scene.hear(), "first: cancelled");
        scene.begin("third", "'done'", LONG);
        assert_eq!(scene.hear(), "third: done");
        true
    };
    assert!(test(LONG, "second: cancelled", CallCanceller::cancel));
    with_a_deadline(|wall| test(wall, "second: too late", |_| {}));
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
        scene.turn();
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
