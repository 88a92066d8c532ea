//! What confines a worker, as the kernel tells it, and that programs do not notice.

use std::collections::HashMap;
use std::fs;

use jsrun_pool::{Pool, PoolConfig};
use jsrun_types::{
    Attempt, AttemptResult, ByteSize, LimitKind, Limits, Preview, RunRequest, SandboxLayer, SandboxMode,
    Status,
};

use crate::fixture::{assert_works, checkout, config, next_text, pool, request, run_request, unhurried};

/// `nobody`.
const NOBODY: u32 = 65534;

fn with_mode(sandbox: SandboxMode) -> PoolConfig {
    PoolConfig { sandbox, ..config() }
}

async fn required() -> Pool {
    Pool::start(with_mode(SandboxMode::Require)).await.expect("every required layer holds")
}

/// `/proc/<pid>/task/<tid>/status` of every thread.
fn statuses(pid: u32) -> Vec<HashMap<String, String>> {
    fs::read_dir(format!("/proc/{pid}/task"))
        .expect("the worker is there")
        .map(|thread| {
            let path = thread.expect("the worker is there").path().join("status");
            let text = fs::read_to_string(path).expect("the worker is there");
            text.lines()
                .filter_map(|line| line.split_once(":\t"))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect()
        })
        .collect()
}

/// The soft and hard limit of this name in `/proc/<pid>/limits`.
fn limit(pid: u32, name: &str) -> [String; 2] {
    let text = fs::read_to_string(format!("/proc/{pid}/limits")).expect("the worker is there");
    let line = text.lines().find(|line| line.starts_with(name)).expect("a limit");
    let mut values = line[name.len()..].split_whitespace().map(str::to_owned);
    [values.next().expect("a soft limit"), values.next().expect("a hard limit")]
}

#[tokio::test]
async fn the_self_test_is_denied_everything() {
    let pool = required().await;
    let report = pool.sandbox().expect("there is a sandbox");
    for attempt in Attempt::ALL {
        let result = report.attempt(attempt);
        assert!(matches!(result, Some(AttemptResult::Denied(_))), "{attempt}: {result:?}");
    }
    assert_eq!(report.shortcomings(), []);
    assert_eq!(report.layers.iter().map(|report| report.layer).collect::<Vec<_>>(), SandboxLayer::ALL);
    pool.close().await;
}

#[tokio::test]
async fn every_thread_of_a_worker_is_confined() {
    let pool = required().await;
    let worker = checkout(&pool).await;
    let statuses = statuses(worker.worker_pid());
    assert_eq!(statuses.len(), 4, "the program's, the frames', the watchdog's and the crypto's");
    let root = rustix::process::geteuid().is_root();
    let user = if root { NOBODY } else { rustix::process::geteuid().as_raw() };
    let ids = [user.to_string(), user.to_string(), user.to_string(), user.to_string()].join("\t");
    for status in statuses {
        assert_eq!(status["Seccomp"], "2", "{status:?}");
        assert_eq!(status["NoNewPrivs"], "1", "{status:?}");
        assert_eq!(status["Uid"], ids, "{status:?}");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(status[set], "0000000000000000", "{set}: {status:?}");
        }
        if root {
            assert_eq!(status["Gid"], ids, "{status:?}");
            assert_eq!(status["Groups"], "", "{status:?}");
            assert_eq!(status["CapBnd"], "0000000000000000", "{status:?}");
        }
    }
}

#[tokio::test]
async fn the_zygote_has_no_more_rights_than_its_workers() {
    let pool = required().await;
    let zygote = &statuses(pool.status().zygote_pid.expect("there is a zygote"))[0];
    assert_eq!(zygote["NoNewPrivs"], "1");
    assert_eq!(zygote["CapEff"], "0000000000000000");
    assert_ne!(zygote["Uid"].split('\t').next(), Some("0"));
    assert_eq!(zygote["Threads"], "1");
}

#[tokio::test]
async fn resource_limits_hold_and_follow_the_run() {
    let pool = required().await;
    let checkout = checkout(&pool).await;
    let pid = checkout.worker_pid();
    for name in ["Max core file size", "Max file size", "Max open files", "Max processes"] {
        assert_eq!(limit(pid, name), ["0", "0"], "{name}");
    }
    let limits = Limits { memory: ByteSize::mib(64), ..unhurried() };
    let mut run = checkout.run(RunRequest { limits, ..request("console.log('on'); while (true) {}") });
    assert_eq!(next_text(&mut run).await, "on");
    let [soft, hard] = limit(pid, "Max data size");
    assert_eq!(soft, hard);
    let data: u64 = hard.parse().expect("a number of bytes");
    assert!((64 << 20..1 << 30).contains(&data), "{data}");
    let seconds = (limits.cpu.as_secs() + 3).to_string();
    assert_eq!(limit(pid, "Max cpu time"), [seconds.clone(), seconds]);
}

