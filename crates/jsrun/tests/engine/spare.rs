//! Runtimes that are made ahead differ in nothing from others. Which ones were is up to what other tests of the process do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use jsrun::{ByteSize, Call, ConversionLimits, Error, LimitKind, Limits, Runtime, RuntimeBuilder, Value};

/// Of a kind that no other test makes, so that none takes the spare one.
fn builder(timers: u32) -> RuntimeBuilder {
    Runtime::builder().most_timers(timers)
}

#[test]
fn each_begins_anew() {
    let mut drawn = Vec::new();
    for _ in 0..20 {
        let earlier = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        let runtime = builder(801).build().expect("a runtime starts");
        let value = |code: &str| runtime.eval(code).expect("it runs");
        assert_eq!(runtime.stats().expect("open").counts, jsrun::ExecutionCounts::default());
        assert_eq!(value("globalThis.seen = (globalThis.seen ?? 0) + 1"), Value::from(1));
        assert_eq!(value("setTimeout(() => {}, 1e6)"), Value::from(1));
        let origin = value("performance.timeOrigin").as_f64().expect("milliseconds");
        // JavaScript's clock may be a millisecond off.
        assert!(Duration::from_secs_f64((origin + 1.0) / 1_000.0) >= earlier);
        drawn.push(value("Math.random()").as_f64().expect("a number").to_bits());
    }
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 20);
}

#[test]
fn each_is_as_its_builder_says() {
    for n in 0..20_u32 {
        let (sender, events) = mpsc::channel();
        let ends = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&ends);
        let limits = Limits {
            memory: ByteSize::mib(16 + u64::from(n)),
            wall: Duration::from_millis(5),
            ..Limits::default()
        };
        let runtime = builder(802)
            .limits(limits)
            .buffers(ByteSize::mib(1))
            .conversion(ConversionLimits { depth: 10 + n, ..ConversionLimits::default() })
            .largest_source(ByteSize::bytes(1_000))
            .on_console(move |event| sender.send(event).expect("the test listens"))
            .at_end(move || {
                count.fetch_add(1, Ordering::Relaxed);
            })
            .build()
            .expect("a runtime starts");
        let patient = |code: &str| runtime.call(Call::eval(code).wall(Duration::MAX));
        assert!(matches!(runtime.eval("for (;;);"), Err(Error::Limit { kind: LimitKind::Wall, .. })));
        patient("console.log('heard')").expect("it runs");
        assert!(events.recv().is_ok());
        let nested =
            |depth: u32| patient(&format!("let v = 0; for (let i = 0; i < {depth}; i++) v = [v]; v"));
        assert!(nested(9 + n).is_ok());
        assert!(nested(12 + n).is_err());
        assert!(patient(&" ".repeat(1_001)).is_err());
        assert!(patient("new ArrayBuffer(900_000).byteLength").is_ok());
        assert!(patient("new ArrayBuffer(2_000_000).byteLength").is_err());
        runtime.close();
        assert_eq!(ends.load(Ordering::Relaxed), 1, "by the time it is closed");
    }
}

#[test]
fn the_heap_ends_where_it_is_said_to() {
    for _ in 0..4 {
        let limits = Limits { memory: ByteSize::mib(24), ..Limits::default() };
        let runtime = builder(803).limits(limits).build().expect("a runtime starts");
        let hoard =
            Call::eval("const all = []; for (;;) all.push(new Array(1000).fill(0))").wall(Duration::MAX);
        assert!(matches!(runtime.call(hoard), Err(Error::Limit { kind: LimitKind::Memory, .. })));
    }
    let runtime = builder(803).build().expect("a runtime starts");
    assert_eq!(runtime.eval("1 + 1").expect("it runs"), Value::from(2));
}

#[test]
fn many_threads_make_runtimes_while_spare_ones_are_let_go() {
    std::thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || {
                for _ in 0..25 {
                    // Two kinds, so that they get in each other's way.
                    let runtime = builder(804 + n % 2).build().expect("a runtime starts");
                    assert_eq!(runtime.eval("6 * 7").expect("it runs"), Value::from(42));
                }
            });
        }
        scope.spawn(|| (0..50).for_each(|_| jsrun::end_spare()));
    });
}
