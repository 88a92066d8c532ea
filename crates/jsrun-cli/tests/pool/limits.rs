//! Limits, each followed by a run that must succeed.

use std::time::Duration;

use jsrun_pool::RunItem;
use jsrun_types::{ByteSize, LimitKind, Limits, RunRequest, Status};
use rustix::process::Signal;

use crate::fixture::{
    Witness, assert_works, checkout, finish, next_text, pool, request, run, run_request, unhurried,
};

fn with_limits(code: &str, limits: Limits) -> RunRequest {
    RunRequest { limits, ..request(code) }
}

#[tokio::test]
async fn a_loop_ends_at_the_wall_limit() {
    let pool = pool().await;
    let limits = Limits { wall: Duration::from_millis(300), ..unhurried() };
    for code in [
        "while (true) {}",
        "await new Promise((resolve) => setTimeout(resolve, 60_000))",
        "for (;;) { try { for (;;); } finally { continue } }",
    ] {
        let (_, outcome) = run_request(&pool, with_limits(code, limits)).await;
        assert_eq!(outcome.status, Status::Limit(LimitKind::Wall), "{code}");
        assert!(outcome.usage.wall >= limits.wall, "{outcome:?}");
        assert_works(&pool).await;
    }
}

#[tokio::test]
async fn a_worker_that_is_frozen_ends_at_the_wall_limit() {
    let pool = pool().await;
    // On a busy machine an early limit is over before the program has come so far.
    for wall in [1, 5, 25].map(Duration::from_secs) {
        let request = with_limits("console.log('on'); while (true) {}", Limits { wall, ..unhurried() });
        let mut run = checkout(&pool).await.run(request);
        let Some(RunItem::Event(_)) = run.next().await else { continue };
        let worker = Witness::of(run.worker_pid());
        worker.send(Signal::STOP);
        let (_, outcome) = finish(run).await;
        assert_eq!(outcome.status, Status::Limit(LimitKind::Wall));
        assert!(outcome.usage.output > ByteSize::bytes(0));
        worker.ended().await;
        return assert_works(&pool).await;
    }
    panic!("the program never began");
}

#[tokio::test]
async fn a_worker_that_is_frozen_can_be_cancelled() {
    let pool = pool().await;
    let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
    next_text(&mut run).await;
    let worker = Witness::of(run.worker_pid());
    worker.send(Signal::STOP);
    run.cancel();
    let (_, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Cancelled);
    assert!(outcome.usage.wall < unhurried().wall, "it did not wait for the limit: {outcome:?}");
    assert_works(&pool).await;
}

#[tokio::test]
async fn the_program_itself_is_none_of_a_runs_memory() {
    let pool = pool().await;
    let (_, outcome) = run_request(&pool, request("2 + 2")).await;
    // The zygote may have it in large pages of memory, of 40 MiB and more.
    let peak = outcome.usage.peak_memory;
    assert!(peak > ByteSize::default() && peak < ByteSize::mib(40), "{outcome:?}");
}

#[tokio::test]
async fn memory_ends_as_memory() {
    let pool = pool().await;
    let limits = Limits { memory: ByteSize::mib(64), ..unhurried() };
    let code = "const all = []; while (true) all.push({ x: [1, 2, 3] })";
    let (_, outcome) = run_request(&pool, with_limits(code, limits)).await;
    assert_eq!(outcome.status, Status::Limit(LimitKind::Memory));
    assert_works(&pool).await;
}

#[tokio::test]
async fn one_huge_allocation_ends_the_run_alone() {
    let pool = pool().await;
    // The first reaches V8's out-of-memory handler; the second dies of a check of V8's that has none.
    // Filling takes a second or two of a free processor.
    let (_, outcome) = run_request(&pool, with_limits("new Array(2 ** 32 - 1).fill(0)", unhurried())).await;
    assert_eq!(outcome.status, Status::Limit(LimitKind::Memory));
    assert_works(&pool).await;
    let request = with_limits("'x'.repeat(2 ** 29 - 24).split('')", unhurried());
    let (_, outcome) = run_request(&pool, request).await;
    assert!(matches!(outcome.status, Status::Limit(LimitKind::Memory) | Status::Crashed), "{outcome:?}");
    assert_works(&pool).await;
}