#[tokio::test]
async fn memory_that_only_the_kernel_counts_is_limited() {
    let pool = required().await;
    // A Wasm memory is neither in V8's heap nor in its allocator.
    let code = "
        const all = [];
        for (let index = 0; index < 16; index++) {
            const memory = new WebAssembly.Memory({ initial: 2048, maximum: 2048 });
            new Uint8Array(memory.buffer).fill(1);
            all.push(memory);
        }
        all.length";
    let limits = Limits { memory: ByteSize::mib(32), ..unhurried() };
    let (_, outcome) = run_request(&pool, RunRequest { limits, ..request(code) }).await;
    assert!(
        matches!(outcome.status, Status::Error(_) | Status::Limit(LimitKind::Memory) | Status::Crashed),
        "{outcome:?}"
    );
    assert_works(&pool).await;
}

#[tokio::test]
async fn heavy_programs_do_not_notice() {
    let pool = required().await;
    for (code, value) in [
        ("let s = 0; for (let i = 0; i < 3e7; i++) s += i % 7; s", 89_999_995.0),
        ("const a = []; for (let i = 0; i < 3e5; i++) a.push({ x: i, y: [i] }); a.length", 3e5),
        ("function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } f(27)", 196_418.0),
        ("/^(?:a|b)*c$/.test('ab'.repeat(1e4) + 'c') ? 1 : 0", 1.0),
        ("JSON.parse(JSON.stringify(Array.from({ length: 1e5 }, (_, i) => ({ i })))).length", 1e5),
        ("new Intl.DateTimeFormat('de', { dateStyle: 'full' }).format(new Date(0)).length > 0 ? 1 : 0", 1.0),
        ("Temporal.PlainDate.from('2026-01-01').add({ days: 3 }).day", 4.0),
        ("new Date(2026, 0, 1, 12).getHours()", 12.0),
        ("Intl.DateTimeFormat().resolvedOptions().timeZone === 'UTC' ? 1 : 0", 1.0),
        ("const m = new Map(); for (let i = 0; i < 2e5; i++) m.set('k' + i, i); m.size", 2e5),
        ("new Uint8Array(new ArrayBuffer(64 << 20)).fill(1).length / 2 ** 20", 64.0),
        ("new WebAssembly.Memory({ initial: 2048, maximum: 2048 }).buffer.byteLength / 2 ** 20", 128.0),
        ("structuredClone(new Uint8Array(1e6)).length", 1e6),
        ("await new Promise((resolve) => setTimeout(() => resolve(7), 20))", 7.0),
        (WASM_LOOP, 499_999_500_000.0),
        (WASM_OUT_OF_BOUNDS, 1.0),
    ] {
        let request = RunRequest { limits: unhurried(), ..request(code) };
        let (_, outcome) = run_request(&pool, request).await;
        assert_eq!(outcome.status, Status::Ok(Preview::Number(value)), "{code}");
    }
}

/// A sum in compiled Wasm: `(func (export "f") (param i64) (result i64) (local i64) loop …)`.
const WASM_LOOP: &str = "
    const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 126, 1, 126, 3, 2, 1, 0, 7, 5, 1, 1, 102,
        0, 0, 10, 32, 1, 30, 1, 1, 126, 3, 64, 32, 0, 66, 1, 125, 33, 0, 32, 1, 32, 0, 124, 33, 1, 32, 0, 66, 0, 85, 13,
        0, 11, 32, 1, 11]);
    Number(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f(1000000n))";

/// A load outside of memory, which V8 finds out by a signal of the processor's.
const WASM_OUT_OF_BOUNDS: &str = "
    const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5,
        1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11]);
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    let caught = 0;
    try { f(1 << 20) } catch (error) { caught = error instanceof WebAssembly.RuntimeError ? 1 : 0 }
    caught";

#[tokio::test]
async fn without_a_sandbox_nothing_is_reported_and_programs_run() {
    let pool = Pool::start(with_mode(SandboxMode::Off)).await.expect("the pool starts");
    assert_eq!(pool.sandbox(), None);
    let worker = checkout(&pool).await;
    assert_eq!(statuses(worker.worker_pid())[0]["Seccomp"], statuses(std::process::id())[0]["Seccomp"]);
    assert_works(&pool).await;
}

#[tokio::test]
async fn what_can_be_had_is_the_default() {
    let pool = pool().await;
    assert_eq!(pool.sandbox_mode(), SandboxMode::Auto);
    assert_eq!(pool.sandbox().map(|report| report.shortcomings()), Some(Vec::new()));
}
