//! What one run leaves to the next.

use std::time::Duration;

use jsrun::Error;
use jsrun_types::{ByteSize, Event, LimitKind, Limits, Status};

use crate::support::{limited, request, run, runtime, value};

#[test]
fn a_failed_run_leaves_no_timers() {
    let runtime = runtime();
    let program = "setTimeout(() => console.log('late'), 20); setInterval(() => {}, 10); throw 1";
    assert!(matches!(run(&runtime, request(program)).1.status, Status::Error(_)));
    let wait = "new Promise((resolve) => setTimeout(resolve, 60, 'waited'))";
    let (events, outcome) = run(&runtime, request(wait));
    assert!(matches!(outcome.status, Status::Ok(_)), "{:?}", outcome.status);
    assert_eq!(events, [], "nothing of the first program runs in the second");
}

#[test]
fn a_second_error_of_a_failed_run_is_not_the_next_ones() {
    let runtime = runtime();
    let program =
        "setTimeout(() => { throw new Error('a'); }); setTimeout(() => { throw new Error('b'); }); 1";
    assert!(matches!(run(&runtime, request(program)).1.status, Status::Error(_)));
    assert_eq!(value(&runtime, "1 + 1"), "2");
}

#[test]
fn a_runtime_that_cannot_be_cleaned_is_closed() {
    let runtime = runtime();
    let program = "globalThis.kept = new MessageChannel(); kept.port2.onmessage = () => {}; throw 1";
    assert!(matches!(run(&runtime, request(program)).1.status, Status::Error(_)));
    let after = runtime.run(request("1"), |_| {});
    assert!(matches!(after, Err(Error::Closed(_))), "{after:?}");
}

#[test]
fn a_flood_of_timers_never_reaches_the_next_run() {
    let runtime = jsrun::Runtime::builder().most_timers(u32::MAX).build().expect("a runtime starts");
    let flood = limited("for (;;) setTimeout(() => console.log('late'), 1e6)", |limits| {
        limits.wall = Duration::from_millis(50);
    });
    // One that is stopped late has filled the memory first.
    let ended = run(&runtime, flood).1.status;
    assert!(matches!(ended, Status::Limit(LimitKind::Wall | LimitKind::Memory)), "{ended:?}");
    match runtime.run(request("1 + 1"), |event| panic!("{event:?}")) {
        Ok(outcome) => assert!(matches!(outcome.status, Status::Ok(_)), "{:?}", outcome.status),
        Err(error) => assert!(matches!(error, Error::Closed(_)), "{error}"),
    }
}

#[test]
fn awaited_values_are_not_kept() {
    let runtime = runtime();
    for round in 0..60 {
        let program = format!("await 0; new Array(5e5).fill({round}).length");
        assert_eq!(value(&runtime, &program), "500000");
        let (_, outcome) = run(&runtime, request("await 0; ({ big: new Array(5e5).fill(1) })"));
        assert!(matches!(outcome.status, Status::Ok(_)), "round {round}: {:?}", outcome.status);
    }
}

#[test]
fn groups_end_with_their_run() {
    let runtime = runtime();
    let depths = |program: &str| -> Vec<u32> {
        let (events, _) = run(&runtime, request(program));
        events.into_iter().map(|Event::Console(event)| event.group).collect()
    };
    assert_eq!(depths("console.group('a'); console.group('b'); console.log('in')"), [0, 1, 2]);
    assert_eq!(depths("console.log('out')"), [0]);
}

#[test]
fn state_after_an_error_is_kept() {
    let runtime = runtime();
    value(&runtime, "var kept = 1; kept");
    run(&runtime, request("kept = 2; throw 1"));
    assert_eq!(value(&runtime, "kept"), "2");
    assert_eq!(Limits::default().memory, ByteSize::mib(128));
}
