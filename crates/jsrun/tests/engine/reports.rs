//! Console events and exceptions in their parts.

use jsrun_types::{ConsoleEvent, Event, Exception, LimitKind, Position, Status};

use crate::support::{limited, request, run, runtime};

fn exception(program: &str) -> Exception {
    match run(&runtime(), request(program)).1.status {
        Status::Error(exception) => exception,
        status => panic!("{program}: {status:?}"),
    }
}

fn events(program: &str) -> Vec<ConsoleEvent> {
    let (events, _) = run(&runtime(), request(program));
    events.into_iter().map(|Event::Console(event)| event).collect()
}

fn at(line: u32, column: u32) -> Position {
    Position { file: "main.js".to_owned(), line, column }
}

#[test]
fn a_console_event_tells_where_it_was_called() {
    let events = events("console.log(1);\nfunction f() {\n  console.warn(2);\n}\nf();\nconsole.count()");
    let positions: Vec<_> = events.into_iter().filter_map(|event| event.position).collect();
    assert_eq!(positions, [at(1, 9), at(3, 11), at(6, 9)]);
}

#[test]
fn an_exception_tells_its_frames_and_cause() {
    for wrapper in ["f();", "setTimeout(() => f());", "await 0; f();", "Promise.resolve().then(f);"] {
        let program = format!(
            "function g() {{\n  throw new TypeError('inner');\n}}\nfunction f() {{\n  try {{ g(); }} catch (cause) {{ throw new Error('outer', {{ cause }}); }}\n}}\n{wrapper}"
        );
        let exception = exception(&program);
        assert_eq!(exception.headline(), "Error: outer", "{wrapper}");
        assert_eq!(exception.frames[0].function.as_deref(), Some("f"), "{wrapper}");
        assert_eq!(exception.frames[0].position, Some(at(5, 38)), "{wrapper}");
        let stack = exception.stack.as_deref().unwrap_or_default();
        assert!(stack.starts_with("Error: outer\n    at f (main.js:5:38)"), "{wrapper}: {stack}");
        let cause = exception.cause.as_deref().expect("it has a cause");
        assert_eq!(cause.headline(), "TypeError: inner", "{wrapper}");
        assert_eq!(cause.frames[0].function.as_deref(), Some("g"), "{wrapper}");
    }
}

#[test]
fn no_report_is_larger_than_it_may_be() {
    let long = exception("const n = 'x'.repeat(1e7); setTimeout(() => { throw new Error(n); }); 1");
    assert!(long.message.len() < 20_000 && long.stack.expect("a stack").len() < 20_000);
    let deep = exception(
        "Error.stackTraceLimit = Infinity; const n = 'x'.repeat(1e6);
         const o = { [n](d) { if (d) return this[n](d - 1); throw new Error('deep'); } }; o[n](200)",
    );
    let stack = deep.stack.expect("a stack");
    assert!(stack.len() < 250_000, "{}", stack.len());
    assert!(deep.frames.iter().all(|frame| frame.function.as_ref().is_none_or(|name| name.len() <= 1_000)));
}

#[test]
fn names_of_scripts_count_as_output() {
    let flood = limited("for (;;) eval('console.log(1)//# sourceURL=' + 'x'.repeat(900))", |limits| {
        limits.output = jsrun_types::ByteSize::kib(100);
    });
    let (events, outcome) = run(&runtime(), flood);
    assert_eq!(outcome.status, Status::Limit(LimitKind::Output));
    assert!(events.len() < 120, "{} events", events.len());
}

#[test]
fn empty_events_count_as_output() {
    let flood = limited("for (;;) console.log()", |limits| limits.output = jsrun_types::ByteSize::kib(10));
    let (events, outcome) = run(&runtime(), flood);
    assert_eq!(outcome.status, Status::Limit(LimitKind::Output));
    assert!(events.len() < 1_000, "{} events", events.len());
}

#[test]
fn a_large_sparse_array_shows_in_time() {
    let program = "const a = []; for (let i = 0; i < 2e5; ++i) a[i * 2000] = 1; a";
    let outcome = run(&runtime(), request(program)).1;
    assert!(matches!(outcome.status, Status::Ok(_)), "{:?}", outcome.status);
}
