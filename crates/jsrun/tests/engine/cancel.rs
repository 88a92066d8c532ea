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