#[tokio::test]
async fn a_flood_of_output_ends_as_output() {
    let pool = pool().await;
    let limits = Limits { output: ByteSize::kib(10), ..unhurried() };
    for code in ["while (true) console.log('x'.repeat(100))", "while (true) console.log()"] {
        let (_, outcome) = run_request(&pool, with_limits(code, limits)).await;
        assert_eq!(outcome.status, Status::Limit(LimitKind::Output), "{code}");
        assert_works(&pool).await;
    }
}

#[tokio::test]
async fn one_event_that_fits_no_frame_ends_as_output() {
    let pool = pool().await;
    let limits = Limits { output: ByteSize::mib(64), ..unhurried() };
    let (_, outcome) = run_request(&pool, with_limits("console.log('x'.repeat(2 ** 24))", limits)).await;
    assert_eq!(outcome.status, Status::Limit(LimitKind::Output));
    assert_works(&pool).await;
}

#[tokio::test]
async fn a_caller_that_does_not_read_ends_as_wall_time() {
    let pool = pool().await;
    let limits = Limits { wall: Duration::from_secs(5), output: ByteSize::mib(64), ..unhurried() };
    let run = checkout(&pool).await.run(with_limits("for (;;) console.log('x'.repeat(10000))", limits));
    Witness::of(run.worker_pid()).ended().await;
    let (events, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Limit(LimitKind::Wall));
    assert!(!events.is_empty(), "what was sent is kept");
    assert_works(&pool).await;
}

#[tokio::test]
async fn cpu_time_of_an_engine_that_does_not_listen_ends_as_cpu_time() {
    let pool = pool().await;
    // V8 looks for termination nowhere in this sort.
    let code = "const a = []; a.length = 2 ** 32 - 1; a[5] = 1; a.sort(); a.sort(); a.sort()";
    let limits = Limits { cpu: Duration::from_millis(300), ..unhurried() };
    let (_, outcome) = run_request(&pool, with_limits(code, limits)).await;
    assert_eq!(outcome.status, Status::Limit(LimitKind::Cpu));
    assert_works(&pool).await;
}

#[tokio::test]
async fn memory_that_no_allocator_sees_ends_as_memory() {
    let pool = pool().await;
    let limits = Limits { memory: ByteSize::mib(32), ..unhurried() };
    for code in [
        "const all = []; for (;;) all.push(new Uint8Array(new WebAssembly.Memory({ initial: 256 }).buffer).fill(1))",
        "const b = new ArrayBuffer(0, { maxByteLength: 2 ** 30 }); b.resize(2 ** 28); new Uint8Array(b).fill(1); for (;;);",
        // Within what the process may have, but over what the run may have.
        "const b = new ArrayBuffer(0, { maxByteLength: 2 ** 30 }); b.resize(2 ** 26); b.byteLength",
    ] {
        let (_, outcome) = run_request(&pool, with_limits(code, limits)).await;
        assert_eq!(outcome.status, Status::Limit(LimitKind::Memory), "{code}");
        assert_works(&pool).await;
    }
}

#[tokio::test]
async fn a_wasm_memory_is_as_large_as_the_limit_at_most() {
    let pool = pool().await;
    let code = "const m = new WebAssembly.Memory({ initial: 1 }); let pages = 1; try { for (;;) pages += m.grow(16) && 16 } \
                catch {} pages * 65536";
    for (limit, size) in [(ByteSize::mib(32), "32571392"), (ByteSize::mib(256), "267452416")] {
        let limits = Limits { memory: limit, ..unhurried() };
        let (_, outcome) = run_request(&pool, with_limits(code, limits)).await;
        let Status::Ok(value) = outcome.status else { panic!("{outcome:?}") };
        assert_eq!(value.to_text(), size);
    }
}

#[tokio::test]
async fn a_run_tells_the_memory_of_its_process() {
    let pool = pool().await;
    let (_, outcome) = run(&pool, "new Uint8Array(2 ** 25).fill(1).length").await;
    assert!(outcome.usage.peak_memory > ByteSize::mib(32), "{outcome:?}");
}
