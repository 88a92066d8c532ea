//! Stopping a run from another thread.

use std::sync::mpsc::channel;

use jsrun::Runtime;
use jsrun_types::Status;

use crate::support::{request, runtime, value};

/// Runs a program that is cancelled when it has said something, and asserts that the runtime goes on.
fn run_and_cancel(runtime: &Runtime, code: &str) {
    let canceller = runtime.canceller();
    let (started, running) = channel();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(move || {
            running.recv().expect("the program prints before it loops");
            canceller.cancel();
        });
        runtime.run(request(code), move |_| {
            let _ = started.send(());
        })
    });
    assert_eq!(outcome.expect("the runtime is open").status, Status::Cancelled, "{code}");
    assert_eq!(value(runtime, "1 + 1"), "2");
}

#[test]
fn a_cancelled_run_ends_and_the_runtime_goes_on() {
    let runtime = runtime();
    for endless in [
        "console.log('running'); while (true) {}",
        "console.log('running'); new Promise(() => setInterval(() => {}, 1e6))",
    ] {
        run_and_cancel(&runtime, endless);
    }
}

#[test]
fn a_stop_that_comes_while_timers_are_made_leaves_none_behind() {
    let runtime = runtime();
    // Each stop comes somewhere else.
    for _ in 0..50 {
        run_and_cancel(
            &runtime,
            "console.log('running'); for (;;) clearInterval(setInterval(() => {}, 1e6))",
        );
    }
}
