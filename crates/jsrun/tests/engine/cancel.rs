//! Stopping a run from another thread.

use std::sync::mpsc::channel;

use jsrun_types::Status;

use crate::support::{request, runtime, value};

#[test]
fn a_cancelled_run_ends_and_the_runtime_goes_on() {
    let runtime = runtime();
    let canceller = runtime.canceller();
    for endless in [
        "console.log('running'); while (true) {}",
        "console.log('running'); new Promise(() => setInterval(() => {}, 1e6))",
    ] {
        let (started, running) = channel();
        let outcome = std::thread::scope(|scope| {
            scope.spawn({
                let canceller = canceller.clone();
                move || {
                    running.recv().expect("the program prints before it loops");
                    canceller.cancel();
                }
            });
            runtime.run(request(endless), move |_| {
                let _ = started.send(());
            })
        });
        assert_eq!(outcome.expect("the runtime is open").status, Status::Cancelled, "{endless}");
        assert_eq!(value(&runtime, "1 + 1"), "2");
    }
}

#[test]
fn a_stop_that_comes_while_timers_are_made_leaves_none_behind() {
    let runtime = runtime();
    let canceller = runtime.canceller();
    let code = "console.log('running'); for (;;) clearInterval(setInterval(() => {}, 1e6))";
    // Each stop comes somewhere else.
    for _ in 0..50 {
        let (started, running) = channel();
        let outcome = std::thread::scope(|scope| {
            scope.spawn({
                let canceller = canceller.clone();
                move || {
                    running.recv().expect("the program prints before it loops");
                    canceller.cancel();
                }
            });
            runtime.run(request(code), move |_| {
                let _ = started.send(());
            })
        });
        assert_eq!(outcome.expect("the runtime is open").status, Status::Cancelled);
        assert_eq!(value(&runtime, "1 + 1"), "2");
    }
}
