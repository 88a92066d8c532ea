//! Modules that calls side by side import: one that is stopped takes none from the others.

use crate::scene::{LONG, Scene};

/// An import that a call goes on after.
const IMPORT_AND_WAIT: &str = "import('slow').then(() => new Promise(() => setInterval(() => {}, 1e6)))";

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
        scene.wait_for_gates(2);
        scene.turn();
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
        scene.wait_for_gates(1);
        scene.turn();
        let second = format!("{import}.then((module) => module.it)");
        scene.begin("second", &second, LONG);
        if import.contains("around") {
            assert_eq!(scene.hear(), "marked");
        }
        scene.turn();
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

#[test]
fn a_module_is_evaluated_anew_that_was_stopped_before_it_waited() {
    let scene = Scene::new();
    let slow = "await null; hold(); await gate(); say('whole'); export const it = 'done';";
    scene.runtime.add_static_module("slow", slow).expect("open");
    scene.begin("beside", "gate().then(() => 'done')", LONG);
    scene.wait_for_gates(1);
    let import = "import('slow').then((slow) => slow.it)";
    let first = scene.begin("first", import, LONG);
    assert_eq!(scene.hear(), "held");
    scene.begin("second", import, LONG);
    first.cancel();
    scene.release();
    assert_eq!(scene.hear(), "first: cancelled");
    assert_eq!(scene.hear(), "held");
    scene.release();
    scene.wait_for_gates(2);
    scene.open(2);
    let mut heard = [scene.hear(), scene.hear(), scene.hear()];
    heard.sort();
    assert_eq!(heard, ["beside: done", "second: done", "whole"]);
}

#[test]
fn an_import_that_waits_for_a_module_makes_its_own_when_that_is_stopped_amid_a_continuation() {
    for import in ["import('slow')", "import('around')"] {
        let scene = Scene::new();
        let slow = "await gate(); hold(); await gate(); say('whole'); export const it = 'done';";
        scene.runtime.add_static_module("slow", slow).expect("open");
        scene.runtime.add_static_module("around", "export * from 'slow'; say('around')").expect("open");
        let first = scene.begin("first", "import('slow')", LONG);
        scene.wait_for_gates(1);
        let second = format!("{import}.then((module) => module.it)");
        scene.begin("second", &second, LONG);
        scene.turn();
        scene.open(1);
        assert_eq!(scene.hear(), "held");
        first.cancel();
        scene.release();
        assert_eq!(scene.hear(), "first: cancelled");
        scene.open(1);
        assert_eq!(scene.hear(), "held");
        scene.release();
        scene.open(1);
        assert_eq!(scene.hear(), "whole");
        if import.contains("around") {
            assert_eq!(scene.hear(), "around");
        }
        assert_eq!(scene.hear(), "second: done");
    }
}

#[test]
fn a_module_is_its_importers_also_when_it_waited_for_a_module_of_another_call() {
    for body in ["hold()", "await gate(); hold()", "hold(); await gate()", "await 0; hold()"] {
        let scene = Scene::new();
        scene.runtime.add_static_module("slow", "await gate(); say('whole')").expect("open");
        scene.runtime.add_static_module("beside", "say('beside')").expect("open");
        let around = format!("import 'slow'; import 'beside'; {body}; export const it = 'done'");
        scene.runtime.add_static_module("around", around).expect("open");
        let first = scene.begin("first", IMPORT_AND_WAIT, LONG);
        scene.wait_for_gates(1);
        scene.begin("second", "import('around').then((around) => around.it)", LONG);
        // What does not wait for the other call's does not wait.
        assert_eq!(scene.hear(), "beside");
        scene.turn();
        scene.open(1);
        assert_eq!(scene.hear(), "whole");
        if body.starts_with("await gate()") {
            scene.open(1);
        }
        assert_eq!(scene.hear(), "held");
        first.cancel();
        scene.release();
        assert_eq!(scene.hear(), "first: cancelled", "{body}");
        if body.ends_with("await gate()") {
            scene.open(1);
        }
        assert_eq!(scene.hear(), "second: done", "{body}");
    }
}

#[test]
fn an_import_fails_at_once_though_it_waits_for_a_module_of_another_call() {
    let scene = Scene::new();
    scene.runtime.add_static_module("slow", "await gate()").expect("open");
    scene.runtime.add_static_module("bad", "await 0; throw new RangeError('bad')").expect("open");
    scene.runtime.add_static_module("around", "import 'slow'; import 'bad'; say('around')").expect("open");
    scene.runtime.add_static_module("wrong", "import 'bad'; import { none } from 'slow'").expect("open");
    scene.begin("first", "import('slow').then(() => 'done')", LONG);
    scene.wait_for_gates(1);
    scene.begin("second", "import('wrong')", LONG);
    let heard = scene.hear();
    assert!(heard.starts_with("second: SyntaxError: "), "{heard}");
    scene.begin("third", "import('around')", LONG);
    let heard = scene.hear();
    assert!(heard.starts_with("third: RangeError: bad"), "{heard}");
    scene.open(1);
    assert_eq!(scene.hear(), "first: done");
}

#[test]
fn a_module_that_nobody_waits_for_is_evaluated_anew_when_it_was_interrupted() {
    let scene = Scene::new();
    let slow = "await gate(); hold(); export const it = 'done';";
    scene.runtime.add_static_module("slow", slow).expect("open");
    scene.begin("first", "import('slow'); 'over'", LONG);
    assert_eq!(scene.hear(), "first: over");
    scene.begin("second", "new Promise(() => setInterval(() => {}, 1e6))", LONG);
    let third = scene.begin("third", "new Promise(() => setInterval(() => {}, 1e6))", LONG);
    scene.open(1);
    assert_eq!(scene.hear(), "held");
    // It is in the way of a call that is over.
    third.cancel();
    scene.release();
    assert_eq!(scene.hear(), "third: cancelled");
    scene.begin("fourth", "import('slow').then((slow) => slow.it)", LONG);
    scene.open(1);
    assert_eq!(scene.hear(), "held");
    scene.release();
    assert_eq!(scene.hear(), "fourth: done");
}
