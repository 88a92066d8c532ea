//! Runtimes and what they keep.

use crate::support::{request, run, runtime, value};

#[test]
fn state_lives_on_from_run_to_run() {
    let runtime = runtime();
    value(&runtime, "let counter = 1; function next() { return ++counter; }");
    assert_eq!(value(&runtime, "next() + next()"), "5");
}

#[test]
fn runtimes_share_nothing() {
    let (first, second) = (runtime(), runtime());
    value(&first, "globalThis.secret = 1; Array.prototype.leak = 2; 0");
    assert_eq!(value(&second, "typeof secret + typeof [].leak"), "undefinedundefined");
}

#[test]
fn runtimes_draw_different_random_numbers() {
    let draws: std::collections::HashSet<String> =
        (0..8).map(|_| value(&runtime(), "Math.random()")).collect();
    assert_eq!(draws.len(), 8);
}

#[test]
fn runtimes_work_side_by_side_on_threads() {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let runtime = runtime();
                for round in 0..20 {
                    assert_eq!(
                        value(&runtime, &format!("{thread} * 100 + {round}")),
                        (thread * 100 + round).to_string()
                    );
                }
            });
        }
    });
}

#[test]
fn runtimes_come_and_go() {
    for round in 0..20 {
        assert_eq!(value(&runtime(), &round.to_string()), round.to_string());
    }
}

/// What a program could reach the engine with.
#[test]
fn nothing_internal_is_visible() {
    let runtime = runtime();
    let names = value(
        &runtime,
        "Object.getOwnPropertyNames(globalThis).filter((name) => /deno|bootstrap|jsrun|ops|core/i.test(name)).join()",
    );
    assert_eq!(names, "");
    let stack = value(
        &runtime,
        "let stack; setTimeout(() => { stack = new Error('x').stack; }); new Promise((r) => setTimeout(() => r(stack), 5))",
    );
    assert!(!stack.contains("ext:"), "{stack}");
    let files = value(
        &runtime,
        "Error.prepareStackTrace = (_, sites) => sites.map((site) => String(site.getFileName())).join();
         new Promise((resolve) => setTimeout(() => resolve(new Error('x').stack)))",
    );
    assert_eq!(files, "main.js");
}

#[test]
fn usage_tells_what_a_run_took() {
    let runtime = runtime();
    let (_, outcome) =
        run(&runtime, request("const kept = new Array(1e5).fill(0).map(() => ({})); kept.length"));
    assert!(outcome.usage.peak_heap.as_u64() > 1_000_000, "{:?}", outcome.usage);
    assert!(!outcome.usage.cpu.is_zero() && outcome.usage.cpu <= outcome.usage.wall * 2);
}

#[test]
fn the_peak_of_memory_is_that_of_heap_and_buffers_together() {
    let megabyte = 1 << 20;
    let code = "const buffer = new ArrayBuffer(48 << 20), many = new Array(6 << 20).fill(1.5); many.length";
    let (_, outcome) = run(&runtime(), request(code));
    assert!(outcome.usage.peak_heap.as_u64() > 96 * megabyte, "{:?}", outcome.usage);
}
