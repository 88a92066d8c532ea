//! Scripts that do not become a snapshot, and processes that do not build one.

use std::process::Command;
use std::time::Duration;

use jsrun::{ByteSize, SnapshotError};

use crate::support::{build, builder, command, runtime, start, value};

/// The next snapshot must be fine, whatever happened to the one before.
fn assert_works() {
    assert_eq!(value(&runtime("var fine = 1 + 1"), "fine"), "2");
}

fn error(script: &str) -> SnapshotError {
    build(script).expect_err("this script makes no snapshot")
}

#[test]
fn a_script_that_throws_is_told_with_its_place() {
    let two = builder().script("first.js", "var one = 1").script("second.js", "\n  nowhere()");
    let error = two.build(&mut command()).expect_err("it throws");
    assert_eq!(error.to_string(), "a script failed: ReferenceError: nowhere is not defined (second.js:2:3)");
    let error = self::error("let = =");
    assert!(
        matches!(&error, SnapshotError::Script(exception) if exception.name.as_deref() == Some("SyntaxError")),
        "{error}"
    );
    let error = self::error("Promise.reject(new Error('late')); 0");
    assert!(error.to_string().starts_with("a script failed: Error: late"), "{error}");
    let error = self::error("setTimeout(() => { throw 42; })");
    assert_eq!(error.to_string(), "a script failed: Uncaught 42");
    assert_works();
}

#[test]
fn a_script_that_does_not_end_is_killed() {
    for endless in
        ["while (true) {}", "setInterval(() => {}, 1)", "new MessageChannel().port1.onmessage = () => {}"]
    {
        let endless_one = builder().script("endless.js", endless).wall(Duration::from_millis(300));
        let error = endless_one.build(&mut command()).expect_err("it never ends");
        assert!(matches!(error, SnapshotError::TimedOut(_)), "{endless}: {error}");
    }
    assert_works();
}

#[test]
fn what_scripts_wait_for_is_waited_for() {
    let runtime = runtime(
        "var state = 'early'; setTimeout(() => { state = 'late'; }, 5); Promise.resolve().then(() => { next = 1; }); var next",
    );
    assert_eq!(value(&runtime, "state + next"), "late1");
    assert_eq!(value(&runtime, "await new Promise((resolve) => setTimeout(resolve, 1, 'again'))"), "again");
}

#[test]
fn a_script_that_allocates_without_bound_is_stopped() {
    for greedy in [
        "const all = []; while (true) all.push({ all: [all.length] })",
        "const all = []; while (true) all.push(new Uint8Array(1e6).fill(1))",
        "[...'x'.repeat(2 ** 28)]",
    ] {
        let greedy_one = builder().script("greedy.js", greedy).memory(ByteSize::mib(32));
        let error = greedy_one.build(&mut command()).expect_err("it takes too much");
        let polite = matches!(error, SnapshotError::OutOfMemory | SnapshotError::Died(_))
            || error.to_string().contains("Array buffer allocation failed");
        assert!(polite, "{greedy}: {error}");
    }
    assert_works();
}

#[test]
fn what_no_snapshot_can_hold_is_an_error() {
    for unfit in ["var kept = crypto", "var format = new Intl.NumberFormat('de')"] {
        match build(unfit) {
            Err(error) => {
                assert!(
                    matches!(error, SnapshotError::Died(_) | SnapshotError::Unfit(_)),
                    "{unfit}: {error}"
                );
            }
            Ok(snapshot) => panic!("{unfit}: {}", value(&start(&snapshot), "1")),
        }
    }
    assert_works();
}

#[test]
fn the_global_object_must_be_fit_to_start_from() {
    for (script, said) in [
        ("var Deno = 1", "the scripts define `Deno`"),
        ("Object.defineProperty(globalThis, '__jsrun', { get() {} })", "the scripts define `__jsrun`"),
        ("Object.freeze(globalThis)", "the scripts froze the global object"),
        ("WeakMap = class {}", "the scripts define `WeakMap`"),
        (
            "Object.defineProperty(globalThis, 'WeakMap', { get() { while (true); } })",
            "the scripts define `WeakMap`",
        ),
        ("Object.freeze(Error)", "the scripts froze `Error`"),
        ("var WebAssembly = {}", "the scripts define `WebAssembly`"),
    ] {
        let error = error(script);
        assert!(
            matches!(error, SnapshotError::Unfit(_)) && error.to_string().contains(said),
            "{script}: {error}"
        );
    }
    assert_works();
}

#[test]
fn a_console_is_silent_while_scripts_run() {
    let runtime =
        runtime("console.log('x'.repeat(1e6)); console.table([1]); console.count('a'); var said = true");
    assert_eq!(value(&runtime, "said"), "true");
}

#[test]
fn commands_that_build_nothing_are_told() {
    let nothing = builder();
    let foreign = |command: &mut Command| nothing.build(command).expect_err("it builds nothing");
    let error = foreign(&mut Command::new("true"));
    assert!(matches!(error, SnapshotError::Foreign(_)), "{error}");
    let error = foreign(Command::new("sh").args(["-c", "exit 3"]));
    assert!(matches!(error, SnapshotError::Died(_)), "{error}");
    let error = foreign(Command::new("echo").arg("hello"));
    assert!(matches!(error, SnapshotError::Foreign(_)), "{error}");
    let error = foreign(&mut Command::new("/nonexistent/program"));
    assert!(matches!(error, SnapshotError::Process(_)), "{error}");
    let error = nothing.clone().wall(Duration::from_millis(50)).build(Command::new("sleep").arg("100"));
    assert!(matches!(error, Err(SnapshotError::TimedOut(_))), "{error:?}");
    assert_works();
}
